using System.Numerics;

namespace RnnSharp.Keras;

/// <summary>A class of Keras layers: how it is read from a configuration, and which layer of the library it describes.</summary>
/// <param name="classNames">The names of the class in configurations.</param>
internal abstract class KerasKind(params string[] classNames)
{
    public IReadOnlyList<string> ClassNames { get; } = classNames;

    /// <summary>Reads a layer.</summary>
    /// <param name="fields">Its configuration.</param>
    /// <param name="input">What enters it.</param>
    /// <exception cref="InvalidDataException">An option is invalid or not supported.</exception>
    public abstract KerasLayer Read(KerasFields fields, KerasShape input);

    /// <summary>Describes a layer of the library; null if it is of another kind.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="prefix">The start of the names of its parameters in the model.</param>
    /// <param name="path">The layer, for exceptions.</param>
    /// <exception cref="ArgumentException">Keras has no such option.</exception>
    public virtual KerasLayer? Describe<T>(ILayer<T> layer, string prefix, string path)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => null;
}

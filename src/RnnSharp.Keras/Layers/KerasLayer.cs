using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace RnnSharp.Keras;

/// <summary>What flows between two Keras layers.</summary>
/// <param name="Features">Features of a step, or the tokens of a vocabulary.</param>
/// <param name="IsSequence">Whether there are steps.</param>
internal readonly record struct KerasShape(int Features, bool IsSequence);

/// <summary>
/// A layer of a Keras model, read from a configuration or described from a layer of the library: its options, its weights, and what it is
/// in the library.
/// </summary>
internal abstract class KerasLayer(string name, string className)
{
    /// <summary>The name of the layer in the model.</summary>
    public string Name { get; set; } = name;

    public string ClassName { get; } = className;

    /// <summary>The name of the layer's group in files of Keras 3, before the number of a second one.</summary>
    public abstract string GroupName { get; }

    /// <summary>What comes out of the layer.</summary>
    public abstract KerasShape Output { get; }

    /// <summary>Whether training changes the layer's weights.</summary>
    public virtual bool IsTrainable { get; init; } = true;

    /// <summary>The function that the layer applies at its end and that the library has no layer for.</summary>
    public virtual KerasActivation Activation => KerasActivation.Linear;

    /// <summary>The start of the names of the layer's parameters in the model.</summary>
    public string Prefix { get; set; } = "";

    /// <summary>Elements of parameters that no weight holds.</summary>
    public virtual long UnheldElements => 0;

    /// <summary>Whether Keras starts a batch with the state in which the one before it ended.</summary>
    public virtual bool IsStateful => false;

    /// <summary>Whether Keras may have the layer in a TimeDistributed.</summary>
    public virtual bool IsStepwise => false;

    /// <summary>Why TensorFlow.js cannot run the layer; null if it can.</summary>
    public virtual string? TensorFlowJsFault => null;

    /// <summary>How many layers of the library <see cref="Create{T}"/> makes.</summary>
    public virtual int Layers => 1;

    /// <summary>Whether the steps that leave the layer in Keras are in the reverse order of those in the library.</summary>
    /// <param name="isReversed">Whether those that enter it are.</param>
    public virtual bool IsReversedAfter(bool isReversed) => isReversed && Output.IsSequence;

    /// <summary>Gives the layer its place in a stack.</summary>
    /// <param name="first">The index of the first of its layers.</param>
    /// <param name="isReversed">Whether the steps that enter it in Keras are in the reverse order of those in the library.</param>
    public virtual void Place(int first, bool isReversed) => Prefix = At(first);

    /// <summary>Makes the layers of the library; none for a layer that only names a function.</summary>
    /// <param name="seed">The seed of masks.</param>
    public abstract IReadOnlyList<ILayer<T>> Create<T>(int seed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    /// <summary>The layer's weights, in Keras's order.</summary>
    public virtual IReadOnlyList<KerasWeight> Weights() => [];

    /// <summary>Writes the members of the configuration besides name and trainable.</summary>
    public abstract void WriteConfig(Utf8JsonWriter writer);

    protected static string At(int index) => string.Create(CultureInfo.InvariantCulture, $"{index}.");
}

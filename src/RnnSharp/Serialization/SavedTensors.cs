using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;
using RnnSharp.Numerics;

namespace RnnSharp.Serialization;

/// <summary>The tensors of a model that is about to be saved in another system's format. Everything is validated when it is created.</summary>
internal sealed class SavedTensors<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int ChunkBytes = 1 << 13;

    private readonly Dictionary<string, Parameter<T>> _parameters;
    private readonly long[] _versions;

    /// <exception cref="ArgumentException">No format supports one of the layers, a parameter is not finite, two tensors get the same name, or the model exceeds the limits.</exception>
    public SavedTensors(ILayer<T> model, TensorSaveOptions options)
    {
        ArgumentNullException.ThrowIfNull(model);
        _parameters = ModelTensors.ParametersByName(model);
        TensorLayout[] tensors = [.. ModelDescription.Of(model, options.Formats).Tensors()];
        if (ModelTensors.FindMismatch(tensors, _parameters) is { } fault) throw new ArgumentException(fault, nameof(model));
        long bytes = _parameters.Values.Sum(parameter => (long)parameter.Count) * Unsafe.SizeOf<T>();
        if (bytes > options.Limits.ParameterBytes) throw Check.Shape(nameof(model), $"parameters of at most {options.Limits.ParameterBytes} bytes (ModelLimits.ParameterBytes)", $"{bytes}");
        _versions = Versions();
        Tensors = Named(tensors, options.Names);
        if (!options.AllowNonFinite) RequireFinite();
    }

    /// <summary>The tensors, under their names in the file.</summary>
    public TensorLayout[] Tensors { get; }

    /// <summary>Copies some of a tensor's row-major values, from an element on.</summary>
    public void Fill(TensorLayout tensor, long first, Span<T> values) => ModelTensors.Gather(tensor, _parameters, first, values);

    /// <summary>Throws if a parameter changed since the tensors were validated.</summary>
    /// <exception cref="InvalidOperationException">A parameter changed.</exception>
    public void RequireUnchanged()
    {
        // The version of a parameter is odd while it is being written.
        if (_versions.Any(version => version % 2 != 0) || !_versions.AsSpan().SequenceEqual(Versions())) throw new InvalidOperationException("A parameter of the model changed while the model was being saved.");
    }

    private static TensorLayout[] Named(TensorLayout[] tensors, Func<string, string?>? names)
    {
        var named = new List<TensorLayout>();
        var taken = new HashSet<string>(StringComparer.Ordinal);
        foreach (TensorLayout tensor in tensors)
        {
            if ((names is null ? tensor.Name : names(tensor.Name)) is not { } name) continue;
            if (SavedNames.Fault(name) is { } fault) throw new ArgumentException($"The name of {ErrorText.Quote(tensor.Name)}: {fault}", nameof(names));
            if (!taken.Add(name)) throw new ArgumentException($"Expected names that differ, got {ErrorText.Quote(name)} for two tensors.", nameof(names));
            named.Add(tensor.Renamed(name));
        }

        return [.. named];
    }

    private void RequireFinite()
    {
        Span<T> chunk = stackalloc T[ChunkBytes / Unsafe.SizeOf<T>()];
        foreach (TensorLayout tensor in Tensors)
        {
            for (long first = 0; first < tensor.Count; first += chunk.Length)
            {
                Span<T> values = chunk[..(int)Math.Min(tensor.Count - first, chunk.Length)];
                Fill(tensor, first, values);
                int bad = ModelTensors.IndexOfNonFinite<T>(values);
                if (bad >= 0) throw new ArgumentException($"Expected finite numbers, got {values[bad]} in {tensor.Name} at {tensor.Position(first + bad)}. Set AllowNonFinite to save it.", "model");
            }
        }
    }

    private long[] Versions() => [.. _parameters.Values.Select(parameter => parameter.Version)];
}

/// <summary>Which names the entries of an archive may have.</summary>
internal static class SavedNames
{
    private const int LongestName = 60_000;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>What is wrong with a name; null if nothing is.</summary>
    public static string? Fault(string name)
    {
        try
        {
            int bytes = StrictUtf8.GetByteCount(name);
            return bytes is > 0 and <= LongestName ? null : $"Expected a name of 1 to {LongestName} bytes, got {bytes}.";
        }
        catch (EncoderFallbackException)
        {
            return $"Expected a name that is valid Unicode, got {ErrorText.Quote(name)}, which has an unpaired surrogate.";
        }
    }
}

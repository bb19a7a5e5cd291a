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

    /// <summary>Takes the tensors of a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">A map of names, formats and limits.</param>
    /// <param name="withTied">Whether a parameter that several layers share is saved for each of them.</param>
    /// <exception cref="ArgumentException">No format supports one of the layers, a parameter is not finite, two tensors get the same name, or the model exceeds the limits.</exception>
    public SavedTensors(ILayer<T> model, TensorSaveOptions options, bool withTied = false)
    {
        ArgumentNullException.ThrowIfNull(model);
        _parameters = ModelTensors.ParametersByName(model);
        var description = ModelDescription.Of(model, options.Formats);
        TensorLayout[] tensors = [.. description.Tensors()];
        HeldTensors.Refuse(tensors, nameof(model), "a model that is not quantized (save it with ModelFile.Save)");
        if (ModelTensors.FindMismatch(tensors, _parameters) is { } fault) throw new ArgumentException(fault, nameof(model));
        long bytes = _parameters.Values.Sum(parameter => (long)parameter.Count) * Unsafe.SizeOf<T>();
        if (bytes > options.Limits.ParameterBytes) throw Check.Shape(nameof(model), $"parameters of at most {options.Limits.ParameterBytes} bytes (ModelLimits.ParameterBytes)", $"{bytes}");
        _versions = Versions();
        Tensors = Named(withTied ? [.. description.TensorsOfEachLayer()] : tensors, options);
        Description = options.Names is null ? description.Write() : (ReadOnlyMemory<byte>?)null;
        if (!options.AllowNonFinite && FindNonFinite() is { } bad) throw new ArgumentException($"Expected finite numbers, got {bad}. Set AllowNonFinite to save it.", nameof(model));
    }

    /// <summary>The tensors, under their names in the file.</summary>
    public TensorLayout[] Tensors { get; }

    /// <summary>The description of the model; null under other names, under which it does not find its tensors.</summary>
    public ReadOnlyMemory<byte>? Description { get; }

    /// <summary>Copies some of a tensor's row-major values, from an element on.</summary>
    public void Fill(TensorLayout tensor, long first, Span<T> values) => ModelTensors.Gather(tensor, _parameters, first, values);

    /// <summary>Throws if a parameter changed since the tensors were validated.</summary>
    /// <exception cref="InvalidOperationException">A parameter changed.</exception>
    public void RequireUnchanged()
    {
        // The version of a parameter is odd while it is being written.
        if (_versions.Any(version => version % 2 != 0) || !_versions.AsSpan().SequenceEqual(Versions())) throw new InvalidOperationException("A parameter of the model changed while the model was being saved.");
    }

    private static TensorLayout[] Named(TensorLayout[] tensors, TensorSaveOptions options)
    {
        var named = new List<TensorLayout>();
        var taken = new HashSet<string>(StringComparer.Ordinal);
        foreach (TensorLayout tensor in tensors)
        {
            if ((options.Names is { } names ? names(tensor.Name) : tensor.Name) is not { } name) continue;
            if (SavedNames.Fault(name) is { } fault) throw new ArgumentException($"The name of {ErrorText.Quote(tensor.Name)}: {fault}", nameof(options));
            if (!taken.Add(name)) throw new ArgumentException($"Expected names that differ, got {ErrorText.Quote(name)} for two tensors.", nameof(options));
            named.Add(tensor.Renamed(name));
        }

        return [.. named];
    }

    /// <summary>The first value that is not finite, and where it is; null if all are.</summary>
    private string? FindNonFinite()
    {
        Span<T> chunk = stackalloc T[ChunkBytes / Unsafe.SizeOf<T>()];
        foreach (TensorLayout tensor in Tensors)
        {
            for (long first = 0; first < tensor.Count; first += chunk.Length)
            {
                Span<T> values = chunk[..(int)Math.Min(tensor.Count - first, chunk.Length)];
                Fill(tensor, first, values);
                int bad = ModelTensors.IndexOfNonFinite<T>(values);
                if (bad >= 0) return $"{values[bad]} in {tensor.Name} at {tensor.Position(first + bad)}";
            }
        }

        return null;
    }

    private long[] Versions() => [.. _parameters.Values.Select(parameter => parameter.Version)];
}

/// <summary>Which names the entries of an archive may have.</summary>
internal static class SavedNames
{
    private const int LongestName = 60_000;

    public static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

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

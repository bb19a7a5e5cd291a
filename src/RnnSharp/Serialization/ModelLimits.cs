using RnnSharp.Numerics;

namespace RnnSharp.Serialization;

/// <summary>
/// Limits for models in files. An untrusted file that exceeds them is rejected before anything is allocated for it, and a model that exceeds
/// them is not saved.
/// </summary>
public sealed record ModelLimits
{
    /// <summary>Bytes of all parameters in memory, and of quantized weights as they are packed for this processor; 16 GiB by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to less than 0.</exception>
    public long ParameterBytes { get; init => field = Check.NotNegative(value); } = 1L << 34;

    /// <summary>Bytes of a file's header, which holds the model's description, the names of its tensors, and the metadata; 8 MiB by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to less than 1, or more than the 100,000,000 that the safetensors format allows.</exception>
    public int HeaderBytes
    {
        get;
        init => field = Check.Positive(value) <= SafetensorsHeader.LongestHeader
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, $"Expected at most {SafetensorsHeader.LongestHeader} (the safetensors format's limit), got {value}.");
    } = 1 << 23;

    /// <summary>Entries of a file's metadata besides the library's own; 1,000 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to less than 0.</exception>
    public int MetadataEntries { get; init => field = Check.NotNegative(value); } = 1000;

    /// <summary>Layers, including composite ones; 1,000 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to less than 1.</exception>
    public int Layers { get; init => field = Check.Positive(value); } = 1000;

    /// <summary>The nesting depth of layers; 32 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to less than 1 or more than 400.</exception>
    public int Nesting
    {
        get;
        init => field = Check.Positive(value) <= DeepestNesting
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, $"Expected 1 to {DeepestNesting}, got {value}.");
    } = 32;

    /// <summary>
    /// How often, in total, layers that repeat others (feedback) run them for one step of input; 100,000 by default. A pass takes memory for each.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to less than 1.</exception>
    public int RepeatedSteps { get; init => field = Check.Positive(value); } = 100_000;

    /// <summary>The limit of the recursion depth.</summary>
    internal const int DeepestNesting = 400;
}

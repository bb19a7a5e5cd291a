using RnnSharp.Numerics;

namespace RnnSharp.Serialization;

/// <summary>How <see cref="PyTorchFile"/> opens a file.</summary>
public sealed record PyTorchOptions
{
    internal static readonly PyTorchOptions Default = new();

    /// <summary>
    /// Where the state dictionary is if the file has several: the keys that lead to it, separated by dots, such as "model" or "ema.weights";
    /// empty for the value of the file itself. When null, it is the only dictionary of tensors, or the only one called state_dict,
    /// model_state_dict, model, module, net or weights, or, if none is, the value of the file itself.
    /// </summary>
    public string? Key { get; init; }

    /// <summary>The limits for the file.</summary>
    /// <exception cref="ArgumentNullException">Set to null.</exception>
    public ModelLimits Limits { get; init => field = Check.NotNull(value); } = new();
}

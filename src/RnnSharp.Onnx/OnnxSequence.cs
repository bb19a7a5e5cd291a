using RnnSharp.Numerics;

namespace RnnSharp.Onnx;

/// <summary>A sequence of a graph under construction: the names of the values that hold it.</summary>
/// <param name="Values">The features, [steps, batch, features]; or the tokens, int64 [steps, batch], where a negative number stands for a column of zeros.</param>
/// <param name="Lengths">The length of each example, int32 [batch]; null if every example has all steps.</param>
/// <param name="IsTokens">Whether the sequence holds tokens instead of features.</param>
/// <param name="HasPadding">Whether values past an example's end may be other than zero.</param>
public sealed record OnnxSequence(string Values, string? Lengths, bool IsTokens, bool HasPadding)
{
    /// <summary>The features, [steps, batch, features]; or the tokens, int64 [steps, batch], where a negative number stands for a column of zeros.</summary>
    /// <exception cref="ArgumentNullException">Set to null.</exception>
    public string Values { get; init => field = Check.NotNull(value); } = Check.NotNull(Values);

    /// <summary>The same steps with other features, whose padding may be other than zero.</summary>
    /// <param name="values">The features, [steps, batch, features].</param>
    /// <exception cref="ArgumentNullException"><paramref name="values"/> is null.</exception>
    public OnnxSequence With(string values) => new(Check.NotNull(values), Lengths, IsTokens: false, HasPadding: Lengths is not null);
}

using System.Diagnostics;
using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Data;

/// <summary>
/// One example: an input and its target. The target has one step for each step of the input, a single step for the whole input (such as
/// <see cref="Series{T}.FromLabel"/>), or any other number that the model's output has.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class Example<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Creates an example.</summary>
    /// <param name="input">The input of the model.</param>
    /// <param name="target">What the loss compares the output with.</param>
    /// <exception cref="ArgumentException">An argument is null.</exception>
    public Example(Series<T> input, Series<T> target)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(target);
        Input = input;
        Target = target;
    }

    /// <summary>The input of the model.</summary>
    public Series<T> Input { get; }

    /// <summary>The target of the loss.</summary>
    public Series<T> Target { get; }

    /// <summary>The input of the encoder, for an encoder-decoder; null for other models.</summary>
    public Series<T>? Source { get; init; }

    /// <summary>One factor of 0 or more for the loss of each step of the target; 1 for each when null.</summary>
    /// <exception cref="ArgumentException">The weights are tokens, do not have one feature and the steps of the target, or one is negative or not finite.</exception>
    public Series<T>? StepWeights
    {
        get;
        init
        {
            if (value is not null && (value.IsTokens || value.Features != 1 || value.Steps != Target.Steps))
                throw Check.Shape(nameof(value), $"{Target.Steps} steps of 1 features (one factor for each step of the target)", $"{value}");
            if (value is not null)
            {
                foreach (T factor in value.Values.Span)
                {
                    if (!T.IsFinite(factor) || factor < T.Zero) throw Check.Shape(nameof(value), "finite factors of 0 or more", $"{factor}");
                }
            }

            field = value;
        }
    }

    /// <summary>The number of steps by which sources put examples of similar length together: the larger of those of input and source.</summary>
    public int Length => Math.Max(Input.Steps, Source?.Steps ?? 0);

    /// <summary>The shapes, such as "5 steps of 3 features, target 1 steps of tokens of vocabulary 2".</summary>
    public override string ToString() => $"{Input}, target {Target}{(Source is null ? "" : $", source {Source}")}{(StepWeights is null ? "" : ", with step weights")}";
}

using System.Numerics;

namespace RnnSharp.Training;

/// <summary>The formula of a loss that is computed at each position from the features of the output and of the target there.</summary>
internal interface IPositionLoss<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The number of target features, and so of losses, for an output of so many features; 0 if the output cannot have so many.</summary>
    int TargetFeatures(int features);

    /// <summary>What <see cref="TargetFeatures"/> expects of the output's features, for the message of an error.</summary>
    string Expected { get; }

    /// <summary>The number of losses at each position for an output of so many features.</summary>
    int Losses(int features);

    /// <summary>
    /// The sum of the losses of consecutive positions, in double precision. Writes scale times the gradient and the losses themselves, unless
    /// the span for them is empty.
    /// </summary>
    double Sum(ReadOnlySpan<T> output, ReadOnlySpan<T> target, int features, Span<T> gradient, Span<T> losses, T scale);
}

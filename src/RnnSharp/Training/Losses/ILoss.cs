using System.Numerics;

namespace RnnSharp.Training;

/// <summary>A loss with its settings, as a trainer uses it.</summary>
/// <typeparam name="T">float or double.</typeparam>
public interface ILoss<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Computes the loss of a batch and, if requested, its gradient with respect to the output. Values past an example's end are not counted.</summary>
    /// <param name="output">The output of the model: features × batch × steps.</param>
    /// <param name="target">
    /// The targets, with the batch, steps and lengths of the output; the loss defines the features and whether they are tokens. Those of
    /// <see cref="CtcLoss{T}"/> have steps and lengths of their own.
    /// </param>
    /// <param name="gradient">Receives the gradient. It is resized to the shape of the output, and zero where a position is not counted.</param>
    /// <param name="stepWeights">1 × batch × steps: a factor of 0 or more for the loss of each position; 1 when null. A mean divides by the sum of the factors. A position with a factor of 0 is left out, whatever it holds.</param>
    /// <param name="losses">Receives the loss of each element, without reduction and with the factors applied: 1 × batch × steps, or features × batch × steps if the loss adds over features.</param>
    /// <returns>The loss, which can be added over batches.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit, a target or factor is out of range, or two sequences are the same.</exception>
    LossValue Compute(Sequence<T> output, Sequence<T> target, Sequence<T>? gradient = null, Sequence<T>? stepWeights = null, Sequence<T>? losses = null);
}

using RnnSharp.Numerics;
using RnnSharp.Training;

namespace RnnSharp.Forecasting;

/// <summary>
/// A loss of the targets that are not missing: each counts the same, and NaN is left out with a gradient of zero. It reuses its memory, so it
/// serves one caller at a time.
/// </summary>
/// <param name="loss">The loss of a target and its outputs; those of target i are the features i + k · targets.</param>
internal sealed class PresentTargetsLoss(ILoss<float> loss) : ILoss<float>
{
    private readonly Sequence<float> _output = new(1, 1, 0);
    private readonly Sequence<float> _target = new(1, 1, 0);
    private readonly Sequence<float> _gradient = new(1, 1, 0);
    private readonly Sequence<float> _losses = new(1, 1, 0);
    private readonly Sequence<float> _weights = new(1, 1, 0);

    public LossValue Compute(Sequence<float> output, Sequence<float> target, Sequence<float>? gradient = null, Sequence<float>? stepWeights = null, Sequence<float>? losses = null)
    {
        ReadOnlySpan<float> targets = target.Values;
        if (!Elementwise.AnyNaN(targets)) return loss.Compute(output, target, gradient, stepWeights, losses);

        // Each target that is there becomes a position of its own.
        int width = target.Features, outputs = output.Features / width, present = 0;
        foreach (float one in targets) present += float.IsNaN(one) ? 0 : 1;
        _output.Resize(outputs, 1, present);
        _target.Resize(1, 1, present);
        _weights.Resize(1, 1, present);
        ReadOnlySpan<float> allOutputs = output.Values, allWeights = stepWeights is null ? default : stepWeights.Values;
        Span<float> kept = _target.Values, keptOutputs = _output.Values, keptWeights = _weights.Values;
        for (int i = 0, at = 0; i < targets.Length; i++)
        {
            if (float.IsNaN(targets[i])) continue;
            for (int k = 0; k < outputs; k++) keptOutputs[at * outputs + k] = allOutputs[Feature(i, k, width, outputs)];
            if (!allWeights.IsEmpty) keptWeights[at] = allWeights[i / width];
            kept[at++] = targets[i];
        }

        LossValue value = loss.Compute(_output, _target, gradient is null ? null : _gradient, stepWeights is null ? null : _weights, losses is null ? null : _losses);
        if (gradient is not null) Scatter(_gradient, target, gradient);
        if (losses is not null) Scatter(_losses, target, losses);
        return value;
    }

    private static int Feature(int target, int k, int width, int perTarget) => target / width * width * perTarget + k * width + target % width;

    /// <summary>Writes the features of each position to those of its target, and zero to those of missing ones.</summary>
    private static void Scatter(Sequence<float> positions, Sequence<float> target, Sequence<float> to)
    {
        int width = target.Features, perTarget = positions.Features;
        to.Resize(width * perTarget, target.Batch, target.Steps);
        ReadOnlySpan<float> targets = target.Values, from = positions.Values;
        Span<float> all = to.Values;
        for (int i = 0, at = 0; i < targets.Length; i++)
        {
            bool missing = float.IsNaN(targets[i]);
            for (int k = 0; k < perTarget; k++) all[Feature(i, k, width, perTarget)] = missing ? 0 : from[at * perTarget + k];
            at += missing ? 0 : 1;
        }
    }
}

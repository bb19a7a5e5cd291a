using System.Numerics;
using RnnSharp.Training;

namespace RnnSharp.Tests.Layers;

/// <summary>
/// Σ p·y + Σ y³ / 6 + Σ q·s + Σ s³ / 6 over the output y and the final state s of any shape, with weights of -1 to 1 by their place. Past
/// an example's end the gradient is NaN, because Backward must not read it.
/// </summary>
internal static class LayerLoss
{
    public static double Compute(ForwardPass<double> pass, Sequence<double> outputGradient, State<double> finalStateGradient)
    {
        double loss = Add(pass.Output.Values, outputGradient.Values, 1);
        for (int leaf = 0; leaf < pass.FinalState.Leaves.Count; leaf++) loss += Add(pass.FinalState.Leaves[leaf].Values, finalStateGradient.Leaves[leaf].Values, 2 + leaf);
        for (int j = 0; j < outputGradient.Batch; j++)
        {
            for (int t = pass.Output.LengthOf(j); t < outputGradient.Steps; t++) outputGradient.Step(t).Slice(j * outputGradient.Features, outputGradient.Features).Fill(double.NaN);
        }

        return loss;
    }

    public static GradientCheckResult Check(ILayer<double> layer, Sequence<double> x, State<double>? initial = null) => GradientCheck.Run(layer, x, Compute, initial, 5e-4);

    private static double Add(ReadOnlySpan<double> values, Span<double> gradient, double phase)
    {
        double sum = 0;
        for (int i = 0; i < values.Length; i++)
        {
            double weight = Math.Sin(phase + 1.7 * i);
            sum += weight * values[i] + values[i] * values[i] * values[i] / 6;
            gradient[i] = weight + values[i] * values[i] / 2;
        }

        return sum;
    }
}

/// <summary>What stands past the examples' ends.</summary>
internal static class Padding
{
    /// <summary>Makes it NaN, which shows wherever it has an effect.</summary>
    public static void Spoil<T>(Sequence<T> sequence, params ReadOnlySpan<int> lengths)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int j = 0; j < lengths.Length; j++)
        {
            for (int t = lengths[j]; t < sequence.Steps; t++) sequence.Step(t).Slice(j * sequence.Features, sequence.Features).Fill(T.NaN);
        }
    }
}

namespace RnnSharp.Tests.Layers;

/// <summary>Losses for gradient checks.</summary>
internal static class Losses
{
    /// <summary>A loss that is neither linear nor the same for any two numbers, of the output and of the final state.</summary>
    public static double OfEverything(ForwardPass<double> pass, Sequence<double> outputGradient, State<double> finalStateGradient)
    {
        double loss = Add(pass.Output.Values, outputGradient.Values, 0);
        for (int leaf = 0; leaf < pass.FinalState.Leaves.Count; leaf++) loss += Add(pass.FinalState.Leaves[leaf].Values, finalStateGradient.Leaves[leaf].Values, 100 * (leaf + 1));
        return loss;
    }

    private static double Add(ReadOnlySpan<double> values, Span<double> gradient, int salt)
    {
        double loss = 0;
        for (int i = 0; i < values.Length; i++)
        {
            double weight = Math.Sin(i + salt + 1);
            loss += weight * values[i] + values[i] * values[i] / 2;
            gradient[i] = weight + values[i];
        }

        return loss;
    }
}

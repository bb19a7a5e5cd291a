using System.Globalization;
using RnnSharp.Training;

namespace RnnSharp.Tests;

/// <summary>Optimizers, clipping and the gradient check.</summary>
public sealed partial class BadArgumentTests
{
    private static IEnumerable<Row> Optimizers()
    {
        yield return Null("OptimizerStep.Check(parameters, gradients)", "parameters", f => OptimizerStep.Check(null!, f.Gradients));
        yield return Null("OptimizerStep.Check(parameters, gradients)", "gradients", f => OptimizerStep.Check<double>(f.Lstm.Parameters, null!));
        yield return Bad("OptimizerStep.Check(parameters, gradients)", "parameters", "every parameter once", "at 0 and at 1", f => OptimizerStep.Check([f.Lstm.Bias, f.Lstm.Bias], f.Gradients));
        const string CheckNames = "OptimizerStep.CheckNames(parameters, names)";
        yield return Null(CheckNames, "parameters", _ => OptimizerStep.CheckNames<double>(null!, ["a"]));
        yield return Null(CheckNames, "names", f => OptimizerStep.CheckNames(f.Lstm.Parameters, null!));
        yield return Bad(CheckNames, "names", "3 names", "got 1", f => OptimizerStep.CheckNames(f.Lstm.Parameters, ["a"]));
        yield return Bad(CheckNames, "names", "every name once", "got a twice", f => OptimizerStep.CheckNames(f.Lstm.Parameters, ["a", "b", "a"]));
        yield return Bad(CheckNames, "names", "Name 1", "null or empty", f => OptimizerStep.CheckNames(f.Lstm.Parameters, ["a", "", "b"]));
        yield return Bad(CheckNames, "parameters", "every parameter once", "at 0 and at 1", f => OptimizerStep.CheckNames([f.Lstm.Bias, f.Lstm.Bias], ["a", "b"]));
        yield return Null("OptimizerStep.IndexOf(gradients, parameter, guess)", "gradients", f => OptimizerStep.IndexOf(null!, f.Lstm.Bias, 0));
        const string New = "Adam.new(learningRate, beta1, beta2, epsilon, weightDecay, epsilonPlacement, amsGrad, l2, groups)";
        foreach (double value in (double[])[-1, double.NaN, double.PositiveInfinity])
        {
            string given = string.Create(CultureInfo.InvariantCulture, $"got {value}");
            yield return Bad(New, "learningRate", "0 or more", given, f => _ = new Adam<double>(value));
            yield return Bad(New, "beta1", "at least 0 and below 1", given, f => _ = new Adam<double>(beta1: value));
            yield return Bad(New, "beta2", "at least 0 and below 1", given, f => _ = new Adam<double>(beta2: value));
            yield return Bad(New, "epsilon", "above 0", given, f => _ = new Adam<double>(epsilon: value));
            yield return Bad(New, "weightDecay", "0 or more", given, f => _ = new Adam<double>(weightDecay: value));
            yield return Bad(New, "l2", "0 or more", given, f => _ = new Adam<double>(l2: value));
            yield return Bad("GradientClipping.ByValue(gradients, limit)", "limit", "above 0", given, f => GradientClipping.ByValue(f.Gradients, value));
            yield return Bad("GradientClipping.ByNorm(gradients, maxNorm, order, perParameter)", "maxNorm", "above 0", given, f => GradientClipping.ByNorm(f.Gradients, value));
            yield return Bad("GradientCheck.Run(layer, input, loss, initialState, step)", "step", "above 0", given, f => GradientCheck.Run(f.Lstm, f.X, Nothing, step: value));
        }

        yield return Bad(New, "beta1", "at least 0 and below 1", "got 1", f => _ = new Adam<double>(beta1: 1));
        yield return Bad(New, "epsilon", "above 0", "got 0", f => _ = new Adam<double>(epsilon: 0));
        yield return Bad(New, "epsilonPlacement", "OutsideRoot or InsideRoot", "got 5", f => _ = new Adam<double>(epsilonPlacement: (AdamEpsilon)5));
        yield return Bad(New, "l2", "either a weight decay or an L2 penalty", "got 0.5 and 0.25", f => _ = new Adam<double>(weightDecay: 0.5, l2: 0.25));
        yield return Bad("GradientClipping.ByNorm(gradients, maxNorm, order, perParameter)", "order", "1 or more, or infinity", "got 0.5", f => GradientClipping.ByNorm(f.Gradients, 1, order: 0.5));
        yield return Bad("GradientClipping.ByNorm(gradients, maxNorm, order, perParameter)", "order", "1 or more, or infinity", "got NaN", f => GradientClipping.ByNorm(f.Gradients, 1, order: double.NaN));
        yield return Null("GradientClipping.ByValue(gradients, limit)", "gradients", _ => GradientClipping.ByValue<double>(null!, 1));
        yield return Null("GradientClipping.ByNorm(gradients, maxNorm, order, perParameter)", "gradients", _ => GradientClipping.ByNorm<double>(null!, 1));
        yield return Bad("GradientClipping.ByValue(gradients, limit)", "gradients", "without NaN", "NaN in weight_hh", f =>
        {
            f.Gradients.Values(1)[0] = double.NaN;
            GradientClipping.ByValue(f.Gradients, 1);
        });
        yield return Bad("GradientClipping.ByNorm(gradients, maxNorm, order, perParameter)", "gradients", "finite norm", "got NaN", f =>
        {
            f.Gradients.Values(1)[0] = double.NaN;
            GradientClipping.ByNorm(f.Gradients, 1);
        });

        const string Run = "GradientCheck.Run(layer, input, loss, initialState, step)";
        yield return Null(Run, "layer", f => GradientCheck.Run(null!, f.X, Nothing));
        yield return Null(Run, "input", f => GradientCheck.Run(f.Lstm, null!, Nothing));
        yield return Null(Run, "loss", f => GradientCheck.Run(f.Lstm, f.X, null!));
        yield return Bad(Run, "input", "3 x batch x steps", "got 4 x 2 x 5", f => GradientCheck.Run(f.Lstm, new Sequence<double>(4, 2, 5), Nothing));
        yield return Bad(Run, "initialState", "h 4 x 2, c 4 x 2", "h 4 x 3, c 4 x 3", f => GradientCheck.Run(f.Lstm, f.X, Nothing, f.Lstm.CreateState(3)));

        static double Nothing(ForwardPass<double> pass, Sequence<double> outputGradient, State<double> finalStateGradient) => 0;
    }
}

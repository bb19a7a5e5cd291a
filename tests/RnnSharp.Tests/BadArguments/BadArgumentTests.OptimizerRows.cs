using System.Globalization;
using RnnSharp.Training;

namespace RnnSharp.Tests;

/// <summary>Optimizers, clipping and the gradient check.</summary>
public sealed partial class BadArgumentTests
{
    private static IEnumerable<Row> Optimizers()
    {
        yield return Bad("Sgd.new(learningRate, momentum, dampening, weightDecay, nesterov)", "momentum", "at least 0 and below 1", "got 1", f => _ = new Sgd<double>(0.1, momentum: 1));
        yield return Null("Sgd.Step(parameters, gradients)", "parameters", f => new Sgd<double>(0.1).Step(null!, f.Gradients));
        yield return Null("Sgd.Step(parameters, gradients)", "gradients", f => new Sgd<double>(0.1).Step(f.Lstm.Parameters, null!));
        yield return Null("OptimizerStep.Check(parameters, gradients)", "parameters", f => OptimizerStep.Check(null!, f.Gradients));
        yield return Null("OptimizerStep.Check(parameters, gradients)", "gradients", f => OptimizerStep.Check<double>(f.Lstm.Parameters, null!));
        yield return Bad("OptimizerStep.Check(parameters, gradients)", "parameters", "every parameter once", "at 0 and at 1", f => OptimizerStep.Check([f.Lstm.Bias, f.Lstm.Bias], f.Gradients));
        yield return Null("OptimizerStep.IndexOf(gradients, parameter, guess)", "gradients", f => OptimizerStep.IndexOf(null!, f.Lstm.Bias, 0));
        const string New = "Adam.new(learningRate, beta1, beta2, epsilon, weightDecay, epsilonPlacement)";
        foreach (double value in (double[])[-1, double.NaN, double.PositiveInfinity])
        {
            string given = string.Create(CultureInfo.InvariantCulture, $"got {value}");
            yield return Bad(New, "learningRate", "0 or more", given, f => _ = new Adam<double>(value));
            yield return Bad(New, "beta1", "at least 0 and below 1", given, f => _ = new Adam<double>(beta1: value));
            yield return Bad(New, "beta2", "at least 0 and below 1", given, f => _ = new Adam<double>(beta2: value));
            yield return Bad(New, "epsilon", "above 0", given, f => _ = new Adam<double>(epsilon: value));
            yield return Bad(New, "weightDecay", "0 or more", given, f => _ = new Adam<double>(weightDecay: value));
            yield return Bad("GradientClipping.ByValue(gradients, limit)", "limit", "above 0", given, f => GradientClipping.ByValue(f.Gradients, value));
            yield return Bad("GradientClipping.ByNorm(gradients, maxNorm)", "maxNorm", "above 0", given, f => GradientClipping.ByNorm(f.Gradients, value));
            yield return Bad("GradientCheck.Run(layer, input, loss, initialState, step)", "step", "above 0", given, f => GradientCheck.Run(f.Lstm, f.X, Nothing, step: value));
        }

        yield return Bad(New, "beta1", "at least 0 and below 1", "got 1", f => _ = new Adam<double>(beta1: 1));
        yield return Bad(New, "epsilon", "above 0", "got 0", f => _ = new Adam<double>(epsilon: 0));
        yield return Bad(New, "epsilonPlacement", "OutsideRoot or InsideRoot", "got 5", f => _ = new Adam<double>(epsilonPlacement: (AdamEpsilon)5));
        yield return Null("Adam.Step(parameters, gradients)", "parameters", f => f.Adam.Step(null!, f.Gradients));
        yield return Null("Adam.Step(parameters, gradients)", "gradients", f => f.Adam.Step(f.Lstm.Parameters, null!));
        yield return Bad("Adam.Step(parameters, gradients)", "parameters", "Parameter 1", "null", f => f.Adam.Step([f.Lstm.Bias, null!], f.Gradients));
        yield return Bad("Adam.Step(parameters, gradients)", "gradients", "every parameter", "weight_ih (parameter 0) has none", f => f.Adam.Step(f.OtherLstm.Parameters, f.Gradients));
        yield return Bad("Adam.Step(parameters, gradients)", "gradients", "finite", "got NaN at 3 of bias", f =>
        {
            f.Gradients.Values(2)[3] = double.NaN;
            f.Adam.Step(f.Lstm.Parameters, f.Gradients);
        });
        yield return Null("Adam.GetState(layer)", "layer", f => f.Adam.GetState(null!));
        yield return Null("Adam.SetState(layer, state)", "layer", f => f.Adam.SetState(null!, f.Saved("bias", 16, 16)));
        yield return Null("Adam.SetState(layer, state)", "state", f => f.Adam.SetState(f.Lstm, null!));
        yield return Bad("Adam.SetState(layer, state)", "state", "moments of weight_ih, weight_hh, bias", "got gamma", f => f.Adam.SetState(f.Lstm, f.Saved("gamma", 16, 16)));
        yield return Bad("Adam.SetState(layer, state)", "state", "16 first and second moments of bias", "got 15, 16 and 1", f => f.Adam.SetState(f.Lstm, f.Saved("bias", 15, 16)));
        yield return Bad("Adam.SetState(layer, state)", "state", "16 first and second moments of bias", "got 16, 17 and 1", f => f.Adam.SetState(f.Lstm, f.Saved("bias", 16, 17)));
        yield return Bad("Adam.SetState(layer, state)", "state", "16 first and second moments of bias", "null", f => f.Adam.SetState(f.Lstm, f.Saved("bias", null, 16)));
        yield return Bad("Adam.SetState(layer, state)", "state", "moments", "null", f => f.Adam.SetState(f.Lstm, new AdamState<double>(null!)));
        yield return Bad("Adam.SetState(layer, state)", "state", "moments of bias", "null", f => f.Adam.SetState(f.Lstm, new AdamState<double>(new Dictionary<string, AdamMoments<double>>(StringComparer.Ordinal) { ["bias"] = null! })));

        yield return Null("GradientClipping.ByValue(gradients, limit)", "gradients", _ => GradientClipping.ByValue<double>(null!, 1));
        yield return Null("GradientClipping.ByNorm(gradients, maxNorm)", "gradients", _ => GradientClipping.ByNorm<double>(null!, 1));
        yield return Bad("GradientClipping.ByValue(gradients, limit)", "gradients", "without NaN", "NaN in weight_hh", f =>
        {
            f.Gradients.Values(1)[0] = double.NaN;
            GradientClipping.ByValue(f.Gradients, 1);
        });
        yield return Bad("GradientClipping.ByNorm(gradients, maxNorm)", "gradients", "finite norm", "got NaN", f =>
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

using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Tests.Layers;
using RnnSharp.Tests.Recurrent;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Training;

/// <summary>The gradient check against layers whose gradients are wrong; what it compares, and what it leaves as it was.</summary>
public sealed class GradientCheckTests
{
    private const double Limit = 1e-6;

    [Theory]
    [InlineData(RecurrentKind.Lstm)]
    [InlineData(RecurrentKind.Gru)]
    [InlineData(RecurrentKind.RnnTanh)]
    public void A_wrong_gradient_is_located(RecurrentKind kind)
    {
        var random = new Random(5);
        RecurrentLayer<double> layer = Make.Layer<double>(kind, inputs: 3, hidden: 4);
        Sequence<double> x = Make.Sequence<double>(3, 2, 5, random);
        State<double> initial = Make.State(layer, 2, random);
        GradientCheckLoss<double> loss = new Loss(layer, x, random).Compute;
        GradientCheckResult right = GradientCheck.Run(layer, x, loss, initial);
        right.RelativeError.Should().BeLessThan(Limit, "{0}", right.ToString());
        right.Checked.Should().Be(layer.Parameters.Sum(parameter => parameter.Count) + x.Values.Length + initial.Leaves.Sum(leaf => leaf.Values.Length));

        string[] tensors = [.. layer.ParameterNames, "input", .. initial.Names.Select(name => $"initial_state.{name}")];
        foreach (string tensor in tensors)
        {
            // The largest element, so that a hundred thousandth of it is not lost in the floor of the relative error.
            Gradients<double> gradients = layer.Backward(layer.Forward(x, initial), loss);
            Span<double> values = Tensor(gradients, tensor);
            int index = 0;
            for (int i = 1; i < values.Length; i++) index = Math.Abs(values[i]) > Math.Abs(values[index]) ? i : index;
            Math.Abs(values[index]).Should().BeGreaterThan(1e-3);

            var wrong = new WrongLayer(layer, made => Tensor(made, tensor)[index] *= 1 + 1e-5);
            GradientCheckResult result = GradientCheck.Run(wrong, x, loss, initial);
            result.Tensor.Should().Be(tensor);
            result.Index.Should().Be(index);
            result.RelativeError.Should().BeApproximately(1e-5, 2e-6);
            result.Analytic.Should().BeApproximately(values[index] * (1 + 1e-5), 1e-12 * Math.Abs(values[index]));
            result.Numeric.Should().BeApproximately(values[index], 1e-6 * Math.Abs(values[index]));
            result.ToString().Should().StartWith($"{tensor}[{index}]: analytic ").And.Contain("numeric").And.Contain($"worst of {right.Checked}");

            var broken = new WrongLayer(layer, made => Tensor(made, tensor)[index] = double.NaN);
            GradientCheckResult notANumber = GradientCheck.Run(broken, x, loss, initial);
            notANumber.RelativeError.Should().Be(double.NaN, "what is not a number must not pass for small");
            (notANumber.Tensor, notANumber.Index).Should().Be((tensor, index));
        }
    }

    [Fact]
    public void A_missing_gradient_is_found()
    {
        var random = new Random(6);
        RecurrentLayer<double> layer = Make.Layer<double>(RecurrentKind.Gru, inputs: 2, hidden: 3);
        Sequence<double> x = Make.Sequence<double>(2, 1, 4, random);
        var wrong = new WrongLayer(layer, gradients => gradients["bias_hn"].Clear());
        GradientCheckResult result = GradientCheck.Run(wrong, x, new Loss(layer, x, random).Compute);
        result.Tensor.Should().Be("bias_hn");
        result.RelativeError.Should().Be(1);
        result.Analytic.Should().Be(0);
    }

    [Fact]
    public void Frozen_parameters_and_an_absent_initial_state_are_left_out()
    {
        var random = new Random(7);
        RecurrentLayer<double> layer = Make.Layer<double>(RecurrentKind.Lstm, inputs: 2, hidden: 3);
        layer.RecurrentWeights.Frozen = true;
        Sequence<double> x = Make.Sequence<double>(2, 2, 4, random), tokens = Make.Tokens<double>(2, 2, 4, random);
        GradientCheckLoss<double> loss = new Loss(layer, x, random).Compute;
        int parameters = layer.InputWeights.Count + layer.Bias.Count;

        GradientCheckResult withInput = GradientCheck.Run(layer, x, loss), withTokens = GradientCheck.Run(layer, tokens, loss);
        withInput.Checked.Should().Be(parameters + x.Values.Length);
        withInput.RelativeError.Should().BeLessThan(Limit);
        withTokens.Checked.Should().Be(parameters);
        withTokens.RelativeError.Should().BeLessThan(Limit);
        long version = layer.RecurrentWeights.Version;
        GradientCheck.Run(layer, x, loss);
        layer.RecurrentWeights.Version.Should().Be(version);
    }

    [Fact]
    public void Everything_is_restored_bit_for_bit_also_when_the_loss_throws()
    {
        var random = new Random(8);
        RecurrentLayer<double> layer = Make.Layer<double>(RecurrentKind.Lstm, inputs: 3, hidden: 3);

        // A zero with its sign, a number that adding and subtracting would round, one at the end of the range.
        layer.Bias.Update(0, static (values, _) => (values[0], values[1], values[2]) = (-0.0, 1e-300, double.Epsilon));
        Sequence<double> x = Make.Sequence<double>(3, 2, 3, random);
        State<double> initial = Make.State(layer, 2, random);
        double[][] before = [.. layer.Parameters.Select(parameter => parameter.Values.ToArray())];
        double[] input = x.Values.ToArray();
        State<double> stateBefore = initial.Clone();
        GradientCheckLoss<double> loss = new Loss(layer, x, random).Compute;
        GradientCheckResult whole = GradientCheck.Run(layer, x, loss, initial);
        whole.RelativeError.Should().BeLessThan(Limit);
        Unchanged();

        // One more call than a compared element takes, four an element, falls into each of the four places.
        for (int failing = 1; failing < 4 * whole.Checked; failing += 7)
        {
            int calls = 0;
            FluentActions.Invoking(() => GradientCheck.Run(layer, x, Failing, initial)).Should().Throw<InvalidOperationException>().WithMessage("the loss failed");
            Unchanged();

            double Failing(ForwardPass<double> pass, Sequence<double> outputGradient, State<double> finalStateGradient) => ++calls > failing
                ? throw new InvalidOperationException("the loss failed")
                : loss(pass, outputGradient, finalStateGradient);
        }

        void Unchanged()
        {
            for (int p = 0; p < before.Length; p++) Bits.ShouldBeSame<double>(layer.Parameters[p].Values, before[p], layer.ParameterNames[p]);
            Bits.ShouldBeSame<double>(x.Values, input, "input");
            Bits.ShouldBeSame(initial, stateBefore, "initial state");
        }
    }

    [Fact]
    public void Single_precision_is_supported()
    {
        // Positive numbers, so that no gradient is so small that only the rounding of the sum is left of its difference.
        var random = new Random(9);
        var layer = new DenseLayer<float>(2, 3, seed: 1);
        layer.Weights.Update(random, static (values, source) => Positive(values, source));
        Sequence<float> x = new(2, 2, 3);
        Positive(x.Values, random);
        GradientCheckResult right = GradientCheck.Run(layer, x, Loss(1));
        right.RelativeError.Should().BeInRange(double.Epsilon, 1e-3, "{0}", right.ToString());
        right.Checked.Should().Be(6 + 3 + 12);
        GradientCheck.Run(layer, x, Loss(1.01f)).RelativeError.Should().BeApproximately(0.01, 1e-3);

        static void Positive(Span<float> values, Random random)
        {
            foreach (ref float value in values) value = 0.5f + random.NextSingle() / 2;
        }

        static GradientCheckLoss<float> Loss(float gradient) => (pass, outputGradient, _) =>
        {
            outputGradient.Values.Fill(gradient);
            double sum = 0;
            foreach (float y in pass.Output.Values) sum += y;
            return sum;
        };
    }

    [Fact]
    public void Bad_arguments_are_rejected()
    {
        var random = new Random(10);
        RecurrentLayer<double> layer = Make.Layer<double>(RecurrentKind.Lstm, inputs: 2, hidden: 3);
        Sequence<double> x = Make.Sequence<double>(2, 2, 3, random);
        GradientCheckLoss<double> loss = new Loss(layer, x, random).Compute;
        long[] versions = [.. layer.Parameters.Select(parameter => parameter.Version)];

        Refused("layer", () => GradientCheck.Run(null!, x, loss));
        Refused("input", () => GradientCheck.Run(layer, null!, loss));
        Refused("loss", () => GradientCheck.Run(layer, x, null!));
        Refused("input", () => GradientCheck.Run(layer, new Sequence<double>(3, 2, 3), loss));
        Refused("initialState", () => GradientCheck.Run(layer, x, loss, layer.CreateState(3)));
        foreach (double step in (double[])[0, -1e-3, double.NaN, double.PositiveInfinity]) Refused("step", () => GradientCheck.Run(layer, x, loss, step: step));
        layer.Parameters.Select(parameter => parameter.Version).Should().Equal(versions);

        static void Refused(string name, Action call) => call.Should().Throw<ArgumentException>().WithParameterName(name);
    }

    private static Span<double> Tensor(Gradients<double> gradients, string tensor)
    {
        if (string.Equals(tensor, "input", StringComparison.Ordinal)) return gradients.Input!.Values;
        int index = gradients.Names.ToList().IndexOf(tensor);
        return index >= 0 ? gradients.Values(index) : gradients.InitialState[tensor["initial_state.".Length..]].Values;
    }

    /// <summary>
    /// Σ p·y + Σ q·s + (Σ r·y)² / 2 + sin(Σ v·s) + Σ y³ / 6 over the output y and the final state s: linear and not, each with the other's
    /// gradient beside it. Past an example's end the gradient is NaN, because Backward must not read it.
    /// </summary>
    private sealed class Loss
    {
        private readonly double[] _p;
        private readonly double[] _r;
        private readonly double[] _q;
        private readonly double[] _v;

        public Loss(ILayer<double> layer, Sequence<double> x, Random random)
        {
            int outputs = layer.OutputSize * x.Batch * x.Steps, states = layer.CreateState(x.Batch).Leaves.Sum(leaf => leaf.Size * x.Batch);
            (_p, _r, _q, _v) = (Weights(outputs, 1), Weights(outputs, 1 / Math.Sqrt(outputs)), Weights(states, 1), Weights(states, 1 / Math.Sqrt(states)));

            double[] Weights(int count, double scale)
            {
                var weights = new double[count];
                Make.Fill<double>(weights, random);
                return [.. weights.Select(weight => weight * scale)];
            }
        }

        public double Compute(ForwardPass<double> pass, Sequence<double> outputGradient, State<double> finalStateGradient)
        {
            Span<double> y = pass.Output.Values, dy = outputGradient.Values;
            double linear = 0, projection = 0, cubes = 0, phase = 0;
            for (int i = 0; i < y.Length; i++)
            {
                linear += _p[i] * y[i];
                projection += _r[i] * y[i];
                cubes += y[i] * y[i] * y[i] / 6;
            }

            int at = 0;
            foreach (StateLeaf<double> leaf in pass.FinalState.Leaves)
            {
                foreach (double s in leaf.Values)
                {
                    linear += _q[at] * s;
                    phase += _v[at++] * s;
                }
            }

            for (int i = 0; i < y.Length; i++) dy[i] = _p[i] + projection * _r[i] + y[i] * y[i] / 2;
            at = 0;
            foreach (StateLeaf<double> leaf in finalStateGradient.Leaves)
            {
                foreach (ref double ds in leaf.Values)
                {
                    ds = _q[at] + Math.Cos(phase) * _v[at];
                    at++;
                }
            }

            for (int j = 0; j < outputGradient.Batch; j++)
            {
                for (int t = pass.Output.LengthOf(j); t < outputGradient.Steps; t++) outputGradient.Step(t).Slice(j * outputGradient.Features, outputGradient.Features).Fill(double.NaN);
            }

            return linear + projection * projection / 2 + Math.Sin(phase) + cubes;
        }
    }

    /// <summary>A layer whose gradients are tampered with.</summary>
    private sealed class WrongLayer(ILayer<double> layer, Action<Gradients<double>> spoil) : DelegatingLayer<double>(layer)
    {
        public override Gradients<double> Backward(ForwardPass<double> pass, Sequence<double>? outputGradient, State<double>? finalStateGradient = null, bool inputGradient = true, bool accumulate = false, Gradients<double>? reuse = null)
        {
            Gradients<double> gradients = base.Backward(pass, outputGradient, finalStateGradient, inputGradient, accumulate, reuse);
            spoil(gradients);
            return gradients;
        }
    }
}

file static class LossExtensions
{
    /// <summary>The gradients of a loss of a pass.</summary>
    public static Gradients<double> Backward(this ILayer<double> layer, ForwardPass<double> pass, GradientCheckLoss<double> loss)
    {
        var outputGradient = new Sequence<double>(pass.Output.Features, pass.Output.Batch, pass.Output.Steps);
        State<double> finalStateGradient = layer.CreateState(pass.Output.Batch);
        loss(pass, outputGradient, finalStateGradient);
        return layer.Backward(pass, outputGradient, finalStateGradient);
    }
}

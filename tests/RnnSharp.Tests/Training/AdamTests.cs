using System.Numerics;
using System.Text.Json;
using FluentAssertions;
using MathNet.Numerics.LinearAlgebra;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Tests.Layers;
using RnnSharp.Tests.Recurrent;
using RnnSharp.Tests.References;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Training;

public sealed class AdamTests
{
    public static TheoryData<int> TorchCases => GoldenCases.Numbers("optimizers");

    /// <summary>Learning rate, β1, β2, ε, weight decay, where ε stands.</summary>
    public static TheoryData<double, double, double, double, double, AdamEpsilon> HyperParameters => new()
    {
        { 1e-3, 0.9, 0.999, 1e-8, 0, AdamEpsilon.OutsideRoot },
        { 1e-3, 0.9, 0.999, 1e-8, 0, AdamEpsilon.InsideRoot },
        { 0.05, 0.8, 0.95, 1e-3, 0, AdamEpsilon.OutsideRoot },
        { 0.05, 0.8, 0.95, 1e-3, 0, AdamEpsilon.InsideRoot },
        { 0.01, 0.9, 0.999, 1e-8, 0.1, AdamEpsilon.OutsideRoot },
        { 0.01, 0, 0.999, 1e-2, 1, AdamEpsilon.InsideRoot },
        { 0.01, 0, 0, 1e-8, 0, AdamEpsilon.OutsideRoot },
        { 0, 0.9, 0.999, 1e-8, 0.5, AdamEpsilon.OutsideRoot },
    };

    [Fact]
    public void Rates_out_of_the_range_of_float_are_rejected()
    {
        FluentActions.Invoking(() => new Adam<float>(1e39)).Should().Throw<ArgumentException>().WithParameterName("learningRate");
        new Adam<float>().Invoking(it => it.LearningRate = 1e39).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => new Adam<float>(1e30, weightDecay: 1e30)).Should().Throw<ArgumentException>();
    }

    [Theory]
    [MemberData(nameof(HyperParameters))]
    public void Steps_follow_the_published_equations(double rate, double beta1, double beta2, double epsilon, double decay, AdamEpsilon placement)
    {
        Check<double>(1e-12);
        Check<float>(2e-5);

        void Check<T>(double tolerance)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            // Sizes with and without a rest of a vector.
            foreach ((int inputs, int hidden) in ((int, int)[])[(1, 1), (3, 5), (8, 16)])
            {
                var layer = new LstmLayer<T>(inputs, hidden, seed: 1);
                var adam = new Adam<T>(rate, beta1, beta2, epsilon, decay, placement);
                var plain = new PlainAdam(layer.Parameters.SelectMany(parameter => parameter.Values.ToArray().Select(double.CreateChecked)));
                var gradients = new Gradients<T>(layer);
                var random = new Random(1);
                for (int step = 1; step <= 120; step++)
                {
                    // A learning rate that a schedule changes, and gradients of every size.
                    if (step % 40 == 0) adam.LearningRate /= 3;
                    Fill(gradients, random, Math.Pow(10, random.Next(-3, 2)));
                    adam.Step(layer.Parameters, gradients);
                    plain.Step([.. Flat(gradients)], adam.LearningRate, beta1, beta2, epsilon, decay, placement);
                }

                int at = 0;
                foreach (Parameter<T> parameter in layer.Parameters)
                {
                    GoldenCases.ShouldBeNear(parameter.Values, plain.Weights.AsSpan(at, parameter.Count), tolerance, parameter.Name);
                    at += parameter.Count;
                }
            }
        }
    }

    [Fact]
    public void Both_placements_of_epsilon_follow_their_equations()
    {
        // After one step v̂ = g and √ŝ = |g|: -0.1 · 3 / (3 + 1) and -0.1 · 3 / √(9 + 1).
        FirstStep(AdamEpsilon.OutsideRoot).Should().BeApproximately(-0.1 * 3 / 4, 1e-15);
        FirstStep(AdamEpsilon.InsideRoot).Should().BeApproximately(-0.1 * 3 / Math.Sqrt(10), 1e-15);
        new Adam<double>().EpsilonPlacement.Should().Be(AdamEpsilon.OutsideRoot);

        static double FirstStep(AdamEpsilon placement)
        {
            DenseLayer<double> layer = Scalar(0);
            var gradients = layer.CreateGradients();
            gradients.Values(0)[0] = 3;
            new Adam<double>(0.1, epsilon: 1, epsilonPlacement: placement).Step([layer.Weights], gradients);
            return layer.Weights.Values[0];
        }
    }

    [Fact]
    public void Defaults_are_the_published_ones()
    {
        var adam = new Adam<float>();
        (adam.LearningRate, adam.Beta1, adam.Beta2, adam.Epsilon, adam.WeightDecay).Should().Be((1e-3, 0.9, 0.999, 1e-8, 0));
    }

    [Fact]
    public void Weight_decay_is_decoupled_from_the_gradient()
    {
        DenseLayer<double> layer = Scalar(8);
        var gradients = layer.CreateGradients();
        var adam = new Adam<double>(0.25, weightDecay: 0.5);
        adam.Step([layer.Weights], gradients);
        layer.Weights.Values[0].Should().Be(8 * (1 - 0.125), "no gradient, but the decay");
        adam.GetState(layer).GetArray<double>("weight.exp_avg").Should().Equal(0);
        adam.LearningRate = 0;
        gradients.Values(0)[0] = 5;
        adam.Step([layer.Weights], gradients);
        layer.Weights.Values[0].Should().Be(7, "a learning rate of 0 stops the decay too");
    }

    [Theory]
    [MemberData(nameof(TorchCases))]
    public void Trajectories_equal_PyTorch(int number)
    {
        JsonElement golden = GoldenCases.Case("optimizers", number);
        int[][] shapes = [.. golden.GetProperty("shapes").EnumerateArray().Select(shape => shape.EnumerateArray().Select(size => size.GetInt32()).ToArray())];
        shapes.Should().HaveCount(2);

        // PyTorch's Adam adds a weight decay to the gradient; here that is the caller's business, and AdamW's decay is the optimizer's.
        bool decoupled = string.Equals(golden.Text("optimizer"), "adamw", StringComparison.Ordinal);
        double decay = golden.Number("weight_decay");
        var layer = new DenseLayer<double>(shapes[0][1], shapes[0][0]);
        var vector = new DenseLayer<double>(1, shapes[1][0]);
        var stack = new PairOfParameters(layer.Weights, vector.Bias);
        for (int p = 0; p < 2; p++) stack.Parameters[p].Set(Values(golden.GetProperty("start")[p], stack.Parameters[p]));
        var adam = new Adam<double>(golden.Number("learning_rate"), golden.Number("beta1"), golden.Number("beta2"), golden.Number("epsilon"), decoupled ? decay : 0);
        var gradients = new Gradients<double>(stack);
        int steps = golden.GetProperty("gradients").GetArrayLength();
        steps.Should().BeGreaterThan(4);
        for (int step = 0; step < steps; step++)
        {
            for (int p = 0; p < 2; p++)
            {
                gradients[stack.ParameterNames[p]].SetSubMatrix(0, 0, Values(golden.GetProperty("gradients")[step][p], stack.Parameters[p]));
                if (!decoupled) gradients[stack.ParameterNames[p]].Add(stack.Parameters[p].ToMatrix() * decay, gradients[stack.ParameterNames[p]]);
            }

            adam.Step(stack.Parameters, gradients);
            for (int p = 0; p < 2; p++)
            {
                double[] expected = Values(golden.GetProperty("after")[step][p], stack.Parameters[p]).ToColumnMajorArray();
                GoldenCases.ShouldBeNear(stack.Parameters[p].Values, expected, 1e-12, $"parameter {p} after step {step}");
            }
        }

        static Matrix<double> Values(JsonElement element, Parameter<double> parameter) => Matrix<double>.Build.DenseOfRowMajor(parameter.Rows, parameter.Columns, element.Values());
    }

    [Fact]
    public void Every_parameter_counts_its_own_steps()
    {
        // A parameter that joins later starts with the first step's correction, as PyTorch's does.
        var layer = new RnnLayer<double>(2, 3, seed: 1);
        var later = new PlainAdam(layer.RecurrentWeights.Values.ToArray());
        var gradients = layer.CreateGradients();
        var random = new Random(2);
        var adam = new Adam<double>(0.1);
        for (int step = 0; step < 6; step++)
        {
            Fill(gradients, random, 1);
            adam.Step(step < 3 ? [layer.InputWeights] : layer.Parameters, gradients);
            if (step >= 3) later.Step(gradients.Values(1).ToArray(), 0.1, 0.9, 0.999, 1e-8, 0, AdamEpsilon.OutsideRoot);
        }

        GoldenCases.ShouldBeNear(layer.RecurrentWeights.Values, later.Weights, 1e-12, "weight_hh");
        StateDictionary state = adam.GetState(layer);
        (state.GetInt64("weight_ih.step"), state.GetInt64("weight_hh.step"), state.GetInt64("bias.step")).Should().Be((6, 3, 3));
    }

    [Fact]
    public void Frozen_parameters_stay_and_continue_when_unfrozen()
    {
        var layer = new LstmLayer<float>(3, 4, seed: 1);
        var twin = new LstmLayer<float>(3, 4, seed: 1);
        Gradients<float> gradients = layer.CreateGradients(), twinGradients = twin.CreateGradients();
        Adam<float> adam = new(0.1), twinAdam = new(0.1);
        Both(layer.Parameters, twin.Parameters, seed: 1);
        StateDictionary kept = adam.GetState(layer).GetPart("weight_hh");
        layer.RecurrentWeights.Frozen = true;
        float[] before = layer.RecurrentWeights.Values.ToArray();
        long version = layer.RecurrentWeights.Version;

        // The gradient of what is frozen is not even read.
        Both(layer.Parameters, [twin.InputWeights, twin.Bias], seed: 2, () => gradients.Values(1).Fill(float.NaN));
        Bits.ShouldBeSame<float>(layer.RecurrentWeights.Values, before, "a frozen parameter");
        layer.RecurrentWeights.Version.Should().Be(version);
        kept.Names.Should().HaveCount(3);
        States.ShouldBeSame(adam.GetState(layer).GetPart("weight_hh"), kept);
        layer.RecurrentWeights.Frozen = false;
        Both(layer.Parameters, twin.Parameters, seed: 3);
        for (int p = 0; p < 3; p++) Bits.ShouldBeSame(layer.Parameters[p].Values, twin.Parameters[p].Values, layer.ParameterNames[p]);

        void Both(IReadOnlyList<Parameter<float>> some, IReadOnlyList<Parameter<float>> twins, int seed, Action? spoil = null)
        {
            Fill(gradients, new Random(seed), 1);
            Fill(twinGradients, new Random(seed), 1);
            spoil?.Invoke();
            adam.Step(some, gradients);
            twinAdam.Step(twins, twinGradients);
        }
    }

    [Fact]
    public void Step_rejects_gradients_that_are_not_finite_and_changes_nothing()
    {
        Check<double>();
        Check<float>();

        static void Check<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var layer = new GruLayer<T>(2, 5, seed: 1);
            var gradients = new Gradients<T>(layer);
            Fill(gradients, new Random(1), 1);
            var adam = new Adam<T>(weightDecay: 0.1);
            adam.Step(layer.Parameters, gradients);
            StateDictionary state = adam.GetState(layer);
            T[][] values = [.. layer.Parameters.Select(parameter => parameter.Values.ToArray())];
            long[] versions = [.. layer.Parameters.Select(parameter => parameter.Version)];
            foreach (T bad in (T[])[T.NaN, T.PositiveInfinity, T.NegativeInfinity])
            {
                for (int p = 0; p < 4; p++)
                {
                    foreach (int at in (int[])[0, layer.Parameters[p].Count - 1])
                    {
                        Fill(gradients, new Random(2), 1);
                        gradients.Values(p)[at] = bad;
                        adam.Invoking(it => it.Step(layer.Parameters, gradients)).Should().Throw<ArgumentException>()
                            .WithParameterName("gradients").WithMessage($"Expected finite gradients, got {bad} at {at} of {layer.ParameterNames[p]}*");
                        Unchanged();
                    }
                }
            }

            // A parameter without a gradient among others that have one: the others must not have moved by then.
            var stranger = new Parameter<T>("stranger", 1, 1);
            adam.Invoking(it => it.Step([.. layer.Parameters, stranger], new Gradients<T>(layer))).Should().Throw<ArgumentException>()
                .WithParameterName("gradients").WithMessage("*stranger (parameter 4) has none*");
            Unchanged();
            adam.Invoking(it => it.Step([.. layer.Parameters, null!], new Gradients<T>(layer))).Should().Throw<ArgumentException>().WithParameterName("parameters").WithMessage("Parameter 4 is null*");
            Unchanged();

            void Unchanged()
            {
                for (int p = 0; p < 4; p++) Bits.ShouldBeSame<T>(layer.Parameters[p].Values, values[p], layer.ParameterNames[p]);
                layer.Parameters.Select(parameter => parameter.Version).Should().Equal(versions);
                States.ShouldBeSame(adam.GetState(layer), state);
            }
        }
    }

    [Fact]
    public void Step_accepts_some_of_the_parameters_in_any_order()
    {
        LstmLayer<double> layer = new(3, 4, seed: 1), twin = new(3, 4, seed: 1);
        Gradients<double> gradients = new(layer), twinGradients = new(twin);
        Adam<double> adam = new(), twinAdam = new();
        Fill(gradients, new Random(1), 1);
        Fill(twinGradients, new Random(1), 1);
        adam.Step(layer.Parameters, gradients);
        twinAdam.Step([twin.Bias, twin.InputWeights], twinGradients);
        Bits.ShouldBeSame(twin.Bias.Values, layer.Bias.Values, "bias");
        Bits.ShouldBeSame(twin.InputWeights.Values, layer.InputWeights.Values, "weight_ih");
        Bits.ShouldBeSame<double>(twin.RecurrentWeights.Values, new LstmLayer<double>(3, 4, seed: 1).RecurrentWeights.Values, "what was left out");
    }

    [Fact]
    public void A_warm_step_allocates_nothing_and_advances_every_version()
    {
        var layer = new LayerStack<float>(new LstmLayer<float>(3, 17, seed: 1), new DenseLayer<float>(17, 5, seed: 1));
        Sequence<float> x = Make.Sequence<float>(3, 2, 4, new Random(1));
        Gradients<float> gradients = layer.Backward(layer.Forward(x), Make.Sequence<float>(5, 2, 4, new Random(2)));
        var adam = new Adam<float>();
        for (int i = 0; i < 50; i++) adam.Step(layer.Parameters, gradients);
        long[] versions = [.. layer.Parameters.Select(parameter => parameter.Version)];
        Warm.Allocated(() => adam.Step(layer.Parameters, gradients)).Should().Be(0);
        for (int p = 0; p < versions.Length; p++) layer.Parameters[p].Version.Should().BeGreaterThan(versions[p]);
    }

    [Fact]
    public void A_warm_training_step_allocates_nothing()
    {
        Check<float>();
        Check<double>();

        static void Check<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var model = new LayerStack<T>(new LstmLayer<T>(27, 20, seed: 1), new DenseLayer<T>(20, 27, seed: 1));
            Sequence<T> x = Make.Tokens<T>(27, 4, 5, new Random(1)), target = Make.Tokens<T>(27, 4, 5, new Random(2)), dy = new(27, 4, 5);
            ForwardPass<T>? pass = null;
            Gradients<T>? gradients = null;
            var adam = new Adam<T>();
            for (int i = 0; i < 50; i++) Step();
            Warm.Allocated(Step).Should().Be(0);

            void Step()
            {
                pass = model.Forward(x, reuse: pass);
                SoftmaxCrossEntropy.Compute(pass.Output, target, dy);
                gradients = model.Backward(pass, dy, inputGradient: false, reuse: gradients);
                GradientClipping.ByValue(gradients, 1);
                GradientClipping.ByNorm(gradients, 0.1);
                adam.Step(model.Parameters, gradients);
            }
        }
    }

    [Fact]
    public void The_first_step_is_the_learning_rate_in_float()
    {
        var layer = new DenseLayer<float>(1, 1, seed: 1);
        layer.Weights.Set([0f]);
        layer.Bias.Frozen = true;
        var gradients = new Gradients<float>(layer);
        gradients.Values(0)[0] = 3;
        new Adam<float>(1e-3).Step(layer.Parameters, gradients);
        layer.Weights.Values[0].Should().BeApproximately(-1e-3f, 2e-10f);
    }

    [Fact]
    public void Step_rejects_a_parameter_that_is_listed_twice()
    {
        var layer = new DenseLayer<float>(1, 1, seed: 1);
        Gradients<float> gradients = layer.CreateGradients();
        new Adam<float>().Invoking(it => it.Step([layer.Bias, layer.Bias], gradients)).Should().Throw<ArgumentException>().WithParameterName("parameters");
    }

    [Fact]
    public void Hyperparameters_out_of_range_are_rejected()
    {
        double[] notFinite = [double.NaN, double.PositiveInfinity, double.NegativeInfinity];
        foreach (double value in (double[])[-1e-9, .. notFinite])
        {
            Refused("learningRate", "0 or more", value, () => _ = new Adam<float>(value));
            Refused("weightDecay", "0 or more", value, () => _ = new Adam<float>(weightDecay: value));
            var adam = new Adam<float>(0.5);
            Refused("value", "0 or more", value, () => adam.LearningRate = value);
            adam.LearningRate.Should().Be(0.5);
        }

        foreach (double value in (double[])[0, -1, .. notFinite]) Refused("epsilon", "above 0", value, () => _ = new Adam<float>(epsilon: value));
        foreach (double value in (double[])[-0.1, 1, 1.5, .. notFinite])
        {
            Refused("beta1", "at least 0 and below 1", value, () => _ = new Adam<float>(beta1: value));
            Refused("beta2", "at least 0 and below 1", value, () => _ = new Adam<float>(beta2: value));
        }

        FluentActions.Invoking(() => new Adam<float>(epsilonPlacement: (AdamEpsilon)2)).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("epsilonPlacement").WithMessage("Expected OutsideRoot or InsideRoot, got 2*");

        static void Refused(string name, string expected, double given, Action call) =>
            call.Should().Throw<ArgumentOutOfRangeException>().WithParameterName(name).WithMessage($"Expected *{expected}*, got {given}*");
    }

    private static DenseLayer<double> Scalar(double weight)
    {
        var layer = new DenseLayer<double>(1, 1);
        layer.Weights.Update(weight, static (values, value) => values[0] = value);
        return layer;
    }

    internal static void Fill<T>(Gradients<T> gradients, Random random, double scale)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int p = 0; p < gradients.Parameters.Count; p++)
        {
            foreach (ref T value in gradients.Values(p)) value = T.CreateChecked(scale * (2 * random.NextDouble() - 1));
        }
    }

    private static IEnumerable<double> Flat<T>(Gradients<T> gradients)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Enumerable.Range(0, gradients.Parameters.Count).SelectMany(p => gradients.Values(p).ToArray().Select(double.CreateChecked));

    /// <summary>The published equations, one number at a time.</summary>
    private sealed class PlainAdam(IEnumerable<double> weights)
    {
        private double[]? _v;
        private double[]? _s;
        private int _t;

        public double[] Weights { get; } = [.. weights];

        public void Step(double[] gradient, double rate, double beta1, double beta2, double epsilon, double decay, AdamEpsilon placement)
        {
            _v ??= new double[gradient.Length];
            _s ??= new double[gradient.Length];
            _t++;
            for (int i = 0; i < gradient.Length; i++)
            {
                double g = gradient[i];
                _v[i] = beta1 * _v[i] + (1 - beta1) * g;
                _s[i] = beta2 * _s[i] + (1 - beta2) * g * g;
                double v = _v[i] / (1 - Math.Pow(beta1, _t)), s = _s[i] / (1 - Math.Pow(beta2, _t));
                double divisor = placement == AdamEpsilon.OutsideRoot ? Math.Sqrt(s) + epsilon : Math.Sqrt(s + epsilon);
                Weights[i] = Weights[i] * (1 - rate * decay) - rate * v / divisor;
            }
        }
    }

    /// <summary>Two parameters and nothing that computes.</summary>
    private sealed class PairOfParameters(Parameter<double> first, Parameter<double> second) : ILayer<double>
    {
        public int InputSize => 1;

        public int OutputSize => 1;

        public IReadOnlyList<Parameter<double>> Parameters => [first, second];

        public IReadOnlyList<string> ParameterNames => ["first", "second"];

        public State<double> CreateState(int batch) => new(batch);

        public Gradients<double> CreateGradients() => new(this);

        public ForwardPass<double> CreatePass() => throw new NotSupportedException();

        public ForwardPass<double> Forward(Sequence<double> input, State<double>? initialState = null, ForwardPass<double>? reuse = null) => throw new NotSupportedException();

        public Gradients<double> Backward(ForwardPass<double> pass, Sequence<double>? outputGradient, State<double>? finalStateGradient = null, bool inputGradient = true, bool accumulate = false, Gradients<double>? reuse = null) => throw new NotSupportedException();

        public Sequence<double> Predict(Sequence<double> input, State<double>? state = null, Sequence<double>? reuse = null) => throw new NotSupportedException();
    }
}

using FluentAssertions;
using RnnSharp.Recurrent;
using Xunit;

namespace RnnSharp.Extensions.Tests;

/// <summary>A visitor of the equations can write down a step of any recurrent layer from public members alone.</summary>
public sealed class EquationsVisitorTests
{
    private const int Inputs = 3;
    private const int Units = 5;
    private const int Steps = 4;
    private const double Rate = 0.3;

    private static readonly Dictionary<string, Func<RecurrentLayer<double>>> Layers = new(StringComparer.Ordinal)
    {
        ["rnn"] = () => new RnnLayer<double>(Inputs, Units, 1),
        ["rnn, relu"] = () => new RnnLayer<double>(Inputs, Units, 1, Activation.Relu, new() { HiddenZoneout = Rate, Bias = RecurrentBias.Separate }),
        ["rnn, normalized"] = () => new RnnLayer<double>(Inputs, Units, 1, options: new() { LayerNormalization = true, RecurrentDropout = Rate }),
        ["lstm"] = () => new LstmLayer<double>(Inputs, Units, 1),
        ["lstm, no bias"] = () => new LstmLayer<double>(Inputs, Units, 1, new() { Bias = RecurrentBias.None }),
        ["lstm, peepholes"] = () => new LstmLayer<double>(Inputs, Units, 1, new() { Peepholes = true, CellClip = 0.2 }),
        ["lstm, coupled"] = () => new LstmLayer<double>(Inputs, Units, 1, new() { CoupledGates = true, Peepholes = true, Bias = RecurrentBias.Separate }),
        ["lstm, coupled, no peepholes"] = () => new LstmLayer<double>(Inputs, Units, 1, new() { CoupledGates = true, CellZoneout = Rate }),
        ["lstm, projection"] = () => new LstmLayer<double>(Inputs, Units, 1, new() { ProjectionSize = 2, LayerNormalization = true, CellZoneout = Rate, HiddenZoneout = Rate }),
        ["lstm, activations"] = () => new LstmLayer<double>(Inputs, Units, 1, new() { GateActivation = Activation.HardSigmoid(), CandidateActivation = Activation.Elu(0.5), OutputActivation = Activation.Softsign, CellClip = 0.9, LayerNormalization = true }),
        ["lstm, coupled, activations"] = () => new LstmLayer<double>(Inputs, Units, 1, new() { CoupledGates = true, Peepholes = true, Clip = 0.6, CandidateActivation = Activation.LeakyRelu(), OutputActivation = Activation.ScaledTanh(1.2, 0.8) }),
        ["gru, activations"] = () => new GruLayer<double>(Inputs, Units, 1, new() { Clip = 0.8, CandidateActivation = Activation.Softplus, HiddenZoneout = Rate }),
        ["gru, reset before, activations"] = () => new GruLayer<double>(Inputs, Units, 1, new() { ResetBefore = true, Clip = 0.8, GateActivation = Activation.Affine(0.2, 0.5), CandidateActivation = Activation.ThresholdedRelu(0.3) }),
        ["rnn, softsign"] = () => new RnnLayer<double>(Inputs, Units, 1, Activation.Softsign, new() { Clip = 0.7 }),
        ["indrnn, elu"] = () => new IndRnnLayer<double>(Inputs, Units, 1, Activation.Elu(), new() { Clip = 0.7 }),
        ["gru"] = () => new GruLayer<double>(Inputs, Units, 1),
        ["gru, separate biases"] = () => new GruLayer<double>(Inputs, Units, 1, new() { Bias = RecurrentBias.Separate }),
        ["gru, no bias"] = () => new GruLayer<double>(Inputs, Units, 1, new() { Bias = RecurrentBias.None }),
        ["gru, normalized"] = () => new GruLayer<double>(Inputs, Units, 1, new() { LayerNormalization = true, HiddenZoneout = Rate }),
        ["gru, normalized, separate biases"] = () => new GruLayer<double>(Inputs, Units, 1, new() { LayerNormalization = true, Bias = RecurrentBias.Separate }),
        ["gru, reset before"] = () => new GruLayer<double>(Inputs, Units, 1, new() { ResetBefore = true }),
        ["gru, reset before, separate biases"] = () => new GruLayer<double>(Inputs, Units, 1, new() { ResetBefore = true, Bias = RecurrentBias.Separate, HiddenZoneout = Rate }),
        ["indrnn"] = () => new IndRnnLayer<double>(Inputs, Units, 1),
        ["indrnn, tanh"] = () => new IndRnnLayer<double>(Inputs, Units, 1, Activation.Tanh, new() { LayerNormalization = true }),
        ["a user's cell"] = () => new CustomRecurrentLayer<double, JanetEquations>(Inputs, Units, 1),
        ["a user's cell that resets"] = () => new CustomRecurrentLayer<double, ResetEquations>(Inputs, Units, 1, new() { Bias = RecurrentBias.Separate }),
    };

    public static TheoryData<string> Names => [.. Layers.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_visitor_writes_down_the_steps_of_a_layer(string name)
    {
        RecurrentLayer<double> layer = Layers[name]();
        for (int p = 0; p < layer.Parameters.Count; p++) layer.Parameters[p].Update(p, static (values, seed) => UserDefinedLayers.Fill(values, seed));
        Sequence<double> x = new(Inputs, 1, Steps);
        UserDefinedLayers.Fill(x.Values, seed: 2);
        State<double> state = UserDefinedLayers.InitialState(layer, 1, seed: 3), start = state.Clone();
        Sequence<double> y = layer.Predict(x, state);

        double[][] written = layer.Accept(new StepByStep(layer, x, start));

        for (int t = 0; t < Steps; t++) written[t].Should().Equal(y.Step(t).ToArray(), (a, b) => Math.Abs(a - b) < 1e-12);
        for (int i = 0; i < state.Leaves.Count; i++) start.Leaves[i].Values.ToArray().Should().Equal(state.Leaves[i].Values.ToArray(), (a, b) => Math.Abs(a - b) < 1e-12);
    }

    [Fact]
    public void The_equations_are_those_of_the_cell()
    {
        new CustomRecurrentLayer<double, JanetEquations>(2, 3).Accept(new NameOfEquations()).Should().Be(nameof(JanetEquations));
        new CustomRecurrentLayer<float, ResetEquations>(2, 3).Accept(new NameOfEquations()).Should().Be(nameof(ResetEquations));
    }

    private sealed class NameOfEquations : IEquationsVisitor<string>
    {
        public string Visit<TEquations>()
            where TEquations : struct, IRecurrentEquations => typeof(TEquations).Name;
    }

    /// <summary>Runs a layer outside of training as the documentation of <see cref="RecurrentLayer{T}.Accept{TResult}"/> says, one number at a time.</summary>
    private sealed class StepByStep(RecurrentLayer<double> layer, Sequence<double> x, State<double> state) : IEquationsVisitor<double[][]>
    {
        public double[][] Visit<TEquations>()
            where TEquations : struct, IRecurrentEquations
        {
            var outputs = new double[x.Steps][];
            double[] h = state.Leaves[0].Values.ToArray(), c = TEquations.HasCellState ? state.Leaves[1].Values.ToArray() : [];
            for (int t = 0; t < x.Steps; t++) outputs[t] = h = Step<TEquations>(x.Step(t).ToArray(), h, c);
            h.CopyTo(state.Leaves[0].Values);
            if (TEquations.HasCellState) c.CopyTo(state.Leaves[1].Values);
            return outputs;
        }

        private double[] Step<TEquations>(double[] input, double[] h, double[] c)
            where TEquations : struct, IRecurrentEquations
        {
            int units = layer.HiddenSize, gates = TEquations.Gates, last = gates - 1;
            bool splits = TEquations.SplitsLastGate, resets = TEquations.ResetsHidden;
            double[] w = Product(layer.InputWeights, input), u = TEquations.HasRecurrentWeights ? Product(layer.RecurrentWeights, h) : new double[gates * units];
            var s = new double[4][];
            for (int i = 0; i < 4; i++) s[i] = new double[units];
            for (int gate = 0; gate < gates; gate++)
            {
                int sum = splits || resets ? (gate + 1) % gates : gate;
                if (resets && gate == last) continue;
                bool split = splits && gate == last;
                s[sum] = Normalized([.. Block(w, gate).Zip(Block(u, gate), (a, b) => split ? a : a + b)], gate, Bias(gate, split));
            }

            if (splits) s[gates] = Normalized(Block(u, last), gates, layer.Options.Bias switch
            {
                RecurrentBias.Merged => layer.CandidateBias!.Values.ToArray(),
                RecurrentBias.Separate => Block(layer.HiddenBias!.Values.ToArray(), last),
                _ => new double[units],
            });
            if (resets)
            {
                var reset = new double[units];
                for (int i = 0; i < units; i++)
                {
                    var gate = new Real(s[1][i]);
                    reset[i] = TEquations.Reset<double, Real>(ref gate, layer.EquationWeights<Real>(), new Real(h[i])).Value;
                    s[1][i] = gate.Value;
                }

                s[0] = [.. Block(w, last).Zip(Block(Product(layer.RecurrentWeights, reset), last), Bias(last, false)).Select(part => part.First + part.Second + part.Third)];
            }

            var output = new double[units];
            for (int i = 0; i < units; i++)
            {
                UnitWeights<Real> weights = layer.EquationWeights<Real>(UnitWeight(0, i), UnitWeight(1, i), UnitWeight(2, i));
                Real s0 = new(s[0][i]), s1 = new(s[1][i]), s2 = new(s[2][i]), s3 = new(s[3][i]);
                Real hPrevious = TEquations.UsesPreviousHidden ? new(h[i]) : default, cPrevious = TEquations.HasCellState ? new(c[i]) : default;
                output[i] = TEquations.Forward<double, Real>(ref s0, ref s1, ref s2, ref s3, weights, hPrevious, cPrevious, out Real next).Value;
                if (TEquations.HasCellState) c[i] = Mix((layer.Options as LstmOptions)?.CellZoneout ?? 0, c[i], next.Value);
            }

            if (layer.ProjectionWeights is { } projection) output = Product(projection, output);
            return [.. h.Zip(output, (old, current) => Mix(layer.Options.HiddenZoneout, old, current))];
        }

        private static double Mix(double rate, double old, double current) => rate * old + (1 - rate) * current;

        private static double[] Product(Parameter<double> weights, double[] values)
        {
            var product = new double[weights.Rows];
            for (int row = 0; row < weights.Rows; row++)
            {
                for (int column = 0; column < weights.Columns; column++) product[row] += weights.ToMatrix()[row, column] * values[column];
            }

            return product;
        }

        private double[] Block(double[] values, int gate) => values[(gate * layer.HiddenSize)..((gate + 1) * layer.HiddenSize)];

        private double[] Bias(int gate, bool inputSideOnly) => layer.Options.Bias switch
        {
            RecurrentBias.Merged => Block(layer.Bias.Values.ToArray(), gate),
            RecurrentBias.None => new double[layer.HiddenSize],
            _ when inputSideOnly => Block(layer.InputBias!.Values.ToArray(), gate),
            _ => [.. Block(layer.InputBias!.Values.ToArray(), gate).Zip(Block(layer.HiddenBias!.Values.ToArray(), gate), (a, b) => a + b)],
        };

        private double[] Normalized(double[] sum, int gain, double[] bias)
        {
            double mean = sum.Average(), variance = sum.Average(value => (value - mean) * (value - mean));
            double[]? gains = layer.NormalizationGains is { } all ? Block(all.Values.ToArray(), gain) : null;
            return [.. sum.Select((value, i) => (gains is null ? value : gains[i] * (value - mean) / Math.Sqrt(variance + 1e-5)) + bias[i])];
        }

        private Real UnitWeight(int number, int unit) => layer.UnitWeights is { } weights && number * layer.HiddenSize < weights.Rows
            ? new(weights.Values[number * layer.HiddenSize + unit])
            : default;
    }
}

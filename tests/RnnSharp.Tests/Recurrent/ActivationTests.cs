using System.Numerics;
using System.Text.Json;
using FluentAssertions;
using MathNet.Numerics.LinearAlgebra;
using RnnSharp.Layers;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;
using RnnSharp.Tests.References;
using Xunit;

namespace RnnSharp.Tests.Recurrent;

/// <summary>Activations and clipping of recurrent layers against activations.py, which follows the text of ONNX's operators.</summary>
public sealed class ActivationTests
{
    private static readonly JsonElement Reference = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "References", "activations.json"))).RootElement;
    private static readonly JsonElement[] Cases = [.. Reference.GetProperty("cases").EnumerateArray()];
    internal static readonly JsonElement[] Functions = [.. Reference.GetProperty("functions").EnumerateArray()];

    public static TheoryData<int> CaseNumbers => [.. Enumerable.Range(0, Cases.Length)];

    public static TheoryData<int> FunctionNumbers => [.. Enumerable.Range(0, Functions.Length)];

    [Theory]
    [MemberData(nameof(CaseNumbers))]
    public void Layers_equal_ONNXs_operators(int number)
    {
        Check<double>(Cases[number], 1e-12);
        Check<float>(Cases[number], 2e-5);
    }

    [Theory]
    [MemberData(nameof(FunctionNumbers))]
    public void Values_equal_the_reference(int number)
    {
        Activation activation = ActivationOf(Functions[number].GetProperty("activation"));
        double[] x = Functions[number].Values("x"), y = Functions[number].Values("y");
        for (int i = 0; i < x.Length; i++)
        {
            // αx + β may cancel out but for a rounding error.
            double value = Value(activation, x[i]), lost = activation.Kind is ActivationKind.HardSigmoid or ActivationKind.Affine ? 1e-16 : 0;
            value.Should().BeApproximately(y[i], 1e-14 * Math.Abs(y[i]) + lost, "{0} of {1}", activation, x[i]);
            ((double)Value(activation, (float)x[i])).Should().BeApproximately(value, 1e-5 * (1e-3 + Math.Abs(value)), "{0} of {1}", activation, x[i]);
        }
    }

    [Theory]
    [MemberData(nameof(FunctionNumbers))]
    public void Gradients_agree_with_central_differences(int number)
    {
        Activation activation = ActivationOf(Functions[number].GetProperty("activation"));
        foreach (double x in (double[])[-30, -6.1, -2.4, -1.1, -0.4, -0.05, 0.05, 0.15, 0.7, 1.3, 2.6, 5.3, 29])
        {
            const double Step = 1e-5;
            double slope = (Value(activation, x + Step) - Value(activation, x - Step)) / (2 * Step);
            double gradient = Single(activation.Gradient<double, ScalarVector<double>>(new(3), new(Value(activation, x))));
            gradient.Should().BeApproximately(3 * slope, 1e-9, "{0} at {1}", activation, x);
        }
    }

    [Theory]
    [MemberData(nameof(FunctionNumbers))]
    public void NaN_stays_NaN(int number) => Value(ActivationOf(Functions[number].GetProperty("activation")), double.NaN).Should().Be(double.NaN);

    [Fact]
    public void Small_values_of_softplus_and_elu_keep_their_digits()
    {
        Value(Activation.Softplus, -45d).Should().BeApproximately(Math.Exp(-45), 1e-14 * Math.Exp(-45));
        Value(Activation.Elu(), -1e-12).Should().BeApproximately(-1e-12 + 5e-25, 1e-26);
        Single(Activation.Softplus.Gradient<double, ScalarVector<double>>(new(1), new(1e-13))).Should().BeApproximately(1e-13 - 5e-27, 1e-28);
    }

    [Fact]
    public void Activations_are_values()
    {
        Activation.HardSigmoid().Should().Be(Activation.HardSigmoid(0.2, 0.5)).And.NotBe(Activation.HardSigmoid(1.0 / 6, 0.5));
        Activation.Elu(0.5).Should().NotBe(Activation.LeakyRelu(0.5));
        Activation.Sigmoid.ToString().Should().Be("sigmoid");
        Activation.Elu().ToString().Should().Be("elu(1)");
        Activation.HardSigmoid().ToString().Should().Be("hard_sigmoid(0.2, 0.5)");
        (Activation.LeakyRelu().Alpha, Activation.ThresholdedRelu().Alpha, Activation.Affine().Alpha, Activation.Tanh.Alpha).Should().Be((0.01, 1, 1, 0));
    }

    [Fact]
    public void Summaries_name_what_is_not_the_default()
    {
        Kind(new LstmLayer<float>(2, 3, options: new() { Clip = 0.5, GateActivation = Activation.HardSigmoid(), CandidateActivation = Activation.Relu, OutputActivation = Activation.Elu(2) }))
            .Should().Be("LstmLayer (gate activation hard_sigmoid(0.2, 0.5), candidate activation relu, output activation elu(2), clip 0.5)");
        Kind(new GruLayer<float>(2, 3, options: new() { ResetBefore = true, GateActivation = Activation.Softsign, CandidateActivation = Activation.Linear }))
            .Should().Be("GruLayer (reset before, gate activation softsign, candidate activation linear)");
        Kind(new RnnLayer<float>(2, 3, activation: Activation.Softplus, options: new() { Clip = 3 })).Should().Be("RnnLayer (softplus, clip 3)");
        Kind(new IndRnnLayer<float>(2, 3, activation: Activation.Tanh)).Should().Be("IndRnnLayer (tanh)");

        static string Kind(RecurrentLayer<float> layer) => layer.Summary(1, 1).Total.Kind;
    }

    private static double Value(Activation activation, double x) => Single(activation.Value<double, ScalarVector<double>>(new(x)));

    private static float Value(Activation activation, float x) => ScalarVector<float>.Sum(activation.Value<float, ScalarVector<float>>(new(x)));

    private static double Single(ScalarVector<double> vector) => ScalarVector<double>.Sum(vector);

    internal static Activation ActivationOf(JsonElement item)
    {
        (double alpha, double beta) = (item[1].GetDouble(), item[2].GetDouble());
        return item[0].GetString() switch
        {
            "Sigmoid" => Activation.Sigmoid,
            "Tanh" => Activation.Tanh,
            "Relu" => Activation.Relu,
            "Linear" => Activation.Linear,
            "HardSigmoid" => Activation.HardSigmoid(alpha, beta),
            "Softsign" => Activation.Softsign,
            "Softplus" => Activation.Softplus,
            "Elu" => Activation.Elu(alpha),
            "LeakyRelu" => Activation.LeakyRelu(alpha),
            "ThresholdedRelu" => Activation.ThresholdedRelu(alpha),
            "ScaledTanh" => Activation.ScaledTanh(alpha, beta),
            _ => Activation.Affine(alpha, beta),
        };
    }

    private static void Check<T>(JsonElement item, double tolerance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        RecurrentLayer<T> layer = Create<T>(item);
        int inputs = layer.InputSize, hidden = layer.HiddenSize, batch = item.Integer("batch");
        int[] order = OnnxGates(layer);
        layer.InputWeights.Set(Rows<T>(item.Values("W"), order, hidden, inputs));
        layer.RecurrentWeights.Set(Rows<T>(item.Values("R"), order, hidden, hidden));
        double[] bias = item.Values("B");
        layer.InputBias!.Set(Rows<T>(bias[..(bias.Length / 2)], order, hidden, 1));
        layer.HiddenBias!.Set(Rows<T>(bias[(bias.Length / 2)..], order, hidden, 1));
        if (layer.UnitWeights is { } peepholes) peepholes.Set(Rows<T>(item.Values("P"), layer is LstmLayer<T> { Options.CoupledGates: true } ? [0, 1] : [0, 2, 1], hidden, 1));
        var x = new Sequence<T>(inputs, batch, item.Integer("steps"));
        GoldenCases.Convert<T>(item.Values("X")).CopyTo(x.Values);
        State<T> state = layer.CreateState(batch);
        foreach (StateLeaf<T> leaf in state.Leaves) GoldenCases.Convert<T>(item.Values($"initial_{leaf.Name}")).CopyTo(leaf.Values);

        ForwardPass<T> pass = layer.Forward(x, state);

        GoldenCases.ShouldBeNear<T>(pass.Output.Values, item.Values("Y"), tolerance, $"{layer} output");
        foreach (StateLeaf<T> leaf in pass.FinalState.Leaves) GoldenCases.ShouldBeNear<T>(leaf.Values, item.Values($"Y_{leaf.Name}"), tolerance, $"{layer} final {leaf.Name}");
    }

    private static RecurrentLayer<T> Create<T>(JsonElement item)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int inputs = item.Integer("inputs"), hidden = item.Integer("hidden");
        Activation[] activations = [.. item.GetProperty("activations").EnumerateArray().Select(ActivationOf)];
        double? clip = item.GetProperty("clip") is { ValueKind: JsonValueKind.Number } number ? number.GetDouble() : null;
        return item.Text("kind") switch
        {
            "RNN" => new RnnLayer<T>(inputs, hidden, seed: 1, activations[0], new() { Bias = RecurrentBias.Separate, Clip = clip }),
            "GRU" => new GruLayer<T>(inputs, hidden, seed: 1, new()
            {
                Bias = RecurrentBias.Separate,
                Clip = clip,
                ResetBefore = !item.GetProperty("linear_before_reset").GetBoolean(),
                GateActivation = activations[0],
                CandidateActivation = activations[1],
            }),
            _ => new LstmLayer<T>(inputs, hidden, seed: 1, new()
            {
                Bias = RecurrentBias.Separate,
                Clip = clip,
                Peepholes = item.GetProperty("P").ValueKind == JsonValueKind.Array,
                CoupledGates = item.GetProperty("input_forget").GetBoolean(),
                GateActivation = activations[0],
                CandidateActivation = activations[1],
                OutputActivation = activations[2],
            }),
        };
    }

    /// <summary>The block of ONNX's weights that each of the layer's gates has: ONNX's order is i, o, f, c and z, r, h.</summary>
    private static int[] OnnxGates<T>(RecurrentLayer<T> layer)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => layer switch
        {
            LstmLayer<T> { Options.CoupledGates: true } => [0, 3, 1],
            LstmLayer<T> => [0, 2, 3, 1],
            GruLayer<T> => [1, 0, 2],
            _ => [0],
        };

    /// <summary>Blocks of rows of one of ONNX's tensors, in the order that the layer has them.</summary>
    private static Matrix<T> Rows<T>(ReadOnlySpan<double> values, int[] blocks, int hidden, int columns)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        double[] all = values.ToArray();
        int block = hidden * columns;
        return GoldenCases.Convert<T>(Matrix<double>.Build.DenseOfRowMajor(blocks.Length * hidden, columns, blocks.SelectMany(number => all.AsSpan(number * block, block).ToArray())));
    }
}

using System.Numerics;
using System.Text.Json;
using FluentAssertions;
using MathNet.Numerics.LinearAlgebra;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Tests.References;
using Xunit;

namespace RnnSharp.Tests.Recurrent;

/// <summary>The layers against PyTorch 1.13 in double precision (References/torch_recurrent.py).</summary>
public sealed class TorchGoldenTests
{
    private const double Double = 1e-13;

    // A unit in the last place of 1 is 1.2e-7; sums of up to 60 products and a dozen steps lose a few of them.
    private const double Single = 2e-6;

    public static TheoryData<int> RecurrentCases => GoldenCases.Numbers("recurrent");

    public static TheoryData<int> LinearCases => GoldenCases.Numbers("linear");

    [Fact]
    public void Cases_of_every_kind_are_present() => GoldenCases.All("recurrent").CountBy(golden => golden.Text("kind"))
        .Should().HaveCount(4).And.OnlyContain(kind => kind.Value >= 15);

    [Theory]
    [MemberData(nameof(RecurrentCases))]
    public void Recurrent_layers_equal_PyTorch(int number)
    {
        Compare<double>(GoldenCases.Case("recurrent", number), Double);
        Compare<float>(GoldenCases.Case("recurrent", number), Single);
    }

    [Theory]
    [MemberData(nameof(LinearCases))]
    public void DenseLayer_equals_PyTorch_Linear(int number)
    {
        CompareLinear<double>(GoldenCases.Case("linear", number), Double);
        CompareLinear<float>(GoldenCases.Case("linear", number), Single);
    }

    private static void Compare<T>(JsonElement golden, double tolerance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        string kind = golden.Text("kind");
        int inputs = golden.Integer("inputs"), hidden = golden.Integer("hidden"), batch = golden.Integer("batch"), steps = golden.Integer("steps");
        RecurrentLayer<T> layer = kind switch
        {
            "lstm" => new LstmLayer<T>(inputs, hidden),
            "gru" => new GruLayer<T>(inputs, hidden),
            "rnn_tanh" => new RnnLayer<T>(inputs, hidden),
            _ => new RnnLayer<T>(inputs, hidden, activation: Activation.Relu),
        };
        SetParameters(layer, golden.GetProperty("parameters"));

        Sequence<T> x = golden.Sequence<T>("x", inputs, batch, steps);
        if (golden.Has("lengths")) x.SetLengths(golden.Integers("lengths"));
        State<T>? initial = StateOf(layer, golden, "initial", batch);
        ForwardPass<T> pass = layer.Forward(x, initial);
        GoldenCases.ShouldBeNear<T>(pass.Output.Values, golden.Values("output"), tolerance, "output");
        ShouldBeNear(pass.FinalState, golden.GetProperty("final"), tolerance, "final state");

        State<T> state = initial ?? layer.CreateState(batch);
        GoldenCases.ShouldBeNear<T>(layer.Predict(x, state).Values, golden.Values("output"), tolerance, "predicted output");
        ShouldBeNear(state, golden.GetProperty("final"), tolerance, "predicted final state");

        Sequence<T>? dy = golden.Has("output_gradient") ? golden.Sequence<T>("output_gradient", hidden, batch, steps) : null;
        Gradients<T> gradients = layer.Backward(pass, dy, StateOf(layer, golden, "final_gradient", batch));
        GoldenCases.ShouldBeNear<T>(gradients.Input!.Values, golden.Values("x_gradient"), tolerance, "gradient of the input");
        ShouldBeNear(gradients.InitialState, golden.GetProperty("initial_gradient"), tolerance, "gradient of the initial state");
        CompareParameterGradients(layer, gradients, golden.GetProperty("parameter_gradients"), tolerance);
    }

    /// <summary>PyTorch has two biases. They are one here where they are only ever added: all of them but the candidate's of the GRU.</summary>
    private static void SetParameters<T>(RecurrentLayer<T> layer, JsonElement parameters)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int rows = layer.Bias.Rows, hidden = layer.HiddenSize;
        layer.InputWeights.Set(GoldenCases.Convert<T>(parameters.Matrix("weight_ih", rows, layer.InputSize)));
        layer.RecurrentWeights.Set(GoldenCases.Convert<T>(parameters.Matrix("weight_hh", rows, hidden)));
        Matrix<double> biasIh = parameters.Matrix("bias_ih", rows, 1), biasHh = parameters.Matrix("bias_hh", rows, 1);
        if (layer is GruLayer<T> gru)
        {
            gru.CandidateBias!.Set(GoldenCases.Convert<T>(biasHh.SubMatrix(2 * hidden, hidden, 0, 1)));
            for (int i = 2 * hidden; i < rows; i++) biasHh[i, 0] = 0;
        }

        layer.Bias.Set(GoldenCases.Convert<T>(biasIh + biasHh));
    }

    private static void CompareParameterGradients<T>(RecurrentLayer<T> layer, Gradients<T> gradients, JsonElement golden, double tolerance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int rows = layer.Bias.Rows, hidden = layer.HiddenSize;
        ShouldBeNear(gradients["weight_ih"], golden.Matrix("weight_ih", rows, layer.InputSize), tolerance, "gradient of weight_ih");
        ShouldBeNear(gradients["weight_hh"], golden.Matrix("weight_hh", rows, hidden), tolerance, "gradient of weight_hh");
        ShouldBeNear(gradients["bias"], golden.Matrix("bias_ih", rows, 1), tolerance, "gradient of bias");
        if (layer is GruLayer<T>)
            ShouldBeNear(gradients["bias_hn"], golden.Matrix("bias_hh", rows, 1).SubMatrix(2 * hidden, hidden, 0, 1), tolerance, "gradient of bias_hn");
        else
            ShouldBeNear(gradients["bias"], golden.Matrix("bias_hh", rows, 1), tolerance, "gradient of bias");
    }

    private static State<T>? StateOf<T>(RecurrentLayer<T> layer, JsonElement golden, string name, int batch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (!golden.Has(name)) return null;
        State<T> state = layer.CreateState(batch);
        foreach (StateLeaf<T> leaf in state.Leaves) GoldenCases.Convert<T>(golden.GetProperty(name).Values(leaf.Name)).CopyTo(leaf.Values);
        return state;
    }

    private static void ShouldBeNear<T>(State<T> actual, JsonElement expected, double tolerance, string what)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        expected.EnumerateObject().Should().HaveCount(actual.Leaves.Count);
        foreach (StateLeaf<T> leaf in actual.Leaves) GoldenCases.ShouldBeNear<T>(leaf.Values, expected.Values(leaf.Name), tolerance, $"{what} {leaf.Name}");
    }

    private static void ShouldBeNear<T>(Matrix<T> actual, Matrix<double> expected, double tolerance, string what)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        GoldenCases.ShouldBeNear<T>(actual.ToColumnMajorArray(), expected.ToColumnMajorArray(), tolerance, what);

    private static void CompareLinear<T>(JsonElement golden, double tolerance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int inputs = golden.Integer("inputs"), outputs = golden.Integer("outputs"), columns = golden.Integer("columns");
        var layer = new DenseLayer<T>(inputs, outputs);
        layer.Weights.Set(GoldenCases.Convert<T>(golden.Matrix("weight", outputs, inputs)));
        layer.Bias.Set(GoldenCases.Convert<T>(golden.Matrix("bias", outputs, 1)));
        ForwardPass<T> pass = layer.Forward(golden.Sequence<T>("x", inputs, columns, steps: 1));
        GoldenCases.ShouldBeNear<T>(pass.Output.Values, golden.Values("output"), tolerance, "output");
        Gradients<T> gradients = layer.Backward(pass, golden.Sequence<T>("output_gradient", outputs, columns, steps: 1));
        GoldenCases.ShouldBeNear<T>(gradients.Input!.Values, golden.Values("x_gradient"), tolerance, "gradient of the input");
        ShouldBeNear(gradients["weight"], golden.Matrix("weight_gradient", outputs, inputs), tolerance, "gradient of the weight");
        ShouldBeNear(gradients["bias"], golden.Matrix("bias_gradient", outputs, 1), tolerance, "gradient of the bias");
    }
}

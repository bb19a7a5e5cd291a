using System.Numerics;
using System.Text.Json;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Tests.Recurrent;
using RnnSharp.Tests.References;
using Xunit;

namespace RnnSharp.Tests.Layers;

/// <summary>Activation layers against activations.py, and their gradients by central differences, for every function.</summary>
public sealed class ActivationLayerTests
{
    public static TheoryData<int> FunctionNumbers => ActivationTests.FunctionNumbers;

    [Theory]
    [MemberData(nameof(FunctionNumbers))]
    public void Outputs_equal_the_reference_by_every_way(int number)
    {
        Check<double>(ActivationTests.Functions[number], 1e-14);
        Check<float>(ActivationTests.Functions[number], 1e-6);
    }

    [Theory]
    [MemberData(nameof(FunctionNumbers))]
    public void The_gradient_of_the_input_agrees_with_central_differences(int number)
    {
        // None of the points is at a kink.
        double[] points = [-30, -6.1, -2.4, -1.1, -0.4, -0.05, 0.05, 0.15, 0.7, 1.3, 2.6, 5.3, 29];
        const double Step = 1e-5;
        var layer = new ActivationLayer<double>(points.Length, ActivationTests.ActivationOf(ActivationTests.Functions[number].GetProperty("activation")));
        double[] up = Predict(Step), down = Predict(-Step);
        ForwardPass<double> pass = layer.Forward(Input<double>(points));
        var gradient = new Sequence<double>(points.Length, 1, 1);
        gradient.Values.Fill(3);
        double[] slopes = layer.Backward(pass, gradient).Input!.Values.ToArray();
        for (int i = 0; i < points.Length; i++) slopes[i].Should().BeApproximately(3 * (up[i] - down[i]) / (2 * Step), 1e-9, "{0} at {1}", layer, points[i]);
        layer.Backward(pass, null).Input!.Values.ToArray().Should().OnlyContain(value => value == 0);

        double[] Predict(double shift) => layer.Predict(Input<double>([.. points.Select(point => point + shift)])).Values.ToArray();
    }

    [Fact]
    public void Padding_is_zero_whatever_the_function_of_zero_is()
    {
        var layer = new ActivationLayer<float>(2, Activation.Sigmoid);
        var x = new Sequence<float>(2, 2, 3);
        x.Values.Fill(float.NaN);
        x.SetLengths([1, 3]);
        for (int t = 0; t < 3; t++) x.Step(t).Slice(2, 2).Clear();
        x.Step(0)[..2].Clear();
        float[] expected = [0.5f, 0.5f, 0.5f, 0.5f, 0, 0, 0.5f, 0.5f, 0, 0, 0.5f, 0.5f];
        ForwardPass<float> pass = layer.Forward(x);
        pass.Output.Values.ToArray().Should().Equal(expected);
        layer.Predict(x).Values.ToArray().Should().Equal(expected);
        layer.Backward(pass, x).Input!.Values.ToArray().Should().OnlyContain(value => value == 0, "the gradient is zero at real steps, and NaN at others");
    }

    private static void Check<T>(JsonElement item, double tolerance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Activation activation = ActivationTests.ActivationOf(item.GetProperty("activation"));
        Sequence<T> x = Input<T>(item.Values("x"));
        double[] y = item.Values("y");
        var layer = new ActivationLayer<T>(y.Length, activation);
        ForwardPass<T> pass = layer.Forward(x);
        for (int i = 0; i < y.Length; i++)
        {
            // αx + β may cancel out but for a rounding error.
            double allowed = tolerance * (Math.Abs(y[i]) + (typeof(T) == typeof(float) || activation.Kind is ActivationKind.HardSigmoid or ActivationKind.Affine ? 1 : 0));
            double.CreateChecked(pass.Output.Values[i]).Should().BeApproximately(y[i], allowed, "{0} of {1}", activation, x.Values[i]);
        }

        var stepped = new T[y.Length];
        layer.Step(x.Step(0), layer.CreateState(1), stepped);
        Bits.ShouldBeSame<T>(stepped, pass.Output.Values, "Step");
        Bits.ShouldBeSame<T>(layer.Predict(x).Values, pass.Output.Values, "Predict");
    }

    private static Sequence<T> Input<T>(double[] values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var x = new Sequence<T>(values.Length, 1, 1);
        GoldenCases.Convert<T>(values).CopyTo(x.Values);
        return x;
    }
}

using System.Numerics;
using System.Text.Json;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Quantization;
using RnnSharp.Recurrent;
using RnnSharp.Tests.Recurrent;
using RnnSharp.Tests.References;
using Xunit;

namespace RnnSharp.Tests.Layers;

/// <summary>Reversible instance normalization against PyTorch (References/revin.py), and by its meaning.</summary>
public sealed class ReversibleNormalizationLayerTests
{
    private static readonly JsonElement Golden = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "References", "revin.json"))).RootElement;

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, Golden.GetArrayLength())];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Output_and_gradients_equal_PyTorch(int number)
    {
        Compare<double>(1e-12);
        Compare<float>(2e-4);

        void Compare<T>(double tolerance)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            JsonElement golden = Golden[number];
            int columns = golden.Integer("columns"), batch = golden.Integer("batch"), steps = golden.Integer("steps");
            var inner = new GruLayer<T>(columns, columns, seed: 1, new() { Bias = RecurrentBias.Separate });
            var layer = new ReversibleNormalizationLayer<T>(inner, golden.GetProperty("affine").GetBoolean(), golden.GetProperty("last").GetBoolean(), golden.Number("epsilon"));
            JsonElement[] parameters = [.. golden.GetProperty("parameters").EnumerateArray()];
            parameters.Length.Should().Be(layer.Parameters.Count);
            foreach (JsonElement parameter in parameters)
            {
                int[] shape = parameter.Integers("shape");
                layer.Parameters[layer.ParameterNames.ToList().IndexOf(Name(parameter))].Set(GoldenCases.Convert<T>(parameter.Matrix("values", shape[0], shape.Length > 1 ? shape[1] : 1)));
            }

            ForwardPass<T> pass = layer.Forward(golden.Sequence<T>("input", columns, batch, steps));
            Gradients<T> gradients = layer.Backward(pass, golden.Sequence<T>("output_gradient", columns, batch, steps));
            GoldenCases.ShouldBeNear<T>(pass.Output.Values, golden.Values("output"), tolerance, "output");
            GoldenCases.ShouldBeNear<T>(gradients.Input!.Values, golden.Values("input_gradient"), tolerance, "gradient of the input");
            foreach (JsonElement parameter in parameters)
            {
                int[] shape = parameter.Integers("shape");
                GoldenCases.ShouldBeNear<T>(gradients[Name(parameter)].ToColumnMajorArray(), parameter.Matrix("gradient", shape[0], shape.Length > 1 ? shape[1] : 1).ToColumnMajorArray(), tolerance, Name(parameter));
            }
        }

        static string Name(JsonElement parameter) => parameter.Text("name").Replace("inner.", "0.", StringComparison.Ordinal).Replace("_l0", "", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Scale_and_shift_of_the_input_are_those_of_the_output(bool last)
    {
        var layer = new ReversibleNormalizationLayer<double>(new GruLayer<double>(3, 3, seed: 1), subtractsLast: last, epsilon: 1e-12);
        Sequence<double> x = Make.Sequence<double>(3, 2, 7, new Random(1)), y = layer.Predict(x);
        for (int i = 0; i < x.Values.Length; i++) x.Values[i] = 40 * x.Values[i] - 1000;
        Sequence<double> other = layer.Predict(x);
        for (int i = 0; i < y.Values.Length; i++) other.Values[i].Should().BeApproximately(40 * y.Values[i] - 1000, 1e-8);
    }

    [Fact]
    public void A_constant_column_gives_finite_outputs()
    {
        var layer = new ReversibleNormalizationLayer<float>(new DenseLayer<float>(2, 2, seed: 1));
        Sequence<float> x = new(2, 1, 5);
        x.Values.Fill(1e6f);
        foreach (float value in layer.Predict(x).Values) value.Should().BeApproximately(1e6f, 1);
        Gradients<float> gradients = layer.Backward(layer.Forward(x), x);
        gradients.Input!.Values.ToArray().Should().OnlyContain(value => float.IsFinite(value));
    }

    [Fact]
    public void A_frozen_weight_keeps_its_gradient_at_zero()
    {
        var layer = new ReversibleNormalizationLayer<double>(new DenseLayer<double>(2, 2, seed: 1));
        layer.Weight!.Frozen = true;
        Sequence<double> x = Make.Sequence<double>(2, 3, 4, new Random(1));
        Gradients<double> gradients = layer.Backward(layer.Forward(x), x);
        gradients.Values(0).ToArray().Should().OnlyContain(value => value == 0);
        gradients.Values(1).ToArray().Should().NotContain(0);
        gradients.Names.Take(2).Should().Equal("affine_weight", "affine_bias");
    }

    [Fact]
    public void Quantizing_keeps_the_normalization_and_refuses_own_parameters()
    {
        var plain = new ReversibleNormalizationLayer<float>(new GruLayer<float>(3, 3, seed: 1), isAffine: false, subtractsLast: true);
        Sequence<float> x = Make.Sequence<float>(3, 2, 6, new Random(1));
        float[] expected = [.. plain.Predict(x).Values], actual = [.. plain.Quantize().Predict(x).Values];
        for (int i = 0; i < expected.Length; i++) actual[i].Should().BeApproximately(expected[i], 0.05f);
        FluentActions.Invoking(() => new ReversibleNormalizationLayer<float>(new GruLayer<float>(3, 3, seed: 1)).Quantize())
            .Should().Throw<ArgumentException>().WithParameterName("model").WithMessage("*affine_weight*");
    }
}

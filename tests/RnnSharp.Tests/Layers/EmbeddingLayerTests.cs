using System.Numerics;
using System.Text.Json;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Tests.Recurrent;
using RnnSharp.Tests.References;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Layers;

/// <summary>Embeddings, alone and with their weights tied to the output's, against PyTorch 1.13 (References/torch_embedding.py), and by their meaning.</summary>
public sealed class EmbeddingLayerTests
{
    private static readonly JsonElement Golden = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "References", "torch_embedding.json"))).RootElement;

    public static TheoryData<int> EmbeddingCases => [.. Enumerable.Range(0, Golden.GetProperty("embedding").GetArrayLength())];

    public static TheoryData<int> TiedCases => [.. Enumerable.Range(0, Golden.GetProperty("tied").GetArrayLength())];

    [Theory]
    [MemberData(nameof(EmbeddingCases))]
    public void An_embedding_equals_PyTorch_exactly(int number)
    {
        JsonElement golden = Golden.GetProperty("embedding")[number];
        int vocabulary = golden.Integer("vocabulary"), size = golden.Integer("size"), batch = golden.Integer("batch"), steps = golden.Integer("steps");
        var layer = new EmbeddingLayer<double>(vocabulary, size, paddingToken: golden.Has("padding") ? golden.Integer("padding") : null);
        layer.Weights.Set(golden.Matrix("weight", vocabulary, size));
        Sequence<double> tokens = TokensOf(golden, vocabulary, batch, steps);

        ForwardPass<double> pass = layer.Forward(tokens);
        Gradients<double> gradients = layer.Backward(pass, golden.Sequence<double>("output_gradient", size, batch, steps));

        pass.Output.Values.ToArray().Should().Equal(golden.Values("output"));
        gradients["weight"].ToColumnMajorArray().Should().Equal(golden.Matrix("weight_gradient", vocabulary, size).ToColumnMajorArray());
        gradients.Input.Should().BeNull();
    }

    [Theory]
    [MemberData(nameof(TiedCases))]
    public void A_language_model_with_tied_weights_equals_PyTorch(int number)
    {
        Compare<double>(Golden.GetProperty("tied")[number], 1e-13);
        Compare<float>(Golden.GetProperty("tied")[number], 2e-6);

        static void Compare<T>(JsonElement golden, double tolerance)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            int vocabulary = golden.Integer("vocabulary"), size = golden.Integer("size"), batch = golden.Integer("batch"), steps = golden.Integer("steps");
            var embedding = new EmbeddingLayer<T>(vocabulary, size, paddingToken: golden.Has("padding") ? golden.Integer("padding") : null);
            var lstm = new LstmLayer<T>(size, size);
            var dense = new DenseLayer<T>(embedding.Weights);
            var model = new LayerStack<T>(embedding, lstm, dense);
            embedding.Weights.Set(GoldenCases.Convert<T>(golden.Matrix("weight", vocabulary, size)));
            JsonElement weights = golden.GetProperty("lstm");
            lstm.InputWeights.Set(GoldenCases.Convert<T>(weights.Matrix("weight_ih", 4 * size, size)));
            lstm.RecurrentWeights.Set(GoldenCases.Convert<T>(weights.Matrix("weight_hh", 4 * size, size)));
            lstm.Bias.Set(GoldenCases.Convert<T>(weights.Matrix("bias_ih", 4 * size, 1) + weights.Matrix("bias_hh", 4 * size, 1)));
            dense.Bias.Set(GoldenCases.Convert<T>(golden.Matrix("bias", vocabulary, 1)));

            ForwardPass<T> pass = model.Forward(TokensOf<T>(golden, vocabulary, batch, steps));
            Gradients<T> gradients = model.Backward(pass, golden.Sequence<T>("output_gradient", vocabulary, batch, steps));

            GoldenCases.ShouldBeNear<T>(pass.Output.Values, golden.Values("output"), tolerance, "output");
            JsonElement expected = golden.GetProperty("lstm_gradients");
            Near("0.weight", golden.Matrix("weight_gradient", vocabulary, size).ToColumnMajorArray());
            Near("1.weight_ih", expected.Matrix("weight_ih", 4 * size, size).ToColumnMajorArray());
            Near("1.weight_hh", expected.Matrix("weight_hh", 4 * size, size).ToColumnMajorArray());
            Near("1.bias", expected.Values("bias_ih"));
            Near("2.bias", golden.Values("bias_gradient"));

            void Near(string name, double[] values) => GoldenCases.ShouldBeNear<T>(gradients[name].ToColumnMajorArray(), values, tolerance, name);
        }
    }

    [Fact]
    public void Forward_Predict_and_Step_look_up_the_same_rows()
    {
        Check<double>();
        Check<float>();

        static void Check<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            foreach ((int vocabulary, int size) in ((int, int)[])[(1, 1), (3, 100), (100, 3), (17, 16), (16, 17), (33, 64), (9, 65)])
            {
                var layer = new EmbeddingLayer<T>(vocabulary, size, seed: 1);
                const int Steps = 4;
                for (int batch = 1; batch <= 9; batch += 2)
                {
                    var random = new Random(batch);
                    Sequence<T> tokens = Make.Tokens<T>(vocabulary, batch, Steps, random);
                    if (batch % 3 == 0) tokens.SetLengths([.. Enumerable.Range(0, batch).Select(_ => random.Next(Steps + 1))]);
                    ForwardPass<T> pass = layer.Forward(tokens);
                    pass.Output.IsRagged.Should().Be(tokens.IsRagged);
                    Bits.ShouldBeSame<T>(layer.Predict(tokens).Values, pass.Output.Values, "predicted output");
                    State<T> state = layer.CreateState(batch);
                    var step = new T[size * batch];
                    for (int t = 0; t < Steps; t++)
                    {
                        layer.Step(tokens.Tokens.Slice(t * batch, batch), state, step);
                        for (int j = 0; j < batch; j++)
                        {
                            T[] row = [.. Enumerable.Range(0, size).Select(i => layer.Weights.Values[tokens.Tokens[t * batch + j] + vocabulary * i])];
                            Bits.ShouldBeSame<T>(step.AsSpan(j * size, size), row, "step");
                            Bits.ShouldBeSame<T>(pass.Output.Step(t).Slice(j * size, size), t < tokens.LengthOf(j) ? row : new T[size], "output");
                        }
                    }
                }
            }
        }
    }

    [Fact]
    public void Gradients_come_from_the_output_gradient_alone_and_not_from_padding()
    {
        var layer = new EmbeddingLayer<double>(7, 20, seed: 1);
        var random = new Random(1);
        const int Batch = 4, Steps = 5;
        Sequence<double> tokens = Make.Tokens<double>(7, Batch, Steps, random), dy = Make.Sequence<double>(20, Batch, Steps, random);
        tokens.SetLengths([5, 0, 2, 3]);
        var expected = new double[7 * 20];
        for (int t = 0; t < Steps; t++)
        {
            for (int j = 0; j < Batch; j++)
            {
                Span<double> column = dy.Step(t).Slice(j * 20, 20);
                if (t >= tokens.LengthOf(j)) column.Fill(double.NaN);
                else for (int i = 0; i < 20; i++) expected[tokens.Tokens[t * Batch + j] + 7 * i] += column[i];
            }
        }

        ForwardPass<double> pass = layer.Forward(tokens);
        Gradients<double> gradients = layer.Backward(pass, dy);
        Bits.ShouldBeSame<double>(gradients.Values(0), expected, "gradient");
        layer.Backward(pass, dy, accumulate: true, reuse: gradients);
        Bits.ShouldBeSame<double>(gradients.Values(0), [.. expected.Select(value => 2 * value)], "gradient of two calls");
        layer.Backward(pass, null, reuse: gradients).Norm().Should().Be(0);
        layer.Weights.Frozen = true;
        layer.Backward(pass, dy, reuse: gradients).Norm().Should().Be(0);
    }

    [Fact]
    public void Initial_rows_are_standard_normal_and_the_row_of_the_padding_token_stays_zero()
    {
        var layer = new EmbeddingLayer<double>(400, 50, paddingToken: 3, seed: 7);
        double[] values = layer.Weights.Values.ToArray();
        double mean = values.Average(), deviation = Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
        mean.Should().BeApproximately(0, 0.02);
        deviation.Should().BeApproximately(1, 0.02);
        layer.Weights.ToMatrix().Row(3).ToArray().Should().OnlyContain(value => value == 0);
        layer.PaddingToken.Should().Be(3);
        new EmbeddingLayer<double>(400, 50, paddingToken: 3, seed: 7).Weights.Values.ToArray().Should().Equal(values);
        new EmbeddingLayer<double>(400, 50, seed: 7).Weights.ToMatrix().Row(3).ToArray().Should().OnlyContain(value => value != 0);

        Sequence<double> tokens = Sequence<double>.FromTokens([[3, 1, 3, 2]], 400);
        var adam = new Adam<double>(0.1);
        for (int step = 0; step < 3; step++)
        {
            ForwardPass<double> pass = layer.Forward(tokens);
            var dy = new Sequence<double>(50, 1, 4);
            dy.Values.Fill(1);
            adam.Step(layer.Parameters, layer.Backward(pass, dy));
        }

        layer.Weights.ToMatrix().Row(3).ToArray().Should().OnlyContain(value => value == 0);
        layer.Weights.ToMatrix().Row(1).ToArray().Should().NotEqual([.. Enumerable.Range(0, 50).Select(i => values[1 + 400 * i])]);
    }

    [Fact]
    public void Features_are_rejected_and_leave_the_pass_as_it_is()
    {
        var layer = new EmbeddingLayer<float>(5, 3, seed: 1);
        ForwardPass<float> pass = layer.Forward(Sequence<float>.FromTokens([[1, 2]], 5));
        var features = new Sequence<float>(5, 1, 2);
        layer.Invoking(it => it.Forward(features, reuse: pass)).Should().Throw<ArgumentException>().WithParameterName("input").WithMessage("*token*got features*");
        layer.Backward(pass, null).Norm().Should().Be(0);
        layer.Invoking(it => it.Predict(features)).Should().Throw<ArgumentException>().WithParameterName("input").WithMessage("*token*");
        layer.Invoking(it => it.Step(new float[5], it.CreateState(1), new float[3])).Should().Throw<ArgumentException>().WithParameterName("input").WithMessage("*token*");
        new LayerStack<float>(layer, new GruLayer<float>(3, 2)).Invoking(it => it.Predict(features)).Should().Throw<ArgumentException>().WithParameterName("input").WithMessage("*token*");
    }

    private static Sequence<double> TokensOf(JsonElement golden, int vocabulary, int batch, int steps) => TokensOf<double>(golden, vocabulary, batch, steps);

    private static Sequence<T> TokensOf<T>(JsonElement golden, int vocabulary, int batch, int steps)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int[] numbers = golden.Integers("tokens");
        Sequence<T> tokens = Sequence<T>.ForTokens(vocabulary, batch, steps);
        for (int i = 0; i < numbers.Length; i++) tokens.SetToken(i % batch, i / batch, numbers[i]);
        return tokens;
    }
}

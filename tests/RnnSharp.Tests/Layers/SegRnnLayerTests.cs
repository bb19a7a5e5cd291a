using System.Numerics;
using System.Text.Json;
using FluentAssertions;
using RnnSharp.Data;
using RnnSharp.Layers;
using RnnSharp.Quantization;
using RnnSharp.Serialization;
using RnnSharp.Tests.Recurrent;
using RnnSharp.Tests.References;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Layers;

/// <summary>SegRNN against a PyTorch module of the same weights (References/segrnn.py), and by its meaning.</summary>
public sealed class SegRnnLayerTests
{
    private static readonly JsonElement Golden = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "References", "segrnn.json"))).RootElement;

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, Golden.GetArrayLength())];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Output_and_gradients_equal_PyTorch(int number)
    {
        Compare<double>(1e-12);
        Compare<float>(1e-5);

        void Compare<T>(double tolerance)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            JsonElement golden = Golden[number];
            SegRnnLayer<T> layer = LayerOf<T>(golden, out int columns, out int batch);
            ForwardPass<T> pass = layer.Forward(golden.Sequence<T>("input", columns, batch, layer.Lookback));
            Gradients<T> gradients = layer.Backward(pass, golden.Sequence<T>("output_gradient", columns, batch, layer.Horizon));

            GoldenCases.ShouldBeNear<T>(pass.Output.Values, golden.Values("output"), tolerance, "output");
            GoldenCases.ShouldBeNear<T>(gradients.Input!.Values, golden.Values("input_gradient"), tolerance, "gradient of the input");
            JsonElement[] parameters = [.. golden.GetProperty("parameters").EnumerateArray()];
            parameters.Length.Should().Be(layer.Parameters.Count);
            foreach (JsonElement parameter in parameters)
            {
                int[] shape = parameter.Integers("shape");
                string name = parameter.Text("name").Replace("_l0", "", StringComparison.Ordinal);
                GoldenCases.ShouldBeNear<T>(gradients[name].ToColumnMajorArray(), parameter.Matrix("gradient", shape[0], shape.Length > 1 ? shape[1] : 1).ToColumnMajorArray(), tolerance, name);
            }
        }
    }

    [Fact]
    public void A_state_dict_of_PyTorch_is_loaded_by_its_own_names()
    {
        SegRnnLayer<double> expected = LayerOf<double>(Golden[1], out int columns, out _);
        var loaded = new SegRnnLayer<double>(columns, expected.Lookback, expected.Horizon, seed: 2, expected.Options);
        PyTorchFile.LoadInto(loaded, Path.Combine(AppContext.BaseDirectory, "References", "segrnn.pt"));
        for (int i = 0; i < expected.Parameters.Count; i++) loaded.Parameters[i].Values.ToArray().Should().Equal(expected.Parameters[i].Values.ToArray(), expected.ParameterNames[i]);
    }

    [Fact]
    public void A_shorter_example_is_read_as_if_it_had_its_last_value_before()
    {
        var layer = new SegRnnLayer<double>(2, 6, 4, seed: 1, new() { SegmentLength = 2, HiddenSize = 8, Dropout = 0 });
        Sequence<double> x = Make.Sequence<double>(2, 3, 6, new Random(1)), whole = new(2, 3, 6);
        int[] lengths = [4, 6, 1];
        x.SetLengths(lengths);

        // The same steps at the end, and before them values that are equal to the last: they are zero in the segments.
        for (int j = 0; j < 3; j++)
        {
            for (int t = 0; t < 6; t++)
            {
                int step = t - (6 - lengths[j]);
                for (int c = 0; c < 2; c++) whole[c, j, t] = x[c, j, step >= 0 ? step : lengths[j] - 1];
            }
        }

        Bits.ShouldBeSame<double>(layer.Predict(x).Values, layer.Predict(whole).Values, "output");
        x.SetLengths([0, 6, 1]);
        double[] empty = [.. layer.Predict(x).Values];
        for (int t = 0; t < 4; t++) empty[(6 * t)..(6 * t + 2)].Should().Equal(0, 0);
    }

    [Fact]
    public void A_shift_of_the_input_shifts_the_output()
    {
        var layer = new SegRnnLayer<double>(3, 8, 12, seed: 1, new() { SegmentLength = 4, HiddenSize = 8 });
        Sequence<double> x = Make.Sequence<double>(3, 2, 8, new Random(1)), y = layer.Predict(x);
        for (int i = 0; i < x.Values.Length; i++) x.Values[i] += 100;
        Sequence<double> shifted = layer.Predict(x);
        for (int i = 0; i < y.Values.Length; i++) shifted.Values[i].Should().BeApproximately(y.Values[i] + 100, 1e-11);
    }

    [Fact]
    public void Dropout_keeps_the_mean_and_follows_the_draw()
    {
        var options = new SegRnnOptions { SegmentLength = 2, HiddenSize = 40, Dropout = 0.5 };
        var layer = new SegRnnLayer<double>(1, 2, 2, seed: 1, options);
        Sequence<double> x = Make.Sequence<double>(1, 4000, 2, new Random(1));
        for (int j = 1; j < x.Batch; j++)
        {
            for (int t = 0; t < 2; t++) x[0, j, t] = x[0, 0, t];
        }

        ForwardPass<double> pass = layer.Forward(x);
        double[] first = [.. pass.Output.Values];
        double predicted = layer.Predict(x)[0, 0, 0];
        first.Take(x.Batch).Average().Should().BeApproximately(predicted, 0.02);
        first.Take(x.Batch).Distinct().Count().Should().BeGreaterThan(3900);
        layer.Forward(x, reuse: pass).Output.Values.ToArray().Should().NotEqual(first, "another draw has other masks");
        pass.Draw = 0;
        layer.Forward(x, reuse: pass).Output.Values.ToArray().Should().Equal(first);
    }

    [Fact]
    public void It_learns_seasons_of_several_columns()
    {
        const int Period = 12;
        float[] values = [.. Enumerable.Range(0, 600).SelectMany(t => new[] { Wave(t), 3 + 2 * Wave(t + 4) })];
        Series<float> series = Series<float>.FromValues(values, 2);
        var windows = new WindowOptions { Horizon = 24, Target = WindowTarget.FollowingSteps };
        var model = new SegRnnLayer<float>(2, 24, 24, seed: 1, new() { SegmentLength = 6, HiddenSize = 16, Dropout = 0 });
        var trainer = new Trainer<float>(model, new Adam<float>(1e-2), new MeanSquaredError<float>(), new() { MaxSteps = 150 });
        trainer.Fit(new WindowBatches<float>(series, 24, windows, new() { BatchSize = 32, Seed = 1 }));
        trainer.Evaluate(new WindowBatches<float>(series, 24, windows, new() { Shuffle = false })).Loss.Value.Should().BeLessThan(0.01, "the mean square of the waves is 1.25");

        static float Wave(int t) => MathF.Sin(2 * MathF.PI * t / Period);
    }

    [Fact]
    public void Quantizing_is_refused_unless_it_is_kept_in_float()
    {
        var layer = new SegRnnLayer<float>(2, 4, 4, seed: 1, new() { SegmentLength = 2, HiddenSize = 8 });
        FluentActions.Invoking(() => layer.Quantize()).Should().Throw<ArgumentException>().WithParameterName("model").WithMessage("*kept in float*SegRnnLayer*");
        ILayer<float> kept = new LayerStack<float>(layer, new DenseLayer<float>(2, 2, seed: 1)).Quantize(new() { Keep = part => part is SegRnnLayer<float> });
        kept.Predict(new Sequence<float>(2, 1, 4)).Steps.Should().Be(4);
    }

    private static SegRnnLayer<T> LayerOf<T>(JsonElement golden, out int columns, out int batch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        (columns, batch) = (golden.Integer("columns"), golden.Integer("batch"));
        var options = new SegRnnOptions { SegmentLength = golden.Integer("segment"), HiddenSize = golden.Integer("hidden"), Dropout = 0, ColumnEmbedding = golden.GetProperty("per_column").GetBoolean() };
        var layer = new SegRnnLayer<T>(columns, golden.Integer("lookback"), golden.Integer("horizon"), seed: 1, options);
        foreach (JsonElement parameter in golden.GetProperty("parameters").EnumerateArray())
        {
            int[] shape = parameter.Integers("shape");
            int index = layer.ParameterNames.ToList().IndexOf(parameter.Text("name").Replace("_l0", "", StringComparison.Ordinal));
            layer.Parameters[index].Set(GoldenCases.Convert<T>(parameter.Matrix("values", shape[0], shape.Length > 1 ? shape[1] : 1)));
        }

        return layer;
    }
}

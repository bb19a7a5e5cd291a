using System.Numerics;
using System.Text.Json;
using FluentAssertions;
using RnnSharp.Layers;
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

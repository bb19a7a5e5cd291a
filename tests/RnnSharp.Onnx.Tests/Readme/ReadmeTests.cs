using FluentAssertions;
using ReadmeExamples;
using RnnSharp.Extensions.Tests;
using RnnSharp.Layers;
using RnnSharp.Onnx.Tests.Import;
using RnnSharp.Recurrent;
using RnnSharp.Tests;
using RnnSharp.Tests.Readme;
using Xunit;

namespace RnnSharp.Onnx.Tests.Readme;

/// <summary>The examples of the package's README compile as printed, run, and do what the text says.</summary>
public sealed class ReadmeTests
{
    private const string Examples = "tests/RnnSharp.Onnx.Tests/Readme/Examples";
    private const string TorchModule = "122 LSTM";

    private static readonly string Text = File.ReadAllText(RepositoryRoot.PathOf("src/RnnSharp.Onnx/README.md"));

    [Fact]
    public void Every_example_is_printed_as_it_is_compiled()
    {
        (string Name, string Code)[] printed = PrintedExample.In(Text);
        printed.Select(example => example.Name).Should().OnlyHaveUniqueItems();
        foreach ((string name, string code) in printed) code.Should().Be(PrintedExample.Of(RepositoryRoot.PathOf($"{Examples}/{name}.cs")));
    }

    [Fact]
    public void The_stream_in_ONNX_Runtime_gives_what_the_model_predicts()
    {
        float[] wave = [.. Enumerable.Range(0, 300).Select(t => MathF.Sin(0.1f * t) * MathF.Cos(0.013f * t))];
        (LayerStack<float> model, List<float> forecasts) = StreamingExport.Run(wave);
        File.Delete("wave.onnx");
        var whole = new Sequence<float>(1, 1, wave.Length);
        wave.CopyTo(whole.Values);
        float[] expected = model.Predict(whole).Values.ToArray();
        forecasts.Should().HaveCount(wave.Length);
        for (int t = 0; t < wave.Length; t++) forecasts[t].Should().BeApproximately(expected[t], 1e-5f);
    }

    [Fact]
    public void The_layer_of_an_app_is_exported()
    {
        UserLayer.Run(new HighwayLayer<float>(new GruLayer<float>(2, 2, 1), new DenseLayer<float>(2, 2, 1)));
        new FileInfo("model.onnx").Length.Should().BePositive();
        File.Delete("model.onnx");
    }

    [Fact]
    public void The_model_of_PyTorch_predicts_what_PyTorch_does()
    {
        OnnxCase item = CaseArchive.Read("torch_modules.zip").First(candidate => candidate.Name.StartsWith(TorchModule, StringComparison.Ordinal));
        File.WriteAllBytes("model.onnx", item.Model);
        float[,,] x = Cube(item.Inputs[0]), y = Cube(item.Outputs[0]);
        (OnnxModel<float> imported, Sequence<float> predicted) = TorchModel.Run(x, y, x);
        File.Delete("model.onnx");
        imported.Inputs[0].Axes.Should().Equal(OnnxAxis.Batch, OnnxAxis.Steps, OnnxAxis.Features);
        predicted.ToBatchFirst().Cast<float>().Zip(y.Cast<float>()).Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) < 1e-5f);
    }

    private static float[,,] Cube(OnnxTensor tensor)
    {
        float[,,] cube = new float[tensor.Shape[0], tensor.Shape[1], tensor.Shape[2]];
        Buffer.BlockCopy(Array.ConvertAll(tensor.Values, value => (float)value), 0, cube, 0, cube.Length * sizeof(float));
        return cube;
    }
}

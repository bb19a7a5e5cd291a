using System.Runtime.CompilerServices;
using System.Text.Json;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;
using Xunit;

namespace RnnSharp.Tests.Serialization;

/// <summary>
/// The outputs come from PyTorch itself, by References/torch_load.py, which takes the files that RnnSharp saved with
/// load_state_dict(strict=True) and writes a state_dict of its own. To make the files anew: run these tests with
/// RNNSHARP_WRITE_REFERENCES=1, then the script, then the tests again.
/// </summary>
public sealed class PyTorchFileTests
{
    private static readonly Lazy<JsonElement> Json = new(() => JsonDocument.Parse(File.ReadAllText(Reference("torch_load.json"))).RootElement);

    private static JsonElement Golden => Json.Value;

    [Theory]
    [InlineData("rnnsharp_lstm")]
    [InlineData("rnnsharp_stack")]
    [InlineData("rnnsharp_bidirectional")]
    [InlineData("rnnsharp_projected")]
    public void PyTorch_computes_the_same_from_what_RnnSharp_saved(string name)
    {
        LoadedModel<double> loaded = ModelFile.Load<double>(Reference($"{name}.safetensors"));
        OutputsAre(Golden.GetProperty(name), loaded.Model);
        ModelBytes.Save(loaded.Model, new() { Metadata = loaded.Metadata }).Should().Equal(File.ReadAllBytes(Reference($"{name}.safetensors")), "saving again gives the committed bytes");
    }

    [Fact]
    public void RnnSharp_computes_the_same_from_what_PyTorch_saved()
    {
        ILayer<double> model = Stack();
        ModelFile.LoadInto(model, Reference("torch_state.safetensors")).Should().Equal(new Dictionary<string, string> { ["format"] = "pt" });
        OutputsAre(Golden.GetProperty("torch_state"), model);
    }

    [Fact]
    public void RnnSharp_computes_the_same_from_the_projected_layers_of_PyTorch()
    {
        ILayer<double> model = Projected(seed: 5);
        ModelFile.LoadInto(model, Reference("torch_projected.safetensors"));
        OutputsAre(Golden.GetProperty("torch_projected"), model);
    }

    [Fact]
    public void The_reference_files_are_written_on_request()
    {
        if (Environment.GetEnvironmentVariable("RNNSHARP_WRITE_REFERENCES") is not "1") return;
        string folder = Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", "References");
        ModelFile.Save(new LstmLayer<double>(3, 5, seed: 11), Path.Combine(folder, "rnnsharp_lstm.safetensors"), new() { Metadata = new Dictionary<string, string> { ["note"] = "für PyTorch" } });
        ModelFile.Save(Stack(), Path.Combine(folder, "rnnsharp_stack.safetensors"));
        var both = new LayerStack<double>(Bidirectional.Of(seed => new LstmLayer<double>(3, 4, seed), seed: 1), Bidirectional.Of(seed => new GruLayer<double>(8, 2, seed), seed: 2), Bidirectional.Of(seed => new RnnLayer<double>(4, 3, seed), seed: 3));
        ModelFile.Save(both, Path.Combine(folder, "rnnsharp_bidirectional.safetensors"));
        ModelFile.Save(Projected(seed: 1), Path.Combine(folder, "rnnsharp_projected.safetensors"));

        static string ThisFile([CallerFilePath] string path = "") => path;
    }

    private static LayerStack<double> Stack() => new(
        new LstmLayer<double>(3, 5, seed: 1),
        new GruLayer<double>(5, 4, seed: 2),
        new RnnLayer<double>(4, 3, seed: 3),
        new RnnLayer<double>(3, 6, seed: 4, Activation.Relu),
        new LayerStack<double>(new LstmLayer<double>(6, 4, seed: 5), new DenseLayer<double>(4, 2, seed: 6)));

    /// <summary>torch.nn.LSTM(3, 5, proj_size=2), and torch.nn.LSTM(2, 4, proj_size=3, bidirectional=True).</summary>
    private static LayerStack<double> Projected(int seed) => new(
        new LstmLayer<double>(3, 5, seed, new LstmOptions { ProjectionSize = 2 }),
        Bidirectional.Of(drawn => new LstmLayer<double>(2, 4, drawn, new LstmOptions { ProjectionSize = 3 }), seed + 1));

    /// <summary>The outputs after every layer: [layer][step][example][feature].</summary>
    private static void OutputsAre(JsonElement expected, ILayer<double> model)
    {
        IReadOnlyList<ILayer<double>> layers = model is LayerStack<double> stack ? stack.Layers : [model];
        expected.GetArrayLength().Should().Be(layers.Count);
        Sequence<double> x = FromJson(Golden.GetProperty("input"));
        for (int i = 0; i < layers.Count; i++)
        {
            x = layers[i].Predict(x);
            double[] y = [.. FromJson(expected[i]).Values];
            y.Max(Math.Abs).Should().BeGreaterThan(0.01, "an output of zeros proves nothing");
            for (int k = 0; k < y.Length; k++) x.Values[k].Should().BeApproximately(y[k], 1e-12, $"after layer {i}");
        }
    }

    private static Sequence<double> FromJson(JsonElement steps)
    {
        var sequence = new Sequence<double>(steps[0][0].GetArrayLength(), steps[0].GetArrayLength(), steps.GetArrayLength());
        int at = 0;
        foreach (JsonElement value in steps.EnumerateArray().SelectMany(step => step.EnumerateArray()).SelectMany(example => example.EnumerateArray())) sequence.Values[at++] = value.GetDouble();
        return sequence;
    }

    private static string Reference(string name) => Path.Combine(AppContext.BaseDirectory, "References", name);
}

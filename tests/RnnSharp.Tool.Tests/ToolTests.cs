using System.Security.Cryptography;
using FluentAssertions;
using RnnSharp.Keras;
using RnnSharp.Layers;
using RnnSharp.Onnx;
using RnnSharp.Quantization;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;
using Xunit;

namespace RnnSharp.Tool.Tests;

public sealed class ToolTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rnnsharp-tool").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Inspect_shows_layers_tensors_metadata_and_checksum()
    {
        string path = PathOf("model.safetensors");
        ModelFile.Save(Tagger<float>(), path, new() { Metadata = new Dictionary<string, string> { ["vocabulary"] = new('a', 300) } });
        ToolRun run = ToolRun.Of("inspect", path);
        run.Code.Should().Be(0);
        run.Error.Should().BeEmpty();
        run.Output.Should().Contain("LstmLayer").And.Contain("DenseLayer").And.Contain("0.weight_ih_l0").And.Contain("20 x 4").And.Contain("F32")
            .And.Contain($"SHA-256 {Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)))}").And.Contain("vocabulary: aaa").And.Contain("(300 characters)");
    }

    [Fact]
    public void Inspect_shows_tensors_that_make_no_model()
    {
        string path = PathOf("other.npz");
        NumpyFile.SaveArchive([new NumpyArray<float>("kernel", new float[6], 2, 3)], path);
        ToolRun run = ToolRun.Of("inspect", path);
        run.Code.Should().Be(0);
        run.Output.Should().Contain("No model of the library's layers").And.Contain("kernel").And.Contain("2 x 3");
    }

    [Theory]
    [InlineData(QuantizedType.Int8, "I8")]
    [InlineData(QuantizedType.Float16, "F16")]
    public void Quantized_models_are_shown_and_compared(QuantizedType type, string stored)
    {
        string first = PathOf("first.safetensors"), second = PathOf("second.safetensors"), whole = PathOf("whole.safetensors"), damaged = PathOf("damaged.safetensors");
        LayerStack<float> model = Tagger<float>();
        ModelFile.Save(model, whole);
        ModelFile.Save(model.Quantize(new() { Type = type }), first);
        model.Parameters[^1].Update(0, static (values, _) => values[1] += 0.5f);
        ModelFile.Save(model.Quantize(new() { Type = type }), second);
        ToolRun run = ToolRun.Of("inspect", first);
        run.Code.Should().Be(0);
        run.Output.Should().Contain($"LstmLayer, {type}").And.Contain($"DenseLayer, {type}").And.Contain("0.weight_ih_l0").And.Contain(stored).And.NotContain("No model");
        ToolRun.Of("diff", first, first).Should().Match<ToolRun>(same => same.Code == 0 && same.Output.StartsWith("Equal"));
        run = ToolRun.Of("diff", first, second);
        run.Code.Should().Be(1);
        run.Output.Should().Contain("1.bias").And.Contain("0.5").And.Contain("1 of ").And.NotContain("The layers or their options differ");
        run = ToolRun.Of("diff", first, whole);
        run.Code.Should().Be(1);
        run.Output.Should().Contain("The layers or their options differ").And.Contain("quantized_lstm");
        byte[] bytes = File.ReadAllBytes(first);
        bytes[^1] ^= 1;
        File.WriteAllBytes(damaged, bytes);
        ToolRun.Of("inspect", damaged).Output.Should().Contain("No model of the library's layers");
    }

    [Theory]
    [InlineData(".safetensors")]
    [InlineData(".npz")]
    [InlineData(".onnx")]
    [InlineData(".json")]
    public void Convert_writes_a_model_that_computes_the_same(string extension)
    {
        LayerStack<float> model = Tagger<float>();
        string source = PathOf("model.safetensors"), target = PathOf($"converted{extension}"), back = PathOf("back.safetensors");
        ModelFile.Save(model, source);
        ToolRun.Of("convert", source, target).Should().Match<ToolRun>(run => run.Code == 0, "{0}", ToolRun.Of("convert", source, target, "--force").Error);
        ToolRun.Of("convert", target, back).Code.Should().Be(0);
        var x = new Sequence<float>(4, 3, 6);
        for (int i = 0; i < x.Values.Length; i++) x.Values[i] = MathF.Sin(i);
        float[] expected = model.Predict(x).Values.ToArray(), actual = ModelFile.Load<float>(back).Model.Predict(x).Values.ToArray();
        for (int i = 0; i < expected.Length; i++) actual[i].Should().BeApproximately(expected[i], 1e-6f);
        ToolRun.Of("diff", source, back, "--tolerance", "1e-6").Code.Should().Be(0);
    }

    [Theory]
    [InlineData(".npz")]
    [InlineData(".onnx")]
    public void Convert_keeps_options_that_tensors_do_not_show(string extension)
    {
        string source = PathOf("model.safetensors"), target = PathOf($"converted{extension}");
        ModelFile.Save(new GruLayer<float>(3, 4, seed: 1, new GruOptions { ResetBefore = true, GateActivation = Activation.HardSigmoid() }), source);
        ToolRun.Of("convert", source, target).Code.Should().Be(0);
        ToolRun.Of("diff", source, target).Should().Match<ToolRun>(run => run.Code == 0 && run.Output.StartsWith("Equal"));
    }

    [Fact]
    public void Convert_keeps_double_precision_and_metadata()
    {
        string source = PathOf("model.safetensors"), onnx = PathOf("model.onnx"), back = PathOf("back.safetensors");
        ModelFile.Save(Tagger<double>(), source, new() { Metadata = new Dictionary<string, string> { ["note"] = "mine" } });
        ToolRun.Of("convert", source, onnx).Code.Should().Be(0);
        ToolRun.Of("convert", onnx, back).Code.Should().Be(0);
        ToolRun.Of("diff", source, back).Should().Match<ToolRun>(run => run.Code == 0 && run.Output.StartsWith("Equal"));
        ModelFile.Load<double>(back).Metadata["note"].Should().Be("mine");
    }

    [Fact]
    public void Diff_names_what_differs()
    {
        string first = PathOf("first.safetensors"), second = PathOf("second.onnx");
        LayerStack<float> model = Tagger<float>();
        ModelFile.Save(model, first);
        model.Parameters[^1].Update(0, static (values, _) => values[1] += 0.5f);
        OnnxFile.Export(model, second);
        ToolRun run = ToolRun.Of("diff", first, second);
        run.Code.Should().Be(1);
        run.Output.Should().Contain("1.bias").And.Contain("0.5").And.Contain("1 of 6 tensors differ").And.NotContain("weight_hh");
        ToolRun.Of("diff", first, second, "--tolerance", "0.6").Code.Should().Be(0);
    }

    [Fact]
    public void Diff_tells_models_of_other_layers_and_outputs_with_equal_tensors_apart()
    {
        string tanh = PathOf("tanh.safetensors"), relu = PathOf("relu.safetensors"), linear = PathOf("linear.json"), softmax = PathOf("softmax.json");
        ModelFile.Save(new RnnLayer<float>(2, 3, seed: 1), tanh);
        ModelFile.Save(new RnnLayer<float>(2, 3, seed: 1, Activation.Relu), relu);
        ToolRun run = ToolRun.Of("diff", tanh, relu);
        run.Code.Should().Be(1);
        run.Output.Should().Contain("The layers or their options differ").And.Contain("relu").And.Contain("Equal: 4 tensors");
        TensorFlowJsFile.Save(Tagger<float>(), linear);
        TensorFlowJsFile.Save(Tagger<float>(), softmax, new() { FinalActivation = KerasActivation.Softmax });
        run = ToolRun.Of("diff", linear, softmax);
        run.Code.Should().Be(1);
        run.Output.Should().Contain("the second the activation softmax");
    }

    [Fact]
    public void Diff_leaves_no_temporary_file()
    {
        string model = PathOf("model.safetensors"), tensors = PathOf("tensors.npz");
        ModelFile.Save(Tagger<float>(), model);
        NumpyFile.SaveArchive([new NumpyArray<float>("kernel", new float[6], 2, 3)], tensors);
        string variable = OperatingSystem.IsWindows() ? "TMP" : "TMPDIR", temporary = Directory.CreateDirectory(PathOf("temporary")).FullName;
        string? before = Environment.GetEnvironmentVariable(variable);
        Environment.SetEnvironmentVariable(variable, temporary);
        try
        {
            ToolRun.Of("diff", model, tensors).Code.Should().Be(1);
            ToolRun.Of("diff", model, model).Code.Should().Be(0);
        }
        finally
        {
            Environment.SetEnvironmentVariable(variable, before);
        }

        Directory.GetFiles(temporary).Should().BeEmpty();
    }

    [Fact]
    public void Texts_from_a_file_do_not_reach_the_terminal_as_they_are()
    {
        string path = PathOf("model.safetensors");
        ModelFile.Save(Tagger<float>(), path, new() { Metadata = new Dictionary<string, string> { ["note"] = "\u001b[31m[red]a\nSHA-256 0" } });
        ToolRun run = ToolRun.Of("inspect", path);
        run.Code.Should().Be(0);
        run.Output.Should().Contain("note: \\u001b[31m[red]a\\u000aSHA-256 0").And.NotContain("\u001b");
    }

    [Fact]
    public void Weights_beside_the_target_are_replaced_only_on_request()
    {
        string source = PathOf("model.safetensors"), weights = PathOf("model.weights.bin");
        ModelFile.Save(Tagger<float>(), source);
        File.WriteAllText(weights, "mine");
        ToolRun.Of("convert", source, PathOf("model.json")).Code.Should().Be(2);
        File.ReadAllText(weights).Should().Be("mine");
    }

    [Fact]
    public void Diff_compares_tensors_of_files_without_a_model()
    {
        string first = PathOf("first.npz"), second = PathOf("second.npz");
        NumpyFile.SaveArchive([new NumpyArray<double>("a", new double[] { 1, double.NaN }, 2), new NumpyArray<double>("b", new double[1], 1)], first);
        NumpyFile.SaveArchive([new NumpyArray<double>("a", new double[] { 1, double.NaN }, 2), new NumpyArray<double>("c", new double[1], 1)], second);
        ToolRun run = ToolRun.Of("diff", first, second);
        run.Code.Should().Be(1);
        run.Output.Should().Contain("missing").And.Contain("2 of 3 tensors differ");
    }

    [Fact]
    public void A_softmax_beside_the_layers_is_not_dropped_in_silence()
    {
        string json = PathOf("model.json"), target = PathOf("model.onnx");
        TensorFlowJsFile.Save(Tagger<float>(), json, new() { FinalActivation = KerasActivation.Softmax });
        ToolRun.Of("inspect", json).Output.Should().Contain("Besides its layers: the activation softmax of its output");
        ToolRun run = ToolRun.Of("convert", json, target);
        run.Code.Should().Be(2);
        run.Error.Should().Contain("softmax").And.Contain("--model-only");
        File.Exists(target).Should().BeFalse();
        ToolRun.Of("convert", json, target, "--model-only").Code.Should().Be(0);
    }

    [Fact]
    public void A_target_is_replaced_only_on_request()
    {
        string source = PathOf("model.safetensors"), target = PathOf("model.onnx");
        ModelFile.Save(Tagger<float>(), source);
        File.WriteAllText(target, "mine");
        ToolRun run = ToolRun.Of("convert", source, target);
        run.Code.Should().Be(2);
        run.Error.Should().Contain("--force");
        File.ReadAllText(target).Should().Be("mine");
        ToolRun.Of("convert", source, target, "--force").Code.Should().Be(0);
    }

    [Theory]
    [InlineData("inspect", "missing.onnx")]
    [InlineData("inspect", "model.unknown")]
    [InlineData("inspect", "damaged.onnx")]
    [InlineData("inspect", "damaged.safetensors")]
    [InlineData("inspect", "damaged.pt")]
    [InlineData("inspect", "damaged.npz")]
    [InlineData("inspect", "damaged.keras")]
    [InlineData("inspect", "damaged.h5")]
    [InlineData("inspect", "damaged.json")]
    [InlineData("convert", "damaged.pt", "out.onnx")]
    [InlineData("convert", "damaged.npz", "out.pt")]
    [InlineData("diff", "damaged.pt", "damaged.npz")]
    [InlineData("diff", "damaged.pt", "damaged.pt", "--tolerance", "-1")]
    [InlineData("inspect")]
    [InlineData("unknown")]
    public void A_wrong_call_ends_with_a_message_and_code_2(params string[] arguments)
    {
        foreach (string extension in new[] { ".onnx", ".safetensors", ".pt", ".npz", ".keras", ".h5", ".json" }) File.WriteAllText(PathOf($"damaged{extension}"), "not a model");
        ToolRun run = ToolRun.Of([.. arguments.Select(argument => argument.Contains('.', StringComparison.Ordinal) ? PathOf(argument) : argument)]);
        run.Code.Should().Be(2);
        run.Error.Should().NotBeNullOrWhiteSpace().And.NotContain("   at ");
        Directory.GetFiles(_folder, "out.*").Should().BeEmpty();
    }

    private static LayerStack<T> Tagger<T>()
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T> =>
        new(new LstmLayer<T>(4, 5, seed: 1), new DenseLayer<T>(5, 3, seed: 2));

    private string PathOf(string name) => Path.Combine(_folder, name);
}

using System.Text;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Serialization;
using RnnSharp.Tests.Serialization;
using Xunit;

namespace RnnSharp.Keras.Tests;

/// <summary>Manifests and files of weights.</summary>
public sealed class TensorFlowJsFileTests
{
    private const string Topology = """{"class_name":"Sequential","config":{"layers":[{"class_name":"InputLayer","config":{"name":"i","batch_input_shape":[null,null,2]}},{"class_name":"Dense","config":{"name":"d","units":2}}]}}""";
    private const string Kernel = """{"name":"d/kernel","shape":[2,2],"dtype":"float32"}""";
    private const string Bias = """{"name":"d/bias","shape":[2],"dtype":"float32"}""";

    private static readonly byte[] Values = [.. new float[] { 1, 2, 3, 4, 5, 6 }.SelectMany(BitConverter.GetBytes)];

    [Fact]
    public void Weights_may_be_in_several_groups_and_files()
    {
        DenseLayer<float> layer = Dense($$"""[{"paths":["a.bin","b.bin"],"weights":[{{Kernel}}]},{"paths":["c.bin"],"weights":[{{Bias}}]}]""", new() { ["a.bin"] = Values[..6], ["b.bin"] = Values[6..16], ["c.bin"] = Values[16..] });
        layer.Weights.Values.ToArray().Should().Equal(1, 2, 3, 4);
        layer.Bias.Values.ToArray().Should().Equal(5, 6);
    }

    [Fact]
    public void Weights_are_found_by_their_names()
    {
        DenseLayer<float> layer = Dense($$"""[{"paths":["a.bin"],"weights":[{{Bias.Replace("d/bias", "model/d/bias:0", StringComparison.Ordinal)}},{{Kernel}}]}]""", new() { ["a.bin"] = [.. Values[16..], .. Values[..16]] });
        layer.Weights.Values.ToArray().Should().Equal(1, 2, 3, 4);
        layer.Bias.Values.ToArray().Should().Equal(5, 6);
    }

    [Fact]
    public void Quantized_weights_are_restored()
    {
        DenseLayer<float> layer = Dense(
            """[{"paths":["a.bin"],"weights":[{"name":"d/kernel","shape":[2,2],"dtype":"float32","quantization":{"dtype":"uint8","scale":0.5,"min":-1,"original_dtype":"float32"}},{"name":"d/bias","shape":[2],"dtype":"float32","quantization":{"dtype":"float16","original_dtype":"float32"}}]}]""",
            new() { ["a.bin"] = [0, 1, 2, 255, .. BitConverter.GetBytes((Half)1.5), .. BitConverter.GetBytes((Half)(-2))] });
        layer.Weights.Values.ToArray().Should().Equal(-1, -0.5f, 0, 126.5f);
        layer.Bias.Values.ToArray().Should().Equal(1.5f, -2);
        Dense(
            """[{"paths":["a.bin"],"weights":[{"name":"d/kernel","shape":[2,2],"dtype":"float32","quantization":{"dtype":"uint16","scale":0.25,"min":0}},{"name":"d/bias","shape":[2],"dtype":"float32"}]}]""",
            new() { ["a.bin"] = [1, 0, 2, 0, 0, 1, 255, 255, .. Values[16..]] }).Weights.Values.ToArray().Should().Equal(0.25f, 0.5f, 64, 16383.75f);
    }

    [Fact]
    public void The_weights_of_an_optimizer_are_skipped() =>
        Dense($$"""[{"paths":["a.bin"],"weights":[{{Kernel}},{{Bias}},{"name":"Variable","shape":[1],"dtype":"int32","group":"optimizer"}]}]""", new() { ["a.bin"] = [.. Values, 1, 0, 0, 0] }).Bias.Values.ToArray().Should().Equal(5, 6);

    [Theory]
    [InlineData("../a.bin")]
    [InlineData("..")]
    [InlineData("x/a.bin")]
    [InlineData("x\\\\a.bin")]
    [InlineData("/etc/passwd")]
    [InlineData("C:a.bin")]
    [InlineData("https://example.com/a.bin")]
    [InlineData("%2e%2e%2fa.bin")]
    [InlineData("a.bin ")]
    [InlineData("nul")]
    [InlineData("COM1.bin")]
    [InlineData("")]
    [InlineData("a\\u0000.bin")]
    public void A_path_to_another_place_is_refused(string path)
    {
        var opened = new List<string>();
        FluentActions.Invoking(() => Load($$"""[{"paths":["{{path}}"],"weights":[{{Kernel}},{{Bias}}]}]""", name =>
        {
            opened.Add(name);
            return new MemoryStream(Values);
        })).Should().Throw<InvalidDataException>().WithMessage("*expected the name of a file beside the model*");
        opened.Should().BeEmpty();
    }

    [Theory]
    [InlineData("""[{"paths":["a.bin","A.bin"],"weights":[K,B]}]""", "twice")]
    [InlineData("""[{"paths":["a.bin"],"weights":[K]}]""", "1 weights: expected the 2")]
    [InlineData("""[{"paths":["a.bin"],"weights":[K,B,B]}]""", "one too many")]
    [InlineData("""[{"paths":["a.bin"],"weights":[K,K]}]""", "is there twice")]
    [InlineData("""[{"paths":[],"weights":[K,B]}]""", "0 bytes")]
    [InlineData("""[{"paths":["short.bin"],"weights":[K,B]}]""", "20 bytes")]
    [InlineData("""[{"paths":["long.bin"],"weights":[K,B]}]""", "25 bytes")]
    [InlineData("""[{"paths":["a.bin"],"weights":[{"name":"d/kernel","shape":[4294967296,4294967296],"dtype":"float32"},B]}]""", "too large")]
    [InlineData("""[{"paths":["a.bin"],"weights":[{"name":"d/kernel","shape":[-2,2],"dtype":"float32"},B]}]""", "size of -2")]
    [InlineData("""[{"paths":["a.bin"],"weights":[{"name":"d/kernel","shape":[4],"dtype":"float32"},B]}]""", "has shape [4], expected [2, 2]")]
    [InlineData("""[{"paths":["a.bin"],"weights":[{"name":"d/kernel","shape":[2,2],"dtype":"int32"},B]}]""", "expected floating-point numbers")]
    [InlineData("""[{"paths":["a.bin"],"weights":[{"name":"d/kernel","shape":[2,2],"dtype":"string"},B]}]""", "\"string\"")]
    [InlineData("""[{"paths":["a.bin"],"weights":[{"name":"e/kernel","shape":[2,2],"dtype":"float32"},B]}]""", "no kernel of the layer \"d\"")]
    [InlineData("""[{"paths":["a.bin"],"weights":[{"name":"d/kernel","shape":[2,2],"dtype":"float32","quantization":{"dtype":"int8","scale":1,"min":0}},B]}]""", "\"int8\"")]
    [InlineData("""[{"paths":["q.bin"],"weights":[{"name":"d/kernel","shape":[2,2],"dtype":"float32","quantization":{"dtype":"uint8","scale":1e300,"min":0}},B]}]""", "out of Single's range")]
    [InlineData("""[{"paths":["q.bin"],"weights":[{"name":"d/kernel","shape":[2,2],"dtype":"float32","quantization":{"dtype":"uint8","scale":1e999,"min":0}},B]}]""", "not a finite number")]
    [InlineData("{}", "an object: expected an array")]
    public void A_manifest_that_does_not_fit_is_refused(string manifest, string message)
    {
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal) { ["a.bin"] = Values, ["A.bin"] = Values, ["short.bin"] = Values[..20], ["long.bin"] = [.. Values, 0], ["q.bin"] = [1, 2, 3, 4, .. Values[16..]] };
        FluentActions.Invoking(() => Dense(manifest.Replace("K", Kernel, StringComparison.Ordinal).Replace("B", Bias, StringComparison.Ordinal), files)).Should().Throw<InvalidDataException>().WithMessage($"*{message}*");
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("false", false)]
    public void A_model_tells_whether_it_is_stateful(string stateful, bool expected)
    {
        string json = File("""[{"paths":["a.bin"],"weights":[{"name":"d/kernel","shape":[2,1],"dtype":"float32"},{"name":"d/recurrent_kernel","shape":[1,1],"dtype":"float32"},{"name":"d/bias","shape":[1],"dtype":"float32"}]}]""")
            .Replace("\"Dense\",\"config\":{\"name\":\"d\",\"units\":2}", $"\"SimpleRNN\",\"config\":{{\"name\":\"d\",\"units\":1,\"stateful\":{stateful}}}", StringComparison.Ordinal);
        TensorFlowJsFile.Load<float>(Stream(json), _ => new MemoryStream(Values[..16])).IsStateful.Should().Be(expected);
    }

    [Fact]
    public void Streams_are_closed_and_may_be_unable_to_seek()
    {
        var stream = new OneWayStream(new MemoryStream(Values));
        var model = Load($$"""[{"paths":["a.bin"],"weights":[{{Kernel}},{{Bias}}]}]""", _ => stream);
        ((DenseLayer<float>)model.Model.Layers[0]).Bias.Values.ToArray().Should().Equal(5, 6);
        var closed = new MemoryStream(Values);
        Load($$"""[{"paths":["a.bin"],"weights":[{{Kernel}},{{Bias}}]}]""", _ => closed);
        closed.CanRead.Should().BeFalse();
    }

    [Fact]
    public void No_more_is_read_of_a_stream_than_the_manifest_states()
    {
        var stream = new EndlessStream(Values, Values.Length + 1);
        FluentActions.Invoking(() => Load($$"""[{"paths":["a.bin"],"weights":[{{Kernel}},{{Bias}}]}]""", _ => stream)).Should().Throw<InvalidDataException>().WithMessage("*25 bytes*expected 24*");
        stream.BytesRead.Should().Be(25);
        string large = File("""[{"paths":["a.bin"],"weights":[{"name":"d/kernel","shape":[1048576,1048576],"dtype":"float32"},{"name":"d/bias","shape":[2],"dtype":"float32"}]}]""");
        FluentActions.Invoking(() => TensorFlowJsFile.Load<float>(Stream(large), _ => new EndlessStream(Values, 1001), new KerasLoadOptions { Limits = new ModelLimits { ParameterBytes = 1000 } })).Should().Throw<InvalidDataException>().WithMessage("*1000 bytes*ParameterBytes*");
    }

    [Fact]
    public void A_model_that_is_too_large_is_refused()
    {
        string json = File($$"""[{"paths":["a.bin"],"weights":[{{Kernel}},{{Bias}}]}]""");
        FluentActions.Invoking(() => TensorFlowJsFile.Load<float>(Stream(json), _ => new MemoryStream(Values), new KerasLoadOptions { Limits = new ModelLimits { ParameterBytes = 23 } })).Should().Throw<InvalidDataException>().WithMessage("*24 bytes*ParameterBytes*");
        FluentActions.Invoking(() => TensorFlowJsFile.Load<float>(Stream(json), _ => new MemoryStream(Values), new KerasLoadOptions { Limits = new ModelLimits { HeaderBytes = 100 } })).Should().Throw<InvalidDataException>().WithMessage("*HeaderBytes*");
        FluentActions.Invoking(() => TensorFlowJsFile.Load<float>(Stream(json), _ => new MemoryStream(Values), new KerasLoadOptions { Limits = new ModelLimits { Layers = 1 } })).Should().Throw<InvalidDataException>().WithMessage("*more than 1 items*");
    }

    private static DenseLayer<float> Dense(string manifest, Dictionary<string, byte[]> files) => (DenseLayer<float>)Load(manifest, name => new MemoryStream(files[name])).Model.Layers[0];

    private static KerasModel<float> Load(string manifest, Func<string, Stream> open) => TensorFlowJsFile.Load<float>(Stream(File(manifest)), open);

    private static string File(string manifest) => $$"""{"format":"layers-model","modelTopology":{{Topology}},"weightsManifest":{{manifest}}}""";

    private static MemoryStream Stream(string text) => new(Encoding.UTF8.GetBytes(text));
}

using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;
using Xunit;

namespace RnnSharp.Tests.Serialization;

public sealed class PyTorchSavingTests
{
    [Fact]
    public void Layers_become_modules_under_the_given_names()
    {
        var model = new LayerStack<double>(new EmbeddingLayer<double>(5, 3), new LstmLayer<double>(3, 4), new DropoutLayer<double>(4, 0.5), new LstmLayer<double>(4, 4), Bidirectional.Of(seed => new GruLayer<double>(4, 2, seed)), new DenseLayer<double>(4, 2));
        NamesOf(model, NameMap.PyTorchModules(model, "emb", "enc.lstm", "gru", "")).Should().Equal(
            "emb.weight", "enc.lstm.weight_ih_l0", "enc.lstm.weight_hh_l0", "enc.lstm.bias_ih_l0", "enc.lstm.bias_hh_l0",
            "enc.lstm.weight_ih_l1", "enc.lstm.weight_hh_l1", "enc.lstm.bias_ih_l1", "enc.lstm.bias_hh_l1",
            "gru.weight_ih_l0", "gru.weight_hh_l0", "gru.bias_ih_l0", "gru.bias_hh_l0", "gru.weight_ih_l0_reverse", "gru.weight_hh_l0_reverse", "gru.bias_ih_l0_reverse", "gru.bias_hh_l0_reverse",
            "weight", "bias");
        NamesOf(model, NameMap.PyTorchModules(model, "emb", "a", "b", "gru", "head")).Should().Contain(["a.weight_ih_l0", "b.weight_ih_l0"]);
        NamesOf(model, null).Should().Contain(["0.weight", "3.weight_ih_l0", "4.weight_ih_l0_reverse", "5.bias"]);
        FluentActions.Invoking(() => NameMap.PyTorchModules(model, "emb", "lstm")).Should().Throw<ArgumentException>().WithParameterName("modules").WithMessage("*4 names of modules, or 5 names of layers*got 2*");
    }

    [Fact]
    public void Shared_weights_are_saved_under_each_name()
    {
        var embedding = new EmbeddingLayer<double>(5, 3, seed: 1);
        var model = new LayerStack<double>(embedding, new RnnLayer<double>(3, 3, seed: 2), new DenseLayer<double>(embedding.Weights, seed: 3));
        var stream = new MemoryStream();
        PyTorchFile.Save(model, stream, new TensorSaveOptions { Names = NameMap.PyTorchModules(model, "emb", "rnn", "head") });
        stream.Position = 0;
        using TensorSource file = PyTorchFile.Open(stream);
        file.Metadata.Should().Equal(new Dictionary<string, string> { ["format"] = "pt" });
        file.ReadAll<double>(file.IndexOf("head.weight")).Should().Equal(file.ReadAll<double>(file.IndexOf("emb.weight")));
    }

    [Fact]
    public void The_extension_decides_on_the_format()
    {
        using var folder = new TemporaryFolder();
        var model = new LayerStack<float>(new GruLayer<float>(2, 3, seed: 1), new DenseLayer<float>(3, 2, seed: 2));
        PyTorchFile.Save(model, folder["a.safetensors"]);
        PyTorchFile.Save(model, folder["a.npz"]);
        using (TensorSource one = SafetensorsFile.Open(folder["a.safetensors"]))
        using (TensorSource other = NumpyFile.Open(folder["a.npz"]))
        {
            for (int i = 0; i < one.Tensors.Count; i++) other.ReadAll<float>(other.IndexOf(one.Tensors[i].Name)).Should().Equal(one.ReadAll<float>(i));
        }

        using (TensorSource archive = NumpyFile.Open(folder["a.npz"])) ModelFile.DescribesModel(archive).Should().BeFalse("load_state_dict would refuse the description");
        FluentActions.Invoking(() => PyTorchFile.Save(model, folder["a.pt"])).Should().Throw<ArgumentException>().WithParameterName("path").WithMessage("*.safetensors or .npz*a.pt*");
    }

    [Fact]
    public void What_PyTorch_does_not_have_is_refused()
    {
        Refuses(new LstmLayer<float>(2, 3, options: new LstmOptions { Peepholes = true }));
        Refuses(new LstmLayer<float>(2, 3, options: new LstmOptions { CoupledGates = true }));
        Refuses(new LstmLayer<float>(2, 3, options: new LstmOptions { CellClip = 1 }));
        Refuses(new GruLayer<float>(2, 3, options: new GruOptions { ResetBefore = true }));
        Refuses(new RnnLayer<float>(2, 3, options: new RnnOptions { HiddenZoneout = 0.5 }));
        Refuses(new LayerStack<float>(new DenseLayer<float>(2, 3), new IndRnnLayer<float>(3, 2)));
        Refuses(new ReverseLayer<float>(new DenseLayer<float>(2, 3)));
        Refuses(new BidirectionalLayer<float>(new GruLayer<float>(2, 3), new GruLayer<float>(2, 3), BidirectionalMerge.Sum));
        Refuses(new RnnLayer<float>(2, 3, activation: Activation.Softsign));
        Refuses(new LayerStack<float>(new ResidualLayer<float>(new DenseLayer<float>(3, 3))));
        Refuses(new LayerNormalizationLayer<float>(3, epsilon: 1e-6));
        PyTorchFile.Save(new LayerStack<float>(new LstmLayer<float>(3, 3, options: new LstmOptions { RecurrentDropout = 0.5 }), new RnnLayer<float>(3, 3, activation: Activation.Relu), new LayerNormalizationLayer<float>(3)), Stream.Null);

        static void Refuses(ILayer<float> model) => FluentActions.Invoking(() => PyTorchFile.Save(model, Stream.Null)).Should().Throw<ArgumentException>().WithParameterName("model").WithMessage("*PyTorch*");
    }

    [Fact]
    public void Bad_arguments_are_refused_by_name()
    {
        var model = new DenseLayer<float>(2, 3);
        Refuses("path", () => PyTorchFile.Open(""));
        Refuses("stream", () => PyTorchFile.Open((Stream)null!));
        Refuses("stream", () => PyTorchFile.Open(new OneWayStream(Stream.Null, readable: false)));
        Refuses("path", () => PyTorchFile.Describe(""));
        Refuses("tensors", () => PyTorchFile.Describe((TensorSource)null!));
        Refuses("path", () => PyTorchFile.CreateModel<float>(""));
        Refuses("tensors", () => PyTorchFile.CreateModel<float>((TensorSource)null!));
        Refuses("T", () => PyTorchFile.CreateModel<Half>("a"));
        Refuses("model", () => PyTorchFile.LoadInto<float>(null!, "a"));
        Refuses("path", () => PyTorchFile.LoadInto(model, ""));
        Refuses("model", () => PyTorchFile.Save<float>(null!, "a.npz"));
        Refuses("path", () => PyTorchFile.Save(model, ""));
        Refuses("model", () => PyTorchFile.Save<float>(null!, Stream.Null));
        Refuses("stream", () => PyTorchFile.Save(model, new MemoryStream([], writable: false)));
        Refuses("model", () => NameMap.PyTorchModules<float>(null!, "a"));
        Refuses("modules", () => NameMap.PyTorchModules(new LayerStack<float>(model), (string[])null!));
        Refuses("modules", () => NameMap.PyTorchModules(new LayerStack<float>(model), (string)null!));
        Refuses("value", () => _ = new PyTorchModelOptions { Activation = Activation.Sigmoid });
        Refuses("value", () => _ = new PyTorchModelOptions { Dropout = 1 });
        Refuses("value", () => _ = new PyTorchModelOptions { Epsilon = 0 });
        Refuses("value", () => _ = new PyTorchModelOptions { PaddingToken = -1 });
        Refuses("value", () => _ = new PyTorchModelOptions { Kinds = null! });
        Refuses("value", () => _ = new PyTorchModelOptions { File = null! });
        Refuses("value", () => _ = new PyTorchOptions { Limits = null! });

        static void Refuses(string argument, Action call) => call.Should().Throw<ArgumentException>().WithParameterName(argument);
    }

    private static string[] NamesOf(ILayer<double> model, Func<string, string?>? names)
    {
        var stream = new MemoryStream();
        PyTorchFile.Save(model, stream, new TensorSaveOptions { Names = names });
        stream.Position = 0;
        using TensorSource file = PyTorchFile.Open(stream);
        return [.. file.Tensors.Select(tensor => tensor.Name)];
    }
}

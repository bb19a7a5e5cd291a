using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;
using Xunit;

namespace RnnSharp.Tests.Serialization;

/// <summary>Archives of PyTorch as a whole, and what is not one; the modules in them are in PyTorchModulesTests.</summary>
public sealed class PyTorchArchiveTests
{
    private static readonly byte[] Pickle = Pickles.Dictionary(Pickles.Tensor());
    private static readonly (string, byte[]) Version = ("a/version", "3\n"u8.ToArray());

    [Fact]
    public void Every_number_type_is_read()
    {
        using TensorSource file = PyTorchFile.Open(new MemoryStream(TorchModuleCases.File("types.pt")));
        file.Tensors.Should().HaveCount(10);
        foreach (TensorInfo tensor in file.Tensors)
        {
            tensor.TypeName.Should().Be($"torch.{tensor.Name}");
            if (tensor.Name is "complex64")
            {
                tensor.Type.Should().Be(TensorType.Other);
                continue;
            }

            double[] expected = tensor.Name switch { "bool" => [1, 1, 0, 1, 1, 1], "uint8" => [254, 255, 0, 1, 2, 3], _ => [-2, -1, 0, 1, 2, 3] };
            file.ReadAll<double>(file.IndexOf(tensor.Name)).Should().Equal(expected, tensor.Name);
        }
    }

    [Fact]
    public void Views_and_tied_tensors_are_read()
    {
        using TensorSource file = PyTorchFile.Open(new MemoryStream(TorchModuleCases.File("views.pt")));
        Values("embed.weight").Should().Equal(0, 1, 2, 3, 4, 5);
        Values("head.weight").Should().Equal(0, 1, 2, 3, 4, 5);
        Values("row").Should().Equal(2, 3);
        Values("column").Should().Equal(1, 3, 5);
        Values("scalar").Should().Equal(4);
        Values("empty").Should().BeEmpty();
        Values("every other").Should().Equal(1, 3, 9, 11);
        var part = new double[2];
        file.Read<double>(file.IndexOf("every other"), 1, part);
        part.Should().Equal(3, 9);

        double[] Values(string name) => file.ReadAll<double>(file.IndexOf(name));
    }

    [Fact]
    public void Big_endian_storages_are_read()
    {
        byte[] swapped = [.. Pickles.Storage];
        for (int i = 0; i < swapped.Length; i += 4) swapped.AsSpan(i, 4).Reverse();
        byte[] file = ZipBytes.Of(("a/data.pkl", Pickle), ("a/byteorder", "big"u8.ToArray()), ("a/data/0", swapped), Version, ("a/.data/serialization_id", [1]));
        using TensorSource tensors = PyTorchFile.Open(new MemoryStream(file));
        tensors.ReadAll<double>(0).Should().Equal(0, 1, 2, 3, 4, 5);
    }

    [Fact]
    public void Other_files_are_refused_by_what_they_are()
    {
        Refuses(TorchModuleCases.File("legacy.pt"), "*legacy format*torch.save*");
        Refuses(TorchModuleCases.File("script.pt"), "*TorchScript*state_dict*");
        Refuses(TorchModuleCases.File("module.pt"), "*torch.nn.modules.linear.Linear*state_dict*");
        Refuses([], "*neither*");
        Refuses(new byte[100], "*neither*");
        Refuses(ZipBytes.Of(), "*empty*");
        Refuses(ZipBytes.Of(("a.npy", [1])), "*entry \"a.npy\"*");
        Refuses(ZipBytes.Of(("a/data.pkl", Pickle), ("b/data/0", Pickles.Storage), Version), "*entry \"b/data/0\"*");
        Refuses(ZipBytes.Of(("a/data.pkl", Pickle), ("a/data/0", Pickles.Storage), Version, ("a/extra", [1])), "*entry \"a/extra\"*");
        Refuses(ZipBytes.Of(("a/data/0", Pickles.Storage), Version), "*without data.pkl*");
        Refuses(ZipBytes.Of(("a/data.pkl", Pickle), ("a/data/0", Pickles.Storage)), "*without version*");
        Refuses(ZipBytes.Of(("a/data.pkl", Pickle), ("a/data/0", Pickles.Storage), ("a/version", "11"u8.ToArray())), "*version 1 to 10*11*");
        Refuses(ZipBytes.Of(("a/data.pkl", Pickle), ("a/data/0", Pickles.Storage), ("a/version", new byte[65])), "*at most 64*");
        Refuses(ZipBytes.Of(("a/data.pkl", Pickle), ("a/data/0", Pickles.Storage), ("a/byteorder", "middle"u8.ToArray()), Version), "*byte order*middle*");
        Refuses(new ZipBytes().Add("a/data.pkl", Pickle, deflate: true).Add("a/data/0", Pickles.Storage).Add("a/version", "3"u8.ToArray()).ToArray(), "*data.pkl*is compressed*");
        Refuses(new ZipBytes().Add("a/data.pkl", Pickle).Add("a/data/0", Pickles.Storage, deflate: true).Add("a/version", "3"u8.ToArray()).ToArray(), "*is compressed*");

        static void Refuses(byte[] file, string reason) => FluentActions.Invoking(() => PyTorchFile.Open(new MemoryStream(file))).Should().Throw<InvalidDataException>().WithMessage(reason);
    }

    [Fact]
    public void Damaged_storage_is_refused_when_it_is_read()
    {
        byte[] damaged = [.. Pickles.Storage];
        damaged[5] ^= 1;
        byte[] file = new ZipBytes().Add("a/data.pkl", Pickle).Add("a/data/0", Pickles.Storage, raw: damaged).Add("a/version", "3"u8.ToArray()).ToArray();
        using TensorSource tensors = PyTorchFile.Open(new MemoryStream(file));
        FluentActions.Invoking(() => tensors.ReadAll<float>(0)).Should().Throw<InvalidDataException>().WithMessage("*damaged*");
    }

    [Fact]
    public void State_dictionary_is_found_or_chosen()
    {
        byte[] both = Pickles.Archive(Pickles.Of(Pickles.Code('}'), Pickles.Word("ema"), Pickles.Code('}'), Pickles.Word("w"), Pickles.Tensor(), Pickles.Code('s', 's'), Pickles.Word("model"), Pickles.Code('}'), Pickles.Word("w"), Pickles.Tensor(offset: 3), Pickles.Code('s', 's')));
        First(null).Should().Be(3, "model is a usual name");
        First("model").Should().Be(3);
        First("ema").Should().Be(0);
        FluentActions.Invoking(() => First("x")).Should().Throw<InvalidDataException>().WithMessage("*no state dictionary \"x\"*\"ema\" with 1 tensors; \"model\" with 1 tensors*");

        float First(string? key)
        {
            using TensorSource file = PyTorchFile.Open(new MemoryStream(both), new PyTorchOptions { Key = key });
            return file.ReadAll<float>(0)[0];
        }
    }

    [Fact]
    public void State_dictionary_beside_a_tensor_is_found()
    {
        byte[] checkpoint = Pickles.Archive(Pickles.Of(Pickles.Code('}'), Pickles.Word("model"), Pickles.Code('}'), Pickles.Word("weight"), Pickles.Tensor(), Pickles.Code('s', 's'), Pickles.Word("best_loss"), Pickles.Tensor(), Pickles.Code('s')));
        NamesOf(checkpoint, null).Should().Equal("weight");
        NamesOf(checkpoint, "").Should().Equal("best_loss");
        byte[] other = Pickles.Archive(Pickles.Of(Pickles.Code('}'), Pickles.Word("extra"), Pickles.Code('}'), Pickles.Word("w"), Pickles.Tensor(), Pickles.Code('s', 's'), Pickles.Word("weight"), Pickles.Tensor(), Pickles.Code('s')));
        NamesOf(other, null).Should().Equal("weight");
        byte[] both = Pickles.Archive(Pickles.Of(Pickles.Code('}'), Pickles.Word("model"), Pickles.Code('}'), Pickles.Word("weight"), Pickles.Tensor(), Pickles.Code('s', 's'), Pickles.Word("state_dict"), Pickles.Code('}'), Pickles.Word("weight"), Pickles.Tensor(offset: 3), Pickles.Code('s', 's')));
        FluentActions.Invoking(() => NamesOf(both, null)).Should().Throw<InvalidDataException>().WithMessage("*\"model\" with 1 tensors; \"state_dict\" with 1 tensors*Key*");

        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["a"], both);
        var model = new DenseLayer<float>(3, 2, seed: 1);
        FluentActions.Invoking(() => PyTorchFile.LoadInto(model, folder["a"])).Should().Throw<InvalidDataException>();
        PyTorchFile.LoadInto(model, folder["a"], new ModelLoadIntoOptions { MissingBiasesAreZero = true }, key: "state_dict");
        model.Weights.Values.ToArray().Should().Equal(3, 6, 4, 7, 5, 8);

        static string[] NamesOf(byte[] file, string? key)
        {
            using TensorSource tensors = PyTorchFile.Open(new MemoryStream(file), new PyTorchOptions { Key = key });
            return [.. tensors.Tensors.Select(tensor => tensor.Name)];
        }
    }

    [Fact]
    public void A_path_is_read_described_created_and_loaded()
    {
        using var folder = new TemporaryFolder();
        int number = Enumerable.Range(0, TorchModuleCases.Count).First(i => TorchModuleCases.Names(i).SequenceEqual(["rnn", "head"]) && TorchModuleCases.Nonlinearity(i) == Activation.Tanh && !TorchModuleCases.Case(i).GetProperty("key").ValueKind.Equals(System.Text.Json.JsonValueKind.String));
        string path = folder["a.pt"];
        File.WriteAllBytes(path, TorchModuleCases.File($"{number}.pt"));
        PyTorchFile.Describe(path).Select(module => module.ToString()).Should().Equal(TorchModuleCases.Descriptions(number));
        Sequence<double> output = TorchModuleCases.Output(number);
        var probe = new ModelProbe<double>(TorchModuleCases.Input(number), output, 1e-12);
        LayerStack<double> model = PyTorchFile.CreateModel(path, null, probe);
        LayerStack<double> other = PyTorchFile.CreateModel<double>(path, new PyTorchModelOptions { Dropout = 0.5 });
        foreach (Parameter<double> parameter in model.Parameters) parameter.Set(new double[parameter.Count]);
        string[] names = TorchModuleCases.LayerNames(number);
        Func<string, string?> toModel = Inverse(NameMap.PyTorchModules(model, names), PyTorchFile.CreateModel<double>(path));
        PyTorchFile.LoadInto(model, path, new ModelLoadIntoOptions { Names = toModel, MissingBiasesAreZero = true }, probe);
        probe.Check(model);
        probe.Check(other);
        FluentActions.Invoking(() => PyTorchFile.LoadInto(model, path)).Should().Throw<InvalidDataException>().WithMessage($"{path}: *does not fit the model*");
        output[0, 0, 0] += 1;
        FluentActions.Invoking(() => PyTorchFile.CreateModel(path, null, probe)).Should().Throw<InvalidDataException>().WithMessage($"{path}: *largest difference is 1 at step 0, example 0, feature 0*");
    }

    [Fact]
    public void Modules_that_are_not_known_are_refused_by_name()
    {
        Refuses("*Module \"bn\" is none of*running_mean*", ("bn.weight", [3]), ("bn.bias", [3]), ("bn.running_mean", [3]));
        Refuses("*Module \"conv\" is none of*", ("conv.weight", [2, 3, 4]));
        Refuses("*Module \"\"*", ("w", [2, 3]));
        Refuses("*\"weight_hh_l0\" is missing*", ("r.weight_ih_l0", [4, 3]));
        Refuses("*expected 1, 3 or 4 gates*got 2*", ("r.weight_ih_l0", [4, 3]), ("r.weight_hh_l0", [4, 2]));
        Refuses("*\"weight_ih_l1\" has shape [4, 3], expected [4, 1]*", ("r.weight_ih_l0", [4, 3]), ("r.weight_hh_l0", [4, 1]), ("r.weight_ih_l1", [4, 3]), ("r.weight_hh_l1", [4, 1]));
        Refuses("*\"bias_hh_l0\"*is missing*", ("r.weight_ih_l0", [4, 3]), ("r.weight_hh_l0", [4, 1]), ("r.bias_ih_l0", [4]));
        Refuses("*Linear(2, 3)*does not fit a: LayerNorm(3)*", ("a.weight", [3]), ("a.bias", [3]), ("b.weight", [3, 2]), ("b.bias", [3]));
        Refuses("*sizes of 1*", ("a.weight", [3, 0]));
        Refuses("*Module \"r\" is none of*", ("r.weight_ih_l0", [4, 3]), ("r.weight_hh_l0", [4, 1]), ("r.weight_hr_l0", []));
        Refuses("*Module \"r\" is none of*", ("r.weight_ih_l0", [4, 3]), ("r.weight_hh_l0", [4, 1]), ("r.weight_hr_l0", [1]));
        Refuses("*has no tensors*");

        static void Refuses(string reason, params (string Name, long[] Shape)[] tensors)
        {
            NumpyArray<float>[] arrays = [.. tensors.Select(tensor => new NumpyArray<float>(tensor.Name, new float[tensor.Shape.Aggregate(1L, (product, size) => product * size)], tensor.Shape))];
            var stream = new MemoryStream();
            NumpyFile.SaveArchive(arrays, stream);
            stream.Position = 0;
            using TensorSource file = NumpyFile.Open(stream);
            FluentActions.Invoking(() => PyTorchFile.CreateModel<float>(file)).Should().Throw<InvalidDataException>().WithMessage(reason);
        }
    }

    [Fact]
    public void Matrix_without_a_bias_is_what_the_options_say()
    {
        var stream = new MemoryStream();
        NumpyFile.SaveArchive([new NumpyArray<float>("a.weight", new float[6], 2, 3), new NumpyArray<float>("b.weight", new float[6], 2, 3)], stream);
        stream.Position = 0;
        using TensorSource file = NumpyFile.Open(stream);
        PyTorchFile.Describe(file).Select(module => module.ToString()).Should().Equal("a: Embedding(2, 3)", "b: Linear(3, 2, bias=False)");
        var options = new PyTorchModelOptions { Kinds = new Dictionary<string, PyTorchModuleKind> { ["a"] = PyTorchModuleKind.Linear }, PaddingToken = 7 };
        FluentActions.Invoking(() => PyTorchFile.CreateModel<float>(file, options)).Should().Throw<InvalidDataException>().WithMessage("*b: Linear(3, 2*does not fit a: Linear(3, 2*");
        FluentActions.Invoking(() => PyTorchFile.CreateModel<float>(file, new PyTorchModelOptions { PaddingToken = 7 })).Should().Throw<InvalidDataException>().WithMessage("*cannot be created*7*");
    }

    [Fact]
    public void Values_are_read_into_the_new_model()
    {
        var stream = new MemoryStream();
        PyTorchFile.Save(new LayerStack<float>(new DenseLayer<float>(1000, 1000, seed: 1)), stream);
        CreatedBytes().Should().BePositive();
        CreatedBytes().Should().BeLessThan(7_000_000, "the model has 4 MB, and a copy of its values would be another 4 MB");

        long CreatedBytes()
        {
            stream.Position = 0;
            using TensorSource file = PyTorchFile.Open(stream);
            long before = GC.GetAllocatedBytesForCurrentThread();
            PyTorchFile.CreateModel<float>(file);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    [Fact]
    public void Kinds_that_do_not_fit_the_file_are_refused()
    {
        var stream = new MemoryStream();
        NumpyFile.SaveArchive([new NumpyArray<float>("a.weight", new float[6], 2, 3), new NumpyArray<float>("b.weight", new float[4], 2, 2), new NumpyArray<float>("b.bias", new float[2], 2), new NumpyArray<float>("c.weight", new float[2], 2)], stream);
        stream.Position = 0;
        using TensorSource file = NumpyFile.Open(stream);
        Refuses("a ", PyTorchModuleKind.Linear, "*\"a \" in Kinds*");
        Refuses("a", PyTorchModuleKind.Lstm, "*Lstm for \"a\" in Kinds*");
        Refuses("b", PyTorchModuleKind.Embedding, "*b: Linear(2, 2)*Embedding for \"b\" in Kinds*");
        Refuses("c", PyTorchModuleKind.Linear, "*c: LayerNorm(2*Linear for \"c\" in Kinds*");
        var options = new PyTorchModelOptions { Kinds = new Dictionary<string, PyTorchModuleKind> { ["a"] = PyTorchModuleKind.Linear, ["b"] = PyTorchModuleKind.Linear } };
        PyTorchFile.CreateModel<float>(file, options).Layers.Should().HaveCount(3);
        FluentActions.Invoking(() => PyTorchFile.CreateModel<float>(file, options with { File = new PyTorchOptions { Limits = new ModelLimits { Layers = 3 } } })).Should().Throw<InvalidDataException>().WithMessage("*ModelLimits.Layers: 3*");
        PyTorchFile.CreateModel<float>(file, options with { File = new PyTorchOptions { Limits = new ModelLimits { Layers = 4 } } }).Layers.Should().HaveCount(3);

        void Refuses(string name, PyTorchModuleKind kind, string reason) =>
            FluentActions.Invoking(() => PyTorchFile.CreateModel<float>(file, new PyTorchModelOptions { Kinds = new Dictionary<string, PyTorchModuleKind> { [name] = kind } })).Should().Throw<ArgumentException>().WithParameterName("options").WithMessage(reason);
    }

    private static Func<string, string?> Inverse(Func<string, string?> map, LayerStack<double> model)
    {
        var stream = new MemoryStream();
        NumpyFile.SaveModel(model, stream);
        stream.Position = 0;
        using TensorSource file = NumpyFile.Open(stream);
        Dictionary<string, string> names = file.Tensors.ToDictionary(tensor => map(tensor.Name)!, tensor => tensor.Name, StringComparer.Ordinal);
        return name => names.GetValueOrDefault(name);
    }
}

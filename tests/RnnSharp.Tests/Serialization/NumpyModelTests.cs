using System.Text;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;
using Xunit;

namespace RnnSharp.Tests.Serialization;

/// <summary>Archives that describe their model.</summary>
public sealed class NumpyModelTests
{
    private const string Entry = "__rnnsharp_model__.npy";

    [Fact]
    public void Model_comes_back_with_what_tensors_do_not_tell()
    {
        using var folder = new TemporaryFolder();
        LayerStack<double> source = Model();
        NumpyFile.SaveModel(source, folder["a.npz"]);
        ILayer<double> back = NumpyFile.LoadModel<double>(folder["a.npz"]);
        ModelFile.Describe(back).Should().Be(ModelFile.Describe(source));
        Models.Describe(back).Should().Be(Models.Describe(source));
        NumpyFile.LoadModel<double>(new OneWayStream(new MemoryStream(File.ReadAllBytes(folder["a.npz"])))).Should().BeOfType<LayerStack<double>>();
        ModelFile.Describe(NumpyFile.LoadModel<float>(folder["a.npz"])).Should().Be(ModelFile.Describe(source), "values are converted");
        File.Delete(folder["a.npz"]);
    }

    [Fact]
    public void Description_is_no_tensor_but_an_array_of_bytes()
    {
        LayerStack<double> source = Model();
        byte[] file = Saved(source);
        using TensorSource tensors = NumpyFile.Open(new MemoryStream(file));
        ModelFile.DescribesModel(tensors).Should().BeTrue();
        tensors.Tensors.Select(tensor => tensor.Name).Should().NotContain(name => name.Contains("rnnsharp", StringComparison.Ordinal));
        using var zip = new ZipReader(new MemoryStream(file), new ModelLimits());
        byte[] array = zip.ReadAll(zip.IndexOf(Entry), 1 << 20);
        Encoding.Latin1.GetString(array[..128]).Should().Contain("'descr': '|u1'").And.Contain($"'shape': ({ModelFile.Describe(source).Length},)");
        Encoding.UTF8.GetString(array).Should().EndWith(ModelFile.Describe(source));
    }

    [Fact]
    public void Models_are_not_inferred_where_they_are_described()
    {
        using TensorSource archive = NumpyFile.Open(new MemoryStream(Saved(Model())));
        FluentActions.Invoking(() => PyTorchFile.CreateModel<double>(archive)).Should().Throw<InvalidDataException>().WithMessage("*describes its model*NumpyFile.LoadModel*");
        using TensorSource safetensors = PyTorchFile.Open(new MemoryStream(ModelBytes.Save(Model())));
        FluentActions.Invoking(() => PyTorchFile.CreateModel<double>(safetensors)).Should().Throw<InvalidDataException>().WithMessage("*describes its model*ModelFile.Load*");
        using var folder = new TemporaryFolder();
        ModelFile.Save(Model(), folder["a"]);
        FluentActions.Invoking(() => PyTorchFile.CreateModel<double>(folder["a"])).Should().Throw<InvalidDataException>().WithMessage($"{folder["a"]}: *ModelFile.Load*");
    }

    [Fact]
    public void Archive_without_a_description_is_refused_with_advice()
    {
        byte[] renamed = Saved(Model(), new TensorSaveOptions { Names = static name => name });
        Refuses(renamed, "*no array __rnnsharp_model__*PyTorchFile.CreateModel*");
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["a"], renamed);
        FluentActions.Invoking(() => NumpyFile.LoadModel<double>(folder["a"])).Should().Throw<InvalidDataException>().WithMessage($"{folder["a"]}: *PyTorchFile.CreateModel*");
        File.Delete(folder["a"]);
    }

    [Fact]
    public void Bad_descriptions_are_refused()
    {
        byte[] good = Saved(Model());
        Refuses(Changed(good, array => NumpyHeaderOf("<f8", "(2,)", new byte[16])), "*bytes in one dimension*");
        Refuses(Changed(good, array => NumpyHeaderOf("|u1", "(2, 8)", new byte[16])), "*bytes in one dimension*");
        Refuses(Changed(good, array => NumpyHeaderOf("|u1", "(16,)", new byte[16])), "*description*");
        Refuses(Changed(good, array => NumpyHeaderOf("|u1", "(8000000,)", new byte[8_000_000]), deflate: true), "*8000000 bytes: expected at most*");
        Refuses(Changed(good, array => Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(array).Replace("\"hidden\":4", "\"hidden\":5", StringComparison.Ordinal))), "*");
        FluentActions.Invoking(() => NumpyFile.LoadModel<double>(new MemoryStream(good), new ModelLoadOptions { Limits = new ModelLimits { Layers = 2 } })).Should().Throw<InvalidDataException>().WithMessage("*ModelLimits.Layers*");
    }

    [Fact]
    public void Archive_is_opened_by_its_headers_and_verified_when_it_is_read()
    {
        var arrays = new MemoryStream();
        NumpyFile.SaveArchive([new NumpyArray<float>("a", new float[1 << 20], 1 << 20), new NumpyArray<float>("b", new float[1], 1)], arrays);
        byte[] stored = arrays.ToArray(), damaged = [.. stored];
        damaged[1 << 20] ^= 1;
        var counting = new CountingStream(damaged);
        using (TensorSource file = NumpyFile.Open(counting))
        {
            counting.Bytes.Should().BeLessThan(4096);
            file.ReadAll<float>(1).Should().Equal(0);
            var part = new float[1];
            FluentActions.Invoking(() => file.Read<float>(0, 0, part)).Should().Throw<InvalidDataException>().WithMessage("*\"a.npy\" is damaged*");
        }

        byte[] deflated = Changed(stored, array => array, deflate: true, all: true);
        using (TensorSource file = NumpyFile.Open(new MemoryStream(deflated)))
        {
            (long before, int last) = (GC.GetAllocatedBytesForCurrentThread(), file.Tensors.Count - 1);
            file.Read(last, 0, stackalloc float[1]);
            (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(1 << 16);
            Array.TrueForAll(file.ReadAll<float>(0), value => value == 0).Should().BeTrue();
        }
    }

    private sealed class CountingStream(byte[] file) : MemoryStream(file)
    {
        public long Bytes { get; private set; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            Bytes += count;
            return base.Read(buffer, offset, count);
        }
    }

    private static LayerStack<double> Model() => new(new GruLayer<double>(3, 4, seed: 1, new GruOptions { ResetBefore = true, CandidateActivation = Activation.Softsign }), new ResidualLayer<double>(new DenseLayer<double>(4, 4, seed: 2)), new LayerNormalizationLayer<double>(4, 1e-3));

    private static byte[] Saved(ILayer<double> model, TensorSaveOptions? options = null)
    {
        var stream = new MemoryStream();
        NumpyFile.SaveModel(model, stream, options);
        return stream.ToArray();
    }

    private static byte[] NumpyHeaderOf(string descriptor, string shape, byte[] data)
    {
        string dictionary = $"{{'descr': '{descriptor}', 'fortran_order': False, 'shape': {shape}, }}\n";
        return [0x93, .. "NUMPY"u8, 1, 0, .. ZipBytes.Bytes((ushort)dictionary.Length), .. Encoding.ASCII.GetBytes(dictionary), .. data];
    }

    private static byte[] Changed(byte[] file, Func<byte[], byte[]> change, bool deflate = false, bool all = false)
    {
        using var archive = new ZipReader(new MemoryStream(file), new ModelLimits());
        var zip = new ZipBytes();
        for (int i = 0; i < archive.Entries.Length; i++)
        {
            byte[] data = archive.ReadAll(i, 1 << 23);
            bool isDescription = archive.Entries[i].Name is Entry;
            zip.Add(archive.Entries[i].Name, isDescription ? change(data) : data, deflate && (all || isDescription));
        }

        return zip.ToArray();
    }

    private static void Refuses(byte[] file, string reason) => FluentActions.Invoking(() => NumpyFile.LoadModel<double>(new MemoryStream(file))).Should().Throw<InvalidDataException>().WithMessage(reason);
}

using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using System.Text.Json;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;
using Xunit;

namespace RnnSharp.Tests.Serialization;

/// <summary>Files that NumPy wrote (References/numpy_files.py), and those that the library writes for it.</summary>
public sealed class NumpyFileTests
{
    private static readonly Lazy<JsonElement> Json = new(() => JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "References", "numpy_files.json"))).RootElement);

    public static TheoryData<string> Refused => [.. Json.Value.GetProperty("refused").EnumerateObject().Select(member => member.Name)];

    [Fact]
    public void Arrays_of_NumPy_are_read()
    {
        int count = 0;
        foreach (JsonElement array in Json.Value.GetProperty("arrays").EnumerateArray())
        {
            using TensorSource tensors = NumpyFile.Open(new MemoryStream(array.GetProperty("file").GetBytesFromBase64()));
            TensorInfo info = tensors.Tensors.Should().ContainSingle().Subject;
            info.Name.Should().Be("arr_0");
            info.TypeName.Should().Be(array.GetProperty("dtype").GetString());
            long[] shape = [.. array.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())];
            info.Shape.ToArray().Should().Equal(shape);
            ValuesAre(tensors, 0, array.GetProperty("values"));
            count++;
        }

        count.Should().Be(120);
    }

    [Fact]
    public void Archives_of_NumPy_are_read()
    {
        foreach (JsonElement archive in Json.Value.GetProperty("archives").EnumerateArray())
        {
            using TensorSource tensors = NumpyFile.Open(new OneWayStream(new MemoryStream(archive.GetProperty("file").GetBytesFromBase64())));
            tensors.Tensors.Select(tensor => tensor.Name).Should().Equal(archive.GetProperty("names").EnumerateArray().Select(name => name.GetString()));
            for (int i = tensors.Tensors.Count - 1; i >= 0; i--)
            {
                JsonElement values = archive.GetProperty("values")[i];
                if (values.ValueKind != JsonValueKind.Null) ValuesAre(tensors, i, values);
                else tensors.Tensors[i].Type.Should().Be(TensorType.Other);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_is_not_numbers_is_refused_by_name(string name)
    {
        byte[] file = Json.Value.GetProperty("refused").GetProperty(name).GetBytesFromBase64();
        string reason = name switch
        {
            "objects" or "objects in an archive" => "*Python objects*pickle*",
            "a structured array" => "*structured array*",
            _ => "*Expected an array of numbers*",
        };
        FluentActions.Invoking(() => NumpyFile.Open(new MemoryStream(file))).Should().Throw<InvalidDataException>().WithMessage(reason);
    }

    [Theory]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "")]
    [InlineData("{\"shape\":(2 ,),\"fortran_order\":True , \"descr\":\"<f4\"}\n", "")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2), }", "tuple")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }", "whole numbers")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2L,), }", "tuple")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", "takes 12 bytes, and 8 follow")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", "takes 4 bytes, and 8 follow")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807,), }", "larger than any file")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775808,), }", "whole numbers")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296, 0,), }", "larger than any file")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'shape': (2,), }", "occurs twice")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'more': 1, }", "unknown")]
    [InlineData("{'descr': '<f4', 'fortran_order': False}", "missing")]
    [InlineData("{'descr': '<f4', 'fortran_order': 0, 'shape': (2,), }", "True or False")]
    [InlineData("{'descr': 'f4', 'fortran_order': False, 'shape': (2,), }", "byte order")]
    [InlineData("{'descr': '|f4', 'fortran_order': False, 'shape': (2,), }", "byte order")]
    [InlineData("{'descr': '', 'fortran_order': False, 'shape': (2,), }", "byte order")]
    [InlineData("{'descr': '<\\x664', 'fortran_order': False, 'shape': (2,), }", "escape")]
    [InlineData("{'descr': '<f4, 'fortran_order': False, 'shape': (2,), }", "expected")]
    [InlineData("{'descr': __import__('os').system('id'), 'fortran_order': False, 'shape': (2,), }", "expected a text")]
    [InlineData("{'descr': '|O', 'fortran_order': False, 'shape': (2,), }", "pickle")]
    [InlineData("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }", "structured")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), } + 1", "follows")]
    [InlineData("[1]", "no dictionary")]
    [InlineData("", "no dictionary")]
    [InlineData("{'descr", "does not end")]
    public void Header_is_read_strictly(string dictionary, string reason)
    {
        byte[] file = Array(dictionary, 8);
        Action open = () => NumpyFile.Open(new MemoryStream(file)).ReadAll<float>(0);
        if (reason.Length == 0) open.Should().NotThrow();
        else open.Should().Throw<InvalidDataException>().WithMessage($"*{reason}*");
    }

    [Fact]
    public void Other_files_are_refused_by_what_they_are()
    {
        Refuses([0x80, 4, .. new byte[20]], "*pickle*numpy.save*");
        Refuses([0x93, .. "NUMPY"u8, 4, 0, .. new byte[20]], "*version*4.0*");
        Refuses([0x93, .. "NUMPY"u8, 2, 0, 255, 255, 255, 127, .. new byte[20]], "*at most 10000*");
        Refuses([0x93, .. "NUMPY"u8, 1, 0, 200, 0, .. new byte[20]], "*truncated*");
        Refuses([0x93, .. "NUMPY"u8, 2, 0, 200, 0], "*truncated*");
        Refuses([], "*does not start*");
        Refuses(Encoding.ASCII.GetBytes("a text of some length"), "*does not start*");
        Refuses(ZipBytes.Of(("a.txt", [1])), "*entry \"a.txt\"*");
        Refuses(ZipBytes.Of(("a.npy", [1])), "*\"a\"*does not start*");
        string sizes = string.Concat(Enumerable.Repeat("1,", 65));
        Refuses(Array(FormattableString.Invariant($"{{'descr': '<f4', 'fortran_order': False, 'shape': ({sizes}), }}"), 4), "*at most 64 sizes*");

        static void Refuses(byte[] file, string reason) => FluentActions.Invoking(() => NumpyFile.Open(new MemoryStream(file))).Should().Throw<InvalidDataException>().WithMessage(reason);
    }

    [Fact]
    public void Every_truncation_of_an_array_and_an_archive_is_refused()
    {
        var stream = new MemoryStream();
        NumpyFile.Save(new NumpyArray<float>("a", new float[6], 2, 3), stream);
        AllTruncationsAreRefused(stream.ToArray());
        stream = new MemoryStream();
        NumpyFile.SaveArchive([new NumpyArray<double>("a", new double[6], 2, 3), new NumpyArray<double>("b", new double[1])], stream);
        AllTruncationsAreRefused(stream.ToArray());

        static void AllTruncationsAreRefused(byte[] file)
        {
            for (int length = 0; length < file.Length; length++)
            {
                byte[] truncated = file[..length];
                FluentActions.Invoking(() => NumpyFile.Open(new MemoryStream(truncated))).Should().Throw<InvalidDataException>($"only {length} bytes");
            }
        }
    }

    [Fact]
    public void What_is_written_is_what_NumPy_documents()
    {
        var stream = new MemoryStream();
        NumpyFile.Save(new NumpyArray<float>("a", new float[] { 1.5f, -2, 3, 4, 5, 6 }, 2, 3), new OneWayStream(stream));
        byte[] file = stream.ToArray();
        file.AsSpan(0, 8).ToArray().Should().Equal(0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0);
        int length = BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(8));
        ((10 + length) % 64).Should().Be(0, "the data is aligned");
        string header = Encoding.ASCII.GetString(file, 10, length);
        header.TrimEnd(' ', '\n').Should().Be("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }");
        header.Should().EndWith(" \n");
        BitConverter.ToSingle(file, 10 + length).Should().Be(1.5f);
        file.Length.Should().Be(10 + length + 24);
    }

    [Fact]
    public void Archives_come_back_and_are_the_same_each_time()
    {
        using var folder = new TemporaryFolder();
        NumpyArray<double>[] arrays = [.. ArraysOf<double>()];
        NumpyFile.SaveArchive(arrays, folder["a"]);
        NumpyFile.SaveArchive(arrays, folder["b"]);
        File.ReadAllBytes(folder["a"]).Should().Equal(File.ReadAllBytes(folder["b"]));
        using TensorSource tensors = NumpyFile.Open(folder["a"]);
        tensors.Tensors.Select(tensor => tensor.ToString()).Should().Equal("a <f8 [2, 3]", "b/ä <f8 [24]", "scalar <f8 []", "empty <f8 [0, 3]");
        for (int i = 0; i < arrays.Length; i++) tensors.ReadAll<double>(i).Should().Equal(arrays[i].Values.ToArray());
        using var archive = new System.IO.Compression.ZipArchive(File.OpenRead(folder["a"]));
        archive.Entries.Select(entry => entry.FullName).Should().Equal("a.npy", "b/ä.npy", "scalar.npy", "empty.npy");
    }

    [Fact]
    public void Models_come_back_through_an_archive()
    {
        using var folder = new TemporaryFolder();
        LayerStack<float> source = Model<float>(1);
        NumpyFile.SaveModel(source, folder["a"]);
        LayerStack<float> target = Model<float>(2);
        using (TensorSource tensors = NumpyFile.Open(folder["a"])) ModelFile.LoadInto(target, tensors).Should().BeEmpty();
        Models.Describe(target).Should().Be(Models.Describe(source));

        NumpyFile.SaveModel(source, folder["b"], new TensorSaveOptions { Names = name => name.StartsWith("1.", StringComparison.Ordinal) ? $"head{name[1..]}" : null });
        using TensorSource named = NumpyFile.Open(folder["b"]);
        named.Tensors.Select(tensor => tensor.Name).Should().Equal("head.weight", "head.bias");
    }

    [Fact]
    public void Sequences_come_back()
    {
        using var folder = new TemporaryFolder();
        var sequence = new Sequence<double>(3, 2, 4);
        for (int i = 0; i < 24; i++) sequence.Values[i] = i * 0.1;
        NumpyFile.SaveSequence(sequence, folder["a"]);
        Sequence<double> back = NumpyFile.LoadSequence<double>(folder["a"]);
        (back.Features, back.Batch, back.Steps).Should().Be((3, 2, 4));
        back.Values.ToArray().Should().Equal(sequence.Values.ToArray());
        NumpyFile.Save(new NumpyArray<double>("a", new double[6], 2, 3), folder["b"]);
        FluentActions.Invoking(() => NumpyFile.LoadSequence<double>(folder["b"])).Should().Throw<InvalidDataException>().WithMessage($"{folder["b"]}: *steps x batch x features*[2, 3]*");
    }

    [Fact]
    public void Files_for_NumPy_are_written_on_request()
    {
        if (Environment.GetEnvironmentVariable("RNNSHARP_WRITE_NUMPY") is not { } folder) return;
        Write<float>("f4");
        Write<double>("f8");
        NumpyFile.SaveModel(Model<double>(1), Path.Combine(folder, "model.npz"));

        void Write<T>(string name)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            NumpyFile.Save(new NumpyArray<T>("x", Numbers<T>(24), 2, 3, 4), Path.Combine(folder, $"{name}.npy"));
            NumpyFile.SaveArchive([.. ArraysOf<T>()], Path.Combine(folder, $"{name}.npz"));
        }
    }

    [Fact]
    public void Bad_arguments_are_refused_by_name()
    {
        var array = new NumpyArray<float>("a", new float[1]);
        Refuses("path", () => NumpyFile.Open(""));
        Refuses("stream", () => NumpyFile.Open(new OneWayStream(Stream.Null, readable: false)));
        Refuses("path", () => NumpyFile.LoadSequence<float>(""));
        Refuses("stream", () => NumpyFile.LoadSequence<float>((Stream)null!));
        Refuses("T", () => NumpyFile.LoadSequence<Half>("a"));
        Refuses("path", () => NumpyFile.LoadModel<float>(""));
        Refuses("stream", () => NumpyFile.LoadModel<float>((Stream)null!));
        Refuses("stream", () => NumpyFile.LoadModel<float>(new OneWayStream(Stream.Null, readable: false)));
        Refuses("T", () => NumpyFile.LoadModel<Half>("a"));
        Refuses("T", () => NumpyFile.LoadModel<Half>(Stream.Null));
        Refuses("array", () => NumpyFile.Save<float>(null!, "a"));
        Refuses("path", () => NumpyFile.Save(array, ""));
        Refuses("stream", () => NumpyFile.Save(array, new MemoryStream([], writable: false)));
        Refuses("arrays", () => NumpyFile.SaveArchive<float>(null!, "a"));
        Refuses("arrays", () => NumpyFile.SaveArchive<float>([null!], Stream.Null));
        Refuses("arrays", () => NumpyFile.SaveArchive([array, array], Stream.Null));
        Refuses("arrays", () => NumpyFile.SaveArchive([new NumpyArray<float>("\ud800", default, 0)], Stream.Null));
        Refuses("arrays", () => NumpyFile.SaveArchive([new NumpyArray<float>(new string('a', 60_001), default, 0)], Stream.Null));
        Refuses("path", () => NumpyFile.SaveArchive([array], ""));
        Refuses("stream", () => NumpyFile.SaveArchive([array], (Stream)null!));
        Refuses("model", () => NumpyFile.SaveModel<float>(null!, "a"));
        Refuses("path", () => NumpyFile.SaveModel(new DenseLayer<float>(1, 1), ""));
        Refuses("stream", () => NumpyFile.SaveModel(new DenseLayer<float>(1, 1), (Stream)null!));
        Refuses("options", () => NumpyFile.SaveModel(new DenseLayer<float>(1, 1), Stream.Null, new TensorSaveOptions { Names = _ => "a" }));
        Refuses("options", () => NumpyFile.SaveModel(new DenseLayer<float>(1, 1), Stream.Null, new TensorSaveOptions { Names = _ => "" }));
        Refuses("sequence", () => NumpyFile.SaveSequence<float>(null!, "a"));
        Refuses("sequence", () => NumpyFile.SaveSequence(Sequence<float>.ForTokens(2, 1, 1), "a"));
        Refuses("name", () => _ = new NumpyArray<float>(" ", default));
        Refuses("shape", () => _ = new NumpyArray<float>("a", new float[6], 2, 2));
        Refuses("shape", () => _ = new NumpyArray<float>("a", new float[6], -2, -3));
        Refuses("shape", () => _ = new NumpyArray<float>("a", new float[6], null!));
        Refuses("T", () => _ = new NumpyArray<Half>("a", new Half[1], 1));
        var infinite = new DenseLayer<float>(1, 1);
        infinite.Weights.Update(0, static (values, _) => values[0] = float.NaN);
        Refuses("model", () => NumpyFile.SaveModel(infinite, Stream.Null));
        NumpyFile.SaveModel(infinite, Stream.Null, new TensorSaveOptions { AllowNonFinite = true });
        Refuses("model", () => NumpyFile.SaveModel(new DenseLayer<float>(1, 1), Stream.Null, new TensorSaveOptions { Limits = new ModelLimits { ParameterBytes = 7 } }));

        static void Refuses(string argument, Action call) => call.Should().Throw<ArgumentException>().WithParameterName(argument);
    }

    private static void ValuesAre(TensorSource tensors, int index, JsonElement values)
    {
        double[] expected = [.. values.EnumerateArray().Select(value => value.GetDouble())];
        tensors.ReadAll<double>(index).Should().Equal(expected);
        tensors.ReadAll<float>(index).Should().Equal(expected.Select(value => (float)value));
        for (int first = 0; first < expected.Length; first += Math.Max(1, expected.Length / 7))
        {
            var part = new double[Math.Min(expected.Length - first, 5)];
            tensors.Read<double>(index, first, part);
            part.Should().Equal(expected[first..(first + part.Length)]);
        }
    }

    private static IEnumerable<NumpyArray<T>> ArraysOf<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        [new("a", Numbers<T>(6), 2, 3), new("b/ä", Numbers<T>(24), 24), new("scalar", new[] { T.CreateChecked(2.5) }), new("empty", default, 0, 3)];

    private static T[] Numbers<T>(int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => [.. Enumerable.Range(0, count).Select(i => T.CreateChecked(i * 0.5 - 1))];

    private static LayerStack<T> Model<T>(int seed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => new(new GruLayer<T>(3, 4, seed), new DenseLayer<T>(4, 2, seed + 1));

    private static byte[] Array(string dictionary, int bytes) => [0x93, .. "NUMPY"u8, 1, 0, .. ZipBytes.Bytes((ushort)dictionary.Length), .. Encoding.Latin1.GetBytes(dictionary), .. new byte[bytes]];
}

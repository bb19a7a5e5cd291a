using System.Text;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;
using RnnSharp.Tests.Serialization;
using Xunit;
using Xunit.Abstractions;

namespace RnnSharp.Tests.Fuzz;

/// <summary>Changed files of other systems; those of RnnSharp, which are safetensors files, are in ModelFileFuzzTests.</summary>
public sealed class TensorFileFuzzTests(ITestOutputHelper output)
{
    private static readonly string[] PickleWords = ["cos\nsystem\n", "cbuiltins\neval\n", "ctorch._utils\n_rebuild_tensor_v2\n", "ccollections\nOrderedDict\n", "ctorch\nSize\n", "ctorch\nDoubleStorage\n", "R", "b", "(", "t", ")", "}", "]", "u", "s", "e", "a", "Q", "N", ".", "h\0", "q\0", "K\u00ff", "\u0085", "\u0086", "\u0087", "\u0088", "\u008a\u0008\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u007f", "J\u00ff\u00ff\u00ff\u00ff", "o", "i", "\u0081", "\u0093"];
    private static readonly string[] HeaderWords = ["'descr'", "'shape'", "'fortran_order'", "True", "False", "(", ")", ",", "'<f8'", "'<f2'", "'|b1'", "'>i4'", "'|O'", "{", "}", "[", "0", "1", "2", "99999999999999999999", "9223372036854775807", "4294967296", "'", "\"", "\\"];

    private readonly DenseLayer<double> _dense = new(3, 2, seed: 1);
    private readonly LayerStack<double> _network = new(new GruLayer<double>(2, 2, seed: 2), new DenseLayer<double>(2, 1, seed: 3));
    private readonly double[] _values = new double[16];
    private readonly Dictionary<byte[], (string Name, byte[] Data)[]> _entries = [];

    [Fact]
    public void Changed_archives_are_refused_or_read()
    {
        byte[] text = Encoding.ASCII.GetBytes("some text, some more text, and some text again");
        byte[][] files = [new ZipBytes().Add("a", text).Add("b/c", text, deflate: true).ToArray(), new ZipBytes { HasEnd64 = true }.Add("a", text, flags: 8, extra: [9, 9, 2, 0, 1, 2]).Add("b", [], flags: 8).Add("c", text, deflate: true, flags: 8).ToArray()];
        Fuzz(files, (stream, _) =>
        {
            using var archive = new ZipReader(ChunkedCopy.Seekable(stream, new ModelLimits()), new ModelLimits());
            Span<byte> chunk = stackalloc byte[32];
            for (int i = 0; i < archive.Entries.Length; i++)
            {
                for (long at = 0; at < archive.Entries[i].Length; at += chunk.Length) archive.Read(i, at, chunk[..(int)Math.Min(chunk.Length, archive.Entries[i].Length - at)]);
            }

            return 0;
        });
    }

    [Fact]
    public void Changed_arrays_are_refused_or_read()
    {
        var files = new List<byte[]>();
        foreach (string dictionary in (string[])["{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }", "{'descr': '>f4', 'fortran_order': True, 'shape': (3, 4), }\n", "{'descr': '<f2', 'fortran_order': False, 'shape': (2, 3, 4), }", "{'descr': '|i1', 'fortran_order': True, 'shape': (48,), }"])
        {
            files.Add([0x93, .. "NUMPY"u8, 1, 0, .. ZipBytes.Bytes((ushort)dictionary.Length), .. Encoding.ASCII.GetBytes(dictionary), .. new byte[48]]);
            files.Add([0x93, .. "NUMPY"u8, 2, 0, .. ZipBytes.Bytes((uint)dictionary.Length), .. Encoding.ASCII.GetBytes(dictionary), .. new byte[48]]);
        }

        Fuzz([.. files], (stream, _) => ReadAll(stream, NumpyFile.Open), HeaderWords);
    }

    [Fact]
    public void Changed_archives_of_arrays_are_refused_or_read()
    {
        (MemoryStream network, MemoryStream arrays) = (new(), new());
        NumpyFile.SaveModel(_network, network);
        NumpyFile.SaveArchive([new NumpyArray<double>("weight", new double[6], 2, 3), new NumpyArray<double>("bias", new double[2], 2)], arrays);
        Fuzz([network.ToArray(), arrays.ToArray(), Repack(arrays.ToArray(), deflate: true)], (stream, choice) =>
        {
            switch (choice % 4)
            {
                case 0:
                    return ReadAll(stream, NumpyFile.Open);
                case 3:
                    return BytesOf(NumpyFile.LoadModel<double>(stream));
            }

            using TensorSource file = NumpyFile.Open(stream);
            ModelFile.LoadInto<double>(choice % 4 == 1 ? _dense : _network, file);
            return 0;
        }, HeaderWords, isArchive: true);
    }

    [Fact]
    public void Changed_files_of_PyTorch_are_refused_or_read()
    {
        byte[][] files = [.. Enumerable.Range(0, TorchModuleCases.Count).Select(i => TorchModuleCases.File($"{i}.pt")).OrderBy(file => file.Length).Take(8), TorchModuleCases.File("views.pt"), Pickles.Archive(Pickles.Dictionary(Pickles.Tensor())), TorchModuleCases.File("6.safetensors")];
        var names = new ModelLoadIntoOptions { Names = static name => name is "w" ? "weight" : name, MissingBiasesAreZero = true };
        Fuzz(files, (stream, choice) =>
        {
            using TensorSource file = PyTorchFile.Open(stream, new PyTorchOptions { Key = choice % 5 == 0 ? "online.weights" : null });
            switch (choice % 6)
            {
                case 0:
                    return BytesOf(PyTorchFile.CreateModel<double>(file));
                case 1 or 2:
                    ModelFile.LoadInto(_dense, file, names);
                    return 0;
                default:
                    Read(file);
                    return 0;
            }
        }, PickleWords, isArchive: true);
    }

    /// <summary>What it takes to make a model, and to measure it.</summary>
    private static long BytesOf(ILayer<double> model)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        ModelConverter.Convert<double, double>(model);
        return 2 * (GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private long ReadAll(Stream stream, Func<Stream, ModelLimits?, TensorSource> open)
    {
        using TensorSource file = open(stream, null);
        Read(file);
        return 0;
    }

    private void Read(TensorSource file)
    {
        for (int i = 0; i < file.Tensors.Count; i++)
        {
            long count = file.Tensors[i].Count;
            for (long at = 0; at < count; at += _values.Length) file.Read(i, at, _values.AsSpan(0, (int)Math.Min(_values.Length, count - at)));
        }
    }

    private void Fuzz(byte[][] files, Func<Stream, int, long> read, string[]? words = null, bool isArchive = false)
    {
        var fuzz = new ReaderFuzz(files, read)
        {
            Words = words ?? [],
            Mutate = isArchive ? (file, random) => ChangeEntry(file, random, words ?? []) : null,
            Target = () => Bits(_dense) + Bits(_network),
        };
        if (isArchive)
        {
            foreach (byte[] file in files) _entries[file] = [.. Entries(file)];
        }

        fuzz.Run(output);
        fuzz.RunTruncations();
    }

    private static string Bits(ILayer<double> layer)
    {
        var text = new HashCode();
        foreach (Parameter<double> parameter in layer.Parameters) text.AddBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(parameter.Values));
        return text.ToHashCode().ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>Changes an entry, or its name, and writes the archive anew, with checksums that fit.</summary>
    private byte[] ChangeEntry(byte[] file, Random random, string[] words)
    {
        // Most changes are the first ones to a good file, whose entries are known.
        List<(string Name, byte[] Data)> entries = _entries.TryGetValue(file, out (string Name, byte[] Data)[]? known) ? [.. known] : Entries(file);
        if (entries.Count == 0) return ReaderFuzz.ChangedBytes(file, random, words);
        int at = random.Next(3) == 0 ? random.Next(entries.Count) : 0;
        int pickle = entries.FindIndex(entry => entry.Name.EndsWith("data.pkl", StringComparison.Ordinal));
        if (pickle >= 0 && random.Next(4) != 0) at = pickle;
        switch (random.Next(16))
        {
            case 0:
                entries.RemoveAt(at);
                break;
            case 1:
                entries.Add((entries[at].Name + random.Next(3), entries[at].Data));
                break;
            case 2:
                entries[at] = (Encoding.UTF8.GetString(ReaderFuzz.ChangedBytes(Encoding.UTF8.GetBytes(entries[at].Name), random, [])), entries[at].Data);
                break;
            default:
                entries[at] = (entries[at].Name, ReaderFuzz.ChangedBytes(entries[at].Data, random, words));
                break;
        }

        bool deflate = random.Next(16) == 0;
        var zip = new ZipBytes();
        foreach ((string name, byte[] data) in entries) zip.Add(name, data, deflate);
        return zip.ToArray();
    }

    private static byte[] Repack(byte[] file, bool deflate)
    {
        var zip = new ZipBytes();
        foreach ((string name, byte[] data) in Entries(file)) zip.Add(name, data, deflate);
        return zip.ToArray();
    }

    /// <summary>The entries of an archive; none if it is damaged.</summary>
    private static List<(string Name, byte[] Data)> Entries(byte[] file)
    {
        List<(string Name, byte[] Data)> entries = [];
        try
        {
            using var archive = new ZipReader(new MemoryStream(file), new ModelLimits { ParameterBytes = 1 << 20 });
            for (int i = 0; i < archive.Entries.Length; i++) entries.Add((archive.Entries[i].Name, archive.ReadAll(i, 1 << 20)));
            return entries;
        }
        catch (InvalidDataException)
        {
            return [];
        }
    }
}

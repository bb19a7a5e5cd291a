using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using FluentAssertions;
using RnnSharp.Serialization;
using RnnSharp.Tests.Catalogue;
using RnnSharp.Tests.Serialization;
using Xunit;
using Xunit.Abstractions;

namespace RnnSharp.Onnx.Tests.Import;

/// <summary>
/// ONNX files with random changes are refused with an <see cref="InvalidDataException"/> or give models that work, and take little memory and
/// time either way: 64 KiB and four times the file's size besides the model. A file that describes a model of the library, with a checksum that
/// is right, may take forty times its graph more, because the model is created and exported again to be compared. Most changed files of the
/// library get a new checksum, so that the comparison is reached. RNNSHARP_EXHAUSTIVE=1 tries 5 million instead of 100,000, RNNSHARP_FUZZ_RUNS any other number.
/// </summary>
public sealed class OnnxFuzzTests(ITestOutputHelper output)
{
    private const int DefaultFiles = 100_000;
    private const int ExhaustiveFiles = 5_000_000;
    private const int MostFailures = 10;
    private const int LargestFile = 3000;
    private const int LargestInput = 1000;
    private const double LongestMilliseconds = 1000;
    private const long SpareBytes = 64 << 10;
    private const long TimesOwnGraph = 40;

    private readonly List<string> _failures = [];
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private long _loaded;
    private long _mostBytes = long.MinValue;
    private double _longest;

    private static int Files => int.TryParse(Environment.GetEnvironmentVariable("RNNSHARP_FUZZ_RUNS"), CultureInfo.InvariantCulture, out int runs)
        ? runs
        : Environment.GetEnvironmentVariable("RNNSHARP_EXHAUSTIVE") is "1" ? ExhaustiveFiles : DefaultFiles;

    [Fact]
    public void Changed_files_are_refused_or_give_models_that_work()
    {
        Original[] originals = [.. Originals()];
        originals.Should().HaveCountGreaterThan(100).And.OnlyContain(original => original.File.Length <= LargestFile, "changes in a large file are mostly changes of its numbers");
        int described = 0;
        foreach (byte[] file in originals.Where(original => original.IsOwn).Select(original => original.File))
        {
            // User-defined layers have no description here.
            if (ProtobufMutator.Resealed(file, out _) is not { } resealed) continue;
            resealed.Should().Equal(file, "an unchanged graph has its checksum");
            described++;
        }

        described.Should().BeGreaterThan(40);
        for (int round = 0; round < 2; round++)
        {
            // What the first calls allocate belongs to no file.
            foreach (Original original in originals)
            {
                Try(original.Name, original.File, original.OwnGraph.Length, new Random(0), -1);
                Try(original.Name, original.File[..^1], original.OwnGraph.Length, new Random(0), -1);
            }

            _failures.Clear();
            _seen.Clear();
        }

        (_mostBytes, _longest, int files) = (long.MinValue, 0, Files);
        Original[] own = Array.FindAll(originals, original => original.IsOwn), others = Array.FindAll(originals, original => !original.IsOwn);
        for (int i = 0; i < files && _failures.Count < MostFailures; i++)
        {
            var random = new Random(i);
            Original[] chosen = random.Next(8) == 0 ? own : others;
            Original original = chosen[random.Next(chosen.Length)];
            byte[] file = new ProtobufMutator(random).Mutate(original.File);
            int ownGraph = original.GraphOf(file);
            if (original.IsOwn && random.Next(8) > 0 && ProtobufMutator.Resealed(file, out int graphBytes) is { } resealed) (file, ownGraph) = (resealed, graphBytes);

            // A second try tells what a file takes from what a pool that was emptied, or a machine that paused, takes once.
            int state = random.Next();
            if (!Try(original.Name, file, ownGraph, new Random(state), i, isFirst: true)) Try(original.Name, file, ownGraph, new Random(state), i);
        }

        output.WriteLine($"{files} files, {_loaded} loaded, at most {_mostBytes} bytes above four times a file's size, {_longest} ms at most");
        _failures.Should().BeEmpty();
    }

    [Fact]
    public void Truncated_files_are_refused()
    {
        foreach ((string name, byte[] file, byte[] _) in Originals())
        {
            // Every length of the smallest files, and some of the others.
            int step = file.Length <= 450 ? 1 : file.Length / 20;
            for (int length = 0; length < file.Length; length += step)
            {
                // Whole entries of metadata at the end can be lost without a trace; see OnnxFile.Import.
                if (IsEntry(file, length)) continue;
                Action import = () => OnnxFile.Import<float>(new MemoryStream(file, 0, length));
                import.Should().Throw<InvalidDataException>($"{name} is cut to {length} of {file.Length} bytes");
            }
        }
    }

    /// <summary>Whether a file is cut before an entry of metadata, which stands after all else.</summary>
    private static bool IsEntry(byte[] file, int length)
    {
        const byte TagOfEntry = 14 << 3 | 2;
        if (file[length] != TagOfEntry) return false;
        try
        {
            return Schema.ModelProto.Parser.ParseFrom(file, 0, length) is { Graph: not null, OpsetImport.Count: > 0 };
        }
        catch (Google.Protobuf.InvalidProtocolBufferException)
        {
            return false;
        }
    }

    private static IEnumerable<Original> Originals()
    {
        foreach (string archive in (string[])["torch_modules.zip", "torch_26_modules.zip", "torch_idioms.zip", "recurrent_nodes.zip", "keras_graphs.zip"])
        {
            foreach (OnnxCase item in CaseArchive.Read(archive).Where(item => item.Model.Length <= LargestFile)) yield return new Original(item.Name, item.Model, []);
        }

        foreach (Original own in OwnFiles<float>().Concat(OwnFiles<double>())) yield return own;
    }

    private static IEnumerable<Original> OwnFiles<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (LayerRow<T> row in LayerCatalogue<T>.Rows)
        {
            var stream = new MemoryStream();
            try
            {
                OnnxFile.Export(row.Create(2, 2, seed: 1), stream);
            }
            catch (ArgumentException)
            {
                continue;
            }

            if (stream.Length > LargestFile) continue;
            byte[] file = stream.ToArray();
            yield return new Original($"{row.Name} of {typeof(T).Name}", file, Google.Protobuf.MessageExtensions.ToByteArray(Schema.ModelProto.Parser.ParseFrom(file).Graph));
        }
    }

    private bool Try(string name, byte[] file, int ownGraph, Random random, int seed, bool isFirst = false)
    {
        Stream stream = random.Next(8) == 0 ? new OneWayStream(new MemoryStream(file)) : new MemoryStream(file);
        bool isDouble = random.Next(2) == 0;
        long before = GC.GetAllocatedBytesForCurrentThread(), start = Stopwatch.GetTimestamp();
        OnnxModel<float>? single = null;
        OnnxModel<double>? wide = null;
        string refusal = "loaded";
        try
        {
            if (isDouble) wide = OnnxFile.Import<double>(stream);
            else single = OnnxFile.Import<float>(stream);
        }
        catch (InvalidDataException exception)
        {
            refusal = exception.Message;
        }
        catch (Exception exception)
        {
            Fail(seed, name, $"{exception.GetType().Name}: {exception.Message}", exception);
            return true;
        }

        double time = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        long bytes = GC.GetAllocatedBytesForCurrentThread() - before - 4 * file.Length;
        if (random.Next(4) == 0 || seed < 0)
        {
            if (wide is not null) Use(wide, name, seed);
            if (single is not null) Use(single, name, seed);
        }

        // A file whose graph has its checksum is compared with the export of the model that it describes.
        if (bytes > SpareBytes) bytes -= TimesOwnGraph * ownGraph;
        if (bytes > SpareBytes) bytes -= wide is not null ? BytesOf(wide.Model) : single is not null ? BytesOf(single.Model) : 0;
        if (wide is not null || single is not null) _loaded++;
        if ((bytes > SpareBytes || time > LongestMilliseconds) && isFirst) return false;
        _mostBytes = Math.Max(_mostBytes, bytes);
        _longest = Math.Max(_longest, time);
        if (time > LongestMilliseconds) Fail(seed, name, $"{file.Length} bytes took {time} ms: {refusal}");
        if (bytes > SpareBytes) Fail(seed, name, $"{file.Length} bytes allocated {bytes} more than four times as many: {refusal}");
        return true;
    }

    /// <summary>What it takes to make a model.</summary>
    private static long BytesOf<T>(ILayer<T> model)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        ModelConverter.Convert<T, T>(model);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private void Use<T>(OnnxModel<T> imported, string name, int seed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ILayer<T> model = imported.Model;
        if (model.InputSize > LargestInput || model.OutputSize > LargestInput) return;

        // A feedback layer that reads the input takes one step.
        int steps = model.IsStreaming ? 3 : 1;
        try
        {
            model.Predict(imported.Inputs.Any(port => port.Kind == OnnxPortKind.Tokens) ? Sequence<T>.ForTokens(model.InputSize, 2, steps) : new Sequence<T>(model.InputSize, 2, steps));
        }
        catch (Exception exception)
        {
            Fail(seed, name, $"the model does not work: {exception.GetType().Name}: {exception.Message}", exception);
        }
    }

    private void Fail(int seed, string name, string problem, Exception? exception = null)
    {
        string where = exception?.StackTrace?.Split('\n')[0].Trim() ?? "";
        if (_seen.Add(exception is null ? problem[^Math.Min(12, problem.Length)..] : exception.GetType().Name + where)) _failures.Add($"file {seed}, made from {name}: {problem} {where}");
    }

    /// <summary>A good file.</summary>
    /// <param name="Name">Where it comes from.</param>
    /// <param name="File">Its bytes.</param>
    /// <param name="OwnGraph">The bytes of its graph if the library wrote it; empty otherwise.</param>
    private sealed record Original(string Name, byte[] File, byte[] OwnGraph)
    {
        public bool IsOwn => OwnGraph.Length > 0;

        /// <summary>The length of the graph in a changed file, if the checksum can still be that of the graph; 0 otherwise.</summary>
        public int GraphOf(byte[] changed) => IsOwn && changed.AsSpan().IndexOf(OwnGraph) >= 0 ? OwnGraph.Length : 0;
    }
}

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
/// time either way. RNNSHARP_EXHAUSTIVE=1 tries 5 million instead of 100,000, RNNSHARP_FUZZ_RUNS any other number.
/// </summary>
public sealed class OnnxFuzzTests(ITestOutputHelper output)
{
    private const int DefaultFiles = 100_000;
    private const int ExhaustiveFiles = 5_000_000;
    private const int MostFailures = 10;
    private const int LargestFile = 6000;
    private const int LargestInput = 1000;
    private const long SpareBytes = 64 << 10;

    private readonly List<string> _failures = [];
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private long _loaded;
    private long _mostBytes = long.MinValue;
    private double _longest;

    private static int Files => int.TryParse(Environment.GetEnvironmentVariable("RNNSHARP_FUZZ_RUNS"), CultureInfo.InvariantCulture, out int runs)
        ? runs
        : Environment.GetEnvironmentVariable("RNNSHARP_EXHAUSTIVE") == "1" ? ExhaustiveFiles : DefaultFiles;

    [Fact]
    public void Changed_files_are_refused_or_give_models_that_work()
    {
        (string Name, byte[] File)[] originals = [.. Originals()];
        originals.Should().HaveCountGreaterThan(100).And.OnlyContain(original => original.File.Length <= LargestFile, "changes in a large file are mostly changes of its numbers");
        for (int round = 0; round < 2; round++)
        {
            // What the first calls allocate belongs to no file.
            foreach ((string name, byte[] file) in originals)
            {
                Try(name, file, new Random(0), -1);
                Try(name, file[..^1], new Random(0), -1);
            }

            _failures.Clear();
            _seen.Clear();
        }

        (_mostBytes, _longest, int files) = (long.MinValue, 0, Files);
        for (int i = 0; i < files && _failures.Count < MostFailures; i++)
        {
            var random = new Random(i);
            (string name, byte[] original) = originals[random.Next(originals.Length)];
            byte[] file = new ProtobufMutator(random).Mutate(original);

            // A second try tells what a file takes from what a pool that was emptied meanwhile takes once more.
            int state = random.Next();
            if (!Try(name, file, new Random(state), i, isFirst: true)) Try(name, file, new Random(state), i);
        }

        output.WriteLine($"{files} files, {_loaded} loaded, at most {_mostBytes} bytes above four times a file's size, {_longest} ms at most");
        _failures.Should().BeEmpty();
    }

    [Fact]
    public void Truncated_files_are_refused()
    {
        foreach ((string name, byte[] file) in Originals())
        {
            for (int length = 0; length < file.Length; length++)
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

    private static IEnumerable<(string Name, byte[] File)> Originals()
    {
        foreach (string archive in (string[])["torch_modules.zip", "recurrent_nodes.zip", "keras_graphs.zip"])
        {
            foreach (OnnxCase item in CaseArchive.Read(archive).Where(item => item.Model.Length <= LargestFile)) yield return (item.Name, item.Model);
        }

        foreach (LayerRow<float> row in LayerCatalogue<float>.Rows)
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

            if (stream.Length <= LargestFile) yield return (row.Name, stream.ToArray());
        }
    }

    private bool Try(string name, byte[] file, Random random, int seed, bool isFirst = false)
    {
        Stream stream = random.Next(8) == 0 ? new OneWayStream(new MemoryStream(file)) : new MemoryStream(file);
        bool isDouble = random.Next(2) == 0;
        long before = GC.GetAllocatedBytesForCurrentThread(), start = Stopwatch.GetTimestamp();
        object? model = null;
        string refusal = "loaded";
        try
        {
            model = isDouble ? OnnxFile.Import<double>(stream).Model : OnnxFile.Import<float>(stream).Model;
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
        if (model is not null) bytes -= model is ILayer<double> wide ? Use(wide, name, seed) : Use((ILayer<float>)model, name, seed);
        if (bytes > SpareBytes && isFirst) return false;
        _mostBytes = Math.Max(_mostBytes, bytes);
        _longest = Math.Max(_longest, time);
        if (bytes > SpareBytes) Fail(seed, name, $"{file.Length} bytes allocated {bytes} more than four times as many: {refusal}");
        return true;
    }

    /// <summary>Runs a model. Returns what it takes to make it.</summary>
    private long Use<T>(ILayer<T> model, string name, int seed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        _loaded++;
        if (model.InputSize <= LargestInput && model.OutputSize <= LargestInput)
        {
            foreach (Sequence<T> input in (Sequence<T>[])[new(model.InputSize, 2, 3), Sequence<T>.ForTokens(model.InputSize, 2, 3), new(model.InputSize, 2, 1), Sequence<T>.ForTokens(model.InputSize, 2, 1)])
            {
                try
                {
                    model.Predict(input);
                    break;
                }
                catch (ArgumentException)
                {
                    // A kind of input that the model does not take.
                }
                catch (Exception exception)
                {
                    Fail(seed, name, $"the model does not work: {exception.GetType().Name}: {exception.Message}", exception);
                }
            }
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        ModelConverter.Convert<T, T>(model);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private void Fail(int seed, string name, string problem, Exception? exception = null)
    {
        string where = exception?.StackTrace?.Split('\n')[0].Trim() ?? "";
        if (_seen.Add(exception is null ? problem[^Math.Min(12, problem.Length)..] : exception.GetType().Name + where)) _failures.Add($"file {seed}, made from {name}: {problem} {where}");
    }
}

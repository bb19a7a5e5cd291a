using System.Diagnostics;
using System.Globalization;
using FluentAssertions;
using RnnSharp.Serialization;
using Xunit.Abstractions;

namespace RnnSharp.Keras.Tests.Fuzz;

/// <summary>
/// Loads changed files. Each is refused with an <see cref="InvalidDataException"/> or loads as a model that works, and takes little memory
/// and time either way. RNNSHARP_EXHAUSTIVE=1 tries 5 million files in place of 100,000, RNNSHARP_FUZZ_RUNS any other number.
/// </summary>
internal sealed class FileFuzzer(ITestOutputHelper output, long mostMilliseconds = FileFuzzer.MostMilliseconds)
{
    private const int DefaultFiles = 100_000;
    private const int ExhaustiveFiles = 5_000_000;
    private const int MostFailures = 10;
    private const int LargestInput = 1000;
    private const int UsedModels = 8;
    private const long SpareBytes = 64 << 10;
    private const long MostMilliseconds = 1000;

    private readonly List<string> _failures = [];
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private long _loaded;
    private long _mostBytes;
    private long _slowest;

    private static int Files =>
        int.TryParse(Environment.GetEnvironmentVariable("RNNSHARP_FUZZ_RUNS"), CultureInfo.InvariantCulture, out int runs) ? runs
        : Environment.GetEnvironmentVariable("RNNSHARP_EXHAUSTIVE") is "1" ? ExhaustiveFiles : DefaultFiles;

    /// <summary>Makes changed files and loads them.</summary>
    /// <param name="mutate">Makes a changed file.</param>
    /// <param name="load">Loads a file: a model that was created for it, or null if an existing one was filled.</param>
    /// <param name="length">The bytes of a file.</param>
    public void Run<TFile>(Func<Random, TFile> mutate, Func<TFile, Random, ILayer<float>?> load, Func<TFile, long> length)
    {
        // What the first calls allocate belongs to no file.
        for (int i = 0; i < 200; i++) Try(mutate(new Random(i)), load, length, i, isFirst: true);
        (_loaded, _mostBytes, _slowest) = (0, 0, 0);
        _failures.Clear();
        _seen.Clear();
        int files = Files;
        for (int i = 0; i < files && _failures.Count < MostFailures; i++)
        {
            TFile file = mutate(new Random(i));

            // A second try tells what a file takes from what a pool that was emptied meanwhile takes once more, and a slow file from a busy machine.
            if (!Try(file, load, length, i, isFirst: true)) Try(file, load, length, i, isFirst: false);
        }

        output.WriteLine($"{files} files, {_loaded} loaded, at most {_mostBytes} bytes above four times a file's size, the slowest took {_slowest} ms");
        _failures.Should().BeEmpty();
    }

    private bool Try<TFile>(TFile file, Func<TFile, Random, ILayer<float>?> load, Func<TFile, long> length, int seed, bool isFirst)
    {
        ILayer<float>? model = null;
        string refusal = "loaded";
        long start = Stopwatch.GetTimestamp(), before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            model = load(file, new Random(seed));
            _loaded++;
        }
        catch (InvalidDataException exception)
        {
            refusal = exception.Message;
        }
        catch (Exception exception)
        {
            Fail(seed, $"{exception.GetType().Name}: {exception.Message}", exception);
            return true;
        }

        long bytes = GC.GetAllocatedBytesForCurrentThread() - before - 4 * length(file);
        long milliseconds = (long)Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        if (model is not null && seed % UsedModels == 0) Use(model, seed);
        if (model is not null && bytes > SpareBytes)
        {
            before = GC.GetAllocatedBytesForCurrentThread();
            ModelConverter.Convert<float, float>(model);
            bytes -= GC.GetAllocatedBytesForCurrentThread() - before;
        }

        if ((bytes > SpareBytes || milliseconds > mostMilliseconds) && isFirst) return false;
        _slowest = Math.Max(_slowest, milliseconds);
        if (milliseconds > mostMilliseconds) Fail(seed, $"took {milliseconds} ms of at most {mostMilliseconds}, also when it was tried again: {refusal}");
        _mostBytes = Math.Max(_mostBytes, bytes);
        if (bytes > SpareBytes) Fail(seed, $"a file of {length(file)} bytes allocated {bytes} more than four times as many: {refusal}");
        return true;
    }

    private void Use(ILayer<float> model, int seed)
    {
        if (model.InputSize > LargestInput || model.OutputSize > LargestInput) return;
        try
        {
            Sequence<float> result = model.Predict(new Sequence<float>(model.InputSize, 2, 3));
            if (result.Features != model.OutputSize) Fail(seed, $"an output of {result.Features} features");
        }
        catch (Exception exception)
        {
            Fail(seed, $"the model does not work: {exception.GetType().Name}: {exception.Message}", exception);
        }
    }

    private void Fail(int seed, string problem, Exception? exception = null)
    {
        string where = exception?.StackTrace?.Split('\n')[0].Trim() ?? "";
        if (_seen.Add(exception is null ? problem[..6] : exception.GetType().Name + where)) _failures.Add($"file {seed}: {problem} {exception?.StackTrace}");
    }
}

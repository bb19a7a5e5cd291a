using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using RnnSharp.Numerics;

namespace RnnSharp.Benchmarks;

/// <summary>
/// Times the steps of small layers in single precision: a <see cref="Stepper{T}"/> at batch 1, at the sizes that RTNeural's users run.
/// <c>tiny-stream [--rounds N] [--seconds S] [--steps N] [--peer PROGRAM]</c> takes any number of peers (see peers/README.md), which take turns with
/// it on every cell; a time is the best round's median. Then a million steps are timed one by one, clock included, and the memory that they
/// allocate is counted.
/// </summary>
internal static class TinyStream
{
    // A single step is too short for the clock.
    private const int StepsPerReading = 100;

    private static readonly (int Inputs, int Hidden)[] Sizes = [(1, 8), (1, 16), (1, 32), (32, 64), (64, 128)];

    public static void Run(int rounds, double seconds, int steps, IReadOnlyList<string> programs, TextWriter output)
    {
        Compute.MaxDegreeOfParallelism = 1;
        Peer[] peers = [.. programs.Select(program => new Peer(program))];
        try
        {
            output.WriteLine(FormattableString.Invariant($"float, batch 1, {VectorDispatch.Bits}-bit vectors; ns per step, best of {rounds} rounds of {seconds} s; percentiles of {steps} steps, each with the clock ({ClockNanoseconds():F0} ns)"));
            output.WriteLine();
            output.WriteLine($"| cell | RnnSharp | {string.Concat(peers.Select(peer => $"{peer.Name} | "))}best peer / RnnSharp | p50 | p99 | p99.9 | bytes |");
            output.WriteLine($"|---|---:|{string.Concat(Enumerable.Repeat("---:|", peers.Length))}---:|---:|---:|---:|---:|");
            foreach (LayerKind kind in (LayerKind[])[LayerKind.Lstm, LayerKind.Gru])
            {
                foreach ((int inputs, int hidden) in Sizes) Measure(kind, inputs, hidden, rounds, seconds, steps, peers, output);
            }
        }
        finally
        {
            foreach (Peer peer in peers) peer.Dispose();
        }
    }

    private static void Measure(LayerKind kind, int inputs, int hidden, int rounds, double seconds, int steps, Peer[] peers, TextWriter output)
    {
        Stepper<float> stepper = Workload.Layer<float>(kind, inputs, hidden).CreateStepper();
        float[] x = Workload.Gaussian<float>(inputs, 1, 1).Step(0).ToArray();

        // The runtime compiles with optimizations in the background, for which a busy thread on the only core leaves it no time.
        for (int i = 0; i < 5; i++)
        {
            Median(stepper, x, 0.02);
            Thread.Sleep(150);
        }

        double own = double.MaxValue;
        double[] others = [.. peers.Select(_ => double.MaxValue)];
        for (int round = 0; round < rounds; round++)
        {
            own = Math.Min(own, Median(stepper, x, seconds));
            for (int i = 0; i < peers.Length; i++) others[i] = Math.Min(others[i], peers[i].Time(kind, inputs, hidden, seconds) ?? double.MaxValue);
        }

        (long[] ticks, long bytes) = TimeEach(stepper, x, steps);
        Array.Sort(ticks);
        string row = string.Create(CultureInfo.InvariantCulture, $"| {kind} {inputs}-{hidden} | {own:F1} | ");
        foreach (double other in others) row += string.Create(CultureInfo.InvariantCulture, $"{other:F1} | ");
        row += peers.Length == 0 ? "– | " : string.Create(CultureInfo.InvariantCulture, $"{others.Min() / own:F2} | ");
        foreach (double share in (double[])[0.5, 0.99, 0.999]) row += string.Create(CultureInfo.InvariantCulture, $"{Nanoseconds(ticks[(int)(share * (steps - 1))]):F0} | ");
        output.WriteLine($"{row}{bytes} |");
        output.Flush();
    }

    /// <summary>The median time of a step, in nanoseconds.</summary>
    private static double Median(Stepper<float> stepper, float[] x, double seconds)
    {
        List<long> times = [];
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < Math.Min(0.5, seconds)) RunSteps(stepper, x);
        start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < seconds || times.Count < 5)
        {
            long begin = Stopwatch.GetTimestamp();
            RunSteps(stepper, x);
            times.Add(Stopwatch.GetTimestamp() - begin);
        }

        times.Sort();
        return Nanoseconds(times[times.Count / 2]) / StepsPerReading;
    }

    private static void RunSteps(Stepper<float> stepper, float[] x)
    {
        for (int i = 0; i < StepsPerReading; i++) stepper.Step(x);
    }

    /// <summary>The time of every step, and the bytes that all of them allocate.</summary>
    private static (long[] Ticks, long Bytes) TimeEach(Stepper<float> stepper, float[] x, int steps)
    {
        var ticks = new long[steps];
        long bytes = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < steps; i++)
        {
            long begin = Stopwatch.GetTimestamp();
            stepper.Step(x);
            ticks[i] = Stopwatch.GetTimestamp() - begin;
        }

        return (ticks, GC.GetAllocatedBytesForCurrentThread() - bytes);
    }

    private static double ClockNanoseconds()
    {
        var ticks = new long[10_000];
        for (int i = 0; i < ticks.Length; i++)
        {
            long begin = Stopwatch.GetTimestamp();
            ticks[i] = Stopwatch.GetTimestamp() - begin;
        }

        Array.Sort(ticks);
        return Nanoseconds(ticks[ticks.Length / 2]);
    }

    private static double Nanoseconds(long ticks) => ticks * 1e9 / Stopwatch.Frequency;

    /// <summary>A program that speaks the comparison's line protocol.</summary>
    private sealed class Peer : IDisposable
    {
        private readonly Process _process;

        public Peer(string program)
        {
            using Process version = Start(program, "--version");
            using var description = JsonDocument.Parse(version.StandardOutput.ReadToEnd());
            Name = description.RootElement.GetProperty("name").GetString()!;
            _process = Start(program);
        }

        public string Name { get; }

        /// <summary>The time of a step in nanoseconds; null if the peer does not support the cell.</summary>
        public double? Time(LayerKind kind, int inputs, int hidden, double seconds)
        {
            _process.StandardInput.WriteLine(JsonSerializer.Serialize(new { mode = "stream", dtype = "float32", kind = $"{kind}".ToLowerInvariant(), inputs, hidden, batch = 1, steps = 1, threads = 1, seconds }));
            _process.StandardInput.Flush();
            string line = _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"{Name} ended.");
            using var answer = JsonDocument.Parse(line);
            JsonElement median = answer.RootElement.GetProperty("median_ms");
            return median.ValueKind == JsonValueKind.Null ? null : 1e6 * median.GetDouble();
        }

        public void Dispose()
        {
            // A peer ends with its input.
            _process.StandardInput.Close();
            _process.WaitForExit();
            _process.Dispose();
        }

        private static Process Start(string program, params string[] arguments) =>
            Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false })!;
    }
}

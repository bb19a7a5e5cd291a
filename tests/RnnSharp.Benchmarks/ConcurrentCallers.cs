using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;

namespace RnnSharp.Benchmarks;

/// <summary>
/// Measures the calls per second of one layer that 1, 2, 8 and 64 threads use at the same time, each with its own input, state and output.
/// Every result is compared bit by bit with the one that the same input gave when the caller was alone.
/// <c>callers [--seconds S]</c> prints the table and exits with 1 if a result differed.
/// </summary>
internal static class ConcurrentCallers
{
    private static readonly int[] CallerCounts = [1, 2, 8, 64];

    private static readonly Shape[] Shapes = [new(32, 64, 1, 100), new(256, 512, 64, 10)];

    /// <summary>The work of one caller: a few calls, whose last result is kept in an array.</summary>
    private interface ICaller
    {
        int Calls { get; }

        ReadOnlySpan<float> Answer { get; }

        void Call();
    }

    public static int Run(double seconds, TextWriter output)
    {
        output.WriteLine(FormattableString.Invariant($"One LSTM layer, float, {VectorDispatch.Bits}-bit vectors, cores: {Environment.ProcessorCount}; calls per second, and their ratio to those of one caller."));
        output.WriteLine();
        output.WriteLine("| layer | call | " + string.Join(" | ", CallerCounts.Select(count => count == 1 ? "1 caller" : $"{count} callers")) + " | B per call | results |");
        output.WriteLine("|---|---|" + string.Concat(Enumerable.Repeat("---:|", CallerCounts.Length + 1)) + "---|");
        long wrong = 0;
        foreach (Shape shape in Shapes)
        {
            var layer = new LstmLayer<float>(shape.Inputs, shape.Hidden, seed: 1);
            foreach ((string name, Func<int, ICaller> create) in ((string, Func<int, ICaller>)[])
            [
                ("Predict", caller => new PredictCaller(layer, shape, caller)),
                ("Step", caller => new StepCaller(layer, shape, caller)),
            ])
            {
                var total = default(Measurement);
                var cells = new List<string>();
                double alone = 0;
                foreach (int count in CallerCounts)
                {
                    Measurement measured = Measure(create, count, seconds);
                    if (count == 1) alone = measured.CallsPerSecond;
                    cells.Add(Rate(measured.CallsPerSecond) + (count == 1 ? "" : FormattableString.Invariant($" ({measured.CallsPerSecond / alone:F2}×)")));
                    total += measured;
                }

                wrong += total.Wrong;
                string answers = total.Wrong == 0 ? FormattableString.Invariant($"{total.Compared:N0} compared, all identical") : FormattableString.Invariant($"{total.Wrong:N0} of {total.Compared:N0} DIFFER");
                output.WriteLine(FormattableString.Invariant($"| {shape} | {name} | {string.Join(" | ", cells)} | {(double)total.Bytes / total.Calls:0.#} | {answers} |"));
                output.Flush();
            }
        }

        return wrong == 0 ? 0 : 1;
    }

    private static string Rate(double value) => value.ToString(value < 1000 ? "F1" : "N0", CultureInfo.InvariantCulture);

    private static Measurement Measure(Func<int, ICaller> create, int count, double seconds)
    {
        ICaller[] callers = [.. Enumerable.Range(0, count).Select(create)];
        float[][] expected = [.. callers.Select(caller =>
        {
            caller.Call();
            return caller.Answer.ToArray();
        })];
        var results = new Measurement[count];
        using var barrier = new Barrier(count + 1);
        bool stop = false;
        Thread[] threads = [.. Enumerable.Range(0, count).Select(index => new Thread(() => results[index] = Work(callers[index], expected[index], barrier, ref stop)))];
        foreach (Thread thread in threads) thread.Start();
        barrier.SignalAndWait();
        long begin = Stopwatch.GetTimestamp();
        Thread.Sleep(TimeSpan.FromSeconds(seconds));
        Volatile.Write(ref stop, true);
        foreach (Thread thread in threads) thread.Join();

        // Up to the last result: with more threads than cores, some end well after the signal, and all their calls count.
        double elapsed = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        return results.Aggregate((sum, result) => sum + result) with { Seconds = elapsed };
    }

    private static Measurement Work(ICaller caller, float[] expected, Barrier barrier, ref bool stop)
    {
        barrier.SignalAndWait();
        long bytes = GC.GetAllocatedBytesForCurrentThread();
        long calls = 0, compared = 0, wrong = 0;
        do
        {
            caller.Call();
            calls += caller.Calls;
            compared++;
            if (!MemoryMarshal.AsBytes(caller.Answer).SequenceEqual(MemoryMarshal.AsBytes(expected.AsSpan()))) wrong++;
        }
        while (!Volatile.Read(ref stop));
        return new Measurement(calls, compared, wrong, GC.GetAllocatedBytesForCurrentThread() - bytes);
    }

    private readonly record struct Measurement(long Calls, long Compared, long Wrong, long Bytes)
    {
        public double Seconds { get; init; }

        public double CallsPerSecond => Calls / Seconds;

        public static Measurement operator +(Measurement a, Measurement b) => new(a.Calls + b.Calls, a.Compared + b.Compared, a.Wrong + b.Wrong, a.Bytes + b.Bytes);
    }

    private sealed class PredictCaller(LstmLayer<float> layer, Shape shape, int caller) : ICaller
    {
        private readonly Sequence<float> _x = Workload.Gaussian<float>(shape.Inputs, shape.Batch, shape.Steps, (ulong)caller);
        private readonly Sequence<float> _y = new(shape.Hidden, shape.Batch, shape.Steps);
        private readonly State<float> _state = layer.CreateState(shape.Batch);

        public int Calls => 1;

        public ReadOnlySpan<float> Answer => _y.Values;

        public void Call()
        {
            _state.Clear();
            layer.Predict(_x, _state, _y);
        }
    }

    private sealed class StepCaller(LstmLayer<float> layer, Shape shape, int caller) : ICaller
    {
        private readonly Sequence<float> _x = Workload.Gaussian<float>(shape.Inputs, shape.Batch, 1, (ulong)caller);
        private readonly float[] _y = new float[shape.Hidden * shape.Batch];
        private readonly State<float> _state = layer.CreateState(shape.Batch);

        // A single step is so short that comparing each result would dominate the measurement.
        public int Calls => shape.Steps;

        public ReadOnlySpan<float> Answer => _y;

        public void Call()
        {
            _state.Clear();
            for (int t = 0; t < shape.Steps; t++) layer.Step(_x.Values, _state, _y);
        }
    }
}

using System.Diagnostics;
using RnnSharp.Data;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Training;

namespace RnnSharp.Benchmarks;

/// <summary>
/// <c>trainer [ROUNDS]</c>: the time of a step of a <see cref="Trainer{T}"/> against that of the same loop written by hand, for an LSTM of 64
/// inputs and 128 units with a dense layer, batch 32, 50 steps; rounds of both take turns.
/// <c>endless [MINUTES]</c>: trains on streams without an end, and prints the heap after a collection as time passes.
/// </summary>
internal static class TrainerOverhead
{
    private const int StepsPerRound = 40;

    public static void Run(int rounds, TextWriter output)
    {
        var input = new Sequence<float>(64, 32 * 8, 50);
        var target = new Sequence<float>(16, 32 * 8, 50);
        Workload.Fill(input.Values, seed: 1);
        Workload.Fill(target.Values, seed: 2);

        LayerStack<float> byHandModel = Create(), trainerModel = Create();
        var byHand = new SequenceBatches<float>(input, target, new BatchOptions { BatchSize = 32 });
        var data = new SequenceBatches<float>(input, target, new BatchOptions { BatchSize = 32 });
        var adam = new Adam<float>(1e-4);
        Batch<float> batch = byHand.CreateBatch();
        ForwardPass<float> pass = byHandModel.CreatePass();
        Gradients<float> gradients = byHandModel.CreateGradients();
        var outputGradient = new Sequence<float>(16, 32, 50);
        double[] hand = new double[rounds], trained = new double[rounds];
        long bytes = 0;
        for (int round = -1; round < rounds; round++)
        {
            long start = Stopwatch.GetTimestamp();
            for (int step = 0; step < StepsPerRound; step++)
            {
                if (!byHand.Next(batch)) byHand.Next(batch);
                pass = byHandModel.Forward(batch.Input, reuse: pass);
                MeanSquaredError.Compute(pass.Output, batch.Target, outputGradient);
                gradients = byHandModel.Backward(pass, outputGradient, inputGradient: false, reuse: gradients);
                GradientClipping.ByNorm(gradients, 1);
                adam.Step(byHandModel.Parameters, gradients);
            }

            double handTime = Stopwatch.GetElapsedTime(start).TotalMilliseconds / StepsPerRound;
            var counter = new AllocationCounter();
            var trainer = new Trainer<float>(trainerModel, new Adam<float>(1e-4), new MeanSquaredError<float>(), new() { MaxSteps = StepsPerRound + 5, MaxGradientNorm = 1, Callbacks = [counter] });
            trainer.Fit(data);
            if (round < 0) continue;
            (hand[round], trained[round], bytes) = (handTime, counter.Elapsed.TotalMilliseconds / StepsPerRound, counter.Bytes);
        }

        Array.Sort(hand);
        Array.Sort(trained);
        output.WriteLine(FormattableString.Invariant($"by hand {hand[rounds / 2]:F3} ms a step (best {hand[0]:F3}), trainer {trained[rounds / 2]:F3} ms (best {trained[0]:F3}), ratio of medians {trained[rounds / 2] / hand[rounds / 2]:F3}, of the best {trained[0] / hand[0]:F3}; {bytes} bytes allocated in {StepsPerRound} warm steps"));
    }

    public static void RunEndless(double minutes, TextWriter output)
    {
        var source = new StreamBatches<float>(
            (stream, step, input, target) =>
            {
                for (int i = 0; i < input.Length; i++) input[i] = MathF.Sin(0.1f * (step % 1_000_000) * (i + 1) + stream);
                target[0] = MathF.Sin(0.1f * (step % 1_000_000 + 1) + stream);
                return step % 5000 == 0 ? StreamStep.Restarts : StreamStep.Continues;
            },
            inputs: 3, targets: 1, batch: 16, window: 25);
        var model = new LayerStack<float>(new LstmLayer<float>(3, 64, seed: 1), new DenseLayer<float>(64, 1, seed: 2));
        var report = new HeapReport(output);
        var trainer = new Trainer<float>(model, new Adam<float>(1e-3), new MeanSquaredError<float>(), new() { MaxTime = TimeSpan.FromMinutes(minutes), Windows = 2, MaxGradientNorm = 1, Callbacks = [report] });
        FitResult result = trainer.Fit(source);
        output.WriteLine(FormattableString.Invariant($"{result.Step} steps in {result.Elapsed.TotalMinutes:F1} minutes; heap after collection: first {report.First} bytes, last {report.Last} bytes, ratio {(double)report.Last / report.First:F4}"));
    }

    private static LayerStack<float> Create() => new(new LstmLayer<float>(64, 128, seed: 1), new DenseLayer<float>(128, 16, seed: 2));

    /// <summary>Measures the steps after the first five, in which buffers are allocated.</summary>
    private sealed class AllocationCounter : ITrainerCallback<float>
    {
        private long _before;
        private long _start;

        public long Bytes { get; private set; }

        public TimeSpan Elapsed { get; private set; }

        public void OnStep(Trainer<float> trainer, in TrainingProgress progress)
        {
            if (progress.Step == 5)
            {
                _before = GC.GetAllocatedBytesForCurrentThread();
                _start = Stopwatch.GetTimestamp();
            }
            else if (progress.Step == StepsPerRound + 5)
            {
                Elapsed = Stopwatch.GetElapsedTime(_start);
                Bytes = GC.GetAllocatedBytesForCurrentThread() - _before;
            }
        }
    }

    /// <summary>The heap at a tenth of the time, from which on it should not grow, and then ten times more.</summary>
    private sealed class HeapReport(TextWriter output) : ITrainerCallback<float>
    {
        private int _reports;

        public long First { get; private set; }

        public long Last { get; private set; }

        public void OnStep(Trainer<float> trainer, in TrainingProgress progress)
        {
            double share = progress.Elapsed / trainer.Options.MaxTime!.Value;
            if (share < (_reports + 1) / 11.0) return;
            _reports++;
            Last = GC.GetTotalMemory(forceFullCollection: true);
            if (_reports == 1) First = Last;
            output.WriteLine(FormattableString.Invariant($"step {progress.Step}, {progress.Elapsed.TotalSeconds:F0} s: {Last} bytes, loss {progress.Loss:F5}"));
        }
    }
}

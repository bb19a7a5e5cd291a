using System.Diagnostics;
using RnnSharp;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Serving;
using Samples;
using Spectre.Console;

namespace ForecastService;

/// <summary>Measures what batches are worth: the steps per second of a server whose calls of the model have many sessions, against one session a call.</summary>
internal static class Throughput
{
    private const int Rounds = 5;

    public static async Task<int> RunAsync(int clients, bool quick, CancellationToken cancellation)
    {
        Table table = Sample.Table("LSTM units", "one call a step", $"batches of up to {clients}", "ratio", "bytes per step");
        foreach (int units in quick ? new[] { 64 } : [128, 256, 512, 1024, 2048])
        {
            var model = new LayerStack<float>(new LstmLayer<float>(8, units, seed: 1), new DenseLayer<float>(units, 1, seed: 2));

            // In turns, so that other work on the computer meets both.
            double single = 0, batched = 0, bytes = 0;
            for (int round = 0; round < (quick ? 1 : Rounds); round++)
            {
                single = Math.Max(single, (await MeasureAsync(model, clients, 1, cancellation).ConfigureAwait(false)).StepsPerSecond);
                (double steps, bytes) = await MeasureAsync(model, clients, clients, cancellation).ConfigureAwait(false);
                batched = Math.Max(batched, steps);
            }

            table.AddRow($"{units}", $"{single:F0}/s", $"{batched:F0}/s", $"{batched / single:F1}", $"{bytes:F0}");
        }

        AnsiConsole.Write(table);
        return 0;
    }

    /// <summary>The steps per second of clients that each push a point as soon as the one before is answered.</summary>
    private static async Task<(double StepsPerSecond, double BytesPerStep)> MeasureAsync(ILayer<float> model, int clients, int maxBatch, CancellationToken cancellation)
    {
        var server = new ModelServer<float>(model, new() { MaxBatchSize = maxBatch });
        await using (server.ConfigureAwait(false))
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            long steps = 0;
            Task[] running = [.. Enumerable.Range(0, clients).Select(_ => Task.Run(PushAsync, CancellationToken.None))];
            await Task.Delay(200, cancellation).ConfigureAwait(false);
            long before = Volatile.Read(ref steps), bytes = GC.GetTotalAllocatedBytes();
            long start = Stopwatch.GetTimestamp();
            await Task.Delay(800, cancellation).ConfigureAwait(false);
            long done = Volatile.Read(ref steps) - before;
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            bytes = GC.GetTotalAllocatedBytes() - bytes;
            await end.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(running).ConfigureAwait(false);
            return (done / seconds, (double)bytes / done);

            async Task PushAsync()
            {
                string id = await server.CreateSessionAsync(CancellationToken.None).ConfigureAwait(false);
                float[] input = new float[model.InputSize], output = new float[model.OutputSize];
                while (!end.IsCancellationRequested)
                {
                    await server.StepAsync(id, input, output).ConfigureAwait(false);
                    Interlocked.Increment(ref steps);
                }
            }
        }
    }
}

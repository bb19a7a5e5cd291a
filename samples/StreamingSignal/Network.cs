using System.Diagnostics;
using RnnSharp;
using RnnSharp.Data;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Training;
using Samples;

namespace StreamingSignal;

/// <summary>
/// A small LSTM whose output is added to its input, one sample in and one out (Wright, Damskägg and Välimäki 2019).
/// </summary>
internal sealed class Network(int hidden, int seed)
{
    private readonly ResidualLayer<float> _model = new(new LayerStack<float>(new LstmLayer<float>(1, hidden, seed), new DenseLayer<float>(hidden, 1, seed + 1)));

    public int Weights => _model.Parameters.Sum(parameter => parameter.Count);

    /// <summary>Trains on sounds before and after the device; gradients flow back through windows of 20 ms, and the state is carried from one to the next.</summary>
    public void Learn(IReadOnlyList<(float[] Input, float[] Output)> training, IReadOnlyList<(float[] Input, float[] Output)> validation, int epochs, int rate)
    {
        double energy = validation.Sum(sound => sound.Output.Sum(sample => (double)sample * sample)) / validation.Sum(sound => sound.Output.Length);
        SeriesStreamBatches<float> batches = Batches(training, rate / 50);
        long steps = epochs * batches.BatchesPerEpoch!.Value;
        var bar = new TrainingBar<float>(record => $"epoch {record.Epoch}: error to signal {record.ValidationLoss / energy:P2}, {record.Elapsed.TotalSeconds:F0} s", Math.Max(1, epochs / 10));
        var options = new TrainerOptions<float> { MaxEpochs = epochs, Schedule = new OneCycleSchedule(0.01, steps, risingShare: 0.1), MaxGradientNorm = 1, Callbacks = [bar] };
        var trainer = new Trainer<float>(_model, new Adam<float>(), new MeanSquaredError<float>(), options);
        bar.Show(steps, () => trainer.Fit(batches, Batches(validation, rate)));
    }

    /// <summary>Processes sound as it comes, a sample at a time, and times every step.</summary>
    /// <param name="input">The sound.</param>
    /// <param name="output">Receives the sound of the network.</param>
    /// <param name="ticks">Receives the time of each step, in ticks of <see cref="Stopwatch"/>.</param>
    /// <returns>The bytes that the loop has allocated.</returns>
    public long Stream(ReadOnlySpan<float> input, Span<float> output, Span<long> ticks)
    {
        Stepper<float> stepper = _model.CreateStepper();

        // The first steps are compiled as they run; a program that plays live warms up before it plays.
        for (int t = 0; t < 20_000; t++) stepper.Step(input.Slice(t % input.Length, 1));
        stepper.Reset();
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        for (int t = 0; t < input.Length; t++)
        {
            long start = Stopwatch.GetTimestamp();
            output[t] = stepper.Step(input.Slice(t, 1))[0];
            ticks[t] = Stopwatch.GetTimestamp() - start;
        }

        return GC.GetAllocatedBytesForCurrentThread() - allocated;
    }

    private static SeriesStreamBatches<float> Batches(IReadOnlyList<(float[] Input, float[] Output)> sounds, int window) =>
        new([.. sounds.Select(sound => new Example<float>(Series<float>.FromValues(sound.Input), Series<float>.FromValues(sound.Output)))], batch: sounds.Count, window);
}

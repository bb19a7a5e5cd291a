using System.Diagnostics;
using RnnSharp.Data;
using RnnSharp.Layers;
using RnnSharp.Numerics;
using RnnSharp.Quantization;
using RnnSharp.Recurrent;
using RnnSharp.Text;
using RnnSharp.Training;

namespace RnnSharp.Benchmarks;

/// <summary>
/// Steps of quantized layers against those of the float layers they were made from, interleaved, each with the best of its rounds:
/// <c>int8 [threads [batches]]</c>. With <c>int8 --text FILE…</c>, the perplexity of character models that are trained on each file, on its last
/// tenth.
/// </summary>
internal static class QuantizedSteps
{
    private const int Rounds = 150;
    private const int TrainingSteps = 400;

    public static void RunOnTexts(string[] files, TextWriter output)
    {
        foreach (string file in files) Perplexity(file, output);
    }

    public static void Run(int threads, int[] batches, TextWriter output)
    {
        Team.Degree = threads;
        output.WriteLine($"{VectorDispatch.Bits} bits, {Team.Degree} threads");
        foreach (int batch in batches)
        {
            foreach (int size in (int[])[128, 512, 1024])
            {
                Compare($"LSTM {size}-{size}, batch {batch}", new LstmLayer<float>(size, size, 1), batch, output);
                Compare($"GRU {size}-{size}, batch {batch}", new GruLayer<float>(size, size, 1), batch, output);
            }
        }
    }

    private static void Perplexity(string file, TextWriter output)
    {
        string text = File.ReadAllText(file);
        var vocabulary = CharacterVocabulary.FromText(text);
        int[] tokens = vocabulary.Encode(text);
        int split = tokens.Length / 10 * 9, size = vocabulary.Size;
        foreach (string kind in (string[])["LSTM", "GRU"])
        {
            var model = new LayerStack<float>(string.Equals(kind, "LSTM", StringComparison.Ordinal) ? new LstmLayer<float>(size, 128, 1) : new GruLayer<float>(size, 128, 1), new DenseLayer<float>(128, size, 2));
            var loss = new SoftmaxCrossEntropy<float>();
            var trainer = new Trainer<float>(model, new Adam<float>(0.005), loss, new TrainerOptions<float> { MaxSteps = TrainingSteps, MaxGradientNorm = 5 });
            trainer.Fit(new TokenStreamBatches<float>(tokens.AsMemory(0, split), size, batch: 16, window: 50));
            foreach (QuantizedType type in Enum.GetValues<QuantizedType>())
            {
                var report = QuantizationReport.Compare(model, model.Quantize(new QuantizationOptions { Type = type }), new TokenStreamBatches<float>(tokens.AsMemory(split), size, batch: 4, window: 100), loss);
                double before = Math.Exp(report.Loss!.Value.Mean), after = Math.Exp(report.QuantizedLoss!.Value.Mean);
                output.WriteLine(FormattableString.Invariant($"{Path.GetFileName(file)}, {kind} 128, {type}: perplexity {before:F4} -> {after:F4} ({100 * (after / before - 1):+0.000;-0.000} %); {report}"));
            }
        }
    }

    private static void Compare(string name, ILayer<float> model, int batch, TextWriter output)
    {
        ILayer<float>[] layers = [model, .. Enum.GetValues<QuantizedType>().Select(type => model.Quantize(new QuantizationOptions { Type = type }))];
        Stepper<float>[] steppers = Array.ConvertAll(layers, layer => layer.CreateStepper(batch));
        float[] input = [.. Enumerable.Range(0, model.InputSize * batch).Select(i => MathF.Sin(i))];
        double[] best = Array.ConvertAll(layers, _ => double.PositiveInfinity);
        foreach (Stepper<float> stepper in steppers) Time(stepper, input, 0.05);
        for (int round = 0; round < Rounds; round++)
        {
            for (int i = 0; i < steppers.Length; i++) best[i] = Math.Min(best[i], Time(steppers[i], input, 0.001));
        }

        output.WriteLine(FormattableString.Invariant($"{name,-28} float {best[0],8:F2} us   int8 {best[1],8:F2} ({best[0] / best[1]:F2})   bfloat16 {best[2],8:F2} ({best[0] / best[2]:F2})   float16 {best[3],8:F2} ({best[0] / best[3]:F2})"));
    }

    /// <summary>Microseconds per step.</summary>
    private static double Time(Stepper<float> stepper, float[] input, double seconds)
    {
        long start = Stopwatch.GetTimestamp();
        int steps = 0;
        do
        {
            stepper.Step(input);
            steps++;
        }
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < seconds);

        return Stopwatch.GetElapsedTime(start).TotalMicroseconds / steps;
    }
}

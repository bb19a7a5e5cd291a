using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;
using RnnSharp.Training;

namespace RnnSharp.Consumers;

/// <summary>
/// What every consumer of the package checks: that the golden model computes and learns what PyTorch does (tests/RnnSharp.Tests/References/consumers.py
/// writes model and numbers), wherever the program runs and however it was compiled. Both files are resources of the program.
/// </summary>
internal static class Golden
{
    /// <summary>
    /// The largest difference from PyTorch's double precision, in units of the last place of 1: 2^-23 in single precision, 2^-52 in double. Vector
    /// widths differ in the order of sums and in fused multiply-adds: by 2 units at most in what was found at 512, 256 and 128 bits, without vectors
    /// and in WebAssembly. A wrong equation or weight differs by thousands.
    /// </summary>
    private const double Units = 8;

    /// <summary>Checks the golden model, measures the speed of a larger one and prints a line with the results.</summary>
    /// <param name="start">The time since the program was started, which is asked for when the golden model has given its first result.</param>
    /// <param name="size">The size of the program in bytes, if it is known here.</param>
    /// <returns>The line.</returns>
    /// <exception cref="InvalidOperationException">A number differs.</exception>
    public static string Run(Func<TimeSpan> start, long? size = null)
    {
        double single = Check<float>(1.0 / (1 << 23));
        TimeSpan started = start();
        double dual = Check<double>(1.0 / (1L << 52));
        (double steps, double trainingSteps) = Speed();
        string bytes = size is { } known ? string.Create(CultureInfo.InvariantCulture, $"{known / 1e6:F1} MB, ") : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"golden file met within {single:G2} (float) and {dual:G2} (double): {RuntimeInformation.FrameworkDescription}, {Compute.VectorBits}-bit vectors, {bytes}first results after {started.TotalMilliseconds:F0} ms, {steps:F0} steps/s, {trainingSteps:F1} training steps/s");
    }

    /// <summary>The time since the start of the process.</summary>
    public static TimeSpan SinceProcessStart()
    {
        using var process = Process.GetCurrentProcess();
        return DateTime.Now - process.StartTime;
    }

    /// <summary>The size of the program's folder without debugging symbols.</summary>
    public static long FolderSize() => new DirectoryInfo(AppContext.BaseDirectory).EnumerateFiles("*", SearchOption.AllDirectories)
        .Where(file => file.Extension is not (".pdb" or ".dbg")).Sum(file => file.Length);

    /// <summary>Predicts, streams and trains the golden model.</summary>
    /// <param name="unit">A unit in the last place of 1.</param>
    /// <returns>The largest difference.</returns>
    public static double Check<T>(double unit)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using JsonDocument document = JsonDocument.Parse(Resource("golden.json"));
        using Stream file = Resource("model.safetensors");
        return Check(ModelFile.Load<T>(file).Model, document.RootElement, unit);
    }

    /// <summary>Predicts, streams and trains a model that is compared with the given numbers.</summary>
    public static double Check<T>(ILayer<T> model, JsonElement golden, double unit)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int batch = golden.GetProperty("batch").GetInt32(), steps = golden.GetProperty("steps").GetInt32();
        Sequence<T> x = Read<T>(golden, "x", model.InputSize, batch, steps), target = Read<T>(golden, "target", model.OutputSize, batch, steps);
        double tolerance = Units * unit;

        Sequence<T> predicted = model.Predict(x);
        double largest = Compare(golden, "outputs", predicted.Values, tolerance);

        // One step at a time, with the same bits.
        Stepper<T> stepper = model.CreateStepper(batch);
        for (int t = 0; t < steps; t++)
        {
            int inputs = batch * model.InputSize, outputs = batch * model.OutputSize;
            if (!stepper.Step(x.Values.Slice(t * inputs, inputs)).SequenceEqual(predicted.Values.Slice(t * outputs, outputs)))
                throw new InvalidOperationException($"Step {t} of the golden model has other bits in a stream.");
        }

        var adam = new Adam<T>(golden.GetProperty("learning_rate").GetDouble());
        double[] losses = new double[golden.GetProperty("losses").GetArrayLength()];
        var outputGradient = new Sequence<T>(model.OutputSize, batch, steps);
        ForwardPass<T> pass = model.Forward(x);
        losses[0] = MeanSquaredError.Compute(pass.Output, target, outputGradient).Mean;
        for (int i = 1; i < losses.Length; i++)
        {
            adam.Step(model.Parameters, model.Backward(pass, outputGradient));
            pass = model.Forward(x, reuse: pass);
            losses[i] = MeanSquaredError.Compute(pass.Output, target, outputGradient).Mean;
        }

        largest = Math.Max(largest, Compare<double>(golden, "losses", losses, tolerance));
        return Math.Max(largest, Compare(golden, "trained_outputs", pass.Output.Values, tolerance));
    }

    /// <summary>Steps per second of a stream, and of training with a batch of 32 examples of 50 steps: an LSTM of 128 units on 64 inputs.</summary>
    private static (double Steps, double TrainingSteps) Speed()
    {
        var model = new LayerStack<float>(new LstmLayer<float>(64, 128, seed: 1), new DenseLayer<float>(128, 8, seed: 2));
        var x = new Sequence<float>(64, batch: 32, steps: 50);
        var target = new Sequence<float>(8, batch: 32, steps: 50);
        for (int i = 0; i < x.Values.Length; i++) x.Values[i] = MathF.Sin(i);
        for (int i = 0; i < target.Values.Length; i++) target.Values[i] = MathF.Cos(i);

        Stepper<float> stepper = model.CreateStepper();
        float[] features = x.Values[..64].ToArray();
        double steps = Fastest(rounds: 10, minimum: TimeSpan.FromMilliseconds(100), () => stepper.Step(features));

        var adam = new Adam<float>(learningRate: 0.003);
        var outputGradient = new Sequence<float>(8, 32, 50);
        ForwardPass<float>? pass = null;
        Gradients<float>? gradients = null;
        var losses = new List<double>();
        double trainingSteps = Fastest(rounds: 5, minimum: TimeSpan.FromMilliseconds(100), () =>
        {
            pass = model.Forward(x, reuse: pass);
            losses.Add(MeanSquaredError.Compute(pass.Output, target, outputGradient).Mean);
            gradients = model.Backward(pass, outputGradient, reuse: gradients);
            adam.Step(model.Parameters, gradients);
        });
        return losses[^1] < losses[0] ? (steps, trainingSteps) : throw new InvalidOperationException($"The loss rose from {losses[0]} to {losses[^1]}.");
    }

    /// <summary>Calls per second in the fastest round.</summary>
    private static double Fastest(int rounds, TimeSpan minimum, Action action)
    {
        double fastest = 0;
        for (int round = 0; round < rounds; round++)
        {
            long start = Stopwatch.GetTimestamp();
            int calls = 0;
            TimeSpan elapsed;
            do
            {
                action();
                calls++;
                elapsed = Stopwatch.GetElapsedTime(start);
            }
            while (elapsed < minimum);
            fastest = Math.Max(fastest, calls / elapsed.TotalSeconds);
        }

        return fastest;
    }

    private static Sequence<T> Read<T>(JsonElement golden, string name, int features, int batch, int steps)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var sequence = new Sequence<T>(features, batch, steps);
        int i = 0;
        foreach (JsonElement value in golden.GetProperty(name).EnumerateArray()) sequence.Values[i++] = T.CreateChecked(value.GetDouble());
        return sequence;
    }

    private static double Compare<T>(JsonElement golden, string name, ReadOnlySpan<T> values, double tolerance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        JsonElement expected = golden.GetProperty(name);
        if (expected.GetArrayLength() != values.Length) throw new InvalidOperationException($"Expected {expected.GetArrayLength()} {name}, got {values.Length}.");
        double largest = 0;
        for (int i = 0; i < values.Length; i++)
        {
            double value = double.CreateChecked(values[i]), difference = Math.Abs(value - expected[i].GetDouble());
            if (!(difference <= tolerance)) throw new InvalidOperationException($"{name}[{i}]: expected {expected[i].GetDouble()}, got {value}, {difference:G2} away; the tolerance is {tolerance:G2}.");
            largest = Math.Max(largest, difference);
        }

        return largest;
    }

    private static Stream Resource(string name) => Assembly.GetExecutingAssembly().GetManifestResourceStream(name) ?? throw new InvalidOperationException($"The program has no resource {name}.");
}

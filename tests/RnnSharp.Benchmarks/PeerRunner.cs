using System.Diagnostics;
using System.Numerics;
using System.Text.Json;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Training;

namespace RnnSharp.Benchmarks;

/// <summary>
/// Answers the line protocol by which peers are compared: a JSON cell a line in, {"median_ms": x, "runs": n} a line out, null where a
/// cell cannot be done. Modes infer (Predict), train (Forward and Backward with the gradients of every weight, the input and the
/// initial state), stream (Step at batch 1, time a step) and charlm (a whole training step of a character model).
/// </summary>
internal static class PeerRunner
{
    public static void Run(TextReader input, TextWriter output)
    {
        while (input.ReadLine() is { } line)
        {
            using JsonDocument cell = JsonDocument.Parse(line);
            (double Milliseconds, int Runs)? time = cell.RootElement.GetProperty("dtype").GetString() switch
            {
                "float32" => Time<float>(cell.RootElement),
                "float64" => Time<double>(cell.RootElement),
                _ => null,
            };
            output.WriteLine(time is { } t ? FormattableString.Invariant($"{{\"median_ms\": {t.Milliseconds:R}, \"runs\": {t.Runs}}}") : "{\"median_ms\": null}");
            output.Flush();
        }
    }

    private static (double Milliseconds, int Runs)? Time<T>(JsonElement cell)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int inputs = cell.GetProperty("inputs").GetInt32();
        int hidden = cell.GetProperty("hidden").GetInt32();
        int batch = cell.GetProperty("batch").GetInt32();
        int steps = cell.GetProperty("steps").GetInt32();
        double seconds = cell.GetProperty("seconds").GetDouble();
        RecurrentLayer<T>? layer = cell.GetProperty("kind").GetString() switch
        {
            "lstm" => new LstmLayer<T>(inputs, hidden, seed: 0),
            "gru" => new GruLayer<T>(inputs, hidden, seed: 0),
            "rnn" => new RnnLayer<T>(inputs, hidden, seed: 0),
            _ => null,
        };
        if (layer is null) return null;
        Action? call = cell.GetProperty("mode").GetString() switch
        {
            "infer" => Infer(layer, batch, steps),
            "train" => Train(layer, batch, steps),
            "stream" => Stream(layer),
            "charlm" => CharacterModel(layer, batch, steps),
            _ => null,
        };
        if (call is null) return null;
        (double time, int runs) = MedianTime(call, seconds);
        return (cell.GetProperty("mode").ValueEquals("stream") ? time / StreamSteps : time, runs);
    }

    private const int StreamSteps = 100;

    private static Action Infer<T>(RecurrentLayer<T> layer, int batch, int steps)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Sequence<T> x = Random<T>(layer.InputSize, batch, steps);
        State<T> state = layer.CreateState(batch);
        var y = new Sequence<T>(layer.HiddenSize, batch, steps);
        return () =>
        {
            state.Clear();
            layer.Predict(x, state, y);
        };
    }

    private static Action Train<T>(RecurrentLayer<T> layer, int batch, int steps)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Sequence<T> x = Random<T>(layer.InputSize, batch, steps);
        Sequence<T> dy = Random<T>(layer.HiddenSize, batch, steps);
        State<T> state = layer.CreateState(batch);
        ForwardPass<T>? pass = null;
        Gradients<T>? gradients = null;
        return () =>
        {
            pass = layer.Forward(x, state, pass);
            gradients = layer.Backward(pass, dy, reuse: gradients);
        };
    }

    private static Action Stream<T>(RecurrentLayer<T> layer)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T[] x = Random<T>(layer.InputSize, 1, 1).Step(0).ToArray();
        var y = new T[layer.HiddenSize];
        State<T> state = layer.CreateState(1);
        return () =>
        {
            for (int i = 0; i < StreamSteps; i++) layer.Step(x, state, y);
        };
    }

    private static Action CharacterModel<T>(RecurrentLayer<T> layer, int batch, int steps)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int classes = layer.InputSize;
        var model = new LayerStack<T>(layer, new DenseLayer<T>(layer.HiddenSize, classes, seed: 1));
        var adam = new Adam<T>(1e-3);
        var random = new Random(0);
        Sequence<T> x = Sequence<T>.ForTokens(classes, batch, steps);
        Sequence<T> target = Sequence<T>.ForTokens(classes, batch, steps);
        for (int j = 0; j < batch; j++)
        {
            int token = random.Next(classes);
            for (int t = 0; t < steps; t++)
            {
                x.SetToken(j, t, token);
                target.SetToken(j, t, token = random.Next(classes));
            }
        }

        ForwardPass<T>? pass = null;
        Gradients<T>? gradients = null;
        var dy = new Sequence<T>(classes, batch, steps);
        return () =>
        {
            pass = model.Forward(x, reuse: pass);
            SoftmaxCrossEntropy.Compute(pass.Output, target, dy);
            gradients = model.Backward(pass, dy, inputGradient: false, reuse: gradients);
            GradientClipping.ByNorm(gradients, 5);
            adam.Step(model.Parameters, gradients);
        };
    }

    private static Sequence<T> Random<T>(int features, int batch, int steps)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new RnnSharp.Numerics.FastRandom(0);
        var sequence = new Sequence<T>(features, batch, steps);
        foreach (ref T value in sequence.Values) value = T.CreateChecked(random.NextGaussian());
        return sequence;
    }

    private static (double Milliseconds, int Runs) MedianTime(Action call, double seconds)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < 3; i++) call();
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < Math.Min(0.5, seconds)) call();
        var times = new List<double>();
        start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < seconds || times.Count < 5)
        {
            long begin = Stopwatch.GetTimestamp();
            call();
            times.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
        }

        times.Sort();
        return (times[times.Count / 2], times.Count);
    }
}

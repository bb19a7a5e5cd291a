using System.Diagnostics;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text.Json;
using RnnSharp.Numerics;
using RnnSharp.Quantization;
using RnnSharp.Recurrent;

namespace RnnSharp.Benchmarks;

/// <summary>
/// Implements the line protocol by which peers are compared (see peers/README.md): it reads one JSON cell per line and answers each with
/// {"median_ms": x, "runs": n}, with null if a cell is not supported. Modes are infer (Predict), train (Forward and Backward with the
/// gradients of every weight, the input and the initial state), ragged-train (the same for unequal lengths), bi-infer and bi-train (infer
/// and train for two bidirectional layers), stream (Step at batch 1, time per step), tiny-stream (the same with a Stepper), int8-infer
/// and int8-stream (infer and tiny-stream with weights of 8 bits) and charlm (a whole training step of a character model).
/// </summary>
internal static class PeerRunner
{
    // A single step is too short to time.
    private const int StreamSteps = 100;

    /// <summary>Describes this build; the comparison asks for it before any cell.</summary>
    public static void Describe(TextWriter output)
    {
        string version = typeof(RecurrentLayer<>).Assembly.GetName().Version!.ToString(3);
        output.WriteLine(JsonSerializer.Serialize(new { name = $"RnnSharp {version}", detail = $"{RuntimeInformation.FrameworkDescription}, {VectorDispatch.Bits}-bit vectors", bits = VectorDispatch.Bits }));
    }

    public static void Run(TextReader input, TextWriter output)
    {
        while (input.ReadLine() is { } line)
        {
            Cell cell = JsonSerializer.Deserialize<Cell>(line, JsonSerializerOptions.Web) ?? throw new InvalidDataException("Expected a cell, got null.");
            (double Milliseconds, int Runs)? time = cell.Dtype switch
            {
                "float32" => Time<float>(cell),
                "float64" => Time<double>(cell),
                _ => null,
            };
            output.WriteLine(time is { } t ? FormattableString.Invariant($"{{\"median_ms\": {t.Milliseconds:R}, \"runs\": {t.Runs}}}") : "{\"median_ms\": null}");
            output.Flush();
        }
    }

    private static (double Milliseconds, int Runs)? Time<T>(Cell cell)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (!Enum.TryParse(cell.Kind, ignoreCase: true, out LayerKind kind)) return null;
        Compute.MaxDegreeOfParallelism = cell.Threads;
        Action? call = cell.Mode switch
        {
            "infer" => Infer(Layer(), cell),
            "train" => Train(Layer(), cell),
            "ragged-train" => Train(Layer(), cell, cell.RaggedLengths()),
            "bi-infer" => Infer(Workload.TwoBidirectional<T>(kind, cell.Inputs, cell.Hidden), cell),
            "bi-train" => Train(Workload.TwoBidirectional<T>(kind, cell.Inputs, cell.Hidden), cell),
            "stream" => Stream(Layer()),
            "tiny-stream" => StreamBound(Layer()),
            "int8-infer" when Quantized() is { } model => Infer(model, cell),
            "int8-stream" when Quantized() is { } model => StreamBound(model),
            "charlm" => CharacterModel(Layer(), cell),
            _ => null,
        };
        if (call is null) return null;
        (double time, int runs) = MedianTime(call, cell.Seconds);
        return (cell.Mode is "stream" or "tiny-stream" or "int8-stream" ? time / StreamSteps : time, runs);

        RecurrentLayer<T> Layer() => Workload.Layer<T>(kind, cell.Inputs, cell.Hidden);

        // Quantized layers take and give single precision.
        ILayer<T>? Quantized() => (Layer() as ILayer<float>)?.Quantize() as ILayer<T>;
    }

    private static Action Infer<T>(ILayer<T> layer, Cell cell)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Sequence<T> x = Workload.Gaussian<T>(layer.InputSize, cell.Batch, cell.Steps);
        State<T> state = layer.CreateState(cell.Batch);
        var y = new Sequence<T>(layer.OutputSize, cell.Batch, cell.Steps);
        return () =>
        {
            state.Clear();
            layer.Predict(x, state, y);
        };
    }

    private static Action Train<T>(ILayer<T> layer, Cell cell, int[]? lengths = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Sequence<T> x = Workload.Gaussian<T>(layer.InputSize, cell.Batch, cell.Steps);
        if (lengths is not null) x.SetLengths(lengths);
        Sequence<T> dy = Workload.Gaussian<T>(layer.OutputSize, cell.Batch, cell.Steps);
        State<T> state = layer.CreateState(cell.Batch);
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
        T[] x = Workload.Gaussian<T>(layer.InputSize, 1, 1).Step(0).ToArray();
        var y = new T[layer.HiddenSize];
        State<T> state = layer.CreateState(1);
        return () =>
        {
            for (int i = 0; i < StreamSteps; i++) layer.Step(x, state, y);
        };
    }

    private static Action StreamBound<T>(ILayer<T> layer)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T[] x = Workload.Gaussian<T>(layer.InputSize, 1, 1).Step(0).ToArray();
        Stepper<T> stepper = layer.CreateStepper();
        return () =>
        {
            for (int i = 0; i < StreamSteps; i++) stepper.Step(x);
        };
    }

    private static Action CharacterModel<T>(RecurrentLayer<T> layer, Cell cell)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var model = new CharacterModel<T>(layer, cell.Batch, cell.Steps);
        return () => model.Train();
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

    /// <summary>The request of one line. Unknown names are ignored, as by the other runners.</summary>
    private sealed record Cell(string Mode, string Dtype, string Kind, int Inputs, int Hidden, int Batch, int Steps, double Seconds)
    {
        public int Threads { get; init; } = 1;

        /// <summary>The lengths of a ragged batch: evenly spread over 1 to Steps, in a mixed order (see protocol.py).</summary>
        public int[] RaggedLengths()
        {
            int[] lengths = new int[Batch];
            for (int j = 0; j < Batch; j++) lengths[j] = Batch == 1 ? Steps : 1 + 5 * j % Batch * (Steps - 1) / (Batch - 1);
            return lengths;
        }
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using RnnSharp.Recurrent;

namespace RnnSharp.Benchmarks;

/// <summary>
/// What a ragged batch costs beside a padded one: the ratio of their times over that of their steps, whose ideal is 1. Rounds are
/// interleaved, and the best of each side counts.
/// </summary>
internal static class RaggedBatches
{
    private const int Rounds = 7;
    private static readonly (int Inputs, int Hidden, int Batch, int Steps)[] Shapes =
        [(27, 100, 32, 50), (64, 128, 8, 100), (64, 128, 32, 100), (64, 128, 128, 50), (256, 256, 32, 50), (512, 1024, 32, 20)];

    public static void Run(int threads, string only, TextWriter output)
    {
        Compute.MaxDegreeOfParallelism = threads;
        output.WriteLine("time of a ragged batch / time of a padded one / share of valid steps");
        foreach ((int inputs, int hidden, int batch, int steps) in Shapes)
        {
            Report<float>($"lstm float {inputs}-{hidden} batch {batch}", new LstmLayer<float>(inputs, hidden, seed: 1), batch, steps);
            Report<float>($"gru float {inputs}-{hidden} batch {batch}", new GruLayer<float>(inputs, hidden, seed: 1), batch, steps);
            Report<double>($"lstm double {inputs}-{hidden} batch {batch}", new LstmLayer<double>(inputs, hidden, seed: 1), batch, steps);
        }

        void Report<T>(string name, Layer<T> layer, int batch, int steps)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            if (!name.Contains(only, StringComparison.Ordinal)) return;
            (double forward, double backward, double predict) = Measure(layer, batch, steps);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-32} forward {forward:F3}  backward {backward:F3}  predict {predict:F3}"));
        }
    }

    private static (double Forward, double Backward, double Predict) Measure<T>(Layer<T> layer, int batch, int steps)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Call<T> padded = new(layer, batch, steps, isRagged: false), ragged = new(layer, batch, steps, isRagged: true);
        double[] times = new double[6];
        Array.Fill(times, double.PositiveInfinity);
        int repeats = Math.Max(1, (int)(0.01 / Math.Max(1e-6, Time(padded.Forward, 2))));
        for (int round = 0; round < Rounds; round++)
        {
            Action[] calls = [padded.Forward, ragged.Forward, padded.Backward, ragged.Backward, padded.Predict, ragged.Predict];
            for (int i = 0; i < calls.Length; i++) times[i] = Math.Min(times[i], Time(calls[i], repeats));
        }

        return (times[1] / times[0] / ragged.Share, times[3] / times[2] / ragged.Share, times[5] / times[4] / ragged.Share);
    }

    private static double Time(Action call, int repeats)
    {
        call();
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < repeats; i++) call();
        return Stopwatch.GetElapsedTime(start).TotalSeconds / repeats;
    }

    /// <summary>A batch with its reused objects. The lengths are spread evenly over 1 to the number of steps, in random order.</summary>
    private sealed class Call<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly Layer<T> _layer;
        private readonly Sequence<T> _input;
        private readonly Sequence<T> _outputGradient;
        private readonly Sequence<T> _output;
        private readonly State<T> _state;
        private readonly ForwardPass<T> _pass;
        private Gradients<T>? _gradients;

        public Call(Layer<T> layer, int batch, int steps, bool isRagged)
        {
            var random = new Random(1);
            _layer = layer;
            _input = new Sequence<T>(layer.InputSize, batch, steps);
            _outputGradient = new Sequence<T>(layer.OutputSize, batch, steps);
            _output = new Sequence<T>(layer.OutputSize, batch, steps);
            foreach (ref T value in _input.Values) value = T.CreateChecked(random.NextDouble() - 0.5);
            foreach (ref T value in _outputGradient.Values) value = T.CreateChecked(random.NextDouble() - 0.5);
            int[] lengths = [.. Enumerable.Range(0, batch).Select(j => isRagged ? 1 + (int)Math.Round((double)j * (steps - 1) / Math.Max(1, batch - 1)) : steps)];
            random.Shuffle(lengths);
            if (isRagged) _input.SetLengths(lengths);
            Share = (double)lengths.Sum() / ((long)batch * steps);
            _state = layer.CreateState(batch);
            _pass = layer.Forward(_input);
        }

        public double Share { get; }

        public void Forward() => _layer.Forward(_input, reuse: _pass);

        public void Backward() => _gradients = _layer.Backward(_pass, _outputGradient, reuse: _gradients);

        public void Predict() => _layer.Predict(_input, _state, _output);
    }
}

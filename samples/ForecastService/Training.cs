using System.Globalization;
using RnnSharp;
using RnnSharp.Data;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;
using RnnSharp.Training;
using Samples;
using Spectre.Console;

namespace ForecastService;

/// <summary>Learns the pump's pressure, compares the network with baselines, and writes the model file that is served.</summary>
internal static class Training
{
    private const int Window = 100;
    private const int Warmup = 200;
    private const double FalseAlarms = 0.001;

    /// <summary>Trains a model and saves it. The same seed gives the same file.</summary>
    public static void Run(string path, int seed, bool quick)
    {
        float[] training = Pump.Healthy((ulong)(10 * seed + 1), quick ? 10_000 : 60_000), validation = Pump.Healthy((ulong)(10 * seed + 2), 20_000), test = Pump.Healthy((ulong)(10 * seed + 3), 20_000);
        float mean = training.Average(), scale = MathF.Sqrt(training.Average(value => (value - mean) * (value - mean)));
        int hidden = quick ? 16 : 48, steps = quick ? 400 : 1500;
        DenseLayer<float> units = new(1, 1, seed: seed), output = new(hidden, PumpModel.Outputs, seed: seed + 1);
        units.Parameters[0].Set([1 / scale]);
        units.Parameters[1].Set([-mean / scale]);
        foreach (Parameter<float> parameter in units.Parameters) parameter.Frozen = true;
        var network = new LayerStack<float>(units, new GruLayer<float>(1, hidden, seed: seed + 2), output);
        var batches = new WindowBatches<float>(
            Ahead(training, mean, scale),
            Window,
            new() { Stride = 20, InputColumns = [PumpModel.Horizon], TargetColumns = [.. Enumerable.Range(0, PumpModel.Horizon)] },
            new() { BatchSize = 32, Shuffle = true, Seed = (ulong)seed });
        var bar = new TrainingBar<float>();
        var trainer = new Trainer<float>(network, new Adam<float>(0.004), new GaussianLoss<float>(), new()
        {
            MaxSteps = steps,
            MaxGradientNorm = 1,
            Schedule = new CosineSchedule(0.004, steps),
            Callbacks = [bar],
        });
        bar.Show(steps, () => trainer.Fit(batches));

        // From here on it gives bar: its means are scaled, and the logarithms of its variances shifted.
        float[] weights = output.Parameters[0].Values.ToArray(), biases = output.Parameters[1].Values.ToArray();
        for (int i = 0; i < PumpModel.Outputs; i++)
        {
            bool isMean = i < PumpModel.Horizon;
            for (int unit = 0; unit < hidden; unit++) weights[i + PumpModel.Outputs * unit] *= isMean ? scale : 1;
            biases[i] = isMean ? mean + scale * biases[i] : biases[i] + 2 * MathF.Log(scale);
        }

        output.Parameters[0].Set(weights);
        output.Parameters[1].Set(biases);

        // The score that a healthy pump exceeds once in a thousand points.
        double[] scores = Scores(network, validation);
        var model = new PumpModel(network, (float)Quantile(scores));
        var linear = LinearModel.Fit(training, validation);
        (Table table, Dictionary<string, string> figures) = Compare(model, linear, validation, test, seed);
        ModelFile.Save(network, path, new() { Metadata = Metadata(model, linear, figures) });
        AnsiConsole.Write(table);
        Console.WriteLine($"Saved the model: {path}");
    }

    /// <summary>The value that a score exceeds once in a thousand healthy points.</summary>
    public static double Quantile(double[] scores) => scores.Order().ElementAt((int)((1 - FalseAlarms) * scores.Length));

    /// <summary>A series whose columns are the points and those after it, scaled, and last the points in bar.</summary>
    private static Series<float> Ahead(float[] values, float mean, float scale)
    {
        const int Columns = PumpModel.Horizon + 1;
        int steps = values.Length - PumpModel.Horizon;
        var columns = new float[steps * Columns];
        for (int t = 0; t < steps; t++)
        {
            for (int ahead = 0; ahead < PumpModel.Horizon; ahead++) columns[t * Columns + ahead] = (values[t + ahead] - mean) / scale;
            columns[t * Columns + PumpModel.Horizon] = values[t];
        }

        return Series<float>.FromValues(columns, Columns);
    }

    private static double[] Scores(ILayer<float> network, float[] values)
    {
        var detector = new Detector(network);
        return [.. values.Select(value => (double)detector.Score(value)).Skip(Warmup)];
    }

    private static (Table Table, Dictionary<string, string> Figures) Compare(PumpModel model, LinearModel linear, float[] validation, float[] test, int seed)
    {
        Table table = Sample.Table("", "error 1 ahead", $"error {PumpModel.Horizon} ahead", "faults found", "false alarms");
        Dictionary<string, string> figures = new(StringComparer.Ordinal);
        (double Near, double Far)[] errors = Errors(model, linear, test);
        (string Name, Func<Func<float, float>> Scorer)[] detectors =
        [
            ("GRU network", () => new Detector(model.Network).Score),
            ($"Linear model of {LinearModel.Lags} points", () => new LinearDetector(linear).Score),
            ("Last point", () => new LastPoint().Score),
            ("Moving z-score", () => new MovingZScore().Score),
        ];
        for (int i = 0; i < detectors.Length; i++)
        {
            Func<float, float> healthy = detectors[i].Scorer();
            double threshold = Quantile([.. validation.Select(value => (double)healthy(value)).Skip(Warmup)]);
            (int found, int faults, double alarms) = Detect(detectors[i].Scorer(), threshold, seed);
            string near = i < errors.Length ? Text(errors[i].Near, "F4") : "", far = i < errors.Length ? Text(errors[i].Far, "F4") : "";
            table.AddRow(detectors[i].Name, near, far, $"{found} of {faults}", Text(100 * alarms, "F2") + " %");
            figures[$"figures.{i}"] = $"{detectors[i].Name}|{near}|{far}|{found}|{faults}|{Text(100 * alarms, "F2")}";
        }

        return (table, figures);
    }

    /// <summary>Mean absolute errors in bar, of the next point and of the last of the horizon.</summary>
    private static (double Near, double Far)[] Errors(PumpModel model, LinearModel linear, float[] test)
    {
        Stepper<float> stepper = model.Network.CreateStepper();
        var sums = new (double Near, double Far)[3];
        int count = 0;
        for (int t = 0; t < test.Length - PumpModel.Horizon; t++)
        {
            ReadOnlySpan<float> forecast = stepper.Step(new[] { test[t] });
            if (t < Warmup) continue;
            count++;
            float[] ahead = linear.Forecast(test.AsSpan(0, t + 1), PumpModel.Horizon);
            float near = test[t + 1], far = test[t + PumpModel.Horizon];
            sums[0] = (sums[0].Near + Math.Abs(forecast[0] - near), sums[0].Far + Math.Abs(forecast[PumpModel.Horizon - 1] - far));
            sums[1] = (sums[1].Near + Math.Abs(ahead[0] - near), sums[1].Far + Math.Abs(ahead[^1] - far));
            sums[2] = (sums[2].Near + Math.Abs(test[t] - near), sums[2].Far + Math.Abs(test[t] - far));
        }

        return [.. sums.Select(sum => (sum.Near / count, sum.Far / count))];
    }

    /// <summary>Counts the faulty strokes with a score above the threshold, and the points of healthy strokes after a healthy one above it.</summary>
    private static (int Found, int Faults, double Alarms) Detect(Func<float, float> score, double threshold, int seed)
    {
        var pump = new Pump((ulong)(10 * seed + 4), faultRate: 0.1);
        HashSet<int> faulty = [], found = [];
        int alarms = 0, healthy = 0;
        for (int t = 0; t < 50_000; t++)
        {
            PumpPoint point = pump.Next();
            bool isHigh = score(point.Value) > threshold;
            if (t < Warmup) continue;
            if (point.Fault != PumpFault.None)
            {
                faulty.Add(point.Stroke);
                if (isHigh) found.Add(point.Stroke);
            }
            else if (!faulty.Contains(point.Stroke - 1))
            {
                healthy++;
                if (isHigh) alarms++;
            }
        }

        return (found.Count, faulty.Count, (double)alarms / healthy);
    }

    private static Dictionary<string, string> Metadata(PumpModel model, LinearModel linear, Dictionary<string, string> figures) => new(figures, StringComparer.Ordinal)
    {
        [PumpModel.ThresholdKey] = Text(model.Threshold, "R"),
        [LinearModel.Key] = linear.ToText(),
    };

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private static string Text(float value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}

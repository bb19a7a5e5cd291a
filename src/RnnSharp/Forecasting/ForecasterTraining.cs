using System.Runtime.ExceptionServices;
using RnnSharp.Data;
using RnnSharp.Numerics;
using RnnSharp.Training;

namespace RnnSharp.Forecasting;

/// <summary>
/// The training of a forecaster: networks on the first part of each series, with early stopping on the last; the calibration of the intervals
/// there; and networks of as many epochs on all steps.
/// </summary>
internal sealed class ForecasterTraining
{
    private readonly ForecasterOptions _options;
    private readonly ForecastShape _shape;
    private readonly CancellationToken _cancellation;
    private readonly double _countScale;

    private ForecasterTraining(ForecasterOptions options, ForecastShape shape, double countScale, CancellationToken cancellation) =>
        (_options, _shape, _countScale, _cancellation) = (options, shape, countScale, cancellation);

    public static (ForecastNetwork Network, SeriesScales[] Scales, ForecastCalibration? Calibration) Run(IReadOnlyList<TimeSeries> series, ForecastShape shape, ForecasterOptions options, CancellationToken cancellation)
    {
        var training = new ForecasterTraining(options, shape, CountScale(series, shape), cancellation);
        int[] firsts = [.. series.Select(one => one.Length - options.HeldOut(one.Length, shape.Block, series.Count))];
        SeriesScales[] partial = [.. series.Select((one, s) => SeriesScales.Fit(one, firsts[s], shape, options.Scaling))];
        ScaledSeries[] scaled = [.. series.Select((one, s) => new ScaledSeries(one, partial[s], shape))];
        ILayer<float>[] members = new ILayer<float>[options.Members];
        var epochs = new double[members.Length];

        // The validation windows begin before the first held-out step, so that all of their targets, and no others, are held out.
        Series<float>[] first = [.. scaled.Select((one, s) => one.ToTraining(firsts[s]))];
        Series<float>[] last = [.. scaled.Select((one, s) => Tail(one.ToTraining(one.Length), firsts[s] - shape.Needed))];
        Each(members.Length, m => (members[m], epochs[m]) = training.Fit(first, last, m, options.Epochs));
        var network = new ForecastNetwork(Joined(members), shape, training._countScale);
        ForecastCalibration? calibration = options.Calibrates ? ForecastCalibration.Measure(network, scaled, firsts, options.Horizon, cancellation) : null;

        if (!options.Refit) return (network, partial, calibration);
        SeriesScales[] scales = [.. series.Select(one => SeriesScales.Fit(one, one.Length, shape, options.Scaling))];
        Series<float>[] all = [.. series.Select((one, s) => new ScaledSeries(one, scales[s], shape).ToTraining(one.Length))];
        int rounds = (int)Math.Round(epochs.Average());
        Each(members.Length, m => (members[m], _) = training.Fit(all, null, m, rounds));
        return (new ForecastNetwork(Joined(members), shape, training._countScale), scales, calibration);
    }

    /// <summary>Trains a network; returns it with the epochs of its best validation.</summary>
    private (ILayer<float> Model, double Epochs) Fit(IReadOnlyList<Series<float>> series, IReadOnlyList<Series<float>>? validation, int member, int epochs)
    {
        int seed = unchecked(_options.Seed * 1_000_003 + member);
        ILayer<float> model = ForecastNetwork.Create(_shape, _options, seed);
        if (epochs == 0) return (model, 0);
        IBatchSource<float> training = ForecastNetwork.Windows(series, _shape, new() { BatchSize = _options.BatchSize, Seed = (ulong)(uint)seed });
        IBatchSource<float>? held = validation is null ? null : ForecastNetwork.Windows(validation, _shape, new() { BatchSize = 256, Shuffle = false });
        var trainer = new Trainer<float>(model, new AdamW<float>(_options.LearningRate, weightDecay: _options.WeightDecay), ForecastNetwork.Loss(_shape, _countScale), new()
        {
            MaxEpochs = epochs,
            Patience = held is null ? null : _options.Patience,
            MaxGradientNorm = 1,
        });
        double before = held is null ? double.PositiveInfinity : trainer.Evaluate(held).Loss.Value;
        FitResult result = trainer.Fit(training, held, cancellation: _cancellation);
        _cancellation.ThrowIfCancellationRequested();
        if (held is null) return (model, epochs);
        if (result.BestLoss < before) return (model, (double)result.BestStep / training.BatchesPerEpoch!.Value);
        ForecastNetwork.Silence(model, _shape);
        return (model, 0);
    }

    /// <summary>Runs an action for each member, on several threads; the result does not depend on their number.</summary>
    private static void Each(int count, Action<int> action)
    {
        try
        {
            Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, action);
        }
        catch (AggregateException exception)
        {
            ExceptionDispatchInfo.Throw(exception.InnerExceptions[0]);
        }
    }

    private static ILayer<float> Joined(ILayer<float>[] members) => members.Length == 1 ? members[0] : new ForecastEnsemble<float>([.. members]);

    private static Series<float> Tail(Series<float> series, int first) => Series<float>.FromValues(series.Values[(Math.Max(0, first) * series.Features)..], series.Features);

    private static double CountScale(IReadOnlyList<TimeSeries> series, ForecastShape shape)
    {
        if (shape.Head != ForecastHead.NegativeBinomial) return 1;
        double sum = 0;
        long count = 0;
        foreach (TimeSeries one in series)
        {
            foreach (double value in one.Values.Span)
            {
                if (value < 0) throw Check.Shape("series", "counts of 0 or more for a negative binomial head", $"{value}");
                if (!double.IsNaN(value)) (sum, count) = (sum + value, count + 1);
            }
        }

        return count > 0 && sum > 0 ? sum / count : 1;
    }
}

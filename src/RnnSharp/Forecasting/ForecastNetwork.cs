using MathNet.Numerics.Distributions;
using RnnSharp.Data;
using RnnSharp.Layers;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;
using RnnSharp.Training;

namespace RnnSharp.Forecasting;

/// <summary>The network of a forecaster: creating it, and forecasting with it.</summary>
internal sealed class ForecastNetwork(ILayer<float> model, ForecastShape shape, double countScale)
{
    private const int LastOutputs = 2; // weights and bias of the dense layer

    public ILayer<float> Model => model;

    public ForecastShape Shape => shape;

    /// <summary>The scale of the counts, for a negative binomial head.</summary>
    public double CountScale => countScale;

    /// <summary>A network that outputs its zero: the last dense layer starts from zeros.</summary>
    public static ILayer<float> Create(ForecastShape shape, ForecasterOptions options, int seed)
    {
        var layers = new List<ILayer<float>>();
        for (int i = 0; i < options.Layers; i++)
        {
            int inputs = i == 0 ? shape.Features : options.HiddenSize, layerSeed = unchecked(seed * 1000 + i);
            layers.Add(options.Cell == ForecastCell.Gru ? new GruLayer<float>(inputs, options.HiddenSize, layerSeed) : new LstmLayer<float>(inputs, options.HiddenSize, layerSeed));
        }

        layers.Add(new PoolingLayer<float>(options.HiddenSize, Pooling.Last));
        layers.Add(new DenseLayer<float>(options.HiddenSize, shape.Outputs, seed));
        var model = new LayerStack<float>(layers);
        Silence(model, shape);
        return model;
    }

    /// <summary>Sets the last dense layer to zeros: the forecast is the anchor. Quantiles are those of a normal distribution of unit variance around it.</summary>
    public static void Silence(ILayer<float> model, ForecastShape shape)
    {
        for (int i = 1; i <= LastOutputs; i++) model.Parameters[^i].Set(new float[model.Parameters[^i].Count]);
        if (shape.Head != ForecastHead.Quantiles) return;
        Parameter<float> bias = model.Parameters[^1];
        var values = new float[bias.Count];
        for (int i = 0; i < values.Length; i++) values[i] = (float)Normal.InvCDF(0, 1, shape.Levels[i / shape.BlockValues]);
        bias.Set(values);
    }

    /// <summary>The loss of the head. A missing target is left out.</summary>
    public static ILoss<float> Loss(ForecastShape shape, double countScale) => new PresentTargetsLoss(shape.Head switch
    {
        ForecastHead.Quantiles => new QuantileLoss<float>(shape.Levels),
        ForecastHead.Gaussian => new GaussianLoss<float>(),
        ForecastHead.NegativeBinomial => new NegativeBinomialLoss<float>(countScale),
        _ => new HuberLoss<float>(),
    });

    /// <summary>The windows of some series whose target has a value, from which the anchor is taken off.</summary>
    public static IBatchSource<float> Windows(IReadOnlyList<Series<float>> series, ForecastShape shape, BatchOptions options)
    {
        var windows = new WindowOptions
        {
            Horizon = shape.Block,
            Target = WindowTarget.FollowingFeatures,
            InputColumns = [.. Enumerable.Range(0, shape.Features)],
            TargetColumns = [.. Enumerable.Range(shape.Features, shape.Columns)],
            SkipMissing = true,
            KeepPartialTargets = true,
        };
        var source = new WindowBatches<float>(series, shape.Lookback, windows, options);
        return shape.Anchor == 0 ? source : source.Transform((batch, _) => TakeOffAnchors(batch.Input, batch.Target, shape));
    }

    /// <summary>Forecasts from the end of a series on, and writes the path after it.</summary>
    /// <returns>How far each level is from the path by the network's own account: [level][step][column], in scaled values, or in counts for a negative binomial head.</returns>
    public double[] Run(ScaledSeries series, int horizon, CancellationToken cancellation = default)
    {
        int columns = shape.Columns, count = horizon * columns;
        var input = new Sequence<float>(shape.Features, 1, shape.Lookback);
        Sequence<float>? output = null;
        var offsets = new double[Check.ArrayLength((long)shape.Levels.Count * count, nameof(horizon))];
        var distribution = new double[shape.Levels.Count];
        for (int done = 0; done < horizon; done += shape.Block)
        {
            cancellation.ThrowIfCancellationRequested();
            int first = series.Length + done;
            for (int t = 0; t < shape.Lookback; t++) series.WriteStep(first - shape.Lookback + t, input.Step(t));
            TakeOffAnchors(input, null, shape);
            output = model.Predict(input, reuse: output);
            for (int i = 0; i < shape.BlockValues; i++)
            {
                int step = first + i / columns, c = i % columns, at = done * columns + i;
                double unit = series.Scales.Units[c], zero = series.Reference(step, c) + unit * series.AnchorAt(first, c);
                double center = ReadValue(output.Values, i, distribution);
                bool isRaw = shape.Head == ForecastHead.NegativeBinomial;
                series.At(step, c) = isRaw ? series.ToScaled(center, c) : zero + unit * center;
                for (int l = 0; l < distribution.Length && at < count; l++) offsets[l * count + at] = isRaw ? distribution[l] - center : unit * (distribution[l] - center);
            }
        }

        return offsets;
    }

    /// <summary>The middle of an output's distribution and its quantiles, in units of the network, or counts.</summary>
    private double ReadValue(ReadOnlySpan<float> output, int i, Span<double> quantiles)
    {
        IReadOnlyList<double> levels = shape.Levels;
        double value = output[i];
        switch (shape.Head)
        {
            case ForecastHead.Quantiles:
                for (int l = 0; l < quantiles.Length; l++) quantiles[l] = output[l * shape.BlockValues + i];
                quantiles.Sort();
                for (int l = 0; l < quantiles.Length; l++)
                {
                    if (levels[l] == 0.5) value = quantiles[l];
                }

                return value;
            case ForecastHead.NegativeBinomial:
                (double mean, double dispersion) = new NegativeBinomialLoss<float>(countScale).Parameters(output[i], output[shape.BlockValues + i]);
                for (int l = 0; l < quantiles.Length; l++) quantiles[l] = CountDistribution.Quantile(mean, dispersion, levels[l]);
                return mean;
            default:
                double deviation = shape.Head == ForecastHead.Gaussian ? Math.Exp(0.5 * Math.Clamp(output[shape.BlockValues + i], -20, 20)) : 1;
                for (int l = 0; l < quantiles.Length; l++) quantiles[l] = value + deviation * Normal.InvCDF(0, 1, levels[l]);
                return value;
        }
    }

    private static void TakeOffAnchors(Sequence<float> input, Sequence<float>? target, ForecastShape shape)
    {
        if (shape.Anchor == 0) return;
        for (int j = 0; j < input.Batch; j++)
        {
            for (int c = 0; c < shape.Columns; c++)
            {
                int at = j * shape.Features + c;
                float sum = 0;
                for (int t = input.Steps - shape.Anchor; t < input.Steps; t++) sum += input.Step(t)[at];
                float anchor = sum / shape.Anchor;
                for (int t = 0; t < input.Steps; t++) input.Step(t)[at] -= anchor;
                if (target is null) continue;
                Span<float> values = target.Step(0).Slice(j * target.Features, target.Features);
                for (int i = c; i < values.Length; i += shape.Columns) values[i] -= anchor;
            }
        }
    }
}

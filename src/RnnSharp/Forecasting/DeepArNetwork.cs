using System.Numerics;
using RnnSharp.Layers;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;
using RnnSharp.Training;

namespace RnnSharp.Forecasting;

/// <summary>The network of a <see cref="DeepAr"/>: creating it, its likelihood, and sampling from it.</summary>
internal static class DeepArNetwork
{
    private const double LeastVariance = 1e-6;

    public static ILayer<T> Create<T>(DeepArShape shape, DeepArOptions options)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var layers = new List<ILayer<T>>();
        for (int i = 0; i < options.Layers; i++)
        {
            int inputs = i == 0 ? shape.Features : options.HiddenSize, seed = unchecked(options.Seed * 1000 + 2 * i);
            layers.Add(options.Cell == ForecastCell.Gru ? new GruLayer<T>(inputs, options.HiddenSize, seed) : new LstmLayer<T>(inputs, options.HiddenSize, seed));
            if (options.Dropout > 0) layers.Add(new DropoutLayer<T>(options.HiddenSize, options.Dropout, unchecked(seed + 1)));
        }

        layers.Add(new DenseLayer<T>(options.HiddenSize, DeepArShape.Outputs, options.Seed));
        return new LayerStack<T>(layers);
    }

    /// <summary>The negative log-likelihood of a window's values over their scale (Salinas et al. 2020, eq. 2 to 6): for counts, of the values themselves.</summary>
    public static ILoss<T> Loss<T>(DeepArDistribution distribution)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        distribution == DeepArDistribution.NegativeBinomial ? new NegativeBinomialLoss<T> { TargetHasScale = true } : new GaussianLoss<T>(GaussianOutput.Softplus, full: true, LeastVariance);

    /// <summary>Draws paths that go on after the end of a series (ancestral sampling), all of them in one batch.</summary>
    /// <returns>[path][step].</returns>
    public static double[] Sample(ILayer<float> model, DeepArShape shape, DeepArSeries series, int horizon, int paths, int seed, CancellationToken cancellation)
    {
        var samples = new double[Check.ArrayLength((long)paths * horizon, nameof(horizon))];
        double scale = series.Scale(series.Length);
        var random = new FastRandom(0);
        random.Reseed((ulong)(uint)seed, series.Fingerprint());

        var input = new Sequence<float>(shape.Features, 1, shape.Context + 1);
        for (int i = 0; i <= shape.Context; i++) series.WriteStep(series.Length - shape.Context + i, scale, default, input.Step(i));
        State<float> read = model.CreateState(1), state = model.CreateState(paths);
        float[] last = model.Predict(input, read).Step(shape.Context).ToArray();
        for (int p = 0; p < paths; p++) state.CopyExample(read, 0, p);

        Sequence<float> next = new(shape.Features, paths, 1), output = new(DeepArShape.Outputs, paths, 1);
        for (int p = 0; p < paths; p++) last.CopyTo(output.Step(0)[(p * DeepArShape.Outputs)..]);
        for (int h = 0; h < horizon; h++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (h > 0)
            {
                for (int p = 0; p < paths; p++) series.WriteStep(series.Length + h, scale, samples.AsSpan(p * horizon, h), next.Step(0).Slice(p * shape.Features, shape.Features));
                model.Predict(next, state, output);
            }

            for (int p = 0; p < paths; p++)
            {
                ReadOnlySpan<float> parameters = output.Step(0).Slice(p * DeepArShape.Outputs, DeepArShape.Outputs);
                samples[p * horizon + h] = Draw(random, shape.Distribution, parameters[0], parameters[1], scale);
            }
        }

        return samples;
    }

    private static double Draw(FastRandom random, DeepArDistribution distribution, float first, float second, double scale)
    {
        if (!float.IsFinite(first) || !float.IsFinite(second)) throw new InvalidOperationException($"Expected finite outputs of the network, got {first} and {second}.");
        if (distribution == DeepArDistribution.NegativeBinomial)
        {
            (double mean, double dispersion) = NegativeBinomialLoss<float>.ParametersOf(first, second, scale);
            return CountDistribution.Sample(random, mean, dispersion);
        }

        double softplus = Math.Max(second, 0) + GammaFunctions.LogOnePlus(Math.Exp(-Math.Abs((double)second)));
        double value = scale * (first + Math.Max(softplus, Math.Sqrt(LeastVariance)) * random.NextGaussian());
        return Math.Clamp(value, -double.MaxValue, double.MaxValue);
    }
}

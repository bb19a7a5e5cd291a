using System.Numerics;
using System.Text.Json;
using RnnSharp.Tests.References;
using RnnSharp.Training;

namespace RnnSharp.Tests.Training;

/// <summary>A case of torch_losses.json: a loss and its arguments. What must not be read, past the ends of examples, is NaN.</summary>
internal sealed record LossCase<T>(ILoss<T> Loss, Sequence<T> Output, Sequence<T> Target, Sequence<T>? Weights)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static LossCase<T> Read(JsonElement item)
    {
        int features = item.Integer("features"), targetFeatures = item.Integer("target_features"), batch = item.Integer("batch"), steps = item.Integer("steps");
        Sequence<T> output = item.Sequence<T>("output", features, batch, steps);
        Sequence<T> target = targetFeatures == 0 ? Tokens(item.Integers("target"), features, batch, steps) : item.Sequence<T>("target", targetFeatures, batch, steps);
        Sequence<T>? weights = item.Has("weights") ? item.Sequence<T>("weights", 1, batch, steps) : null;
        if (item.Has("lengths"))
        {
            int[] lengths = item.Integers("lengths");
            foreach (Sequence<T> sequence in (Sequence<T>[])[output, target])
            {
                sequence.SetLengths(lengths);
                FillPadding(sequence, lengths);
            }

            if (weights is not null) FillPadding(weights, lengths);
        }

        return new LossCase<T>(LossOf(item), output, target, weights);
    }

    private static ILoss<T> LossOf(JsonElement item)
    {
        JsonElement o = item.GetProperty("options");
        LossReduction reduction = string.Equals(item.Text("reduction"), "mean", StringComparison.Ordinal) ? LossReduction.Mean : LossReduction.Sum;
        return item.Text("loss") switch
        {
            "mse" => new MeanSquaredError<T>(reduction),
            "mae" => new MeanAbsoluteError<T>(reduction),
            "huber" => new HuberLoss<T>(o.Number("delta"), reduction),
            "smooth_l1" => new SmoothL1Loss<T>(o.Number("beta"), reduction),
            "bce" => o.Values("positive_weights") is [double weight] ? new BinaryCrossEntropy<T>(weight, reduction) : new BinaryCrossEntropy<T>(o.Values("positive_weights"), reduction),
            "quantile" => new QuantileLoss<T>(o.Values("quantiles"), reduction),
            "gaussian" => new GaussianLoss<T>(o.TryGetProperty("softplus", out _) ? GaussianOutput.Softplus : o.GetProperty("log").GetBoolean() ? GaussianOutput.LogVariance : GaussianOutput.Variance, o.GetProperty("full").GetBoolean(), o.Number("epsilon"), reduction),
            "poisson" => new PoissonLoss<T>(o.GetProperty("log_input").GetBoolean(), o.GetProperty("full").GetBoolean(), o.Number("epsilon"), reduction),
            "cross_entropy" => new SoftmaxCrossEntropy<T>(o.Has("class_weights") ? o.Values("class_weights") : null, o.Number("smoothing"), o.Integer("ignored"), reduction),
            "negative_binomial" => new NegativeBinomialLoss<T>(o.Number("scale"), reduction) { TargetHasScale = o.TryGetProperty("target_scale", out _) },
            var other => throw new InvalidOperationException(other),
        };
    }

    private static Sequence<T> Tokens(int[] tokens, int features, int batch, int steps)
    {
        Sequence<T> sequence = Sequence<T>.ForTokens(features, batch, steps);
        for (int i = 0; i < tokens.Length; i++) sequence.SetToken(i % batch, i / batch, tokens[i]);
        return sequence;
    }

    private static void FillPadding(Sequence<T> sequence, int[] lengths)
    {
        if (sequence.IsTokens) return;
        for (int j = 0; j < lengths.Length; j++)
        {
            for (int t = lengths[j]; t < sequence.Steps; t++) sequence.Step(t).Slice(j * sequence.Features, sequence.Features).Fill(T.NaN);
        }
    }
}

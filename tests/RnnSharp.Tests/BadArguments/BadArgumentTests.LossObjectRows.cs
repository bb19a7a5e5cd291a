using RnnSharp.Training;

namespace RnnSharp.Tests;

/// <summary>Losses with their settings, CTC decoding, and metrics.</summary>
public sealed partial class BadArgumentTests
{
    private const LossReduction NoReduction = (LossReduction)2;

    private static Row[] LossObjects() =>
    [
        .. LossSettings(),
        .. LossCalls("MeanSquaredError", new MeanSquaredError<double>()),
        .. LossCalls("MeanAbsoluteError", new MeanAbsoluteError<double>()),
        .. LossCalls("HuberLoss", new HuberLoss<double>()),
        .. LossCalls("SmoothL1Loss", new SmoothL1Loss<double>()),
        .. LossCalls("BinaryCrossEntropy", new BinaryCrossEntropy<double>()),
        .. LossCalls("QuantileLoss", new QuantileLoss<double>([0.5])),
        .. LossCalls("PoissonLoss", new PoissonLoss<double>()),
        .. LossCalls("SoftmaxCrossEntropy", new SoftmaxCrossEntropy<double>()),
        .. LossesOfOtherShapes(),
        .. CtcCalls(),
        .. MetricSettings(),
        .. MetricCalls("Accuracy", new Accuracy<double>()),
        .. MetricCalls("TopKAccuracy", new TopKAccuracy<double>(2)),
        .. MetricCalls("Perplexity", new Perplexity<double>()),
        .. MetricCalls("BitsPerCharacter", new BitsPerCharacter<double>()),
        .. MetricCalls("ConfusionMatrix", new ConfusionMatrix<double>(3)),
        .. MetricCalls("MeanAbsoluteErrorMetric", new MeanAbsoluteErrorMetric<double>()),
        .. MetricCalls("RootMeanSquaredError", new RootMeanSquaredError<double>()),
        .. MetricCalls("RSquared", new RSquared<double>()),
        .. MetricCalls("LossMetric", new LossMetric<double>(new HuberLoss<double>(), "loss")),
    ];

    private static string ComputeOf(string loss) => $"{loss}.Compute(output, target, gradient, stepWeights, losses)";

    private static Row[] LossSettings()
    {
        const string Huber = "HuberLoss.new(delta, reduction)", Smooth = "SmoothL1Loss.new(beta, reduction)";
        const string OneWeight = "BinaryCrossEntropy.new(positiveWeight, reduction)", Weights = "BinaryCrossEntropy.new(positiveWeights, reduction)";
        const string Quantiles = "QuantileLoss.new(quantiles, reduction)", Gaussian = "GaussianLoss.new(second, full, epsilon, reduction)", Poisson = "PoissonLoss.new(logInput, full, epsilon, reduction)";
        const string Classes = "SoftmaxCrossEntropy.new(classWeights, labelSmoothing, ignored, reduction)", Ctc = "CtcLoss.new(blank, zeroInfinity, reduction)";
        return
        [
            Bad("MeanSquaredError.new(reduction)", "reduction", "Mean or Sum", "got 2", f => _ = new MeanSquaredError<double>(NoReduction)),
            Bad("MeanAbsoluteError.new(reduction)", "reduction", "Mean or Sum", "got 2", f => _ = new MeanAbsoluteError<double>(NoReduction)),
            Bad(Huber, "delta", "above 0", "got 0", f => _ = new HuberLoss<double>(0)),
            Bad(Huber, "delta", "above 0", "got 1E-60", f => _ = new HuberLoss<float>(1e-60)),
            Bad(Huber, "reduction", "Mean or Sum", "got 2", f => _ = new HuberLoss<double>(reduction: NoReduction)),
            Bad(Smooth, "beta", "0 or more", "got -1", f => _ = new SmoothL1Loss<double>(-1)),
            Bad(Smooth, "beta", "reciprocal", "got 1E-60", f => _ = new SmoothL1Loss<float>(1e-60)),
            Bad(Smooth, "reduction", "Mean or Sum", "got 2", f => _ = new SmoothL1Loss<double>(reduction: NoReduction)),
            Bad(OneWeight, "positiveWeight", "0 or more", "got -1", f => _ = new BinaryCrossEntropy<double>(-1)),
            Bad(OneWeight, "positiveWeight", "Single's range", "got 1E+39", f => _ = new BinaryCrossEntropy<float>(1e39)),
            Bad(OneWeight, "reduction", "Mean or Sum", "got 2", f => _ = new BinaryCrossEntropy<double>(reduction: NoReduction)),
            Null(Weights, "positiveWeights", f => _ = new BinaryCrossEntropy<double>(null!)),
            Bad(Weights, "positiveWeights", "at least one positive weight", "none", f => _ = new BinaryCrossEntropy<double>([])),
            Bad(Weights, "positiveWeights", "0 or more", "got NaN at 1", f => _ = new BinaryCrossEntropy<double>([1, double.NaN])),
            Bad(Weights, "reduction", "Mean or Sum", "got 2", f => _ = new BinaryCrossEntropy<double>([1], NoReduction)),
            Null(Quantiles, "quantiles", f => _ = new QuantileLoss<double>(null!)),
            Bad(Quantiles, "quantiles", "at least one quantile", "none", f => _ = new QuantileLoss<double>([])),
            Bad(Quantiles, "quantiles", "above 0 and below 1", "got 1 at 1", f => _ = new QuantileLoss<double>([0.5, 1])),
            Bad(Quantiles, "quantiles", "above 0 and below 1", "at 0", f => _ = new QuantileLoss<float>([1 - 1e-12])),
            Bad(Quantiles, "reduction", "Mean or Sum", "got 2", f => _ = new QuantileLoss<double>([0.5], NoReduction)),
            Bad(Gaussian, "second", "LogVariance, Variance or Softplus", "got 3", f => _ = new GaussianLoss<double>((GaussianOutput)3)),
            Bad(Gaussian, "epsilon", "above 0", "got 0", f => _ = new GaussianLoss<double>(epsilon: 0)),
            Bad(Gaussian, "epsilon", "reciprocal", "got 1E-60", f => _ = new GaussianLoss<float>(epsilon: 1e-60)),
            Bad(Gaussian, "reduction", "Mean or Sum", "got 2", f => _ = new GaussianLoss<double>(reduction: NoReduction)),
            Bad("NegativeBinomialLoss.new(scale, reduction)", "scale", "above 0", "got 0", f => _ = new NegativeBinomialLoss<double>(0)),
            Bad("NegativeBinomialLoss.new(scale, reduction)", "reduction", "Mean or Sum", "got 2", f => _ = new NegativeBinomialLoss<double>(reduction: NoReduction)),
            Bad(Poisson, "epsilon", "0 or more", "got -1", f => _ = new PoissonLoss<double>(epsilon: -1)),
            Bad(Poisson, "reduction", "Mean or Sum", "got 2", f => _ = new PoissonLoss<double>(reduction: NoReduction)),
            Bad(Classes, "classWeights", "at least one class weight", "none", f => _ = new SoftmaxCrossEntropy<double>([])),
            Bad(Classes, "classWeights", "0 or more", "got -1 at 0", f => _ = new SoftmaxCrossEntropy<double>([-1])),
            Bad(Classes, "labelSmoothing", "0 to 1", "got 1.5", f => _ = new SoftmaxCrossEntropy<double>(labelSmoothing: 1.5)),
            Bad(Classes, "labelSmoothing", "0 to 1", "got NaN", f => _ = new SoftmaxCrossEntropy<double>(labelSmoothing: double.NaN)),
            Bad(Classes, "ignored", "0 or more, or -100", "got -1", f => _ = new SoftmaxCrossEntropy<double>(ignored: -1)),
            Bad(Classes, "reduction", "Mean or Sum", "got 2", f => _ = new SoftmaxCrossEntropy<double>(reduction: NoReduction)),
            Bad(Ctc, "blank", "0 or more", "got -1", f => _ = new CtcLoss<double>(-1)),
            Bad(Ctc, "reduction", "Mean or Sum", "got 2", f => _ = new CtcLoss<double>(reduction: NoReduction)),
        ];
    }

    /// <summary>Calls of losses whose target may have the shape of the output.</summary>
    private static Row[] LossCalls(string name, ILoss<double> loss)
    {
        string member = ComputeOf(name);
        return
        [
            Null(member, "output", f => loss.Compute(null!, f.X)),
            Bad(member, "output", "features", "tokens", f => loss.Compute(f.Tokens, f.X)),
            Null(member, "target", f => loss.Compute(f.X, null!)),
            Bad(member, "target", "3 x 2 x 5", "got 4 x 2 x 5", f => loss.Compute(f.X, new Sequence<double>(4, 2, 5))),
            Bad(member, "target", "3 x 2 x 5", "got 3 x 1 x 5 (tokens)", f => loss.Compute(f.X, Sequence<double>.ForTokens(3, 1, 5))),
            Bad(member, "target", "a length of 5 for example 1", "got 4", f => loss.Compute(f.X, f.Ragged(f.Like()))),
            Bad(member, "gradient", "a sequence other than", "output", f => loss.Compute(f.X, f.Like(), f.X)),
            Bad(member, "gradient", "a sequence other than", "target", f => Twice(f.Like(), it => loss.Compute(f.X, it, it))),
            Bad(member, "gradient", "a sequence other than", "stepWeights", f => Twice(Weights(1), it => loss.Compute(f.X, f.Like(), it, it))),
            Bad(member, "gradient", "features", "tokens", f => loss.Compute(f.X, f.Like(), f.Tokens)),
            Bad(member, "stepWeights", "1 x 2 x 5 (one factor for each position)", "got 3 x 2 x 5", f => loss.Compute(f.X, f.Like(), stepWeights: f.Like())),
            Bad(member, "stepWeights", "1 x 2 x 5 (one factor for each position)", "got 1 x 2 x 5 (tokens)", f => loss.Compute(f.X, f.Like(), stepWeights: Sequence<double>.ForTokens(1, 2, 5))),
            Bad(member, "stepWeights", "0 or more", "got -1 at step 2 of example 1", f => loss.Compute(f.X, f.Like(), stepWeights: Weights(-1))),
            Bad(member, "stepWeights", "finite", "got NaN at step 2 of example 1", f => loss.Compute(f.X, f.Like(), stepWeights: Weights(double.NaN))),
            Bad(member, "losses", "a sequence other than", "output", f => loss.Compute(f.X, f.Like(), losses: f.X)),
            Bad(member, "losses", "a sequence other than", "target", f => Twice(f.Like(), it => loss.Compute(f.X, it, losses: it))),
            Bad(member, "losses", "a sequence other than", "gradient", f => Twice(f.Like(), it => loss.Compute(f.X, f.Like(), it, losses: it))),
            Bad(member, "losses", "a sequence other than", "stepWeights", f => Twice(Weights(1), it => loss.Compute(f.X, f.Like(), null, it, it))),
            Bad(member, "losses", "features", "tokens", f => loss.Compute(f.X, f.Like(), losses: f.Tokens)),
        ];

        static Sequence<double> Weights(double one)
        {
            var weights = new Sequence<double>(1, 2, 5);
            weights[0, 1, 2] = one;
            return weights;
        }

        static void Twice(Sequence<double> sequence, Action<Sequence<double>> call) => call(sequence);
    }

    private static Row[] LossesOfOtherShapes()
    {
        string classes = ComputeOf("SoftmaxCrossEntropy"), binary = ComputeOf("BinaryCrossEntropy"), quantile = ComputeOf("QuantileLoss"), gaussian = ComputeOf("GaussianLoss"), counts = ComputeOf("NegativeBinomialLoss");
        return
        [
            Bad(classes, "output", "2 features (one for each class weight)", "got 3", f => new SoftmaxCrossEntropy<double>([1, 2]).Compute(f.X, f.Tokens)),
            Bad(binary, "output", "2 features", "got 3", f => new BinaryCrossEntropy<double>([1, 2]).Compute(f.X, f.Like())),
            Bad(quantile, "output", "a multiple of 2 features", "got 3 features", f => new QuantileLoss<double>([0.1, 0.9]).Compute(f.X, f.Like())),
            Bad(quantile, "target", "1 x 2 x 5 (for an output of 3 x 2 x 5)", "got 3 x 2 x 5", f => new QuantileLoss<double>([0.1, 0.5, 0.9]).Compute(f.X, f.Like())),
            Null(gaussian, "output", f => new GaussianLoss<double>().Compute(null!, f.X)),
            Bad(gaussian, "output", "an even number of features", "got 3 features", f => new GaussianLoss<double>().Compute(f.X, f.Like())),
            Null(counts, "output", f => new NegativeBinomialLoss<double>().Compute(null!, f.X)),
            Bad(counts, "output", "an even number of features", "got 3 features", f => new NegativeBinomialLoss<double>().Compute(f.X, f.Like())),
            Bad(counts, "target", "2 x 2 x 5 (for an output of 4 x 2 x 5)", "got 3 x 2 x 5", f => new NegativeBinomialLoss<double>().Compute(new Sequence<double>(4, 2, 5), f.X)),
            Bad(gaussian, "target", "2 x 2 x 5 (for an output of 4 x 2 x 5)", "got 3 x 2 x 5", f => new GaussianLoss<double>().Compute(new Sequence<double>(4, 2, 5), f.X)),
            Bad(counts, "target", "3 x 2 x 5 (for an output of 4 x 2 x 5)", "got 2 x 2 x 5", f => new NegativeBinomialLoss<double> { TargetHasScale = true }.Compute(new Sequence<double>(4, 2, 5), new Sequence<double>(2, 2, 5))),
        ];
    }

    private static Row[] CtcCalls()
    {
        const string Greedy = "CtcDecoder.Greedy(scores, blank)", Beam = "CtcDecoder.Beam(scores, blank, width)";
        string member = ComputeOf("CtcLoss");
        var loss = new CtcLoss<double>();
        Sequence<double> labels = Sequence<double>.FromTokens([[1, 2], [2, 2]], 3);
        return
        [
            Null(member, "output", f => loss.Compute(null!, labels)),
            Bad(member, "output", "features", "tokens", f => loss.Compute(f.Tokens, labels)),
            Bad(member, "output", "at least 4 classes", "got 3", f => new CtcLoss<double>(3).Compute(f.X, labels)),
            Null(member, "target", f => loss.Compute(f.X, null!)),
            Bad(member, "target", "tokens of 3 classes for 2 examples", "got 3 x 2 x 5", f => loss.Compute(f.X, f.Like())),
            Bad(member, "target", "tokens of 3 classes for 2 examples", "got 4 x 2 x 1 (tokens)", f => loss.Compute(f.X, Sequence<double>.ForTokens(4, 2, 1))),
            Bad(member, "target", "tokens of 3 classes for 2 examples", "got 3 x 1 x 1 (tokens)", f => loss.Compute(f.X, Sequence<double>.ForTokens(3, 1, 1))),
            Bad(member, "target", "other than the blank 2", "got 2 at step 0 of example 1", f => new CtcLoss<double>(2).Compute(f.X, Sequence<double>.FromTokens([[1], [2]], 3))),
            Bad(member, "target", "labels of 0 to 2", "got -100 at step 1 of example 0", f => loss.Compute(f.X, Sequence<double>.FromTokens([[1, -100], [2, 1]], 3))),
            Bad(member, "gradient", "a sequence other than", "overwritten", f => loss.Compute(f.X, labels, f.X)),
            Bad(member, "stepWeights", "1 x 2 x 1", "got 1 x 2 x 5", f => loss.Compute(f.X, labels, stepWeights: new Sequence<double>(1, 2, 5))),
            Bad(member, "losses", "a sequence other than", "output", f => loss.Compute(f.X, labels, losses: f.X)),
            Null(Greedy, "scores", f => CtcDecoder.Greedy<double>(null!)),
            Bad(Greedy, "scores", "features", "tokens", f => CtcDecoder.Greedy(f.Tokens)),
            Bad(Greedy, "blank", "0 to 2", "got 3", f => CtcDecoder.Greedy(f.X, 3)),
            Null(Beam, "scores", f => CtcDecoder.Beam<double>(null!)),
            Bad(Beam, "scores", "features", "tokens", f => CtcDecoder.Beam(f.Tokens)),
            Bad(Beam, "blank", "0 to 2", "got -1", f => CtcDecoder.Beam(f.X, -1)),
            Bad(Beam, "width", "at least 1", "got 0", f => CtcDecoder.Beam(f.X, width: 0)),
        ];
    }

    private static Row[] MetricSettings()
    {
        const string TopK = "TopKAccuracy.new(k, ignored)", Matrix = "ConfusionMatrix.new(classes, ignored)", Loss = "LossMetric.new(loss, name)", Entry = "ConfusionMatrix.get_Item(correct, predicted)", Count = "ConfusionMatrix.Add(predicted, correct)";
        var matrix = new ConfusionMatrix<double>(3);
        return
        [
            Bad("Accuracy.new(ignored)", "ignored", "0 or more, or -100", "got -1", f => _ = new Accuracy<double>(-1)),
            Bad(TopK, "k", "at least 1", "got 0", f => _ = new TopKAccuracy<double>(0)),
            Bad(TopK, "ignored", "0 or more, or -100", "got -1", f => _ = new TopKAccuracy<double>(1, -1)),
            Bad("TopKAccuracy.Add(output, target, stepWeights)", "output", "at least 4 classes", "got 3", f => new TopKAccuracy<double>(4).Add(f.X, f.Tokens)),
            Bad("Perplexity.new(ignored)", "ignored", "0 or more, or -100", "got -1", f => _ = new Perplexity<double>(-1)),
            Bad("BitsPerCharacter.new(ignored)", "ignored", "0 or more, or -100", "got -1", f => _ = new BitsPerCharacter<double>(-1)),
            Bad(Matrix, "classes", "at least 1", "got 0", f => _ = new ConfusionMatrix<double>(0)),
            Bad(Matrix, "classes", "elements", "got 10000000000", f => _ = new ConfusionMatrix<double>(100_000)),
            Bad(Matrix, "ignored", "0 or more, or -100", "got -1", f => _ = new ConfusionMatrix<double>(1, -1)),
            Bad("ConfusionMatrix.Add(output, target, stepWeights)", "output", "4 classes", "got 3", f => new ConfusionMatrix<double>(4).Add(f.X, f.Tokens)),
            Bad(Count, "predicted", "0 to 2", "got 3", f => matrix.Add(3, 0)),
            Bad(Count, "predicted", "0 to 2", "got -1", f => matrix.Add(-1, SoftmaxCrossEntropy.DefaultIgnored)),
            Bad(Count, "correct", "0 to 2", "got -1", f => matrix.Add(0, -1)),
            Bad(Entry, "correct", "0 to 2", "got 3", f => _ = matrix[3, 0]),
            Bad(Entry, "predicted", "0 to 2", "got -1", f => _ = matrix[0, -1]),
            Bad("ConfusionMatrix.Precision(number)", "number", "0 to 2", "got 3", f => matrix.Precision(3)),
            Bad("ConfusionMatrix.Recall(number)", "number", "0 to 2", "got 3", f => matrix.Recall(3)),
            Bad("ConfusionMatrix.F1(number)", "number", "0 to 2", "got 3", f => matrix.F1(3)),
            Bad("ConfusionMatrix.Support(number)", "number", "0 to 2", "got 3", f => matrix.Support(3)),
            Bad("ConfusionMatrix.Precision(averaging)", "averaging", "Macro, Micro or Weighted", "got 3", f => matrix.Precision((ClassAveraging)3)),
            Bad("ConfusionMatrix.Recall(averaging)", "averaging", "Macro, Micro or Weighted", "got 3", f => matrix.Recall((ClassAveraging)3)),
            Bad("ConfusionMatrix.F1(averaging)", "averaging", "Macro, Micro or Weighted", "got 3", f => matrix.F1((ClassAveraging)3)),
            Null(Loss, "loss", f => _ = new LossMetric<double>(null!, "loss")),
            Null(Loss, "name", f => _ = new LossMetric<double>(new HuberLoss<double>(), null!)),
            Bad(Loss, "name", "empty", "white", f => _ = new LossMetric<double>(new HuberLoss<double>(), " ")),
        ];
    }

    private static Row[] MetricCalls(string name, IMetric<double> metric)
    {
        string member = $"{name}.Add(output, target, stepWeights)";
        return
        [
            Null(member, "output", f => metric.Add(null!, f.X)),
            Bad(member, "output", "features", "tokens", f => metric.Add(f.Tokens, f.X)),
            Null(member, "target", f => metric.Add(f.X, null!)),
            Bad(member, "target", "3 x 2 x 5", "got 3 x 2 x 4", f => metric.Add(f.X, new Sequence<double>(3, 2, 4))),
            Bad(member, "target", "a length of 5 for example 1", "got 4", f => metric.Add(f.X, f.Ragged(f.Like()))),
            Bad(member, "stepWeights", "1 x 2 x 5", "got 3 x 2 x 5", f => metric.Add(f.X, f.Like(), f.Like())),
        ];
    }
}

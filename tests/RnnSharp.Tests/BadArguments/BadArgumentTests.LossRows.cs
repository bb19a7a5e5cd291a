using RnnSharp.Training;

namespace RnnSharp.Tests;

/// <summary>Losses.</summary>
public sealed partial class BadArgumentTests
{
    private static Row[] Losses()
    {
        const string Classes = "SoftmaxCrossEntropy.Compute(scores, targets, gradient, ignored, reduction)";
        const string Tokens = "SoftmaxCrossEntropy.Compute(scores, targets, gradient, reduction)";
        const string Squares = "MeanSquaredError.Compute(output, targets, gradient, reduction)";
        return
        [
            Null(Classes, "scores", f => SoftmaxCrossEntropy.Compute<double>(null!, new int[10])),
            Bad(Classes, "scores", "features", "tokens", f => SoftmaxCrossEntropy.Compute(f.Tokens, new int[10])),
            Bad(Classes, "targets", "2 x 5 = 10 targets", "got 9", f => SoftmaxCrossEntropy.Compute(f.X, new int[9])),
            Bad(Classes, "targets", "0 to 2, or -100", "got 3 at step 1 of example 1", f => SoftmaxCrossEntropy.Compute(f.X, [0, 0, 0, 3, 0, 0, 0, 0, 0, 0])),
            Bad(Classes, "targets", "0 to 2, or 7", "got -100 at step 0 of example 1", f => SoftmaxCrossEntropy.Compute(f.X, [7, -100, 0, 3, 0, 0, 0, 0, 0, 0], ignored: 7)),
            Bad(Classes, "gradient", "a sequence other than", "overwritten", f => SoftmaxCrossEntropy.Compute(f.X, new int[10], f.X)),
            Bad(Classes, "gradient", "features", "tokens", f => SoftmaxCrossEntropy.Compute(f.X, new int[10], f.Tokens)),
            Bad(Classes, "reduction", "Mean or Sum", "got 2", f => SoftmaxCrossEntropy.Compute(f.X, new int[10], reduction: (LossReduction)2)),
            Null(Tokens, "scores", f => SoftmaxCrossEntropy.Compute(null!, f.Tokens)),
            Null(Tokens, "targets", f => SoftmaxCrossEntropy.Compute(f.X, (Sequence<double>)null!)),
            Bad(Tokens, "targets", "tokens of 3 x 2 x 5", "got 3 x 2 x 5", f => SoftmaxCrossEntropy.Compute(f.X, f.Like())),
            Bad(Tokens, "targets", "tokens of 3 x 2 x 5", "got 4 x 2 x 5 (tokens)", f => SoftmaxCrossEntropy.Compute(f.X, Sequence<double>.ForTokens(4, 2, 5))),
            Bad(Tokens, "targets", "tokens of 3 x 2 x 5", "got 3 x 1 x 5 (tokens)", f => SoftmaxCrossEntropy.Compute(f.X, Sequence<double>.ForTokens(3, 1, 5))),
            Bad(Tokens, "targets", "tokens of 3 x 2 x 5", "got 3 x 2 x 4 (tokens)", f => SoftmaxCrossEntropy.Compute(f.X, Sequence<double>.ForTokens(3, 2, 4))),
            Bad(Tokens, "targets", "a length of 5 for example 1", "got 4", f => SoftmaxCrossEntropy.Compute(f.X, f.Ragged(f.Tokens))),
            Bad(Tokens, "gradient", "a sequence other than", "overwritten", f => SoftmaxCrossEntropy.Compute(f.X, f.Tokens, f.X)),
            Bad(Tokens, "reduction", "Mean or Sum", "got -1", f => SoftmaxCrossEntropy.Compute(f.X, f.Tokens, reduction: (LossReduction)(-1))),
            Null(Squares, "output", f => MeanSquaredError.Compute(null!, f.X)),
            Bad(Squares, "output", "features", "tokens", f => MeanSquaredError.Compute(f.Tokens, f.X)),
            Null(Squares, "targets", f => MeanSquaredError.Compute(f.X, null!)),
            Bad(Squares, "targets", "3 x 2 x 5", "got 4 x 2 x 5", f => MeanSquaredError.Compute(f.X, new Sequence<double>(4, 2, 5))),
            Bad(Squares, "targets", "3 x 2 x 5", "got 3 x 3 x 5", f => MeanSquaredError.Compute(f.X, new Sequence<double>(3, 3, 5))),
            Bad(Squares, "targets", "3 x 2 x 5", "got 3 x 2 x 6", f => MeanSquaredError.Compute(f.X, new Sequence<double>(3, 2, 6))),
            Bad(Squares, "targets", "3 x 2 x 5", "got 3 x 2 x 5 (tokens)", f => MeanSquaredError.Compute(f.X, f.Tokens)),
            Bad(Squares, "targets", "a length of 5 for example 1", "got 4", f => MeanSquaredError.Compute(f.X, f.Ragged(f.Like()))),
            Bad(Squares, "gradient", "a sequence other than", "output", f => MeanSquaredError.Compute(f.X, f.Like(), f.X)),
            Bad(Squares, "gradient", "a sequence other than", "targets", f =>
            {
                Sequence<double> targets = f.Like();
                MeanSquaredError.Compute(f.X, targets, targets);
            }),
            Bad(Squares, "gradient", "features", "tokens", f => MeanSquaredError.Compute(f.X, f.Like(), f.Tokens)),
            Bad(Squares, "reduction", "Mean or Sum", "got 2", f => MeanSquaredError.Compute(f.X, f.Like(), reduction: (LossReduction)2)),
                Null("HuberLoss.Compute(output, targets, gradient, delta, reduction)", "output", f => HuberLoss.Compute(null!, f.X)),
            Null("HuberLoss.Compute(output, targets, gradient, delta, reduction)", "targets", f => HuberLoss.Compute(f.X, null!)),
            Bad("HuberLoss.Compute(output, targets, gradient, delta, reduction)", "delta", "above 0", "got 0", f => HuberLoss.Compute(f.X, f.X, delta: 0)),
    ];
    }
}

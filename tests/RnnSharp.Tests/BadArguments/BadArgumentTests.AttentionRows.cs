using RnnSharp.Data;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Training;

namespace RnnSharp.Tests;

/// <summary>Pairs of token sequences, and scheduled sampling.</summary>
public sealed partial class BadArgumentTests
{
    private static IEnumerable<Row> PairsAndSampling()
    {
        const string Pairs = "TokenPairs.ToExamples(pairs, sourceVocabulary, vocabulary, start, end)";
        yield return Null(Pairs, "pairs", _ => TokenPairs.ToExamples<double>(null!, 3, 3, 0, 1));
        yield return Bad(Pairs, "pairs", "The source of pair 0", "null", _ => TokenPairs.ToExamples<double>([(null!, [])], 3, 3, 0, 1));
        yield return Bad(Pairs, "pairs", "The target of pair 1", "null", _ => TokenPairs.ToExamples<double>([([0], []), ([0], null!)], 3, 3, 0, 1));
        yield return Bad(Pairs, "pairs", "at least one token in each source", "none in pair 0", _ => TokenPairs.ToExamples<double>([([], [])], 3, 3, 0, 1));
        yield return Bad(Pairs, "pairs", "tokens of 0 to 2", "3 in pair 0", _ => TokenPairs.ToExamples<double>([([3], [])], 3, 3, 0, 1));
        yield return Bad(Pairs, "pairs", "tokens of 0 to 1", "-1 in pair 0", _ => TokenPairs.ToExamples<double>([([0], [-1])], 3, 2, 0, 1));
        yield return Bad(Pairs, "sourceVocabulary", "at least 1", "got 0", _ => TokenPairs.ToExamples<double>([], 0, 3, 0, 1));
        yield return Bad(Pairs, "vocabulary", "at least 1", "got 0", _ => TokenPairs.ToExamples<double>([], 3, 0, 0, 1));
        yield return Bad(Pairs, "start", "0 to 2", "got 3", _ => TokenPairs.ToExamples<double>([], 3, 3, 3, 1));
        yield return Bad(Pairs, "end", "0 to 2", "got -1", _ => TokenPairs.ToExamples<double>([], 3, 3, 0, -1));

        yield return Bad("AttentionLayer.CreateState(batch)", "batch", "at least 1", "got 0", _ => new AttentionLayer<double>(2, 3, 4).CreateState(0));
        yield return Bad("Layer.Forward(input, initialState, reuse)", "input", "at most", "got 4000000000", _ => new AttentionLayer<float>(1, 1, 4000).Forward(new Sequence<float>(1, 1000, 1000)));
        yield return Bad("Layer.Predict(input, state, reuse)", "input", "at most", "got 4000000000", _ => new AttentionLayer<float>(1, 1, 2, options: new() { Score = AttentionScore.Additive, Units = 4000 }).Predict(new Sequence<float>(1, 1000, 1000)));
        yield return Null("ScheduledSampling.new(truth, seed)", "truth", f => _ = new ScheduledSampling<double>(null!));
        const string Compute = "ScheduledSampling.Compute(step, batch)";
        var sampling = new ScheduledSampling<double>(_ => 0.5);
        yield return Null(Compute, "step", _ => sampling.Compute(null!, Tokens()));
        yield return Null(Compute, "batch", _ => sampling.Compute(Step(new GruLayer<double>(3, 3)), null!));
        yield return Bad(Compute, "step", "a model that streams", "ReverseLayer, which does not", _ => sampling.Compute(Step(new ReverseLayer<double>(new GruLayer<double>(3, 3))), Tokens()));
        yield return Bad(Compute, "step", "at most 3 outputs (the tokens)", "got 4", _ => sampling.Compute(Step(new GruLayer<double>(3, 4)), Tokens()));
        yield return Bad(Compute, "step", "3 outputs (the features of its input)", "got 2", _ => sampling.Compute(Step(new GruLayer<double>(3, 2)), new Batch<double>(new Sequence<double>(3, 1, 2), new Sequence<double>(2, 1, 2))));
        yield return Bad(Compute, "batch", "no Source", "got one", _ => sampling.Compute(Step(new GruLayer<double>(3, 3)), new Batch<double>(Sequence<double>.ForTokens(3, 1, 2), Sequence<double>.ForTokens(3, 1, 2)) { Source = new Sequence<double>(1, 1, 1) }));

        yield return Bad("ScheduledSampling.Linear(from, to, batches)", "from", "0 to 1", "got 1.5", _ => ScheduledSampling.Linear(1.5, 0, 1));
        yield return Bad("ScheduledSampling.Linear(from, to, batches)", "to", "0 to 1", "got NaN", _ => ScheduledSampling.Linear(1, double.NaN, 1));
        yield return Bad("ScheduledSampling.Linear(from, to, batches)", "batches", "at least 1", "got 0", _ => ScheduledSampling.Linear(1, 0, 0));
        yield return Bad("ScheduledSampling.Exponential(k)", "k", "0 to 1", "got -1", _ => ScheduledSampling.Exponential(-1));
        yield return Bad("ScheduledSampling.InverseSigmoid(k)", "k", "1 or more", "got 0.5", _ => ScheduledSampling.InverseSigmoid(0.5));

        static TrainingStep<double> Step(ILayer<double> model) => new(model, new SoftmaxCrossEntropy<double>());

        static Batch<double> Tokens() => new(Sequence<double>.ForTokens(3, 1, 2), Sequence<double>.ForTokens(3, 1, 2));
    }
}

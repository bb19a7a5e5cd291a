using System.Text.Json;
using FluentAssertions;
using RnnSharp.Tests.Layers;
using RnnSharp.Tests.References;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Training;

/// <summary>Metrics against metrics.py, which computes them from their formulas over all batches at once, and by hand.</summary>
public sealed class MetricTests
{
    private static readonly JsonElement Cases = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "References", "metrics.json"))).RootElement;

    public static TheoryData<int> Classifications => [.. Enumerable.Range(0, Cases.GetProperty("classification").GetArrayLength())];

    public static TheoryData<int> Regressions => [.. Enumerable.Range(0, Cases.GetProperty("regression").GetArrayLength())];

    [Theory]
    [MemberData(nameof(Classifications))]
    public void Metrics_of_classes_equal_their_formulas(int number)
    {
        JsonElement item = Cases.GetProperty("classification")[number];
        int classes = item.Integer("classes"), ignored = item.Integer("ignored");
        var matrix = new ConfusionMatrix<double>(classes, ignored);
        var metrics = new Dictionary<string, IMetric<double>>(StringComparer.Ordinal)
        {
            ["accuracy"] = new Accuracy<double>(ignored),
            ["top2"] = new TopKAccuracy<double>(2, ignored),
            ["perplexity"] = new Perplexity<double>(ignored),
            ["bits"] = new BitsPerCharacter<double>(ignored),
        };
        for (int round = 0; round < 2; round++)
        {
            foreach (JsonElement batch in item.GetProperty("batches").EnumerateArray())
            {
                int[] targets = batch.Integers("targets");
                Sequence<double> tokens = Sequence<double>.ForTokens(classes, batch.Integer("batch"), batch.Integer("steps"));
                for (int i = 0; i < targets.Length; i++) tokens.SetToken(i % tokens.Batch, i / tokens.Batch, targets[i]);
                (Sequence<double> scores, Sequence<double>? weights) = Read(batch, "scores", classes, tokens);
                foreach (IMetric<double> metric in metrics.Values.Append(matrix)) metric.Add(scores, tokens, weights);
            }

            foreach ((string name, IMetric<double> metric) in metrics) metric.Value.Should().BeApproximately(item.Number(name), 1e-13, name);
            matrix.Value.Should().Be(matrix.F1(ClassAveraging.Macro));
            matrix.Accuracy.Should().BeApproximately(item.Number("accuracy"), 1e-14);
            double[] counts = item.Values("matrix");
            for (int a = 0; a < classes; a++)
            {
                for (int b = 0; b < classes; b++) matrix[a, b].Should().BeApproximately(counts[a * classes + b], 1e-12);
                matrix.Support(a).Should().BeApproximately(item.Values("support")[a], 1e-12);
                matrix.Precision(a).Should().BeApproximately(item.Values("precision")[a], 1e-14);
                matrix.Recall(a).Should().BeApproximately(item.Values("recall")[a], 1e-14);
                matrix.F1(a).Should().BeApproximately(item.Values("f1")[a], 1e-14);
            }

            foreach (ClassAveraging averaging in Enum.GetValues<ClassAveraging>())
            {
                string name = averaging.ToString().ToLowerInvariant();
                matrix.Precision(averaging).Should().BeApproximately(item.GetProperty("precision_averages").Number(name), 1e-14);
                matrix.Recall(averaging).Should().BeApproximately(item.GetProperty("recall_averages").Number(name), 1e-14);
                matrix.F1(averaging).Should().BeApproximately(item.GetProperty("f1_averages").Number(name), 1e-14);
            }

            // Every metric starts anew after a reset.
            foreach (IMetric<double> metric in metrics.Values.Append(matrix))
            {
                metric.Reset();
                metric.Value.Should().Be(double.NaN);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Regressions))]
    public void Metrics_of_numbers_equal_their_formulas(int number)
    {
        JsonElement item = Cases.GetProperty("regression")[number];
        var metrics = new Dictionary<string, IMetric<double>>(StringComparer.Ordinal)
        {
            ["mae"] = new MeanAbsoluteErrorMetric<double>(),
            ["rmse"] = new RootMeanSquaredError<double>(),
            ["r2"] = new RSquared<double>(),
        };
        for (int round = 0; round < 2; round++)
        {
            foreach (JsonElement batch in item.GetProperty("batches").EnumerateArray())
            {
                Sequence<double> targets = batch.Sequence<double>("targets", item.Integer("features"), batch.Integer("batch"), batch.Integer("steps"));
                (Sequence<double> outputs, Sequence<double>? weights) = Read(batch, "outputs", targets.Features, targets);
                foreach (IMetric<double> metric in metrics.Values) metric.Add(outputs, targets, weights);
            }

            foreach ((string name, IMetric<double> metric) in metrics)
            {
                metric.Value.Should().BeApproximately(item.Number(name), 1e-11, name);
                metric.Reset();
                metric.Value.Should().Be(double.NaN);
            }
        }
    }

    [Fact]
    public void Of_equal_scores_the_first_counts_and_NaN_ranks_last()
    {
        Sequence<float> scores = Sequence<float>.FromJagged([[[1, 1, 0], [1, 1, 0], [2, float.NaN, 1], [2, float.NaN, 1]]]);
        Rate(new Accuracy<float>(), [0, 1, 1, 2]).Should().Be(0.25);
        Rate(new TopKAccuracy<float>(2), [0, 1, 1, 0]).Should().Be(0.75);
        Rate(new TopKAccuracy<float>(2), [2, 2, 2, 2]).Should().Be(0.5);

        double Rate(IMetric<float> metric, int[] targets)
        {
            metric.Add(scores, Sequence<float>.FromTokens([targets], 3));
            return metric.Value;
        }
    }

    [Fact]
    public void Probabilities_as_targets_stand_for_their_largest()
    {
        Sequence<double> scores = Sequence<double>.FromJagged([[[0, 2, 1], [5, 1, 2]]]);
        Sequence<double> targets = Sequence<double>.FromJagged([[[0.1, 0.7, 0.2], [0.2, 0.2, 0.6]]]);
        var accuracy = new Accuracy<double>();
        var matrix = new ConfusionMatrix<double>(3);
        accuracy.Add(scores, targets);
        matrix.Add(scores, targets);
        accuracy.Value.Should().Be(0.5);
        (matrix[1, 1], matrix[2, 0], matrix.Accuracy).Should().Be((1, 1, 0.5));
        var perplexity = new Perplexity<double>();
        perplexity.Add(scores, targets);
        perplexity.Value.Should().BeApproximately(Math.Exp(new SoftmaxCrossEntropy<double>().Compute(scores, targets).Mean), 1e-14);
    }

    [Fact]
    public void Predicted_classes_count_as_their_scores_do()
    {
        ConfusionMatrix<double> byScores = new(3, ignored: 2), byClasses = new(3, ignored: 2);
        byScores.Add(Sequence<double>.FromJagged([[[0, 2, 1], [5, 1, 2], [0, 0, 1], [1, 0, 0]]]), Sequence<double>.FromTokens([[1, 1, 0, 2]], 3));
        foreach ((int predicted, int correct) in ((int, int)[])[(1, 1), (0, 1), (2, 0), (0, 2)]) byClasses.Add(predicted, correct);
        (byClasses[1, 1], byClasses[1, 0], byClasses[0, 2], byClasses.Support(2)).Should().Be((1, 1, 1, 0));
        for (int correct = 0; correct < 3; correct++)
        {
            for (int predicted = 0; predicted < 3; predicted++) byClasses[correct, predicted].Should().Be(byScores[correct, predicted]);
        }
    }

    [Fact]
    public void A_loss_metric_is_the_mean_over_all_positions_whatever_the_reduction()
    {
        Sequence<double> first = new(2, 1, 3), second = new(2, 2, 5), weights = new(1, 2, 5);
        first.Values.Fill(1);
        second.Values.Fill(3);
        weights.Values.Fill(0.5);
        var metric = new LossMetric<double>(new MeanSquaredError<double>(LossReduction.Sum), "squares");
        metric.Name.Should().Be("squares");
        metric.Value.Should().Be(double.NaN);
        metric.Add(first, new Sequence<double>(2, 1, 3));
        metric.Value.Should().Be(1);
        metric.Add(second, new Sequence<double>(2, 2, 5), weights);
        metric.Value.Should().Be((6 * 1 + 10 * 9) / 16.0);
    }

    [Fact]
    public void R2_keeps_its_digits_far_from_zero_and_refuses_other_features()
    {
        Sequence<double> targets = new(1, 1, 1000), outputs = new(1, 1, 1000);
        for (int t = 0; t < 1000; t++) (targets.Values[t], outputs.Values[t]) = (1e9 + t % 2, 1e9 + 0.5 + (t % 2 - 0.5) * 0.5);
        var metric = new RSquared<double>();
        metric.Add(outputs, targets);
        metric.Value.Should().BeApproximately(0.75, 1e-6);
        metric.Invoking(it => it.Add(new Sequence<double>(2, 1, 1), new Sequence<double>(2, 1, 1))).Should().Throw<ArgumentException>().WithMessage("*1 features, as in the batches before, got 2*");
        metric.Reset();
        metric.Add(new Sequence<double>(2, 1, 1), new Sequence<double>(2, 1, 1));
        metric.Value.Should().Be(1);
    }

    [Fact]
    public void Warm_calls_allocate_nothing()
    {
        Sequence<float> scores = new(7, 3, 9), tokens = Sequence<float>.ForTokens(7, 3, 9), weights = new(1, 3, 9);
        weights.Values.Fill(0.5f);
        scores.SetLengths([9, 2, 0]);
        tokens.SetLengths([9, 2, 0]);
        IMetric<float>[] classes = [new Accuracy<float>(), new TopKAccuracy<float>(3), new Perplexity<float>(), new BitsPerCharacter<float>(), new ConfusionMatrix<float>(7)];
        IMetric<float>[] numbers = [new MeanAbsoluteErrorMetric<float>(), new RootMeanSquaredError<float>(), new RSquared<float>()];
        foreach (IMetric<float> metric in classes) Warm.Allocated(() => metric.Add(scores, tokens, weights)).Should().Be(0, metric.Name);
        foreach (IMetric<float> metric in numbers) Warm.Allocated(() => metric.Add(scores, scores, weights)).Should().Be(0, metric.Name);
        classes.Concat(numbers).Select(metric => metric.Name).Should().OnlyHaveUniqueItems();
    }

    private static (Sequence<double> Output, Sequence<double>? Weights) Read(JsonElement batch, string name, int features, Sequence<double> target)
    {
        Sequence<double> output = batch.Sequence<double>(name, features, target.Batch, target.Steps);
        int[] lengths = batch.Integers("lengths");
        for (int j = 0; j < lengths.Length; j++)
        {
            for (int t = lengths[j]; t < target.Steps; t++) output.Step(t).Slice(j * features, features).Fill(double.NaN);
        }

        output.SetLengths(lengths);
        target.SetLengths(lengths);
        return (output, batch.Has("weights") ? batch.Sequence<double>("weights", 1, target.Batch, target.Steps) : null);
    }
}

using FluentAssertions;
using RnnSharp.Data;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests;

/// <summary>The contents of batches of examples, and which examples come when.</summary>
public sealed class ExampleBatchesTests
{
    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 0)]
    [InlineData(true, 2)]
    [InlineData(false, 100)]
    public void Each_example_comes_once_in_an_epoch_as_it_is(bool shuffle, int bucketBatches)
    {
        Example<float>[] examples = [.. Enumerable.Range(0, 23).Select(SourceCatalogue.WithWeights)];
        var source = new ExampleBatches<float>(examples, new() { BatchSize = 4, Shuffle = shuffle, BucketBatches = bucketBatches });
        source.BatchesPerEpoch.Should().Be(6);
        Batch<float> batch = source.CreateBatch();
        var orders = new List<int[]>();
        for (int epoch = 0; epoch < 3; epoch++)
        {
            var seen = new List<int>();
            while (source.Next(batch)) seen.AddRange(Check(batch));
            seen.Order().Should().Equal(Enumerable.Range(0, 23));
            orders.Add([.. seen]);
            source.Epoch.Should().Be(epoch + 1);
        }

        orders[1].SequenceEqual(orders[0]).Should().Be(!shuffle);
        if (!shuffle && bucketBatches == 0) orders[0].Should().BeInAscendingOrder();

        int[] Check(Batch<float> batch)
        {
            var numbers = new int[batch.Input.Batch];
            for (int j = 0; j < numbers.Length; j++)
            {
                // Feature i of step t of example n is 100 n + 10 t + i.
                int n = numbers[j] = (int)batch.Input[0, j, 0] / 100;
                batch.Input.LengthOf(j).Should().Be(examples[n].Input.Steps);
                batch.Target.LengthOf(j).Should().Be(examples[n].Target.Steps);
                for (int t = 0; t < batch.Input.Steps; t++)
                {
                    bool inside = t < examples[n].Input.Steps;
                    for (int i = 0; i < 2; i++) batch.Input[i, j, t].Should().Be(inside ? 100 * n + 10 * t + i : 0);
                    batch.Target[0, j, t].Should().Be(inside ? 100 * (n + 50) + 10 * t : 0);
                    batch.StepWeights![0, j, t].Should().Be(!inside ? 0 : n % 2 == 0 ? 0.5f * t : 1);
                }
            }

            batch.Input.Steps.Should().Be(numbers.Max(n => examples[n].Input.Steps), "there is no more padding than needed");
            return numbers;
        }
    }

    [Fact]
    public void Tokens_and_labels_are_copied_and_padded_with_the_ignored_token()
    {
        var source = new ExampleBatches<float>(SourceCatalogue.Examples(5), new() { BatchSize = 5, Shuffle = false });
        Batch<float> batch = source.CreateBatch();
        source.Next(batch).Should().BeTrue();
        batch.Input.ToTokens().Should().BeEquivalentTo<int[]>([[0], [1, 0, 1], [2, 0, 1, 2, 3], [3, 0], [4, 0, 1, 2]], options => options.WithStrictOrdering());
        batch.Input.Tokens[(batch.Input.Batch * 4)..].ToArray().Should().Equal(-100, -100, 3, -100, -100);
        batch.Target.ToTokens().Should().BeEquivalentTo<int[]>([[0], [1], [2], [0], [1]], options => options.WithStrictOrdering());
        (batch.Target.IsRagged, batch.Input.IsRagged, batch.Source, batch.StepWeights).Should().Be((false, true, null, null));
    }

    [Fact]
    public void Seeds_and_epochs_give_orders_of_their_own()
    {
        string[] Orders(ulong seed)
        {
            var source = new ExampleBatches<float>(SourceCatalogue.Examples(10), new() { BatchSize = 10, Seed = seed });
            return [.. BatchText.Take(source, 20).Where(text => !BatchText.IsEnd(text))];
        }

        Orders(1).Concat(Orders(2)).Distinct(StringComparer.Ordinal).Should().HaveCount(20);
        Orders(1).Should().Equal(Orders(1));
    }

    [Fact]
    public void Every_order_of_few_examples_is_equally_likely()
    {
        var source = new ExampleBatches<float>(SourceCatalogue.Examples(4), new() { BatchSize = 4 });
        Batch<float> batch = source.CreateBatch();
        const int Draws = 24_000;
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < Draws; i++)
        {
            source.Next(batch);
            string order = string.Join(',', batch.Input.Tokens[..4].ToArray());
            counts[order] = counts.GetValueOrDefault(order) + 1;
            source.EndEpoch();
        }

        // Chi-squared with 23 degrees of freedom exceeds 49.7 in one of a thousand cases.
        counts.Should().HaveCount(24);
        counts.Values.Sum(count => Math.Pow(count - Draws / 24.0, 2) / (Draws / 24.0)).Should().BeLessThan(49.7);
    }

    [Fact]
    public void Without_the_last_batch_all_are_full_and_others_are_left_out_each_time()
    {
        var source = new ExampleBatches<float>(SourceCatalogue.Examples(11), new() { BatchSize = 4, DropLast = true, BucketBatches = 10 });
        source.BatchesPerEpoch.Should().Be(2);
        Batch<float> batch = source.CreateBatch();
        var left = new HashSet<int>();
        for (int epoch = 0; epoch < 40; epoch++)
        {
            var seen = new HashSet<int>();
            while (source.Next(batch))
            {
                batch.Input.Batch.Should().Be(4);
                seen.UnionWith(batch.Input.Tokens[..4].ToArray());
            }

            seen.Should().HaveCount(8);
            left.UnionWith(Enumerable.Range(0, 11).Except(seen));
        }

        left.Should().HaveCount(11);
    }

    [Fact]
    public void Sorting_by_length_saves_padding_and_keeps_batches_in_random_order()
    {
        var random = new Random(1);
        Example<float>[] examples = [.. Enumerable.Range(0, 400).Select(_ => random.Next(1, 60)).Select(steps => new Example<float>(SourceCatalogue.Features(steps, 1), SourceCatalogue.Features(steps, 1)))];
        (double plain, _) = Padding(0);
        (double some, int[] order) = Padding(5);
        (double all, _) = Padding(50);
        plain.Should().BeGreaterThan(0.4);
        some.Should().BeLessThan(0.2);
        all.Should().BeLessThan(0.05);
        order.Zip(order.Skip(1)).Count(pair => pair.First > pair.Second).Should().BeInRange(10, 39, "batches are not sorted by their steps");

        (double Fraction, int[] Steps) Padding(int bucketBatches)
        {
            var source = new ExampleBatches<float>(examples, new() { BatchSize = 8, BucketBatches = bucketBatches });
            Batch<float> batch = source.CreateBatch();
            var steps = new List<int>();
            double padding = 0, columns = 0;
            while (source.Next(batch))
            {
                steps.Add(batch.Input.Steps);
                columns += batch.Input.Batch * batch.Input.Steps;
                for (int j = 0; j < batch.Input.Batch; j++) padding += batch.Input.Steps - batch.Input.LengthOf(j);
            }

            return (padding / columns, [.. steps]);
        }
    }

    [Fact]
    public void Examples_of_one_length_stay_shuffled_when_sorted()
    {
        Example<float>[] examples = [.. Enumerable.Range(0, 40).Select(i => new Example<float>(SourceCatalogue.Features(2, 1, i), SourceCatalogue.Features(2, 1)))];
        var source = new ExampleBatches<float>(examples, new() { BatchSize = 4, BucketBatches = 100 });
        Batch<float> batch = source.CreateBatch();
        var companions = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < 55; i++)
        {
            if (source.Next(batch)) companions.Add(string.Join(',', batch.Input.Values[..4].ToArray().Order()));
        }

        companions.Should().HaveCount(50);
    }

    [Fact]
    public void Classes_are_drawn_by_their_weights_and_examples_of_a_class_in_turn()
    {
        int[] classes = [0, 0, 0, 0, 0, 0, 0, 2, 2, 5];
        const int Draws = 10_000;
        Count(null).Should().Equal([1, 0, 1, 0, 0, 1]);
        Count([1, 9, 2, 0, 0, 0]).Should().Equal([1, 0, 2, 0, 0, 0]);

        // The numbers of draws of each class, divided by what its weight expects of the lowest weight.
        int[] Count(double[]? weights)
        {
            Example<float>[] examples = SourceCatalogue.Examples(10);
            var sampling = ClassSampling.Of(Enumerable.Range(0, 10).ToArray(), i => classes[i], weights, Draws);
            (sampling.Count, sampling.DrawsPerEpoch).Should().Be((10, Draws));
            var source = new ExampleBatches<float>(examples, new() { BatchSize = 100, Sampling = sampling });
            source.BatchesPerEpoch.Should().Be(100);
            Batch<float> batch = source.CreateBatch();
            var counts = new int[10];
            while (source.Next(batch))
            {
                foreach (int number in batch.Input.Tokens[..100]) counts[number]++;
            }

            counts.Sum().Should().Be(Draws);
            double total = weights is null ? 3 : 3.0;
            for (int c = 0; c < 6; c++)
            {
                int[] own = [.. Enumerable.Range(0, 10).Where(i => classes[i] == c).Select(i => counts[i])];
                if (own.Length == 0) continue;
                double expected = Draws * (weights?[c] ?? 1) / total;
                ((double)own.Sum()).Should().BeApproximately(expected, 4 * Math.Sqrt(Draws * 0.25), "class {0}", c);
                (own.Max() - own.Min()).Should().BeLessThanOrEqualTo(1, "each example of class {0} comes as often", c);
            }

            return [.. Enumerable.Range(0, 6).Select(c => (int)Math.Round(Enumerable.Range(0, 10).Where(i => classes[i] == c).Sum(i => counts[i]) / (Draws / total)))];
        }
    }

    [Fact]
    public void Arrays_become_the_examples_that_they_are()
    {
        float[][,] inputs = [new float[,] { { 1, 2 }, { 3, 4 } }, new float[,] { { 5, 6 } }], targets = [new float[,] { { 7 }, { 8 } }, new float[,] { { 9 } }];
        float[][][] jagged = [[[1, 2], [3, 4]], [[5, 6]]], jaggedTargets = [[[7], [8]], [[9]]];
        foreach (ExampleBatches<float> source in (ExampleBatches<float>[])[ExampleBatches<float>.FromArrays(inputs, targets, new() { Shuffle = false }), ExampleBatches<float>.FromJagged(jagged, jaggedTargets, new() { Shuffle = false })])
        {
            Batch<float> batch = source.CreateBatch();
            source.Next(batch).Should().BeTrue();
            batch.Input.ToJagged().Should().BeEquivalentTo(jagged, options => options.WithStrictOrdering());
            batch.Target.ToJagged().Should().BeEquivalentTo(jaggedTargets, options => options.WithStrictOrdering());
        }
    }

    [Fact]
    public void Sequences_become_the_same_batches_as_their_examples()
    {
        Sequence<float> x = Sequence<float>.FromJagged([[[1, 2], [3, 4]], [[5, 6]], [[7, 8], [9, 10], [11, 12]], [[13, 14]]]), y = Sequence<float>.FromTokens([[1], [0], [2], [1]], 3);
        var options = new BatchOptions { BatchSize = 3, Seed = 3 };
        Example<float>[] examples = [.. Enumerable.Range(0, 4).Select(j => new Example<float>(Series<float>.FromSequence(x, j), Series<float>.FromSequence(y, j)))];
        BatchText.Take(new SequenceBatches<float>(x, y, options), 12).Should().Equal(BatchText.Take(new ExampleBatches<float>(examples, options), 12));
    }

    [Fact]
    public void A_list_that_loads_its_examples_is_read_as_they_are_needed()
    {
        var list = new LoadingList(i => i < 5 ? SourceCatalogue.Examples(6)[i] : new Example<float>(SourceCatalogue.Features(2, 3), SourceCatalogue.Features(1, 1)));
        var source = new ExampleBatches<float>(list, new() { BatchSize = 2, Shuffle = false });
        list.Read.Should().Equal(0);
        Batch<float> batch = source.CreateBatch();
        source.Next(batch).Should().BeTrue();
        list.Read.Should().Equal(0, 0, 1);
        source.Next(batch).Should().BeTrue();
        string before = BatchText.Of(source.GetState());
        for (int attempt = 0; attempt < 2; attempt++)
            source.Invoking(s => s.Next(batch)).Should().Throw<InvalidDataException>().WithMessage("*tokens of vocabulary 20 in example 5, got 3 features*");
        BatchText.Of(source.GetState()).Should().Be(before);
    }

    [Fact]
    public void A_token_that_changes_out_of_range_is_refused()
    {
        int[] tokens = [1, 2];
        var source = new ExampleBatches<float>([new Example<float>(Series<float>.FromTokens(tokens, 3), Series<float>.FromLabel(0, 2))]);
        tokens[1] = 3;
        source.Invoking(s => s.Next(s.CreateBatch())).Should().Throw<InvalidDataException>().WithMessage("*tokens of 0 to 2*got 3 in item 0*");
    }

    [Fact]
    public void Series_describe_themselves()
    {
        Series<double>.FromArray(new double[,] { { 1, 2 }, { 3, 4 } }).Values.ToArray().Should().Equal(1, 2, 3, 4);
        Series<double>.FromJagged([[1, 2], [3, 4]]).ToString().Should().Be("2 steps of 2 features");
        var example = new Example<double>(Series<double>.FromTokens(new[] { 1, -100 }, 3), Series<double>.FromLabel(1, 2)) { Source = Series<double>.FromValues(new double[9], 3) };
        example.ToString().Should().Be("2 steps of tokens of vocabulary 3, target 1 steps of tokens of vocabulary 2, source 3 steps of 3 features");
        example.Length.Should().Be(3);
    }

    private sealed class LoadingList(Func<int, Example<float>> load) : IReadOnlyList<Example<float>>
    {
        public List<int> Read { get; } = [];

        public int Count => 6;

        public Example<float> this[int index]
        {
            get
            {
                Read.Add(index);
                return load(index);
            }
        }

        public IEnumerator<Example<float>> GetEnumerator() => throw new NotSupportedException();

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => throw new NotSupportedException();
    }
}

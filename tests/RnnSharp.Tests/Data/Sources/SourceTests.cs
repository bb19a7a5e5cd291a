using FluentAssertions;
using RnnSharp.Data;
using RnnSharp.Tests.Layers;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests;

/// <summary>What holds for every source: resuming at each position, no allocation, invalid states and batches, cancellation.</summary>
public sealed class SourceTests
{
    private const int Calls = 24;

    public static TheoryData<string> Sources => SourceCatalogue.Names;

    [Theory]
    [MemberData(nameof(Sources))]
    public void A_source_restored_at_any_position_continues_with_the_same_batches(string name)
    {
        IBatchSource<float> source = SourceCatalogue.Make(name, 5), used = SourceCatalogue.Make(name, 7);
        Batch<float> batch = source.CreateBatch();
        var expected = new List<string>();
        var states = new List<StateDictionary>();
        for (int i = 0; i < Calls; i++)
        {
            states.Add(source.GetState());
            expected.Add(BatchText.Next(source, batch));
        }

        expected.Count(BatchText.IsEnd).Should().BeGreaterThan(1, "positions in several epochs are tested");
        BatchText.Take(SourceCatalogue.Make(name, 5), Calls).Should().Equal(expected, "the same seed gives the same batches");
        for (int i = 0; i < Calls; i++)
        {
            IBatchSource<float> other = i % 2 == 0 ? used : SourceCatalogue.Make(name, 6);
            other.SetState(states[i]);
            BatchText.Of(other.GetState()).Should().Be(BatchText.Of(states[i]));
            BatchText.Take(other, Calls - i).Should().Equal(expected.Skip(i), "it was restored before call {0}", i);
        }
    }

    [Theory]
    [MemberData(nameof(Sources))]
    public void A_prefetched_source_gives_the_same_batches_and_states(string name)
    {
        IBatchSource<float> plain = SourceCatalogue.Make(name, 5);
        using PrefetchedBatches<float> source = SourceCatalogue.Make(name, 5).Prefetch(3);
        using PrefetchedBatches<float> other = SourceCatalogue.Make(name, 6).Prefetch(1);
        (source.BatchesPerEpoch, source.CarriesState).Should().Be((plain.BatchesPerEpoch, plain.CarriesState));
        Batch<float> batch = source.CreateBatch(), expected = plain.CreateBatch();
        for (int i = 0; i < Calls; i++)
        {
            StateDictionary state = source.GetState();
            BatchText.Of(state).Should().Be(BatchText.Of(plain.GetState()), "this is the state after {0} calls, whatever has been prepared", i);
            if (i % 5 == 3)
            {
                other.SetState(state);
                IBatchSource<float> reference = SourceCatalogue.Make(name, 8);
                reference.SetState(state);
                BatchText.Take(other, 6).Should().Equal(BatchText.Take(reference, 6));
            }

            if (i % 7 == 6)
            {
                plain.EndEpoch();
                source.EndEpoch();
            }

            BatchText.Next(source, batch).Should().Be(BatchText.Next(plain, expected), "call {0}", i);
        }
    }

    [Theory]
    [MemberData(nameof(Sources))]
    public void An_epoch_has_the_batches_that_the_source_tells_and_ends_when_asked(string name)
    {
        IBatchSource<float> source = SourceCatalogue.Make(name, 5);
        Batch<float> batch = source.CreateBatch();
        for (int epoch = 0; epoch < 3; epoch++)
        {
            int batches = 0;
            while (source.Next(batch)) batches++;
            if (source.BatchesPerEpoch is { } expected) batches.Should().Be((int)expected);
            batches.Should().BeGreaterThan(1);
        }

        string before = BatchText.Of(source.GetState());
        source.EndEpoch();
        BatchText.Of(source.GetState()).Should().Be(before, "no batch of the epoch has been read");
        IBatchSource<float> full = SourceCatalogue.Make(name, 5), cut = SourceCatalogue.Make(name, 5);
        while (full.Next(batch)) { }
        cut.Next(batch).Should().BeTrue();
        cut.EndEpoch();
        if (name is "endless streams" or "streams" or "enumerated streams" or "transformed streams") return; // whose streams go on
        if (name is not "transformed") BatchText.Take(cut, 3).Should().Equal(BatchText.Take(full, 3), "the next epoch does not depend on how the last one ended");
    }

    [Theory]
    [MemberData(nameof(Sources))]
    public void A_batch_is_left_as_it_is_at_the_end_of_an_epoch(string name)
    {
        IBatchSource<float> source = SourceCatalogue.Make(name, 5);
        Batch<float> batch = source.CreateBatch();
        string last = "";
        for (string next; !BatchText.IsEnd(next = BatchText.Next(source, batch)); last = next) { }
        BatchText.Of(batch, source.CarriesState).Should().Be(last);
    }

    [Theory]
    [MemberData(nameof(Sources))]
    public void A_warm_source_allocates_nothing(string name)
    {
        if (name.StartsWith("enumerated", StringComparison.Ordinal) || name.Contains("asynchronously", StringComparison.Ordinal)) return; // enumerations allocate themselves
        IBatchSource<float> source = SourceCatalogue.Make(name, 5);
        Batch<float> batch = source.CreateBatch();
        for (int i = 0; i < 100; i++) source.Next(batch);
        Warm.Allocated(() =>
        {
            for (int i = 0; i < 20; i++) source.Next(batch);
        }).Should().Be(0);
    }

    [Theory]
    [MemberData(nameof(Sources))]
    public void An_invalid_state_is_refused_and_changes_nothing(string name)
    {
        IBatchSource<float> source = SourceCatalogue.Make(name, 5), reference = SourceCatalogue.Make(name, 5);
        BatchText.Take(source, 2).Should().Equal(BatchText.Take(reference, 2));
        StateDictionary valid = source.GetState();
        string part = valid.Contains("source.cursor") ? "source." : "";
        int cursor = valid.GetArray<long>($"{part}cursor").Length;
        Refuse(state => state.Set($"{part}settings", "something else"));
        Refuse(state => state.Set($"{part}settings", 1L));
        Refuse(state => state.Set($"{part}seed", 0.5));
        Refuse(state => state.Set<long>($"{part}cursor", new long[cursor + 1]));
        Refuse(state => state.Set<int>($"{part}cursor", new int[cursor]));
        foreach (long wrong in (long[])[-1, -7, long.MinValue, long.MaxValue]) Refuse(state => state.Set<long>($"{part}cursor", [.. Enumerable.Repeat(wrong, cursor)]));
        for (int i = 0; i < cursor; i++)
        {
            foreach (long wrong in (long[])[-2, long.MinValue, (1L << 53) + 1, long.MaxValue])
            {
                Refuse(state =>
                {
                    long[] numbers = [.. valid.GetArray<long>($"{part}cursor")];
                    numbers[i] = wrong;
                    state.Set<long>($"{part}cursor", numbers);
                });
            }
        }

        source.Invoking(s => s.SetState(new StateDictionary())).Should().Throw<InvalidDataException>();
        source.Invoking(s => s.SetState(null!)).Should().Throw<ArgumentNullException>();
        if (part.Length > 0) Refuse(state => state.Set("batches", -1L));
        BatchText.Of(source.GetState()).Should().Be(BatchText.Of(valid));
        BatchText.Take(source, 8).Should().Equal(BatchText.Take(reference, 8));

        void Refuse(Action<StateDictionary> spoil)
        {
            StateDictionary state = source.GetState();
            spoil(state);
            source.Invoking(s => s.SetState(state)).Should().Throw<InvalidDataException>();
        }
    }

    [Theory]
    [MemberData(nameof(Sources))]
    public void A_batch_of_another_kind_is_refused(string name)
    {
        foreach (IBatchSource<float> source in (IBatchSource<float>[])[SourceCatalogue.Make(name, 5), SourceCatalogue.Make(name, 5).Prefetch()])
        {
            Batch<float> fitting = source.CreateBatch();
            source.Invoking(s => s.Next(null!)).Should().Throw<ArgumentNullException>().Which.ParamName.Should().Be("batch");
            Wrong("input", new Batch<float>(new Sequence<float>(99, 1, 1), fitting.Target));
            Wrong("target", new Batch<float>(fitting.Input, new Sequence<float>(99, 1, 1)));
            Wrong("source", new Batch<float>(fitting.Input, fitting.Target) { Source = new Sequence<float>(99, 1, 1), StepWeights = fitting.StepWeights });
            if (fitting.StepWeights is not null) Wrong("step weights", new Batch<float>(fitting.Input, fitting.Target) { Source = fitting.Source });
            BatchText.Take(source, 3).Should().Equal(BatchText.Take(SourceCatalogue.Make(name, 5), 3));
            (source as IDisposable)?.Dispose();

            void Wrong(string part, Batch<float> batch) =>
                source.Invoking(s => s.Next(batch)).Should().Throw<ArgumentException>().WithMessage($"*{part}*got*").Which.ParamName.Should().Be("batch");
        }
    }

    [Theory]
    [MemberData(nameof(Sources))]
    public void A_cancelled_call_loses_nothing(string name)
    {
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        IBatchSource<float> source = SourceCatalogue.Make(name, 5);
        Batch<float> batch = source.CreateBatch();
        List<string> texts = [];
        for (int i = 0; i < 8; i++)
        {
            source.Invoking(s => s.Next(batch, cancelled.Token)).Should().Throw<OperationCanceledException>();
            texts.Add(BatchText.Next(source, batch));
        }

        texts.Should().Equal(BatchText.Take(SourceCatalogue.Make(name, 5), 8));
    }
}

using FluentAssertions;
using RnnSharp.Data;
using RnnSharp.Tests.Layers;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests;

/// <summary>Batches that are prepared ahead: bounds, failures, cancellation, ends. That they are the same ones is in <see cref="SourceTests"/>.</summary>
public sealed class PrefetchedBatchesTests
{
    [Fact]
    public void No_more_batches_are_prepared_than_the_capacity_and_on_another_thread()
    {
        var inner = new Probe(SourceCatalogue.Make("token streams", 1));
        using PrefetchedBatches<float> source = inner.Prefetch(3);
        Batch<float> batch = source.CreateBatch();
        inner.Calls.Should().Be(0, "the thread starts with the first batch");
        for (int i = 1; i < 10; i++)
        {
            source.Next(batch);
            SpinWait.SpinUntil(() => inner.Calls >= i + 3, 10_000).Should().BeTrue("batches are prepared ahead");
            Thread.Sleep(1);
            inner.Calls.Should().Be(i + 3);
        }

        inner.Thread.Should().NotBe(Environment.CurrentManagedThreadId);
        source.Dispose();
        BatchText.Of(inner.GetState()).Should().Be(BatchText.Of(source.GetState()), "the source returns to the last batch handed out");
        source.Invoking(s => s.Next(batch)).Should().Throw<ObjectDisposedException>();
        source.Invoking(s => s.EndEpoch()).Should().Throw<ObjectDisposedException>();
        source.Invoking(s => s.SetState(s.GetState())).Should().Throw<ObjectDisposedException>();
        source.Dispose();
    }

    [Fact]
    public void A_warm_source_allocates_nothing_on_either_thread()
    {
        var inner = new Meter(SourceCatalogue.Make("examples of features with weights", 1).Transform(SourceCatalogue.AddNoise));
        using PrefetchedBatches<float> source = inner.Prefetch(2);
        Batch<float> batch = source.CreateBatch();
        for (int i = 0; i < 200; i++) source.Next(batch);
        inner.Least = long.MaxValue;
        Warm.Allocated(() =>
        {
            for (int i = 0; i < 100; i++) source.Next(batch);
        }).Should().Be(0);
        inner.Least.Should().Be(0, "the loop of the thread, with the source in it, allocates nothing for 20 batches");
    }

    [Fact]
    public void An_exception_of_the_source_comes_with_the_batch_that_it_concerns()
    {
        var inner = new Probe(SourceCatalogue.Make("examples", 5)) { FailsAt = 3 };
        using PrefetchedBatches<float> source = inner.Prefetch(2);
        Batch<float> batch = source.CreateBatch();
        string[] expected = BatchText.Take(SourceCatalogue.Make("examples", 5), 12);
        for (int i = 0; i < 3; i++) BatchText.Next(source, batch).Should().Be(expected[i]);
        StateDictionary state = source.GetState();
        for (int attempt = 0; attempt < 2; attempt++)
        {
            source.Invoking(s => s.Next(batch)).Should().Throw<IOException>().WithMessage("gone").Which.StackTrace.Should().Contain(nameof(Probe));
            BatchText.Of(source.GetState()).Should().Be(BatchText.Of(state));
        }

        inner.FailsAt = -1;
        for (int i = 3; i < 12; i++) BatchText.Next(source, batch).Should().Be(expected[i]);
    }

    [Fact]
    public void A_wait_can_be_cancelled_and_loses_nothing()
    {
        using var gate = new ManualResetEventSlim(initialState: false);
        var inner = new Probe(SourceCatalogue.Make("examples", 5)) { Gate = gate };
        using PrefetchedBatches<float> source = inner.Prefetch();
        Batch<float> batch = source.CreateBatch();
        using var soon = new CancellationTokenSource(5);
        source.Invoking(s => s.Next(batch, soon.Token)).Should().Throw<OperationCanceledException>();
        gate.Set();
        string[] expected = BatchText.Take(SourceCatalogue.Make("examples", 5), 8);
        for (int i = 0; i < 8; i++) BatchText.Next(source, batch).Should().Be(expected[i]);
    }

    [Fact]
    public void Disposal_ends_a_source_that_waits()
    {
        using var gate = new ManualResetEventSlim(initialState: false);
        var inner = new Probe(SourceCatalogue.Make("examples", 5)) { Gate = gate };
        PrefetchedBatches<float> source = inner.Prefetch();
        using var soon = new CancellationTokenSource(5);
        source.Invoking(s => s.Next(s.CreateBatch(), soon.Token)).Should().Throw<OperationCanceledException>();
        source.Dispose();
        gate.Set();
        BatchText.Take(inner, 8).Should().Equal(BatchText.Take(SourceCatalogue.Make("examples", 5), 8));
    }

    [Fact]
    public void A_refused_state_leaves_the_batches_that_follow()
    {
        using PrefetchedBatches<float> source = SourceCatalogue.Make("examples", 5).Prefetch(3);
        string[] expected = BatchText.Take(SourceCatalogue.Make("examples", 5), 8);
        Batch<float> batch = source.CreateBatch();
        for (int i = 0; i < 8; i++)
        {
            BatchText.Next(source, batch).Should().Be(expected[i]);
            source.Invoking(s => s.SetState(new StateDictionary())).Should().Throw<InvalidDataException>();
        }
    }

    [Fact]
    public void A_source_of_the_user_is_prefetched_with_its_own_states()
    {
        using PrefetchedBatches<float> source = new Probe(SourceCatalogue.Make("examples", 5)).Prefetch(3);
        using PrefetchedBatches<float> nested = SourceCatalogue.Make("examples", 5).Prefetch().Prefetch();
        IBatchSource<float> plain = SourceCatalogue.Make("examples", 5);
        Batch<float> batch = source.CreateBatch();
        for (int i = 0; i < 10; i++)
        {
            BatchText.Of(source.GetState()).Should().Be(BatchText.Of(plain.GetState()));
            BatchText.Of(nested.GetState()).Should().Be(BatchText.Of(plain.GetState()));
            string expected = BatchText.Next(plain, batch);
            BatchText.Next(source, batch).Should().Be(expected);
            BatchText.Next(nested, batch).Should().Be(expected);
        }
    }

    /// <summary>A source of the user, without the library's shortcut for positions.</summary>
    private sealed class Probe(IBatchSource<float> inner) : IBatchSource<float>
    {
        private int _calls;

        public int Calls => Volatile.Read(ref _calls);

        public int Thread { get; private set; }

        public int FailsAt { get; set; } = -1;

        public ManualResetEventSlim? Gate { get; init; }

        public long? BatchesPerEpoch => inner.BatchesPerEpoch;

        public bool CarriesState => inner.CarriesState;

        public Batch<float> CreateBatch() => inner.CreateBatch();

        public bool Next(Batch<float> batch, CancellationToken cancellation = default)
        {
            if (_calls == FailsAt) throw new IOException("gone");
            Gate?.Wait(cancellation);
            Thread = Environment.CurrentManagedThreadId;
            bool any = inner.Next(batch, cancellation);
            Interlocked.Increment(ref _calls);
            return any;
        }

        public void EndEpoch() => inner.EndEpoch();

        public StateDictionary GetState() => inner.GetState();

        public void SetState(StateDictionary state) => inner.SetState(state);
    }

    /// <summary>Notes the bytes that a thread allocates from one call to the twentieth after it: all that the thread does in a cycle.</summary>
    private sealed class Meter(TransformedBatches<float> inner) : IBatchSource<float>, ICursorSource
    {
        private readonly ICursorSource _cursors = inner;
        private long _before;
        private int _calls;

        public long Least { get; set; } = long.MaxValue;

        public long? BatchesPerEpoch => inner.BatchesPerEpoch;

        public bool CarriesState => inner.CarriesState;

        public int CursorLength => _cursors.CursorLength;

        public Batch<float> CreateBatch() => inner.CreateBatch();

        public bool Next(Batch<float> batch, CancellationToken cancellation = default)
        {
            if (_calls++ % 20 == 0)
            {
                long now = GC.GetAllocatedBytesForCurrentThread();
                if (_calls > 1) Least = Math.Min(Least, now - _before);
                _before = now;
            }

            return inner.Next(batch, cancellation);
        }

        public void EndEpoch() => inner.EndEpoch();

        public StateDictionary GetState() => inner.GetState();

        public void SetState(StateDictionary state) => inner.SetState(state);

        public void CopyCursor(Span<long> cursor) => _cursors.CopyCursor(cursor);

        public StateDictionary StateAt(ReadOnlySpan<long> cursor) => _cursors.StateAt(cursor);
    }
}

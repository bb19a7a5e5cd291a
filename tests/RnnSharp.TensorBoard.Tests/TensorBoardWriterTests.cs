using System.Globalization;
using FluentAssertions;
using Xunit;

namespace RnnSharp.TensorBoard.Tests;

public sealed class TensorBoardWriterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_file_has_the_name_and_the_first_event_that_TensorBoard_expects()
    {
        long before = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        using var writer = new TensorBoardWriter(Path.Combine(_folder.Path, "run", "1"));
        string[] parts = Path.GetFileName(writer.Path).Split('.', 5);
        parts[..3].Should().Equal("events", "out", "tfevents");
        long.Parse(parts[3], CultureInfo.InvariantCulture).Should().BeInRange(before, DateTimeOffset.UtcNow.ToUnixTimeSeconds());
        parts[4].Should().Be(Environment.MachineName);
        LoggedEvent first = EventFile.Read(writer.Path).Should().ContainSingle("it is written at once").Subject;
        (first.Version, first.Step).Should().Be(("brain.Event:2", 0L));
        first.Time.Should().BeInRange(before, DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 1);
        writer.ToString().Should().Be(writer.Path);
    }

    [Fact]
    public void Scalars_come_back()
    {
        (string Tag, double Value, long Step)[] scalars = [("loss/training", 0.1, 0), ("b", -1e-30, 1), ("Zahl ü 数", 3, 300), ("b", double.NaN, 1L << 40), ("b", double.PositiveInfinity, long.MaxValue), ("b", 1e300, 5), (new string('x', 20000), 2, 6)];
        using (var writer = new TensorBoardWriter(_folder.Path))
        {
            foreach ((string tag, double value, long step) in scalars) writer.AddScalar(tag, value, step);
        }

        LoggedEvent[] events = _folder.Events[1..];
        events.Select(logged => (logged.Tag!, logged.Scalar!.Value, logged.Step)).Should().Equal(scalars.Select(scalar => (scalar.Tag, (float)scalar.Value, scalar.Step)));
        events.Select(logged => logged.Time).Should().BeInAscendingOrder();
    }

    [Fact]
    public void Histograms_come_back()
    {
        float[] values = [.. Enumerable.Range(0, 61).Select(i => i / 2f)];
        using (var writer = new TensorBoardWriter(_folder.Path))
        {
            writer.AddHistogram("a", values, 7);
            writer.AddHistogram<double>("b", [2, 2], 8);
        }

        LoggedEvent[] events = _folder.Events[1..];
        events.Select(logged => (logged.Tag, logged.Step)).Should().Equal(("a", 7), ("b", 8));
        LoggedHistogram a = events[0].Histogram!;
        (a.Min, a.Max, a.Count, a.Sum, a.SumOfSquares).Should().Be((0, 30, 61, 915, 18452.5));
        a.Limits.Should().HaveCount(30).And.EndWith(30);
        a.Counts.Should().Equal([.. Enumerable.Repeat(2.0, 29), 3.0]);
        events[1].Histogram!.Should().BeEquivalentTo(new LoggedHistogram(2, 2, 2, 4, 8, [2], [2]));
    }

    [Fact]
    public void A_start_is_a_session_log()
    {
        using (var writer = new TensorBoardWriter(_folder.Path)) writer.AddStart(1001);
        LoggedEvent start = _folder.Events[1];
        (start.SessionStatus, start.Step, start.Tag).Should().Be((1L, 1001L, null));
    }

    [Fact]
    public void Writers_of_one_second_have_files_of_their_own()
    {
        TensorBoardWriter[] writers = [.. Enumerable.Range(0, 5).Select(_ => new TensorBoardWriter(_folder.Path))];
        for (int i = 0; i < writers.Length; i++)
        {
            writers[i].AddScalar("a", i, i);
            writers[i].Dispose();
        }

        _folder.Files.Should().HaveCount(5).And.BeEquivalentTo(writers.Select(writer => writer.Path));
        _folder.Events.Select(logged => logged.Scalar).Where(value => value is not null).Should().Equal([0, 1, 2, 3, 4], "they are read in the order of their creation");
    }

    [Fact]
    public void Events_are_in_the_file_after_a_flush_and_by_and_by_without_one()
    {
        using var writer = new TensorBoardWriter(_folder.Path);
        writer.AddScalar("a", 1, 1);
        _folder.Events.Should().HaveCount(1);
        writer.Flush();
        _folder.Events.Should().HaveCount(2);
        for (int i = 0; i < 10_000; i++) writer.AddScalar("a", 1, 1);
        _folder.Events.Length.Should().BeInRange(5_000, 10_002);
    }

    [Fact]
    public void Several_threads_may_write()
    {
        using (var writer = new TensorBoardWriter(_folder.Path))
        {
            Parallel.For(0, 4, thread =>
            {
                for (int i = 0; i < 1000; i++)
                {
                    writer.AddScalar($"{thread}", i, i);
                    if (i % 100 == 0) writer.AddHistogram<float>($"h{thread}", [i, i + 1], i);
                    if (i % 150 == 0) writer.Flush();
                }
            });
        }

        ILookup<string?, long> steps = _folder.Events.ToLookup(logged => logged.Tag, logged => logged.Step, StringComparer.Ordinal);
        for (int thread = 0; thread < 4; thread++)
        {
            steps[$"{thread}"].Should().Equal(Enumerable.Range(0, 1000).Select(i => (long)i));
            steps[$"h{thread}"].Should().HaveCount(10);
        }
    }

    [Fact]
    public void Warm_calls_allocate_nothing()
    {
        float[] values = [.. Enumerable.Range(0, 100).Select(i => (float)i)];
        using var writer = new TensorBoardWriter(_folder.Path);
        long allocated = 0;
        for (int round = 0; round < 3; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 1000; i++)
            {
                writer.AddScalar("loss/training", i, i);
                writer.AddHistogram("values", values, i);
            }

            writer.Flush();
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        allocated.Should().Be(0);
    }

    [Fact]
    public void A_disposed_writer_refuses_events()
    {
        var writer = new TensorBoardWriter(_folder.Path);
        writer.AddScalar("a", 1, 1);
        writer.Dispose();
        writer.Dispose();
        writer.Invoking(w => w.AddScalar("a", 1, 1)).Should().Throw<ObjectDisposedException>();
        writer.Invoking(w => w.AddHistogram<float>("a", [1], 1)).Should().Throw<ObjectDisposedException>();
        writer.Invoking(w => w.AddStart(1)).Should().Throw<ObjectDisposedException>();
        writer.Invoking(w => w.Flush()).Should().Throw<ObjectDisposedException>();
        _folder.Events.Should().HaveCount(2);
    }

    [Fact]
    public void Wrong_arguments_are_refused()
    {
        FluentActions.Invoking(() => new TensorBoardWriter(null!)).Should().Throw<ArgumentNullException>().WithParameterName("folder");
        FluentActions.Invoking(() => new TensorBoardWriter(" ")).Should().Throw<ArgumentException>().WithParameterName("folder");
        using var writer = new TensorBoardWriter(_folder.Path);
        FluentActions.Invoking(() => new TensorBoardWriter(writer.Path)).Should().Throw<IOException>("a file is no folder");
        writer.Invoking(w => w.AddScalar(null!, 1, 1)).Should().Throw<ArgumentNullException>().WithParameterName("tag");
        writer.Invoking(w => w.AddScalar("", 1, 1)).Should().Throw<ArgumentException>().WithParameterName("tag");
        writer.Invoking(w => w.AddScalar("a", 1, -1)).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("step").WithMessage("*0 or more*got -1*");
        writer.Invoking(w => w.AddHistogram<float>(null!, [1], 1)).Should().Throw<ArgumentNullException>().WithParameterName("tag");
        writer.Invoking(w => w.AddHistogram<float>("", [1], 1)).Should().Throw<ArgumentException>().WithParameterName("tag");
        writer.Invoking(w => w.AddHistogram<float>("a", [1], -1)).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("step").WithMessage("*0 or more*got -1*");
        writer.Invoking(w => w.AddStart(-1)).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("step").WithMessage("*0 or more*got -1*");
        writer.Flush();
        _folder.Events.Should().HaveCount(1, "nothing is added");
    }
}

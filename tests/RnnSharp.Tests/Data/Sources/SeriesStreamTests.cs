using FluentAssertions;
using RnnSharp.Data;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests;

/// <summary>Streams of features: of a list of series, of a function, and of enumerations.</summary>
public sealed class SeriesStreamTests
{
    [Theory]
    [InlineData(1, 3, false)]
    [InlineData(3, 2, false)]
    [InlineData(3, 4, true)]
    [InlineData(9, 100, true)]
    public void Series_are_read_to_their_ends_window_by_window(int streams, int window, bool shuffle)
    {
        Example<float>[] series = [.. Enumerable.Range(0, 9).Select(SourceCatalogue.WithWeights)];
        var source = new SeriesStreamBatches<float>(series, streams, window, shuffle, seed: 2);
        Batch<float> batch = source.CreateBatch();
        var firsts = new List<int>();
        for (int epoch = 0; epoch < 3; epoch++)
        {
            int[] current = new int[streams], steps = new int[9];
            long batches = 0;
            while (source.Next(batch))
            {
                batches++;
                for (int j = 0; j < streams; j++)
                {
                    for (int t = 0; t < batch.Input.LengthOf(j); t++)
                    {
                        int value = (int)batch.Input[0, j, t], n = value / 100;
                        if (t == 0 && batch.Restarts[j]) current[j] = n;
                        n.Should().Be(current[j], "a stream changes its series only where it restarts");
                        (value % 100).Should().Be(10 * steps[n]++, "the series goes on");
                        if (t == 0) batch.Restarts[j].Should().Be(steps[n] == 1);
                        batch.Target[0, j, t].Should().Be(value + 5000);
                        batch.StepWeights![0, j, t].Should().Be(n % 2 == 0 ? 0.5f * (steps[n] - 1) : 1);
                    }

                    batch.Input.LengthOf(j).Should().BeLessThanOrEqualTo(window);
                    batch.Target.LengthOf(j).Should().Be(batch.Input.LengthOf(j));
                }

                if (batches == 1) firsts.Add(current[0]);
            }

            steps.Should().Equal(series.Select(one => one.Input.Steps));
            if (source.BatchesPerEpoch is { } expected) batches.Should().Be(expected);
            source.BatchesPerEpoch.HasValue.Should().Be(!shuffle);
        }

        if (!shuffle) firsts.Should().Equal(0, 0, 0);
    }

    [Fact]
    public void Windows_of_a_function_end_before_a_step_that_restarts()
    {
        var source = new StreamBatches<float>(SourceCatalogue.Stream, 2, 1, 3, 4);
        Batch<float> batch = source.CreateBatch();
        for (int epoch = 0; epoch < 2; epoch++)
        {
            var steps = new long[3];
            while (source.Next(batch))
            {
                for (int j = 0; j < 3; j++)
                {
                    int length = batch.Input.LengthOf(j);
                    if (length == 0) continue;
                    batch.Restarts[j].Should().Be(steps[j] == 0 || steps[j] % 5 == 4);
                    for (int t = 0; t < length; t++)
                    {
                        (batch.Input[0, j, t], batch.Input[1, j, t], batch.Target[0, j, t]).Should().Be((j, steps[j] + t, j + steps[j] + t));
                        if (t > 0) ((steps[j] + t) % 5).Should().NotBe(4);
                    }

                    steps[j] += length;
                    if (length < 4) (steps[j] % 5 == 4 || steps[j] == 7 + 4 * j).Should().BeTrue("a window is not cut without a reason");
                }
            }

            steps.Should().Equal(7, 11, 15);
        }
    }

    [Fact]
    public void Endless_streams_go_on_in_the_next_epoch()
    {
        var source = new StreamBatches<float>((stream, step, input, target) =>
        {
            input[0] = step;
            return StreamStep.Continues;
        }, 1, 1, 1, 3, batchesPerEpoch: 2);
        Batch<float> batch = source.CreateBatch();
        float[] Next() => source.Next(batch) ? [.. batch.Input.Values, batch.Restarts[0] ? 1 : 0, batch.Target.Values[0]] : [];
        Next().Should().Equal(0, 1, 2, 1, 0);
        Next().Should().Equal(3, 4, 5, 0, 0);
        Next().Should().BeEmpty();
        Next().Should().Equal(6, 7, 8, 0, 0);
        source.EndEpoch();
        Next().Should().Equal(9, 10, 11, 0, 0);
        Next().Should().Equal(12, 13, 14, 0, 0);
        Next().Should().BeEmpty();
    }

    [Fact]
    public void A_reader_that_throws_is_asked_again_for_the_same_steps()
    {
        bool throws = false;
        var source = new StreamBatches<float>((stream, step, input, target) => throws && step == 6 ? throw new IOException("gone") : SourceCatalogue.Stream(stream, step, input, target), 2, 1, 3, 4);
        Batch<float> batch = source.CreateBatch();
        string[] expected = BatchText.Take(new StreamBatches<float>(SourceCatalogue.Stream, 2, 1, 3, 4), 8);
        BatchText.Next(source, batch).Should().Be(expected[0]);
        throws = true;
        source.Invoking(s => s.Next(batch)).Should().Throw<IOException>();
        throws = false;
        BatchText.Take(source, 7).Should().Equal(expected[1..]);
        new StreamBatches<float>((stream, step, input, target) => (StreamStep)7, 1, 1, 1, 1).Invoking(s => s.Next(s.CreateBatch())).Should().Throw<InvalidDataException>().WithMessage("*Continues, Restarts or Ends*7*");
    }

    [Fact]
    public void Enumerations_are_read_forward_and_again_from_the_start_for_an_earlier_step()
    {
        int opened = 0, disposed = 0;
        using var streams = new EnumeratedStreams<float>([Steps()]);
        Read(0).Should().Be((StreamStep.Continues, 0, 10));
        Read(1).Should().Be((StreamStep.Continues, 1, 11));
        Read(1).Should().Be((StreamStep.Continues, 1, 11));
        Read(2).Should().Be((StreamStep.Restarts, 2, 12));
        opened.Should().Be(1, "steps in order need no other start");
        Read(0).Should().Be((StreamStep.Continues, 0, 10));
        (opened, disposed).Should().Be((2, 1));
        Read(4).Should().Be((StreamStep.Ends, 0, 0));
        Read(3).Should().Be((StreamStep.Ends, 0, 0));
        (opened, disposed).Should().Be((2, 2));
        Read(2).Should().Be((StreamStep.Restarts, 2, 12));
        streams.Dispose();
        (opened, disposed).Should().Be((3, 3));
        streams.Invoking(s => s.Read(0, 0, new float[2], new float[1])).Should().Throw<InvalidDataException>().WithMessage("*2 features of the input at step 0 of stream 0, got 1*");

        (StreamStep, float, float) Read(long step)
        {
            float[] input = [0], target = [0];
            return (streams.Read(0, step, input, target), input[0], target[0]);
        }

        IEnumerable<(float[] Input, float[] Target, bool Restarts)> Steps()
        {
            opened++;
            try
            {
                for (int t = 0; t < 3; t++) yield return ([t], [t + 10], t == 2);
            }
            finally
            {
                disposed++;
            }
        }
    }
}

using FluentAssertions;
using RnnSharp.Data;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests;

public sealed class SequenceBatchesTests
{
    [Fact]
    public void A_resized_sequence_is_refused()
    {
        var inputs = new Sequence<float>(2, 6, 3);
        var source = new SequenceBatches<float>(inputs, new Sequence<float>(1, 6, 3), new() { BatchSize = 4, Shuffle = false });
        Batch<float> batch = source.CreateBatch();
        inputs.Resize(2, 3);

        FluentActions.Invoking(() => source.Next(batch)).Should().Throw<InvalidOperationException>().WithMessage("*6 examples*got 2*");
    }
}

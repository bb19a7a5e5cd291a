using FluentAssertions;
using Xunit;

namespace RnnSharp.Tests;

/// <summary>What a call sees of a sequence or state that another thread changes during the call.</summary>
public sealed class CaptureTests
{
    [Fact]
    public void Values_of_an_earlier_shape_are_found_after_the_sequence_has_shrunk()
    {
        var x = new Sequence<double>(3, 2, 5);
        SequenceShape shape = x.Shape;
        x.Resize(1, 2);
        x.ValuesFor(shape).Length.Should().Be(30);
    }

    [Fact]
    public void A_shape_that_the_array_does_not_hold_is_rejected()
    {
        var x = new Sequence<double>(3, 2, 5);
        var tokens = Sequence<double>.ForTokens(3, 2, 5);
        foreach (SequenceShape shape in new SequenceShape[] { new(3, 2, 6), new(int.MaxValue, int.MaxValue, int.MaxValue), new(1 << 30, 1 << 30, 16), new(4, 1 << 15, 1 << 15) })
        {
            x.Invoking(it => it.ValuesFor(shape).Length).Should().Throw<InvalidOperationException>().WithMessage($"*thread*{shape}*");
            tokens.Invoking(it => it.TokensFor(shape).Length).Should().Throw<InvalidOperationException>().WithMessage($"*thread*{shape}*");
        }
    }

    [Fact]
    public void Lengths_are_copied_and_limited_to_the_steps_of_the_shape()
    {
        var x = new Sequence<double>(3, 3, 5);
        int[] lengths = [-7, -7, -7];
        x.CopyLengths(x.Shape, lengths).Should().BeFalse();
        lengths.Should().Equal(-7, -7, -7);
        x.SetLengths([5, 0, 2]);
        x.CopyLengths(new SequenceShape(3, 3, 4), lengths).Should().BeTrue();
        lengths.Should().Equal(4, 0, 2);
        x.Invoking(it => it.CopyLengths(new SequenceShape(3, 9, 1), new int[9])).Should().Throw<InvalidOperationException>();
    }

    [Fact]
    public void A_token_sequence_keeps_its_vocabulary()
    {
        var tokens = Sequence<double>.ForTokens(3, 1, 2);
        tokens.Invoking(it => it.Resize(2, 1, 2)).Should().Throw<InvalidOperationException>();
        tokens.Resize(3, 4, 4);
        tokens.Features.Should().Be(3);
    }

    [Fact]
    public void A_state_does_not_give_more_examples_than_its_array_holds()
    {
        var state = new State<float>(2, ("h", 3));
        state["h"].ValuesFor(2).Length.Should().Be(6);
        state["h"].Invoking(it => it.ValuesFor(3).Length).Should().Throw<InvalidOperationException>().WithMessage("*h does not hold 3 x 3*");
        state["h"].Invoking(it => it.ValuesFor(int.MaxValue).Length).Should().Throw<InvalidOperationException>();
    }
}

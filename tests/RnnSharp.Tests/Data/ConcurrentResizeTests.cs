using Xunit;

namespace RnnSharp.Tests;

/// <summary>
/// Sequences and states that another thread resizes while their methods run. The values are then undefined, but the only exceptions
/// are those of a wrong call, never one from inside an array.
/// </summary>
public sealed class ConcurrentResizeTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Sequence_methods_throw_nothing_unexpected_while_another_thread_resizes_it(bool isTokens)
    {
        Sequence<float> x = isTokens ? Sequence<float>.ForTokens(5, 1, 1) : new Sequence<float>(5, 1, 1);
        Sequence<float> reuse = isTokens ? Sequence<float>.ForTokens(5, 1, 1) : new Sequence<float>(5, 1, 1);
        var lengths = new int[200];
        ConcurrentChange.RunBeside(
            random =>
            {
                int batch = random.Next(1, 40), steps = random.Next(40);
                x.Resize(batch, steps);
                if (random.Next(2) == 0) x.SetLengths(lengths.AsSpan(0, batch));
            },
            [
                () => x.ToArray(),
                () => x.ToBatchFirst(),
                () => x.ToJagged(),
                () => x.ToMatrices(),
                () => x.AsMatrix(),
                () => x.ConvertTo<double>(),
                () => x.SliceSteps(1, 2, reuse),
                () => x.Gather([0, 3], reuse),
                () => x.Windows(3, 2, reuse),
                () => x.LengthOf(3),
                () => _ = x[4, 3, 2],
                () => x.Step(2).Clear(),
                () => x.SetLengths([2, 1]),
                () => x.Clear(),
                () => _ = x.Values.Length + x.Tokens.Length + x.Lengths.Length,
                () => _ = isTokens ? x.ToTokens() : null,
            ]);
    }

    [Fact]
    public void State_methods_throw_nothing_unexpected_while_another_thread_resizes_it()
    {
        var state = new State<float>([new State<float>(1, ("h", 7)), new State<float>(1, ("h", 3), ("c", 3))]);
        State<float> other = state.Clone();
        byte[] one = other.ToBytes(0);
        ConcurrentChange.RunBeside(
            random => state.Resize(random.Next(1, 60)),
            [
                () => state.ToBytes(),
                () => state.ReadExample(0, one),
                () => state.Clone(),
                () => state.ConvertTo<double>(),
                () => state.CopyFrom(other),
                () => other.CopyExample(state, 2, 0),
                () => state.CopyExample(state, 1, 0),
                () => state["1.c"].ToArray(),
                () => state["1.c"].ToMatrix(),
                () => state.Set("0.h", new float[3, 7]),
                () => state.Clear(),
            ]);
    }
}

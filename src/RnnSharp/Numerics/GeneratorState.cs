using System.Buffers.Binary;
using static System.FormattableString;

namespace RnnSharp.Numerics;

/// <summary>The format of a generator's saved state: a tag of 4 bytes, an integer of 4, the words, and a <see cref="PolarGaussian"/>.</summary>
internal static class GeneratorState
{
    /// <summary>The offset of the generator's integer.</summary>
    public const int CounterAt = sizeof(uint);

    /// <summary>The offset of the generator's words.</summary>
    public const int WordsAt = CounterAt + sizeof(int);

    /// <summary>Validates a saved state, before the caller changes anything.</summary>
    /// <param name="state">The bytes that the caller was given.</param>
    /// <param name="tag">The generator's tag.</param>
    /// <param name="wordsLength">The bytes of the generator's words.</param>
    /// <param name="maxCounter">The largest valid value of the generator's integer; the smallest is 0.</param>
    /// <param name="gaussian">The kept normal number.</param>
    /// <returns>The integer.</returns>
    /// <exception cref="ArgumentException"><paramref name="state"/> has another tag or length, or a value in it is out of range.</exception>
    public static int Check(ReadOnlySpan<byte> state, uint tag, int wordsLength, int maxCounter, out PolarGaussian gaussian)
    {
        int gaussianAt = WordsAt + wordsLength, length = gaussianAt + PolarGaussian.StateLength;
        if (state.Length != length)
        {
            throw new ArgumentException(Invariant($"Expected a state of {length} bytes, got {state.Length}."), nameof(state));
        }

        uint found = BinaryPrimitives.ReadUInt32LittleEndian(state);
        if (found != tag)
        {
            throw new ArgumentException(Invariant($"Expected a state with the tag {tag:x8}, got {found:x8}."), nameof(state));
        }

        int counter = BinaryPrimitives.ReadInt32LittleEndian(state[CounterAt..]);
        if (counter < 0 || counter > maxCounter)
        {
            throw new ArgumentException(Invariant($"Expected a state with an integer from 0 to {maxCounter} at byte {CounterAt}, got {counter}."), nameof(state));
        }

        // A linear recurrence over zeros alone yields zeros forever.
        if (!state[WordsAt..gaussianAt].ContainsAnyExcept((byte)0))
        {
            throw new ArgumentException("Expected a state with words that are not all 0, got only zeros.", nameof(state));
        }

        if (!PolarGaussian.TryRead(state[gaussianAt..], out gaussian))
        {
            throw new ArgumentException("Expected a state that ends with 1 and a finite number or with zeros, got something else.", nameof(state));
        }

        return counter;
    }
}

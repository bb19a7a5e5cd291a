using System.Buffers.Binary;
using static System.FormattableString;

namespace RnnSharp.Numerics;

/// <summary>The saved state that the generators share: a tag of 4 bytes, an integer of 4, the words, and a <see cref="PolarGaussian"/>.</summary>
internal static class GeneratorState
{
    /// <summary>Where the generator's own integer stands.</summary>
    public const int CounterAt = sizeof(uint);

    /// <summary>Where the generator's words start.</summary>
    public const int WordsAt = CounterAt + sizeof(int);

    /// <summary>Refuses what no generator of the kind can have saved, before the caller changes anything.</summary>
    /// <param name="state">The bytes given by a caller.</param>
    /// <param name="tag">The tag of the kind.</param>
    /// <param name="wordsLength">The bytes that the kind's words take.</param>
    /// <param name="greatestCounter">The greatest value of the kind's integer, whose least is 0.</param>
    /// <param name="gaussian">The normal number kept.</param>
    /// <returns>The integer.</returns>
    /// <exception cref="ArgumentException"><paramref name="state"/> is of another kind or length, or a part of it is out of range.</exception>
    public static int Check(ReadOnlySpan<byte> state, uint tag, int wordsLength, int greatestCounter, out PolarGaussian gaussian)
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
        if (counter < 0 || counter > greatestCounter)
        {
            throw new ArgumentException(Invariant($"Expected a state with an integer from 0 to {greatestCounter} at byte {CounterAt}, got {counter}."), nameof(state));
        }

        // From zeros alone a linear recurrence gives zeros for ever.
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

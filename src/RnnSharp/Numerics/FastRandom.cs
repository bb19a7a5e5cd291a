using System.Buffers.Binary;
using System.Numerics;

namespace RnnSharp.Numerics;

/// <summary>The xoshiro256** generator, seeded through SplitMix64: small, fast and repeatable on every platform.</summary>
/// <remarks>
/// <para>
/// D. Blackman and S. Vigna, "Scrambled linear pseudorandom number generators", ACM Trans. Math. Softw. 47 (2021), with their
/// reference code at <see href="https://prng.di.unimi.it/"/>; period 2²⁵⁶ - 1. Integers below a bound are unbiased (D. Lemire,
/// "Fast random integer generation in an interval", ACM Trans. Model. Comput. Simul. 29, 2019).
/// </para>
/// <para>Normal numbers go through <see cref="Math.Log(double)"/>, whose last bit can differ between platforms.</para>
/// <para>An instance is not thread-safe: give each thread its own with <see cref="Split"/>.</para>
/// </remarks>
public sealed class FastRandom : SeededRandom
{
    private const uint StateTag = 0x31535846; // "FXS1" as little-endian bytes: distinguishes these bytes from those of another generator or version
    private const int WordsLength = 4 * sizeof(ulong);

    // Jump polynomials of the reference code by depth: first 2^192 steps, then 2^128, so that all children of a child stay within its own jump.
    private static readonly ulong[][] Jumps =
    [
        [0x76e15d3efefdcbbf, 0xc5004e441c522fb3, 0x77710069854ee241, 0x39109bb02acbe635],
        [0x180ec6d33cfd0aba, 0xd5a61266f0c9392c, 0xa9582618e03fc9aa, 0x39abdc4529b1661c],
    ];

    private ulong _s0, _s1, _s2, _s3;
    private int _depth;
    private PolarGaussian _gaussian;

    /// <summary>Creates a generator whose state is the first four outputs of SplitMix64, as the authors of xoshiro recommend.</summary>
    /// <param name="seed">Any value.</param>
    public FastRandom(ulong seed)
        => (_s0, _s1, _s2, _s3) = (SplitMix64(ref seed), SplitMix64(ref seed), SplitMix64(ref seed), SplitMix64(ref seed));

    /// <summary>The state, without what <see cref="Split"/> and the normal numbers keep.</summary>
    internal (ulong, ulong, ulong, ulong) Words
    {
        get => (_s0, _s1, _s2, _s3);
        set => (_s0, _s1, _s2, _s3) = value;
    }

    /// <summary>Returns the next output of the generator: 64 random bits.</summary>
    /// <returns>Any 64-bit value.</returns>
    public ulong NextUInt64()
    {
        ulong result = unchecked(BitOperations.RotateLeft(_s1 * 5, 7) * 9), shifted = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= shifted;
        _s3 = BitOperations.RotateLeft(_s3, 45);
        return result;
    }

    /// <summary>The high 53 bits of one output, divided by 2⁵³.</summary>
    /// <returns>A number in [0, 1).</returns>
    public override double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1L << 53));

    /// <summary>The high 24 bits of one output, divided by 2²⁴.</summary>
    /// <returns>A number in [0, 1).</returns>
    public override float NextSingle() => (NextUInt64() >> 40) * (1.0f / (1 << 24));

    /// <summary>Returns a standard normal number by the polar method, which gives pairs: the second number is kept for the next call.</summary>
    /// <returns>A number with mean 0 and variance 1.</returns>
    public double NextGaussian() => _gaussian.Next(this);

    /// <summary>Creates an independent generator: the child continues from the current state, and this generator jumps ahead.</summary>
    /// <remarks>
    /// The same seed and calls give the same children. The first generator jumps 2¹⁹² steps at each split and its children 2¹²⁸, so
    /// that no two of their streams overlap before 2¹²⁸ outputs. A grandchild cannot be split, because the streams of its
    /// children would overlap others. A kept normal number stays with this generator.
    /// </remarks>
    /// <returns>The child, one level deeper.</returns>
    /// <exception cref="InvalidOperationException">This generator is a grandchild.</exception>
    public FastRandom Split()
    {
        if (_depth == Jumps.Length)
        {
            throw new InvalidOperationException("Expected the first generator or a child of it, got a child of a child, whose own children would repeat other streams.");
        }

        var child = new FastRandom(0) { _s0 = _s0, _s1 = _s1, _s2 = _s2, _s3 = _s3, _depth = _depth + 1 };
        Jump(Jumps[_depth]);
        return child;
    }

    /// <summary>Fills a buffer with outputs as little-endian words, the last one truncated.</summary>
    /// <param name="buffer">Receives the bytes.</param>
    public override void NextBytes(Span<byte> buffer)
    {
        Span<byte> word = stackalloc byte[sizeof(ulong)];
        while (!buffer.IsEmpty)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(word, NextUInt64());
            int count = Math.Min(word.Length, buffer.Length);
            word[..count].CopyTo(buffer);
            buffer = buffer[count..];
        }
    }

    /// <summary>Returns everything that determines the numbers to come, including the kept normal number and the depth of splits.</summary>
    /// <remarks>Little-endian: a tag of 4 bytes, the depth of splits (0 to 2), the four words, a byte that tells whether a normal number is kept, and that number.</remarks>
    /// <returns>Bytes for <see cref="SetState"/>; equal states give equal bytes.</returns>
    public byte[] GetState()
    {
        byte[] state = new byte[GeneratorState.WordsAt + WordsLength + PolarGaussian.StateLength];
        BinaryPrimitives.WriteUInt32LittleEndian(state, StateTag);
        BinaryPrimitives.WriteInt32LittleEndian(state.AsSpan(GeneratorState.CounterAt), _depth);
        Span<byte> words = state.AsSpan(GeneratorState.WordsAt);
        BinaryPrimitives.WriteUInt64LittleEndian(words, _s0);
        BinaryPrimitives.WriteUInt64LittleEndian(words[8..], _s1);
        BinaryPrimitives.WriteUInt64LittleEndian(words[16..], _s2);
        BinaryPrimitives.WriteUInt64LittleEndian(words[24..], _s3);
        _gaussian.Write(words[WordsLength..]);
        return state;
    }

    /// <summary>Continues from where <see cref="GetState"/> was called, on this or another instance.</summary>
    /// <param name="state">What <see cref="GetState"/> returned.</param>
    /// <exception cref="ArgumentException"><paramref name="state"/> cannot come from <see cref="GetState"/>; this instance is unchanged.</exception>
    public void SetState(ReadOnlySpan<byte> state)
    {
        _depth = GeneratorState.Check(state, StateTag, WordsLength, Jumps.Length, out PolarGaussian gaussian);
        _gaussian = gaussian;
        ReadOnlySpan<byte> words = state[GeneratorState.WordsAt..];
        _s0 = BinaryPrimitives.ReadUInt64LittleEndian(words);
        _s1 = BinaryPrimitives.ReadUInt64LittleEndian(words[8..]);
        _s2 = BinaryPrimitives.ReadUInt64LittleEndian(words[16..]);
        _s3 = BinaryPrimitives.ReadUInt64LittleEndian(words[24..]);
    }

    /// <summary>Restarts, without allocating, at a stream that depends on a seed and a number; different numbers with one seed give different streams.</summary>
    internal void Reseed(ulong seed, ulong number)
    {
        // The seed is mixed before the number is added; otherwise seed s with number n + 1 would give the stream of a neighboring seed.
        ulong mixed = SplitMix64(ref seed) ^ number;
        (_s0, _s1, _s2, _s3) = (SplitMix64(ref mixed), SplitMix64(ref mixed), SplitMix64(ref mixed), SplitMix64(ref mixed));
        _depth = 0;
        _gaussian = default;
    }

    /// <summary>
    /// Returns 64 independent bits, each set with a probability of exactly threshold / 2⁶⁴. It compares 64 numbers of 64 random bits
    /// with the threshold at once, from the highest bit down until all are decided, which takes about 7 outputs.
    /// </summary>
    internal ulong NextBits(ulong threshold)
    {
        ulong below = 0, equal = ulong.MaxValue;
        for (; threshold != 0 && equal != 0; threshold <<= 1)
        {
            ulong bits = NextUInt64();
            if (threshold >> 63 != 0)
            {
                below |= equal & ~bits;
                equal &= bits;
            }
            else
            {
                equal &= ~bits;
            }
        }

        return below;
    }

    /// <summary>G. Steele, D. Lea and C. Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.</summary>
    private static ulong SplitMix64(ref ulong state)
    {
        unchecked
        {
            ulong z = state += 0x9e3779b97f4a7c15;
            z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
            z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
            return z ^ (z >> 31);
        }
    }

    /// <summary>Lemire's method: the high word of bits·count, redrawn for the 2⁶⁴ mod count low words that would favor some values.</summary>
    private protected override ulong Below(ulong count)
    {
        if (count <= 1)
        {
            return 0;
        }

        ulong high = Math.BigMul(NextUInt64(), count, out ulong low);
        if (low < count)
        {
            ulong rejected = unchecked(0 - count) % count;
            while (low < rejected)
            {
                high = Math.BigMul(NextUInt64(), count, out low);
            }
        }

        return high;
    }

    private void Jump(ReadOnlySpan<ulong> polynomial)
    {
        ulong s0 = 0, s1 = 0, s2 = 0, s3 = 0;
        foreach (ulong coefficients in polynomial)
        {
            for (int bit = 0; bit < 64; bit++)
            {
                if (((coefficients >> bit) & 1) != 0)
                {
                    (s0, s1, s2, s3) = (s0 ^ _s0, s1 ^ _s1, s2 ^ _s2, s3 ^ _s3);
                }

                NextUInt64();
            }
        }

        (_s0, _s1, _s2, _s3) = (s0, s1, s2, s3);
    }
}

using System.Buffers.Binary;
using System.Numerics;
using MathNet.Numerics.LinearAlgebra;
using RnnSharp.Numerics;
using static System.FormattableString;

namespace RnnSharp.Notebook;

/// <summary>NumPy's legacy <c>numpy.random.RandomState</c>: the same seed and the same calls give the same numbers.</summary>
/// <remarks>
/// <para>
/// The generator is MT19937 (M. Matsumoto and T. Nishimura, "Mersenne Twister", ACM TOMACS 8, 1998); the distributions follow
/// NumPy's <c>legacy-distributions.c</c>, <c>_bounded_integers.pyx</c> and <c>mtrand.pyx</c>, whose streams NumPy has frozen.
/// Normal numbers go through <see cref="Math.Log(double)"/>, so they agree to the last bit if the platform's C library has
/// the logarithm that NumPy was run with, and to the last unit in the last place elsewhere.
/// </para>
/// <para><c>Next</c> and <c>NextInt64</c> are NumPy's <c>randint</c>, except that equal bounds give the bound. An instance is not thread-safe.</para>
/// </remarks>
public sealed class NumpyRandom : SeededRandom
{
    private const int Words = 624;
    private const int Middle = 397;
    private const uint StateTag = 0x3152504E; // "NPR1" as little-endian bytes: rejects bytes of another kind or version
    private const int WordsLength = Words * sizeof(uint);

    // NumPy's tolerance for a sum of probabilities: the square root of the double's epsilon, 2^-52.
    private const double SumTolerance = 1.0 / (1 << 26);

    private readonly uint[] _words = new uint[Words];
    private int _position = Words;
    private PolarGaussian _gaussian;

    /// <summary>Starts the stream of <c>RandomState(seed)</c>: <c>init_genrand</c> of the MT19937 reference code.</summary>
    /// <param name="seed">Any value.</param>
    public NumpyRandom(uint seed)
    {
        for (int i = 0; i < Words; i++)
        {
            _words[i] = seed;
            seed = unchecked((1812433253u * (seed ^ (seed >> 30))) + (uint)i + 1u);
        }
    }

    /// <summary><c>random_sample()</c>: (a·2²⁶ + b) / 2⁵³ with the high 27 bits of one draw and the high 26 of the next.</summary>
    /// <returns>A number in [0, 1).</returns>
    public override double NextDouble()
    {
        uint a = NextUInt32() >> 5, b = NextUInt32() >> 6;
        return ((a * 67108864.0) + b) / 9007199254740992.0;
    }

    /// <summary>The high 24 bits of one draw, divided by 2²⁴; <c>RandomState</c> has no counterpart.</summary>
    /// <returns>A number in [0, 1).</returns>
    public override float NextSingle() => (NextUInt32() >> 8) * (1.0f / (1 << 24));

    /// <summary><c>uniform(low, high)</c>: low + (high - low)·<see cref="NextDouble"/>.</summary>
    /// <param name="low">The least value; finite.</param>
    /// <param name="high">At least <paramref name="low"/>, with a finite difference; equal bounds still draw, and return the bound, as in NumPy.</param>
    /// <returns>A number in [low, high), or <paramref name="high"/> itself where the sum rounds up to it.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A bound or the difference is not finite, or <paramref name="low"/> exceeds <paramref name="high"/>.</exception>
    public double Uniform(double low, double high)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(low, high);
        if (!double.IsFinite(high - low))
        {
            throw new ArgumentOutOfRangeException(
                double.IsFinite(low) ? nameof(high) : nameof(low),
                Invariant($"Expected finite bounds with a finite difference, got low = {low} and high = {high}."));
        }

        return low + ((high - low) * NextDouble());
    }

    /// <summary><c>randn()</c>: the polar method, which keeps the second number of each pair for the next call.</summary>
    /// <returns>A number with mean 0 and variance 1.</returns>
    public double NextGaussian() => _gaussian.Next(this);

    /// <summary><c>randn(...)</c> for an array of <paramref name="count"/> elements; NumPy fills every shape in C order.</summary>
    /// <param name="count">At least 0.</param>
    /// <returns>The numbers in the order drawn.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is negative.</exception>
    public double[] RandN(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        double[] values = new double[Check.ArrayLength(count, nameof(count))];
        RandN(values);
        return values;
    }

    /// <summary><c>randn(...)</c> into the caller's memory, in C order.</summary>
    /// <param name="values">Receives the numbers.</param>
    public void RandN(Span<double> values)
    {
        foreach (ref double value in values)
        {
            value = NextGaussian();
        }
    }

    /// <summary><c>randn(rows, columns)</c>: a matrix, drawn row by row.</summary>
    /// <param name="rows">At least 1.</param>
    /// <param name="columns">At least 1.</param>
    /// <exception cref="ArgumentException">A size is below 1, or there are too many elements; nothing has been drawn.</exception>
    public Matrix<double> RandN(int rows, int columns)
    {
        double[] drawn = RandN(Check.ArrayLength((long)Check.Positive(rows) * Check.Positive(columns), nameof(columns)));
        return Matrix<double>.Build.DenseOfRowMajor(rows, columns, drawn);
    }

    /// <summary><c>randn(features, batch, steps)</c>: a sequence, drawn feature by feature and in each of them example by example.</summary>
    /// <param name="features">At least 1.</param>
    /// <param name="batch">At least 1.</param>
    /// <param name="steps">At least 1.</param>
    /// <exception cref="ArgumentException">A size is below 1, or there are too many elements; nothing has been drawn.</exception>
    public Sequence<double> RandN(int features, int batch, int steps)
    {
        var sequence = new Sequence<double>(Check.Positive(features), Check.Positive(batch), Check.Positive(steps));
        for (int column = 0; column < features * batch; column++)
        {
            for (int t = 0; t < steps; t++) sequence[column / batch, column % batch, t] = NextGaussian();
        }

        return sequence;
    }

    /// <summary><c>randint(low, high)</c>: masked rejection; a range of one value draws nothing.</summary>
    /// <param name="low">The least value.</param>
    /// <param name="high">One more than the greatest value, hence above <paramref name="low"/>.</param>
    /// <returns>A number in [low, high).</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="low"/> is not below <paramref name="high"/>.</exception>
    public int RandInt(int low, int high) => (int)RandInt((long)low, high);

    /// <summary><c>randint(low, high)</c>: masked rejection on 32 bits where the range fits them and on 64 otherwise; a range of one value draws nothing.</summary>
    /// <param name="low">The least value.</param>
    /// <param name="high">One more than the greatest value, hence above <paramref name="low"/>.</param>
    /// <returns>A number in [low, high).</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="low"/> is not below <paramref name="high"/>.</exception>
    public long RandInt(long low, long high)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(low, high);
        return NextInt64(low, high);
    }

    /// <summary><c>randint(low, high, size)</c>.</summary>
    /// <param name="low">The least value.</param>
    /// <param name="high">One more than the greatest value, hence above <paramref name="low"/>.</param>
    /// <param name="size">The number of values; at least 0.</param>
    /// <returns>The numbers in the order drawn, each in [low, high).</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="low"/> is not below <paramref name="high"/>, or <paramref name="size"/> is negative.</exception>
    public int[] RandInt(int low, int high, int size) => Array.ConvertAll(RandInt((long)low, high, size), value => (int)value);

    /// <summary><c>randint(low, high, size)</c> for any range of 64-bit integers.</summary>
    /// <param name="low">The least value.</param>
    /// <param name="high">One more than the greatest value, hence above <paramref name="low"/>.</param>
    /// <param name="size">The number of values; at least 0.</param>
    /// <returns>The numbers in the order drawn, each in [low, high).</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="low"/> is not below <paramref name="high"/>, or <paramref name="size"/> is negative.</exception>
    public long[] RandInt(long low, long high, int size)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(low, high);
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        long[] values = new long[Check.ArrayLength(size, nameof(size))];
        foreach (ref long value in values.AsSpan())
        {
            value = NextInt64(low, high);
        }

        return values;
    }

    /// <summary><c>choice(n, p=p)</c>: the first index whose cumulative probability exceeds one uniform number.</summary>
    /// <param name="n">The number of indices; at least 1.</param>
    /// <param name="p">The <paramref name="n"/> probabilities: not negative, with a sum of 1 within 2⁻²⁶, NumPy's tolerance.</param>
    /// <returns>An index in [0, n).</returns>
    /// <exception cref="ArgumentException"><paramref name="n"/> or <paramref name="p"/> is invalid; nothing has been drawn.</exception>
    public int Choice(int n, ReadOnlySpan<double> p)
    {
        CheckProbabilities(n, p);
        double total = 0.0;
        foreach (double share in p)
        {
            total += share;
        }

        double target = NextDouble(), sum = 0.0;
        int index = -1;
        do
        {
            sum += p[++index];
        }
        while (sum / total <= target); // ends in range: the last quotient is exactly 1, above every target

        return index;
    }

    /// <summary><c>choice(n, size, p=p)</c>: draws with replacement, each as <see cref="Choice(int, ReadOnlySpan{double})"/>.</summary>
    /// <param name="n">The number of indices; at least 1.</param>
    /// <param name="p">The <paramref name="n"/> probabilities: not negative, with a sum of 1 within 2⁻²⁶, NumPy's tolerance.</param>
    /// <param name="size">The number of draws; at least 0.</param>
    /// <returns>The indices in the order drawn, each in [0, n).</returns>
    /// <exception cref="ArgumentException"><paramref name="n"/>, <paramref name="p"/> or <paramref name="size"/> is invalid; nothing has been drawn.</exception>
    public int[] Choice(int n, ReadOnlySpan<double> p, int size)
    {
        CheckProbabilities(n, p);
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        double[] cumulative = new double[n];
        double sum = 0.0;
        for (int i = 0; i < n; i++)
        {
            cumulative[i] = sum += p[i];
        }

        int[] indices = new int[Check.ArrayLength(size, nameof(size))];
        foreach (ref int index in indices.AsSpan())
        {
            double target = NextDouble();
            int first = 0, last = n - 1;
            while (first < last)
            {
                int middle = first + ((last - first) / 2);
                (first, last) = cumulative[middle] / sum > target ? (first, middle) : (middle + 1, last);
            }

            index = first;
        }

        return indices;
    }

    /// <summary><c>permutation(n)</c>.</summary>
    /// <param name="n">At least 0.</param>
    /// <returns>The numbers 0 to n - 1, shuffled.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="n"/> is negative.</exception>
    public int[] Permutation(int n)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(n);
        int[] values = new int[Check.ArrayLength(n, nameof(n))];
        for (int i = 0; i < n; i++)
        {
            values[i] = i;
        }

        Shuffle(values.AsSpan());
        return values;
    }

    /// <summary><c>shuffle(x)</c>: from the last element down, each is swapped with one at or before it.</summary>
    /// <remarks>Hides <see cref="Random.Shuffle{T}(Span{T})"/>, which is not virtual: through a variable of type <see cref="Random"/> the order is .NET's.</remarks>
    /// <typeparam name="T">The type of the elements.</typeparam>
    /// <param name="values">The elements to shuffle in place.</param>
    public new void Shuffle<T>(Span<T> values)
    {
        for (int i = values.Length - 1; i > 0; i--)
        {
            int j = Next(i + 1);
            (values[i], values[j]) = (values[j], values[i]);
        }
    }

    /// <inheritdoc cref="Shuffle{T}(Span{T})"/>
    /// <exception cref="ArgumentNullException"><paramref name="values"/> is null.</exception>
    public new void Shuffle<T>(T[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        Shuffle(values.AsSpan());
    }

    /// <summary><c>bytes(length)</c>: the draws as little-endian words, the last one truncated; an empty buffer draws nothing.</summary>
    /// <param name="buffer">Receives the bytes.</param>
    public override void NextBytes(Span<byte> buffer)
    {
        Span<byte> word = stackalloc byte[sizeof(uint)];
        while (!buffer.IsEmpty)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(word, NextUInt32());
            int count = Math.Min(word.Length, buffer.Length);
            word[..count].CopyTo(buffer);
            buffer = buffer[count..];
        }
    }

    /// <summary>Returns everything that determines the numbers to come, including the kept normal number.</summary>
    /// <remarks>Little-endian: a tag of 4 bytes, the position (0 to 624), the 624 words, a byte telling whether a normal number is kept, and that number.</remarks>
    /// <returns>Bytes for <see cref="SetState"/>; equal states give equal bytes.</returns>
    public byte[] GetState()
    {
        byte[] state = new byte[GeneratorState.WordsAt + WordsLength + PolarGaussian.StateLength];
        BinaryPrimitives.WriteUInt32LittleEndian(state, StateTag);
        BinaryPrimitives.WriteInt32LittleEndian(state.AsSpan(GeneratorState.CounterAt), _position);
        for (int i = 0; i < Words; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(state.AsSpan(GeneratorState.WordsAt + (i * sizeof(uint))), _words[i]);
        }

        _gaussian.Write(state.AsSpan(GeneratorState.WordsAt + WordsLength));
        return state;
    }

    /// <summary>Continues from where <see cref="GetState"/> was called, on this or another instance.</summary>
    /// <param name="state">What <see cref="GetState"/> returned.</param>
    /// <exception cref="ArgumentException"><paramref name="state"/> cannot come from <see cref="GetState"/>; this instance is unchanged.</exception>
    public void SetState(ReadOnlySpan<byte> state)
    {
        _position = GeneratorState.Check(state, StateTag, WordsLength, Words, out PolarGaussian gaussian);
        _gaussian = gaussian;
        for (int i = 0; i < Words; i++)
        {
            _words[i] = BinaryPrimitives.ReadUInt32LittleEndian(state[(GeneratorState.WordsAt + (i * sizeof(uint)))..]);
        }
    }

    private static void CheckProbabilities(int n, ReadOnlySpan<double> p)
    {
        if (p.IsEmpty)
        {
            throw new ArgumentException("Expected at least one probability, got none.", nameof(p));
        }

        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(n);
        if (p.Length != n)
        {
            throw new ArgumentException(Invariant($"Expected one probability for each of n = {n} indices, got {p.Length}."), nameof(p));
        }

        // Kahan summation, as in NumPy, so that exactly the same probabilities are rejected.
        double sum = 0.0, lost = 0.0;
        for (int i = 0; i < n; i++)
        {
            if (!double.IsFinite(p[i]) || p[i] < 0.0)
            {
                throw new ArgumentException(Invariant($"Expected finite probabilities of at least 0, got {p[i]} at index {i}."), nameof(p));
            }

            double term = p[i] - lost, next = sum + term;
            lost = next - sum - term;
            sum = next;
        }

        if (!(Math.Abs(sum - 1.0) <= SumTolerance))
        {
            throw new ArgumentException(Invariant($"Expected probabilities that sum to 1 within {SumTolerance}, got a sum of {sum}."), nameof(p));
        }
    }

    /// <summary>NumPy's <c>random_interval(count - 1)</c>: masked rejection. A count of 0 or 1 gives 0 and draws nothing.</summary>
    private protected override ulong Below(ulong count)
    {
        if (count <= 1)
        {
            return 0;
        }

        ulong greatest = count - 1, mask = ulong.MaxValue >> BitOperations.LeadingZeroCount(greatest), value;
        do
        {
            value = mask & (greatest <= uint.MaxValue ? NextUInt32() : ((ulong)NextUInt32() << 32) | NextUInt32());
        }
        while (value > greatest);

        return value;
    }

    private uint NextUInt32()
    {
        if (_position == Words)
        {
            Twist();
        }

        uint y = _words[_position++];
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c5680u;
        y ^= (y << 15) & 0xefc60000u;
        return y ^ (y >> 18);
    }

    private void Twist()
    {
        for (int i = 0; i < Words; i++)
        {
            uint y = (_words[i] & 0x80000000u) | (_words[(i + 1) % Words] & 0x7fffffffu);
            _words[i] = _words[(i + Middle) % Words] ^ (y >> 1) ^ ((y & 1u) * 0x9908b0dfu);
        }

        _position = 0;
    }
}

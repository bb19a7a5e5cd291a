namespace RnnSharp.Numerics;

/// <summary>
/// The base class of the library's generators. It derives bounded integers from their output alone, so that a seed gives the same integers
/// on every platform and .NET version, which <see cref="Random"/> does not promise.
/// </summary>
/// <remarks>An instance is not thread-safe.</remarks>
public abstract class SeededRandom : Random
{
    private protected SeededRandom()
    {
    }

    /// <summary>An integer below <see cref="int.MaxValue"/>.</summary>
    /// <returns>A number in [0, <see cref="int.MaxValue"/>).</returns>
    public override int Next() => Next(int.MaxValue);

    /// <summary>An integer below a bound, each equally likely; a bound of 0 or 1 gives 0 and draws nothing.</summary>
    /// <param name="maxValue">The exclusive bound; at least 0.</param>
    /// <returns>A number in [0, maxValue), or 0.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxValue"/> is negative.</exception>
    public override int Next(int maxValue) => (int)NextInt64(maxValue);

    /// <summary>An integer between two bounds, each equally likely; a range of at most one value draws nothing.</summary>
    /// <param name="minValue">The least value.</param>
    /// <param name="maxValue">The exclusive bound; at least <paramref name="minValue"/>.</param>
    /// <returns>A number in [minValue, maxValue), or the bound if both are equal.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="minValue"/> exceeds <paramref name="maxValue"/>.</exception>
    public override int Next(int minValue, int maxValue) => (int)NextInt64(minValue, maxValue);

    /// <summary>An integer below <see cref="long.MaxValue"/>.</summary>
    /// <returns>A number in [0, <see cref="long.MaxValue"/>).</returns>
    public override long NextInt64() => NextInt64(long.MaxValue);

    /// <inheritdoc cref="Next(int)"/>
    public override long NextInt64(long maxValue)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxValue);
        return (long)Below((ulong)maxValue);
    }

    /// <inheritdoc cref="Next(int, int)"/>
    public override long NextInt64(long minValue, long maxValue)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minValue, maxValue);
        return unchecked(minValue + (long)Below((ulong)(maxValue - minValue)));
    }

    /// <summary>Fills a buffer with outputs as little-endian words, the last one truncated; an empty buffer draws nothing.</summary>
    /// <param name="buffer">Receives the bytes.</param>
    /// <exception cref="ArgumentNullException"><paramref name="buffer"/> is null.</exception>
    public override void NextBytes(byte[] buffer)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        NextBytes(buffer.AsSpan());
    }

    /// <inheritdoc cref="Random.NextDouble"/>
    protected override double Sample() => NextDouble();

    /// <summary>An integer below a count, each equally likely; a count of 0 or 1 gives 0 and draws nothing.</summary>
    private protected abstract ulong Below(ulong count);
}

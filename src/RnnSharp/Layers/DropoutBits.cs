using RnnSharp.Numerics;

namespace RnnSharp.Layers;

/// <summary>The mask of a pass, in reused memory: one bit per element, set if it is dropped.</summary>
internal sealed class DropoutBits
{
    private const int WordBits = 64;

    // 2⁶⁴. A double below 1 is at most 1 - 2⁻⁵³, so that its product with this fits into a ulong.
    private const double Whole = 18446744073709551616.0;

    private readonly FastRandom _random = new(0);
    private ulong[] _dropped = [];

    /// <summary>The mask that was drawn last; empty before the first.</summary>
    public ReadOnlySpan<ulong> Dropped => _dropped;

    /// <summary>The words that hold a number of bits.</summary>
    public static long Words(long count) => (count + (WordBits - 1)) / WordBits;

    /// <summary>Draws a mask of so many words, which depends only on the seed, the draw and the rate.</summary>
    public void Draw(int seed, long draw, double rate, long words)
    {
        if (_dropped.Length < words) _dropped = new ulong[words];
        _random.Reseed(unchecked((ulong)seed), (ulong)draw);
        var threshold = (ulong)(rate * Whole);
        for (int i = 0; i < words; i++) _dropped[i] = _random.NextBits(threshold);
    }
}

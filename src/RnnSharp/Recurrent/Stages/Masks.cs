using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>The random masks of a layer, determined by its seed and the draw of a pass.</summary>
internal static class Masks
{
    /// <summary>Mixed into the seed, so that a dropout layer with the same seed draws different masks.</summary>
    private const ulong Tag = 0x6b73_616d_2068_2063;

    /// <summary>Seeds the generator for a draw.</summary>
    public static void Begin(FastRandom random, int seed, long draw) => random.Reseed(unchecked((ulong)seed) ^ Tag, (ulong)draw);

    /// <summary>Sets each element to <paramref name="value"/> with the given probability, and to zero otherwise.</summary>
    public static void Fill<T>(FastRandom random, Span<T> mask, double probability, T value)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (ref T element in mask) element = random.NextDouble() < probability ? value : T.Zero;
    }

    /// <summary>Draws as many numbers as for a mask of some elements.</summary>
    public static void Skip(FastRandom random, long elements)
    {
        for (long i = 0; i < elements; i++) random.NextDouble();
    }
}

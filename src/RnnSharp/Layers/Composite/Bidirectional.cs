using System.Numerics;

namespace RnnSharp.Layers;

/// <summary>Makes bidirectional layers.</summary>
public static class Bidirectional
{
    /// <summary>
    /// Makes a layer of one kind and size in both directions: <c>Bidirectional.Of(seed =&gt; new LstmLayer&lt;float&gt;(27, 64, seed), seed: 1)</c>.
    /// </summary>
    /// <param name="create">Makes one direction's layer from a seed; called for the forward direction, then for the backward one.</param>
    /// <param name="seed">The two layers' seeds are drawn from it; drawn anew when null.</param>
    /// <param name="merge">How the two outputs become one.</param>
    /// <exception cref="ArgumentException">There is nothing to make layers with, or the layers are refused by <see cref="BidirectionalLayer{T}"/>.</exception>
    public static BidirectionalLayer<T> Of<T>(Func<int, ILayer<T>> create, int? seed = null, BidirectionalMerge merge = BidirectionalMerge.Concatenate)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(create);
        Random random = Initializers.Generator(seed);
        return new BidirectionalLayer<T>(create(random.Next()), create(random.Next()), merge);
    }
}

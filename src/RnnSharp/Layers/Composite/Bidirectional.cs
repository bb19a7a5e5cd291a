using System.Numerics;

namespace RnnSharp.Layers;

/// <summary>Creates bidirectional layers.</summary>
public static class Bidirectional
{
    /// <summary>
    /// Creates a layer with the same kind of layer in both directions: <c>Bidirectional.Of(seed =&gt; new LstmLayer&lt;float&gt;(27, 64, seed), seed: 1)</c>.
    /// </summary>
    /// <param name="create">Creates the layer of one direction from a seed; called for the forward direction, then for the backward one.</param>
    /// <param name="seed">The seed from which the seeds of the two layers are drawn; random when null.</param>
    /// <param name="merge">How the two outputs are merged.</param>
    /// <exception cref="ArgumentException">The function is null, or it returns layers that a <see cref="BidirectionalLayer{T}"/> does not accept.</exception>
    public static BidirectionalLayer<T> Of<T>(Func<int, ILayer<T>> create, int? seed = null, BidirectionalMerge merge = BidirectionalMerge.Concatenate)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(create);
        Random random = Initializers.Generator(seed);
        return new BidirectionalLayer<T>(create(random.Next()), create(random.Next()), merge);
    }
}

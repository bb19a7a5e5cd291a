namespace RnnSharp.Numerics;

/// <summary>
/// A vector of 32-bit words, each of which holds an integer, two 16-bit integers or a float: what products with weights of 8 or 16 bits
/// need of the processor. Every operation gives the same bits at each width: none is fused, and none saturates in the range in which it is
/// used.
/// </summary>
internal unsafe interface IWordVector<TSelf>
    where TSelf : unmanaged, IWordVector<TSelf>
{
    /// <summary>The number of words.</summary>
    static abstract int Count { get; }

    /// <summary>Loads two signed bytes per word, each extended to 16 bits.</summary>
    static abstract TSelf LoadBytes(byte* source);

    /// <summary>Loads one signed 16-bit integer per word, extended to 32 bits.</summary>
    static abstract TSelf LoadShorts(byte* source);

    static abstract TSelf LoadFloats(float* source);

    static abstract void StoreFloats(TSelf value, float* target);

    /// <summary>The same word in every element.</summary>
    static abstract TSelf Broadcast(int word);

    /// <summary>sum + a₀b₀ + a₁b₁ of the 16-bit integers of each word.</summary>
    static abstract TSelf AddPairProducts(TSelf a, TSelf b, TSelf sum);

    static abstract TSelf ShiftLeft(TSelf a, int bits);

    static abstract TSelf And(TSelf a, TSelf b);

    /// <summary>The floats nearest to 32-bit integers.</summary>
    static abstract TSelf ToFloats(TSelf a);

    /// <summary>a·b of floats.</summary>
    static abstract TSelf MultiplyFloats(TSelf a, TSelf b);

    /// <summary>a + b of floats.</summary>
    static abstract TSelf AddFloats(TSelf a, TSelf b);
}

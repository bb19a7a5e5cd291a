using System.Runtime.CompilerServices;

namespace RnnSharp.Numerics;

/// <summary>
/// How weights of 8 or 16 bits are stored and multiplied. In each format a vector of rows takes two bytes per row: those of two columns in 8
/// bits, or that of one column in 16. Activations are words: two 16-bit integers for two columns, or the float of one column.
/// </summary>
internal unsafe interface IWeightFormat
{
    /// <summary>The columns in a word.</summary>
    static abstract int Columns { get; }

    /// <summary>The most words whose products are summed before the sum is scaled.</summary>
    static abstract int LongestSum { get; }

    /// <summary>Widens the weights of one word of columns.</summary>
    static abstract TWords Load<TWords>(byte* weights)
        where TWords : unmanaged, IWordVector<TWords>;

    /// <summary>The sum plus the products of weights and activations.</summary>
    static abstract TWords AddProducts<TWords>(TWords weights, TWords activations, TWords sum)
        where TWords : unmanaged, IWordVector<TWords>;

    /// <summary>A sum as floats, scaled by the scales of its rows and of its column.</summary>
    static abstract TWords Scale<TWords>(TWords sum, float* rowScales, float columnScale)
        where TWords : unmanaged, IWordVector<TWords>;

    /// <summary>Stores a number that the format can represent.</summary>
    static abstract void Write(float code, byte* target);

    /// <summary>Reads a stored number.</summary>
    static abstract float Read(byte* source);
}

/// <summary>
/// Integers of 8 bits, -127 to 127, with a scale per row. Activations are integers of 16 bits with a scale per column, so that no product
/// of two saturates on any processor.
/// </summary>
internal readonly unsafe struct Int8Format : IWeightFormat
{
    /// <summary>The largest magnitude of a weight.</summary>
    public const int Largest = 127;

    /// <summary>The largest magnitude of an activation: a sum over <see cref="LongestSum"/> words stays below 2³¹.</summary>
    public const int LargestActivation = 4095;

    public static int Columns => 2;

    public static int LongestSum => 2048;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TWords Load<TWords>(byte* weights)
        where TWords : unmanaged, IWordVector<TWords> => TWords.LoadBytes(weights);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TWords AddProducts<TWords>(TWords weights, TWords activations, TWords sum)
        where TWords : unmanaged, IWordVector<TWords> => TWords.AddPairProducts(weights, activations, sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TWords Scale<TWords>(TWords sum, float* rowScales, float columnScale)
        where TWords : unmanaged, IWordVector<TWords> =>
        TWords.MultiplyFloats(TWords.ToFloats(sum), TWords.MultiplyFloats(TWords.LoadFloats(rowScales), TWords.Broadcast(BitConverter.SingleToInt32Bits(columnScale))));

    public static void Write(float code, byte* target) => *(sbyte*)target = (sbyte)code;

    public static float Read(byte* source) => *(sbyte*)source;
}

/// <summary>The upper 16 bits of floats. Products are rounded before they are added, because not every processor has a fused operation.</summary>
internal readonly unsafe struct BFloat16Format : IWeightFormat
{
    public static int Columns => 1;

    public static int LongestSum => int.MaxValue;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TWords Load<TWords>(byte* weights)
        where TWords : unmanaged, IWordVector<TWords> => TWords.ShiftLeft(TWords.LoadShorts(weights), 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TWords AddProducts<TWords>(TWords weights, TWords activations, TWords sum)
        where TWords : unmanaged, IWordVector<TWords> => TWords.AddFloats(TWords.MultiplyFloats(weights, activations), sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TWords Scale<TWords>(TWords sum, float* rowScales, float columnScale)
        where TWords : unmanaged, IWordVector<TWords> => sum;

    public static void Write(float code, byte* target) => *(ushort*)target = (ushort)(BitConverter.SingleToUInt32Bits(code) >> 16);

    public static float Read(byte* source) => BitConverter.UInt32BitsToSingle((uint)*(ushort*)source << 16);
}

/// <summary>Floats of 16 bits (IEEE 754). Products are rounded before they are added, as for <see cref="BFloat16Format"/>.</summary>
internal readonly unsafe struct Float16Format : IWeightFormat
{
    // The sign, and 5 + 10 bits of exponent and significand in their places of a float; then the difference of the exponents' biases.
    private const int Kept = unchecked((int)0x8FFFE000);
    private const float Bias = 5.192296858534828e33f;

    public static int Columns => 1;

    public static int LongestSum => int.MaxValue;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TWords Load<TWords>(byte* weights)
        where TWords : unmanaged, IWordVector<TWords> =>
        TWords.MultiplyFloats(TWords.And(TWords.ShiftLeft(TWords.LoadShorts(weights), 13), TWords.Broadcast(Kept)), TWords.Broadcast(BitConverter.SingleToInt32Bits(Bias)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TWords AddProducts<TWords>(TWords weights, TWords activations, TWords sum)
        where TWords : unmanaged, IWordVector<TWords> => BFloat16Format.AddProducts(weights, activations, sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TWords Scale<TWords>(TWords sum, float* rowScales, float columnScale)
        where TWords : unmanaged, IWordVector<TWords> => sum;

    public static void Write(float code, byte* target) => *(Half*)target = (Half)code;

    public static float Read(byte* source) => (float)*(Half*)source;
}

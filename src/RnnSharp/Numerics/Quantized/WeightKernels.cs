using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace RnnSharp.Numerics;

/// <summary>Products with weights stored in one format, compiled for this processor's vector width.</summary>
internal abstract unsafe class WeightKernels
{
    /// <summary>The elements of a vector.</summary>
    public abstract int VectorLength { get; }

    /// <summary>The columns of activations in a word.</summary>
    public abstract int WordColumns { get; }

    /// <summary>The most columns that a call of <see cref="Multiply"/> may have. It takes 1, 2 or 4.</summary>
    public abstract int MostColumns { get; }

    /// <summary>Creates the kernels of a format for the widest vectors that the processor accelerates.</summary>
    public static WeightKernels Create<TFormat>()
        where TFormat : struct, IWeightFormat => WordDispatch.Invoke<Factory<TFormat>, WeightKernels>(default);

    /// <summary>Adds the products of a panel of weights with some columns of activations to sums.</summary>
    public abstract void Multiply(int vectors, int columns, WeightCall* call);

    /// <summary>Stores a number that the format can represent.</summary>
    public abstract void Write(float code, byte* target);

    /// <summary>Reads a stored number.</summary>
    public abstract float Read(byte* source);

    /// <summary>
    /// Converts a column of activations to integers of 16 bits and returns its scale: the largest magnitude becomes
    /// <see cref="Int8Format.LargestActivation"/>. A column of numbers too small to be divided by becomes zeros, and the scale of a column
    /// that is not finite is NaN.
    /// </summary>
    /// <param name="source">The column.</param>
    /// <param name="count">Its length.</param>
    /// <param name="target">Two integers per word; the last is zero if the count is odd.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Quantize(float* source, int count, int* target)
    {
        // The bits of magnitudes have the order of their values, with infinity and NaN above all numbers.
        int largest = 0, i = 0;
        if (Vector128.IsHardwareAccelerated)
        {
            Vector128<int> most = Vector128<int>.Zero;
            for (; i <= count - Vector128<int>.Count; i += Vector128<int>.Count) most = Vector128.Max(most, Vector128.Load((int*)source + i) & Vector128.Create(int.MaxValue));
            for (int lane = 0; lane < Vector128<int>.Count; lane++) largest = Math.Max(largest, most[lane]);
        }

        for (; i < count; i++) largest = Math.Max(largest, ((int*)source)[i] & int.MaxValue);
        float magnitude = BitConverter.Int32BitsToSingle(largest);
        const float Smallest = 1e-30f, Round = 12582912f;
        int words = (count + 1) / 2;
        if (!(magnitude >= Smallest && float.IsFinite(magnitude)))
        {
            new Span<int>(target, words).Clear();
            return magnitude < Smallest ? 0f : float.NaN;
        }

        // Adding 1.5·2²³ rounds to the nearest integer and leaves it in the low bits.
        float factor = Int8Format.LargestActivation / magnitude;
        short* codes = (short*)target;
        i = 0;
        if (Vector128.IsHardwareAccelerated)
        {
            for (; i <= count - Vector128<short>.Count; i += Vector128<short>.Count)
            {
                Vector128<int> lower = (Vector128.Load(source + i) * factor + Vector128.Create(Round)).AsInt32();
                Vector128<int> upper = (Vector128.Load(source + i + Vector128<int>.Count) * factor + Vector128.Create(Round)).AsInt32();
                Vector128.Narrow(lower, upper).Store(codes + i);
            }
        }

        for (; i < count; i++) codes[i] = (short)BitConverter.SingleToInt32Bits(source[i] * factor + Round);
        if ((count & 1) != 0) codes[count] = 0;
        return magnitude / Int8Format.LargestActivation;
    }

    private readonly struct Factory<TFormat> : IWordFunction<WeightKernels>
        where TFormat : struct, IWeightFormat
    {
        public WeightKernels Invoke<TVector, TWords>()
            where TVector : unmanaged, IKernelVector<TVector, float>
            where TWords : unmanaged, IWordVector<TWords> => new Kernels<TFormat, TWords>();
    }

    private sealed class Kernels<TFormat, TWords> : WeightKernels
        where TFormat : struct, IWeightFormat
        where TWords : unmanaged, IWordVector<TWords>
    {
        public override int VectorLength => TWords.Count;

        public override int WordColumns => TFormat.Columns;

        public override int MostColumns => WeightProduct<TFormat, TWords>.MostColumns;

        public override void Multiply(int vectors, int columns, WeightCall* call) => WeightProduct<TFormat, TWords>.Run(vectors, columns, call);

        public override void Write(float code, byte* target) => TFormat.Write(code, target);

        public override float Read(byte* source) => TFormat.Read(source);
    }
}

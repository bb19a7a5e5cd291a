using System.Runtime.CompilerServices;

namespace RnnSharp.Numerics;

/// <summary>The operands of the product of a panel of stored weights with a few columns of activations.</summary>
internal unsafe struct WeightCall
{
    /// <summary>[word][vector][lane], two bytes per lane.</summary>
    public byte* Weights;

    /// <summary>[vector][lane]: the scales of the rows.</summary>
    public float* RowScales;

    /// <summary>[column][word].</summary>
    public int* Activations;

    /// <summary>Words from one column to the next.</summary>
    public nint ActivationColumn;

    /// <summary>[column].</summary>
    public float* ColumnScales;

    /// <summary>Words to sum over.</summary>
    public int Words;

    /// <summary>[column][vector][lane]: the sums, to which the products are added.</summary>
    public float* Sums;

    /// <summary>Elements from one column of sums to the next.</summary>
    public nint SumColumn;
}

/// <summary>
/// The micro-kernel of products with stored weights: up to 4 vectors of rows by 4 columns. Each sum runs over the words in their order, so it
/// depends neither on the width of the vectors nor on the other columns.
/// </summary>
internal static unsafe class WeightProduct<TFormat, TWords>
    where TFormat : struct, IWeightFormat
    where TWords : unmanaged, IWordVector<TWords>
{
    /// <summary>The most columns of a call: as many as the processor has registers for.</summary>
    public static int MostColumns => TWords.Count == 16 ? 4 : 2;

    /// <summary>Runs a call of 1 to 4 vectors and 1, 2 or 4 columns.</summary>
    public static void Run(int vectors, int columns, WeightCall* call)
    {
        switch (vectors)
        {
            case 1: Run<Count1>(columns, call); break;
            case 2: Run<Count2>(columns, call); break;
            case 3: Run<Count3>(columns, call); break;
            default: Run<Count4>(columns, call); break;
        }
    }

    private static void Run<TVectors>(int columns, WeightCall* call)
        where TVectors : unmanaged
    {
        switch (columns)
        {
            case 1: One<TVectors>(call); break;
            case 2: Several<TVectors, Count2>(call); break;
            default: Several<TVectors, Count4>(call); break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One<TVectors>(WeightCall* call)
        where TVectors : unmanaged
    {
        int length = TWords.Count;
        byte* weights = call->Weights;
        int* activations = call->Activations;
        for (int left = call->Words; left > 0;)
        {
            int* end = activations + Math.Min(left, TFormat.LongestSum);
            left -= (int)(end - activations);
            TWords a0 = default, a1 = default, a2 = default, a3 = default;
            for (; activations < end; activations++)
            {
                var x = TWords.Broadcast(*activations);
                a0 = TFormat.AddProducts(TFormat.Load<TWords>(weights), x, a0);
                if (sizeof(TVectors) > 1) a1 = TFormat.AddProducts(TFormat.Load<TWords>(weights + 2 * length), x, a1);
                if (sizeof(TVectors) > 2) a2 = TFormat.AddProducts(TFormat.Load<TWords>(weights + 4 * length), x, a2);
                if (sizeof(TVectors) > 3) a3 = TFormat.AddProducts(TFormat.Load<TWords>(weights + 6 * length), x, a3);
                weights += sizeof(TVectors) * 2 * length;
            }

            AddColumn<TVectors>(call, 0, a0, a1, a2, a3);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Several<TVectors, TColumns>(WeightCall* call)
        where TVectors : unmanaged
        where TColumns : unmanaged
    {
        int length = TWords.Count;
        byte* weights = call->Weights;
        int* activations = call->Activations;
        nint column = call->ActivationColumn;
        for (int left = call->Words; left > 0;)
        {
            int* end = activations + Math.Min(left, TFormat.LongestSum);
            left -= (int)(end - activations);

            // a{vector}{column}
            TWords a00 = default, a10 = default, a20 = default, a30 = default, a01 = default, a11 = default, a21 = default, a31 = default;
            TWords a02 = default, a12 = default, a22 = default, a32 = default, a03 = default, a13 = default, a23 = default, a33 = default;
            for (; activations < end; activations++)
            {
                TWords w0 = TFormat.Load<TWords>(weights), w1 = default, w2 = default, w3 = default;
                if (sizeof(TVectors) > 1) w1 = TFormat.Load<TWords>(weights + 2 * length);
                if (sizeof(TVectors) > 2) w2 = TFormat.Load<TWords>(weights + 4 * length);
                if (sizeof(TVectors) > 3) w3 = TFormat.Load<TWords>(weights + 6 * length);
                weights += sizeof(TVectors) * 2 * length;

                var x = TWords.Broadcast(*activations);
                a00 = TFormat.AddProducts(w0, x, a00);
                if (sizeof(TVectors) > 1) a10 = TFormat.AddProducts(w1, x, a10);
                if (sizeof(TVectors) > 2) a20 = TFormat.AddProducts(w2, x, a20);
                if (sizeof(TVectors) > 3) a30 = TFormat.AddProducts(w3, x, a30);

                x = TWords.Broadcast(activations[column]);
                a01 = TFormat.AddProducts(w0, x, a01);
                if (sizeof(TVectors) > 1) a11 = TFormat.AddProducts(w1, x, a11);
                if (sizeof(TVectors) > 2) a21 = TFormat.AddProducts(w2, x, a21);
                if (sizeof(TVectors) > 3) a31 = TFormat.AddProducts(w3, x, a31);
                if (sizeof(TColumns) < 4) continue;

                x = TWords.Broadcast(activations[2 * column]);
                a02 = TFormat.AddProducts(w0, x, a02);
                if (sizeof(TVectors) > 1) a12 = TFormat.AddProducts(w1, x, a12);
                if (sizeof(TVectors) > 2) a22 = TFormat.AddProducts(w2, x, a22);
                if (sizeof(TVectors) > 3) a32 = TFormat.AddProducts(w3, x, a32);

                x = TWords.Broadcast(activations[3 * column]);
                a03 = TFormat.AddProducts(w0, x, a03);
                if (sizeof(TVectors) > 1) a13 = TFormat.AddProducts(w1, x, a13);
                if (sizeof(TVectors) > 2) a23 = TFormat.AddProducts(w2, x, a23);
                if (sizeof(TVectors) > 3) a33 = TFormat.AddProducts(w3, x, a33);
            }

            AddColumn<TVectors>(call, 0, a00, a10, a20, a30);
            AddColumn<TVectors>(call, 1, a01, a11, a21, a31);
            if (sizeof(TColumns) < 4) continue;
            AddColumn<TVectors>(call, 2, a02, a12, a22, a32);
            AddColumn<TVectors>(call, 3, a03, a13, a23, a33);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddColumn<TVectors>(WeightCall* call, int column, TWords a0, TWords a1, TWords a2, TWords a3)
        where TVectors : unmanaged
    {
        float* sums = call->Sums + column * call->SumColumn;
        float scale = call->ColumnScales == null ? 1f : call->ColumnScales[column];
        Add(a0, call, sums, 0, scale);
        if (sizeof(TVectors) > 1) Add(a1, call, sums, 1, scale);
        if (sizeof(TVectors) > 2) Add(a2, call, sums, 2, scale);
        if (sizeof(TVectors) > 3) Add(a3, call, sums, 3, scale);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(TWords sum, WeightCall* call, float* sums, int vector, float columnScale)
    {
        int at = vector * TWords.Count;
        TWords.StoreFloats(TWords.AddFloats(TWords.LoadFloats(sums + at), TFormat.Scale(sum, call->RowScales + at, columnScale)), sums + at);
    }
}

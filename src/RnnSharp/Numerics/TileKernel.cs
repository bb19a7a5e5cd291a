using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace RnnSharp.Numerics;

/// <summary>
/// The micro-kernel of every matrix product: up to 4 vectors by 6 columns of accumulators held in registers while k runs over both terms.
/// Each output is a single chain of fused multiply-adds in the order of k, so it does not depend on the size of the tile or on the other
/// columns.
/// </summary>
internal static class TileKernel
{
    /// <summary>Runs <paramref name="call"/> on a tile of the given number of columns (1 to 6).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Run<T, TVector, TVectors, TSlots>(int columns, TileCall<T>* call)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, IKernelVector<TVector, T>
        where TVectors : unmanaged
        where TSlots : unmanaged
    {
        switch (columns)
        {
            case 1: Run<T, TVector, TVectors, TSlots, Count1>(call); break;
            case 2: Run<T, TVector, TVectors, TSlots, Count2>(call); break;
            case 3: Run<T, TVector, TVectors, TSlots, Count3>(call); break;
            case 4: Run<T, TVector, TVectors, TSlots, Count4>(call); break;
            case 5: Run<T, TVector, TVectors, TSlots, Count5>(call); break;
            default: Run<T, TVector, TVectors, TSlots, Count6>(call); break;
        }
    }

    // Bypasses tiered compilation, which would run it a hundred times slower for the first seconds.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Run<T, TVector, TVectors, TSlots, TColumns>(TileCall<T>* call)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, IKernelVector<TVector, T>
        where TVectors : unmanaged
        where TSlots : unmanaged
        where TColumns : unmanaged
    {
        int length = TVector.Count;

        // a{slot}{column}
        TVector a00 = default, a01 = default, a02 = default, a03 = default, a04 = default, a05 = default;
        TVector a10 = default, a11 = default, a12 = default, a13 = default, a14 = default, a15 = default;
        TVector a20 = default, a21 = default, a22 = default, a23 = default, a24 = default, a25 = default;
        TVector a30 = default, a31 = default, a32 = default, a33 = default, a34 = default, a35 = default;

        T* start = call->Start;
        a00 = TVector.Load(start);
        if (sizeof(TSlots) > 1) a10 = TVector.Load(start + length);
        if (sizeof(TSlots) > 2) a20 = TVector.Load(start + 2 * length);
        if (sizeof(TSlots) > 3) a30 = TVector.Load(start + 3 * length);

        if (sizeof(TColumns) > 1)
        {
            start += call->StartColumn;
            a01 = TVector.Load(start);
            if (sizeof(TSlots) > 1) a11 = TVector.Load(start + length);
            if (sizeof(TSlots) > 2) a21 = TVector.Load(start + 2 * length);
            if (sizeof(TSlots) > 3) a31 = TVector.Load(start + 3 * length);
        }

        if (sizeof(TColumns) > 2)
        {
            start += call->StartColumn;
            a02 = TVector.Load(start);
            if (sizeof(TSlots) > 1) a12 = TVector.Load(start + length);
            if (sizeof(TSlots) > 2) a22 = TVector.Load(start + 2 * length);
            if (sizeof(TSlots) > 3) a32 = TVector.Load(start + 3 * length);
        }

        if (sizeof(TColumns) > 3)
        {
            start += call->StartColumn;
            a03 = TVector.Load(start);
            if (sizeof(TSlots) > 1) a13 = TVector.Load(start + length);
            if (sizeof(TSlots) > 2) a23 = TVector.Load(start + 2 * length);
            if (sizeof(TSlots) > 3) a33 = TVector.Load(start + 3 * length);
        }

        if (sizeof(TColumns) > 4)
        {
            start += call->StartColumn;
            a04 = TVector.Load(start);
            if (sizeof(TSlots) > 1) a14 = TVector.Load(start + length);
            if (sizeof(TSlots) > 2) a24 = TVector.Load(start + 2 * length);
            if (sizeof(TSlots) > 3) a34 = TVector.Load(start + 3 * length);
        }

        if (sizeof(TColumns) > 5)
        {
            start += call->StartColumn;
            a05 = TVector.Load(start);
            if (sizeof(TSlots) > 1) a15 = TVector.Load(start + length);
            if (sizeof(TSlots) > 2) a25 = TVector.Load(start + 2 * length);
            if (sizeof(TSlots) > 3) a35 = TVector.Load(start + 3 * length);
        }

        ProductTerm<T>* term = &call->First;
        for (int pass = 0; pass < 2; pass++, term++)
        {
            T* weights = term->Weights;
            nint weightStep = term->WeightStep;
            nint prefetch = term->Prefetch;
            nint dataStep = term->DataStep;
            nint dataColumn = term->DataColumn;
            T* x0 = term->Data;
            T* x1 = x0 + dataColumn;
            T* x2 = x1 + dataColumn;
            T* x3 = x2 + dataColumn;
            T* x4 = x3 + dataColumn;
            T* x5 = x4 + dataColumn;
            nint at = 0;
            for (int k = term->Count; k > 0; k--)
            {
                if (Sse.IsSupported) Sse.Prefetch1(weights + prefetch);

                // This order needs three weight vectors and one broadcast, which with 12 accumulators are 16 registers; the other one needs four broadcasts and a weight vector.
                if (sizeof(TVectors) == 3 && sizeof(TColumns) == 4)
                {
                    TVector w0 = TVector.Load(weights), w1 = TVector.Load(weights + length), w2 = TVector.Load(weights + 2 * length);
                    TVector b = TVector.Broadcast(x0[at]);
                    a00 = TVector.MultiplyAdd(w0, b, a00);
                    a10 = TVector.MultiplyAdd(w1, b, a10);
                    a20 = TVector.MultiplyAdd(w2, b, a20);
                    b = TVector.Broadcast(x1[at]);
                    a01 = TVector.MultiplyAdd(w0, b, a01);
                    a11 = TVector.MultiplyAdd(w1, b, a11);
                    a21 = TVector.MultiplyAdd(w2, b, a21);
                    b = TVector.Broadcast(x2[at]);
                    a02 = TVector.MultiplyAdd(w0, b, a02);
                    a12 = TVector.MultiplyAdd(w1, b, a12);
                    a22 = TVector.MultiplyAdd(w2, b, a22);
                    b = TVector.Broadcast(x3[at]);
                    a03 = TVector.MultiplyAdd(w0, b, a03);
                    a13 = TVector.MultiplyAdd(w1, b, a13);
                    a23 = TVector.MultiplyAdd(w2, b, a23);
                    weights += weightStep;
                    at += dataStep;
                    continue;
                }

                TVector b0 = TVector.Broadcast(x0[at]);
                TVector b1 = sizeof(TColumns) > 1 ? TVector.Broadcast(x1[at]) : default;
                TVector b2 = sizeof(TColumns) > 2 ? TVector.Broadcast(x2[at]) : default;
                TVector b3 = sizeof(TColumns) > 3 ? TVector.Broadcast(x3[at]) : default;
                TVector b4 = sizeof(TColumns) > 4 ? TVector.Broadcast(x4[at]) : default;
                TVector b5 = sizeof(TColumns) > 5 ? TVector.Broadcast(x5[at]) : default;

                TVector w = TVector.Load(weights);
                a00 = TVector.MultiplyAdd(w, b0, a00);
                if (sizeof(TColumns) > 1) a01 = TVector.MultiplyAdd(w, b1, a01);
                if (sizeof(TColumns) > 2) a02 = TVector.MultiplyAdd(w, b2, a02);
                if (sizeof(TColumns) > 3) a03 = TVector.MultiplyAdd(w, b3, a03);
                if (sizeof(TColumns) > 4) a04 = TVector.MultiplyAdd(w, b4, a04);
                if (sizeof(TColumns) > 5) a05 = TVector.MultiplyAdd(w, b5, a05);

                if (sizeof(TVectors) > 1)
                {
                    w = TVector.Load(weights + length);
                    a10 = TVector.MultiplyAdd(w, b0, a10);
                    if (sizeof(TColumns) > 1) a11 = TVector.MultiplyAdd(w, b1, a11);
                    if (sizeof(TColumns) > 2) a12 = TVector.MultiplyAdd(w, b2, a12);
                    if (sizeof(TColumns) > 3) a13 = TVector.MultiplyAdd(w, b3, a13);
                    if (sizeof(TColumns) > 4) a14 = TVector.MultiplyAdd(w, b4, a14);
                    if (sizeof(TColumns) > 5) a15 = TVector.MultiplyAdd(w, b5, a15);
                }

                if (sizeof(TVectors) > 2)
                {
                    w = TVector.Load(weights + 2 * length);
                    a20 = TVector.MultiplyAdd(w, b0, a20);
                    if (sizeof(TColumns) > 1) a21 = TVector.MultiplyAdd(w, b1, a21);
                    if (sizeof(TColumns) > 2) a22 = TVector.MultiplyAdd(w, b2, a22);
                    if (sizeof(TColumns) > 3) a23 = TVector.MultiplyAdd(w, b3, a23);
                    if (sizeof(TColumns) > 4) a24 = TVector.MultiplyAdd(w, b4, a24);
                    if (sizeof(TColumns) > 5) a25 = TVector.MultiplyAdd(w, b5, a25);
                }

                if (sizeof(TVectors) > 3)
                {
                    w = TVector.Load(weights + 3 * length);
                    a30 = TVector.MultiplyAdd(w, b0, a30);
                    if (sizeof(TColumns) > 1) a31 = TVector.MultiplyAdd(w, b1, a31);
                    if (sizeof(TColumns) > 2) a32 = TVector.MultiplyAdd(w, b2, a32);
                    if (sizeof(TColumns) > 3) a33 = TVector.MultiplyAdd(w, b3, a33);
                    if (sizeof(TColumns) > 4) a34 = TVector.MultiplyAdd(w, b4, a34);
                    if (sizeof(TColumns) > 5) a35 = TVector.MultiplyAdd(w, b5, a35);
                }

                weights += weightStep;
                at += dataStep;
            }

            // Rotate the slots by one, so that the same loop serves the second term of a shape that gives it a slot of its own.
            if (sizeof(TSlots) > sizeof(TVectors))
            {
                if (sizeof(TSlots) == 2) (a00, a10) = (a10, a00);
                if (sizeof(TSlots) == 3) (a00, a10, a20) = (a10, a20, a00);
                if (sizeof(TSlots) == 4) (a00, a10, a20, a30) = (a10, a20, a30, a00);
                if (sizeof(TColumns) > 1 && sizeof(TSlots) == 2) (a01, a11) = (a11, a01);
                if (sizeof(TColumns) > 1 && sizeof(TSlots) == 3) (a01, a11, a21) = (a11, a21, a01);
                if (sizeof(TColumns) > 1 && sizeof(TSlots) == 4) (a01, a11, a21, a31) = (a11, a21, a31, a01);
                if (sizeof(TColumns) > 2 && sizeof(TSlots) == 2) (a02, a12) = (a12, a02);
                if (sizeof(TColumns) > 2 && sizeof(TSlots) == 3) (a02, a12, a22) = (a12, a22, a02);
                if (sizeof(TColumns) > 2 && sizeof(TSlots) == 4) (a02, a12, a22, a32) = (a12, a22, a32, a02);
                if (sizeof(TColumns) > 3 && sizeof(TSlots) == 2) (a03, a13) = (a13, a03);
                if (sizeof(TColumns) > 3 && sizeof(TSlots) == 3) (a03, a13, a23) = (a13, a23, a03);
                if (sizeof(TColumns) > 3 && sizeof(TSlots) == 4) (a03, a13, a23, a33) = (a13, a23, a33, a03);
                if (sizeof(TColumns) > 4 && sizeof(TSlots) == 2) (a04, a14) = (a14, a04);
                if (sizeof(TColumns) > 4 && sizeof(TSlots) == 3) (a04, a14, a24) = (a14, a24, a04);
                if (sizeof(TColumns) > 4 && sizeof(TSlots) == 4) (a04, a14, a24, a34) = (a14, a24, a34, a04);
                if (sizeof(TColumns) > 5 && sizeof(TSlots) == 2) (a05, a15) = (a15, a05);
                if (sizeof(TColumns) > 5 && sizeof(TSlots) == 3) (a05, a15, a25) = (a15, a25, a05);
                if (sizeof(TColumns) > 5 && sizeof(TSlots) == 4) (a05, a15, a25, a35) = (a15, a25, a35, a05);
            }
        }

        if (sizeof(TSlots) > sizeof(TVectors))
        {
            if (sizeof(TSlots) == 3) (a00, a10, a20) = (a10, a20, a00);
            if (sizeof(TSlots) == 4) (a00, a10, a20, a30) = (a20, a30, a00, a10);
            if (sizeof(TColumns) > 1 && sizeof(TSlots) == 3) (a01, a11, a21) = (a11, a21, a01);
            if (sizeof(TColumns) > 1 && sizeof(TSlots) == 4) (a01, a11, a21, a31) = (a21, a31, a01, a11);
            if (sizeof(TColumns) > 2 && sizeof(TSlots) == 3) (a02, a12, a22) = (a12, a22, a02);
            if (sizeof(TColumns) > 2 && sizeof(TSlots) == 4) (a02, a12, a22, a32) = (a22, a32, a02, a12);
            if (sizeof(TColumns) > 3 && sizeof(TSlots) == 3) (a03, a13, a23) = (a13, a23, a03);
            if (sizeof(TColumns) > 3 && sizeof(TSlots) == 4) (a03, a13, a23, a33) = (a23, a33, a03, a13);
            if (sizeof(TColumns) > 4 && sizeof(TSlots) == 3) (a04, a14, a24) = (a14, a24, a04);
            if (sizeof(TColumns) > 4 && sizeof(TSlots) == 4) (a04, a14, a24, a34) = (a24, a34, a04, a14);
            if (sizeof(TColumns) > 5 && sizeof(TSlots) == 3) (a05, a15, a25) = (a15, a25, a05);
            if (sizeof(TColumns) > 5 && sizeof(TSlots) == 4) (a05, a15, a25, a35) = (a25, a35, a05, a15);
        }

        T* target = call->Accumulators;
        TVector.Store(a00, target);
        if (sizeof(TSlots) > 1) TVector.Store(a10, target + length);
        if (sizeof(TSlots) > 2) TVector.Store(a20, target + 2 * length);
        if (sizeof(TSlots) > 3) TVector.Store(a30, target + 3 * length);

        if (sizeof(TColumns) > 1)
        {
            target += call->AccumulatorColumn;
            TVector.Store(a01, target);
            if (sizeof(TSlots) > 1) TVector.Store(a11, target + length);
            if (sizeof(TSlots) > 2) TVector.Store(a21, target + 2 * length);
            if (sizeof(TSlots) > 3) TVector.Store(a31, target + 3 * length);
        }

        if (sizeof(TColumns) > 2)
        {
            target += call->AccumulatorColumn;
            TVector.Store(a02, target);
            if (sizeof(TSlots) > 1) TVector.Store(a12, target + length);
            if (sizeof(TSlots) > 2) TVector.Store(a22, target + 2 * length);
            if (sizeof(TSlots) > 3) TVector.Store(a32, target + 3 * length);
        }

        if (sizeof(TColumns) > 3)
        {
            target += call->AccumulatorColumn;
            TVector.Store(a03, target);
            if (sizeof(TSlots) > 1) TVector.Store(a13, target + length);
            if (sizeof(TSlots) > 2) TVector.Store(a23, target + 2 * length);
            if (sizeof(TSlots) > 3) TVector.Store(a33, target + 3 * length);
        }

        if (sizeof(TColumns) > 4)
        {
            target += call->AccumulatorColumn;
            TVector.Store(a04, target);
            if (sizeof(TSlots) > 1) TVector.Store(a14, target + length);
            if (sizeof(TSlots) > 2) TVector.Store(a24, target + 2 * length);
            if (sizeof(TSlots) > 3) TVector.Store(a34, target + 3 * length);
        }

        if (sizeof(TColumns) > 5)
        {
            target += call->AccumulatorColumn;
            TVector.Store(a05, target);
            if (sizeof(TSlots) > 1) TVector.Store(a15, target + length);
            if (sizeof(TSlots) > 2) TVector.Store(a25, target + 2 * length);
            if (sizeof(TSlots) > 3) TVector.Store(a35, target + 3 * length);
        }
    }

    /// <summary>
    /// Runs two calls of one column, with the same data but different weights, at once: a single call has too few accumulators to hide the
    /// latency of a multiply-add.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static unsafe void RunPair<T, TVector, TVectors, TSlots>(TileCall<T>* first, TileCall<T>* second)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, IKernelVector<TVector, T>
        where TVectors : unmanaged
        where TSlots : unmanaged
    {
        int length = TVector.Count;
        TVector a0 = TVector.Load(first->Start), b0 = TVector.Load(second->Start);
        TVector a1 = sizeof(TSlots) > 1 ? TVector.Load(first->Start + length) : default, b1 = sizeof(TSlots) > 1 ? TVector.Load(second->Start + length) : default;
        TVector a2 = sizeof(TSlots) > 2 ? TVector.Load(first->Start + 2 * length) : default, b2 = sizeof(TSlots) > 2 ? TVector.Load(second->Start + 2 * length) : default;
        TVector a3 = sizeof(TSlots) > 3 ? TVector.Load(first->Start + 3 * length) : default, b3 = sizeof(TSlots) > 3 ? TVector.Load(second->Start + 3 * length) : default;
        ProductTerm<T>* term = &first->First;
        ProductTerm<T>* other = &second->First;
        for (int pass = 0; pass < 2; pass++, term++, other++)
        {
            T* weights = term->Weights;
            T* otherWeights = other->Weights;
            nint weightStep = term->WeightStep;
            T* data = term->Data;
            for (int k = term->Count; k > 0; k--)
            {
                TVector x = TVector.Broadcast(*data);
                a0 = TVector.MultiplyAdd(TVector.Load(weights), x, a0);
                b0 = TVector.MultiplyAdd(TVector.Load(otherWeights), x, b0);
                if (sizeof(TVectors) > 1) a1 = TVector.MultiplyAdd(TVector.Load(weights + length), x, a1);
                if (sizeof(TVectors) > 1) b1 = TVector.MultiplyAdd(TVector.Load(otherWeights + length), x, b1);
                if (sizeof(TVectors) > 2) a2 = TVector.MultiplyAdd(TVector.Load(weights + 2 * length), x, a2);
                if (sizeof(TVectors) > 2) b2 = TVector.MultiplyAdd(TVector.Load(otherWeights + 2 * length), x, b2);
                if (sizeof(TVectors) > 3) a3 = TVector.MultiplyAdd(TVector.Load(weights + 3 * length), x, a3);
                if (sizeof(TVectors) > 3) b3 = TVector.MultiplyAdd(TVector.Load(otherWeights + 3 * length), x, b3);
                weights += weightStep;
                otherWeights += weightStep;
                data += term->DataStep;
            }

            if (sizeof(TSlots) > sizeof(TVectors))
            {
                if (sizeof(TSlots) == 2) (a0, a1, b0, b1) = (a1, a0, b1, b0);
                if (sizeof(TSlots) == 3) (a0, a1, a2, b0, b1, b2) = (a1, a2, a0, b1, b2, b0);
                if (sizeof(TSlots) == 4) (a0, a1, a2, a3, b0, b1, b2, b3) = (a1, a2, a3, a0, b1, b2, b3, b0);
            }
        }

        if (sizeof(TSlots) > sizeof(TVectors))
        {
            if (sizeof(TSlots) == 3) (a0, a1, a2, b0, b1, b2) = (a1, a2, a0, b1, b2, b0);
            if (sizeof(TSlots) == 4) (a0, a1, a2, a3, b0, b1, b2, b3) = (a2, a3, a0, a1, b2, b3, b0, b1);
        }

        TVector.Store(a0, first->Accumulators);
        TVector.Store(b0, second->Accumulators);
        if (sizeof(TSlots) > 1) TVector.Store(a1, first->Accumulators + length);
        if (sizeof(TSlots) > 1) TVector.Store(b1, second->Accumulators + length);
        if (sizeof(TSlots) > 2) TVector.Store(a2, first->Accumulators + 2 * length);
        if (sizeof(TSlots) > 2) TVector.Store(b2, second->Accumulators + 2 * length);
        if (sizeof(TSlots) > 3) TVector.Store(a3, first->Accumulators + 3 * length);
        if (sizeof(TSlots) > 3) TVector.Store(b3, second->Accumulators + 3 * length);
    }
}

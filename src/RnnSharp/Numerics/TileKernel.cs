using System.Numerics;
using System.Runtime.CompilerServices;

namespace RnnSharp.Numerics;

/// <summary>
/// The micro-kernel under every product of the library: up to 4 vectors by 6 columns of accumulators held in registers while k runs
/// over both terms. Each output is one chain of fused multiply-adds in the order of k, so that neither the size of the tile nor the
/// columns beside it can change a bit of it.
/// </summary>
internal static class TileKernel
{
    /// <summary>Runs <paramref name="call"/> on a tile of the given number of columns (1 to 6).</summary>
    public static unsafe void Run<T, TLane, TShape>(int columns, TileCall<T>* call)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T>
        where TShape : struct, ITileShape
    {
        switch (columns)
        {
            case 1: Run<T, TLane, TShape, Columns1>(call); break;
            case 2: Run<T, TLane, TShape, Columns2>(call); break;
            case 3: Run<T, TLane, TShape, Columns3>(call); break;
            case 4: Run<T, TLane, TShape, Columns4>(call); break;
            case 5: Run<T, TLane, TShape, Columns5>(call); break;
            default: Run<T, TLane, TShape, Columns6>(call); break;
        }
    }

    // Compiled at once and fully: the tiers would run it a hundred times slower for its first seconds.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Run<T, TLane, TShape, TColumns>(TileCall<T>* call)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T>
        where TShape : struct, ITileShape
        where TColumns : struct, IColumnCount
    {
        int lane = TLane.Count;

        // a{slot}{column}
        TLane a00 = default, a01 = default, a02 = default, a03 = default, a04 = default, a05 = default;
        TLane a10 = default, a11 = default, a12 = default, a13 = default, a14 = default, a15 = default;
        TLane a20 = default, a21 = default, a22 = default, a23 = default, a24 = default, a25 = default;
        TLane a30 = default, a31 = default, a32 = default, a33 = default, a34 = default, a35 = default;

        T* start = call->Start;
        a00 = TLane.Load(start);
        if (TShape.Slots > 1) a10 = TLane.Load(start + lane);
        if (TShape.Slots > 2) a20 = TLane.Load(start + 2 * lane);
        if (TShape.Slots > 3) a30 = TLane.Load(start + 3 * lane);

        if (TColumns.Count > 1)
        {
            start += call->StartColumn;
            a01 = TLane.Load(start);
            if (TShape.Slots > 1) a11 = TLane.Load(start + lane);
            if (TShape.Slots > 2) a21 = TLane.Load(start + 2 * lane);
            if (TShape.Slots > 3) a31 = TLane.Load(start + 3 * lane);
        }

        if (TColumns.Count > 2)
        {
            start += call->StartColumn;
            a02 = TLane.Load(start);
            if (TShape.Slots > 1) a12 = TLane.Load(start + lane);
            if (TShape.Slots > 2) a22 = TLane.Load(start + 2 * lane);
            if (TShape.Slots > 3) a32 = TLane.Load(start + 3 * lane);
        }

        if (TColumns.Count > 3)
        {
            start += call->StartColumn;
            a03 = TLane.Load(start);
            if (TShape.Slots > 1) a13 = TLane.Load(start + lane);
            if (TShape.Slots > 2) a23 = TLane.Load(start + 2 * lane);
            if (TShape.Slots > 3) a33 = TLane.Load(start + 3 * lane);
        }

        if (TColumns.Count > 4)
        {
            start += call->StartColumn;
            a04 = TLane.Load(start);
            if (TShape.Slots > 1) a14 = TLane.Load(start + lane);
            if (TShape.Slots > 2) a24 = TLane.Load(start + 2 * lane);
            if (TShape.Slots > 3) a34 = TLane.Load(start + 3 * lane);
        }

        if (TColumns.Count > 5)
        {
            start += call->StartColumn;
            a05 = TLane.Load(start);
            if (TShape.Slots > 1) a15 = TLane.Load(start + lane);
            if (TShape.Slots > 2) a25 = TLane.Load(start + 2 * lane);
            if (TShape.Slots > 3) a35 = TLane.Load(start + 3 * lane);
        }

        ProductTerm<T>* term = &call->First;
        for (int pass = 0; pass < 2; pass++, term++)
        {
            T* weights = term->Weights;
            nint weightStep = term->WeightStep;
            nint dataStep = term->DataStep;
            nint dataColumn = term->DataColumn;
            for (int run = 0; run < term->Runs; run++)
            {
                T* x0 = term->Data + run * term->DataRun;
                T* x1 = x0 + dataColumn;
                T* x2 = x1 + dataColumn;
                T* x3 = x2 + dataColumn;
                T* x4 = x3 + dataColumn;
                T* x5 = x4 + dataColumn;
                nint at = 0;
                for (int k = term->Count; k > 0; k--)
                {
                    TLane b0 = TLane.Broadcast(x0[at]);
                    TLane b1 = TColumns.Count > 1 ? TLane.Broadcast(x1[at]) : default;
                    TLane b2 = TColumns.Count > 2 ? TLane.Broadcast(x2[at]) : default;
                    TLane b3 = TColumns.Count > 3 ? TLane.Broadcast(x3[at]) : default;
                    TLane b4 = TColumns.Count > 4 ? TLane.Broadcast(x4[at]) : default;
                    TLane b5 = TColumns.Count > 5 ? TLane.Broadcast(x5[at]) : default;

                    TLane w = TLane.Load(weights);
                    a00 = TLane.MultiplyAdd(w, b0, a00);
                    if (TColumns.Count > 1) a01 = TLane.MultiplyAdd(w, b1, a01);
                    if (TColumns.Count > 2) a02 = TLane.MultiplyAdd(w, b2, a02);
                    if (TColumns.Count > 3) a03 = TLane.MultiplyAdd(w, b3, a03);
                    if (TColumns.Count > 4) a04 = TLane.MultiplyAdd(w, b4, a04);
                    if (TColumns.Count > 5) a05 = TLane.MultiplyAdd(w, b5, a05);

                    if (TShape.Vectors > 1)
                    {
                        w = TLane.Load(weights + lane);
                        a10 = TLane.MultiplyAdd(w, b0, a10);
                        if (TColumns.Count > 1) a11 = TLane.MultiplyAdd(w, b1, a11);
                        if (TColumns.Count > 2) a12 = TLane.MultiplyAdd(w, b2, a12);
                        if (TColumns.Count > 3) a13 = TLane.MultiplyAdd(w, b3, a13);
                        if (TColumns.Count > 4) a14 = TLane.MultiplyAdd(w, b4, a14);
                        if (TColumns.Count > 5) a15 = TLane.MultiplyAdd(w, b5, a15);
                    }

                    if (TShape.Vectors > 2)
                    {
                        w = TLane.Load(weights + 2 * lane);
                        a20 = TLane.MultiplyAdd(w, b0, a20);
                        if (TColumns.Count > 1) a21 = TLane.MultiplyAdd(w, b1, a21);
                        if (TColumns.Count > 2) a22 = TLane.MultiplyAdd(w, b2, a22);
                        if (TColumns.Count > 3) a23 = TLane.MultiplyAdd(w, b3, a23);
                        if (TColumns.Count > 4) a24 = TLane.MultiplyAdd(w, b4, a24);
                        if (TColumns.Count > 5) a25 = TLane.MultiplyAdd(w, b5, a25);
                    }

                    if (TShape.Vectors > 3)
                    {
                        w = TLane.Load(weights + 3 * lane);
                        a30 = TLane.MultiplyAdd(w, b0, a30);
                        if (TColumns.Count > 1) a31 = TLane.MultiplyAdd(w, b1, a31);
                        if (TColumns.Count > 2) a32 = TLane.MultiplyAdd(w, b2, a32);
                        if (TColumns.Count > 3) a33 = TLane.MultiplyAdd(w, b3, a33);
                        if (TColumns.Count > 4) a34 = TLane.MultiplyAdd(w, b4, a34);
                        if (TColumns.Count > 5) a35 = TLane.MultiplyAdd(w, b5, a35);
                    }

                    weights += weightStep;
                    at += dataStep;
                }
            }

            // The slots move round by one, so that the same loop serves the second term of a shape with a slot of its own.
            if (TShape.Slots > TShape.Vectors)
            {
                (a00, a10, a20, a30) = (a10, a20, a30, a00);
                if (TColumns.Count > 1) (a01, a11, a21, a31) = (a11, a21, a31, a01);
                if (TColumns.Count > 2) (a02, a12, a22, a32) = (a12, a22, a32, a02);
                if (TColumns.Count > 3) (a03, a13, a23, a33) = (a13, a23, a33, a03);
                if (TColumns.Count > 4) (a04, a14, a24, a34) = (a14, a24, a34, a04);
                if (TColumns.Count > 5) (a05, a15, a25, a35) = (a15, a25, a35, a05);
            }
        }

        if (TShape.Slots > TShape.Vectors)
        {
            (a00, a10, a20, a30) = (a20, a30, a00, a10);
            if (TColumns.Count > 1) (a01, a11, a21, a31) = (a21, a31, a01, a11);
            if (TColumns.Count > 2) (a02, a12, a22, a32) = (a22, a32, a02, a12);
            if (TColumns.Count > 3) (a03, a13, a23, a33) = (a23, a33, a03, a13);
            if (TColumns.Count > 4) (a04, a14, a24, a34) = (a24, a34, a04, a14);
            if (TColumns.Count > 5) (a05, a15, a25, a35) = (a25, a35, a05, a15);
        }

        T* target = call->Accumulators;
        TLane.Store(a00, target);
        if (TShape.Slots > 1) TLane.Store(a10, target + lane);
        if (TShape.Slots > 2) TLane.Store(a20, target + 2 * lane);
        if (TShape.Slots > 3) TLane.Store(a30, target + 3 * lane);

        if (TColumns.Count > 1)
        {
            target += call->AccumulatorColumn;
            TLane.Store(a01, target);
            if (TShape.Slots > 1) TLane.Store(a11, target + lane);
            if (TShape.Slots > 2) TLane.Store(a21, target + 2 * lane);
            if (TShape.Slots > 3) TLane.Store(a31, target + 3 * lane);
        }

        if (TColumns.Count > 2)
        {
            target += call->AccumulatorColumn;
            TLane.Store(a02, target);
            if (TShape.Slots > 1) TLane.Store(a12, target + lane);
            if (TShape.Slots > 2) TLane.Store(a22, target + 2 * lane);
            if (TShape.Slots > 3) TLane.Store(a32, target + 3 * lane);
        }

        if (TColumns.Count > 3)
        {
            target += call->AccumulatorColumn;
            TLane.Store(a03, target);
            if (TShape.Slots > 1) TLane.Store(a13, target + lane);
            if (TShape.Slots > 2) TLane.Store(a23, target + 2 * lane);
            if (TShape.Slots > 3) TLane.Store(a33, target + 3 * lane);
        }

        if (TColumns.Count > 4)
        {
            target += call->AccumulatorColumn;
            TLane.Store(a04, target);
            if (TShape.Slots > 1) TLane.Store(a14, target + lane);
            if (TShape.Slots > 2) TLane.Store(a24, target + 2 * lane);
            if (TShape.Slots > 3) TLane.Store(a34, target + 3 * lane);
        }

        if (TColumns.Count > 5)
        {
            target += call->AccumulatorColumn;
            TLane.Store(a05, target);
            if (TShape.Slots > 1) TLane.Store(a15, target + lane);
            if (TShape.Slots > 2) TLane.Store(a25, target + 2 * lane);
            if (TShape.Slots > 3) TLane.Store(a35, target + 3 * lane);
        }
    }
}

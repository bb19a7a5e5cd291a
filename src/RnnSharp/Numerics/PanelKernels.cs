using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.Arm;

namespace RnnSharp.Numerics;

/// <summary>The columns of a product that are read as data: element (run, k, column) of <see cref="ProductTerm{T}"/>'s meaning.</summary>
internal readonly unsafe struct PanelData<T>(T* data, int count, nint column, int runs = 1, nint run = 0)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The first element.</summary>
    public T* Pointer { get; } = data;

    /// <summary>Consecutive elements k a run.</summary>
    public int Count { get; } = count;

    /// <summary>Elements from one column to the next.</summary>
    public nint Column { get; } = column;

    public int Runs { get; } = runs;

    /// <summary>Elements from one run to the next.</summary>
    public nint Run { get; } = run;
}

/// <summary>Products on packed weights, for a lane that the caller need not know. One object a number type serves all threads.</summary>
internal abstract unsafe class PanelKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The kernels for this processor's widest lane.</summary>
    public static PanelKernels<T> Instance { get; } = LaneDispatch.Create<T, Factory, PanelKernels<T>>(default);

    /// <summary>Elements in a vector.</summary>
    public abstract int Lane { get; }

    /// <summary>
    /// target[column][row] = start[row] + Σ weights · data, for a one-slot layout. <paramref name="weights"/> is
    /// [panel][runs · count][vector][lane], <paramref name="start"/> [panel][vector][lane] or null for zero.
    /// </summary>
    public abstract void Affine(PanelLayout layout, T* weights, T* start, in PanelData<T> data, int columns, T* target);

    /// <summary>
    /// sums[panel][j][vector][lane] += Σ over column of panels[panel][column] · data[column][j]: the weight gradients. The first
    /// <paramref name="vectors"/> vectors at <paramref name="panels"/> take part; <paramref name="width"/> elements lie from a
    /// column to the next, <paramref name="panelStep"/> from a panel to the next.
    /// </summary>
    public abstract void Outer(T* panels, int panelCount, nint panelStep, int vectors, nint width, int columns, T* data, int dataRows, nint dataColumn, T* sums);

    /// <summary>
    /// sums[panel][vector][lane] = Σ over column of panels[panel][column], column ascending: the bias gradients. <paramref name="width"/>
    /// elements lie from a column to the next, <paramref name="panelStep"/> from a panel to the next.
    /// </summary>
    public abstract void Sum(T* panels, int panelCount, nint panelStep, int width, int columns, T* sums);

    /// <summary>
    /// sums[panel][token of column] += panels[panel][column], column ascending: <see cref="Outer"/> for data that are one-hot columns,
    /// of <paramref name="rows"/> tokens. The first <paramref name="taken"/> of <paramref name="width"/> elements a column take part.
    /// </summary>
    public abstract void AddToTokens(T* panels, int panelCount, nint panelStep, int taken, int width, ReadOnlySpan<int> tokens, int rows, T* sums);

    private readonly struct Factory : ILaneFactory<T, PanelKernels<T>>
    {
        public PanelKernels<T> Create<TLane>()
            where TLane : unmanaged, ILane<TLane, T> => new PanelKernels<T, TLane>();
    }
}

/// <inheritdoc cref="PanelKernels{T}"/>
internal sealed unsafe class PanelKernels<T, TLane> : PanelKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TLane : unmanaged, ILane<TLane, T>
{
    /// <summary>Elements to reserve for a tile's accumulators: 6 columns of 4 vectors, and what <see cref="Align"/> may skip.</summary>
    public static int TileLength => (6 * 4 + 1) * TLane.Count;

    // Columns of a weight gradient that are summed before the next row block: 4 vectors of them fill half of a second-level cache.
    private const int OuterBlock = 1024;

    public override int Lane => TLane.Count;

    /// <summary>The most columns whose accumulators, with one weight vector and a broadcast a column, fit the registers.</summary>
    public static int MaxColumns(int slots) => TLane.Count * sizeof(T) == 64 || AdvSimd.IsSupported || slots == 1 ? 6 : slots == 2 ? 4 : 3;

    /// <summary>The first element on a boundary of the lane's own size, so that no vector of a tile crosses a cache line.</summary>
    public static T* Align(T* reserved) => (T*)(((nint)reserved + TLane.Count * sizeof(T) - 1) & -(TLane.Count * sizeof(T)));

    /// <summary>The next block when <paramref name="left"/> columns remain: as few blocks as possible, of sizes that differ by 1 at most.</summary>
    public static int NextBlock(int left, int max)
    {
        int blocks = (left + max - 1) / max;
        return (left + blocks - 1) / blocks;
    }

    /// <summary>Runs the micro-kernel for a one-slot shape of the given number of vectors.</summary>
    public static void Tile(int vectors, int columns, TileCall<T>* call)
    {
        switch (vectors)
        {
            case 1: TileKernel.Run<T, TLane, OneVector>(columns, call); break;
            case 2: TileKernel.Run<T, TLane, TwoVectors>(columns, call); break;
            case 3: TileKernel.Run<T, TLane, ThreeVectors>(columns, call); break;
            default: TileKernel.Run<T, TLane, FourVectors>(columns, call); break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Sum(T* panels, int panelCount, nint panelStep, int width, int columns, T* sums)
    {
        for (int p = 0; p < panelCount; p++)
        {
            T* from = panels + p * panelStep;
            T* to = sums + (nint)p * width;
            for (int i = 0; i < width; i += TLane.Count) TLane.Store(TLane.Broadcast(T.Zero), to + i);
            for (int column = 0; column < columns; column++, from += width)
            {
                for (int i = 0; i < width; i += TLane.Count) TLane.Store(TLane.Load(to + i) + TLane.Load(from + i), to + i);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void AddToTokens(T* panels, int panelCount, nint panelStep, int taken, int width, ReadOnlySpan<int> tokens, int rows, T* sums)
    {
        for (int p = 0; p < panelCount; p++)
        {
            T* from = panels + p * panelStep;
            for (int column = 0; column < tokens.Length; column++, from += width)
            {
                T* to = sums + ((nint)p * rows + tokens[column]) * taken;
                for (int i = 0; i < taken; i += TLane.Count) TLane.Store(TLane.Load(to + i) + TLane.Load(from + i), to + i);
            }
        }
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Affine(PanelLayout layout, T* weights, T* start, in PanelData<T> data, int columns, T* target)
    {
        int width = layout.Width;
        int rows = layout.Units;
        nint panelWeights = (nint)data.Runs * data.Count * width;
        T* reserved = stackalloc T[TileLength];
        T* tile = Align(reserved);
        T* zero = stackalloc T[4 * TLane.Count];
        new Span<T>(zero, 4 * TLane.Count).Clear();
        TileCall<T> call = default;
        call.Accumulators = tile;
        call.AccumulatorColumn = width;
        call.First = new ProductTerm<T>
        {
            WeightStep = width,
            DataStep = 1,
            DataColumn = data.Column,
            DataRun = data.Run,
            Count = data.Count,
            Runs = data.Runs,
        };
        int max = MaxColumns(layout.Vectors);
        for (int p = 0; p < layout.Panels; p++)
        {
            call.First.Weights = weights + p * panelWeights;
            call.Start = start == null ? zero : start + (nint)p * width;
            int count = Math.Min(width, rows - p * width);
            for (int column = 0, block; column < columns; column += block)
            {
                block = NextBlock(columns - column, max);
                call.First.Data = data.Pointer + column * data.Column;
                Tile(layout.Vectors, block, &call);
                for (int j = 0; j < block; j++)
                    new ReadOnlySpan<T>(tile + j * width, count).CopyTo(new Span<T>(target + (nint)(column + j) * rows + p * width, count));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Outer(T* panels, int panelCount, nint panelStep, int vectors, nint width, int columns, T* data, int dataRows, nint dataColumn, T* sums)
    {
        int tileWidth = vectors * TLane.Count;
        TileCall<T> call = default;
        call.AccumulatorColumn = call.StartColumn = tileWidth;
        call.First = new ProductTerm<T> { WeightStep = width, DataStep = dataColumn, DataColumn = 1, Runs = 1 };
        int max = MaxColumns(vectors);
        for (int p = 0; p < panelCount; p++)
        {
            for (int column = 0; column < columns; column += OuterBlock)
            {
                call.First.Count = Math.Min(OuterBlock, columns - column);
                call.First.Weights = panels + p * panelStep + column * width;
                for (int row = 0, block; row < dataRows; row += block)
                {
                    block = NextBlock(dataRows - row, max);
                    call.First.Data = data + column * dataColumn + row;
                    call.Start = call.Accumulators = sums + ((nint)p * dataRows + row) * tileWidth;
                    Tile(vectors, block, &call);
                }
            }
        }
    }
}

using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace RnnSharp.Numerics;

/// <summary>The <see cref="PanelKernels{T}"/> of one vector type.</summary>
internal sealed unsafe class VectorPanelKernels<T, TVector> : PanelKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TVector : unmanaged, IKernelVector<TVector, T>
{
    /// <summary>Elements to reserve for a tile's accumulators: 6 columns of 4 vectors, plus what <see cref="Align"/> may skip.</summary>
    public static int TileLength => (6 * 4 + 1) * TVector.Count;

    /// <summary>
    /// The indices k that are summed before the next columns: the 6 columns of a tile then fill half of the L1 cache, and a panel a
    /// part of the L2 cache.
    /// </summary>
    public static int Depth => 4096 / sizeof(T);

    // Columns whose data stays in the L2 cache while the panels pass; a multiple of every block of columns.
    private const int Chunk = 96;

    private const int GatherRows = 16;

    // Blocks of gathered columns start in different sets of the L1 cache, and leave room for the surplus of the last vector.
    private const int GatherPadding = 16;

    public override int VectorLength => TVector.Count;

    public override int TileColumns(int vectors) => MaxColumns(vectors);

    public override int GatherLength(int columns, int depth) => Math.Min(columns, Chunk) * (Math.Min(depth, Depth) + GatherPadding) + TVector.Count;

    /// <summary>The most columns whose accumulators fit the registers, along with one weight vector and a broadcast per column.</summary>
    public static int MaxColumns(int slots) => TVector.Count * sizeof(T) == 64 || AdvSimd.IsSupported || slots == 1 ? 6 : slots == 4 ? 3 : 4;

    /// <summary>The first element aligned to the vector size, so that no vector of a tile crosses a cache line.</summary>
    public static T* Align(T* reserved) => (T*)(((nint)reserved + TVector.Count * sizeof(T) - 1) & -(TVector.Count * sizeof(T)));

    /// <summary>The next block when <paramref name="left"/> columns remain: as few blocks as possible, of sizes that differ by 1 at most.</summary>
    public static int NextBlock(int left, int max)
    {
        int blocks = (left + max - 1) / max;
        return (left + blocks - 1) / blocks;
    }

    /// <summary>
    /// The <see cref="ProductTerm{T}.Prefetch"/> of the n-th tile of a panel: each of the first few tiles prefetches one vector per k of the next
    /// panel, while the products give the memory time. Without it, the first tile would wait for weights that the cache cannot hold.
    /// </summary>
    /// <param name="next">Elements from a panel to the next; 0 after the last.</param>
    /// <param name="tile">0 for the panel's first tile.</param>
    /// <param name="vectors">Vectors of a panel.</param>
    public static nint Ahead(nint next, int tile, int vectors) => next != 0 && tile < vectors ? next + tile * TVector.Count : 0;

    /// <summary>Runs the micro-kernel for a one-slot shape of the given number of vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Tile(int vectors, int columns, TileCall<T>* call)
    {
        switch (vectors)
        {
            case 1: TileKernel.Run<T, TVector, Count1, Count1>(columns, call); break;
            case 2: TileKernel.Run<T, TVector, Count2, Count2>(columns, call); break;
            case 3: TileKernel.Run<T, TVector, Count3, Count3>(columns, call); break;
            default: TileKernel.Run<T, TVector, Count4, Count4>(columns, call); break;
        }
    }

    /// <summary>Runs the micro-kernel for one column of two panels, of a one-slot shape of the given number of vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void TilePair(int vectors, TileCall<T>* first, TileCall<T>* second)
    {
        switch (vectors)
        {
            case 1: TileKernel.RunPair<T, TVector, Count1, Count1>(first, second); break;
            case 2: TileKernel.RunPair<T, TVector, Count2, Count2>(first, second); break;
            case 3: TileKernel.RunPair<T, TVector, Count3, Count3>(first, second); break;
            default: TileKernel.RunPair<T, TVector, Count4, Count4>(first, second); break;
        }
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Product(PanelLayout layout, int rows, in PanelSide<T> panels, T* start, in ColumnSide<T> columns, Share share, T* target, bool add, T* gathered = null, bool inBlocks = false)
    {
        int width = layout.Width;
        int vectors = layout.Vectors;
        T* reserved = stackalloc T[TileLength];
        T* tile = Align(reserved);
        T* zero = stackalloc T[4 * TVector.Count];
        new Span<T>(zero, 4 * TVector.Count).Clear();
        int* firstRows = stackalloc int[4];
        int* counts = stackalloc int[4];
        TileCall<T> call = default;
        call.Accumulators = tile;
        call.AccumulatorColumn = width;
        bool gather = columns.Step > 1;
        call.First = new ProductTerm<T> { WeightStep = panels.Step, DataStep = columns.Step, DataColumn = gather ? 1 : columns.Column };
        int max = MaxColumns(vectors);

        int total = columns.Count;
        for (int chunk = share.FirstColumn; chunk < share.EndColumn; chunk += Chunk)
        {
            int end = Math.Min(chunk + Chunk, share.EndColumn);
            int k = 0;
            do
            {
                int taken = call.First.Count = Math.Min(Depth, total - k);
                T* data = columns.Pointer + k * columns.Step;
                if (gather) Gather(data, columns, taken, total - k, chunk, end, max, gathered);
                bool more = add || k > 0, chain = more && !inBlocks;
                for (int p = share.FirstPanel; p < share.EndPanel; p++)
                {
                    call.First.Weights = panels.Pointer + p * panels.Panel + k * panels.Step;
                    call.Start = chain ? tile : more || start == null ? zero : start + (nint)p * width;
                    call.StartColumn = chain ? width : 0;
                    int used = layout.VectorsIn(p);
                    for (int v = 0; v < vectors; v++) firstRows[v] = layout.Row(p, v, out counts[v]);
                    nint next = p + 1 < share.EndPanel ? panels.Panel : 0;
                    for (int column = chunk, block, i = 0; column < end; column += block, i++)
                    {
                        block = NextBlock(end - column, max);
                        call.First.Prefetch = Ahead(next, i, vectors);
                        call.First.Data = gather ? gathered + (column - chunk) * (taken + GatherPadding) : data + column * columns.Column;
                        if (gather) call.First.DataStep = block;

                        T* to = target + (nint)column * rows;
                        if (chain) LoadTile(tile, vectors, block, to, rows, firstRows, counts);
                        Prefetch(vectors, Math.Min(max, end - column - block), to + block * rows, rows, firstRows);
                        Tile(used, block, &call);
                        if (more && inBlocks) AddTile(tile, vectors, block, to, rows, firstRows, counts);
                        else StoreTile(tile, vectors, block, to, rows, firstRows, counts);
                    }
                }

                k += taken;
            }
            while (k < total);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void AddToTokens(PanelLayout layout, int rows, in PanelSide<T> panels, ReadOnlySpan<int> tokens, int features, int firstPanel, int endPanel, T* target, bool inBlocks = false)
    {
        for (int first = 0; inBlocks && first < tokens.Length; first += ColumnSum.Block)
        {
            var block = new PanelSide<T>(panels.Pointer + first * panels.Step, panels.Panel, panels.Step);
            AddBlockToTokens(layout, rows, block, tokens.Slice(first, Math.Min(ColumnSum.Block, tokens.Length - first)), features, firstPanel, endPanel, target);
        }

        if (inBlocks) return;
        for (int p = firstPanel; p < endPanel; p++)
        {
            for (int v = 0; v < layout.Vectors; v++)
            {
                int row = layout.Row(p, v, out int count);
                T* from = panels.Pointer + p * panels.Panel + v * TVector.Count;
                for (int column = 0; column < tokens.Length; column++, from += panels.Step)
                {
                    int token = tokens[column];
                    if ((uint)token >= (uint)features) continue;
                    T* to = target + (nint)token * rows + row;
                    TVector.Store(TVector.Load(to, count) + TVector.Load(from), to, count);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Pack(PanelLayout layout, T* matrix, int rows, int columns, T* packed, int firstPanel, int endPanel)
    {
        int vectors = layout.Vectors;
        int* firstRows = stackalloc int[4];
        int* counts = stackalloc int[4];
        for (int p = firstPanel; p < endPanel; p++)
        {
            for (int v = 0; v < vectors; v++) firstRows[v] = layout.Row(p, v, out counts[v]);
            T* from = matrix;
            T* to = packed + (nint)p * columns * layout.Width;
            for (int column = 0; column < columns; column++, from += rows)
            {
                for (int v = 0; v < vectors; v++, to += TVector.Count) TVector.Store(TVector.Load(from + firstRows[v], counts[v]), to);
            }
        }
    }

    /// <summary>
    /// Copies interleaved columns so that each block of them is [k][column of the block]. Read in place, every k would touch another cache line,
    /// and with a power of two between them all would fall into the same few sets.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Gather(T* data, in ColumnSide<T> columns, int depth, int left, int chunk, int end, int max, T* gathered)
    {
        // Whole vectors are copied, and the surplus is overwritten by the next k. Only near the end of the memory are elements copied one by
        // one.
        int whole = (int)Math.Clamp(left - 1 - (TVector.Count + columns.Step - 1) / columns.Step, 0, depth);

        // A few k at a time: the first block brings into the cache what the others need.
        for (int first = 0; first < depth; first += GatherRows)
        {
            int endOfRows = Math.Min(first + GatherRows, depth);
            int vectors = Math.Min(endOfRows, whole);
            for (int column = chunk, block; column < end; column += block)
            {
                block = NextBlock(end - column, max);
                T* to = gathered + (column - chunk) * (depth + GatherPadding) + first * block;
                T* from = data + first * columns.Step + column;
                int k = first;
                for (; k < vectors; k++, to += block, from += columns.Step)
                {
                    for (int i = 0; i < block; i += TVector.Count) TVector.Store(TVector.Load(from + i), to + i);
                }

                for (; k < endOfRows; k++, to += block, from += columns.Step)
                {
                    for (int i = 0; i < block; i++) to[i] = from[i];
                }
            }
        }
    }

    /// <summary>Prefetches a tile of the target: its columns are far apart, so the cache misses would otherwise follow one another.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Prefetch(int vectors, int block, T* target, int rows, int* firstRows)
    {
        if (!Sse.IsSupported) return;
        for (int j = 0; j < block; j++, target += rows)
        {
            for (int v = 0; v < vectors; v++) Sse.Prefetch0(target + firstRows[v]);
        }
    }

    /// <summary>Copies a block of columns of a matrix, [column][row] with <c>rows</c> between columns, to a tile, [column][vector][lane].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void LoadTile(T* tile, int vectors, int block, T* source, int rows, int* firstRows, int* counts)
    {
        for (int j = 0; j < block; j++, source += rows)
        {
            for (int v = 0; v < vectors; v++, tile += TVector.Count) TVector.Store(TVector.Load(source + firstRows[v], counts[v]), tile);
        }
    }

    /// <summary>Adds a tile, [column][vector][lane], to a block of columns of a matrix, [column][row].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddTile(T* tile, int vectors, int block, T* target, int rows, int* firstRows, int* counts)
    {
        for (int j = 0; j < block; j++, target += rows)
        {
            for (int v = 0; v < vectors; v++, tile += TVector.Count)
                TVector.Store(TVector.Load(target + firstRows[v], counts[v]) + TVector.Load(tile), target + firstRows[v], counts[v]);
        }
    }

    /// <summary><see cref="AddToTokens"/> for one block of columns: the sum of a token's columns is added to what the target holds.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddBlockToTokens(PanelLayout layout, int rows, in PanelSide<T> panels, ReadOnlySpan<int> tokens, int features, int firstPanel, int endPanel, T* target)
    {
        Span<int> next = stackalloc int[ColumnSum.Block], firsts = stackalloc int[ColumnSum.Block];
        firsts = firsts[..ColumnSum.Link(tokens, 0, tokens.Length, features, next, firsts)];
        for (int p = firstPanel; p < endPanel; p++)
        {
            for (int v = 0; v < layout.Vectors; v++)
            {
                int row = layout.Row(p, v, out int count);
                T* from = panels.Pointer + p * panels.Panel + v * TVector.Count;
                foreach (int first in firsts)
                {
                    TVector sum = TVector.Load(from + first * panels.Step);
                    for (int column = next[first]; column >= 0; column = next[column]) sum += TVector.Load(from + column * panels.Step);
                    int token = tokens[first];
                    if ((uint)token >= (uint)features) continue;
                    T* to = target + (nint)token * rows + row;
                    TVector.Store(TVector.Load(to, count) + sum, to, count);
                }
            }
        }
    }

    /// <summary>Copies a tile, [column][vector][lane], to a block of columns of a matrix, [column][row].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void StoreTile(T* tile, int vectors, int block, T* target, int rows, int* firstRows, int* counts)
    {
        for (int j = 0; j < block; j++, target += rows)
        {
            for (int v = 0; v < vectors; v++, tile += TVector.Count) TVector.Store(TVector.Load(tile), target + firstRows[v], counts[v]);
        }
    }
}

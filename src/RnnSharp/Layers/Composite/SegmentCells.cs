using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;

namespace RnnSharp.Layers;

/// <summary>
/// One step of a gated recurrent unit for every series and position. All positions start from the same h, so that they share its product with
/// the recurrent weights; the product with the input weights depends only on the column and the position. Only the equations remain.
/// </summary>
internal unsafe struct SegmentCells<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The gates r, z and n.</summary>
    public const int Gates = 3;

    public int Units;

    /// <summary>Examples times columns; series k has column k mod <see cref="Columns"/>.</summary>
    public int Series;

    /// <summary>Columns with input sides of their own.</summary>
    public int Columns;

    public int Positions;

    /// <summary>h: [series][unit].</summary>
    public T* Hidden;

    /// <summary>W_hh h + b_hh: [series][gate][unit].</summary>
    public T* Recurrent;

    /// <summary>W_ih x + b_ih: [column][position][gate][unit].</summary>
    public T* Embedded;

    /// <summary>One bit per unit, set if it is dropped: [position][series][<see cref="Words"/>]; or null.</summary>
    public ulong* Dropped;

    /// <summary>What the other units are multiplied by.</summary>
    public T Scale;

    /// <summary>The words of a row of <see cref="Dropped"/>.</summary>
    public static int Words(int units) => (units + 63) / 64;

    /// <summary>Computes the h of every position of some series.</summary>
    /// <param name="first">The first series.</param>
    /// <param name="end">The series after the last.</param>
    /// <param name="output">[position][series][unit].</param>
    public readonly void Forward(int first, int end, T* output) => VectorDispatch.Invoke<T, ForwardLoop>(new(this, first, end, output));

    /// <summary>
    /// Backpropagates through some units of every series. The gradients of the embedded inputs are summed over examples in blocks
    /// (<see cref="ColumnSum"/>), which are added to those of the positions and of the columns.
    /// </summary>
    /// <param name="member">The member, whose share is some of the units.</param>
    /// <param name="gradients">What to read and to write.</param>
    public readonly void Backward(TeamMember member, in SegmentCellGradients<T> gradients) => VectorDispatch.Invoke<T, BackwardLoop>(new(this, gradients, member.Rank, member.Count));

    private readonly struct ForwardLoop(in SegmentCells<T> cells, int first, int end, T* output) : IVectorAction<T>
    {
        private readonly SegmentCells<T> _cells = cells;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Invoke<TVector>()
            where TVector : unmanaged, IKernelVector<TVector, T>
        {
            int units = _cells.Units, positions = _cells.Positions, words = Words(units);
            TVector scale = TVector.Broadcast(_cells.Scale);
            for (int s = first; s < end; s++)
            {
                T* hidden = _cells.Hidden + (nint)s * units;
                T* recurrent = _cells.Recurrent + (nint)s * Gates * units;
                T* embedded = _cells.Embedded + (nint)(s % _cells.Columns) * positions * Gates * units;
                for (int i = 0; i < positions; i++, embedded += Gates * units)
                {
                    nint row = (nint)i * _cells.Series + s;
                    T* to = output + row * units;
                    ulong* dropped = _cells.Dropped == null ? null : _cells.Dropped + row * words;
                    for (int u = 0; u < units; u += TVector.Count)
                    {
                        int count = units - u;
                        TVector r = TVector.Load(recurrent + u, count) + TVector.Load(embedded + u, count);
                        TVector z = TVector.Load(recurrent + units + u, count) + TVector.Load(embedded + units + u, count);
                        TVector m = TVector.Load(recurrent + 2 * units + u, count), n = TVector.Load(embedded + 2 * units + u, count);
                        TVector h = GruEquations.Forward<T, TVector>(ref n, ref r, ref z, ref m, default, TVector.Load(hidden + u, count), default, out _);
                        if (dropped != null) h = TVector.Without((int)(dropped[u >> 6] >> u), h * scale);
                        TVector.Store(h, to + u, count);
                    }
                }
            }
        }
    }

    private readonly struct BackwardLoop(in SegmentCells<T> cells, in SegmentCellGradients<T> gradients, int rank, int members) : IVectorAction<T>
    {
        private readonly SegmentCells<T> _cells = cells;
        private readonly SegmentCellGradients<T> _gradients = gradients;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Invoke<TVector>()
            where TVector : unmanaged, IKernelVector<TVector, T>
        {
            int units = _cells.Units, vectors = (units + TVector.Count - 1) / TVector.Count;
            int first = vectors * rank / members * TVector.Count, end = Math.Min(units, vectors * (rank + 1) / members * TVector.Count);
            int columns = _gradients.Columns, examples = _cells.Series / columns;
            Clear(_gradients.Sums, _cells.Positions, first, end);
            Clear(_gradients.Positions, _cells.Positions, first, end);
            if (_gradients.PerColumn != null) Clear(_gradients.PerColumn, columns, first, end);
            for (int c = 0; c < columns; c++)
            {
                for (int block = 0; block < examples; block += ColumnSum.Block)
                {
                    int endOfBlock = Math.Min(block + ColumnSum.Block, examples);
                    for (int j = block; j < endOfBlock; j++) Backpropagate<TVector>(j * columns + c, first, end);
                    Flush<TVector>(c, first, end);
                }
            }
        }

        /// <summary>All positions of one series.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Backpropagate<TVector>(int s, int first, int end)
            where TVector : unmanaged, IKernelVector<TVector, T>
        {
            int units = _cells.Units, positions = _cells.Positions, words = Words(units), rows = Gates * units;
            nint next = (nint)_cells.Series * units;
            T* recurrent = _cells.Recurrent + (nint)s * rows;
            T* target = _gradients.Recurrent + (nint)s * rows;
            T* inputs = _cells.Embedded + (nint)(s % _cells.Columns) * positions * rows;
            TVector zero = TVector.Broadcast(T.Zero), scale = TVector.Broadcast(_cells.Scale);
            for (int u = first; u < end; u += TVector.Count)
            {
                int count = units - u;
                TVector hPrevious = TVector.Load(_cells.Hidden + (nint)s * units + u, count);
                TVector rSide = TVector.Load(recurrent + u, count), zSide = TVector.Load(recurrent + units + u, count), mSide = TVector.Load(recurrent + 2 * units + u, count);
                TVector dr = zero, dz = zero, dm = zero, dhPrevious = zero, none = zero;
                T* embedded = inputs + u;
                T* sums = _gradients.Sums + u;
                T* output = _gradients.Output + (nint)s * units + u;
                ulong* dropped = _cells.Dropped == null ? null : _cells.Dropped + (nint)s * words + (u >> 6);
                for (int i = 0; i < positions; i++, embedded += rows, sums += rows, output += next)
                {
                    TVector r = rSide + TVector.Load(embedded, count), z = zSide + TVector.Load(embedded + units, count), n = TVector.Load(embedded + 2 * units, count), m = mSide;
                    TVector h = GruEquations.Forward<T, TVector>(ref n, ref r, ref z, ref m, default, hPrevious, default, out _);
                    TVector dh = TVector.Load(output, count);
                    if (dropped != null)
                    {
                        dh = TVector.Without((int)(*dropped >> u), dh * scale);
                        dropped += (nint)_cells.Series * words;
                    }

                    UnitWeights<TVector> weights = default;
                    dhPrevious += GruEquations.Backward<T, TVector>(ref n, ref r, ref z, ref m, ref weights, dh, h, hPrevious, default, default, ref none);
                    dr += r;
                    dz += z;
                    dm += m;
                    TVector.Store(TVector.Load(sums, count) + r, sums, count);
                    TVector.Store(TVector.Load(sums + units, count) + z, sums + units, count);
                    TVector.Store(TVector.Load(sums + 2 * units, count) + n, sums + 2 * units, count);
                }

                TVector.Store(dr, target + u, count);
                TVector.Store(dz, target + units + u, count);
                TVector.Store(dm, target + 2 * units + u, count);
                TVector.Store(dhPrevious, _gradients.Hidden + (nint)s * units + u, count);
            }
        }

        /// <summary>Adds the sums of a block of examples to the gradients of the positions and of their column, and starts the next block.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Flush<TVector>(int column, int first, int end)
            where TVector : unmanaged, IKernelVector<TVector, T>
        {
            int units = _cells.Units;
            TVector zero = TVector.Broadcast(T.Zero);
            for (int i = 0; i < _cells.Positions; i++)
            {
                for (int gate = 0; gate < Gates; gate++)
                {
                    nint row = (nint)i * Gates * units + gate * units;
                    T* ofColumn = _gradients.PerColumn == null ? null : _gradients.PerColumn + ((nint)column * Gates + gate) * units;
                    for (int u = first; u < end; u += TVector.Count)
                    {
                        int count = units - u;
                        TVector sum = TVector.Load(_gradients.Sums + row + u, count);
                        TVector.Store(TVector.Load(_gradients.Positions + row + u, count) + sum, _gradients.Positions + row + u, count);
                        if (ofColumn != null) TVector.Store(TVector.Load(ofColumn + u, count) + sum, ofColumn + u, count);
                        TVector.Store(zero, _gradients.Sums + row + u, count);
                    }
                }
            }
        }

        /// <summary>Sets some units of [row][gate][unit] to zero.</summary>
        private void Clear(T* values, int rows, int first, int end)
        {
            for (int row = 0; row < Gates * rows; row++) new Span<T>(values + (nint)row * _cells.Units + first, Math.Max(0, end - first)).Clear();
        }
    }
}

/// <summary>What the backward step of <see cref="SegmentCells{T}"/> reads and writes.</summary>
internal unsafe struct SegmentCellGradients<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The columns of the series.</summary>
    public int Columns;

    /// <summary>The gradient of every position's h: [position][series][unit].</summary>
    public T* Output;

    /// <summary>Receives that of the recurrent product: [series][gate][unit].</summary>
    public T* Recurrent;

    /// <summary>Receives that of h without the part that comes through the product: [series][unit].</summary>
    public T* Hidden;

    /// <summary>Receives that of the input side, summed over series: [position][gate][unit].</summary>
    public T* Positions;

    /// <summary>Receives it summed over the positions and the series of a column: [column][gate][unit]; or null.</summary>
    public T* PerColumn;

    /// <summary>Scratch: [position][gate][unit].</summary>
    public T* Sums;
}

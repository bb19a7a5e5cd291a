using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>
/// The step of a <see cref="FusedStep{T, TEquations, TVector}"/> for a single example, bound to a state. Every sum is the same chain of
/// multiply-adds and the equations are the same, so the results have the same bits; but everything that does not change is looked up only
/// once, and the state is read and written without masks, which a store could not pass on to the next step's loads.
/// <para>
/// The time of a small step is that of one long chain of dependent operations: from h through the sums, gates and c to the next h. Whatever is
/// not on it costs nothing as long as it fits the processor's window of a few hundred instructions.
/// </para>
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
/// <typeparam name="TEquations">The equations.</typeparam>
/// <typeparam name="TVector">The narrowest vector that holds all units, or the widest if none does.</typeparam>
internal sealed unsafe class BoundFusedStep<T, TEquations, TVector> : BoundStep<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TEquations : struct, IRecurrentEquations
    where TVector : unmanaged, IKernelVector<TVector, T>
{
    private readonly HeldPack<T, PackedWeights<T>> _weights;
    private readonly StateLeaf<T> _hidden;
    private readonly StateLeaf<T> _cell;
    private readonly AlignedBuffer<T> _sums = new();
    private readonly AlignedBuffer<T> _next = new();
    private readonly int _inputSize;
    private readonly int _units;
    private readonly int _panels;
    private readonly int _panelUnits;
    private readonly int _vectors;

    // Elements from one vector of a packed panel to the next: the packed vectors may be longer than TVector.
    private readonly int _length;
    private readonly int _inputWidth;
    private readonly int _hiddenWidth;
    private readonly int _sumWidth;

    // What the pointers of a step were taken from.
    private PackedWeights<T>? _packed;
    private AlignedBuffer<T>? _hiddenBuffer;
    private AlignedBuffer<T>? _cellBuffer;
    private T* _bias;
    private T* _inputWeights;
    private T* _hiddenWeights;
    private T* _h;
    private T* _c;

    public BoundFusedStep(StepLayouts<T> layouts, HeldPack<T, PackedWeights<T>> weights, State<T> state)
        : base(takesTokens: true, takesFeatures: true)
    {
        _weights = weights;
        _hidden = state.Leaves[0];
        _cell = state.Leaves[^1];
        _inputSize = layouts.InputSize;
        _units = layouts.HiddenSize;
        _panels = layouts.Sums.Panels;
        _vectors = _panels == 1 ? layouts.Input.LastVectors : layouts.Input.Vectors;
        _length = layouts.Sums.VectorLength;
        _inputWidth = layouts.Input.Width;
        _hiddenWidth = layouts.Hidden.Width;
        _sumWidth = layouts.Sums.Width;
        _panelUnits = layouts.Sums.UnitVectors * layouts.Sums.VectorLength;
        _sums.Require(layouts.SumLength);
        _next.Require(layouts.SumLength / Sums);
    }

    // With more panels than one, the first writes to the state before the next reads the input.
    public override bool ReadsInputFirst => _panels == 1;

    private static int Sums => Sums<TEquations>.Count;

    // Like the other methods of a step, it bypasses tiered compilation: a busy thread may leave that no time for seconds.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(StepInput<T> input, Span<T> output)
    {
        if (output.Length < _units) throw new ArgumentException($"Expected room for {_units} values, got {output.Length}.", nameof(output));
        PackedWeights<T> weights = _weights.Current();
        if (!ReferenceEquals(weights, _packed) || !ReferenceEquals(_hidden.Pinned, _hiddenBuffer) || !ReferenceEquals(_cell.Pinned, _cellBuffer)) TakePointers(weights);
        bool isTokens = input.IsTokens;
        T* start = isTokens ? StartFromToken(input.TokenSpan[0]) : _bias;
        fixed (T* x = &MemoryMarshal.GetReference(input.FeatureSpan), y = &MemoryMarshal.GetReference(output))
        {
            Run(start, x, isTokens ? 0 : _inputSize, y);
        }

        GC.KeepAlive(this);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Run(T* start, T* x, int inputs, T* y)
    {
        if (!TEquations.SplitsLastGate)
        {
            int vectors = Sums == 1 ? _vectors : Sums;
            if (vectors == 1) RunPanels<Count1, Count1>(start, x, inputs, y);
            else if (vectors == 2) RunPanels<Count2, Count2>(start, x, inputs, y);
            else if (vectors == 3) RunPanels<Count3, Count3>(start, x, inputs, y);
            else RunPanels<Count4, Count4>(start, x, inputs, y);
        }
        else if (Sums == 2)
        {
            RunPanels<Count1, Count2>(start, x, inputs, y);
        }
        else if (Sums == 3)
        {
            RunPanels<Count2, Count3>(start, x, inputs, y);
        }
        else
        {
            RunPanels<Count3, Count4>(start, x, inputs, y);
        }
    }

    private void TakePointers(PackedWeights<T> weights)
    {
        _packed = weights;
        _bias = weights.Bias.Pointer;
        _inputWeights = weights.Input.Pointer;
        _hiddenWeights = weights.Hidden.Pointer;
        _hiddenBuffer = _hidden.Pinned;
        _cellBuffer = _cell.Pinned;
        _h = _hiddenBuffer.Pointer;
        _c = _cellBuffer.Pointer;
    }

    /// <summary>Adds the column of the input weights that a token selects to the biases: the product with a one-hot column.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private T* StartFromToken(int token)
    {
        // As in FusedStep, an index outside the vocabulary stands for a column of zeros.
        if ((uint)token >= (uint)_inputSize) return _bias;
        T* sums = _sums.Pointer;
        for (int p = 0; p < _panels; p++)
        {
            T* bias = _bias + (nint)p * _sumWidth;
            T* picked = _inputWeights + ((nint)p * _inputSize + token) * _inputWidth;
            for (int i = 0; i < _sumWidth; i++, sums++) *sums = i < _inputWidth ? bias[i] + picked[i] : bias[i];
        }

        return _sums.Pointer;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void RunPanels<TVectors, TSlots>(T* start, T* x, int inputs, T* y)
        where TVectors : unmanaged
        where TSlots : unmanaged
    {
        T* w = _inputWeights, u = _hiddenWeights;
        int last = _panels - 1, unit = 0;

        // The next panel needs the previous h. Only the last panel, for whose end the next step waits, writes h in place.
        for (int p = 0; p < last; p++, unit += _panelUnits)
        {
            RunPanel<TVectors, TSlots>(start, w, u, x, inputs, unit, _next.Pointer, y);
            start += _sumWidth;
            w += (nint)_inputSize * _inputWidth;
            u += (nint)_units * _hiddenWidth;
        }

        RunPanel<TVectors, TSlots>(start, w, u, x, inputs, unit, _h, y);
        for (int i = 0; i < unit; i += TVector.Count) TVector.Store(TVector.Load(_next.Pointer + i), _h + i);
    }

    /// <summary>
    /// One panel: its sums, start + W x + U h, each a single chain as in <see cref="TileKernel"/>, and the equations. It has no helpers, because
    /// the JIT limits what it inlines into a method by the method's own length.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RunPanel<TVectors, TSlots>(T* start, T* w, T* u, T* x, int inputs, int unit, T* next, T* y)
        where TVectors : unmanaged
        where TSlots : unmanaged
    {
        nint length = _length, width = _inputWidth;
        TVector s0 = TVector.Load(start);
        TVector s1 = sizeof(TSlots) > 1 ? TVector.Load(start + length) : default;
        TVector s2 = sizeof(TSlots) > 2 ? TVector.Load(start + 2 * length) : default;
        TVector s3 = sizeof(TSlots) > 3 ? TVector.Load(start + 3 * length) : default;
        for (int k = inputs; k > 0; k--, x++, w += width)
        {
            TVector b = TVector.Broadcast(*x);
            s0 = TVector.MultiplyAdd(w, b, s0);
            if (sizeof(TVectors) > 1) s1 = TVector.MultiplyAdd(w + length, b, s1);
            if (sizeof(TVectors) > 2) s2 = TVector.MultiplyAdd(w + 2 * length, b, s2);
            if (sizeof(TVectors) > 3) s3 = TVector.MultiplyAdd(w + 3 * length, b, s3);
        }

        width = _hiddenWidth;
        T* h = _h;
        for (int k = _units; k > 0; k--, h++, u += width)
        {
            TVector b = TVector.Broadcast(*h);
            if (sizeof(TSlots) == sizeof(TVectors))
            {
                s0 = TVector.MultiplyAdd(u, b, s0);
                if (sizeof(TVectors) > 1) s1 = TVector.MultiplyAdd(u + length, b, s1);
                if (sizeof(TVectors) > 2) s2 = TVector.MultiplyAdd(u + 2 * length, b, s2);
                if (sizeof(TVectors) > 3) s3 = TVector.MultiplyAdd(u + 3 * length, b, s3);
            }
            else
            {
                // The last gate's recurrent side is a sum of its own.
                s1 = TVector.MultiplyAdd(u, b, s1);
                if (sizeof(TVectors) > 1) s2 = TVector.MultiplyAdd(u + length, b, s2);
                if (sizeof(TVectors) > 2) s3 = TVector.MultiplyAdd(u + 2 * length, b, s3);
            }
        }

        int count = _units - unit;
        next += unit;
        y += unit;
        TVector hPrevious = TEquations.UsesPreviousHidden ? TVector.Load(_h + unit) : default;
        TVector cPrevious = TEquations.HasCellState ? TVector.Load(_c + unit) : default;
        if (Sums > 1)
        {
            TVector result = TEquations.Forward<T, TVector>(ref s0, ref s1, ref s2, ref s3, default, hPrevious, cPrevious, out TVector c);
            TVector.Store(result, next);
            TVector.Store(result, y, count);
            if (TEquations.HasCellState) TVector.Store(c, _c + unit);
            return;
        }

        TVector.Store(s0, _sums.Pointer);
        if (sizeof(TSlots) > 1) TVector.Store(s1, _sums.Pointer + length);
        if (sizeof(TSlots) > 2) TVector.Store(s2, _sums.Pointer + 2 * length);
        if (sizeof(TSlots) > 3) TVector.Store(s3, _sums.Pointer + 3 * length);
        ForwardUnits(sizeof(TSlots), unit, next, y);
    }

    /// <summary>Applies the equations of a cell with a single sum to the vectors of units of a panel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ForwardUnits(int vectors, int unit, T* next, T* y)
    {
        T* sums = _sums.Pointer;
        for (int v = 0; v < vectors && unit < _units; v++, unit += TVector.Count, sums += TVector.Count, next += TVector.Count, y += TVector.Count)
        {
            TVector s0 = TVector.Load(sums), s1 = default, s2 = default, s3 = default;
            TVector hPrevious = TEquations.UsesPreviousHidden ? TVector.Load(_h + unit) : default;
            TVector cPrevious = TEquations.HasCellState ? TVector.Load(_c + unit) : default;
            TVector result = TEquations.Forward<T, TVector>(ref s0, ref s1, ref s2, ref s3, default, hPrevious, cPrevious, out TVector c);
            TVector.Store(result, next);
            TVector.Store(result, y, _units - unit);
            if (TEquations.HasCellState) TVector.Store(c, _c + unit);
        }
    }
}

using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>
/// Runs a recurrent layer: a time step compiled for the cell and this processor's vector width, and the schedules that run it over time.
/// The layer checks all shapes. The engine is immutable and can serve any number of threads at once.
/// </summary>
internal sealed class RecurrentEngine<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly StepContext<T> _context;
    private readonly IRecurrentStep<T> _step;
    private readonly ForwardSchedule<T> _forward;
    private readonly BackwardSchedule<T> _backward;

    public RecurrentEngine(StepContext<T> context, IRecurrentStep<T> step, int? maskSeed = null)
    {
        _context = context;
        _step = step;
        _forward = new ForwardSchedule<T>(context, step);
        _backward = new BackwardSchedule<T>(context, step, _forward);
        MaskSeed = maskSeed;
        Packs = new PackCache<T, PackedWeights<T>>(context.Parameters.All, step.Pack, step.PackTransposed);
    }

    public CellSpec Spec => _context.Layouts.Spec;

    public RecurrentParameters<T> Parameters => _context.Parameters;

    public int InputSize => _context.Layouts.InputSize;

    /// <summary>Units: features of c.</summary>
    public int HiddenSize => _context.Layouts.HiddenSize;

    /// <summary>Features of h, which is the output: the number of units, unless h is projected.</summary>
    public int StateSize => _context.Layouts.StateSize;

    /// <summary>Whether a pass keeps the gates and cell states of all steps.</summary>
    public bool KeepsGates => !_context.Plan.HasCheckpoints;

    /// <summary>The buffers that the engine works in.</summary>
    public Workspace Workspace => _context.Workspace;

    /// <summary>The packed form of the parameters.</summary>
    public PackCache<T, PackedWeights<T>> Packs { get; }

    /// <summary>The seed of the random masks; null if the engine draws none.</summary>
    public int? MaskSeed { get; }

    /// <summary>Creates the engine of a cell without options.</summary>
    public static RecurrentEngine<T> Create<TEquations>(RecurrentParameters<T> parameters, int? checkpointSteps = null)
        where TEquations : struct, IRecurrentEquations =>
        VectorDispatch.Invoke<T, Factory<TEquations>, RecurrentEngine<T>>(new Factory<TEquations>(parameters, checkpointSteps));

    /// <summary>Elements of the longest buffer that Forward or Backward needs for an input of features.</summary>
    public long LongestBuffer(int batch, int steps) =>
        Math.Max(Math.Max(Workspace.Longest(BufferUse.Tape, TapeShape(batch, steps)), Workspace.Longest(BufferUse.Checkpoints, TapeShape(batch, steps))), Workspace.Longest(BufferUse.Backward, TapeShape(batch, steps) with { BlockLength = _context.Plan.BlockSteps(batch, steps) * batch, Halves = 2, Members = 1 }));

    /// <summary>Elements that a pass holds besides its output and its final state, for an input of features.</summary>
    public long TapeElements(int batch, int steps)
    {
        CallShape call = TapeShape(batch, steps);
        return call.Segments == 1 ? Workspace.Elements(BufferUse.Tape, call) : Workspace.Elements(BufferUse.Tape, call) + Workspace.Elements(BufferUse.Checkpoints, call);
    }

    /// <inheritdoc cref="ForwardSchedule{T}.Forward"/>
    public void Forward(RecurrentPass<T> pass, in CapturedInput<T> input, State<T>? initialState, PackedWeights<T> weights) => _forward.Forward(pass, input, initialState, weights);

    /// <inheritdoc cref="ForwardSchedule{T}.Predict"/>
    public void Predict(in CapturedInput<T> input, PackedWeights<T> weights, State<T> state, Sequence<T> output, RecurrentScratch<T> scratch) => _forward.Predict(input, weights, state, output, scratch);

    /// <inheritdoc cref="ForwardSchedule{T}.Step"/>
    public void Step(ReadOnlySpan<T> input, ReadOnlySpan<int> tokens, PackedWeights<T> weights, State<T> state, Span<T> output, RecurrentScratch<T> scratch) => _forward.Step(input, tokens, weights, state, output, scratch);

    /// <summary>Binds the step to a state of the layer.</summary>
    public BoundStep<T> Bind(State<T> state, int batch) => (batch == 1 && _forward.StepsAlone(batch) ? _step.Bind(Packs, state) : null) ?? new BoundRecurrentStep<T>(_forward, Packs, state, batch, Spec.HasCellState);

    /// <inheritdoc cref="BackwardSchedule{T}.Backward"/>
    public void Backward(RecurrentPass<T> pass, PackedWeights<T> weights, Sequence<T>? outputGradient, State<T>? finalStateGradient, bool accumulate, Gradients<T> gradients, RecurrentBackwardScratch<T> scratch) => _backward.Backward(pass, weights, outputGradient, finalStateGradient, accumulate, gradients, scratch);

    /// <summary>Copies what the equations left in place of one sum, at every step of a pass. The target has the output's batch, steps and lengths.</summary>
    public void CopyGate(RecurrentPass<T> pass, int sum, Sequence<T> target)
    {
        PanelLayout sums = _context.Layouts.Sums;
        ColumnMap columns = pass.Order.Map;
        int panel = columns.Count * sums.Width;
        Span<T> slots = pass.Tape.Span(_context.Buffers.Slots);
        target.Clear();
        for (int j = 0; j < target.Batch; j++)
        {
            for (int t = 0; t < target.LengthOf(j); t++)
            {
                Span<T> values = target.Step(t).Slice(j * HiddenSize, HiddenSize);
                for (int i = 0; i < values.Length; i++)
                {
                    int unitVector = i / sums.VectorLength;
                    Span<T> column = slots[(unitVector / sums.UnitVectors * panel + (columns.First(t) + columns.Rank(j)) * sums.Width)..];
                    values[i] = column[(sum * sums.UnitVectors + unitVector % sums.UnitVectors) * sums.VectorLength + i % sums.VectorLength];
                }
            }
        }

        GC.KeepAlive(pass);
    }

    /// <summary>Copies the cell state after every step of a pass, as <see cref="CopyGate"/> does a gate.</summary>
    public void CopyCellStates(RecurrentPass<T> pass, Sequence<T> target)
    {
        ColumnMap columns = pass.Order.Map;
        Span<T> cells = pass.Tape.Span(_context.Buffers.Cells);
        target.Clear();
        for (int j = 0; j < target.Batch; j++)
        {
            for (int t = 0; t < target.LengthOf(j); t++)
                cells.Slice(ForwardSchedule<T>.CellColumn(columns, j, t + 1) * HiddenSize, HiddenSize).CopyTo(target.Step(t)[(j * HiddenSize)..]);
        }

        GC.KeepAlive(pass);
    }

    /// <summary>The shape of a tape for a batch that is not ragged.</summary>
    private CallShape TapeShape(int batch, int steps)
    {
        (int segments, int segmentSteps) = _context.Plan.Segments(batch, steps);
        return new(batch, segmentSteps) { KeepsSteps = true, Segments = segments };
    }

    private readonly struct Factory<TEquations>(RecurrentParameters<T> parameters, int? checkpointSteps) : IVectorFunction<T, RecurrentEngine<T>>
        where TEquations : struct, IRecurrentEquations
    {
        public RecurrentEngine<T> Invoke<TVector>()
            where TVector : unmanaged, IKernelVector<TVector, T>
        {
            var context = new StepContext<T>(parameters, TVector.Count, isStaged: false, checkpointSteps);
            return new RecurrentEngine<T>(context, new FusedStep<T, TEquations, TVector>(context));
        }
    }
}

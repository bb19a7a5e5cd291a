using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>
/// What runs a recurrent layer: a time step for the kind of cell and this processor's vectors, and the schedules that run it over time.
/// The layer has checked all shapes. The engine never changes and serves any number of threads.
/// </summary>
internal sealed class RecurrentEngine<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly StepContext<T> _context;
    private readonly ForwardSchedule<T> _forward;
    private readonly BackwardSchedule<T> _backward;

    public RecurrentEngine(StepContext<T> context, IRecurrentStep<T> step, int? maskSeed = null)
    {
        _context = context;
        _forward = new ForwardSchedule<T>(context, step);
        _backward = new BackwardSchedule<T>(context, step);
        MaskSeed = maskSeed;
        AllParameters = context.Parameters.All();
        Packs = new PackCache<T, PackedWeights<T>>(AllParameters, step.Pack, step.PackTransposed);
    }

    public KindShape Kind => _context.Layouts.Kind;

    public RecurrentParameters<T> Parameters => _context.Parameters;

    public Parameter<T>[] AllParameters { get; }

    public int InputSize => _context.Layouts.InputSize;

    /// <summary>Units: features of c.</summary>
    public int HiddenSize => _context.Layouts.HiddenSize;

    /// <summary>Features of h, which is the output: as many as units, unless it is projected.</summary>
    public int StateSize => _context.Layouts.StateSize;

    /// <summary>The buffers that the engine works in.</summary>
    public Workspace Workspace => _context.Workspace;

    /// <summary>The packed form of the parameters.</summary>
    public PackCache<T, PackedWeights<T>> Packs { get; }

    /// <summary>The seed of the random masks; null for an engine that draws none.</summary>
    public int? MaskSeed { get; }

    /// <summary>Makes the engine of a kind without options.</summary>
    public static RecurrentEngine<T> Create<TKind>(RecurrentParameters<T> parameters)
        where TKind : struct, IRecurrentEquations =>
        VectorDispatch.Invoke<T, Factory<TKind>, RecurrentEngine<T>>(new Factory<TKind>(parameters));

    /// <summary>Elements of the longest buffer that Forward or Backward needs for an input of features.</summary>
    public long LongestBuffer(int batch, int steps) =>
        Math.Max(Workspace.Longest(BufferUse.Tape, TapeShape(batch, steps)), Workspace.Longest(BufferUse.Backward, TapeShape(batch, steps) with { CopiesInput = true, BlockSteps = _context.Plan.BlockSteps(batch, steps), Halves = 2, Members = 1 }));

    /// <summary>Elements that a pass holds besides its output and its final state, for an input of features.</summary>
    public long TapeElements(int batch, int steps) => Workspace.Elements(BufferUse.Tape, TapeShape(batch, steps));

    /// <inheritdoc cref="ForwardSchedule{T}.Forward"/>
    public void Forward(RecurrentPass<T> pass, Sequence<T> input, State<T>? initialState, PackedWeights<T> weights) => _forward.Forward(pass, input, initialState, weights);

    /// <inheritdoc cref="ForwardSchedule{T}.Predict"/>
    public void Predict(Sequence<T> input, PackedWeights<T> weights, Span<T> hidden, Span<T> cell, Sequence<T> output, RecurrentScratch<T> scratch) => _forward.Predict(input, weights, hidden, cell, output, scratch);

    /// <inheritdoc cref="ForwardSchedule{T}.Step"/>
    public void Step(ReadOnlySpan<T> input, ReadOnlySpan<int> tokens, PackedWeights<T> weights, Span<T> hidden, Span<T> cell, Span<T> output, int batch, RecurrentScratch<T> scratch) => _forward.Step(input, tokens, weights, hidden, cell, output, batch, scratch);

    /// <inheritdoc cref="BackwardSchedule{T}.Backward"/>
    public void Backward(RecurrentPass<T> pass, PackedWeights<T> weights, Sequence<T>? outputGradient, State<T>? finalStateGradient, bool accumulate, Gradients<T> gradients, RecurrentBackwardScratch<T> scratch) => _backward.Backward(pass, weights, outputGradient, finalStateGradient, accumulate, gradients, scratch);

    /// <summary>Copies one slot of one step from the tape, [example][unit].</summary>
    public void CopySlot(RecurrentPass<T> pass, int step, int slot, Span<T> target)
    {
        PanelLayout sums = _context.Layouts.Sums;
        int batch = pass.Output.Batch;
        int panel = pass.ComputedSteps * batch * sums.Width;
        Span<T> slots = pass.Tape.Span(_context.Buffers.Slots);
        for (int j = 0; j < batch; j++)
        {
            for (int i = 0; i < HiddenSize; i++)
            {
                int unitVector = i / sums.Lane;
                Span<T> column = slots[(unitVector / sums.UnitVectors * panel + (step * batch + j) * sums.Width)..];
                target[i + HiddenSize * j] = column[(slot * sums.UnitVectors + unitVector % sums.UnitVectors) * sums.Lane + i % sums.Lane];
            }
        }
    }

    private static CallShape TapeShape(int batch, int steps) => new(batch, steps) { KeepsSteps = true };

    private readonly struct Factory<TKind>(RecurrentParameters<T> parameters) : IVectorFunction<T, RecurrentEngine<T>>
        where TKind : struct, IRecurrentEquations
    {
        public RecurrentEngine<T> Invoke<TVector>()
            where TVector : unmanaged, IKernelVector<TVector, T>
        {
            var context = new StepContext<T>(KindShape.Of<TKind>(), parameters, TVector.Count, isStaged: false);
            return new RecurrentEngine<T>(context, new FusedStep<T, TKind, TVector>(context));
        }
    }
}

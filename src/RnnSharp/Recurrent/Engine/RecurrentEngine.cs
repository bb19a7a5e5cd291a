using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>
/// The one time loop of all recurrent layers, forward and backward, seen from a layer: shapes are checked by then, and neither the
/// kind nor the lane shows.
/// </summary>
internal abstract unsafe class RecurrentEngine<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    protected RecurrentEngine(KindShape kind, RecurrentParameters<T> parameters)
    {
        Kind = kind;
        Parameters = parameters;
        AllParameters = parameters.All();
        InputSize = parameters.InputWeights.Columns;
        HiddenSize = parameters.InputWeights.Rows / kind.Gates;
        StateSize = parameters.RecurrentWeights.Columns;
        Packs = new PackCache<T, PackedWeights<T>>(AllParameters, Pack, PackTransposed);
    }

    public KindShape Kind { get; }

    public RecurrentParameters<T> Parameters { get; }

    public Parameter<T>[] AllParameters { get; }

    public int InputSize { get; }

    /// <summary>Units: features of c.</summary>
    public int HiddenSize { get; }

    /// <summary>Features of h, which is the output: as many as units, unless it is projected.</summary>
    public int StateSize { get; }

    /// <summary>Rows of the biases, one below the other.</summary>
    public int BiasRows => Parameters.Bias.Rows + (Parameters.CandidateBias?.Rows ?? 0);

    /// <summary>The packed form of the parameters.</summary>
    public PackCache<T, PackedWeights<T>> Packs { get; }

    /// <summary>Makes the engine of a kind for this processor's lane.</summary>
    public static RecurrentEngine<T> Create<TKind>(RecurrentParameters<T> parameters)
        where TKind : struct, IRecurrentEquations =>
        VectorDispatch.Create<T, Factory<TKind>, RecurrentEngine<T>>(new Factory<TKind>(parameters));

    /// <summary>Makes the engine of a variant for this processor's lane.</summary>
    public static RecurrentEngine<T> CreateStaged<TKind>(RecurrentParameters<T> parameters, StagedOptions options)
        where TKind : struct, IStagedEquations =>
        VectorDispatch.Create<T, StagedFactory<TKind>, RecurrentEngine<T>>(new StagedFactory<TKind>(parameters, options));

    /// <summary>The seed of the masks; null of an engine that draws none.</summary>
    public virtual int? MaskSeed => null;

    /// <summary>Elements of the longest buffer that Forward or Backward needs for so many examples times steps.</summary>
    public abstract long TapeLength(long columns);

    /// <summary>Elements that a pass keeps besides its output and its final state, of an input of features.</summary>
    public abstract long TapeElements(int batch, int steps);

    /// <summary>Forward over a sequence. The pass has its shapes and its initial state already.</summary>
    public abstract void Forward(RecurrentPass<T> pass, PackedWeights<T> weights);

    /// <summary>Forward without a tape; <paramref name="hidden"/> and <paramref name="cell"/> (empty without one) move on.</summary>
    public abstract void Predict(Sequence<T> input, PackedWeights<T> weights, Span<T> hidden, Span<T> cell, Sequence<T> output, RecurrentScratch<T> scratch);

    /// <summary>One step over spans; the input is either features or tokens.</summary>
    public abstract void Step(ReadOnlySpan<T> input, ReadOnlySpan<int> tokens, PackedWeights<T> weights, Span<T> hidden, Span<T> cell, Span<T> output, int batch, RecurrentScratch<T> scratch);

    /// <summary>Backward through time into gradients that are shaped already.</summary>
    public abstract void Backward(RecurrentPass<T> pass, PackedWeights<T> weights, Sequence<T>? outputGradient, State<T>? finalStateGradient, bool accumulate, Gradients<T> gradients, RecurrentBackwardScratch<T> scratch);

    /// <summary>Copies one slot of one step out of the tape, [example][unit].</summary>
    public abstract void CopySlot(RecurrentPass<T> pass, int step, int slot, Span<T> target);

    protected abstract void Pack(PackedWeights<T> target);

    protected abstract void PackTransposed(PackedWeights<T> target);

    private readonly struct Factory<TKind>(RecurrentParameters<T> parameters) : IVectorFactory<T, RecurrentEngine<T>>
        where TKind : struct, IRecurrentEquations
    {
        public RecurrentEngine<T> Create<TVector>()
            where TVector : unmanaged, IKernelVector<TVector, T> => new FusedEngine<T, TKind, TVector>(parameters);
    }

    private readonly struct StagedFactory<TKind>(RecurrentParameters<T> parameters, StagedOptions options) : IVectorFactory<T, RecurrentEngine<T>>
        where TKind : struct, IStagedEquations
    {
        public RecurrentEngine<T> Create<TVector>()
            where TVector : unmanaged, IKernelVector<TVector, T> => new StagedEngine<T, TKind, TVector>(parameters, options);
    }
}

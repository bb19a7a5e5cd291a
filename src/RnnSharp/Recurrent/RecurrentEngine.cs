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
    protected RecurrentEngine(Parameter<T> inputWeights, Parameter<T> recurrentWeights, Parameter<T> bias, Parameter<T>? candidateBias)
    {
        InputWeights = inputWeights;
        RecurrentWeights = recurrentWeights;
        Bias = bias;
        CandidateBias = candidateBias;
        Parameters = candidateBias is null ? [inputWeights, recurrentWeights, bias] : [inputWeights, recurrentWeights, bias, candidateBias];
        InputSize = inputWeights.Columns;
        HiddenSize = recurrentWeights.Columns;
        Packs = new PackCache<T, PackedWeights<T>>(Parameters, Pack, PackTransposed);
    }

    public Parameter<T>[] Parameters { get; }

    public Parameter<T> InputWeights { get; }

    public Parameter<T> RecurrentWeights { get; }

    public Parameter<T> Bias { get; }

    /// <summary>The recurrent bias of the candidate, of a kind that keeps the candidate's two products apart.</summary>
    public Parameter<T>? CandidateBias { get; }

    public int InputSize { get; }

    public int HiddenSize { get; }

    /// <summary>The packed form of the parameters.</summary>
    public PackCache<T, PackedWeights<T>> Packs { get; }

    public abstract bool HasCell { get; }

    /// <summary>Makes the engine of a kind for this processor's lane.</summary>
    public static RecurrentEngine<T> Create<TKind>(Parameter<T> inputWeights, Parameter<T> recurrentWeights, Parameter<T> bias, Parameter<T>? candidateBias = null)
        where TKind : struct, IRecurrentEquations =>
        LaneDispatch.Create<T, Factory<TKind>, RecurrentEngine<T>>(new Factory<TKind>(inputWeights, recurrentWeights, bias, candidateBias));

    /// <summary>Elements of the longest buffer that Forward or Backward needs for so many examples times steps.</summary>
    public abstract long TapeLength(long columns);

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

    private readonly struct Factory<TKind>(Parameter<T> inputWeights, Parameter<T> recurrentWeights, Parameter<T> bias, Parameter<T>? candidateBias) : ILaneFactory<T, RecurrentEngine<T>>
        where TKind : struct, IRecurrentEquations
    {
        public RecurrentEngine<T> Create<TLane>()
            where TLane : unmanaged, ILane<TLane, T> => new RecurrentEngine<T, TKind, TLane>(inputWeights, recurrentWeights, bias, candidateBias);
    }
}

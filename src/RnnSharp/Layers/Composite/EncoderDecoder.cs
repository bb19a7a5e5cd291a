using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Layers;

/// <summary>
/// Maps one sequence to another (Sutskever, Vinyals and Le 2014; Cho et al. 2014): the encoder reads the source, and its final state is the
/// initial state of the decoder. The gradient flows back the same way. The encoder's output fills the memory of each
/// <see cref="AttentionLayer{T}"/> of the decoder, and is not used without one: every leaf called <see cref="AttentionLayer{T}.MemoryLeaf"/> that is
/// followed by one called <see cref="AttentionLayer{T}.MaskLeaf"/>, also of a layer of your own, receives it.
/// <para>The layer's input and output are those of the decoder. Its state is the one that is handed over: that of the encoder before the
/// source, and that of the decoder after it. A call without a source skips the encoder and starts the decoder from the given state, so that a
/// state filled by <see cref="Encode"/> can be continued with <see cref="Layer{T}.Step"/> and <see cref="FreeRunning.Generate"/> if the
/// decoder streams.</para>
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class EncoderDecoder<T> : CompositeLayer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly DecoderMemory<T> _memory;

    /// <summary>Combines an encoder and a decoder. Parameter names are prefixed with encoder and decoder: encoder.weight_ih.</summary>
    /// <param name="encoder">Reads the source; any layer with a state, or without one if the decoder has a memory.</param>
    /// <param name="decoder">Writes the output; its state has the same leaves as the encoder's, besides those of memories for the encoder's output.</param>
    /// <exception cref="ArgumentException">A layer is null, they have a layer in common, their states have different leaves, the decoder has neither a state nor a memory, or a memory is not for the encoder's output size.</exception>
    public EncoderDecoder(ILayer<T> encoder, ILayer<T> decoder)
        : base(Check.NotNull(decoder).InputSize, decoder.OutputSize, RequireEachLayerOnce([new("encoder", Check.NotNull(encoder)), new("decoder", decoder)], nameof(decoder)))
    {
        State<T> read = encoder.CreateState(1), written = decoder.CreateState(1);
        _memory = new DecoderMemory<T>(written, encoder.OutputSize);
        if (read.Leaves.Count == 0 && !_memory.Exists) throw Check.Shape(nameof(encoder), "a layer with a state, through which the decoder learns about the source", "one without");
        if (!read.Leaves.Select(Leaf).SequenceEqual(_memory.Others(written).Select(Leaf), StringComparer.Ordinal))
            throw Check.Shape(nameof(decoder), $"a state of {Leaves(read.Leaves)} (the encoder's leaves){(_memory.Exists ? " besides its memory" : "")}", Leaves([.. _memory.Others(written)]));
        Encoder = encoder;
        Decoder = decoder;
        TakesFeatures = AcceptsFeatures(decoder);

        static string Leaf(StateLeaf<T> leaf) => $"{leaf.Name} {leaf.Size}";

        static string Leaves(IReadOnlyList<StateLeaf<T>> leaves) => leaves.Count == 0 ? "none" : string.Join(", ", leaves.Select(Leaf));
    }

    /// <summary>Reads the source.</summary>
    public ILayer<T> Encoder { get; }

    /// <summary>Writes the output.</summary>
    public ILayer<T> Decoder { get; }

    /// <inheritdoc/>
    public override bool IsStreaming => Decoder.IsStreaming;

    /// <inheritdoc/>
    protected override bool TakesFeatures { get; }

    /// <inheritdoc/>
    public override State<T> CreateState(int batch) => new([Decoder.CreateState(batch)]);

    /// <inheritdoc/>
    public override Gradients<T> CreateGradients() => new(this, [Encoder.CreateGradients(), Decoder.CreateGradients()], CreateState(1));

    /// <inheritdoc/>
    protected override ForwardPass<T> CreatePassCore() => new EncoderDecoderPass(this);

    /// <summary>
    /// Reads a source and computes the output for a given input of the decoder (teacher forcing: the target delayed by one step). Backward
    /// on the pass gives the gradients of both layers; that of the source is the Input of part 0 of the gradients.
    /// </summary>
    /// <param name="source">Encoder.InputSize × batch × steps, with lengths of its own. It is not copied: do not change it until Backward is done.</param>
    /// <param name="input">InputSize × batch × steps. It is not copied: do not change it until Backward is done.</param>
    /// <param name="initialState">The encoder's state before the source; zero when null.</param>
    /// <param name="reuse">An earlier pass of this layer, to be overwritten.</param>
    /// <returns>The pass; <paramref name="reuse"/> itself when that is given.</returns>
    /// <exception cref="ArgumentException">A shape does not fit, or the pass to reuse belongs to another layer.</exception>
    public ForwardPass<T> Forward(Sequence<T> source, Sequence<T> input, State<T>? initialState = null, ForwardPass<T>? reuse = null)
    {
        CheckSource(source, input);
        if (reuse is not null && ReferenceEquals(reuse.Output, source)) throw new ArgumentException("Expected a pass whose output is not the source, which would be overwritten.", nameof(reuse));
        ForwardPass<T> pass = reuse ?? CreatePass();
        if (pass is not EncoderDecoderPass chain) throw new ArgumentException("Expected a pass of this layer, got one of another layer.", nameof(reuse));
        chain.Source = source;
        try
        {
            return Forward(input, initialState, pass);
        }
        finally
        {
            chain.Source = null;
        }
    }

    /// <summary>Reads a source and computes the output for a given input of the decoder, without keeping a tape. The result equals that of Forward bit for bit, except for layers with random masks.</summary>
    /// <param name="source">Encoder.InputSize × batch × steps.</param>
    /// <param name="input">InputSize × batch × steps.</param>
    /// <param name="state">The encoder's state before the source; on return, the decoder's state after the last step. If null, it starts from zero and is discarded.</param>
    /// <param name="reuse">A sequence that receives the output; not the input itself.</param>
    /// <returns>The output, with the input's lengths; <paramref name="reuse"/> itself when that is given.</returns>
    /// <exception cref="ArgumentException">A shape does not fit.</exception>
    public Sequence<T> Predict(Sequence<T> source, Sequence<T> input, State<T>? state = null, Sequence<T>? reuse = null)
    {
        CheckSource(source, input);
        CheckReuse(input, reuse);
        state ??= CreateState(input.Batch);
        Encode(source, state);
        return Predict(input, state, reuse);
    }

    /// <summary>Reads a source: advances a state from before the source to the initial state of the decoder.</summary>
    /// <param name="source">Encoder.InputSize × batch × steps.</param>
    /// <param name="state">A state of this layer; clear it before a source that does not continue an earlier one.</param>
    /// <exception cref="ArgumentException">A shape does not fit.</exception>
    public void Encode(Sequence<T> source, State<T> state)
    {
        CheckSource(source);
        ArgumentNullException.ThrowIfNull(state);
        StateShape.RequireLike(state, source.Batch, nameof(state));
        if (state.Scratch is not EncoderScratch scratch || !ReferenceEquals(scratch.Encoder, Encoder)) state.Scratch = scratch = new EncoderScratch(Encoder);
        scratch.State.Resize(source.Batch);
        _memory.CopyOthers(state, scratch.State);
        Check.Reused(Encoder.Predict(source, scratch.State, scratch.Output), scratch.Output, Encoder);
        _memory.Require(scratch.Output);
        _memory.CopyToOthers(scratch.State, state);
        _memory.Fill(scratch.Output, state);
    }

    /// <inheritdoc/>
    internal override int StepsAfter(int inputSteps) => StepsAfter(Decoder, inputSteps);

    /// <inheritdoc/>
    protected override LayerReport<T> Report(int batch, int steps) => LayerReport<T>.Joined(
        this,
        LayerReport<T>.Of(Decoder, batch, steps).OutputSteps,
        [new LayerReportPart<T>("encoder", Encoder, steps), new LayerReportPart<T>("decoder", Decoder, steps)],
        LayerReport<T>.StateBytes(Encoder, batch) + LayerReport<T>.StateBytes(Decoder, batch));

    /// <inheritdoc/>
    protected override void Run(ForwardPass<T> pass, Sequence<T> input, State<T>? initialState)
    {
        var chain = (EncoderDecoderPass)pass;
        State<T>? handed = initialState?.Parts[0];
        chain.HasSource = chain.Source is not null;
        if (chain.Source is not null)
        {
            chain.Start.Resize(input.Batch);
            if (initialState is null) chain.Start.Clear();
            else _memory.CopyOthers(initialState, chain.Start);
            chain.Encode(chain.Source);
            _memory.Require(chain.Encoder.Output);
            handed = chain.Handed;
            handed.Resize(input.Batch);
            _memory.CopyToOthers(chain.Encoder.FinalState, handed);
            _memory.Fill(chain.Encoder.Output, handed);
        }

        chain.Decode(input, handed);
        chain.ShareOutput(1);
    }

    /// <inheritdoc/>
    protected override void RunBackward(ForwardPass<T> pass, Sequence<T>? outputGradient, State<T>? finalStateGradient, bool inputGradient, bool accumulate, Gradients<T> gradients)
    {
        var chain = (EncoderDecoderPass)pass;
        if (chain.HasSource) chain.Encoder.RequireUnchanged(nameof(pass));
        Gradients<T> encoder = gradients.Parts[0], decoder = gradients.Parts[1];
        chain.BackwardOfDecoder(outputGradient, finalStateGradient?.Parts[0], inputGradient, accumulate, gradients);
        gradients.ShareInput(decoder.Input);
        if (!chain.HasSource)
        {
            if (!accumulate) encoder.ClearUnused();
            encoder.ShareInput(null);
            Copy(decoder.InitialState, gradients.InitialState);
            return;
        }

        var handed = (HandedGradients)(gradients.Scratch ??= new HandedGradients(Encoder));
        handed.State.Resize(pass.Input.Batch);
        _memory.CopyOthers(decoder.InitialState, handed.State);
        chain.BackwardOfEncoder(_memory.Gather(decoder.InitialState, chain.Encoder.Output, handed.Output), handed.State, inputGradient, accumulate, gradients);

        // The memory before the source is overwritten.
        gradients.InitialState.Clear();
        _memory.CopyToOthers(encoder.InitialState, gradients.InitialState);
    }

    /// <inheritdoc/>
    protected override void CheckInput(Sequence<T> input)
    {
        base.CheckInput(input);
        CheckPart(1, input);
    }

    /// <inheritdoc/>
    protected override void RunPredict(Sequence<T> input, State<T> state, Sequence<T> output) => Check.Reused(Decoder.Predict(input, state.Parts[0], output), output, Decoder);

    /// <inheritdoc/>
    protected override void RunStep(StepInput<T> input, State<T> state, Span<T> output) => Decoder.Step(input, state.Parts[0], output);

    internal override BoundStep<T> Bind(State<T> state, int batch) => BoundStep<T>.Of(Decoder, state.Parts[0], batch);

    /// <summary>Copies the values of a state with the same leaves, however they are nested.</summary>
    private static void Copy(State<T> from, State<T> to)
    {
        for (int i = 0; i < to.LeafArray.Length; i++) from.LeafArray[i].Values.CopyTo(to.LeafArray[i].Values);
    }

    private void CheckSource(Sequence<T> source)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (source.Features != Encoder.InputSize) throw Check.Shape(nameof(source), $"{Encoder.InputSize} x batch x steps (the features are the encoder's input size)", source.Describe());
        CheckPart(0, source);
        _memory.RequireRoom(source, Encoder);
    }

    private void CheckSource(Sequence<T> source, Sequence<T> input)
    {
        CheckSource(source);
        CheckInput(input);
        if (source.Batch != input.Batch) throw Check.Shape(nameof(source), $"a batch of {input.Batch} (the input's)", source.Describe());
    }

    /// <summary>The passes of both layers. The output and the final state are the decoder's.</summary>
    private sealed class EncoderDecoderPass(EncoderDecoder<T> layer) : CompositePass<T>(layer)
    {
        /// <summary>The source of the current call, or null.</summary>
        public Sequence<T>? Source { get; set; }

        /// <summary>Whether the call that made the pass had a source.</summary>
        public bool HasSource { get; set; }

        public ForwardPass<T> Encoder => Parts[0];

        /// <summary>The encoder's state before the source.</summary>
        public State<T> Start { get; } = layer.Encoder.CreateState(1);

        /// <summary>The decoder's state before the input.</summary>
        public State<T> Handed { get; } = layer.Decoder.CreateState(1);

        public void Encode(Sequence<T> source) => ForwardFrom(0, source, Start);

        public void Decode(Sequence<T> input, State<T>? start) => ForwardFrom(1, input, start);

        public void BackwardOfDecoder(Sequence<T>? outputGradient, State<T>? finalStateGradient, bool inputGradient, bool accumulate, Gradients<T> gradients) =>
            BackwardTo(1, outputGradient, finalStateGradient, inputGradient, accumulate, gradients);

        public void BackwardOfEncoder(Sequence<T>? outputGradient, State<T> finalStateGradient, bool inputGradient, bool accumulate, Gradients<T> gradients) =>
            BackwardTo(0, outputGradient, finalStateGradient, inputGradient, accumulate, gradients);

        private protected override bool HasRun(int part) => part == 1 || HasSource;

        /// <summary>The final state is the decoder's alone.</summary>
        protected override void SetFinalState() => JoinFinalStates(Parts[1]);
    }

    /// <summary>The gradients of what the encoder hands to the decoder; kept with the gradients.</summary>
    private sealed class HandedGradients(ILayer<T> encoder)
    {
        public State<T> State { get; } = encoder.CreateState(1);

        public Sequence<T> Output { get; } = new(encoder.OutputSize, 1, 0);
    }

    /// <summary>The scratch memory of Encode; held by the state.</summary>
    private sealed class EncoderScratch(ILayer<T> encoder)
    {
        public ILayer<T> Encoder { get; } = encoder;

        public State<T> State { get; } = encoder.CreateState(1);

        public Sequence<T> Output { get; } = new(encoder.OutputSize, 1, 0);
    }
}

using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>The base class of all recurrent layers: sizes, parameters, and the engine that runs the equations of a cell over time.</summary>
/// <typeparam name="T">float or double.</typeparam>
public abstract class RecurrentLayer<T> : Layer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const string CellState = "cell_state";
    private const string HiddenState = "hidden_state";

    private readonly RecurrentEngine<T> _engine;

    private protected RecurrentLayer(RecurrentEngine<T> engine, int? seed)
        : base(engine.InputSize, engine.StateSize)
    {
        _engine = engine;
        Parameters = engine.Parameters.All;
        ParameterNames = Array.ConvertAll(engine.Parameters.All, parameter => parameter.Name);
        GateNames = engine.KeepsGates ? [.. engine.Spec.SavesGates ? engine.Spec.Sums : [], .. engine.Spec.HasCellState ? (string[])[CellState] : []] : [];
        Initializers.UniformByHiddenSize(engine.Parameters.All.Where(parameter => parameter != engine.Parameters.Gains), engine.HiddenSize, Initializers.Generator(seed));
        engine.Parameters.Gains?.Update(0, static (values, _) => values.Fill(T.One));
    }

    /// <summary>The number of units: the features of the cell state and, unless it is projected, of the output.</summary>
    public int HiddenSize => _engine.HiddenSize;

    /// <summary>The weights of the input, gates stacked by rows: (gates·HiddenSize) × InputSize.</summary>
    public Parameter<T> InputWeights => _engine.Parameters.InputWeights;

    /// <summary>The weights of the previous hidden state, gates stacked by rows: (gates·HiddenSize) × OutputSize.</summary>
    /// <exception cref="InvalidOperationException">The layer has no recurrent weights.</exception>
    public Parameter<T> RecurrentWeights => _engine.Parameters.RecurrentWeights ?? throw new InvalidOperationException("The layer has no recurrent weights.");

    /// <summary>The bias, gates stacked by rows: (gates·HiddenSize) × 1.</summary>
    /// <exception cref="InvalidOperationException">The layer's <see cref="RecurrentOptions.Bias"/> is not <see cref="RecurrentBias.Merged"/>.</exception>
    public Parameter<T> Bias => BiasOf(RecurrentBias.Merged) ? _engine.Parameters.Bias! : throw new InvalidOperationException(BiasOf(RecurrentBias.None) ? "The layer has no bias." : $"The layer has two biases: {nameof(InputBias)} and {nameof(HiddenBias)}.");

    /// <summary>PyTorch's bias_ih, gates stacked by rows: (gates·HiddenSize) × 1; null unless the biases are separate.</summary>
    public Parameter<T>? InputBias => BiasOf(RecurrentBias.Separate) ? _engine.Parameters.Bias : null;

    /// <summary>PyTorch's bias_hh, gates stacked by rows: (gates·HiddenSize) × 1; null unless the biases are separate.</summary>
    public Parameter<T>? HiddenBias => BiasOf(RecurrentBias.Separate) ? _engine.Parameters.RecurrentBias : null;

    /// <summary>
    /// The bias of the last gate's recurrent side, HiddenSize × 1, where the cell splits that gate, as the candidate of a GRU (b_hn, which the
    /// reset gate multiplies). Null if it is not a parameter of its own: in other cells, as in a GRU with
    /// <see cref="GruOptions.ResetBefore"/>, without biases, and with separate biases, where it is the last block of <see cref="HiddenBias"/>.
    /// </summary>
    public Parameter<T>? CandidateBias => BiasOf(RecurrentBias.Merged) ? _engine.Parameters.RecurrentBias : null;

    /// <summary>
    /// The weights that apply to a single unit (<see cref="IRecurrentEquations.UnitWeights"/>; the peepholes of an LSTM), stacked by rows:
    /// (number·HiddenSize) × 1; null for a layer without.
    /// </summary>
    public virtual Parameter<T>? UnitWeights => _engine.Parameters.UnitWeights;

    /// <summary>The weights of the projection, OutputSize × HiddenSize; null without a projection.</summary>
    public Parameter<T>? ProjectionWeights => _engine.Parameters.Projection;

    /// <summary>The layer's options.</summary>
    public abstract RecurrentOptions Options { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter<T>> Parameters { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> ParameterNames { get; }

    /// <summary>
    /// The gains of normalized sums, (sums·HiddenSize) × 1: stacked by rows in the order of the gates, with that of a split last gate's
    /// recurrent side after them; null without layer normalization.
    /// </summary>
    public Parameter<T>? NormalizationGains => _engine.Parameters.Gains;

    /// <summary>
    /// The seed of the masks of recurrent dropout and zoneout, given or chosen at random; null for a layer with neither. Model files store
    /// it, so that a loaded layer draws the same masks.
    /// </summary>
    public int? MaskSeed => _engine.MaskSeed;

    /// <summary>
    /// The names that <see cref="GetGate"/> takes: input_gate, forget_gate, candidate, output_gate and cell_state for an LSTM, for example.
    /// Empty if the layer's passes save nothing but the hidden states, as those of <see cref="RnnLayer{T}"/> and with
    /// <see cref="RecurrentOptions.CheckpointSteps"/>.
    /// </summary>
    public IReadOnlyList<string> GateNames { get; }

    /// <inheritdoc/>
    public override bool IsStreaming => true;

    /// <inheritdoc/>
    public override State<T> CreateState(int batch) => _engine.Spec.HasCellState
        ? new State<T>(batch, ("h", OutputSize), ("c", HiddenSize))
        : new State<T>(batch, ("h", OutputSize));

    /// <summary>
    /// Copies the values of a gate at every step of a pass: gates after their activation, the cell state after the step. Values past an
    /// example's end are zero.
    /// </summary>
    /// <param name="pass">A pass of this layer.</param>
    /// <param name="name">One of <see cref="GateNames"/>.</param>
    /// <returns>HiddenSize × batch × steps, with the lengths of the pass's input.</returns>
    /// <exception cref="ArgumentException">The layer has no gate with this name, or the pass belongs to another layer, is incomplete, or had its input or output resized.</exception>
    public Sequence<T> GetGate(ForwardPass<T> pass, string name)
    {
        ArgumentNullException.ThrowIfNull(pass);
        ArgumentNullException.ThrowIfNull(name);
        if (!ReferenceEquals(pass.Layer, this)) throw new ArgumentException("Expected a pass of this layer, got one of another layer.", nameof(pass));
        pass.RequireUnchanged(nameof(pass));
        int gate = 0;
        while (gate < GateNames.Count && !string.Equals(GateNames[gate], name, StringComparison.Ordinal)) gate++;
        if (gate == GateNames.Count) throw Check.Shape(nameof(name), GateNames.Count == 0 ? "no name, because passes of this layer save no gates" : $"one of {string.Join(", ", GateNames)}", name);
        var values = new Sequence<T>(HiddenSize, pass.InputShape.Batch, pass.InputShape.Steps);
        values.TakeLengths(pass.InputLengths.Lengths);
        if (string.Equals(name, CellState, StringComparison.Ordinal)) _engine.CopyCellStates((RecurrentPass<T>)pass, values);
        else _engine.CopyGate((RecurrentPass<T>)pass, gate, values);
        return values;
    }

    /// <summary>
    /// Tells a visitor the layer's equations. With them and the public members of this class, a step of any layer can be written down without
    /// knowing its kind. With H = HiddenSize, G = TEquations.Gates, x the input, h and c the previous states, and block k of a parameter its
    /// rows k·H to (k + 1)·H - 1, which belong to gate k, one step outside of training is:
    /// <list type="number">
    /// <item>Products: W_k x with block k of <see cref="InputWeights"/>, and U_k h with block k of <see cref="RecurrentWeights"/>, which a
    /// layer has only if TEquations.HasRecurrentWeights (the property throws otherwise).</item>
    /// <item>Biases b_k: block k of <see cref="Bias"/>, of <see cref="InputBias"/> + <see cref="HiddenBias"/>, or zero, for an
    /// <see cref="Options"/>.Bias of Merged, Separate or None.</item>
    /// <item>Sums: s0 = W_0 x + U_0 h + b_0 and so on to s(G-1), in the order of the gates. There are two exceptions, in which L = G - 1 is
    /// the last gate:
    /// <para>If TEquations.SplitsLastGate, there are G + 1 sums: s0 = W_L x + b_L, where b_L is without the block of HiddenBias; s1 to s(G-1)
    /// are those of the gates 0 to G - 2; and sG = U_L h + b, where b is <see cref="CandidateBias"/> (Merged), block L of HiddenBias
    /// (Separate) or zero.</para>
    /// <para>If TEquations.ResetsHidden, s1 to s(G-1) are those of the gates 0 to G - 2 and are formed first; then
    /// s0 = W_L x + U_L TEquations.Reset(ref s1, weights, h) + b_L, with weights of <c>EquationWeights&lt;TVector&gt;()</c>.</para></item>
    /// <item>With <see cref="RecurrentOptions.LayerNormalization"/>, each sum u without its bias is replaced by
    /// gain∘(u - mean)/√(variance + 10⁻⁵) + bias, with mean and variance (divided by H) over its H units. Block k of
    /// <see cref="NormalizationGains"/> is the gain of the sum with W_k, and block G that of sG if the last gate is split.</item>
    /// <item>h' = TEquations.Forward(ref s0, ref s1, ref s2, ref s3, weights, h, c, out c'), unit by unit. Sums that the cell does not have are
    /// default(TVector). The weights come from <see cref="EquationWeights{TVector}"/>. h is read if TEquations.UsesPreviousHidden; c and c'
    /// exist if TEquations.HasCellState. The equations take default(TVector) for zero.</item>
    /// <item>c' = k∘c + (1 - k)∘c' with k = <see cref="LstmOptions.CellZoneout"/>.</item>
    /// <item>h' = <see cref="ProjectionWeights"/> h', if the layer has a projection.</item>
    /// <item>h' = k∘h + (1 - k)∘h' with k = <see cref="RecurrentOptions.HiddenZoneout"/>.</item>
    /// </list>
    /// h' is the output. Recurrent dropout applies only to training. A recording vector is a struct that implements
    /// <see cref="ISimdVector{TSelf, T}"/>. Limits and activations that the options set need nothing else: the equations take them from the
    /// weights and compute them with the vector's operations, an ELU with Tanh and WherePositive, for example. An exporter that has an
    /// operator for the whole cell reads them from <see cref="Options"/> instead.
    /// </summary>
    /// <param name="visitor">Receives the equations.</param>
    /// <typeparam name="TResult">What the visitor returns.</typeparam>
    /// <returns>What the visitor returned.</returns>
    public TResult Accept<TResult>(IEquationsVisitor<TResult> visitor)
    {
        ArgumentNullException.ThrowIfNull(visitor);
        return _engine.Spec.Equations.Accept(visitor);
    }

    /// <summary>
    /// The weights as the layer's equations take them: the given unit weights, together with what the equations read of the layer's options: limits and activations. Pass
    /// the blocks of <see cref="UnitWeights"/> for a vector of units, and default for those that the layer does not have.
    /// </summary>
    /// <param name="first">The first weight of each unit.</param>
    /// <param name="second">The second.</param>
    /// <param name="third">The third.</param>
    /// <typeparam name="TVector">A vector of units.</typeparam>
    public UnitWeights<TVector> EquationWeights<TVector>(TVector first = default, TVector second = default, TVector third = default)
        where TVector : unmanaged, ISimdVector<TVector, T> => new(first, second, third) { CellLimit = TVector.Broadcast(_engine.Spec.Settings.CellLimit is > 0 and var limit ? T.CreateChecked(limit) : T.PositiveInfinity), Settings = _engine.Spec.Settings };

    internal override IEnumerable<string> StepValueNames => [.. GateNames, HiddenState];

    internal override Sequence<T>? CopyStepValues(ForwardPass<T> pass, string name)
    {
        if (string.Equals(name, HiddenState, StringComparison.Ordinal)) return pass.Output.ConvertTo<T>();
        return GateNames.Contains(name, StringComparer.Ordinal) ? GetGate(pass, name) : null;
    }

    internal override BoundStep<T> Bind(State<T> state, int batch) => _engine.Bind(state, batch);

    /// <summary>The engine's buffer with the given name, for tests.</summary>
    internal WorkBuffer BufferNamed(string name) => _engine.Workspace.Buffers.Single(buffer => string.Equals(buffer.Name, name, StringComparison.Ordinal));

    /// <inheritdoc/>
    protected override ForwardPass<T> CreatePassCore() => new RecurrentPass<T>(this);

    /// <inheritdoc/>
    protected override LayerReport<T> Report(int batch, int steps)
    {
        LayerReport<T> plain = base.Report(batch, steps);
        return (plain with
        {
            MultiplyAdds = long.CreateSaturating(((Int128)InputWeights.Count + (_engine.Parameters.RecurrentWeights?.Count ?? 0) + (_engine.Parameters.Projection?.Count ?? 0)) * steps),
            TapeBytes = long.CreateSaturating((Int128)plain.TapeBytes + LayerReport<T>.Bytes(_engine.TapeElements(batch, steps))),
        }).With(Words);
    }

    /// <summary>The options in use, as texts for <see cref="object.ToString"/> and summaries.</summary>
    private protected abstract IEnumerable<string> Words { get; }

    /// <inheritdoc/>
    protected override void Run(ForwardPass<T> pass, Sequence<T> input, State<T>? initialState)
    {
        var tape = (RecurrentPass<T>)pass;
        CapturedInput<T> captured = pass.Captured();
        Check.ArrayLength(_engine.LongestBuffer(captured.Batch, captured.Shape.Steps) + AlignedBuffer<T>.Slack, nameof(input));
        PackedWeights<T> weights = _engine.Packs.Acquire();
        try
        {
            pass.Begin(weights.Version);
            _engine.Forward(tape, captured, initialState, weights);
        }
        finally
        {
            weights.Release();
        }
    }

    /// <inheritdoc/>
    protected override void RunPredict(Sequence<T> input, State<T> state, Sequence<T> output)
    {
        RecurrentScratch<T> scratch = ScratchOf(state);
        var captured = new CapturedInput<T>(input, InputSize, scratch.Lengths);
        PackedWeights<T> weights = _engine.Packs.Acquire();
        try
        {
            _engine.Predict(captured, weights, state, output, scratch);
        }
        finally
        {
            weights.Release();
        }
    }

    /// <inheritdoc/>
    protected override void RunStep(StepInput<T> input, State<T> state, Span<T> output)
    {
        RecurrentScratch<T> scratch = ScratchOf(state);
        PackedWeights<T> weights = _engine.Packs.Acquire();
        try
        {
            _engine.Step(input.FeatureSpan, input.TokenSpan, weights, state, output, scratch);
        }
        finally
        {
            weights.Release();
        }
    }

    /// <inheritdoc/>
    protected override void RunBackward(ForwardPass<T> pass, Sequence<T>? outputGradient, State<T>? finalStateGradient, bool inputGradient, bool accumulate, Gradients<T> gradients)
    {
        PackedWeights<T> weights = _engine.Packs.Acquire();
        try
        {
            if (weights.Version != pass.Version || !_engine.Packs.EnsureTransposed(weights))
                throw new ArgumentException("Expected a pass made with the current parameters, but a parameter changed during the call.", nameof(pass));
            var scratch = (RecurrentBackwardScratch<T>)(gradients.Scratch ??= new RecurrentBackwardScratch<T>());
            gradients.PrepareInput(pass.Captured(), inputGradient);
            _engine.Backward((RecurrentPass<T>)pass, weights, outputGradient, finalStateGradient, accumulate, gradients, scratch);
        }
        finally
        {
            weights.Release();
        }
    }

    /// <summary>Creates the engine of a layer: fused if possible, otherwise staged. The candidate's activation is that of the options if null.</summary>
    /// <exception cref="ArgumentException">A size or an option is out of range.</exception>
    private protected static RecurrentEngine<T> CreateEngine<TEquations>(int inputSize, int hiddenSize, int? seed, RecurrentOptions options, Activation? candidate = null)
        where TEquations : struct, IRecurrentEquations
    {
        Check.Positive(hiddenSize);
        Check.Positive(inputSize);
        CellSpec spec = options.Spec<TEquations>();
        if (candidate is { } activation) spec = spec with { Settings = spec.Settings with { Candidate = activation } };
        if ((options.Fault(hiddenSize) ?? spec.Fault(options.RecurrentDropout)) is { } fault) throw Check.Shape(nameof(options), fault.Expected, fault.Actual);
        var parameters = new RecurrentParameters<T>(spec, inputSize, hiddenSize);
        if (!options.IsPlain || !spec.CanBeFused) return StagedEngine.Create<T, TEquations>(parameters, options.Stages(seed), options.CheckpointSteps);

        // A pass that keeps nothing but the output has nothing to compute again.
        return RecurrentEngine<T>.Create<TEquations>(parameters, spec.SavesGates || spec.HasCellState ? options.CheckpointSteps : null);
    }

    private bool BiasOf(RecurrentBias bias) => _engine.Spec.Bias == bias;

    // Not the generic helper of the base class, which makes a step of a small layer 5 to 10 % slower.
    private static RecurrentScratch<T> ScratchOf(State<T> state) => state.Scratch as RecurrentScratch<T> ?? (RecurrentScratch<T>)(state.Scratch = new RecurrentScratch<T>());
}

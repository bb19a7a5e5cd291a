using System.Numerics;
using MathNet.Numerics.LinearAlgebra;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>What all recurrent layers have in common: sizes, parameters, and the engine that runs their equations over time.</summary>
/// <typeparam name="T">float or double.</typeparam>
public abstract class RecurrentLayer<T> : Layer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly RecurrentEngine<T> _engine;

    private protected RecurrentLayer(RecurrentEngine<T> engine, int? seed)
        : base(engine.InputSize, engine.StateSize)
    {
        _engine = engine;
        Parameters = engine.AllParameters;
        ParameterNames = [.. engine.AllParameters.Select(parameter => parameter.Name)];
        Initializers.UniformByHiddenSize(engine.AllParameters.Where(parameter => parameter != engine.Parameters.Gains), engine.HiddenSize, Initializers.Generator(seed));
        engine.Parameters.Gains?.Update(0, static (values, _) => values.Fill(T.One));
    }

    /// <summary>Units: features of the cell state and, unless the hidden state is projected, of the output.</summary>
    public int HiddenSize => _engine.HiddenSize;

    /// <summary>Weights of the input, gates stacked by rows: (gates·HiddenSize) × InputSize.</summary>
    public Parameter<T> InputWeights => _engine.Parameters.InputWeights;

    /// <summary>Weights of the previous hidden state, gates stacked by rows: (gates·HiddenSize) × OutputSize.</summary>
    public Parameter<T> RecurrentWeights => _engine.Parameters.RecurrentWeights;

    /// <summary>Bias, gates stacked by rows: (gates·HiddenSize) × 1.</summary>
    public Parameter<T> Bias => _engine.Parameters.Bias;

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter<T>> Parameters { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> ParameterNames { get; }

    /// <summary>The gains of normalised sums, stacked as the biases are: (sums·HiddenSize) × 1; null without layer normalisation.</summary>
    public Parameter<T>? NormalizationGains => _engine.Parameters.Gains;

    /// <summary>
    /// The seed of the masks of recurrent dropout and zoneout, given or drawn; null of a layer without. It is saved with the layer,
    /// which draws the same masks when it is loaded.
    /// </summary>
    public int? MaskSeed => _engine.MaskSeed;

    private protected RecurrentParameters<T> EngineParameters => _engine.Parameters;

    /// <inheritdoc/>
    public override bool IsStreaming => true;

    /// <inheritdoc/>
    public override State<T> CreateState(int batch) => _engine.Kind.HasCell
        ? new State<T>(batch, ("h", OutputSize), ("c", HiddenSize))
        : new State<T>(batch, ("h", OutputSize));

    /// <summary>One slot of a step on a pass's tape, as a HiddenSize × batch matrix.</summary>
    internal Matrix<T> SlotMatrix(ForwardPass<T> pass, int step, int slot)
    {
        var values = new T[HiddenSize * pass.Output.Batch];
        _engine.CopySlot((RecurrentPass<T>)pass, step, slot, values);
        return Matrix<T>.Build.Dense(HiddenSize, pass.Output.Batch, values);
    }

    /// <summary>The engine's buffer of a name, for tests.</summary>
    internal WorkBuffer BufferNamed(string name) => _engine.Workspace.Buffers.Single(buffer => string.Equals(buffer.Name, name, StringComparison.Ordinal));

    /// <inheritdoc/>
    public override ForwardPass<T> CreatePass() => new RecurrentPass<T>(this);

    /// <inheritdoc/>
    protected override LayerReport<T> Report(int batch, int steps)
    {
        LayerReport<T> plain = base.Report(batch, steps);
        return (plain with
        {
            MultiplyAdds = ((long)InputWeights.Count + RecurrentWeights.Count + (EngineParameters.Projection?.Count ?? 0)) * steps,
            TapeBytes = plain.TapeBytes + LayerReport<T>.Bytes(_engine.TapeElements(batch, steps)),
        }).With(Words);
    }

    /// <summary>What the layer's options are, in words for people.</summary>
    private protected abstract IEnumerable<string> Words { get; }

    /// <inheritdoc/>
    protected override void Run(ForwardPass<T> pass, Sequence<T> input, State<T>? initialState)
    {
        Check.ArrayLength(_engine.LongestBuffer(input.Batch, input.Steps) + AlignedBuffer<T>.Slack, nameof(input));
        Prepare(pass, input);
        PackedWeights<T> weights = _engine.Packs.Acquire();
        try
        {
            pass.Begin(input, weights.Version);
            _engine.Forward((RecurrentPass<T>)pass, input, initialState, weights);
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
        PackedWeights<T> weights = _engine.Packs.Acquire();
        try
        {
            _engine.Predict(input, weights, state.Leaves[0].Values, _engine.Kind.HasCell ? state.Leaves[1].Values : default, output, scratch);
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
            _engine.Step(input.FeatureSpan, input.TokenSpan, weights, state.Leaves[0].Values, _engine.Kind.HasCell ? state.Leaves[1].Values : default, output, state.Batch, scratch);
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
                throw new ArgumentException("Expected a pass made with the parameters as they are now, but a parameter was written during the call.", nameof(pass));
            var scratch = (RecurrentBackwardScratch<T>)(gradients.Scratch ??= new RecurrentBackwardScratch<T>());
            gradients.PrepareInput(pass.Input, inputGradient);
            _engine.Backward((RecurrentPass<T>)pass, weights, outputGradient, finalStateGradient, accumulate, gradients, scratch);
        }
        finally
        {
            weights.Release();
        }
    }

    /// <summary>The parameters of a kind: those that all have, and what the options ask for.</summary>
    private protected static RecurrentParameters<T> ParametersOf(int gates, int inputSize, int hiddenSize, RecurrentOptions? options, int sums, int? stateSize = null)
    {
        int rows = Rows(gates, hiddenSize);
        Check.Positive(inputSize);
        if (options?.Fault(hiddenSize) is { } fault) throw Check.Shape(nameof(options), fault.Expected, fault.Actual);
        return new RecurrentParameters<T>(
            Weights("weight_ih", rows, inputSize, nameof(inputSize)),
            Weights("weight_hh", rows, stateSize ?? hiddenSize, nameof(hiddenSize)),
            new Parameter<T>("bias", rows, 1))
        {
            Gains = options is { LayerNormalization: true } ? new Parameter<T>("weight_norm", Rows(sums, hiddenSize), 1) : null,
        };
    }

    /// <summary>The engine of a kind whose options are those that every kind has.</summary>
    private protected static RecurrentEngine<T> EngineOf<TKind>(RecurrentParameters<T> parameters, int? seed, RecurrentOptions? options)
        where TKind : struct, IRecurrentEquations =>
        options is null or { IsPlain: true } ? RecurrentEngine<T>.Create<TKind>(parameters) : StagedEngine.Create<T, Staged<TKind>>(parameters, options.Stages(seed));

    /// <summary>A matrix that is too large is refused by the name of the layer's argument, not the parameter's.</summary>
    private static Parameter<T> Weights(string name, int rows, int columns, string argument)
    {
        Check.ArrayLength((long)rows * columns, argument);
        return new Parameter<T>(name, rows, columns);
    }

    private static int Rows(int gates, int hiddenSize) =>
        Check.ArrayLength((long)gates * Check.Positive(hiddenSize), nameof(hiddenSize));

    private static RecurrentScratch<T> ScratchOf(State<T> state) => (RecurrentScratch<T>)(state.Scratch ??= new RecurrentScratch<T>());
}

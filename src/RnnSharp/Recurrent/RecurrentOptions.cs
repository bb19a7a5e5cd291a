namespace RnnSharp.Recurrent;

/// <summary>The options of every recurrent layer. All are off by default.</summary>
public abstract record RecurrentOptions
{
    private protected RecurrentOptions()
    {
    }

    /// <summary>Which biases the layer has; a single merged one by default.</summary>
    public RecurrentBias Bias { get; init; }

    /// <summary>
    /// Normalizes the sums of each gate over the units, before gain and bias: s = gain∘(u - mean)/√(variance + 10⁻⁵) + bias with
    /// u = W x + U h (Ba, Kiros and Hinton 2016, each gate by itself). The two products of a GRU's candidate are
    /// normalized separately. Adds the parameter <c>weight_norm</c>, with initial gains of 1.
    /// </summary>
    public bool LayerNormalization { get; init; }

    /// <summary>
    /// The fraction of h that is dropped before each gate's recurrent product in training, at least 0 and below 1. Each gate has its own mask, drawn
    /// per example and the same at every step (Gal and Ghahramani 2016); what remains is scaled by 1 / (1 - rate). The masks depend on the
    /// layer's seed, the pass's <see cref="ForwardPass{T}.Draw"/>, the batch and the steps. Predict and Step drop nothing.
    /// </summary>
    public double RecurrentDropout { get; init; }

    /// <summary>
    /// The fraction of h that keeps its value from the previous step, at least 0 and below 1: drawn per unit, example and step in training,
    /// and replaced by its expectation in Predict and Step (zoneout; Krueger et al. 2017).
    /// </summary>
    public double HiddenZoneout { get; init; }

    /// <summary>
    /// The largest magnitude of a gate's sum before its activation, with bias and peepholes: above 0 and within float's range (ONNX's clip). A
    /// clipped sum gets no gradient. A custom cell does not support it.
    /// </summary>
    public double? Clip { get; init; }

    /// <summary>
    /// Saves memory in training on long sequences: a pass keeps the state only every so many steps, and Backward computes the steps in
    /// between again, segment by segment, which costs the time of another forward pass (activation recomputation; Chen et al. 2016). The gradients are
    /// the same to the last bit, but the pass has no gates (<see cref="RecurrentLayer{T}.GateNames"/>). The number of steps is at least 1, and
    /// is rounded up to whole blocks of up to 1,024 steps times examples, or of one step if there are more examples; 0 chooses about the square
    /// root of the number of steps, so that the memory besides the output grows with that root; null, the default, keeps everything. A layer
    /// whose pass keeps only the output, as a plain tanh or ReLU layer's does, ignores it.
    /// </summary>
    public int? CheckpointSteps { get; init; }

    /// <summary>Whether training draws masks.</summary>
    internal virtual bool DrawsMasks => RecurrentDropout > 0 || HiddenZoneout > 0;

    /// <summary>Whether every option that changes a step is off, so that the layer runs only the equations of its cell.</summary>
    internal abstract bool IsPlain { get; }

    /// <summary>Whether every option of this class that changes a step is off.</summary>
    private protected bool CommonOptionsAreOff => !LayerNormalization && RecurrentDropout == 0 && HiddenZoneout == 0 && !IsConfigured;

    /// <summary>Whether an option asks for equations that read the <see cref="Settings"/>.</summary>
    internal virtual bool IsConfigured => Clip is not null;

    /// <summary>The options in use, as texts for <see cref="object.ToString"/> and summaries.</summary>
    internal virtual IEnumerable<string> Words()
    {
        if (Bias == RecurrentBias.Separate) yield return "separate biases";
        if (Bias == RecurrentBias.None) yield return "no bias";
        if (Clip is { } clip) yield return FormattableString.Invariant($"clip {clip}");
        if (LayerNormalization) yield return "layer normalization";
        if (RecurrentDropout > 0) yield return FormattableString.Invariant($"recurrent dropout {RecurrentDropout}");
        if (HiddenZoneout > 0) yield return FormattableString.Invariant($"hidden zoneout {HiddenZoneout}");
        if (CheckpointSteps is { } steps) yield return steps == 0 ? "checkpoints" : $"checkpoint every {steps} steps";
    }

    /// <summary>The first option that is out of range, as expected and actual values; null when all are valid.</summary>
    internal virtual (string Expected, string Actual)? Fault(int hiddenSize) =>
        (Enum.IsDefined(Bias) ? ((string, string)?)null : ("a Bias of Merged, Separate or None", $"{Bias}")) ?? RateFault(RecurrentDropout, nameof(RecurrentDropout)) ?? RateFault(HiddenZoneout, nameof(HiddenZoneout)) ?? LimitFault(Clip, nameof(Clip)) ?? (CheckpointSteps is < 0 ? ($"a {nameof(CheckpointSteps)} of at least 0", $"{CheckpointSteps}") : null);

    /// <summary>The structure of a layer with these equations and options.</summary>
    internal virtual CellSpec Spec<TEquations>()
        where TEquations : struct, IRecurrentEquations => CellSpec.Of<TEquations>() with { Bias = Bias, Normalizes = LayerNormalization, Settings = IsPlain ? CellSettings.Default : Settings };

    /// <summary>What the equations read of the options.</summary>
    internal virtual CellSettings Settings => CellSettings.Default with { SumLimit = Clip ?? 0 };

    internal virtual StagedOptions Stages(int? seed) => new(
        RecurrentDropout, HiddenZoneout, CellZoneout: 0, DrawsMasks ? seed ?? Random.Shared.Next(int.MinValue, int.MaxValue) : null);

    private protected static (string Expected, string Actual)? LimitFault(double? limit, string name) => limit is not { } value || ((float)value > 0 && float.IsFinite((float)value))
        ? null
        : ($"a {name} above 0 within float's range", FormattableString.Invariant($"{value}"));

    private protected static (string Expected, string Actual)? RateFault(double rate, string name) =>
        rate >= 0 && rate < 1 ? null : ($"a {name} of at least 0 and below 1", FormattableString.Invariant($"{rate}"));
}

namespace RnnSharp.Recurrent;

/// <summary>What every kind of recurrent layer can do besides its equations. All is off by default.</summary>
public record RecurrentOptions
{
    /// <summary>
    /// Normalises the sums of each gate over the units, before gain and bias: s = gain∘(u - mean)/√(variance + 10⁻⁵) + bias with
    /// u = W x + U h (Ba, Kiros and Hinton 2016, each gate by itself). A gated recurrent unit's candidate has its two products
    /// normalised apart. The layer has the parameter <c>weight_norm</c> then, gains of 1 at first.
    /// </summary>
    public bool LayerNormalization { get; init; }

    /// <summary>
    /// The share of h that the recurrent product of each gate does not see in training, 0 to below 1: a mask a gate, drawn for each
    /// example and the same at every step (Gal and Ghahramani 2016); what is left is scaled by 1 / (1 - rate). Masks depend on the layer's
    /// seed, the pass's <see cref="ForwardPass{T}.Draw"/>, and the batch and steps. Off in Predict and Step.
    /// </summary>
    public double RecurrentDropout { get; init; }

    /// <summary>
    /// The share of h that stays as it was before the step, 0 to below 1: drawn for each unit, example and step in training, and mixed by
    /// its expectation in Predict and Step (zoneout; Krueger et al. 2017).
    /// </summary>
    public double HiddenZoneout { get; init; }

    /// <summary>Whether nothing is asked for.</summary>
    internal virtual bool IsPlain => this is { LayerNormalization: false, RecurrentDropout: 0, HiddenZoneout: 0 };

    /// <summary>Whether training draws masks.</summary>
    internal virtual bool DrawsMasks => RecurrentDropout > 0 || HiddenZoneout > 0;

    /// <summary>What is on, in words for people, the layer's kind aside.</summary>
    internal virtual IEnumerable<string> Words()
    {
        if (LayerNormalization) yield return "layer normalization";
        if (RecurrentDropout > 0) yield return FormattableString.Invariant($"recurrent dropout {RecurrentDropout}");
        if (HiddenZoneout > 0) yield return FormattableString.Invariant($"hidden zoneout {HiddenZoneout}");
    }

    /// <summary>What is out of range: what was expected and what is there; null where all is well.</summary>
    internal virtual (string Expected, string Actual)? Fault(int hiddenSize) =>
        RateFault(RecurrentDropout, nameof(RecurrentDropout)) ?? RateFault(HiddenZoneout, nameof(HiddenZoneout));

    internal virtual StagedOptions Stages(int? seed) => new(
        LayerNormalization, RecurrentDropout, HiddenZoneout, CellZoneout: 0, CellClip: double.PositiveInfinity, DrawsMasks ? seed ?? Random.Shared.Next(int.MinValue, int.MaxValue) : null);

    private protected static (string Expected, string Actual)? RateFault(double rate, string name) =>
        rate >= 0 && rate < 1 ? null : ($"a {name} of 0 to below 1", FormattableString.Invariant($"{rate}"));
}

/// <summary>The forms of long short-term memory. They can be combined freely.</summary>
public sealed record LstmOptions : RecurrentOptions
{
    /// <summary>
    /// Features of the hidden state where it is a projection of o∘tanh(c), 1 to the number of units (Sak, Senior and Beaufays 2014;
    /// PyTorch's proj_size). The layer has the parameter <c>weight_hr</c> then.
    /// </summary>
    public int? ProjectionSize { get; init; }

    /// <summary>
    /// Shows the gates the cell state: the input and the forget gate that of the step before, the output gate the new one (Gers and
    /// Schmidhuber 2000). The layer has the parameter <c>weight_peephole</c> then.
    /// </summary>
    public bool Peepholes { get; init; }

    /// <summary>Makes the forget gate 1 - i (Greff et al. 2017; ONNX' input_forget): three blocks of rows, i, g, o.</summary>
    public bool CoupledGates { get; init; }

    /// <summary>The largest magnitude of a cell state, above 0 and within float's range; a state at the limit gets no gradient (Sak, Senior and Beaufays 2014).</summary>
    public double? CellClip { get; init; }

    /// <summary>The share of c that stays as it was before the step; see <see cref="RecurrentOptions.HiddenZoneout"/>. h is made of the c that would have been.</summary>
    public double CellZoneout { get; init; }

    internal override bool IsPlain => base.IsPlain && this is { ProjectionSize: null, Peepholes: false, CoupledGates: false, CellClip: null, CellZoneout: 0 };

    internal override bool DrawsMasks => base.DrawsMasks || CellZoneout > 0;

    internal override IEnumerable<string> Words()
    {
        if (ProjectionSize is { } size) yield return $"projection {size}";
        if (Peepholes) yield return "peepholes";
        if (CoupledGates) yield return "coupled gates";
        if (CellClip is { } clip) yield return FormattableString.Invariant($"cell clip {clip}");
        foreach (string word in base.Words()) yield return word;
        if (CellZoneout > 0) yield return FormattableString.Invariant($"cell zoneout {CellZoneout}");
    }

    internal override (string Expected, string Actual)? Fault(int hiddenSize)
    {
        if (base.Fault(hiddenSize) is { } fault) return fault;
        if (ProjectionSize is { } size && (size < 1 || size > hiddenSize)) return ($"a ProjectionSize of 1 to {hiddenSize} (the hidden size)", $"{size}");
        if (CellClip is { } clip && !((float)clip > 0 && float.IsFinite((float)clip))) return ("a CellClip above 0 within float's range", FormattableString.Invariant($"{clip}"));
        return RateFault(CellZoneout, nameof(CellZoneout));
    }

    internal override StagedOptions Stages(int? seed) => base.Stages(seed) with { CellZoneout = CellZoneout, CellClip = CellClip ?? double.PositiveInfinity };
}

/// <summary>The forms of the gated recurrent unit.</summary>
public sealed record GruOptions : RecurrentOptions
{
    /// <summary>
    /// Resets h before the candidate's product, n = tanh(W x + b + U (r∘h)), as Cho et al. 2014 first had it (ONNX' linear_before_reset = 0,
    /// Keras' reset_after = False), instead of after it, as PyTorch does. It has no second bias, and no layer normalisation here.
    /// </summary>
    public bool ResetBefore { get; init; }

    internal override bool IsPlain => base.IsPlain && !ResetBefore;

    internal override IEnumerable<string> Words() => ResetBefore ? base.Words().Prepend("reset before") : base.Words();

    internal override (string Expected, string Actual)? Fault(int hiddenSize) => base.Fault(hiddenSize) ?? (ResetBefore && LayerNormalization
        ? ("ResetBefore or LayerNormalization (the candidate's two products are normalised apart, which one made of the other cannot be)", "both")
        : null);
}

namespace RnnSharp.Recurrent;

/// <summary>The options of an <see cref="LstmLayer{T}"/>. They can be combined freely.</summary>
public sealed record LstmOptions : RecurrentOptions
{
    /// <summary>
    /// The size of h when it is a projection of o∘tanh(c), 1 to the number of units (Sak, Senior and Beaufays 2014; PyTorch's
    /// proj_size). Adds the parameter <c>weight_hr</c>.
    /// </summary>
    public int? ProjectionSize { get; init; }

    /// <summary>
    /// Lets the gates see the cell state: the input and forget gates the previous one, the output gate the new one (Gers and
    /// Schmidhuber 2000). Adds the parameter <c>weight_peephole</c>.
    /// </summary>
    public bool Peepholes { get; init; }

    /// <summary>Makes the forget gate 1 - i (Greff et al. 2017; ONNX's input_forget). The weights then have three blocks of rows: i, g, o.</summary>
    public bool CoupledGates { get; init; }

    /// <summary>The largest magnitude of a cell state, above 0 and within float's range. A clipped state gets no gradient (Sak, Senior and Beaufays 2014).</summary>
    public double? CellClip { get; init; }

    /// <summary>The fraction of c that keeps its value from the previous step; see <see cref="RecurrentOptions.HiddenZoneout"/>. h is computed from the c before zoneout.</summary>
    public double CellZoneout { get; init; }

    /// <summary>The activation of the input, forget and output gates: ONNX's f, Keras's recurrent_activation.</summary>
    public Activation GateActivation { get; init; } = Activation.Sigmoid;

    /// <summary>The activation of the candidate: ONNX's g, Keras's activation.</summary>
    public Activation CandidateActivation { get; init; } = Activation.Tanh;

    /// <summary>The activation of the cell state on its way to h: ONNX's h, Keras's activation.</summary>
    public Activation OutputActivation { get; init; } = Activation.Tanh;

    internal override bool IsPlain => CommonOptionsAreOff && ProjectionSize is null && !Peepholes && !CoupledGates && CellClip is null && CellZoneout == 0;

    internal override bool IsConfigured => base.IsConfigured || GateActivation != Activation.Sigmoid || CandidateActivation != Activation.Tanh || OutputActivation != Activation.Tanh;

    internal override bool DrawsMasks => base.DrawsMasks || CellZoneout > 0;

    internal override IEnumerable<string> Words()
    {
        if (ProjectionSize is { } size) yield return $"projection {size}";
        if (Peepholes) yield return "peepholes";
        if (CoupledGates) yield return "coupled gates";
        if (CellClip is { } clip) yield return FormattableString.Invariant($"cell clip {clip}");
        if (GateActivation != Activation.Sigmoid) yield return $"gate activation {GateActivation}";
        if (CandidateActivation != Activation.Tanh) yield return $"candidate activation {CandidateActivation}";
        if (OutputActivation != Activation.Tanh) yield return $"output activation {OutputActivation}";
        foreach (string word in base.Words()) yield return word;
        if (CellZoneout > 0) yield return FormattableString.Invariant($"cell zoneout {CellZoneout}");
    }

    internal override (string Expected, string Actual)? Fault(int hiddenSize)
    {
        if (base.Fault(hiddenSize) is { } fault) return fault;
        if (ProjectionSize is { } size && (size < 1 || size > hiddenSize)) return ($"a ProjectionSize of 1 to {hiddenSize} (the hidden size)", $"{size}");
        return LimitFault(CellClip, nameof(CellClip)) ?? RateFault(CellZoneout, nameof(CellZoneout));
    }

    /// <summary>The structure of a layer with these options.</summary>
    internal CellSpec Spec() => CoupledGates ? Spec<CoupledLstmEquations>() : Spec<PeepholeLstmEquations>();

    internal override CellSpec Spec<TEquations>()
    {
        CellSpec spec = base.Spec<TEquations>();
        return spec with { ProjectionSize = ProjectionSize, UnitWeights = Peepholes ? spec.UnitWeights : 0 };
    }

    internal override CellSettings Settings => base.Settings with { CellLimit = CellClip ?? 0, Gate = GateActivation, Candidate = CandidateActivation, Output = OutputActivation };

    internal override StagedOptions Stages(int? seed) => base.Stages(seed) with { CellZoneout = CellZoneout };
}

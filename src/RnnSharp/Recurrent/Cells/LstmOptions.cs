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

    internal override bool IsPlain => CommonOptionsAreOff && ProjectionSize is null && !Peepholes && !CoupledGates && CellClip is null && CellZoneout == 0;

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

    /// <summary>The structure of a layer with these options.</summary>
    internal CellSpec Spec() => CoupledGates ? Spec<CoupledLstmEquations>() : Spec<PeepholeLstmEquations>();

    internal override CellSpec Spec<TEquations>()
    {
        CellSpec spec = base.Spec<TEquations>();
        return spec with { ProjectionSize = ProjectionSize, UnitWeights = Peepholes ? spec.UnitWeights : 0 };
    }

    internal override double CellLimit => CellClip ?? base.CellLimit;

    internal override StagedOptions Stages(int? seed) => base.Stages(seed) with { CellZoneout = CellZoneout };
}

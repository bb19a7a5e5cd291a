namespace RnnSharp.Recurrent;

/// <summary>The options of a <see cref="GruLayer{T}"/>.</summary>
public sealed record GruOptions : RecurrentOptions
{
    /// <summary>
    /// Applies the reset gate before the candidate's product, n = tanh(W x + b + U (r∘h)), as first published by Cho et al. 2014 (ONNX's
    /// linear_before_reset=0, Keras's reset_after=False), instead of after it, as PyTorch does. The candidate then has a single bias, and layer
    /// normalization is not supported.
    /// </summary>
    public bool ResetBefore { get; init; }

    /// <summary>The activation of the reset and update gates: ONNX's f, Keras's recurrent_activation.</summary>
    public Activation GateActivation { get; init; } = Activation.Sigmoid;

    /// <summary>The activation of the candidate: ONNX's g, Keras's activation.</summary>
    public Activation CandidateActivation { get; init; } = Activation.Tanh;

    internal override bool IsPlain => CommonOptionsAreOff && !ResetBefore;

    /// <summary>The structure of a layer with these options.</summary>
    internal CellSpec Spec() => ResetBefore ? Spec<ResetBeforeGruEquations>() : Spec<GruEquations>();

    internal override bool IsConfigured => base.IsConfigured || GateActivation != Activation.Sigmoid || CandidateActivation != Activation.Tanh;

    internal override CellSettings Settings => base.Settings with { Gate = GateActivation, Candidate = CandidateActivation };

    internal override IEnumerable<string> Words()
    {
        if (ResetBefore) yield return "reset before";
        if (GateActivation != Activation.Sigmoid) yield return $"gate activation {GateActivation}";
        if (CandidateActivation != Activation.Tanh) yield return $"candidate activation {CandidateActivation}";
        foreach (string word in base.Words()) yield return word;
    }

    internal override (string Expected, string Actual)? Fault(int hiddenSize) => base.Fault(hiddenSize) ?? (ResetBefore && LayerNormalization
        ? ("ResetBefore or LayerNormalization (the candidate's two products, of which one depends on the other's gate, are normalized separately)", "both")
        : null);
}

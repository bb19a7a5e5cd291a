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

    internal override bool IsPlain => CommonOptionsAreOff && !ResetBefore;

    /// <summary>The structure of a layer with these options.</summary>
    internal CellSpec Spec() => ResetBefore ? Spec<ResetBeforeGruEquations>() : Spec<GruEquations>();

    internal override IEnumerable<string> Words() => ResetBefore ? base.Words().Prepend("reset before") : base.Words();

    internal override (string Expected, string Actual)? Fault(int hiddenSize) => base.Fault(hiddenSize) ?? (ResetBefore && LayerNormalization
        ? ("ResetBefore or LayerNormalization (the candidate's two products, of which one depends on the other's gate, are normalized separately)", "both")
        : null);
}

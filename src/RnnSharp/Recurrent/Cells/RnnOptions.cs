namespace RnnSharp.Recurrent;

/// <summary>The options of an <see cref="RnnLayer{T}"/>.</summary>
public sealed record RnnOptions : RecurrentOptions
{
    /// <summary>What a layer with these options is made of, with either activation.</summary>
    internal CellSpec Spec() => Spec<RnnEquations<TanhActivation>>();

    internal override bool IsPlain => (this with { Bias = RecurrentBias.Merged }).Equals(new RnnOptions());
}

namespace RnnSharp.Recurrent;

/// <summary>The options of an <see cref="RnnLayer{T}"/>.</summary>
public sealed record RnnOptions : RecurrentOptions
{
    /// <summary>The structure of a layer with these options, the same for every activation.</summary>
    internal CellSpec Spec() => Spec<RnnEquations<TanhActivation>>();

    internal override bool IsPlain => CommonOptionsAreOff;
}

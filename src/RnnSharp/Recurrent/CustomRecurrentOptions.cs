namespace RnnSharp.Recurrent;

/// <summary>The options of a <see cref="CustomRecurrentLayer{T, TEquations}"/>.</summary>
public sealed record CustomRecurrentOptions : RecurrentOptions
{
    internal override bool IsPlain => CommonOptionsAreOff;
}

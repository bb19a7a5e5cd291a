namespace RnnSharp.Recurrent;

/// <summary>The options of a <see cref="CustomRecurrentLayer{T, TEquations}"/>.</summary>
public sealed record CustomRecurrentOptions : RecurrentOptions
{
    internal override bool IsPlain => CommonOptionsAreOff;

    internal override (string Expected, string Actual)? Fault(int hiddenSize) => Clip is { } clip
        ? ("no Clip, because a custom cell limits its sums in its own equations", FormattableString.Invariant($"{clip}"))
        : base.Fault(hiddenSize);
}

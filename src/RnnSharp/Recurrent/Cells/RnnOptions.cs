namespace RnnSharp.Recurrent;

/// <summary>The options of an <see cref="RnnLayer{T}"/>.</summary>
public sealed record RnnOptions : RecurrentOptions
{
    internal override bool IsPlain => Equals(new RnnOptions());
}

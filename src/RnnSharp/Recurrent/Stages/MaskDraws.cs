using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>Draws the masks of a call in a fixed order: those of recurrent dropout, then those of h for all steps, then those of c.</summary>
/// <param name="seed">The seed of the masks; null if none are drawn.</param>
/// <param name="dropout">Recurrent dropout, or null.</param>
/// <param name="hidden">Zoneout of h, or null.</param>
/// <param name="cell">Zoneout of c, or null.</param>
internal sealed class MaskDraws<T, TVector>(int? seed, RecurrentDropout<T, TVector>? dropout, Zoneout<T, TVector>? hidden, Zoneout<T, TVector>? cell)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TVector : unmanaged, IKernelVector<TVector, T>
{
    /// <summary>Draws the masks of all steps.</summary>
    public void Draw(RecurrentPass<T> pass, in ColumnMap columns)
    {
        if (pass.HasGivenMasks || seed is not { } number) return;
        Masks.Begin(pass.Random, number, pass.Draw);
        dropout?.Draw(pass.Random, pass.Tape, columns);
        hidden?.Draw(pass.Random, pass.Tape, columns);
        cell?.Draw(pass.Random, pass.Tape, columns);
    }

    /// <summary>Finds the generator's states before the masks of the first segment.</summary>
    public void BeginSegments(RecurrentPass<T> pass, in ColumnMap columns)
    {
        if (seed is not { } number) return;
        pass.Masks.Reserve(pass.Segments.Count);
        Masks.Begin(pass.Random, number, pass.Draw);
        pass.Masks.BeforeDropout = pass.Random.Words;
        dropout?.Skip(pass.Random, columns);
        pass.Masks.BeforeHidden[0] = pass.Random.Words;
        if (cell is not null) hidden?.Skip(pass.Random, columns);
        pass.Masks.BeforeCell[0] = pass.Random.Words;
    }

    /// <summary>Draws the masks of a segment, the same ones as for all steps at once.</summary>
    public void DrawSegment(RecurrentPass<T> pass, FastRandom random, WorkMemory<T> tape, in ColumnMap columns, in ColumnMap steps, int segment)
    {
        if (seed is null) return;
        random.Words = pass.Masks.BeforeDropout;
        dropout?.Draw(random, tape, columns);
        random.Words = pass.Masks.BeforeHidden[segment];
        hidden?.Draw(random, tape, steps);
        pass.Masks.BeforeHidden[segment + 1] = random.Words;
        random.Words = pass.Masks.BeforeCell[segment];
        cell?.Draw(random, tape, steps);
        pass.Masks.BeforeCell[segment + 1] = random.Words;
    }
}

using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>
/// Zoneout (Krueger et al. 2017): in training, each element of a state keeps its previous value with a given probability, drawn per element
/// and step; Predict and Step use the expected value instead.
/// </summary>
internal sealed unsafe class Zoneout<T, TVector>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TVector : unmanaged, IKernelVector<TVector, T>
{
    private readonly int _size;
    private readonly double _rate;
    private readonly WorkBuffer _mask;

    /// <param name="workspace">Receives the declaration of the mask.</param>
    /// <param name="name">The name of the mask's buffer.</param>
    /// <param name="size">Features of the state.</param>
    /// <param name="rate">The probability that an element keeps its value, above 0 and below 1.</param>
    public Zoneout(Workspace workspace, string name, int size, double rate)
    {
        _size = size;
        _rate = rate;
        _mask = workspace.Declare(name, "[step][example][feature]", BufferUse.Tape, call => size * call.KeptColumns);
    }

    /// <summary>Draws the masks of a call: 1 where an element keeps its value.</summary>
    public void Draw(FastRandom random, WorkMemory<T> tape, in ColumnMap columns)
    {
        Span<T> masks = tape.Span(_mask);
        if (!columns.IsPacked)
        {
            Masks.Fill(random, masks[..(columns.Count * _size)], _rate, T.One);
            return;
        }

        // The draws are those of the examples in their own order, with those past the end.
        for (int t = 0; t < columns.Steps; t++)
        {
            for (int j = 0; j < columns.Batch; j++)
            {
                if (columns.Rank(j) is var column && column < columns.Active(t)) Masks.Fill(random, masks.Slice((columns.First(t) + column) * _size, _size), _rate, T.One);
                else Masks.Skip(random, _size);
            }
        }
    }

    /// <summary>Draws as many numbers as for the masks of some steps.</summary>
    public void Skip(FastRandom random, in ColumnMap columns) => Masks.Skip(random, (long)columns.Steps * columns.Batch * _size);

    /// <summary>The mask of a step, [example][feature]; null without a tape.</summary>
    public T* Mask(in StepArguments<T> run) => run.HasTape ? run.Memory[_mask] + run.FirstColumn * _size : null;

    /// <summary>The mask of a step, from the tape: [example][feature].</summary>
    public T* Mask(in BackwardArguments<T> run) => run.Work.Tape[_mask] + run.FirstColumn * _size;

    /// <summary>Replaces the new h by the mix of the old and the new one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void ForwardHidden(ref StepArguments<T> run, Share share)
    {
        T* mask = Mask(run);
        int size = _size;
        nint end = (nint)share.EndColumn * size;
        for (nint i = (nint)share.FirstColumn * size; i < end; i += TVector.Count)
        {
            int count = (int)Math.Min(TVector.Count, end - i);
            TVector h = TVector.Load(run.Output + i, count);
            TVector.Store(Mix(mask, i, count, TVector.Load(run.Hidden + i, count), h), run.Output + i, count);
        }
    }

    /// <summary>k∘old + (1 - k)∘current, where k is the mask or, if that is null, its expectation.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Mix(T* mask, nint at, int count, TVector old, TVector current)
    {
        TVector keep = mask == null ? TVector.Broadcast(T.CreateChecked(_rate)) : TVector.Load(mask + at, count);
        return Mix(keep, old, current);
    }

    /// <summary>k∘old + (1 - k)∘current.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Mix(TVector keep, TVector old, TVector current) => TVector.MultiplyAdd(keep, old, (TVector.Broadcast(T.One) - keep) * current);
}

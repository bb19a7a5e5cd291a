using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>Which of the forms of long short-term memory <see cref="LstmMathematics"/> are compiled for.</summary>
internal interface ILstmForm
{
    /// <summary>Whether there are peepholes and a limit of the cell state.</summary>
    static abstract bool HasTerms { get; }

    /// <summary>Whether the forget gate is 1 - i.</summary>
    static abstract bool IsCoupled { get; }
}

/// <summary>
/// Long short-term memory with a forget gate (Hochreiter and Schmidhuber 1997; Gers, Schmidhuber and Cummins 2000), as in the
/// notebook's lstm_cell_forward and lstm_cell_backward; g is the notebook's c̃. Its forms: peepholes (Gers and Schmidhuber 2000), which
/// show the gates the cell state, the output gate the new one; the forget gate coupled to the input gate (Greff et al. 2017); and
/// a limit of the cell state's magnitude (Sak, Senior and Beaufays 2014).
/// </summary>
internal static class LstmMathematics
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Forward<T, TVector, TForm>(ref TVector i, ref TVector f, ref TVector g, ref TVector o, in UnitTerms<TVector> terms, TVector cPrevious, out TVector c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
        where TForm : struct, ILstmForm
    {
        if (TForm.HasTerms)
        {
            i = TVector.MultiplyAdd(terms.Peephole0, cPrevious, i);
            f = TVector.MultiplyAdd(terms.Peephole1, cPrevious, f);
        }

        i = TVector.Sigmoid(i);
        f = TForm.IsCoupled ? TVector.Broadcast(T.One) - i : TVector.Sigmoid(f);
        g = TVector.Tanh(g);
        if (!TForm.HasTerms) o = TVector.Sigmoid(o);
        c = TVector.MultiplyAdd(f, cPrevious, i * g);
        if (TForm.HasTerms)
        {
            c = Limited<T, TVector>(c, terms.Limit);
            o = TVector.Sigmoid(TVector.MultiplyAdd(terms.Peephole2, c, o));
        }

        return o * TVector.Tanh(c);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Backward<T, TVector, TForm>(ref TVector i, ref TVector f, ref TVector g, ref TVector o, ref UnitTerms<TVector> terms, TVector dh, TVector c, TVector cPrevious, ref TVector dc)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
        where TForm : struct, ILstmForm
    {
        TVector one = TVector.Broadcast(T.One);
        TVector unlimited = c;
        if (TForm.HasTerms)
        {
            // The c that h was made of, which zoneout may not have let through.
            unlimited = TVector.MultiplyAdd(f, cPrevious, i * g);
            c = Limited<T, TVector>(unlimited, terms.Limit);
        }

        TVector tanhC = TVector.Tanh(c);
        TVector dcAll = dc + dh * o * (one - tanhC * tanhC);
        o = dh * tanhC * o * (one - o);
        if (TForm.HasTerms)
        {
            dcAll = TVector.MultiplyAdd(o, terms.Peephole2, dcAll);
            dcAll = TVector.WherePositive(terms.Limit - TVector.Abs(unlimited), dcAll, default);
        }

        dc = dcAll * f;
        TVector di = dcAll * g;
        if (TForm.IsCoupled) di -= dcAll * cPrevious;
        else f = dcAll * cPrevious * f * (one - f);
        di = di * i * (one - i);
        g = dcAll * i * (one - g * g);
        i = di;
        if (!TForm.HasTerms) return;
        dc = TVector.MultiplyAdd(i, terms.Peephole0, dc);
        if (!TForm.IsCoupled) dc = TVector.MultiplyAdd(f, terms.Peephole1, dc);
        terms = terms with { Peephole0 = i * cPrevious, Peephole1 = TForm.IsCoupled ? default : f * cPrevious, Peephole2 = o * c };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Limited<T, TVector>(TVector c, TVector limit)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T> => TVector.Min(limit, TVector.Max(default(TVector) - limit, c));
}

/// <summary>The form that has nothing besides. Rows i, f, g, o as in PyTorch.</summary>
internal readonly struct LstmEquations : IRecurrentEquations, ILstmForm
{
    public static int Slots => 4;

    public static int Gates => 4;

    public static bool HasCell => true;

    public static bool KeepsSlots => true;

    public static bool MixesHidden => false;

    public static bool HasTerms => false;

    public static bool IsCoupled => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Forward<T, TVector>(ref TVector i, ref TVector f, ref TVector g, ref TVector o, TVector hPrevious, TVector cPrevious, out TVector c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T> => LstmMathematics.Forward<T, TVector, LstmEquations>(ref i, ref f, ref g, ref o, default, cPrevious, out c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Backward<T, TVector>(ref TVector i, ref TVector f, ref TVector g, ref TVector o, TVector dh, TVector h, TVector hPrevious, TVector c, TVector cPrevious, ref TVector dc)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        UnitTerms<TVector> none = default;
        LstmMathematics.Backward<T, TVector, LstmEquations>(ref i, ref f, ref g, ref o, ref none, dh, c, cPrevious, ref dc);
        return default;
    }
}

/// <summary>The form with peepholes and a limit, each of which may be without effect. Rows i, f, g, o; peepholes i, f, o.</summary>
internal readonly struct PeepholeLstmEquations : IStagedEquations, ILstmForm
{
    public static KindShape Shape => KindShape.Of<LstmEquations>();

    public static int Slots => 4;

    public static int Peepholes => 3;

    public static bool HasTerms => true;

    public static bool IsCoupled => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Forward<T, TVector>(ref TVector i, ref TVector f, ref TVector g, ref TVector o, in UnitTerms<TVector> terms, TVector hPrevious, TVector cPrevious, out TVector c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T> => LstmMathematics.Forward<T, TVector, PeepholeLstmEquations>(ref i, ref f, ref g, ref o, terms, cPrevious, out c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Backward<T, TVector>(ref TVector i, ref TVector f, ref TVector g, ref TVector o, ref UnitTerms<TVector> terms, TVector dh, TVector hPrevious, TVector c, TVector cPrevious, ref TVector dc)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        LstmMathematics.Backward<T, TVector, PeepholeLstmEquations>(ref i, ref f, ref g, ref o, ref terms, dh, c, cPrevious, ref dc);
        return default;
    }
}

/// <summary>The same with the forget gate coupled to the input gate. Rows i, g, o; peepholes i, o.</summary>
internal readonly struct CoupledLstmEquations : IStagedEquations, ILstmForm
{
    public static KindShape Shape { get; } = new(Slots: 3, Gates: 3, HasCell: true, KeepsSlots: true, MixesHidden: false, InputBlocks: [0, 1, 2], HiddenBlocks: [0, 1, 2]);

    public static int Slots => 3;

    public static int Peepholes => 2;

    public static bool HasTerms => true;

    public static bool IsCoupled => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Forward<T, TVector>(ref TVector i, ref TVector g, ref TVector o, ref TVector s3, in UnitTerms<TVector> terms, TVector hPrevious, TVector cPrevious, out TVector c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        TVector f = default;
        return LstmMathematics.Forward<T, TVector, CoupledLstmEquations>(ref i, ref f, ref g, ref o, InOrder(terms), cPrevious, out c);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Backward<T, TVector>(ref TVector i, ref TVector g, ref TVector o, ref TVector s3, ref UnitTerms<TVector> terms, TVector dh, TVector hPrevious, TVector c, TVector cPrevious, ref TVector dc)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        TVector f = TVector.Broadcast(T.One) - i;
        terms = InOrder(terms);
        LstmMathematics.Backward<T, TVector, CoupledLstmEquations>(ref i, ref f, ref g, ref o, ref terms, dh, c, cPrevious, ref dc);
        terms = terms with { Peephole1 = terms.Peephole2 };
        return default;
    }

    /// <summary>The second of two peepholes is the output gate's.</summary>
    private static UnitTerms<TVector> InOrder<TVector>(UnitTerms<TVector> terms) => new(terms.Peephole0, default!, terms.Peephole1, terms.Limit);
}

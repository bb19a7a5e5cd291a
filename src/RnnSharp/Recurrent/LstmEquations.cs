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
    public static TLane Forward<T, TLane, TForm>(ref TLane i, ref TLane f, ref TLane g, ref TLane o, in UnitTerms<TLane> terms, TLane cPrevious, out TLane c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T>
        where TForm : struct, ILstmForm
    {
        if (TForm.HasTerms)
        {
            i = TLane.MultiplyAdd(terms.Peephole0, cPrevious, i);
            f = TLane.MultiplyAdd(terms.Peephole1, cPrevious, f);
        }

        i = TLane.Sigmoid(i);
        f = TForm.IsCoupled ? TLane.Broadcast(T.One) - i : TLane.Sigmoid(f);
        g = TLane.Tanh(g);
        if (!TForm.HasTerms) o = TLane.Sigmoid(o);
        c = TLane.MultiplyAdd(f, cPrevious, i * g);
        if (TForm.HasTerms)
        {
            c = Limited<T, TLane>(c, terms.Limit);
            o = TLane.Sigmoid(TLane.MultiplyAdd(terms.Peephole2, c, o));
        }

        return o * TLane.Tanh(c);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Backward<T, TLane, TForm>(ref TLane i, ref TLane f, ref TLane g, ref TLane o, ref UnitTerms<TLane> terms, TLane dh, TLane c, TLane cPrevious, ref TLane dc)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T>
        where TForm : struct, ILstmForm
    {
        TLane one = TLane.Broadcast(T.One);
        TLane unlimited = c;
        if (TForm.HasTerms)
        {
            // The c that h was made of, which zoneout may not have let through.
            unlimited = TLane.MultiplyAdd(f, cPrevious, i * g);
            c = Limited<T, TLane>(unlimited, terms.Limit);
        }

        TLane tanhC = TLane.Tanh(c);
        TLane dcAll = dc + dh * o * (one - tanhC * tanhC);
        o = dh * tanhC * o * (one - o);
        if (TForm.HasTerms)
        {
            dcAll = TLane.MultiplyAdd(o, terms.Peephole2, dcAll);
            dcAll = TLane.WherePositive(terms.Limit - TLane.Abs(unlimited), dcAll, default);
        }

        dc = dcAll * f;
        TLane di = dcAll * g;
        if (TForm.IsCoupled) di -= dcAll * cPrevious;
        else f = dcAll * cPrevious * f * (one - f);
        di = di * i * (one - i);
        g = dcAll * i * (one - g * g);
        i = di;
        if (!TForm.HasTerms) return;
        dc = TLane.MultiplyAdd(i, terms.Peephole0, dc);
        if (!TForm.IsCoupled) dc = TLane.MultiplyAdd(f, terms.Peephole1, dc);
        terms = terms with { Peephole0 = i * cPrevious, Peephole1 = TForm.IsCoupled ? default : f * cPrevious, Peephole2 = o * c };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLane Limited<T, TLane>(TLane c, TLane limit)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T> => TLane.Min(limit, TLane.Max(default(TLane) - limit, c));
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
    public static TLane Forward<T, TLane>(ref TLane i, ref TLane f, ref TLane g, ref TLane o, TLane hPrevious, TLane cPrevious, out TLane c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T> => LstmMathematics.Forward<T, TLane, LstmEquations>(ref i, ref f, ref g, ref o, default, cPrevious, out c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLane Backward<T, TLane>(ref TLane i, ref TLane f, ref TLane g, ref TLane o, TLane dh, TLane h, TLane hPrevious, TLane c, TLane cPrevious, ref TLane dc)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T>
    {
        UnitTerms<TLane> none = default;
        LstmMathematics.Backward<T, TLane, LstmEquations>(ref i, ref f, ref g, ref o, ref none, dh, c, cPrevious, ref dc);
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
    public static TLane Forward<T, TLane>(ref TLane i, ref TLane f, ref TLane g, ref TLane o, in UnitTerms<TLane> terms, TLane hPrevious, TLane cPrevious, out TLane c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T> => LstmMathematics.Forward<T, TLane, PeepholeLstmEquations>(ref i, ref f, ref g, ref o, terms, cPrevious, out c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLane Backward<T, TLane>(ref TLane i, ref TLane f, ref TLane g, ref TLane o, ref UnitTerms<TLane> terms, TLane dh, TLane hPrevious, TLane c, TLane cPrevious, ref TLane dc)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T>
    {
        LstmMathematics.Backward<T, TLane, PeepholeLstmEquations>(ref i, ref f, ref g, ref o, ref terms, dh, c, cPrevious, ref dc);
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
    public static TLane Forward<T, TLane>(ref TLane i, ref TLane g, ref TLane o, ref TLane s3, in UnitTerms<TLane> terms, TLane hPrevious, TLane cPrevious, out TLane c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T>
    {
        TLane f = default;
        return LstmMathematics.Forward<T, TLane, CoupledLstmEquations>(ref i, ref f, ref g, ref o, InOrder(terms), cPrevious, out c);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLane Backward<T, TLane>(ref TLane i, ref TLane g, ref TLane o, ref TLane s3, ref UnitTerms<TLane> terms, TLane dh, TLane hPrevious, TLane c, TLane cPrevious, ref TLane dc)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T>
    {
        TLane f = TLane.Broadcast(T.One) - i;
        terms = InOrder(terms);
        LstmMathematics.Backward<T, TLane, CoupledLstmEquations>(ref i, ref f, ref g, ref o, ref terms, dh, c, cPrevious, ref dc);
        terms = terms with { Peephole1 = terms.Peephole2 };
        return default;
    }

    /// <summary>The second of two peepholes is the output gate's.</summary>
    private static UnitTerms<TLane> InOrder<TLane>(UnitTerms<TLane> terms) => new(terms.Peephole0, default!, terms.Peephole1, terms.Limit);
}

using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>The options of a layer that its equations read: limits and activations.</summary>
internal sealed record CellSettings
{
    /// <summary>The largest magnitude of a cell state; 0 if there is no limit.</summary>
    public double CellLimit { get; init; }

    /// <summary>The largest magnitude of a gate's sum; 0 if there is no limit.</summary>
    public double SumLimit { get; init; }

    /// <summary>The activation of the gates.</summary>
    public Activation Gate { get; init; }

    /// <summary>The activation of the candidate.</summary>
    public Activation Candidate { get; init; }

    /// <summary>The activation between cell state and output.</summary>
    public Activation Output { get; init; }

    /// <summary>A limited cell state.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector LimitCell<T, TVector>(TVector c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T> => Limit<T, TVector>(c, CellLimit);

    /// <summary>The gradient of a cell state, zero where it was limited.</summary>
    /// <param name="gradient">The gradient of the limited cell state.</param>
    /// <param name="c">The cell state before it was limited.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector LimitCellGradient<T, TVector>(TVector gradient, TVector c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T> => CellLimit == 0
            ? gradient
            : TVector.WherePositive(TVector.Broadcast(T.CreateChecked(CellLimit)) - TVector.Abs(c), gradient, default);

    /// <summary>A gate's value: the activation of its limited sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Activate<T, TVector>(Activation activation, TVector sum)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T> => activation.Value<T, TVector>(Limit<T, TVector>(sum, SumLimit));

    /// <summary>
    /// The gradient of a gate's sum, zero where it was limited. Activations are monotone, so that is where the value is that of the limit or
    /// beyond. A smaller sum whose value rounds to the same number has a gradient of zero as well, because its activation is saturated.
    /// </summary>
    /// <param name="activation">The gate's activation.</param>
    /// <param name="gradient">The gradient of the value.</param>
    /// <param name="value">The value.</param>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public TVector Gradient<T, TVector>(Activation activation, TVector gradient, TVector value)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        TVector result = activation.Gradient<T, TVector>(gradient, value);
        if (SumLimit == 0) return result;
        TVector limit = TVector.Broadcast(T.CreateChecked(SumLimit));
        TVector one = activation.Value<T, TVector>(limit), other = activation.Value<T, TVector>(default(TVector) - limit);
        return TVector.WherePositive(TVector.Min(TVector.Max(one, other) - value, value - TVector.Min(one, other)), result, default);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Limit<T, TVector>(TVector value, double largest)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        if (largest == 0) return value;
        TVector limit = TVector.Broadcast(T.CreateChecked(largest));
        return TVector.Min(limit, TVector.Max(default(TVector) - limit, value));
    }
}

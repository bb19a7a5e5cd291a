using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>
/// An activation function of a recurrent layer: one of the functions of ONNX's recurrent operators, with ONNX's defaults, or the identity.
/// Constants are within float's range. The default value is <see cref="Sigmoid"/>.
/// </summary>
public readonly record struct Activation
{
    // In the order of ActivationKind: the names in files and summaries, which are Keras's where it has the function.
    private static readonly string[] Names = ["sigmoid", "tanh", "relu", "linear", "hard_sigmoid", "softsign", "softplus", "elu", "leaky_relu", "thresholded_relu", "scaled_tanh", "affine"];

    private Activation(ActivationKind kind, double alpha = 0, double beta = 0)
    {
        Kind = kind;
        Alpha = alpha;
        Beta = beta;
    }

    /// <summary>1 / (1 + e⁻ˣ).</summary>
    public static Activation Sigmoid { get; } = new(ActivationKind.Sigmoid);

    /// <summary>tanh x.</summary>
    public static Activation Tanh { get; } = new(ActivationKind.Tanh);

    /// <summary>max(0, x), with a derivative of 0 at 0.</summary>
    public static Activation Relu { get; } = new(ActivationKind.Relu);

    /// <summary>x.</summary>
    public static Activation Linear { get; } = new(ActivationKind.Linear);

    /// <summary>x / (1 + |x|).</summary>
    public static Activation Softsign { get; } = new(ActivationKind.Softsign);

    /// <summary>ln(1 + eˣ).</summary>
    public static Activation Softplus { get; } = new(ActivationKind.Softplus);

    /// <summary>The function.</summary>
    public ActivationKind Kind { get; }

    /// <summary>The constant α; 0 for a function without.</summary>
    public double Alpha { get; }

    /// <summary>The constant β; 0 for a function without.</summary>
    public double Beta { get; }

    /// <summary>max(0, min(1, αx + β)): ONNX's HardSigmoid. Keras 2's hard_sigmoid has the same constants, that of Keras 3 an α of 1/6.</summary>
    /// <param name="alpha">The slope.</param>
    /// <param name="beta">The value at 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A constant is not finite or beyond float's range.</exception>
    public static Activation HardSigmoid(double alpha = 0.2, double beta = 0.5) => new(ActivationKind.HardSigmoid, Finite(alpha), Finite(beta));

    /// <summary>x above 0, and α(eˣ - 1) elsewhere (Clevert, Unterthiner and Hochreiter 2016).</summary>
    /// <param name="alpha">Minus the limit for small x, at least 0, because a negative α would make the function ambiguous.</param>
    /// <exception cref="ArgumentOutOfRangeException">α is negative, not finite or beyond float's range.</exception>
    public static Activation Elu(double alpha = 1) => new(ActivationKind.Elu, NotNegative(alpha));

    /// <summary>x above 0, and αx elsewhere.</summary>
    /// <param name="alpha">The slope below 0, at least 0, because a negative α would make the function ambiguous.</param>
    /// <exception cref="ArgumentOutOfRangeException">α is negative, not finite or beyond float's range.</exception>
    public static Activation LeakyRelu(double alpha = 0.01) => new(ActivationKind.LeakyRelu, NotNegative(alpha));

    /// <summary>x from α on, and 0 below.</summary>
    /// <param name="alpha">The threshold, at least 0, because a negative one would make the function ambiguous.</param>
    /// <exception cref="ArgumentOutOfRangeException">α is negative, not finite or beyond float's range.</exception>
    public static Activation ThresholdedRelu(double alpha = 1) => new(ActivationKind.ThresholdedRelu, NotNegative(alpha));

    /// <summary>α·tanh(βx).</summary>
    /// <param name="alpha">The limit for large x; not 0.</param>
    /// <param name="beta">The scale of x.</param>
    /// <exception cref="ArgumentOutOfRangeException">α is 0, or α, β, αβ or β/α is not finite or beyond float's range.</exception>
    public static Activation ScaledTanh(double alpha, double beta)
    {
        if ((float)Finite(alpha) == 0) throw new ArgumentOutOfRangeException(nameof(alpha), alpha, FormattableString.Invariant($"Expected a number other than 0 within float's range, got {alpha}."));
        if (!float.IsFinite((float)(alpha * Finite(beta))) || !float.IsFinite((float)(beta / alpha)))
            throw new ArgumentOutOfRangeException(nameof(beta), beta, FormattableString.Invariant($"Expected a number whose product with and quotient by alpha ({alpha}) are within float's range, got {beta}."));
        return new(ActivationKind.ScaledTanh, alpha, beta);
    }

    /// <summary>αx + β.</summary>
    /// <param name="alpha">The slope.</param>
    /// <param name="beta">The value at 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A constant is not finite or beyond float's range.</exception>
    public static Activation Affine(double alpha = 1, double beta = 0) => new(ActivationKind.Affine, Finite(alpha), Finite(beta));

    /// <summary>
    /// The function of each element, computed with the operations of <see cref="ISimdVector{TSelf, T}"/> alone, so that a vector that records
    /// its operations instead of computing them records this function too. NaN stays NaN.
    /// </summary>
    /// <param name="x">A vector.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <typeparam name="TVector">A vector of elements.</typeparam>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public TVector Value<T, TVector>(TVector x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T> => Kind switch
        {
            ActivationKind.Sigmoid => TVector.Sigmoid(x),
            ActivationKind.Tanh => TVector.Tanh(x),
            ActivationKind.Relu => TVector.Max(default, x),
            ActivationKind.HardSigmoid => TVector.Max(default, TVector.Min(TVector.Broadcast(T.One), TVector.MultiplyAdd(Constant<T, TVector>(Alpha), x, Constant<T, TVector>(Beta)))),
            ActivationKind.Softsign => x / (TVector.Broadcast(T.One) + TVector.Abs(x)),
            ActivationKind.Softplus => ActivationFunctions.Softplus<T, TVector>(x),
            ActivationKind.Elu => ActivationFunctions.Elu<T, TVector>(x, Constant<T, TVector>(Alpha)),
            ActivationKind.LeakyRelu => TVector.WherePositive(x, x, Constant<T, TVector>(Alpha) * x),
            ActivationKind.ThresholdedRelu => TVector.WherePositive(Constant<T, TVector>(Alpha) - x, default, x),
            ActivationKind.ScaledTanh => ActivationFunctions.ScaledTanh<T, TVector>(x, Constant<T, TVector>(Alpha), Constant<T, TVector>(Beta)),
            ActivationKind.Affine => TVector.MultiplyAdd(Constant<T, TVector>(Alpha), x, Constant<T, TVector>(Beta)),
            _ => x,
        };

    /// <summary>The gradient of x, from the gradient of the function's value: its product with the derivative, which every function expresses by its value.</summary>
    /// <param name="gradient">The gradient of the value.</param>
    /// <param name="value">What <see cref="Value"/> returned.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <typeparam name="TVector">A vector of elements.</typeparam>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public TVector Gradient<T, TVector>(TVector gradient, TVector value)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        TVector one = TVector.Broadcast(T.One);
        switch (Kind)
        {
            case ActivationKind.Sigmoid: return gradient * value * (one - value);
            case ActivationKind.Tanh: return gradient * (one - value * value);
            case ActivationKind.Relu or ActivationKind.ThresholdedRelu: return TVector.WherePositive(value, gradient, default);
            case ActivationKind.HardSigmoid: return TVector.WherePositive(TVector.Min(value, one - value), gradient * Constant<T, TVector>(Alpha), default);
            case ActivationKind.Softsign:
                TVector rest = one - TVector.Abs(value);
                return gradient * (rest * rest);
            case ActivationKind.Softplus: return gradient * ActivationFunctions.OneMinusExp<T, TVector>(value);
            case ActivationKind.Elu: return TVector.WherePositive(value, gradient, gradient * (value + Constant<T, TVector>(Alpha)));
            case ActivationKind.LeakyRelu: return TVector.WherePositive(value, gradient, gradient * Constant<T, TVector>(Alpha));
            case ActivationKind.ScaledTanh: return gradient * (Constant<T, TVector>(Alpha * Beta) - Constant<T, TVector>(Beta / Alpha) * (value * value));
            case ActivationKind.Affine: return gradient * Constant<T, TVector>(Alpha);
            default: return gradient;
        }
    }

    /// <summary>The function with its constants, such as hard_sigmoid(0.2, 0.5).</summary>
    public override string ToString() => (HasAlpha, HasBeta) switch
    {
        (true, true) => FormattableString.Invariant($"{Name}({Alpha}, {Beta})"),
        (true, false) => FormattableString.Invariant($"{Name}({Alpha})"),
        _ => Name,
    };

    /// <summary>The name in files.</summary>
    internal string Name => Names[(int)Kind];

    /// <summary>Whether the function has the constant α.</summary>
    internal bool HasAlpha => Kind is ActivationKind.Elu or ActivationKind.LeakyRelu or ActivationKind.ThresholdedRelu || HasBeta;

    /// <summary>Whether the function has the constant β.</summary>
    internal bool HasBeta => Kind is ActivationKind.HardSigmoid or ActivationKind.ScaledTanh or ActivationKind.Affine;

    /// <summary>All names, in the order of the kinds.</summary>
    internal static ReadOnlySpan<string> AllNames => Names;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Constant<T, TVector>(double value)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T> => TVector.Broadcast(T.CreateChecked(value));

    private static double Finite(double value, [CallerArgumentExpression(nameof(value))] string name = "") => float.IsFinite((float)value)
        ? value
        : throw new ArgumentOutOfRangeException(name, value, FormattableString.Invariant($"Expected a finite number within float's range, got {value}."));

    private static double NotNegative(double value, [CallerArgumentExpression(nameof(value))] string name = "") => value >= 0
        ? Finite(value, name)
        : throw new ArgumentOutOfRangeException(name, value, FormattableString.Invariant($"Expected at least 0, got {value}."));
}

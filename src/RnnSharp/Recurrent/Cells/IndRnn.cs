using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>
/// The independently recurrent unit (Li, Li, Cook, Zhu and Gao 2018, "Independently Recurrent Neural Network"): each unit sees only its own
/// previous state, h = σ(W x + u∘h + b).
/// </summary>
internal readonly struct IndRnnEquations<TActivation> : IRecurrentEquations
    where TActivation : struct, IActivation
{
    public static int Gates => 1;

    public static IReadOnlyList<string> GateNames => ["candidate"];

    public static bool SavesGates => false;

    public static bool UsesPreviousHidden => true;

    public static bool HasRecurrentWeights => false;

    public static int UnitWeights => 1;

    public static string UnitWeightsName => "weight_hh";

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Forward<T, TVector>(ref TVector s, ref TVector s1, ref TVector s2, ref TVector s3, in UnitWeights<TVector> u, TVector hPrevious, TVector cPrevious, out TVector c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        c = default;
        return TActivation.Value<T, TVector>(TVector.MultiplyAdd(u.First, hPrevious, s));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Backward<T, TVector>(ref TVector s, ref TVector s1, ref TVector s2, ref TVector s3, ref UnitWeights<TVector> u, TVector dh, TVector h, TVector hPrevious, TVector c, TVector cPrevious, ref TVector dc)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        s = TActivation.Gradient<T, TVector>(dh, h);
        TVector dhPrevious = s * u.First;
        u.First = s * hPrevious;
        return dhPrevious;
    }
}

/// <summary>The options of an <see cref="IndRnnLayer{T}"/>. There is no recurrent dropout, because there is no recurrent product.</summary>
public sealed record IndRnnOptions : RecurrentOptions
{
    /// <summary>The structure of a layer with these options, the same for every activation.</summary>
    internal CellSpec Spec() => Spec<IndRnnEquations<ReluActivation>>();

    internal override bool IsPlain => CommonOptionsAreOff;
}

/// <summary>
/// An independently recurrent layer over a whole sequence: h⟨t⟩ = max(0, W x⟨t⟩ + u∘h⟨t-1⟩ + b), or another activation in place of ReLU, where u has one
/// weight per unit (Li et al. 2018). In deep stacks it preserves gradients over long sequences if |u| is close to 1; units are mixed only by
/// the input weights of the next layer.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class IndRnnLayer<T> : RecurrentLayer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Creates a layer with initial weights uniform in ±1/√hiddenSize.</summary>
    /// <param name="inputSize">Features of the input; at least 1.</param>
    /// <param name="hiddenSize">Units; at least 1.</param>
    /// <param name="seed">The seed of the initial weights and of masks; random when null.</param>
    /// <param name="activation">The activation; ReLU, as in the paper, if null. ReLU and tanh are the fastest.</param>
    /// <param name="options">Options such as zoneout; the defaults if null.</param>
    /// <exception cref="ArgumentException">A size or an option is out of range, or T is neither float nor double.</exception>
    public IndRnnLayer(int inputSize, int hiddenSize, int? seed = null, Activation? activation = null, IndRnnOptions? options = null)
        : base(CreateEngine(inputSize, hiddenSize, seed, activation ?? Activation.Relu, options ??= new IndRnnOptions()), seed)
    {
        Activation = activation ?? Activation.Relu;
        Options = options;
    }

    /// <summary>The activation.</summary>
    public Activation Activation { get; }

    /// <summary>The layer's options.</summary>
    public override IndRnnOptions Options { get; }

    /// <summary>u, the weight of each unit's own previous state: HiddenSize × 1.</summary>
    public override Parameter<T> UnitWeights => base.UnitWeights!;

    private protected override IEnumerable<string> Words => Activation == Activation.Relu ? Options.Words() : Options.Words().Prepend(Activation.ToString());

    private static RecurrentEngine<T> CreateEngine(int inputSize, int hiddenSize, int? seed, Activation activation, IndRnnOptions options) => activation.Kind switch
    {
        ActivationKind.Relu when !options.IsConfigured => CreateEngine<IndRnnEquations<ReluActivation>>(inputSize, hiddenSize, seed, options),
        ActivationKind.Tanh when !options.IsConfigured => CreateEngine<IndRnnEquations<TanhActivation>>(inputSize, hiddenSize, seed, options),
        _ => CreateEngine<ConfiguredIndRnnEquations>(inputSize, hiddenSize, seed, options, activation),
    };
}

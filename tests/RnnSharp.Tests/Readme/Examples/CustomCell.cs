using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Layers;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;

namespace ReadmeExamples;

internal static class CustomCell
{
    public static (LayerStack<float> Model, LayerStack<float> Loaded) Run()
    {
        // <readme>
        var model = new LayerStack<float>(
            Bidirectional.Of(seed => new CustomRecurrentLayer<float, MinimalGatedUnit>(8, 32, seed), seed: 1),
            new DenseLayer<float>(64, 3, seed: 2));
        LayerFormats formats = LayerFormats.BuiltIn.Add(new CustomRecurrentFormat<MinimalGatedUnit>("mgu"));
        ModelFile.Save(model, "mgu.safetensors", new() { Formats = formats });
        var loaded = (LayerStack<float>)ModelFile.Load<float>("mgu.safetensors", new() { Formats = formats }).Model;

        // </readme>
        return (model, loaded);
    }
}

// <types>
/// <summary>The minimal gated unit (Zhou et al. 2016): f = σ(W x + U h + b), h' = (1 - f)∘h + f∘tanh(W x + b + f∘(U h + b_hn)).</summary>
internal readonly struct MinimalGatedUnit : IRecurrentEquations
{
    public static int Gates => 2; // rows f, n

    public static bool SplitsLastGate => true; // the sums are n's input side, f, n's recurrent side

    public static bool UsesPreviousHidden => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Forward<T, TVector>(ref TVector n, ref TVector f, ref TVector m, ref TVector unused, in UnitWeights<TVector> weights, TVector hPrevious, TVector cPrevious, out TVector c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        f = TVector.Sigmoid(f);
        n = TVector.Tanh(TVector.MultiplyAdd(f, m, n));
        c = default;
        return TVector.MultiplyAdd(f, n - hPrevious, hPrevious);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Backward<T, TVector>(ref TVector n, ref TVector f, ref TVector m, ref TVector unused, ref UnitWeights<TVector> weights, TVector dh, TVector h, TVector hPrevious, TVector c, TVector cPrevious, ref TVector dc)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        TVector one = TVector.Broadcast(T.One);
        TVector direct = dh * (one - f);
        TVector dn = dh * f * (one - n * n);
        TVector dm = dn * f;
        f = (dh * (n - hPrevious) + dn * m) * f * (one - f);
        n = dn;
        m = dm;
        return direct;
    }
}

// </types>

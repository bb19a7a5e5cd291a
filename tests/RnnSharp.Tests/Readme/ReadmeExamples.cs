using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Layers;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;
using RnnSharp.Training;

namespace RnnSharp.Tests.Readme;

/// <summary>The README's examples, word for word between the markers, so that they compile and run.</summary>
internal static class ReadmeExamples
{
    public static (LayerStack<float> Model, ForwardPass<float> Pass, Sequence<float> Next) Sine()
    {
        // <sine>
        // Learns to foretell the next value of a sine wave: 1 feature, 8 waves of different phase, 40 time steps.
        var x = new Sequence<float>(1, 8, 40);
        var next = new Sequence<float>(1, 8, 40);
        for (int wave = 0; wave < 8; wave++)
            for (int t = 0; t < 40; t++)
                (x[0, wave, t], next[0, wave, t]) = (MathF.Sin(0.3f * t + wave), MathF.Sin(0.3f * (t + 1) + wave));

        var model = new LayerStack<float>(new LstmLayer<float>(1, 32, seed: 1), new DenseLayer<float>(32, 1, seed: 2));
        var adam = new Adam<float>(learningRate: 0.01);
        ForwardPass<float>? pass = null;
        Gradients<float>? gradients = null;
        var outputGradient = new Sequence<float>(1, 8, 40);
        for (int epoch = 0; epoch < 200; epoch++)
        {
            pass = model.Forward(x, reuse: pass);
            LossValue loss = MeanSquaredError.Compute(pass.Output, next, outputGradient);
            gradients = model.Backward(pass, outputGradient, inputGradient: false, reuse: gradients);
            GradientClipping.ByNorm(gradients, 1);
            adam.Step(model.Parameters, gradients);
            if (epoch % 50 == 49) Console.WriteLine($"epoch {epoch + 1}: mean squared error {loss.Mean:F5}");
        }

        // </sine>
        return (model, model.Forward(x), next);
    }

    public static float Stream(LayerStack<float> model)
    {
        // <stream>
        State<float> state = model.CreateState(batch: 1);
        float[] value = [MathF.Sin(0.5f)];
        var prediction = new float[1];
        for (int t = 0; t < 100; t++)
        {
            model.Step(value, state, prediction); // allocates nothing
            value[0] = t < 50 ? MathF.Sin(0.3f * (t + 1) + 0.5f) : prediction[0]; // its own prediction from the 50th on
        }

        // </stream>
        return prediction[0];
    }

    public static (LayerStack<float> Model, IReadOnlyDictionary<string, string> Metadata) Save(LayerStack<float> model, string path)
    {
        // <save>
        ModelFile.Save(model, path, new() { Metadata = new Dictionary<string, string> { ["unit"] = "volt" } });
        LoadedModel<float> loaded = ModelFile.Load<float>(path);
        var again = (LayerStack<float>)loaded.Model;

        // </save>
        return (again, loaded.Metadata);
    }

    public static LayerStack<float> Network()
    {
        // <network>
        // Two layers in both directions and one that is regularised, over a ragged batch, to one answer an example.
        var network = new LayerStack<float>(
            Bidirectional.Of(seed => new LstmLayer<float>(12, 32, seed, new LstmOptions { Peepholes = true, ProjectionSize = 16 }), seed: 1),
            new DropoutLayer<float>(32, rate: 0.2, seed: 2),
            Bidirectional.Of(seed => new GruLayer<float>(32, 24, seed), seed: 3, BidirectionalMerge.Sum),
            new LstmLayer<float>(24, 24, seed: 4, new LstmOptions { LayerNormalization = true, RecurrentDropout = 0.1, HiddenZoneout = 0.05 }),
            new PoolingLayer<float>(24, Pooling.Last),
            new DenseLayer<float>(24, 5, seed: 5));
        Console.WriteLine(network.Summary(batch: 8, steps: 40));

        // </network>
        return network;
    }

    public static (LayerStack<float> Model, CustomRecurrentLayer<float, MinimalGatedUnit> Layer) Custom()
    {
        // <use>
        var unit = new CustomRecurrentLayer<float, MinimalGatedUnit>(inputSize: 8, hiddenSize: 64, seed: 1);
        var model = new LayerStack<float>(Bidirectional.Of(seed => new CustomRecurrentLayer<float, MinimalGatedUnit>(8, 32, seed), seed: 2), new DenseLayer<float>(64, 3, seed: 3));

        // </use>
        return (model, unit);
    }
}

// <mgu>
/// <summary>The minimal gated unit (Zhou et al. 2016), its forget gate after the product: f = σ(W x + U h + b), h = (1 - f)∘h + f∘tanh(W x + b + f∘(U h + b_hn)).</summary>
internal readonly struct MinimalGatedUnit : IRecurrentEquations
{
    public static int Gates => 2; // rows f, n

    public static bool SplitsLastGate => true; // the sums: n's input side, f, n's recurrent side

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
        TVector dn = dh * f * (one - n * n); // on what is inside tanh
        TVector dm = dn * f;
        f = (dh * (n - hPrevious) + dn * m) * f * (one - f);
        n = dn;
        m = dm;
        return direct;
    }
}

// </mgu>

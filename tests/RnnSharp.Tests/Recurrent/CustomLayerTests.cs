using System.Numerics;
using System.Runtime.CompilerServices;
using FluentAssertions;
using ReadmeExamples;
using RnnSharp.Layers;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;
using RnnSharp.Tests.Catalogue;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Recurrent;

/// <summary>User-defined cells: every shape of slots and gates, alone, in both directions, in a stack, streaming, and with options.</summary>
public sealed class CustomLayerTests
{
    public static TheoryData<string> Shapes => ["1 of 1", "2 of 1", "2 of 2", "3 of 2", "3 of 3", "4 of 3", "4 of 4 and c"];

    [Fact]
    public void A_copy_of_the_GRU_equations_gives_the_bits_of_GruLayer()
    {
        var own = new CustomRecurrentLayer<float, CopiedGru>(5, 37, seed: 3);
        var gru = new GruLayer<float>(5, 37, seed: 3);
        own.ParameterNames.Should().Equal(gru.ParameterNames);
        foreach (int batch in (int[])[1, 2, 7, 13])
        {
            var random = new Random(batch);
            Sequence<float> x = Make.Sequence<float>(5, batch, 6, random), dy = Make.Sequence<float>(37, batch, 6, random);
            State<float> initial = Make.State(gru, batch, random);
            ForwardPass<float> expected = gru.Forward(x, initial), actual = own.Forward(x, initial);
            Bits.ShouldBeSame<float>(actual.Output.Values, expected.Output.Values, "output");
            Gradients<float> expectedGradients = gru.Backward(expected, dy), gradients = own.Backward(actual, dy);
            Bits.ShouldBeSame<float>(gradients.Input!.Values, expectedGradients.Input!.Values, "gradient of the input");
            for (int p = 0; p < gradients.Parameters.Count; p++) Bits.ShouldBeSame<float>(gradients.Values(p), expectedGradients.Values(p), gradients.Names[p]);
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Gradients_agree_with_central_differences(string shape)
    {
        foreach (int hidden in (int[])[1, 4, 9, 17])
        {
            RecurrentLayer<double> forward = Create<double>(shape, 3, hidden, 1), backward = Create<double>(shape, 3, hidden, 2);
            var after = new DenseLayer<double>(hidden, 2, seed: 3);
            foreach (ILayer<double> layer in (ILayer<double>[])[forward, new LayerStack<double>(forward, after), new BidirectionalLayer<double>(forward, backward)])
            {
                var random = new Random(hidden);
                Sequence<double> x = Make.Sequence<double>(3, 3, 4, random), dy = Make.Sequence<double>(layer.OutputSize, 3, 4, random);
                x.SetLengths([4, 0, 2]);
                State<double> initial = Make.State(layer, 3, random);
                GradientCheck.Run(layer, x, (pass, outputGradient, _) => Dot(pass.Output, dy, outputGradient), initial).RelativeError.Should().BeLessThan(1e-6, "{0} of {1} units", shape, hidden);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Options_work_for_equations_of_every_shape(string shape)
    {
        var options = new CustomRecurrentOptions { LayerNormalization = true, RecurrentDropout = 0.3, HiddenZoneout = 0.2 };
        RecurrentLayer<double> layer = Create<double>(shape, 3, 7, 1, options);
        var random = new Random(1);
        Sequence<double> x = Make.Sequence<double>(3, 2, 5, random), dy = Make.Sequence<double>(7, 2, 5, random);
        GradientCheck.Run(layer, x, (pass, outputGradient, _) => Dot(pass.Output, dy, outputGradient), Make.State(layer, 2, random), step: 1e-4).RelativeError.Should().BeLessThan(1e-6, shape);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Steps_and_Predict_give_the_bits_of_Forward_for_every_batch(string shape)
    {
        Check<float>();
        Check<double>();

        void Check<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            RecurrentLayer<T> layer = Create<T>(shape, 5, 35, 1);
            for (int batch = 1; batch <= 13; batch++)
            {
                var random = new Random(batch);
                Sequence<T> x = Make.Sequence<T>(5, batch, 4, random);
                State<T> initial = Make.State(layer, batch, random), state = initial.Clone();
                ForwardPass<T> pass = layer.Forward(x, initial);
                Bits.ShouldBeSame<T>(layer.Predict(x, state).Values, pass.Output.Values, "prediction");
                Bits.ShouldBeSame(state, pass.FinalState, "final state");
                state = initial.Clone();
                var output = new T[35 * batch];
                for (int t = 0; t < 4; t++)
                {
                    layer.Step(x.Step(t), state, output);
                    Bits.ShouldBeSame<T>(output, pass.Output.Step(t), "step");
                }
            }
        }
    }

    [Fact]
    public void Equations_with_too_many_sums_are_rejected()
    {
        FluentActions.Invoking(() => new CustomRecurrentLayer<float, Shapeless>(2, 3)).Should().Throw<InvalidOperationException>().WithMessage("Expected Shapeless to have 1 to 4 sums, got 4 gates*split*");
    }

    [Fact]
    public void Equations_that_reset_h_are_rejected_without_a_gate_for_it_and_with_normalization()
    {
        FluentActions.Invoking(() => new CustomRecurrentLayer<float, LoneReset>(2, 3)).Should().Throw<InvalidOperationException>().WithMessage("Expected LoneReset to have 2 gates or more*because a gate resets h, got 1 gates*");
        FluentActions.Invoking(() => new CustomRecurrentLayer<float, ResetBeforeGruEquations>(2, 3, options: new CustomRecurrentOptions { LayerNormalization = true }))
            .Should().Throw<ArgumentException>().WithParameterName("options").WithMessage("*no LayerNormalization*one product of the last gate depends on another gate*");
    }

    private static double Dot(Sequence<double> y, Sequence<double> dy, Sequence<double> gradient)
    {
        double sum = 0;
        dy.Values.CopyTo(gradient.Values);
        for (int i = 0; i < y.Values.Length; i++) sum += y.Values[i] * dy.Values[i];
        return sum;
    }

    internal static RecurrentLayer<T> Create<T>(string shape, int inputs, int hidden, int seed, CustomRecurrentOptions? options = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => shape switch
        {
            "1 of 1" => new CustomRecurrentLayer<T, Softsign>(inputs, hidden, seed, options),
            "2 of 1" => new CustomRecurrentLayer<T, Modulated>(inputs, hidden, seed, options),
            "2 of 2" => new CustomRecurrentLayer<T, UpdateGateUnit>(inputs, hidden, seed, options),
            "3 of 2" => new CustomRecurrentLayer<T, MinimalGatedUnit>(inputs, hidden, seed, options),
            "3 of 3" => new CustomRecurrentLayer<T, OutputGateUnit>(inputs, hidden, seed, options),
            "4 of 3" => new CustomRecurrentLayer<T, CopiedGru>(inputs, hidden, seed, options),
            _ => new CustomRecurrentLayer<T, CopiedLstm>(inputs, hidden, seed, options),
        };

    /// <summary>h = s / √(1 + s²), without slots.</summary>
    private readonly struct Softsign : IRecurrentEquations
    {
        public static int Gates => 1;

        public static bool SavesGates => false;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Forward<T, TVector>(ref TVector s, ref TVector s1, ref TVector s2, ref TVector s3, in UnitWeights<TVector> weights, TVector hPrevious, TVector cPrevious, out TVector c)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where TVector : unmanaged, ISimdVector<TVector, T>
        {
            c = default;
            return s / TVector.Sqrt(TVector.MultiplyAdd(s, s, TVector.Broadcast(T.One)));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Backward<T, TVector>(ref TVector s, ref TVector s1, ref TVector s2, ref TVector s3, ref UnitWeights<TVector> weights, TVector dh, TVector h, TVector hPrevious, TVector c, TVector cPrevious, ref TVector dc)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where TVector : unmanaged, ISimdVector<TVector, T>
        {
            TVector rest = TVector.Broadcast(T.One) - h * h;
            s = dh * rest * TVector.Sqrt(rest);
            return default;
        }
    }

    /// <summary>h = tanh(x's side · h's side + x's side).</summary>
    private readonly struct Modulated : IRecurrentEquations
    {
        public static bool SplitsLastGate => true;

        public static int Gates => 1;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Forward<T, TVector>(ref TVector x, ref TVector m, ref TVector s2, ref TVector s3, in UnitWeights<TVector> weights, TVector hPrevious, TVector cPrevious, out TVector c)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where TVector : unmanaged, ISimdVector<TVector, T>
        {
            c = default;
            return TVector.Tanh(TVector.MultiplyAdd(x, m, x));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Backward<T, TVector>(ref TVector x, ref TVector m, ref TVector s2, ref TVector s3, ref UnitWeights<TVector> weights, TVector dh, TVector h, TVector hPrevious, TVector c, TVector cPrevious, ref TVector dc)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where TVector : unmanaged, ISimdVector<TVector, T>
        {
            TVector value = TVector.Tanh(TVector.MultiplyAdd(x, m, x));
            TVector sum = dh * (TVector.Broadcast(T.One) - value * value);
            TVector dm = sum * x;
            x = sum * m + sum;
            m = dm;
            return default;
        }
    }

    /// <summary>h = σ(o)∘tanh(i·g), where i is not squashed.</summary>
    private readonly struct OutputGateUnit : IRecurrentEquations
    {
        public static int Gates => 3;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Forward<T, TVector>(ref TVector i, ref TVector g, ref TVector o, ref TVector s3, in UnitWeights<TVector> weights, TVector hPrevious, TVector cPrevious, out TVector c)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where TVector : unmanaged, ISimdVector<TVector, T>
        {
            o = TVector.Sigmoid(o);
            c = default;
            return o * TVector.Tanh(i * g);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Backward<T, TVector>(ref TVector i, ref TVector g, ref TVector o, ref TVector s3, ref UnitWeights<TVector> weights, TVector dh, TVector h, TVector hPrevious, TVector c, TVector cPrevious, ref TVector dc)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where TVector : unmanaged, ISimdVector<TVector, T>
        {
            TVector one = TVector.Broadcast(T.One);
            TVector value = TVector.Tanh(i * g);
            TVector inner = dh * o * (one - value * value);
            o = dh * value * o * (one - o);
            TVector di = inner * g;
            g = inner * i;
            i = di;
            return default;
        }
    }

    private readonly struct CopiedGru : IRecurrentEquations
    {
        public static bool SplitsLastGate => true;

        public static int Gates => 3;

        public static bool UsesPreviousHidden => true;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Forward<T, TVector>(ref TVector n, ref TVector r, ref TVector z, ref TVector m, in UnitWeights<TVector> weights, TVector hPrevious, TVector cPrevious, out TVector c)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where TVector : unmanaged, ISimdVector<TVector, T> => GruEquations.Forward<T, TVector>(ref n, ref r, ref z, ref m, weights, hPrevious, cPrevious, out c);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Backward<T, TVector>(ref TVector n, ref TVector r, ref TVector z, ref TVector m, ref UnitWeights<TVector> weights, TVector dh, TVector h, TVector hPrevious, TVector c, TVector cPrevious, ref TVector dc)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where TVector : unmanaged, ISimdVector<TVector, T> => GruEquations.Backward<T, TVector>(ref n, ref r, ref z, ref m, ref weights, dh, h, hPrevious, c, cPrevious, ref dc);
    }

    private readonly struct CopiedLstm : IRecurrentEquations
    {
        public static int Gates => 4;

        public static bool HasCellState => true;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Forward<T, TVector>(ref TVector i, ref TVector f, ref TVector g, ref TVector o, in UnitWeights<TVector> weights, TVector hPrevious, TVector cPrevious, out TVector c)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where TVector : unmanaged, ISimdVector<TVector, T> => LstmEquations.Forward<T, TVector>(ref i, ref f, ref g, ref o, weights, hPrevious, cPrevious, out c);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Backward<T, TVector>(ref TVector i, ref TVector f, ref TVector g, ref TVector o, ref UnitWeights<TVector> weights, TVector dh, TVector h, TVector hPrevious, TVector c, TVector cPrevious, ref TVector dc)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where TVector : unmanaged, ISimdVector<TVector, T> => LstmEquations.Backward<T, TVector>(ref i, ref f, ref g, ref o, ref weights, dh, h, hPrevious, c, cPrevious, ref dc);
    }

    private readonly struct LoneReset : IRecurrentEquations
    {
        public static bool ResetsHidden => true;

        public static int Gates => 1;

        public static TVector Forward<T, TVector>(ref TVector s0, ref TVector s1, ref TVector s2, ref TVector s3, in UnitWeights<TVector> weights, TVector hPrevious, TVector cPrevious, out TVector c)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where TVector : unmanaged, ISimdVector<TVector, T> => c = default;

        public static TVector Backward<T, TVector>(ref TVector s0, ref TVector s1, ref TVector s2, ref TVector s3, ref UnitWeights<TVector> weights, TVector dh, TVector h, TVector hPrevious, TVector c, TVector cPrevious, ref TVector dc)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where TVector : unmanaged, ISimdVector<TVector, T> => default;
    }

    private readonly struct Shapeless : IRecurrentEquations
    {
        public static bool SplitsLastGate => true;

        public static int Gates => 4;

        public static TVector Forward<T, TVector>(ref TVector s0, ref TVector s1, ref TVector s2, ref TVector s3, in UnitWeights<TVector> weights, TVector hPrevious, TVector cPrevious, out TVector c)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where TVector : unmanaged, ISimdVector<TVector, T> => c = default;

        public static TVector Backward<T, TVector>(ref TVector s0, ref TVector s1, ref TVector s2, ref TVector s3, ref UnitWeights<TVector> weights, TVector dh, TVector h, TVector hPrevious, TVector c, TVector cPrevious, ref TVector dc)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where TVector : unmanaged, ISimdVector<TVector, T> => default;
    }
}

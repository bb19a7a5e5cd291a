using System.Numerics;
using System.Runtime.CompilerServices;
using FluentAssertions;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;
using RnnSharp.Tests.Numerics;
using Xunit;

namespace RnnSharp.Tests.Recurrent;

/// <summary>Sequences and states that change while a recurrent layer reads them: the call uses the memory, shape and lengths that it began with.</summary>
[Collection(nameof(ThreadSettings))]
public sealed class ConcurrentChangeTests : IDisposable
{
    private const int Inputs = 5;
    private const int Units = 19;
    private const int Batch = 4;
    private const int Steps = 6;

    private readonly ThreadSettings _settings = new();

    // What the equations call before they do anything.
    private static Action? _interruption;

    public ConcurrentChangeTests() => Compute.MaxDegreeOfParallelism = 1;

    public static TheoryData<bool, bool> Variants => new()
    {
        { false, false },
        { false, true },
        { true, false },
        { true, true },
    };

    public void Dispose()
    {
        _interruption = null;
        _settings.Dispose();
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void Forward_and_Predict_use_the_input_as_they_read_it_when_it_is_resized_meanwhile(bool isStaged, bool isRagged)
    {
        CustomRecurrentLayer<float, InterruptedCell> layer = Layer(isStaged);
        Sequence<float> x = Input(isRagged);
        ForwardPass<float> expected = layer.Forward(x);
        State<float> expectedState = layer.CreateState(Batch), state = layer.CreateState(Batch);
        Sequence<float> expectedPrediction = layer.Predict(x, expectedState), prediction = new(Units, Batch, Steps);
        foreach ((int batch, int steps) in ((int, int)[])[(1, 0), (1, 1), (Batch, 1), (2, Steps), (50, 90)])
        {
            ForwardPass<float> pass = Interrupted(() => layer.Forward(x), () => x.Resize(batch, steps));
            Bits.ShouldBeSame<float>(pass.Output.Values, expected.Output.Values, "output");
            Bits.ShouldBeSame<float>(pass.FinalState["h"].Values, expected.FinalState["h"].Values, "final state");
            pass.Output.Lengths.SequenceEqual(expected.Output.Lengths).Should().BeTrue();
            x = Input(isRagged);

            state.Clear();
            Interrupted(() => layer.Predict(x, state, prediction), () => x.Resize(batch, steps));
            Bits.ShouldBeSame<float>(prediction.Values, expectedPrediction.Values, "prediction");
            Bits.ShouldBeSame<float>(state["h"].Values, expectedState["h"].Values, "state");
            x = Input(isRagged);
        }
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void Forward_and_Predict_use_the_lengths_as_they_read_them_when_they_change_meanwhile(bool isStaged, bool isRagged)
    {
        CustomRecurrentLayer<float, InterruptedCell> layer = Layer(isStaged);
        Sequence<float> x = Input(isRagged);
        ForwardPass<float> expected = layer.Forward(x);
        Sequence<float> prediction = layer.Predict(x), reuse = new(Units, Batch, Steps);
        foreach (int[] lengths in (int[][])[[Steps, Steps, Steps, Steps], [0, 0, 0, 0], [1, 2, 3, 0]])
        {
            ForwardPass<float> pass = Interrupted(() => layer.Forward(x), () => x.SetLengths(lengths));
            Bits.ShouldBeSame<float>(pass.Output.Values, expected.Output.Values, "output");
            Bits.ShouldBeSame<float>(pass.FinalState["h"].Values, expected.FinalState["h"].Values, "final state");
            x = Input(isRagged);
            Interrupted(() => layer.Predict(x, reuse: reuse), () => x.SetLengths(lengths));
            Bits.ShouldBeSame<float>(reuse.Values, prediction.Values, "prediction");
            x = Input(isRagged);
        }
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void Backward_uses_what_it_read_when_its_sequences_and_states_are_resized_meanwhile(bool isStaged, bool isRagged)
    {
        CustomRecurrentLayer<float, InterruptedCell> layer = Layer(isStaged);
        Gradients<float>? expected = null;
        foreach ((int batch, int steps) in ((int, int)[])[(Batch, Steps), (1, 0), (1, 1), (2, Steps), (50, 90)])
        {
            Sequence<float> x = Input(isRagged), dy = Make.Sequence<float>(Units, Batch, Steps, new Random(2));
            ForwardPass<float> pass = layer.Forward(x);
            State<float> final = Make.State(layer, Batch, new Random(3));
            Gradients<float> gradients = layer.CreateGradients();
            Interrupted(() => layer.Backward(pass, dy, final, reuse: gradients), () =>
            {
                x.Resize(batch, steps);
                dy.Resize(batch, steps);
                pass.Output.Resize(batch, steps);
                final.Resize(batch);
            });
            expected ??= gradients;
            Bits.ShouldBeSame(gradients, expected);
        }
    }

    [Fact]
    public void Step_uses_the_state_as_it_read_it_when_it_is_resized_meanwhile()
    {
        foreach (bool isStaged in (bool[])[false, true])
        {
            CustomRecurrentLayer<float, InterruptedCell> layer = Layer(isStaged);
            Sequence<float> x = Input(isRagged: false);
            var expected = new float[Units * Batch];
            layer.Step(x.Step(0), layer.CreateState(Batch), expected);
            foreach (int batch in (int[])[1, 100])
            {
                State<float> state = layer.CreateState(Batch);
                var output = new float[Units * Batch];
                Interrupted(() => layer.Step(x.Step(0), state, output), () => state.Resize(batch));
                Bits.ShouldBeSame<float>(output, expected, "output");
            }
        }
    }

    [Theory]
    [InlineData("lstm", false)]
    [InlineData("lstm", true)]
    [InlineData("gru normalized", false)]
    [InlineData("gru normalized", true)]
    public void Calls_throw_nothing_unexpected_while_another_thread_changes_their_input(string name, bool isTokens)
    {
        RecurrentLayer<float> layer = name is "lstm"
            ? new LstmLayer<float>(Inputs, Units, seed: 1)
            : new GruLayer<float>(Inputs, Units, seed: 1, new GruOptions { LayerNormalization = true, HiddenZoneout = 0.1 });
        Sequence<float> x = isTokens ? Sequence<float>.ForTokens(Inputs, 1, 1) : new Sequence<float>(Inputs, 1, 1);
        State<float> state = layer.CreateState(1);
        var lengths = new int[200];
        var output = new float[Units * 3];
        ForwardPass<float> pass = layer.Forward(x);
        Gradients<float> gradients = layer.Backward(pass, null);
        ConcurrentChange.RunBeside(
            random =>
            {
                int batch = random.Next(1, 40), steps = random.Next(40);
                x.Resize(batch, steps);
                for (int j = 0; j < batch; j++) lengths[j] = random.Next(steps + 1);
                if (random.Next(2) == 0) x.SetLengths(lengths.AsSpan(0, batch));
                state.Resize(random.Next(1, 4));
            },
            [
                () => layer.Forward(x, reuse: pass),
                () => layer.Backward(pass, null, reuse: gradients),
                () => layer.Predict(x),
                () => layer.Predict(x, state),
                () => layer.Step(new float[Inputs * 3], state, output),
                () => layer.Step(new[] { 1, 2, 3 }, state, output),
            ]);
    }

    private static CustomRecurrentLayer<float, InterruptedCell> Layer(bool isStaged) =>
        new(Inputs, Units, seed: 1, isStaged ? new CustomRecurrentOptions { LayerNormalization = true } : null);

    private static Sequence<float> Input(bool isRagged)
    {
        Sequence<float> x = Make.Sequence<float>(Inputs, Batch, Steps, new Random(1));
        if (isRagged) x.SetLengths([4, Steps, 0, 2]);
        return x;
    }

    /// <summary>Runs a call, within which the first evaluation of the equations runs the interruption.</summary>
    private static TResult Interrupted<TResult>(Func<TResult> call, Action interruption)
    {
        _interruption = interruption;
        TResult result = call();
        _interruption.Should().BeNull("the equations have run");
        return result;
    }

    private static void Interrupted(Action call, Action interruption) => Interrupted(
        () =>
        {
            call();
            return 0;
        },
        interruption);

    private static void Interrupt()
    {
        Action? interruption = _interruption;
        _interruption = null;
        interruption?.Invoke();
    }

    /// <summary>h = tanh(s), with the interruption before it.</summary>
    private readonly struct InterruptedCell : IRecurrentEquations
    {
        public static int Gates => 1;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Forward<T, TVector>(ref TVector s, ref TVector s1, ref TVector s2, ref TVector s3, in UnitWeights<TVector> weights, TVector hPrevious, TVector cPrevious, out TVector c)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where TVector : unmanaged, ISimdVector<TVector, T>
        {
            Interrupt();
            c = default;
            s = TVector.Tanh(s);
            return s;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Backward<T, TVector>(ref TVector s, ref TVector s1, ref TVector s2, ref TVector s3, ref UnitWeights<TVector> weights, TVector dh, TVector h, TVector hPrevious, TVector c, TVector cPrevious, ref TVector dc)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where TVector : unmanaged, ISimdVector<TVector, T>
        {
            Interrupt();
            s = dh * (TVector.Broadcast(T.One) - s * s);
            return default;
        }
    }
}

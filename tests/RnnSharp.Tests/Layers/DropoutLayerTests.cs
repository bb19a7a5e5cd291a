using System.Numerics;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Tests.Recurrent;
using Xunit;

namespace RnnSharp.Tests.Layers;

/// <summary>What is dropped, how often, when again; and that the gradient is that of the mask drawn.</summary>
public sealed class DropoutLayerTests
{
    private const int Size = 37;
    private const int Batch = 5;
    private const int Steps = 7;

    public static TheoryData<DropoutMask> Masks => [.. Enum.GetValues<DropoutMask>()];

    public static TheoryData<DropoutMask, double> Rates
    {
        get
        {
            var data = new TheoryData<DropoutMask, double>();
            foreach (DropoutMask mask in Enum.GetValues<DropoutMask>())
            {
                foreach (double rate in (double[])[0, 1e-3, 0.1, 1.0 / 3, 0.5, 0.75, 0.99]) data.Add(mask, rate);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Rates))]
    public void Zeros_have_the_requested_rate_and_the_mean_stays(DropoutMask mask, double rate)
    {
        Check<float>();
        Check<double>();

        void Check<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            const int Draws = 25;
            var layer = new DropoutLayer<T>(64, rate, seed: 3, mask);
            Sequence<T> ones = Ones<T>(64, 50, 4);
            T kept = T.CreateChecked(1 / (1 - rate));
            ForwardPass<T>? pass = null;
            long zeros = 0, both = 0, again = 0, count = 0;
            T[] before = new T[ones.Values.Length];
            for (int draw = 0; draw < Draws; draw++)
            {
                pass = layer.Forward(ones, reuse: pass);

                // Of a mask for whole sequences the first step tells everything.
                ReadOnlySpan<T> y = mask == DropoutMask.EachStep ? pass.Output.Values : pass.Output.Step(0);
                for (int i = 0; i < y.Length; i++)
                {
                    if (!T.IsZero(y[i]) && y[i] != kept) Assert.Fail($"Expected 0 or {kept}, got {y[i]} at {i} of draw {draw}.");
                    zeros += T.IsZero(y[i]) ? 1 : 0;
                    both += T.IsZero(y[i]) && T.IsZero(y[(i + 1) % y.Length]) ? 1 : 0;
                    again += draw > 0 && T.IsZero(y[i]) && T.IsZero(before[i]) ? 1 : 0;
                }

                y.CopyTo(before);
                count += y.Length;
            }

            // Five standard deviations each: of the zeros, and of pairs that are independent where the neighbours and the draws are.
            Share(zeros, count, rate);
            Share(both, count, rate * rate);
            Share(again, count - count / Draws, rate * rate);
            if (rate == 0) zeros.Should().Be(0);
        }

        static void Share(long seen, long count, double probability)
        {
            double deviation = Math.Sqrt(count * probability * (1 - probability));
            ((double)seen).Should().BeInRange(count * probability - 5 * deviation - 1, count * probability + 5 * deviation + 1);
        }
    }

    [Fact]
    public void A_mask_of_whole_sequences_repeats_at_every_step_and_differs_by_example()
    {
        var layer = new DropoutLayer<double>(Size, 0.5, seed: 1, DropoutMask.WholeSequence);
        Sequence<double> y = layer.Forward(Ones<double>(Size, Batch, Steps)).Output;
        for (int t = 1; t < Steps; t++) Bits.ShouldBeSame<double>(y.Step(t), y.Step(0), "step");
        for (int j = 1; j < Batch; j++) y.Step(0).Slice(j * Size, Size).SequenceEqual(y.Step(0)[..Size]).Should().BeFalse();

        Sequence<double> each = new DropoutLayer<double>(Size, 0.5, seed: 1).Forward(Ones<double>(Size, Batch, Steps)).Output;
        for (int t = 1; t < Steps; t++) each.Step(t).SequenceEqual(each.Step(0)).Should().BeFalse();
    }

    [Theory]
    [MemberData(nameof(Masks))]
    public void Masks_depend_on_the_seed_and_the_draw_alone(DropoutMask mask)
    {
        Sequence<float> x = Make.Sequence<float>(Size, Batch, Steps, new Random(1));
        var layer = new DropoutLayer<float>(Size, 0.4, seed: 5, mask);
        float[][] draws = new float[20][];
        ForwardPass<float> pass = layer.CreatePass();
        for (int draw = 0; draw < draws.Length; draw++)
        {
            pass.Draw.Should().Be(draw);
            layer.Forward(x, reuse: pass).Should().BeSameAs(pass);
            draws[draw] = pass.Output.Values.ToArray();
            for (int other = 0; other < draw; other++) draws[draw].AsSpan().SequenceEqual(draws[other]).Should().BeFalse("draw {0} is not draw {1}", draw, other);
        }

        Bits.ShouldBeSame<float>(new DropoutLayer<float>(Size, 0.4, seed: 5, mask).Forward(x).Output.Values, draws[0], "a new pass of another layer of this seed");
        pass.Draw = 7;
        Bits.ShouldBeSame<float>(layer.Forward(x, reuse: pass).Output.Values, draws[7], "draw 7 again");
        pass.Draw.Should().Be(8);
        foreach (int seed in (int[])[0, 1, -5, 6, int.MaxValue])
            new DropoutLayer<float>(Size, 0.4, seed, mask).Forward(x).Output.Values.SequenceEqual(draws[0]).Should().BeFalse("seed {0} is not seed 5", seed);

        // Of neighbouring seeds too the draws are all different.
        pass = new DropoutLayer<float>(Size, 0.4, seed: 6, mask).CreatePass();
        for (int draw = 0; draw < draws.Length; draw++)
        {
            pass.Layer.Forward(x, reuse: pass);
            draws.Any(other => pass.Output.Values.SequenceEqual(other)).Should().BeFalse();
        }

        DropoutLayer<float> one = new(Size, 0.4, mask: mask), two = new(Size, 0.4, mask: mask);
        one.Seed.Should().NotBe(two.Seed, "it is drawn anew");
        Bits.ShouldBeSame<float>(new DropoutLayer<float>(Size, 0.4, one.Seed, mask).Forward(x).Output.Values, one.Forward(x).Output.Values, "the seed that was drawn");
    }

    [Fact]
    public void Draw_is_incremented_when_Forward_completes()
    {
        var layer = new DropoutLayer<double>(3, 0.5, seed: 1);
        ForwardPass<double> pass = layer.CreatePass();
        pass.Invoking(it => it.Draw = -1).Should().Throw<ArgumentOutOfRangeException>().WithMessage("Expected 0 or more, got -1.*");
        layer.Invoking(it => it.Forward(Make.Sequence<double>(4, 1, 1, new Random(1)), reuse: pass)).Should().Throw<ArgumentException>();
        pass.Draw.Should().Be(0);
        pass.Draw = long.MaxValue;
        layer.Forward(new Sequence<double>(3, 1, 1), reuse: pass);
        pass.Draw.Should().Be(0, "there is no larger number");
        layer.Backward(pass, null);
        layer.Predict(new Sequence<double>(3, 1, 1));
        pass.Draw.Should().Be(0, "only Forward draws");

        // A layer that fails half way, as one of another's could.
        var failing = new LayerStack<double>(new DropoutLayer<double>(3, 0.5, seed: 1), new ResidualLayer<double>(new PoolingLayer<double>(3, Pooling.Last)));
        pass = failing.CreatePass();
        failing.Invoking(it => it.Forward(new Sequence<double>(3, 1, 2), reuse: pass)).Should().Throw<InvalidOperationException>();
        pass.Draw.Should().Be(0);
    }

    [Fact]
    public void A_stack_and_a_residual_layer_pass_their_draw_on()
    {
        var dropout = new DropoutLayer<double>(Size, 0.5, seed: 2);
        var stack = new LayerStack<double>(new DropoutLayer<double>(Size, 0), new LayerStack<double>(dropout));
        var residual = new ResidualLayer<double>(dropout);
        Sequence<double> x = Make.Sequence<double>(Size, Batch, Steps, new Random(1));
        foreach (long draw in (long[])[0, 1, 9, 2])
        {
            ForwardPass<double> alone = dropout.CreatePass(), stacked = stack.CreatePass(), added = residual.CreatePass();
            alone.Draw = stacked.Draw = added.Draw = draw;
            double[] expected = dropout.Forward(x, reuse: alone).Output.Values.ToArray();
            for (int time = 0; time < 2; time++)
            {
                stacked.Draw = added.Draw = draw;
                Bits.ShouldBeSame<double>(stack.Forward(x, reuse: stacked).Output.Values, expected, "a stack's output");
                double[] sum = [.. expected.Zip(x.Values.ToArray(), (y, value) => y + value)];
                Bits.ShouldBeSame<double>(residual.Forward(x, reuse: added).Output.Values, sum, "a residual layer's output");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Masks))]
    public void Inference_and_a_rate_of_zero_change_nothing(DropoutMask mask)
    {
        var layer = new DropoutLayer<float>(Size, 0.5, seed: 1, mask);
        Sequence<float> x = Make.Sequence<float>(Size, Batch, Steps, new Random(1));
        Bits.ShouldBeSame<float>(layer.Predict(x).Values, x.Values, "prediction");
        State<float> state = layer.CreateState(Batch);
        var output = new float[Size * Batch];
        for (int t = 0; t < Steps; t++)
        {
            layer.Step(x.Step(t), state, output);
            Bits.ShouldBeSame<float>(output, x.Step(t), "a step");
        }

        var none = new DropoutLayer<float>(Size, 0, seed: 1, mask);
        ForwardPass<float> pass = none.Forward(x);
        Bits.ShouldBeSame<float>(pass.Output.Values, x.Values, "training at a rate of 0");
        Bits.ShouldBeSame<float>(none.Backward(pass, x).Input!.Values, x.Values, "its gradient");
    }

    [Theory]
    [MemberData(nameof(Masks))]
    public void Padding_has_no_effect(DropoutMask mask)
    {
        var layer = new DropoutLayer<double>(Size, 0.3, seed: 1, mask);
        var random = new Random(1);
        Sequence<double> x = Make.Sequence<double>(Size, 4, Steps, random), dy = Make.Sequence<double>(Size, 4, Steps, random);
        ForwardPass<double> whole = layer.Forward(x, reuse: layer.PassOfDraw(0));
        Gradients<double> wholeGradients = layer.Backward(whole, dy);
        int[] lengths = [3, 0, Steps, 1];
        double[] expected = Masked(whole.Output, lengths), expectedGradient = Masked(wholeGradients.Input!, lengths), given = Masked(x, lengths);

        Sequence<double> ragged = x.ConvertTo<double>(), raggedGradient = dy.ConvertTo<double>();
        ragged.Resize(4, Steps + 2); // two steps more, of padding alone
        raggedGradient.Resize(4, Steps + 2);
        ragged.SetLengths(lengths);
        Padding.Spoil(ragged, lengths);
        Padding.Spoil(raggedGradient, lengths);
        ForwardPass<double> pass = layer.Forward(ragged, reuse: layer.PassOfDraw(0));
        pass.Output.Lengths.ToArray().Should().Equal(lengths);
        Bits.ShouldBeSame<double>(pass.Output.Values[..expected.Length], expected, "output");
        pass.Output.Values[expected.Length..].ToArray().Should().OnlyContain(value => value == 0);
        Sequence<double> dx = layer.Backward(pass, raggedGradient).Input!;
        Bits.ShouldBeSame<double>(dx.Values[..expected.Length], expectedGradient, "gradient of the input");
        dx.Values[expected.Length..].ToArray().Should().OnlyContain(value => value == 0);
        Bits.ShouldBeSame<double>(layer.Predict(ragged).Values[..expected.Length], given, "prediction");

        static double[] Masked(Sequence<double> sequence, int[] lengths) =>
            [.. sequence.Values.ToArray().Select((value, i) => i / sequence.Features / sequence.Batch < lengths[i / sequence.Features % sequence.Batch] ? value : 0)];
    }

    [Theory]
    [MemberData(nameof(Masks))]
    public void Dropped_values_have_no_effect_even_if_not_finite(DropoutMask mask)
    {
        var layer = new DropoutLayer<float>(Size, 0.5, seed: 1, mask);
        Sequence<float> ones = Ones<float>(Size, Batch, Steps), x = Ones<float>(Size, Batch, Steps);
        float[] expected = layer.Forward(ones, reuse: layer.PassOfDraw(0)).Output.Values.ToArray();
        for (int i = 0; i < expected.Length; i++)
        {
            if (expected[i] == 0) x.Values[i] = i % 2 == 0 ? float.NaN : float.PositiveInfinity;
        }

        Bits.ShouldBeSame<float>(layer.Forward(x, reuse: layer.PassOfDraw(0)).Output.Values, expected, "output");
    }

    [Theory]
    [MemberData(nameof(Masks))]
    public void Backward_applies_the_mask_of_the_pass(DropoutMask mask)
    {
        var layer = new DropoutLayer<float>(Size, 0.6, seed: 4, mask);
        var random = new Random(2);
        Sequence<float> x = Make.Sequence<float>(Size, Batch, Steps, random), dy = Make.Sequence<float>(Size, Batch, Steps, random);
        ForwardPass<float>? pass = null;
        for (int draw = 0; draw < 3; draw++)
        {
            pass = layer.Forward(x, reuse: pass);

            // The layer is linear: its gradient is what it makes of dy by the same mask.
            ForwardPass<float> linear = layer.CreatePass();
            linear.Draw = draw;
            Bits.ShouldBeSame<float>(layer.Backward(pass, dy).Input!.Values, layer.Forward(dy, reuse: linear).Output.Values, "gradient of the input");
            layer.Backward(pass, null).Input!.Values.ToArray().Should().OnlyContain(value => value == 0);
            layer.Backward(pass, dy, inputGradient: false).Input.Should().BeNull();
        }
    }

    private static Sequence<T> Ones<T>(int features, int batch, int steps)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var ones = new Sequence<T>(features, batch, steps);
        ones.Values.Fill(T.One);
        return ones;
    }
}

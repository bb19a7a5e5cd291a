using FluentAssertions;
using RnnSharp.Recurrent;
using Xunit;

namespace RnnSharp.Tests.Recurrent;

/// <summary>Calls while weights are written: each uses the weights from before or after a write, and packed weights in use stay as they are.</summary>
public sealed class PackedWeightsTests
{
    private const int Inputs = 5;
    private const int Steps = 4;

    public static TheoryData<RecurrentKind> Kinds => [.. Enum.GetValues<RecurrentKind>()];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_call_during_a_write_uses_the_weights_from_before_or_after_it(RecurrentKind kind)
    {
        const int Readers = 4;
        const int Calls = 30;
        RecurrentLayer<float> layer = Make.Layer<float>(kind, Inputs, hidden: 40);
        Sequence<float> x = Make.Sequence<float>(Inputs, batch: 3, Steps, new Random(1)), dy = Make.Sequence<float>(layer.HiddenSize, batch: 3, Steps, new Random(2));
        float[] oneWay = layer.RecurrentWeights.Values.ToArray(), other = [.. oneWay.Select(weight => -weight)];
        (float[] Output, float[] Gradient) before = Expected(oneWay), after = Expected(other);

        int reading = Readers;
        var failures = new Exception?[Readers];
        Thread[] readers = [.. Enumerable.Range(0, Readers).Select(number => new Thread(() => failures[number] = Record.Exception(Read)))];
        foreach (Thread reader in readers) reader.Start();
        for (int write = 0; Volatile.Read(ref reading) > 0; write++)
        {
            layer.RecurrentWeights.Set(write % 2 == 0 ? oneWay : other);
            Thread.Yield();
        }

        foreach (Thread reader in readers) reader.Join();
        failures.Should().OnlyContain(failure => failure == null);

        (float[] Output, float[] Gradient) Expected(float[] weights)
        {
            layer.RecurrentWeights.Set(weights);
            ForwardPass<float> pass = layer.Forward(x);
            return (pass.Output.Values.ToArray(), layer.Backward(pass, dy).Values(0).ToArray());
        }

        void Read()
        {
            try
            {
                ForwardPass<float>? pass = null;
                Gradients<float>? gradients = null;
                for (int call = 0; call < Calls; call++) (pass, gradients) = ReadOnce(pass, gradients);
            }
            finally
            {
                Interlocked.Decrement(ref reading);
            }
        }

        (ForwardPass<float> Pass, Gradients<float>? Gradients) ReadOnce(ForwardPass<float>? pass, Gradients<float>? gradients)
        {
            pass = layer.Forward(x, reuse: pass);
            bool first = pass.Output.Values.SequenceEqual(before.Output);
            if (!first) Bits.ShouldBeSame<float>(pass.Output.Values, after.Output, "output");
            try
            {
                gradients = layer.Backward(pass, dy, reuse: gradients);
                Bits.ShouldBeSame<float>(gradients.Values(0), first ? before.Gradient : after.Gradient, "gradient");
            }
            catch (ArgumentException refusal) when (string.Equals(refusal.ParamName, "pass", StringComparison.Ordinal))
            {
                // The weights have moved on since Forward.
            }

            return (pass, gradients);
        }
    }

    [Fact]
    public void Packed_weights_in_use_stay_as_they_are_and_are_reused_once_free()
    {
        var parameter = new Parameter<float>("p", 1, 1);
        PackCache<float, Snapshot> cache = Snapshot.CacheOf(parameter);
        new Snapshot().TryUse().Should().BeFalse("it is not filled yet");
        parameter.Set([1]);
        Snapshot first = cache.Acquire();
        cache.Acquire().Should().BeSameAs(first);
        cache.EnsureTransposed(first).Should().BeTrue();
        parameter.Set([2]);
        Snapshot second = cache.Acquire();
        second.Should().NotBeSameAs(first);
        (first.Value, second.Value).Should().Be((1, 2));
        second.HasTransposed.Should().BeFalse();
        cache.EnsureTransposed(first).Should().BeTrue("it was transposed when it was new");
        parameter.Set([3]);
        cache.EnsureTransposed(second).Should().BeFalse("the parameter has moved on");

        first.Release();
        Snapshot third = cache.Acquire();
        third.Should().NotBeSameAs(first).And.NotBeSameAs(second, "both are in use still");
        first.Release();
        parameter.Set([4]);
        Snapshot fourth = cache.Acquire();
        fourth.Should().BeSameAs(first, "nobody uses it any more");
        (fourth.Value, fourth.HasTransposed).Should().Be((4, false));
        (second.Value, third.Value).Should().Be((2, 3));
    }

    [Fact]
    public void A_call_waits_for_a_write_to_end()
    {
        var parameter = new Parameter<float>("p", 1, 1);
        PackCache<float, Snapshot> cache = Snapshot.CacheOf(parameter);
        float seen = 0;
        var reader = new Thread(() => seen = cache.Acquire().Value);
        parameter.Update(reader, static (values, reader) =>
        {
            values[0] = -1;
            reader.Start();
            reader.Join(50).Should().BeFalse();
            values[0] = 5;
        });
        reader.Join();
        seen.Should().Be(5);
    }

    [Fact]
    public void A_layer_called_from_an_update_of_its_parameter_throws_instead_of_waiting()
    {
        var layer = new GruLayer<double>(2, 3, seed: 1);
        var x = new Sequence<double>(2, 1, 1);
        layer.Bias.Invoking(bias => bias.Update(0, (_, _) => layer.Predict(x))).Should().Throw<InvalidOperationException>().WithMessage("*within an update of its own parameter bias*");
        layer.Bias.Invoking(bias => bias.Update(0, (_, _) => bias.Set(new double[9]))).Should().Throw<InvalidOperationException>().WithMessage("bias is being updated by this thread*");
        layer.Predict(x).Steps.Should().Be(1);
    }

    /// <summary>A parameter of one number, packed.</summary>
    private sealed class Snapshot : PackedSnapshot
    {
        public float Value { get; private set; }

        public static PackCache<float, Snapshot> CacheOf(Parameter<float> parameter) =>
            new([parameter], snapshot => snapshot.Value = parameter.Values[0], static _ => { });
    }
}

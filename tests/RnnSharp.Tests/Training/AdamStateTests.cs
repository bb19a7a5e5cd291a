using System.Numerics;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Tests.Recurrent;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Training;

/// <summary>Adam's state, saved and set: a resumed run equals an uninterrupted one.</summary>
public sealed class AdamStateTests
{
    [Fact]
    public void A_saved_state_continues_bit_for_bit_in_another_optimizer()
    {
        Check<double>();
        Check<float>();

        static void Check<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            LayerStack<T> layer = Network(1), copy = Network(2);
            Adam<T> adam = NewAdam(), fresh = NewAdam();
            Train(layer, adam, 0, 7);
            AdamState<T> state = adam.GetState(layer);
            state.Moments.Keys.Should().BeEquivalentTo(layer.ParameterNames);
            for (int p = 0; p < layer.Parameters.Count; p++) copy.Parameters[p].Set(layer.Parameters[p].Values);

            // The new optimizer has seen the copy already and must forget that; the old one goes on meanwhile.
            Train(copy, fresh, 50, 3);
            for (int p = 0; p < layer.Parameters.Count; p++) copy.Parameters[p].Set(layer.Parameters[p].Values);
            Train(layer, adam, 7, 9);
            fresh.SetState(copy, state);
            Train(copy, fresh, 7, 9);
            for (int p = 0; p < layer.Parameters.Count; p++) Bits.ShouldBeSame(copy.Parameters[p].Values, layer.Parameters[p].Values, layer.ParameterNames[p]);
            ShouldBeSame(fresh.GetState(copy), adam.GetState(layer));

            // A run that was never interrupted is the same, one that forgets what it knew is not.
            LayerStack<T> other = Network(1);
            Train(other, NewAdam(), 0, 16);
            Bits.ShouldBeSame(other.Parameters[0].Values, layer.Parameters[0].Values, "a run without interruption");
            other = Network(1);
            Train(other, NewAdam(), 0, 7);
            Train(other, NewAdam(), 7, 9);
            other.Parameters[0].Values.SequenceEqual(layer.Parameters[0].Values).Should().BeFalse();

            static LayerStack<T> Network(int seed) => new LayerStack<T>(new GruLayer<T>(3, 5, seed), new DenseLayer<T>(5, 2, seed));

            static Adam<T> NewAdam() => new(0.01, weightDecay: 0.1);

            static void Train(LayerStack<T> layer, Adam<T> adam, int first, int steps)
            {
                Gradients<T> gradients = layer.CreateGradients();
                for (int step = first; step < first + steps; step++)
                {
                    AdamTests.Fill(gradients, new Random(step), 1);
                    adam.Step(layer.Parameters, gradients);
                }
            }
        }
    }

    [Fact]
    public void GetState_and_SetState_copy()
    {
        var layer = new RnnLayer<float>(2, 3, seed: 1);
        var gradients = new Gradients<float>(layer);
        AdamTests.Fill(gradients, new Random(1), 1);
        var adam = new Adam<float>();
        adam.GetState(layer).Moments.Should().BeEmpty("no parameter was stepped");
        adam.Step(layer.Parameters, gradients);
        AdamState<float> state = adam.GetState(layer), before = adam.GetState(layer);
        state.Moments["bias"].First[0] = 42;
        ShouldBeSame(adam.GetState(layer), before);

        adam.SetState(layer, state);
        state.Moments["bias"].Second[0] = 43;
        adam.GetState(layer).Moments["bias"].First[0].Should().Be(42);
        adam.GetState(layer).Moments["bias"].Second[0].Should().NotBe(43);

        adam.SetState(layer, new AdamState<float>(new Dictionary<string, AdamMoments<float>>(StringComparer.Ordinal) { ["bias"] = state.Moments["bias"] }));
        adam.GetState(layer).Moments.Keys.Should().Equal("bias");
    }

    [Fact]
    public void SetState_rejects_a_state_that_does_not_fit_and_changes_nothing()
    {
        var layer = new RnnLayer<float>(2, 3, seed: 1);
        var gradients = new Gradients<float>(layer);
        AdamTests.Fill(gradients, new Random(1), 1);
        var adam = new Adam<float>();
        adam.Step(layer.Parameters, gradients);
        AdamState<float> before = adam.GetState(layer);
        AdamMoments<float> bias = before.Moments["bias"], inputs = before.Moments["weight_ih"];

        Refused("3 first and second moments of bias", "4, 3 and 1", ("weight_ih", inputs), ("bias", bias with { First = new float[4] }));
        Refused("3 first and second moments of bias", "3, 2 and 1", ("weight_ih", inputs), ("bias", bias with { Second = new float[2] }));
        Refused("1 to 9007199254740992 steps", "3, 3 and 0", ("bias", bias with { Steps = 0 }));
        Refused("1 to 9007199254740992 steps", "3, 3 and -1", ("weight_ih", inputs), ("bias", bias with { Steps = -1 }));
        Refused("weight_ih, weight_hh, bias", "got gamma", ("weight_ih", inputs with { Steps = 9 }), ("gamma", bias));

        void Refused(string expected, string given, params (string Name, AdamMoments<float> Moments)[] moments)
        {
            var state = new AdamState<float>(moments.ToDictionary(pair => pair.Name, pair => pair.Moments, StringComparer.Ordinal));
            adam.Invoking(it => it.SetState(layer, state)).Should().Throw<ArgumentException>().WithParameterName("state").WithMessage($"*{expected}*{given}*");
            ShouldBeSame(adam.GetState(layer), before);
        }
    }

    [Fact]
    public void SetState_rejects_moments_that_no_step_leaves_and_changes_nothing()
    {
        var layer = new DenseLayer<float>(1, 1, seed: 1);
        Gradients<float> gradients = layer.CreateGradients();
        gradients.Values(0)[0] = 3;
        var adam = new Adam<float>();
        adam.Step(layer.Parameters, gradients);
        AdamState<float> before = adam.GetState(layer);
        foreach (AdamMoments<float> moments in (AdamMoments<float>[])[new(1, [float.NaN], [1]), new(1, [1], [-1]), new(long.MaxValue, [1], [1])])
            adam.Invoking(it => it.SetState(layer, new AdamState<float>(new Dictionary<string, AdamMoments<float>>(StringComparer.Ordinal) { ["weight"] = moments }))).Should().Throw<ArgumentException>().WithParameterName("state");
        ShouldBeSame(adam.GetState(layer), before);
    }

    internal static void ShouldBeSame<T>(AdamState<T> actual, AdamState<T> expected)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        actual.Moments.Keys.Should().BeEquivalentTo(expected.Moments.Keys);
        foreach ((string name, AdamMoments<T> moments) in expected.Moments)
        {
            actual.Moments[name].Steps.Should().Be(moments.Steps);
            Bits.ShouldBeSame<T>(actual.Moments[name].First, moments.First, $"first moments of {name}");
            Bits.ShouldBeSame<T>(actual.Moments[name].Second, moments.Second, $"second moments of {name}");
        }
    }
}

using System.Numerics;
using System.Text.Json;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Tests.Layers;
using RnnSharp.Tests.References;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Training;

/// <summary>Stochastic gradient descent against sgd.py, which follows PyTorch's documentation in exact arithmetic.</summary>
public sealed class SgdTests
{
    private static readonly JsonElement[] Cases = [.. JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "References", "sgd.json"))).RootElement.EnumerateArray()];

    public static TheoryData<int> Numbers => [.. Enumerable.Range(0, Cases.Length)];

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Trajectories_equal_the_reference(int number)
    {
        Check<double>(Cases[number], 1e-14);
        Check<float>(Cases[number], 2e-6);
    }

    [Fact]
    public void A_frozen_parameter_stays_and_warm_steps_allocate_nothing()
    {
        var layer = new DenseLayer<float>(30, 20, seed: 1);
        layer.Bias.Frozen = true;
        float[] bias = layer.Bias.Values.ToArray();
        Gradients<float> gradients = layer.CreateGradients();
        gradients.Values(0).Fill(1);
        gradients.Values(1).Fill(1);
        var sgd = new Sgd<float>(0.1, momentum: 0.9);
        for (int i = 0; i < 3; i++) sgd.Step(layer.Parameters, gradients);
        Warm.Allocated(() => sgd.Step(layer.Parameters, gradients)).Should().Be(0);
        layer.Bias.Values.ToArray().Should().Equal(bias);
    }

    [Fact]
    public void The_constructor_rejects_values_out_of_range()
    {
        Rejects("learningRate", () => new Sgd<float>(1e39));
        Rejects("learningRate", () => new Sgd<double>(-1));
        Rejects("momentum", () => new Sgd<double>(0.1, momentum: 1));
        Rejects("dampening", () => new Sgd<double>(0.1, momentum: 0.5, dampening: double.NaN));
        Rejects("weightDecay", () => new Sgd<double>(0.1, weightDecay: double.PositiveInfinity));
        Rejects("nesterov", () => new Sgd<double>(0.1, nesterov: true));
        Rejects("nesterov", () => new Sgd<double>(0.1, momentum: 0.9, dampening: 0.1, nesterov: true));

        static void Rejects(string argument, Func<object> create) => create.Should().Throw<ArgumentException>().WithParameterName(argument);
    }

    private static void Check<T>(JsonElement item, double tolerance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var layer = new DenseLayer<T>(1, 5, seed: 1);
        layer.Weights.Set([.. item.Values("weights").Select(T.CreateChecked)]);
        var sgd = new Sgd<T>(item.Number("rate"), item.Number("momentum"), item.Number("dampening"), item.Number("weight_decay"), item.GetProperty("nesterov").GetBoolean());
        Gradients<T> gradients = layer.CreateGradients();
        foreach (JsonElement step in item.GetProperty("gradients").EnumerateArray())
        {
            step.Values().Select(T.CreateChecked).ToArray().CopyTo(gradients.Values(0));
            sgd.Step([layer.Weights], gradients);
        }

        double[] expected = item.Values("result");
        for (int i = 0; i < expected.Length; i++) double.CreateChecked(layer.Weights.Values[i]).Should().BeApproximately(expected[i], tolerance);
    }
}

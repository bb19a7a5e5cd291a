using System.Numerics;
using System.Text.Json;
using FluentAssertions;
using RnnSharp.Tests.References;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Training;

/// <summary>Every loss object against PyTorch (torch_losses.py): value, gradient and the loss of each element, ragged and weighted.</summary>
public sealed class TorchLossCasesTests
{
    private static readonly JsonElement[] Cases = [.. JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "References", "torch_losses.json"))).RootElement.EnumerateArray()];

    public static TheoryData<int> Numbers => [.. Enumerable.Range(0, Cases.Length)];

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Values_and_gradients_equal_PyTorch(int number)
    {
        Check<double>(Cases[number], 1e-12);
        Check<float>(Cases[number], 4e-5);
    }

    private static void Check<T>(JsonElement item, double tolerance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        LossCase<T> given = LossCase<T>.Read(item);
        Sequence<T> gradient = new(1, 1, 0), losses = new(1, 1, 0);
        LossValue value = given.Loss.Compute(given.Output, given.Target, gradient, given.Weights, losses);

        Near<T>([T.CreateChecked(value.Value)], [item.Number("value")], tolerance, "value");
        double[] expected = item.Values("losses");
        Near<T>(losses.Values, expected, tolerance, "losses");
        value.Sum.Should().BeApproximately(expected.Sum(), tolerance * Math.Max(1, expected.Sum(Math.Abs)));
        Near<T>(gradient.Values, item.Values("gradient"), tolerance, "gradient");
        gradient.Lengths.ToArray().Should().Equal(given.Output.Lengths.ToArray());
        losses.Lengths.ToArray().Should().Equal(given.Output.Lengths.ToArray());
        given.Loss.Compute(given.Output, given.Target, stepWeights: given.Weights).Should().Be(value, "the gradient is not needed for the value");
        Sequence<T> again = new(1, 1, 0);
        given.Loss.Compute(given.Output, given.Target, again, given.Weights).Should().Be(value, "nor are the losses");
        again.Values.ToArray().Should().Equal(gradient.Values.ToArray());
    }

    private static void Near<T>(ReadOnlySpan<T> actual, double[] expected, double tolerance, string what)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        actual.Length.Should().Be(expected.Length, what);
        for (int i = 0; i < expected.Length; i++)
        {
            double difference = Math.Abs(double.CreateChecked(actual[i]) - expected[i]);
            if (!(difference <= tolerance * Math.Max(0.01, Math.Abs(expected[i])))) Assert.Fail($"{what}: expected {expected[i]:R} at {i}, got {actual[i]}, {difference:E2} away.");
        }
    }
}

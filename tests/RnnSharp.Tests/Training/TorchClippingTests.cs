using System.Text.Json;
using FluentAssertions;
using RnnSharp.Recurrent;
using RnnSharp.Tests.References;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Training;

/// <summary>Clipping by norms of all orders against torch_clipping.py.</summary>
public sealed class TorchClippingTests
{
    private static readonly JsonElement[] Cases = [.. JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "References", "torch_clipping.json"))).RootElement.EnumerateArray()];

    public static TheoryData<int> Numbers => [.. Enumerable.Range(0, Cases.Length)];

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Norms_and_clipped_gradients_equal_PyTorch(int number)
    {
        JsonElement item = Cases[number];
        double order = item.GetProperty("order") is { ValueKind: JsonValueKind.Number } value ? value.GetDouble() : double.PositiveInfinity;
        Gradients<double> gradients = Draw();
        double norm = GradientClipping.ByNorm(gradients, item.Number("max_norm"), order, item.GetProperty("per_parameter").GetBoolean());
        norm.Should().BeApproximately(item.Number("norm"), 1e-12 * norm);
        double[] sums = item.Values("sums");
        for (int p = 0; p < sums.Length; p++)
        {
            gradients.Values(p).ToArray().Sum().Should().BeApproximately(sums[p], 1e-12);
            GoldenCases.ShouldBeNear<double>(gradients.Values(p)[^3..], item.GetProperty("last")[p].Values(), 1e-12, gradients.Names[p]);
        }
    }

    [Fact]
    public void Orders_between_the_common_ones_lie_between_them()
    {
        double last = double.PositiveInfinity;
        foreach (double order in (double[])[1, 1.25, 2, 2.5, 3, 10, 300, 1e300, double.PositiveInfinity])
        {
            double norm = GradientClipping.ByNorm(Draw(), 1e6, order);
            norm.Should().BeLessThan(last * (1 + 1e-12));
            last = norm;
        }

        last.Should().Be(Enumerable.Range(0, 3).Max(p => Draw().Values(p).ToArray().Max(Math.Abs)));
    }

    [Fact]
    public void Powers_of_large_and_small_numbers_do_not_overflow()
    {
        foreach (double size in (double[])[1e200, 1e-200, double.Epsilon, double.MaxValue / 8])
        {
            Gradients<double> gradients = Draw();
            gradients.Clear();
            gradients.Values(0)[3] = -size;
            gradients.Values(2)[1] = size;
            double norm = GradientClipping.ByNorm(gradients, 1e300, order: 3);
            norm.Should().BeApproximately(size * Math.Cbrt(2), Math.Max(1e-14 * size, double.Epsilon));
        }
    }

    [Fact]
    public void A_limit_for_each_parameter_leaves_those_below_it()
    {
        Gradients<double> gradients = Draw();
        double[] first = gradients.Values(0).ToArray(), last = gradients.Values(2).ToArray();
        gradients.Values(1).Fill(100);
        GradientClipping.ByNorm(gradients, 10, perParameter: true).Should().BeGreaterThan(700);
        gradients.Values(0).ToArray().Should().Equal(first);
        gradients.Values(2).ToArray().Should().Equal(last);
        gradients.Values(1)[0].Should().BeApproximately(10.0 / 7, 1e-8);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(3, true)]
    [InlineData(double.PositiveInfinity, false)]
    [InlineData(double.PositiveInfinity, true)]
    public void NaN_and_infinity_are_refused_by_every_order_and_nothing_changes(double order, bool perParameter)
    {
        foreach (double bad in (double[])[double.NaN, double.PositiveInfinity, double.NegativeInfinity])
        {
            Gradients<double> gradients = Draw();
            gradients.Values(2)[4] = bad;
            double[] before = gradients.Values(0).ToArray();
            gradients.Invoking(it => GradientClipping.ByNorm(it, 0.1, order, perParameter)).Should().Throw<ArgumentException>()
                .WithParameterName("gradients").WithMessage($"Expected gradients with a finite norm, got {(double.IsNaN(bad) ? double.NaN : double.PositiveInfinity)}*");
            gradients.Values(0).ToArray().Should().Equal(before);
        }
    }

    /// <summary>The script's numbers.</summary>
    private static Gradients<double> Draw()
    {
        var gradients = new RnnLayer<double>(3, 7, seed: 1).CreateGradients();
        for (int p = 0; p < gradients.Parameters.Count; p++)
        {
            Span<double> values = gradients.Values(p);
            for (int i = 0; i < values.Length; i++) values[i] = ((7919 * i + 104729 * p) % 2001 - 1000) / 500.0;
        }

        return gradients;
    }
}

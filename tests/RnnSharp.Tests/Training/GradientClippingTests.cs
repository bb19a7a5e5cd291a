using System.Numerics;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Tests.Layers;
using RnnSharp.Tests.Recurrent;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Training;

public sealed class GradientClippingTests
{
    [Fact]
    public void ByValue_rejects_a_limit_that_is_zero_in_float()
    {
        Gradients<float> gradients = new DenseLayer<float>(1, 1, seed: 1).CreateGradients();
        gradients.Invoking(it => GradientClipping.ByValue(it, 1e-50)).Should().Throw<ArgumentException>().WithParameterName("limit");
    }

    [Fact]
    public void ByValue_limits_every_element_and_leaves_the_rest()
    {
        Check<double>();
        Check<float>();

        static void Check<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            foreach (double limit in (double[])[0.25, 0.5, 3])
            {
                Gradients<T> gradients = Draw<T>(seed: 1);
                gradients.Values(1)[0] = T.PositiveInfinity;
                gradients.Values(2)[1] = T.NegativeInfinity;
                T bound = T.CreateChecked(limit);
                T[][] expected = [.. All(gradients).Select(values => values.Select(value => T.Min(bound, T.Max(-bound, value))).ToArray())];
                GradientClipping.ByValue(gradients, limit);
                ShouldBe(gradients, expected);
            }

            Gradients<T> same = Draw<T>(seed: 2);
            T[][] before = All(same);
            GradientClipping.ByValue(same, 1);
            ShouldBe(same, before);
        }
    }

    [Fact]
    public void ByNorm_rejects_a_norm_that_is_zero_in_float_and_changes_nothing()
    {
        Gradients<float> gradients = new DenseLayer<float>(1, 1, seed: 1).CreateGradients();
        gradients.Values(0)[0] = 3;
        FluentActions.Invoking(() => GradientClipping.ByNorm(gradients, 1e-46)).Should().Throw<ArgumentException>().WithParameterName("maxNorm");
        gradients.Values(0)[0].Should().Be(3);
    }

    [Fact]
    public void ByNorm_scales_by_one_factor_and_returns_the_norm_before()
    {
        Check<double>(1e-14);
        Check<float>(1e-6);

        static void Check<T>(double tolerance)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            for (int seed = 1; seed <= 10; seed++)
            {
                Gradients<T> gradients = Draw<T>(seed);
                T[][] before = All(gradients);
                double norm = Math.Sqrt(before.Sum(values => values.Sum(value => Math.Pow(double.CreateChecked(value), 2))));
                foreach (double limit in (double[])[norm / 1000, norm / 3, norm * 0.999])
                {
                    for (int p = 0; p < before.Length; p++) before[p].CopyTo(gradients.Values(p));
                    GradientClipping.ByNorm(gradients, limit).Should().BeApproximately(norm, tolerance * norm);
                    double factor = limit / (norm + 1e-6);
                    gradients.Norm().Should().BeApproximately(norm * factor, tolerance * norm * factor);
                    for (int p = 0; p < before.Length; p++)
                    {
                        for (int i = 0; i < before[p].Length; i++)
                        {
                            double expected = double.CreateChecked(before[p][i]) * factor;
                            double.CreateChecked(gradients.Values(p)[i]).Should().BeApproximately(expected, tolerance * Math.Abs(expected), "the direction stays");
                        }
                    }
                }
            }
        }
    }

    [Fact]
    public void ByNorm_keeps_every_bit_of_gradients_within_the_norm()
    {
        Gradients<float> gradients = Draw<float>(seed: 3);
        float[][] before = All(gradients);
        double norm = gradients.Norm();
        GradientClipping.ByNorm(gradients, norm + 1e-6).Should().Be(norm);
        ShouldBe(gradients, before);
        GradientClipping.ByNorm(gradients, 2 * norm).Should().Be(norm);
        ShouldBe(gradients, before);
        gradients.Clear();
        GradientClipping.ByNorm(gradients, 1).Should().Be(0);
        All(gradients).SelectMany(values => values).Should().OnlyContain(value => value == 0);
    }

    [Fact]
    public void The_norm_is_computed_in_double_precision()
    {
        // The squares of 1e30 and 1e-30 are neither finite nor above zero in single precision.
        Gradients<float> gradients = Draw<float>(seed: 4);
        foreach (float size in (float[])[1e30f, 1e-30f])
        {
            gradients.Clear();
            gradients.Values(0)[0] = 3 * size;
            gradients.Values(2)[1] = -4 * size;

            // A norm that is small beside 10^-6 is scaled by far less than the limit, as in PyTorch.
            float factor = (float)(size / (5.0 * size + 1e-6));
            GradientClipping.ByNorm(gradients, size).Should().BeApproximately(5.0 * size, 1e-6 * size);
            gradients.Values(0)[0].Should().BeApproximately(3 * size * factor, 1e-6f * size * factor);
            gradients.Values(2)[1].Should().BeApproximately(-4 * size * factor, 1e-6f * size * factor);
        }
    }

    [Fact]
    public void NaN_is_rejected_and_nothing_changes()
    {
        Check<double>();
        Check<float>();

        static void Check<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            foreach (T bad in (T[])[T.NaN, T.PositiveInfinity, T.NegativeInfinity])
            {
                for (int p = 0; p < 3; p++)
                {
                    Gradients<T> gradients = Draw<T>(seed: 5);
                    gradients.Values(p)[^1] = bad;
                    T[][] before = All(gradients);
                    gradients.Invoking(it => GradientClipping.ByNorm(it, 0.1)).Should().Throw<ArgumentException>()
                        .WithParameterName("gradients").WithMessage($"Expected gradients with a finite norm, got {(T.IsNaN(bad) ? double.NaN : double.PositiveInfinity)}*");
                    ShouldBe(gradients, before);
                    if (!T.IsNaN(bad)) continue;
                    gradients.Invoking(it => GradientClipping.ByValue(it, 0.1)).Should().Throw<ArgumentException>()
                        .WithParameterName("gradients").WithMessage($"*NaN in {gradients.Names[p]}*");
                    ShouldBe(gradients, before);
                }
            }
        }
    }

    [Fact]
    public void Limits_that_are_not_above_zero_are_rejected()
    {
        Gradients<float> gradients = Draw<float>(seed: 6);
        float[][] before = All(gradients);
        foreach (double limit in (double[])[0, -1, double.NaN, double.PositiveInfinity, double.NegativeInfinity])
        {
            gradients.Invoking(it => GradientClipping.ByNorm(it, limit)).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("maxNorm").WithMessage($"Expected a finite number above 0, got {limit}*");
            gradients.Invoking(it => GradientClipping.ByValue(it, limit)).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("limit").WithMessage($"Expected a finite number above 0, got {limit}*");
        }

        ShouldBe(gradients, before);
        FluentActions.Invoking(() => GradientClipping.ByNorm<float>(null!, 1)).Should().Throw<ArgumentNullException>().WithParameterName("gradients");
        FluentActions.Invoking(() => GradientClipping.ByValue<float>(null!, 1)).Should().Throw<ArgumentNullException>().WithParameterName("gradients");
    }

    [Fact]
    public void A_warm_call_allocates_nothing()
    {
        Check<float>();
        Check<double>();

        static void Check<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            Gradients<T> gradients = Draw<T>(seed: 7), same = new(gradients.Layer);
            double sum = 0;
            for (int i = 0; i < 50; i++) Work();
            Warm.Allocated(Work).Should().Be(0);
            sum.Should().BePositive();

            void Work()
            {
                same.Add(gradients);
                GradientClipping.ByValue(same, 0.5);
                sum += GradientClipping.ByNorm(same, 0.25) + same.Norm();
                same.Scale(T.One + T.One);
            }
        }
    }

    [Fact]
    public void Add_sums_gradients_and_rejects_those_of_another_layer()
    {
        Gradients<double> gradients = Draw<double>(seed: 9), other = new(gradients.Layer);
        double[][] before = All(gradients);
        for (int p = 0; p < before.Length; p++) Make.Fill(other.Values(p), new Random(p));
        gradients.Add(other);
        ShouldBe(gradients, [.. before.Select((values, p) => values.Select((value, i) => value + other.Values(p)[i]).ToArray())]);
        gradients.Invoking(it => it.Add(Draw<double>(seed: 9))).Should().Throw<ArgumentException>().WithMessage("*another layer*");
    }

    /// <summary>Gradients of three matrices with numbers of -1 to 1.</summary>
    private static Gradients<T> Draw<T>(int seed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var gradients = new Gradients<T>(new RnnLayer<T>(3, 7, seed: 1));
        var random = new Random(seed);
        for (int p = 0; p < gradients.Parameters.Count; p++) Make.Fill(gradients.Values(p), random);
        return gradients;
    }

    private static T[][] All<T>(Gradients<T> gradients)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => [.. Enumerable.Range(0, gradients.Parameters.Count).Select(p => gradients.Values(p).ToArray())];

    private static void ShouldBe<T>(Gradients<T> gradients, T[][] expected)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int p = 0; p < expected.Length; p++) Bits.ShouldBeSame<T>(gradients.Values(p), expected[p], gradients.Names[p]);
    }
}

using System.Numerics;
using System.Text.Json;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Numerics;
using RnnSharp.Tests.Recurrent;
using RnnSharp.Tests.References;
using Xunit;

namespace RnnSharp.Tests.Layers;

/// <summary>Layer normalization against PyTorch's, at every vector width; its gradients; and the same bits by every way to them.</summary>
public sealed class LayerNormalizationLayerTests
{
    private const double Double = 1e-12;
    private const double Single = 2e-4; // of cases where the mean is sixty times what is left of it

    public static TheoryData<int> Widths => [512, 256, 128, 0];

    [Fact]
    public void Results_equal_PyTorch()
    {
        int seen = 0;
        foreach (JsonElement golden in GoldenCases.All("layer_norm"))
        {
            Check<double>(golden, Double);
            if (golden.Number("epsilon") >= 1e-5) Check<float>(golden, Single);
            seen++;
        }

        seen.Should().BeGreaterThan(10);

        static void Check<T>(JsonElement golden, double tolerance)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            int size = golden.Integer("size"), batch = golden.Integer("batch"), steps = golden.Integer("steps");
            var layer = new LayerNormalizationLayer<T>(size, golden.Number("epsilon"));
            layer.Gain.Set(GoldenCases.Convert<T>(golden.Values("weight")));
            layer.Bias.Set(GoldenCases.Convert<T>(golden.Values("bias")));
            Sequence<T> x = golden.Sequence<T>("x", size, batch, steps), dy = golden.Sequence<T>("output_gradient", size, batch, steps);
            if (golden.Has("lengths")) SetLengths(golden.Integers("lengths"), x, dy);
            ForwardPass<T> pass = layer.Forward(x);
            GoldenCases.ShouldBeNear<T>(pass.Output.Values, golden.Values("output"), tolerance, "output");
            Gradients<T> gradients = layer.Backward(pass, dy);
            GoldenCases.ShouldBeNear<T>(gradients.Values(0), golden.Values("weight_gradient"), tolerance, "gradient of the weight");
            GoldenCases.ShouldBeNear<T>(gradients.Values(1), golden.Values("bias_gradient"), tolerance, "gradient of the bias");
            if (typeof(T) == typeof(double)) GoldenCases.ShouldBeNear<T>(gradients.Input!.Values, golden.Values("x_gradient"), tolerance, "gradient of the input");
        }

        static void SetLengths<T>(int[] lengths, Sequence<T> x, Sequence<T> dy)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            x.SetLengths(lengths);
            for (int j = 0; j < lengths.Length; j++)
            {
                for (int t = lengths[j]; t < x.Steps; t++)
                {
                    x.Step(t).Slice(j * x.Features, x.Features).Fill(T.NaN);
                    dy.Step(t).Slice(j * x.Features, x.Features).Fill(T.PositiveInfinity);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Every_vector_width_gives_the_same_up_to_rounding(int width)
    {
        Check<float>(2e-5);
        Check<double>(1e-13);

        unsafe void Check<T>(double tolerance)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            NormalizationKernels<T> kernels = width switch
            {
                512 => new NormalizationKernels<T, SimdVector512<T>>(),
                256 => new NormalizationKernels<T, SimdVector256<T>>(),
                128 => new NormalizationKernels<T, SimdVector128<T>>(),
                _ => new NormalizationKernels<T, ScalarVector<T>>(),
            };
            const int Margin = 17;
            for (int features = 1; features <= 140; features++)
            {
                var random = new Random(features);
                T[] x = Draw(), gain = Draw(), bias = Draw(), dy = Draw(), y = Draw(), dx = Draw(), dg = Draw(), db = Draw();
                T[] yBefore = [.. y], dxBefore = [.. dx], dgBefore = [.. dg], dbBefore = [.. db];
                fixed (T* px = x, pg = gain, pb = bias, pdy = dy, py = y, pdx = dx, pdg = dg, pdb = db)
                {
                    (T Mean, T Inverse) statistics = kernels.Forward(px + Margin, pg + Margin, pb + Margin, features, T.CreateChecked(1e-3), py + Margin);
                    kernels.Backward(px + Margin, statistics, pg + Margin, pdy + Margin, features, pdx + Margin, pdg + Margin, pdb + Margin);
                    T[] gradient = [.. dx];
                    kernels.Backward(px + Margin, statistics, pg + Margin, pdy + Margin, features, pdx + Margin, null, null);
                    Bits.ShouldBeSame<T>(dx, gradient, "gradient of the input where the others are declined");
                }

                // The definition, in double.
                double[] values = [.. Inner(x)];
                double mean = values.Average(), inverse = 1 / Math.Sqrt(values.Average(value => (value - mean) * (value - mean)) + 1e-3);
                double[] n = [.. values.Select(value => (value - mean) * inverse)], g = [.. Inner(gain)], b = [.. Inner(bias)], given = [.. Inner(dy)];
                double[] d = [.. given.Zip(g, (a, c) => a * c)];
                double slope = d.Zip(n, (a, c) => a * c).Average(), level = d.Average();
                Near(y, yBefore, n.Select((value, i) => value * g[i] + b[i]), "output");
                Near(dx, dxBefore, n.Select((value, i) => inverse * (d[i] - level - value * slope)), "gradient of the input");
                Near(dg, dgBefore, n.Select((value, i) => double.CreateChecked(dgBefore[Margin + i]) + given[i] * value), "gradient of the gain");
                Near(db, dbBefore, n.Select((_, i) => double.CreateChecked(dbBefore[Margin + i]) + given[i]), "gradient of the bias");

                T[] Draw()
                {
                    var drawn = new T[features + 2 * Margin];
                    Make.Fill(drawn, random);
                    return drawn;
                }

                IEnumerable<double> Inner(T[] array) => array.Skip(Margin).Take(features).Select(double.CreateChecked);

                void Near(T[] actual, T[] before, IEnumerable<double> expected, string what)
                {
                    GoldenCases.ShouldBeNear<T>(actual.AsSpan(Margin, features), [.. expected], tolerance * (what.EndsWith("input", StringComparison.Ordinal) ? 32 : 1), $"{what} of {features}");
                    Bits.ShouldBeSame<T>(actual.AsSpan(0, Margin), before.AsSpan(0, Margin), "what stands before");
                    Bits.ShouldBeSame<T>(actual.AsSpan(Margin + features), before.AsSpan(Margin + features), "what stands behind");
                }
            }
        }
    }

    [Fact]
    public void A_large_mean_costs_no_digits()
    {
        // Of 4096 and eighths every number is exact in float; a variance by Σ x² / n - mean² would be lost.
        var layer = new LayerNormalizationLayer<float>(64, 1e-12);
        Sequence<float> x = new(64, 1, 1), shifted = new(64, 1, 1);
        for (int i = 0; i < 64; i++) (x[i, 0, 0], shifted[i, 0, 0]) = ((i % 2 - 0.5f) / 4, 4096 + (i % 2 - 0.5f) / 4);
        Bits.ShouldBeSame<float>(layer.Predict(shifted).Values, layer.Predict(x).Values, "normalised");
        layer.Predict(x)[1, 0, 0].Should().BeApproximately(1, 1e-6f);
    }

    [Fact]
    public void Equal_features_give_the_bias()
    {
        LayerNormalizationLayer<double> layer = Layer<double>(5, new Random(1));
        var x = new Sequence<double>(5, 2, 1);
        x.Values.Fill(3);
        ForwardPass<double> pass = layer.Forward(x);
        Bits.ShouldBeSame<double>(pass.Output.Step(0)[..5], layer.Bias.Values, "output");
        layer.Backward(pass, pass.Output).Input!.Values.ToArray().Should().OnlyContain(value => double.IsFinite(value));
    }

    [Fact]
    public void A_new_layer_has_gains_of_one_and_biases_of_zero()
    {
        var layer = new LayerNormalizationLayer<float>(4);
        layer.ParameterNames.Should().Equal("weight", "bias");
        layer.Gain.Values.ToArray().Should().Equal(1, 1, 1, 1);
        layer.Bias.Values.ToArray().Should().Equal(0, 0, 0, 0);
        layer.Epsilon.Should().Be(1e-5);
    }

    private static LayerNormalizationLayer<T> Layer<T>(int size, Random random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var layer = new LayerNormalizationLayer<T>(size, 1e-3);
        foreach (Parameter<T> parameter in layer.Parameters) Initializers.Uniform(parameter, 1, random);
        return layer;
    }
}

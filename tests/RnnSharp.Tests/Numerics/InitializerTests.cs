using System.Numerics;
using FluentAssertions;
using MathNet.Numerics.LinearAlgebra;
using RnnSharp.Layers;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;
using RnnSharp.Tests.Recurrent;
using Xunit;

namespace RnnSharp.Tests.Numerics;

public sealed class InitializerTests
{
    public static TheoryData<int, int> Shapes => new()
    {
        { 1, 1 }, { 1, 7 }, { 7, 1 }, { 2, 2 }, { 5, 3 }, { 3, 5 }, { 17, 17 }, { 64, 16 }, { 16, 64 },
    };

    [Fact]
    public void Uniform_fills_its_range_evenly()
    {
        Check<double>();
        Check<float>();

        static void Check<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var parameter = new Parameter<T>("w", 100, 100);
            foreach (double bound in (double[])[0.03, 1, 250])
            {
                Initializers.Uniform(parameter, bound, new FastRandom(1));
                double[] values = Numbers(parameter);
                values.Should().OnlyContain(value => Math.Abs(value) <= bound * (1 + 1e-7));

                // Ten thousand draws: mean 0 and variance bound²/3 within four standard errors, and extremes close to both bounds.
                values.Average().Should().BeApproximately(0, 4 * bound / Math.Sqrt(3) / 100);
                values.Average(value => value * value).Should().BeApproximately(bound * bound / 3, 4 * bound * bound * Math.Sqrt(4.0 / 45) / 100);
                values.Max().Should().BeGreaterThan(0.99 * bound);
                values.Min().Should().BeLessThan(-0.99 * bound);
            }

            Initializers.Uniform(parameter, 0, new FastRandom(1));
            Numbers(parameter).Should().OnlyContain(value => value == 0);
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void GlorotUniform_derives_its_bound_from_rows_and_columns(int rows, int columns)
    {
        Parameter<double> parameter = new("w", rows, columns), uniform = new("w", rows, columns);
        double bound = Math.Sqrt(6.0 / (rows + columns));
        Initializers.GlorotUniform(parameter, new FastRandom(2));
        Initializers.Uniform(uniform, bound, new FastRandom(2));
        Bits.ShouldBeSame(parameter.Values, uniform.Values, "the same draws within the bound");
        double largest = 0;
        for (int seed = 0; seed < 300; seed++)
        {
            Initializers.GlorotUniform(parameter, new FastRandom((ulong)seed));
            foreach (double value in parameter.Values) largest = Math.Max(largest, Math.Abs(value));
        }

        largest.Should().BeInRange(0.97 * bound, bound);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Orthogonal_gives_orthonormal_columns_or_rows(int rows, int columns)
    {
        Check<double>(1e-14);
        Check<float>(1e-6);

        void Check<T>(double tolerance)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            for (int seed = 0; seed < 5; seed++)
            {
                var parameter = new Parameter<T>("w", rows, columns);
                Initializers.Orthogonal(parameter, new FastRandom((ulong)seed));
                Matrix<double> q = Matrix<double>.Build.Dense(rows, columns, Numbers(parameter));
                Matrix<double> product = rows >= columns ? q.TransposeThisAndMultiply(q) : q.TransposeAndMultiply(q);
                (product - Matrix<double>.Build.DenseIdentity(Math.Min(rows, columns))).L2Norm().Should().BeLessThan(tolerance * 20);
            }
        }
    }

    [Fact]
    public void Orthogonal_draws_uniformly_from_all_orthogonal_matrices()
    {
        // The signs of R's diagonal matter: without them, the QR factorization would give one of the signs far more often.
        const int Draws = 4000;
        foreach (int size in (int[])[1, 2, 3])
        {
            double[] corner = new double[Draws], determinant = new double[Draws], last = new double[Draws];
            for (int seed = 0; seed < Draws; seed++)
            {
                var parameter = new Parameter<double>("w", size, size);
                Initializers.Orthogonal(parameter, new FastRandom((ulong)(seed + 1)));
                Matrix<double> q = parameter.ToMatrix();
                (corner[seed], determinant[seed], last[seed]) = (q[0, 0], q.Determinant(), q[size - 1, size - 1]);
            }

            // Each has mean 0; an element's square has mean 1 / size.
            double error = 4 / Math.Sqrt(Draws);
            corner.Average().Should().BeApproximately(0, error);
            last.Average().Should().BeApproximately(0, error);
            determinant.Average().Should().BeApproximately(0, error);
            corner.Average(value => value * value).Should().BeApproximately(1.0 / size, error);
            last.Average(value => value * value).Should().BeApproximately(1.0 / size, error);
        }
    }

    [Fact]
    public void Weights_repeat_for_a_seed_and_differ_for_another()
    {
        Action<Parameter<float>, Random>[] initializers = [(w, random) => Initializers.Uniform(w, 1, random), Initializers.GlorotUniform, Initializers.Orthogonal];
        foreach (Action<Parameter<float>, Random> initializer in initializers)
        {
            Parameter<float> first = new("w", 6, 4), again = new("w", 6, 4), other = new("w", 6, 4);
            initializer(first, new FastRandom(3));
            initializer(again, new FastRandom(3));
            initializer(other, new FastRandom(4));
            Bits.ShouldBeSame(again.Values, first.Values, "the same seed");
            other.Values.ToArray().Should().NotEqual(first.Values.ToArray());
            first.Version.Should().BePositive("packed copies of the old values must not be used");
        }
    }

    [Fact]
    public void Layers_draw_within_the_bounds_of_PyTorch_and_repeat_for_a_seed()
    {
        (Func<int?, ILayer<float>> Make, double Bound)[] layers =
        [
            (seed => new RnnLayer<float>(9, 16, seed), 0.25),
            (seed => new GruLayer<float>(9, 16, seed), 0.25),
            (seed => new LstmLayer<float>(9, 16, seed), 0.25),
            (seed => new DenseLayer<float>(16, 9, seed), 0.25),
            (seed => new LstmLayer<float>(9, 100, seed), 0.1),
        ];
        foreach ((Func<int?, ILayer<float>> make, double bound) in layers)
        {
            ILayer<float> first = make(5), again = make(5), other = make(6), unseeded = make(null), unseededToo = make(null);
            for (int p = 0; p < first.Parameters.Count; p++)
            {
                Bits.ShouldBeSame(again.Parameters[p].Values, first.Parameters[p].Values, first.ParameterNames[p]);
                float[] values = first.Parameters[p].Values.ToArray();
                other.Parameters[p].Values.ToArray().Should().NotEqual(values);
                unseededToo.Parameters[p].Values.ToArray().Should().NotEqual(unseeded.Parameters[p].Values.ToArray());
                values.Should().OnlyContain(value => Math.Abs(value) <= bound);
            }

            first.Parameters.SelectMany(parameter => parameter.Values.ToArray()).Max(Math.Abs).Should().BeGreaterThan((float)(0.97 * bound));
        }
    }

    [Fact]
    public void Invalid_arguments_throw_and_change_nothing()
    {
        var parameter = new Parameter<float>("w", 2, 3);
        foreach (double bound in (double[])[-1, double.NaN, double.PositiveInfinity])
            FluentActions.Invoking(() => Initializers.Uniform(parameter, bound, new FastRandom(1))).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("bound").WithMessage($"Expected*0 or more, got {bound}*");
        FluentActions.Invoking(() => Initializers.Uniform(parameter, 1, null!)).Should().Throw<ArgumentNullException>().WithParameterName("random");
        FluentActions.Invoking(() => Initializers.GlorotUniform(parameter, null!)).Should().Throw<ArgumentNullException>().WithParameterName("random");
        FluentActions.Invoking(() => Initializers.Orthogonal(parameter, null!)).Should().Throw<ArgumentNullException>().WithParameterName("random");
        FluentActions.Invoking(() => Initializers.Uniform<float>(null!, 1, new FastRandom(1))).Should().Throw<ArgumentNullException>().WithParameterName("parameter");
        FluentActions.Invoking(() => Initializers.GlorotUniform<float>(null!, new FastRandom(1))).Should().Throw<ArgumentNullException>().WithParameterName("parameter");
        FluentActions.Invoking(() => Initializers.Orthogonal<float>(null!, new FastRandom(1))).Should().Throw<ArgumentNullException>().WithParameterName("parameter");
        parameter.Version.Should().Be(0);
        parameter.Values.ToArray().Should().OnlyContain(value => value == 0);
    }

    private static double[] Numbers<T>(Parameter<T> parameter)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => [.. parameter.Values.ToArray().Select(double.CreateChecked)];
}

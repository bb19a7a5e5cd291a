using System.Numerics;
using FluentAssertions;
using MathNet.Numerics.LinearAlgebra;
using RnnSharp.Numerics;
using RnnSharp.Tests.Recurrent;
using Xunit;
using Xunit.Abstractions;

namespace RnnSharp.Tests.Numerics;

/// <summary>
/// Compares exp, sigmoid, tanh and log of every vector width in double precision with higher precision, in units in the last place of the
/// exact value; tests the ends of their ranges, and the softmax and sigmoid that use them.
/// </summary>
public sealed class VectorMathTests(ITestOutputHelper output)
{
    // Emulated vectors are hundreds of times slower, so they cover only every 64th number.
    private const int EmulatedStride = 64;

    private static readonly Lazy<double[]> DoublePoints = new(MakeDoublePoints);
    private static readonly Lazy<Dictionary<(VectorFunction Function, double X), BigNumber>> ExactValues = new(MakeExactValues);

    public static TheoryData<int> Widths => [512, 256, 128, 0];

    public static TheoryData<int> Functions => [.. Enum.GetValues<VectorFunction>().Select(function => (int)function)];

    [Theory]
    [MemberData(nameof(Widths))]
    public void Double_functions_are_within_two_units_in_the_last_place(int width)
    {
        foreach (VectorFunction function in Enum.GetValues<VectorFunction>())
        {
            double[] points = Thin(PointsOf(function), width);
            double[] results = VectorFunctions.Map(function, width, points);
            double worst = 0;
            int at = 0;
            for (int i = 0; i < points.Length; i++)
            {
                double error = BigNumber.UnitsInTheLastPlace(results[i], ExactValues.Value[(function, points[i])]);
                if (!(error > worst) && !double.IsNaN(error)) continue;
                worst = error;
                at = i;
                if (double.IsNaN(error)) break;
            }

            output.WriteLine(FormattableString.Invariant($"{function} at {width} bits: {worst:F4} units at {points[at]:R}, {points.Length} doubles"));
            worst.Should().BeLessThanOrEqualTo(VectorFunctions.Bound, "{0}({1:R}) = {2:R} at {3} bits", function, points[at], results[at], width);
        }
    }

    [Theory]
    [MemberData(nameof(Functions))]
    public void A_million_doubles_are_within_two_units_in_the_last_place(int which)
    {
        var function = (VectorFunction)which;
        double[] points = ManyDoubles(function);
        double[]? judged = null;
        double worst = 0;
        int at = 0;
        foreach (int width in ((int[])[512, 256, 128, 0]).Where(width => width <= VectorDispatch.Bits))
        {
            double[] results = VectorFunctions.Map(function, width, points);
            for (int i = 0; i < points.Length; i++)
            {
                // Every width should give the same bits, so only results that differ are checked again.
                if (judged != null && judged[i] == results[i]) continue;
                double error = VectorMathReference.UnitsInTheLastPlace(function, points[i], results[i]);
                if (error <= worst) continue;
                worst = error;
                at = i;
                if (double.IsNaN(error)) break;
            }

            worst.Should().BeLessThanOrEqualTo(VectorFunctions.Bound, "{0}({1:R}) = {2:R} at {3} bits", function, points[at], results[at], width);
            judged = results;
        }

        output.WriteLine(FormattableString.Invariant($"{function}: {worst:F4} units at {points[at]:R}, {points.Length} doubles"));
    }

    [Theory]
    [MemberData(nameof(Functions))]
    public void The_two_references_agree(int which)
    {
        var function = (VectorFunction)which;
        foreach (double x in PointsOf(function).Where(x => x != 1 && (function == VectorFunction.Log || Math.Abs(x) < 746)))
        {
            double value = function switch
            {
                VectorFunction.Exp => Math.Exp(x),
                VectorFunction.Sigmoid => 1 / (1 + Math.Exp(-x)),
                VectorFunction.Tanh => Math.Tanh(x),
                _ => Math.Log(x),
            };
            double expected = BigNumber.UnitsInTheLastPlace(value, ExactValues.Value[(function, x)]);
            double actual = VectorMathReference.UnitsInTheLastPlace(function, x, value);
            if (!(Math.Abs(actual - expected) <= 0.01 + 1e-9 * expected)) actual.Should().Be(expected, "{0}({1:R})", function, x);
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void The_ends_of_the_range_are_exact(int width)
    {
        Check(float.NaN, float.PositiveInfinity, 89f, -104f, float.MaxValue);
        Check(double.NaN, double.PositiveInfinity, 710d, -746d, double.MaxValue);

        void Check<T>(T nan, T infinity, T tooLarge, T tooSmall, T greatest)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            T zero = T.Zero, one = T.One;
            T[] x = [nan, -nan, infinity, -infinity, tooLarge, tooSmall, greatest, -greatest, zero, T.NegativeZero, T.Epsilon, -T.Epsilon];
            Same(VectorFunctions.Map(VectorFunction.Exp, width, x), [nan, nan, infinity, zero, infinity, zero, infinity, zero, one, one, one, one]);
            T half = one / (one + one);
            T[] sigmoid = VectorFunctions.Map(VectorFunction.Sigmoid, width, x);
            sigmoid[5].Should().BeLessThan(T.CreateChecked(1e-44));
            sigmoid[5] = zero;
            Same(sigmoid, [nan, nan, one, zero, one, zero, one, zero, half, half, half, half]);
            Same(VectorFunctions.Map(VectorFunction.Tanh, width, x), [nan, nan, one, -one, one, -one, one, -one, zero, T.NegativeZero, T.Epsilon, -T.Epsilon]);
            T[] positive = [one, greatest, T.BitDecrement(one), T.BitIncrement(one), T.Epsilon];
            Same(VectorFunctions.Map(VectorFunction.Log, width, x), [nan, nan, infinity, nan, T.Log(tooLarge), nan, T.Log(greatest), nan, -infinity, -infinity, T.Log(T.Epsilon), nan]);
            Same(VectorFunctions.Map(VectorFunction.Log, width, positive), [zero, T.Log(greatest), T.Log(positive[2]), T.Log(positive[3]), T.Log(T.Epsilon)]);
        }

        static void Same<T>(T[] actual, T[] expected)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            for (int i = 0; i < expected.Length; i++)
            {
                if (T.IsNaN(expected[i])) T.IsNaN(actual[i]).Should().BeTrue("NaN stays NaN at {0}", i);
                else (actual[i] == expected[i] && T.IsNegative(actual[i]) == T.IsNegative(expected[i])).Should().BeTrue("{0} is expected at {1}, not {2}", expected[i], i, actual[i]);
            }
        }
    }

    [Fact]
    public void Each_column_of_a_softmax_has_its_own_maximum()
    {
        Check<float>();
        Check<double>();

        static void Check<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            // Eighths, so that adding thousands is exact and every column must be the same to the last bit.
            var random = new Random(1);
            const int Classes = 21, Columns = 7;
            T[] scores = [.. Enumerable.Range(0, Classes).Select(_ => T.CreateChecked(random.Next(-80, 80) / 8.0))];
            Matrix<T> apart = Matrix<T>.Build.Dense(Classes, Columns, (i, j) => scores[i] + T.CreateChecked(1000 * (j - 3)));
            T[] expected = new T[Classes], expectedLogarithms = new T[Classes];
            Softmax.Column<T>(scores, expected);
            Softmax.LogColumn<T>(scores, expectedLogarithms);
            Matrix<T> actual = Softmax.Columns(apart), logarithms = Softmax.LogColumns(apart);
            for (int j = 0; j < Columns; j++)
            {
                Bits.ShouldBeSame<T>(actual.Column(j).ToArray(), expected, $"softmax of column {j}");
                Bits.ShouldBeSame<T>(logarithms.Column(j).ToArray(), expectedLogarithms, $"logarithm of the softmax of column {j}");
            }
        }
    }

    [Fact]
    public void Softmax_and_Sigmoid_follow_their_formulas_at_every_length()
    {
        Check<float>(1e-6);
        Check<double>(2e-15);

        static void Check<T>(double tolerance)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            for (int length = 1; length <= 70; length++)
            {
                // Eighths, so that nothing is lost where the maximum is subtracted.
                var random = new Random(length);
                T[] scores = [.. Enumerable.Range(0, length).Select(_ => T.CreateChecked(random.Next(-80, 81) / 8.0))];
                double[] z = [.. scores.Select(double.CreateChecked)];
                double sum = z.Sum(Math.Exp);
                T[] softmax = new T[length + 1], logarithms = new T[length + 1], sigmoid = new T[length + 1];
                softmax[length] = logarithms[length] = sigmoid[length] = T.One;
                Softmax.Column<T>(scores, softmax.AsSpan(0, length));
                Softmax.LogColumn<T>(scores, logarithms.AsSpan(0, length));
                Sigmoid.Of<T>(scores, sigmoid.AsSpan(0, length));
                for (int i = 0; i < length; i++)
                {
                    Near(softmax[i], Math.Exp(z[i]) / sum);
                    Near(logarithms[i], z[i] - Math.Log(sum));
                    Near(sigmoid[i], 1 / (1 + Math.Exp(-z[i])));
                }

                (softmax[length] + logarithms[length] + sigmoid[length]).Should().Be(T.CreateChecked(3), "nothing is written past the end");

                // A logarithm is a difference of numbers of up to 20; the others keep their relative accuracy however small they are.
                void Near(T actual, double expected) => Math.Abs(double.CreateChecked(actual) - expected).Should()
                    .BeLessThanOrEqualTo(tolerance * (expected < 0 ? 20 : expected), "{0} is expected of {1}", expected, length);
            }
        }
    }

    [Fact]
    public void The_logarithm_of_a_probability_of_zero_is_exact()
    {
        Check<float>();
        Check<double>();

        static void Check<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            T zero = T.Zero, far = T.CreateChecked(-1000);
            Matrix<T> scores = Matrix<T>.Build.Dense(3, 2, [zero, far, T.NegativeInfinity, far, zero, far - far]);
            Softmax.Columns(scores).ToColumnMajorArray().Should().Equal(T.One, zero, zero, zero, T.One / T.CreateChecked(2), T.One / T.CreateChecked(2));
            T half = T.Log(T.CreateChecked(2));
            Softmax.LogColumns(scores).ToColumnMajorArray().Should().Equal(zero, far, T.NegativeInfinity, far - half, -half, -half);
        }
    }

    [Fact]
    public void A_column_without_a_softmax_is_NaN_and_does_not_affect_the_others()
    {
        Check<float>();
        Check<double>();

        static void Check<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            foreach (T bad in (T[])[T.NaN, T.PositiveInfinity])
            {
                for (int classes = 1; classes <= 40; classes++)
                {
                    for (int at = 0; at < classes; at++)
                    {
                        Matrix<T> scores = Matrix<T>.Build.Dense(classes, 3, (i, j) => j == 1 && i == at ? bad : T.Zero);
                        Matrix<T> softmax = Softmax.Columns(scores), logarithms = Softmax.LogColumns(scores);
                        softmax.Column(1).Concat(logarithms.Column(1)).All(T.IsNaN).Should().BeTrue("{0} stands at {1} of {2}", bad, at, classes);
                        foreach (int other in (int[])[0, 2])
                            softmax.Column(other).Concat(logarithms.Column(other)).All(T.IsFinite).Should().BeTrue("{0} stands in another column", bad);
                    }
                }
            }
        }
    }

    [Fact]
    public void Matrices_and_spans_give_the_same_bits()
    {
        Check<float>();
        Check<double>();

        static void Check<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var random = new Random(2);
            for (int rows = 1; rows <= 40; rows += 3)
            {
                Matrix<T> dense = Matrix<T>.Build.Dense(rows, 4, (_, _) => T.CreateChecked(10 * random.NextDouble() - 5));
                Matrix<T> sparse = Matrix<T>.Build.Sparse(rows, 4, (i, j) => dense[i, j]);
                foreach (Matrix<T> matrix in (Matrix<T>[])[dense, sparse])
                {
                    T[] before = dense.ToColumnMajorArray();
                    for (int j = 0; j < 4; j++)
                    {
                        T[] column = before.AsSpan(j * rows, rows).ToArray(), target = new T[rows];
                        Softmax.Column<T>(column, target);
                        Bits.ShouldBeSame<T>(Softmax.Columns(matrix).Column(j).ToArray(), target, "softmax");
                        Softmax.LogColumn<T>(column, target);
                        Bits.ShouldBeSame<T>(Softmax.LogColumns(matrix).Column(j).ToArray(), target, "logarithm of the softmax");
                        Sigmoid.Of<T>(column, target);
                        Bits.ShouldBeSame<T>(Sigmoid.Of(matrix).Column(j).ToArray(), target, "sigmoid");

                        Sigmoid.Of<T>(column, column);
                        Bits.ShouldBeSame<T>(column, target, "sigmoid in place");
                        column = before.AsSpan(j * rows, rows).ToArray();
                        Softmax.Column<T>(column, target);
                        Softmax.Column<T>(column, column);
                        Bits.ShouldBeSame<T>(column, target, "softmax in place");
                    }

                    Bits.ShouldBeSame<T>(dense.ToColumnMajorArray(), before, "the argument");
                }
            }
        }
    }

    [Fact]
    public void Different_lengths_and_overlapping_memory_are_rejected()
    {
        double[] memory = [1, 2, 3, 4, 5];
        Refused(() => Softmax.Column<double>(memory, new double[4]), "probabilities", "5 values", "got 4");
        Refused(() => Softmax.LogColumn<double>(memory, new double[6]), "logarithms", "5 values", "got 6");
        Refused(() => Sigmoid.Of<double>(memory, new double[4]), "target", "5 values", "got 4");
        Refused(() => Softmax.LogColumn<double>(memory, memory), "logarithms", "overlap", "");

        // The same memory is fine for these two, but a partial overlap is not: a vector would overwrite values that are still to be read.
        Refused(() => Softmax.LogColumn<double>(memory.AsSpan(0, 4), memory.AsSpan(1)), "logarithms", "overlap", "");
        Refused(() => Softmax.Column<double>(memory.AsSpan(0, 4), memory.AsSpan(1)), "probabilities", "overlap", "");
        Refused(() => Sigmoid.Of<double>(memory.AsSpan(0, 4), memory.AsSpan(1)), "target", "overlap", "");
        memory.Should().Equal(1, 2, 3, 4, 5);

        static void Refused(Action call, string name, string expected, string given) =>
            call.Should().Throw<ArgumentException>().WithParameterName(name).WithMessage($"*{expected}*{given}*");
    }

    private static T[] Thin<T>(T[] points, int width) => width <= VectorDispatch.Bits ? points : [.. points.Where((_, i) => i % EmulatedStride == 0)];

    private static Dictionary<(VectorFunction Function, double X), BigNumber> MakeExactValues()
    {
        var values = new Dictionary<(VectorFunction Function, double X), BigNumber>();
        foreach (VectorFunction function in Enum.GetValues<VectorFunction>())
        {
            double[] points = PointsOf(function);
            var exact = new BigNumber[points.Length];
            Parallel.For(0, points.Length, i => exact[i] = function switch
            {
                VectorFunction.Exp => BigNumber.Exp(points[i]),
                VectorFunction.Sigmoid => BigNumber.Sigmoid(points[i]),
                VectorFunction.Tanh => BigNumber.Tanh(points[i]),
                _ => BigNumber.Log(points[i]),
            });
            for (int i = 0; i < points.Length; i++) values[(function, points[i])] = exact[i];
        }

        return values;
    }

    private static double[] PointsOf(VectorFunction function) => function == VectorFunction.Log ? [.. DoublePoints.Value.Where(x => x != 0).Select(Math.Abs)] : DoublePoints.Value;

    /// <summary>A million random numbers, half of them where the function's errors are largest.</summary>
    private static double[] ManyDoubles(VectorFunction function)
    {
        var random = new Random(20262);
        (double from, double to) = function switch
        {
            VectorFunction.Exp => (-40, 40),
            VectorFunction.Sigmoid => (-6, 40),
            VectorFunction.Tanh => (0.1, 0.6),
            _ => (0.5, 1.5),
        };
        var points = new double[1 << 20];
        for (int i = 0; i < points.Length; i++)
        {
            double u = random.NextDouble();
            double x = (i & 7) switch
            {
                < 4 => from + (to - from) * u,
                < 6 => 4 * u - 2,
                6 => 80 * u - 40,
                _ => 1454 * u - 745,
            };
            points[i] = function == VectorFunction.Log ? (i & 7) == 7 ? Math.Exp(x) : Math.Abs(x) : x;
        }

        return points;
    }

    /// <summary>Random numbers of every magnitude, more of them where the functions bend, and numbers next to the ends of the range.</summary>
    private static double[] MakeDoublePoints()
    {
        var random = new Random(20261);
        var points = new List<double>();
        for (int i = 0; i < 1500; i++)
        {
            points.Add(-746 + 1456 * random.NextDouble());
            points.Add(-40 + 80 * random.NextDouble());
            points.Add(-1 + 2 * random.NextDouble());
            points.Add(Math.ScaleB(1 + random.NextDouble(), random.Next(-80, 3)) * (random.Next(2) * 2 - 1));
            points.Add(Math.Sqrt(0.5) + Math.Sqrt(0.5) * random.NextDouble());
            points.Add(1 + Math.ScaleB(random.NextDouble() - 0.5, -random.Next(0, 50)));
        }

        for (int i = 0; i < 400; i++)
        {
            points.Add(-745.2 + 38 * random.NextDouble());
            points.Add(Math.ScaleB(1 + random.NextDouble(), random.Next(-1074, 10)) * (random.Next(2) * 2 - 1));
            points.Add((random.Next(-1075, 1024) + 0.5) * Math.Log(2) + Math.ScaleB(random.NextDouble() - 0.5, -30));
        }

        double end = Math.Log(double.MaxValue);
        for (int i = -3; i <= 3; i++) points.Add(BitConverter.Int64BitsToDouble(BitConverter.DoubleToInt64Bits(end) + i));
        return [.. points];
    }

    /// <summary>Numbers of about two hundred significant bits, mantissa · 2^exponent: enough to check the last place of a double.</summary>
    private readonly record struct BigNumber(BigInteger Mantissa, int Exponent)
    {
        private const int Bits = 256;
        private static readonly BigInteger One = BigInteger.One << Bits;
        private static readonly BigInteger Ln2 = MakeLn2();

        public static BigNumber Exp(double x)
        {
            // x = n ln 2 + r in numbers of 256 bits after the point; below 2^-200 only the 1 of the series is left.
            BigInteger fixedPoint = Fixed(x);
            BigInteger n = BigInteger.Divide(2 * fixedPoint + (fixedPoint.Sign < 0 ? -Ln2 : Ln2), 2 * Ln2);
            BigInteger r = fixedPoint - n * Ln2;
            BigInteger sum = One, term = One;
            for (int k = 1; !term.IsZero; k++)
            {
                term = (term * r >> Bits) / k;
                sum += term;
            }

            return new BigNumber(sum, (int)n - Bits);
        }

        public static BigNumber Sigmoid(double x)
        {
            BigNumber e = Exp(-Math.Abs(x));
            BigNumber below = e.Plus(1);
            return x > 0 ? Quotient(new BigNumber(One, -Bits), below) : Quotient(e, below);
        }

        public static BigNumber Tanh(double x)
        {
            // Below 2^-70 the series' second term, x³/3, is past the two hundred bits.
            if (Math.Abs(x) < Math.ScaleB(1, -70)) return Of(x);
            BigNumber e = Exp(2 * Math.Abs(x));
            BigNumber t = Quotient(e.Plus(-1), e.Plus(1));
            return x < 0 ? t with { Mantissa = -t.Mantissa } : t;
        }

        public static BigNumber Log(double x)
        {
            // ln x = y + ln(1 + d) with y its double and 1 + d = x e⁻ʸ: d is past the fiftieth bit, so five terms are past two hundred.
            double y = Math.Log(x);
            BigNumber e = Exp(-y), of = Of(x);
            BigInteger product = e.Mantissa * of.Mantissa;
            int shift = Bits + e.Exponent + of.Exponent;
            BigInteger d = (shift >= 0 ? product << shift : product >> -shift) - One;
            BigInteger sum = Fixed(y), power = One;
            for (int k = 1; k <= 5; k++)
            {
                power = power * d >> Bits;
                sum += (k % 2 == 0 ? -power : power) / k;
            }

            return new BigNumber(sum, -Bits);
        }

        public static double UnitsInTheLastPlace(double actual, BigNumber exact)
        {
            if (double.IsNaN(actual)) return double.NaN;
            int top = (int)BigInteger.Abs(exact.Mantissa).GetBitLength() - 1 + exact.Exponent;
            if (double.IsInfinity(actual) && top >= 1024) return 0;
            BigNumber value = double.IsInfinity(actual) ? new BigNumber(actual < 0 ? -1 : 1, 1024) : Of(actual);
            int exponent = Math.Min(value.Exponent, exact.Exponent);
            BigInteger difference = (value.Mantissa << (value.Exponent - exponent)) - (exact.Mantissa << (exact.Exponent - exponent));
            int shift = (int)Math.Max(0, BigInteger.Abs(difference).GetBitLength() - 60);
            return Math.ScaleB(Math.Abs((double)(difference >> shift)), shift + exponent - Math.Max(-1074, top - 52));
        }

        private static BigNumber Of(double x)
        {
            if (x == 0) return new BigNumber(0, 0);
            int exponent = Math.Max(-1074, Math.ILogB(x) - 52);
            return new BigNumber((BigInteger)Math.ScaleB(Math.ScaleB(x, -exponent / 2), -exponent + exponent / 2), exponent);
        }

        private static BigInteger Fixed(double x)
        {
            BigNumber number = Of(x);
            int shift = Bits + number.Exponent;
            return shift >= 0 ? number.Mantissa << shift : number.Mantissa >> -shift;
        }

        private static BigNumber Quotient(BigNumber above, BigNumber below)
        {
            int shift = Bits + (int)BigInteger.Abs(below.Mantissa).GetBitLength();
            return new BigNumber((above.Mantissa << shift) / below.Mantissa, above.Exponent - shift - below.Exponent);
        }

        private static BigInteger MakeLn2()
        {
            // ln 2 = 2 artanh(1/3).
            BigInteger sum = 0, power = 2 * One / 3;
            for (int k = 1; !power.IsZero; k += 2, power /= 9) sum += power / k;
            return sum;
        }

        private BigNumber Plus(int number) => Exponent > 0
            ? new BigNumber((Mantissa << Exponent) + number, 0)
            : this with { Mantissa = Mantissa + ((BigInteger)number << -Exponent) };
    }
}

using System.Runtime.CompilerServices;

namespace RnnSharp.Tests.Numerics;

/// <summary>
/// exp, sigmoid, tanh and log of a double to about 60 bits, as a sum of two doubles times a power of two: not much slower than the functions
/// themselves, so that millions of numbers can be checked. eˣ = 2^(k/64) (1 + q) with |q| below 2⁻⁷, whose terms from the square on are
/// small enough for one double. Valid for |x| up to 746; the logarithm, for every positive number except 1.
/// </summary>
internal static class VectorMathReference
{
    private const int Steps = 64;

    // ln 2 / 64 in parts of 35 and 53 bits, so that multiples of the first below 2^17 are exact.
    private const double StepHigh = 0.010830424695996044;
    private const double StepLow = 2.5310172166650877e-13;

    private static readonly Pair[] Powers = MakePowers();

    /// <summary>The distance of <paramref name="actual"/> in units in the last place of the exact value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double UnitsInTheLastPlace(VectorFunction function, double x, double actual)
    {
        (Pair exact, int exponent) = Of(function, x);
        if (double.IsInfinity(actual) && exponent > 1000 && Math.ILogB(exact.High) + exponent >= 1024) return 0;

        // If the exact value was rounded up, High may be a power of two, whose unit is that of the numbers above it.
        bool below = exact.Low != 0 && exact.Low > 0 != exact.High > 0;
        int unit = Math.Max(-1074, Math.ILogB(below ? Math.BitDecrement(Math.Abs(exact.High)) : exact.High) + exponent - 52) - exponent;
        return Scale(Math.Abs(Scale(actual, -exponent) - exact.High - exact.Low), -unit);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (Pair Value, int Exponent) Of(VectorFunction function, double x)
    {
        switch (function)
        {
            case VectorFunction.Exp:
                return (ExpMinusOne(x, out int n, scaled: true) + 1, n);
            case VectorFunction.Sigmoid:
                // e / (1 + e) with e = e^-|x|; above 0, 1 / (1 + e).
                Pair small = ExpMinusOne(-Math.Abs(x), out n, scaled: true) + 1;
                Pair below = new Pair(Scale(small.High, n), Scale(small.Low, n)) + 1;
                return x > 0 ? (new Pair(1, 0) / below, 0) : (small / below, n);
            case VectorFunction.Tanh:
                Pair t = ExpMinusOne(-2 * Math.Abs(x), out _, scaled: false);
                Pair tanh = t / (t + 2);
                return (x < 0 ? tanh : new Pair(-tanh.High, -tanh.Low), 0);
            default:
                // ln x = y + ln(1 + d) with y its double and 1 + d = x e⁻ʸ.
                int at = Math.ILogB(x);
                double m = Scale(x, -at), y = Math.Log(x);
                Pair e = ExpMinusOne(-y, out n, scaled: true);
                double whole = Scale(1, at + n);
                Pair d = (e * (m * whole)) + (m * whole - 1);
                return (Pair.Of(y, d.High + (d.Low - d.High * d.High / 2)), 0);
        }
    }

    /// <summary>e^x / 2ⁿ - 1, without 2ⁿ if not <paramref name="scaled"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static Pair ExpMinusOne(double x, out int n, bool scaled)
    {
        double k = Math.Round(x / (StepHigh + StepLow));
        n = (int)Math.Floor(k / Steps);
        double near = Math.FusedMultiplyAdd(-k, StepHigh, x), part = k * StepLow;
        Pair r = Pair.Of(near, -part);
        double low = r.Low - Math.FusedMultiplyAdd(k, StepLow, -part), h = r.High;
        double rest = h * h * (0.5 + h * (1d / 6 + h * (1d / 24 + h * (1d / 120 + h * (1d / 720 + h / 5040)))));
        Pair q = Pair.Of(h, low + low * h + rest);
        Pair power = Powers[(int)k - n * Steps];
        double whole = scaled ? 1 : Scale(1, Math.Max(n, -1000));
        power = new Pair(power.High * whole, power.Low * whole);
        Pair product = q * power.High;
        Pair less = Pair.Of(power.High, -1), sum = Pair.Of(less.High, product.High);
        return Pair.Of(sum.High, sum.Low + less.Low + (product.Low + (q.High * power.Low + power.Low)));
    }

    /// <summary>x·2ⁿ, in two steps because 2ⁿ itself may not be a double.</summary>
    private static double Scale(double x, int n) => n is > -1000 and < 1000
        ? x * BitConverter.Int64BitsToDouble((1023L + n) << 52)
        : Math.ScaleB(Math.ScaleB(x, n / 2), n - n / 2);

    private static Pair[] MakePowers()
    {
        // 2^(1/2), 2^(1/4), … by square roots, the others as products of them.
        var powers = new Pair[Steps];
        powers[0] = new Pair(1, 0);
        var root = new Pair(2, 0);
        for (int step = Steps / 2; step > 0; step /= 2)
        {
            root = root.Sqrt();
            for (int i = 0; i < Steps; i += 2 * step) powers[i + step] = powers[i] * root;
        }

        return powers;
    }

    /// <summary>High + Low, where Low is less than a unit in the last place of High (Dekker 1971, with fused multiply-adds).</summary>
    private readonly record struct Pair(double High, double Low)
    {
        /// <summary>a + b exactly (Knuth's sum).</summary>
        public static Pair Of(double a, double b)
        {
            double sum = a + b, of = sum - a;
            return new Pair(sum, a - (sum - of) + (b - of));
        }

        public static Pair operator +(Pair a, double b)
        {
            Pair sum = Of(a.High, b);
            return Of(sum.High, sum.Low + a.Low);
        }

        public static Pair operator *(Pair a, double b)
        {
            double product = a.High * b;
            return Of(product, Math.FusedMultiplyAdd(a.High, b, -product) + a.Low * b);
        }

        public static Pair operator *(Pair a, Pair b)
        {
            Pair product = a * b.High;
            return Of(product.High, product.Low + a.High * b.Low);
        }

        public static Pair operator /(Pair a, Pair b)
        {
            double quotient = a.High / b.High;
            double rest = Math.FusedMultiplyAdd(-quotient, b.High, a.High) + a.Low - quotient * b.Low;
            return Of(quotient, rest / b.High);
        }

        public Pair Sqrt()
        {
            double root = Math.Sqrt(High);
            return Of(root, (Math.FusedMultiplyAdd(-root, root, High) + Low) / (2 * root));
        }
    }
}

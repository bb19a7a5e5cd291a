using System.Numerics;
using RnnSharp;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;

namespace Consumer;

/// <summary>
/// Compares each function of the vectors with .NET's own. The test suite does so for the vectors of processors; those of WebAssembly exist only here.
/// Each function is a cell whose output is the function of its input.
/// </summary>
internal static class VectorFunctions
{
    public static void Check()
    {
        Check<float>(1.0 / (1 << 23));
        Check<double>(1.0 / (1L << 52));
    }

    private static void Check<T>(double unit)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        double[] all = [0, -0.0, 1e-30, -1e-30, 0.25, -0.25, 0.5, -0.5, 0.7071, 1, -1, 1.5, -1.5, 2.75, -2.75, 8, -8, 19.5, -19.5, 60, -60];
        double[] unusual = [double.NaN, double.PositiveInfinity, double.NegativeInfinity];
        Check<T, Exponential>(unit, [.. all, .. unusual]);
        Check<T, Logarithm>(unit, [.. all, .. unusual, 1e-39]);
        Check<T, Logistic>(unit, [.. all, .. unusual]);
        Check<T, HyperbolicTangent>(unit, [.. all, .. unusual]);
        Check<T, Root>(unit, [.. all, .. unusual]);
        Check<T, Magnitude>(unit, [.. all, .. unusual]);
        Check<T, AtLeastOne>(unit, [.. all, .. unusual]);
        Check<T, AtMostOne>(unit, [.. all, .. unusual]);
        Check<T, Step>(unit, [.. all, .. unusual]);
        Check<T, Arithmetic>(unit, [.. all, .. unusual]);
        CheckSoftmax<T>(unit);
    }

    /// <summary>The largest element and the sum of vectors: a softmax whose largest score is in each place once.</summary>
    private static void CheckSoftmax<T>(double unit)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        const int Classes = 11;
        for (int largest = 0; largest < Classes; largest++)
        {
            double[] scores = [.. Enumerable.Range(0, Classes).Select(i => i == largest ? 700.0 : 695 + 0.25 * i)];
            double sum = scores.Sum(score => Math.Exp(score - 700));
            var probabilities = new T[Classes];
            Softmax.Column<T>([.. scores.Select(T.CreateTruncating)], probabilities);
            for (int i = 0; i < Classes; i++)
            {
                double expected = Math.Exp(scores[i] - 700) / sum, actual = double.CreateTruncating(probabilities[i]);
                if (!(Math.Abs(actual - expected) <= 8 * unit * expected)) throw new InvalidOperationException($"Softmax in {typeof(T).Name}, class {i}: expected {expected}, got {actual}.");
            }
        }
    }

    private static void Check<T, TFunction>(double unit, double[] values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TFunction : struct, IFunction
    {
        // Each number in every element of whole and partial vectors. What is not a number would reach the other units of a larger input.
        const int Units = 7;
        var layer = new CustomRecurrentLayer<T, FunctionCell<TFunction>>(1, Units, seed: 1);
        foreach (Parameter<T> parameter in layer.Parameters) parameter.Update(parameter == layer.InputWeights ? T.One : T.Zero, static (numbers, value) => numbers.Fill(value));
        var x = new Sequence<T>(1, values.Length, 1);
        for (int i = 0; i < values.Length; i++) x.Values[i] = T.CreateTruncating(values[i]);
        Sequence<T> y = layer.Predict(x);
        for (int i = 0; i < y.Values.Length; i++)
        {
            double a = double.CreateTruncating(x.Values[i / Units]), expected = double.CreateTruncating(T.CreateTruncating(TFunction.Of(a))), actual = double.CreateTruncating(y.Values[i]);
            if (!(actual.Equals(expected) || Math.Abs(actual - expected) <= 4 * unit * Math.Abs(expected)))
                throw new InvalidOperationException($"{typeof(TFunction).Name} of {a} in {typeof(T).Name}: expected {expected}, got {actual}.");
        }
    }

    private interface IFunction
    {
        static abstract double Of(double a);

        static abstract TVector Of<T, TVector>(TVector a)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where TVector : unmanaged, ISimdVector<TVector, T>;
    }

    private readonly struct FunctionCell<TFunction> : IRecurrentEquations
        where TFunction : struct, IFunction
    {
        public static int Gates => 1;

        public static bool UsesPreviousHidden => false;

        public static TVector Forward<T, TVector>(ref TVector a, ref TVector b, ref TVector d, ref TVector e, in UnitWeights<TVector> weights, TVector hPrevious, TVector cPrevious, out TVector c)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where TVector : unmanaged, ISimdVector<TVector, T>
        {
            c = default;
            return TFunction.Of<T, TVector>(a);
        }

        public static TVector Backward<T, TVector>(ref TVector a, ref TVector b, ref TVector d, ref TVector e, ref UnitWeights<TVector> weights, TVector dh, TVector h, TVector hPrevious, TVector c, TVector cPrevious, ref TVector dc)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where TVector : unmanaged, ISimdVector<TVector, T> => throw new NotSupportedException();
    }

    private readonly struct Exponential : IFunction
    {
        public static double Of(double a) => Math.Exp(a);

        public static TVector Of<T, TVector>(TVector a)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where TVector : unmanaged, ISimdVector<TVector, T> => TVector.Exp(a);
    }

    private readonly struct Logarithm : IFunction
    {
        public static double Of(double a) => Math.Log(a);

        public static TVector Of<T, TVector>(TVector a)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where TVector : unmanaged, ISimdVector<TVector, T> => TVector.Log(a);
    }

    private readonly struct Logistic : IFunction
    {
        public static double Of(double a) => 1 / (1 + Math.Exp(-a));

        public static TVector Of<T, TVector>(TVector a)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where TVector : unmanaged, ISimdVector<TVector, T> => TVector.Sigmoid(a);
    }

    private readonly struct HyperbolicTangent : IFunction
    {
        public static double Of(double a) => Math.Tanh(a);

        public static TVector Of<T, TVector>(TVector a)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where TVector : unmanaged, ISimdVector<TVector, T> => TVector.Tanh(a);
    }

    private readonly struct Root : IFunction
    {
        public static double Of(double a) => Math.Sqrt(a);

        public static TVector Of<T, TVector>(TVector a)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where TVector : unmanaged, ISimdVector<TVector, T> => TVector.Sqrt(a);
    }

    private readonly struct Magnitude : IFunction
    {
        public static double Of(double a) => Math.Abs(a);

        public static TVector Of<T, TVector>(TVector a)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where TVector : unmanaged, ISimdVector<TVector, T> => TVector.Abs(a);
    }

    private readonly struct AtLeastOne : IFunction
    {
        public static double Of(double a) => Math.Max(a, 1);

        public static TVector Of<T, TVector>(TVector a)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where TVector : unmanaged, ISimdVector<TVector, T> => TVector.Max(TVector.Broadcast(T.One), a);
    }

    private readonly struct AtMostOne : IFunction
    {
        public static double Of(double a) => Math.Min(a, 1);

        public static TVector Of<T, TVector>(TVector a)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where TVector : unmanaged, ISimdVector<TVector, T> => TVector.Min(TVector.Broadcast(T.One), a);
    }

    private readonly struct Step : IFunction
    {
        public static double Of(double a) => a > 0 ? 1 : 0;

        public static TVector Of<T, TVector>(TVector a)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where TVector : unmanaged, ISimdVector<TVector, T> => TVector.WherePositive(a, TVector.Broadcast(T.One), TVector.Broadcast(T.Zero));
    }

    private readonly struct Arithmetic : IFunction
    {
        public static double Of(double a) => (2 * a - 1) / (a * a + 3);

        public static TVector Of<T, TVector>(TVector a)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where TVector : unmanaged, ISimdVector<TVector, T> => (TVector.MultiplyAdd(TVector.Broadcast(T.One), a, a) - TVector.Broadcast(T.One)) / (a * a + TVector.Broadcast(T.CreateTruncating(3)));
    }
}

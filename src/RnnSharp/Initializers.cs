using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp;

/// <summary>
/// Initial weights. Every method draws from the generator column by column in a fixed order, so a seeded generator repeats them.
/// </summary>
public static class Initializers
{
    /// <summary>Independent uniform numbers in [-bound, bound): PyTorch's initial weights with bound = 1/√(hidden size), or 1/√(inputs) for a dense layer.</summary>
    /// <exception cref="ArgumentException">The bound is negative or not finite.</exception>
    public static void Uniform<T>(Parameter<T> parameter, double bound, Random random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(parameter);
        ArgumentNullException.ThrowIfNull(random);
        Check.NotNegative(bound);
        parameter.Update((bound, random), static (values, argument) =>
        {
            for (int i = 0; i < values.Length; i++) values[i] = T.CreateChecked((2 * argument.random.NextDouble() - 1) * argument.bound);
        });
    }

    /// <summary>Independent normal numbers of mean 0: PyTorch's initial rows of an embedding with a standard deviation of 1.</summary>
    /// <exception cref="ArgumentException">The standard deviation is negative or not finite.</exception>
    public static void Normal<T>(Parameter<T> parameter, double standardDeviation, Random random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(parameter);
        ArgumentNullException.ThrowIfNull(random);
        Check.NotNegative(standardDeviation);
        parameter.Update((standardDeviation, random), static (values, argument) =>
        {
            var gaussian = new PolarGaussian();
            for (int i = 0; i < values.Length; i++) values[i] = T.CreateChecked(argument.standardDeviation * gaussian.Next(argument.random));
        });
    }

    /// <summary>
    /// Glorot and Bengio's (2010) uniform(±√(6 / (inputs + outputs))), with the parameter's columns as inputs and all its rows as
    /// outputs: Keras' initial input weights.
    /// </summary>
    public static void GlorotUniform<T>(Parameter<T> parameter, Random random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(parameter);
        Uniform(parameter, Math.Sqrt(6.0 / ((double)parameter.Rows + parameter.Columns)), random);
    }

    /// <summary>
    /// A matrix with orthonormal columns (or rows, where there are more columns than rows), uniform over all such: the QR
    /// factorisation of a Gaussian matrix with the signs of R's diagonal moved into Q (Saxe et al. 2013; Mezzadri 2007). Keras' initial
    /// recurrent weights.
    /// </summary>
    public static void Orthogonal<T>(Parameter<T> parameter, Random random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(parameter);
        ArgumentNullException.ThrowIfNull(random);
        int tall = Math.Max(parameter.Rows, parameter.Columns);
        int narrow = Math.Min(parameter.Rows, parameter.Columns);
        var gaussian = new PolarGaussian();
        var values = new double[(long)tall * narrow];
        for (int i = 0; i < values.Length; i++) values[i] = gaussian.Next(random);
        var factors = MathNet.Numerics.LinearAlgebra.Matrix<double>.Build.Dense(tall, narrow, values).QR(MathNet.Numerics.LinearAlgebra.Factorization.QRMethod.Thin);
        bool transposed = parameter.Rows < parameter.Columns;
        parameter.Update((factors, transposed, parameter.Rows), static (target, argument) =>
        {
            for (int at = 0; at < target.Length; at++)
            {
                int i = at % argument.Rows;
                int j = at / argument.Rows;
                (int row, int column) = argument.transposed ? (j, i) : (i, j);
                double sign = argument.factors.R[column, column] < 0 ? -1 : 1;
                target[at] = T.CreateChecked(sign * argument.factors.Q[row, column]);
            }
        });
    }

    /// <summary>The generator of a layer's initial weights.</summary>
    internal static Random Generator(int? seed) => new FastRandom(seed is { } given ? unchecked((ulong)given) : unchecked((ulong)Random.Shared.NextInt64(long.MinValue, long.MaxValue)));

    /// <summary>PyTorch's initial weights of a recurrent layer.</summary>
    internal static void UniformByHiddenSize<T>(IEnumerable<Parameter<T>> parameters, int hiddenSize, Random random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (Parameter<T> parameter in parameters) Uniform(parameter, 1 / Math.Sqrt(hiddenSize), random);
    }
}

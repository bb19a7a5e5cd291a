using System.Numerics;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Factorization;
using RnnSharp.Numerics;

namespace RnnSharp;

/// <summary>
/// Initial weights. Every method draws the values column by column in a fixed order, so that a seeded generator gives the same weights again.
/// </summary>
public static class Initializers
{
    [ThreadStatic]
    private static bool _skipsBuiltIn;

    /// <summary>
    /// Independent uniform values in [-bound, bound). PyTorch's initial weights have the bound 1/√(hidden size) in a recurrent layer and
    /// 1/√(inputs) in a dense layer.
    /// </summary>
    /// <param name="parameter">The parameter to overwrite.</param>
    /// <param name="bound">A finite number, at least 0.</param>
    /// <param name="random">The generator to draw from.</param>
    /// <exception cref="ArgumentException">An argument is null, or the bound is out of range.</exception>
    public static void Uniform<T>(Parameter<T> parameter, double bound, Random random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(parameter);
        ArgumentNullException.ThrowIfNull(random);
        Check.NotNegative(bound);
        if (random is UnusedGenerator) return;
        parameter.Update((bound, random), static (values, argument) =>
        {
            for (int i = 0; i < values.Length; i++) values[i] = T.CreateChecked((2 * argument.random.NextDouble() - 1) * argument.bound);
        });
    }

    /// <summary>Independent normal values of mean 0. PyTorch's initial embeddings have a standard deviation of 1.</summary>
    /// <param name="parameter">The parameter to overwrite.</param>
    /// <param name="standardDeviation">A finite number, at least 0.</param>
    /// <param name="random">The generator to draw from.</param>
    /// <exception cref="ArgumentException">An argument is null, or the standard deviation is out of range.</exception>
    public static void Normal<T>(Parameter<T> parameter, double standardDeviation, Random random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(parameter);
        ArgumentNullException.ThrowIfNull(random);
        Check.NotNegative(standardDeviation);
        if (random is UnusedGenerator) return;
        parameter.Update((standardDeviation, random), static (values, argument) =>
        {
            var gaussian = new PolarGaussian();
            for (int i = 0; i < values.Length; i++) values[i] = T.CreateChecked(argument.standardDeviation * gaussian.Next(argument.random));
        });
    }

    /// <summary>
    /// Independent uniform values in ±√(6 / (inputs + outputs)), where the inputs are the parameter's columns and the outputs all of its
    /// rows (Glorot and Bengio 2010): Keras's initial input weights.
    /// </summary>
    /// <param name="parameter">The parameter to overwrite.</param>
    /// <param name="random">The generator to draw from.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static void GlorotUniform<T>(Parameter<T> parameter, Random random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(parameter);
        Uniform(parameter, Math.Sqrt(6.0 / ((double)parameter.Rows + parameter.Columns)), random);
    }

    /// <summary>
    /// A random matrix with orthonormal columns (or rows, if it has more columns than rows), uniform over all such matrices: Q of the QR
    /// factorization of a Gaussian matrix, with the signs of R's diagonal moved into Q (Saxe et al. 2013; Mezzadri 2007). Keras's
    /// initial recurrent weights.
    /// </summary>
    /// <param name="parameter">The parameter to overwrite.</param>
    /// <param name="random">The generator to draw from.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
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
        var factors = Matrix<double>.Build.Dense(tall, narrow, values).QR(QRMethod.Thin);
        bool transposed = parameter.Rows < parameter.Columns;
        parameter.Update((factors, transposed, parameter.Rows), static (target, argument) =>
        {
            for (int at = 0; at < target.Length; at++)
            {
                (int j, int i) = Math.DivRem(at, argument.Rows);
                (int row, int column) = argument.transposed ? (j, i) : (i, j);
                double sign = argument.factors.R[column, column] < 0 ? -1 : 1;
                target[at] = T.CreateChecked(sign * argument.factors.Q[row, column]);
            }
        });
    }

    /// <summary>The generator of a layer's initial weights; seeded at random when the seed is null.</summary>
    internal static Random Generator(int? seed) => _skipsBuiltIn ? new UnusedGenerator() : new FastRandom(seed is { } given ? unchecked((ulong)given) : unchecked((ulong)Random.Shared.NextInt64(long.MinValue, long.MaxValue)));

    /// <summary>PyTorch's initial weights of a recurrent layer.</summary>
    internal static void UniformByHiddenSize<T>(IEnumerable<Parameter<T>> parameters, int hiddenSize, Random random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (Parameter<T> parameter in parameters) Uniform(parameter, 1 / Math.Sqrt(hiddenSize), random);
    }

    /// <summary>
    /// Creates a layer of the library whose weights are overwritten afterwards. Its parameters are left at zero, because drawing the weights of
    /// a large model takes longer than loading it.
    /// </summary>
    internal static TLayer WithoutValues<TLayer>(Func<TLayer> create, bool isBuiltIn)
    {
        bool outer = _skipsBuiltIn;
        _skipsBuiltIn = isBuiltIn;
        try
        {
            return create();
        }
        finally
        {
            _skipsBuiltIn = outer;
        }
    }

    /// <summary>Marks weights that need not be drawn. It draws seeds like any other generator.</summary>
    private sealed class UnusedGenerator() : Random(0);
}

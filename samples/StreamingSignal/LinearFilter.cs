using MathNet.Numerics.LinearAlgebra;

namespace StreamingSignal;

/// <summary>The baseline: the linear filter of so many taps that comes nearest to the device in least squares, the best that an equalizer of that many taps can do.</summary>
internal sealed class LinearFilter
{
    // Keeps the equations solvable where the sound has no energy.
    private const double Ridge = 1e-6;

    private readonly double[] _taps;

    public LinearFilter(IReadOnlyList<(float[] Input, float[] Output)> training, int taps)
    {
        double[] auto = new double[taps], cross = new double[taps];
        foreach ((float[] input, float[] output) in training)
        {
            for (int lag = 0; lag < taps; lag++)
            {
                for (int t = lag; t < input.Length; t++)
                {
                    auto[lag] += (double)input[t] * input[t - lag];
                    cross[lag] += (double)output[t] * input[t - lag];
                }
            }
        }

        Matrix<double> normal = Matrix<double>.Build.Dense(taps, taps, (i, j) => auto[Math.Abs(i - j)] + (i == j ? Ridge * auto[0] : 0));
        _taps = normal.Cholesky().Solve(Vector<double>.Build.Dense(cross)).ToArray();
    }

    public int Taps => _taps.Length;

    /// <summary>The filter whose number of taps is best on other sound.</summary>
    public static LinearFilter Choose(IReadOnlyList<(float[] Input, float[] Output)> training, IReadOnlyList<(float[] Input, float[] Output)> validation) =>
        new[] { 16, 64, 256, 1024 }.Select(taps => new LinearFilter(training, taps)).MinBy(filter => validation.Sum(sound => Errors.ErrorToSignal(filter.Process(sound.Input), sound.Output)))!;

    public float[] Process(float[] samples)
    {
        var output = new float[samples.Length];
        for (int t = 0; t < samples.Length; t++)
        {
            double sum = 0;
            for (int lag = 0; lag < Math.Min(_taps.Length, t + 1); lag++) sum += _taps[lag] * samples[t - lag];
            output[t] = (float)sum;
        }

        return output;
    }
}

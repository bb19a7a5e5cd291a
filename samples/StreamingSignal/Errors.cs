namespace StreamingSignal;

internal static class Errors
{
    /// <summary>The energy of the error over that of the target (Wright et al. 2019): 0 is perfect, and silence has 1.</summary>
    public static double ErrorToSignal(ReadOnlySpan<float> output, ReadOnlySpan<float> target)
    {
        double error = 0, signal = 0;
        for (int t = 0; t < target.Length; t++)
        {
            error += ((double)output[t] - target[t]) * ((double)output[t] - target[t]);
            signal += (double)target[t] * target[t];
        }

        return error / signal;
    }
}

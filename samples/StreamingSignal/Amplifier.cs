namespace StreamingSignal;

/// <summary>
/// The device that the network learns to imitate, a guitar amplifier: a high-pass filter, a tube that bends one half of the wave earlier than the other,
/// and a low-pass filter for the loudspeaker. The network sees nothing of this but sound.
/// </summary>
internal static class Amplifier
{
    private const double Gain = 12, Bias = 0.25, Loudness = 0.6, LowCut = 120, HighCut = 2200;

    public static float[] Process(ReadOnlySpan<float> samples, int rate)
    {
        var output = new float[samples.Length];
        double highPass = 1 - Math.Exp(-2 * Math.PI * LowCut / rate), lowPass = 1 - Math.Exp(-2 * Math.PI * HighCut / rate);
        double low = 0, first = 0, second = 0;
        for (int t = 0; t < samples.Length; t++)
        {
            low += highPass * (samples[t] - low);
            double bent = Math.Tanh(Gain * (samples[t] - low) + Bias) - Math.Tanh(Bias);
            first += lowPass * (bent - first);
            second += lowPass * (first - second);
            output[t] = (float)(Loudness * second);
        }

        return output;
    }
}

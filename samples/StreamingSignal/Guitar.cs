using RnnSharp.Numerics;

namespace StreamingSignal;

/// <summary>Synthesizes plucked strings (Karplus and Strong 1983): a delay line of noise that is averaged as it goes round.</summary>
internal static class Guitar
{
    private static readonly int[] Scale = [0, 3, 5, 7, 10];

    /// <summary>Notes and chords at random, loud and soft, for some seconds; within ±1.</summary>
    public static float[] Play(double seconds, int rate, ulong seed)
    {
        var random = new FastRandom(seed);
        var samples = new float[(int)(seconds * rate)];
        double beat = 0.15 + 0.15 * random.NextDouble();
        for (double start = 0; start < seconds; start += beat * (1 + random.Next(3)))
        {
            double loudness = 0.1 + 0.4 * random.NextDouble();
            int root = random.Next(15), strings = random.Next(4) == 0 ? 3 : 1;
            for (int i = 0; i < strings; i++) Pluck(samples, (int)(start * rate), Pitch(root + 2 * i) / rate, loudness / strings, random);
        }

        return samples;
    }

    // Hertz: a minor pentatonic scale on the low E of a guitar.
    private static double Pitch(int degree) => 82.41 * Math.Pow(2, (12 * (degree / Scale.Length) + Scale[degree % Scale.Length]) / 12.0);

    private static void Pluck(Span<float> samples, int start, double cyclesPerSample, double loudness, FastRandom random)
    {
        var line = new double[(int)(1 / cyclesPerSample)];
        for (int i = 0; i < line.Length; i++) line[i] = 2 * random.NextDouble() - 1;
        double damping = 0.990 + 0.008 * random.NextDouble();
        for (int t = start, at = 0; t < samples.Length; t++, at = (at + 1) % line.Length)
        {
            double now = line[at];
            samples[t] += (float)(loudness * now);
            line[at] = damping * 0.5 * (now + line[(at + 1) % line.Length]);
        }
    }
}

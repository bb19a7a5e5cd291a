using RnnSharp;
using RnnSharp.Numerics;

namespace DinosaurNames;

/// <summary>A batch of names of different lengths. The input is the boundary followed by the name; the target is the name followed by the boundary.</summary>
internal sealed class NameBatch(Vocabulary vocabulary)
{
    private int[] _lengths = [];

    public Sequence<float> Input { get; } = Sequence<float>.ForTokens(vocabulary.Size, batch: 1, steps: 1);

    public Sequence<float> Target { get; } = Sequence<float>.ForTokens(vocabulary.Size, batch: 1, steps: 1);

    /// <summary>Replaces the names. Nothing is allocated unless there are more names, or longer ones, than ever before.</summary>
    /// <param name="names">The tokens of the names, without boundaries.</param>
    /// <param name="dropout">
    /// The fraction of the input's characters that are replaced by a boundary, so that the network learns not to rely on every single one
    /// (word dropout; Bowman et al. 2016).
    /// </param>
    /// <param name="random">Chooses the characters to replace.</param>
    public void Fill(ReadOnlySpan<int[]> names, double dropout = 0, FastRandom? random = null)
    {
        if (_lengths.Length < names.Length) _lengths = new int[names.Length];
        int steps = 0;
        for (int j = 0; j < names.Length; j++)
        {
            _lengths[j] = names[j].Length + 1;
            steps = Math.Max(steps, _lengths[j]);
        }

        foreach (Sequence<float> sequence in (ReadOnlySpan<Sequence<float>>)[Input, Target])
        {
            sequence.Resize(names.Length, steps);
            sequence.SetLengths(_lengths.AsSpan(0, names.Length));
        }

        for (int j = 0; j < names.Length; j++)
        {
            int[] name = names[j];
            Input.SetToken(j, 0, Vocabulary.Boundary);
            for (int t = 0; t < name.Length; t++)
            {
                Input.SetToken(j, t + 1, random?.NextDouble() < dropout ? Vocabulary.Boundary : name[t]);
                Target.SetToken(j, t, name[t]);
            }

            Target.SetToken(j, name.Length, Vocabulary.Boundary);
        }
    }
}

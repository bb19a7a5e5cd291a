using RnnSharp.Text;

namespace RnnSharp.Tests.Text;

/// <summary>The distribution of sampling options, written down step by step as in Hugging Face's logits processors and warpers, for comparison.</summary>
internal static class NaiveSampling
{
    public static double[] Distribution(IReadOnlyList<double> scores, SamplingOptions options, IReadOnlyList<int> previous)
    {
        double[] z = [.. scores];
        IEnumerable<int> window = options.RepetitionWindow is { } last ? previous.TakeLast(last) : previous;
        foreach (int token in window.Distinct()) z[token] = z[token] < 0 ? z[token] * options.RepetitionPenalty : z[token] / options.RepetitionPenalty;
        var allowed = new bool[z.Length];
        for (int i = 0; i < z.Length; i++) allowed[i] = options.AllowedTokens?.Contains(i) ?? true;
        options.Filter?.Invoke([.. previous], allowed);
        z = [.. z.Select((score, i) => allowed[i] ? score : double.NegativeInfinity)];
        if (options.Temperature == 0) return [.. z.Select((_, i) => i == Array.IndexOf(z, z.Max()) ? 1.0 : 0)];
        z = [.. z.Select(score => score / options.Temperature)];
        if (options.TopK is { } k)
        {
            double least = z.OrderDescending().ElementAt(Math.Min(k, z.Length) - 1);
            z = [.. z.Select(score => score < least ? double.NegativeInfinity : score)];
        }

        // From the least likely token up, those are removed whose probabilities sum up to at most 1 - p; the likeliest stays.
        if (options.TopP < 1)
        {
            double[] p = Softmax(z);
            int[] ascending = [.. Enumerable.Range(0, z.Length).OrderBy(i => p[i]).ThenByDescending(i => i)];
            double sum = 0;
            foreach (int i in ascending.SkipLast(1))
            {
                sum += p[i];
                if (sum <= 1 - options.TopP) z[i] = double.NegativeInfinity;
            }
        }

        double[] q = Softmax(z);
        double most = q.Max();
        return Softmax([.. z.Select((score, i) => q[i] < options.MinP * most ? double.NegativeInfinity : score)]);
    }

    public static double[] Softmax(double[] scores)
    {
        double[] powers = [.. scores.Select(score => Math.Exp(score - scores.Max()))];
        return [.. powers.Select(power => power / powers.Sum())];
    }
}

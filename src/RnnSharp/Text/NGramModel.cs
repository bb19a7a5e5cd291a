using System.Runtime.InteropServices;
using RnnSharp.Numerics;

namespace RnnSharp.Text;

/// <summary>
/// Predicts a token from the few before it by counting: a baseline that a trained language model should beat, and the Markov chain of an order.
/// Counts of longer contexts are interpolated with those of shorter ones, down to equal probabilities, by Witten and Bell's method (1991) in the recursive form of Chen and Goodman (1999):
/// p(w | h) = (c(h w) + n(h) p(w | h')) / (c(h) + n(h)), where h' is h without its first token, c counts and n(h) is the number of different tokens that followed h.
/// Every token thus has a probability above 0. Immutable and thread-safe.
/// </summary>
public sealed class NGramModel
{
    // The n-grams as a tree: a node for each sequence of tokens, with the root for the empty one.
    private readonly Dictionary<long, int> _children = [];
    private readonly List<Node> _nodes = [default];

    private NGramModel(int order, int vocabularySize) => (Order, VocabularySize) = (order, vocabularySize);

    /// <summary>The number of tokens before a token that its prediction depends on: 1 for bigrams, 2 for trigrams.</summary>
    public int Order { get; }

    /// <summary>The number of different tokens.</summary>
    public int VocabularySize { get; }

    /// <summary>Counts the n-grams of sequences.</summary>
    /// <param name="sequences">The sequences; none runs on into the next.</param>
    /// <param name="vocabularySize">The number of different tokens, at least 1.</param>
    /// <param name="order">The number of tokens before a token that its prediction depends on, 0 to 100.</param>
    /// <exception cref="ArgumentException">The list or a sequence is null, a number is out of range, or a token is below 0 or not below the vocabulary size.</exception>
    public static NGramModel Fit(IReadOnlyList<int[]> sequences, int vocabularySize, int order)
    {
        ArgumentNullException.ThrowIfNull(sequences);
        Check.Positive(vocabularySize);
        if (order is < 0 or > 100) throw new ArgumentOutOfRangeException(nameof(order), order, $"Expected 0 to 100, got {order}.");
        var model = new NGramModel(order, vocabularySize);
        foreach (int[] sequence in sequences)
        {
            if (sequence is null) throw new ArgumentNullException(nameof(sequences), "Expected sequences, one of them is null.");
            model.CheckTokens(sequence, nameof(sequences));
        }

        foreach (int[] sequence in sequences) model.Count(sequence);
        return model;
    }

    /// <summary>The probability of each token after others.</summary>
    /// <param name="context">The tokens before; all but the last <see cref="Order"/> are ignored.</param>
    /// <param name="probabilities">One for each token of the vocabulary. Their sum is 1.</param>
    /// <exception cref="ArgumentException">A token or the number of probabilities is out of range.</exception>
    public void Predict(ReadOnlySpan<int> context, Span<double> probabilities)
    {
        CheckTokens(context, nameof(context));
        if (probabilities.Length != VocabularySize) throw Check.Shape(nameof(probabilities), $"{VocabularySize} probabilities", $"{probabilities.Length}");
        for (int token = 0; token < probabilities.Length; token++) probabilities[token] = Probability(context, token);
    }

    /// <summary>The natural logarithm of the probability of each token, given those before it.</summary>
    /// <param name="tokens">The tokens.</param>
    /// <param name="prompt">What comes before them and is not counted.</param>
    /// <returns>One value of at most 0 for each token.</returns>
    /// <exception cref="ArgumentException">A token is out of range.</exception>
    public double[] LogProbabilities(ReadOnlySpan<int> tokens, ReadOnlySpan<int> prompt = default)
    {
        CheckTokens(tokens, nameof(tokens));
        CheckTokens(prompt, nameof(prompt));
        int[] all = [.. prompt, .. tokens];
        var result = new double[tokens.Length];
        for (int t = 0; t < result.Length; t++) result[t] = Math.Log(Probability(all.AsSpan(0, prompt.Length + t), tokens[t]));
        return result;
    }

    /// <summary>The perplexity of tokens: e to the negative mean of <see cref="LogProbabilities"/>.</summary>
    /// <param name="tokens">At least one token.</param>
    /// <param name="prompt">What comes before them and is not counted.</param>
    /// <exception cref="ArgumentException">There is no token, or one is out of range.</exception>
    public double Perplexity(ReadOnlySpan<int> tokens, ReadOnlySpan<int> prompt = default) =>
        tokens.IsEmpty ? throw Check.Shape(nameof(tokens), "at least one token", "none") : Math.Exp(-LogProbabilities(tokens, prompt).Average());

    private static long Key(int node, int token) => ((long)node << 32) | (uint)token;

    private void Count(int[] sequence)
    {
        for (int t = 0; t < sequence.Length; t++)
        {
            // The n-grams that end at t: without a token before it, with one, and so on.
            for (int first = t; first >= Math.Max(0, t - Order); first--)
            {
                int context = 0;
                for (int i = first; i < t; i++) context = _children[Key(context, sequence[i])];
                ref int child = ref CollectionsMarshal.GetValueRefOrAddDefault(_children, Key(context, sequence[t]), out bool exists);
                Span<Node> nodes = CollectionsMarshal.AsSpan(_nodes);
                nodes[context].Following++;
                if (!exists)
                {
                    nodes[context].Different++;
                    child = _nodes.Count;
                    _nodes.Add(default);
                    nodes = CollectionsMarshal.AsSpan(_nodes);
                }

                nodes[child].Occurrences++;
            }
        }
    }

    private double Probability(ReadOnlySpan<int> context, int token)
    {
        double probability = 1.0 / VocabularySize;
        for (int length = 0; length <= Math.Min(Order, context.Length); length++)
        {
            int node = 0;
            foreach (int before in context[^length..])
            {
                if (!_children.TryGetValue(Key(node, before), out node)) return probability;
            }

            Node counts = _nodes[node];
            if (counts.Following == 0) return probability;
            int occurrences = _children.TryGetValue(Key(node, token), out int child) ? _nodes[child].Occurrences : 0;
            probability = (occurrences + counts.Different * probability) / ((double)counts.Following + counts.Different);
        }

        return probability;
    }

    private void CheckTokens(ReadOnlySpan<int> tokens, string name)
    {
        foreach (int token in tokens) Vocabulary.CheckToken(token, VocabularySize, name);
    }

    /// <summary>How often an n-gram occurs, how often another token follows it, and how many different ones do.</summary>
    private struct Node
    {
        public int Occurrences, Following, Different;
    }
}

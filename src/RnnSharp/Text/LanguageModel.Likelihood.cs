using RnnSharp.Numerics;

namespace RnnSharp.Text;

/// <content>How likely a given text is.</content>
public sealed partial class LanguageModel<T>
{
    // Steps that are computed at once, unless that takes more scores.
    private const int StepsAtOnce = 256;
    private const int ScoresAtOnce = 1 << 20;

    /// <summary>
    /// The natural logarithm of the probability of each token of a text, given all before it. The probability of the first follows the prompt or the
    /// start token; without both it is the one after a column of zeros, so that a model that never saw the beginning of a text is asked
    /// fairly with its first characters as the prompt.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="prompt">What comes before it and is not counted; it is encoded separately.</param>
    /// <returns>One value of at most 0 per token; negative infinity if the model excludes it.</returns>
    /// <exception cref="ArgumentException">An argument is null or cannot be encoded.</exception>
    /// <exception cref="InvalidOperationException">A score is NaN or positive infinity, or all of a step are negative infinity.</exception>
    public double[] LogProbabilities(string text, string prompt = "") => Scored(Encode(text, nameof(text)), Encode(prompt, nameof(prompt)));

    /// <summary>The natural logarithm of the probability of each token, given all before it.</summary>
    /// <param name="tokens">The tokens.</param>
    /// <param name="prompt">What comes before them and is not counted.</param>
    /// <exception cref="ArgumentException">A token is out of range.</exception>
    /// <inheritdoc cref="LogProbabilities(string, string)"/>
    public double[] LogProbabilities(ReadOnlySpan<int> tokens, ReadOnlySpan<int> prompt = default)
    {
        CheckTokens(tokens, nameof(tokens));
        CheckTokens(prompt, nameof(prompt));
        return Scored(tokens, prompt);
    }

    /// <summary>The natural logarithm of the probability of a text after a prompt: the sum of <see cref="LogProbabilities(string, string)"/>, 0 for an empty text.</summary>
    /// <inheritdoc cref="LogProbabilities(string, string)"/>
    public double LogProbability(string text, string prompt = "") => LogProbabilities(text, prompt).Sum();

    /// <summary>The perplexity of a text after a prompt: e to the negative mean of <see cref="LogProbabilities(string, string)"/>, per token.</summary>
    /// <exception cref="ArgumentException">An argument is null or cannot be encoded, or the text has no token.</exception>
    /// <inheritdoc cref="LogProbabilities(string, string)"/>
    public double Perplexity(string text, string prompt = "")
    {
        double[] logarithms = LogProbabilities(text, prompt);
        return logarithms.Length > 0 ? Math.Exp(-logarithms.Average()) : throw Check.Shape(nameof(text), "a text of at least one token", "none");
    }

    /// <summary>Writes the logarithm of the softmax of scores.</summary>
    internal static void LogSoftmax(ReadOnlySpan<T> scores, Span<double> logarithms)
    {
        double max = double.NegativeInfinity, sum = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            logarithms[i] = double.CreateTruncating(scores[i]);
            max = Math.Max(max, logarithms[i]);
        }

        // A NaN is the maximum of anything.
        if (!double.IsFinite(max)) throw new InvalidOperationException($"Expected scores that are finite, or negative infinity for some tokens, got {max}.");
        for (int i = 0; i < logarithms.Length; i++) sum += Math.Exp(logarithms[i] - max);
        double logSum = Math.Log(sum);
        for (int i = 0; i < logarithms.Length; i++) logarithms[i] = logarithms[i] - max - logSum;
    }

    private double[] Scored(ReadOnlySpan<int> tokens, ReadOnlySpan<int> prompt)
    {
        var result = new double[tokens.Length];
        if (tokens.IsEmpty) return result;
        int[] start = Inputs(prompt);
        int[] inputs = [.. start, .. tokens[..^1]];
        int size = Tokenizer.Size, most = Math.Max(1, Math.Min(StepsAtOnce, ScoresAtOnce / size));
        State<T> state = Layer.CreateState(1);
        Sequence<T> input = Sequence<T>.ForTokens(size, 1, 0);
        var output = new Sequence<T>(size, 1, 0);
        var logarithms = new double[size];
        for (int first = 0; first < inputs.Length; first += most)
        {
            int count = Math.Min(most, inputs.Length - first);
            input.Resize(1, count);
            for (int step = 0; step < count; step++) input.SetToken(0, step, inputs[first + step]);
            output = Layer.Predict(input, state, output);
            for (int step = 0; step < count; step++)
            {
                int at = first + step - (start.Length - 1);
                if (at < 0) continue;
                LogSoftmax(output.Step(step), logarithms);
                result[at] = logarithms[tokens[at]];
            }
        }

        return result;
    }
}

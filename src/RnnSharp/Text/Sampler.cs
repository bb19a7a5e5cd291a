using System.Diagnostics;
using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Text;

/// <summary>
/// Chooses tokens from the scores of a model, by <see cref="SamplingOptions"/>. Computes in double precision; warm calls allocate nothing.
/// An instance is not thread-safe.
/// </summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class Sampler : IStateful
{
    private const string Generator = "generator";

    private readonly FastRandom _random;

    // The candidates: tokens that can still be chosen, and their scores. _weights has e^score once it is needed.
    private int[] _tokens = [];
    private double[] _scores = [];
    private double[] _weights = [];
    private bool[] _marks = [];
    private double[] _heap = [];
    private int _count;

    /// <summary>Creates a sampler, whose draws begin with the seed of the options.</summary>
    public Sampler(SamplingOptions? options = null)
    {
        Options = options ?? SamplingOptions.Default;
        _random = new FastRandom(Options.Seed);
    }

    /// <summary>How tokens are chosen.</summary>
    public SamplingOptions Options { get; }

    /// <summary>Chooses a token. Draws one random number, and none at a temperature of 0.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="scores">One per token: logarithms of probabilities, up to a constant, on which only the repetition penalty depends. Negative infinity is a probability of 0.</param>
    /// <param name="previous">The tokens so far, for the repetition penalty and the filter.</param>
    /// <returns>0 to scores.Length - 1.</returns>
    /// <exception cref="ArgumentException">There is no score, one is NaN or positive infinity, or all are negative infinity; a previous or an allowed token is out of range; or T is neither float nor double.</exception>
    /// <exception cref="InvalidOperationException">No token that is allowed has a score above negative infinity.</exception>
    public int Sample<T>(ReadOnlySpan<T> scores, ReadOnlySpan<int> previous = default)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Take(scores, previous);
        if (Options.Temperature == 0) return Greedy();
        double left = Filter() * _random.NextDouble();
        int last = _count - 1;
        for (int i = 0; i < last; i++)
        {
            left -= _weights[i];
            if (left < 0) return _tokens[i];
        }

        // Rounding can leave something past the last one; it must not go to a token whose weight has underflowed to 0.
        while (_weights[last] == 0) last--;
        return _tokens[last];
    }

    /// <summary>Computes the probabilities with which <see cref="Sample"/> chooses, without drawing.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="scores">As for <see cref="Sample"/>.</param>
    /// <param name="probabilities">Receives one value per token; their sum is 1.</param>
    /// <param name="previous">As for <see cref="Sample"/>.</param>
    /// <exception cref="ArgumentException">As for <see cref="Sample"/>, or the lengths of scores and probabilities differ.</exception>
    /// <exception cref="InvalidOperationException">As for <see cref="Sample"/>.</exception>
    public void Probabilities<T>(ReadOnlySpan<T> scores, Span<double> probabilities, ReadOnlySpan<int> previous = default)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (probabilities.Length != scores.Length) throw Check.Shape(nameof(probabilities), $"{scores.Length} values (one for each score)", $"{probabilities.Length}");
        Take(scores, previous);
        if (Options.Temperature == 0)
        {
            probabilities.Clear();
            probabilities[Greedy()] = 1;
            return;
        }

        double total = Filter();
        probabilities.Clear();
        for (int i = 0; i < _count; i++) probabilities[_tokens[i]] = _weights[i] / total;
    }

    /// <inheritdoc/>
    public StateDictionary GetState()
    {
        var state = new StateDictionary();
        state.Set<byte>(Generator, _random.GetState());
        return state;
    }

    /// <inheritdoc/>
    public void SetState(StateDictionary state)
    {
        ArgumentNullException.ThrowIfNull(state);
        try
        {
            _random.SetState(state.GetArray<byte>(Generator));
        }
        catch (ArgumentException exception)
        {
            throw new InvalidDataException($"The state of the sampler's generator is invalid: {exception.Message}", exception);
        }
    }

    /// <summary>What differs from drawing with the model's probabilities, such as "temperature 0.8, top-k 40, seed 1".</summary>
    public override string ToString()
    {
        SamplingOptions options = Options;
        string text = options.Temperature == 0 ? "greedy" : FormattableString.Invariant($"temperature {options.Temperature}");
        if (options.TopK is { } k) text += FormattableString.Invariant($", top-k {k}");
        if (options.TopP < 1) text += FormattableString.Invariant($", top-p {options.TopP}");
        if (options.MinP > 0) text += FormattableString.Invariant($", min-p {options.MinP}");
        if (options.RepetitionPenalty != 1) text += FormattableString.Invariant($", repetition penalty {options.RepetitionPenalty}");
        if (options.AllowedTokens is { } allowed) text += FormattableString.Invariant($", {allowed.Count} allowed tokens");
        return text + FormattableString.Invariant($", seed {options.Seed}");
    }

    /// <summary>Makes the tokens that can be chosen the candidates, with their scores after the penalty.</summary>
    private void Take<T>(ReadOnlySpan<T> scores, ReadOnlySpan<int> previous)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check.ElementType<T>();
        bool any = false;
        for (int i = 0; i < scores.Length; i++)
        {
            if (T.IsNaN(scores[i]) || T.IsPositiveInfinity(scores[i])) throw Check.Shape(nameof(scores), "numbers below infinity", $"{scores[i]} for token {i}");
            any |= !T.IsNegativeInfinity(scores[i]);
        }

        if (!any) throw Check.Shape(nameof(scores), "a score above negative infinity", scores.IsEmpty ? "no scores" : "none");
        Resize(scores.Length);
        for (int i = 0; i < scores.Length; i++) _scores[i] = double.CreateTruncating(scores[i]);
        Penalize(scores.Length, previous);
        Mask(scores.Length, previous);
        if (_count == 0) throw new InvalidOperationException("Expected an allowed token whose score is above negative infinity, but there is none.");
    }

    private void Resize(int length)
    {
        if (_tokens.Length >= length) return;
        _tokens = new int[length];
        _scores = new double[length];
        _weights = new double[length];
        _marks = new bool[length];
    }

    private void Penalize(int length, ReadOnlySpan<int> previous)
    {
        double penalty = Options.RepetitionPenalty;
        if (penalty == 1) return;
        if (Options.RepetitionWindow is { } window && window < previous.Length) previous = previous[^window..];
        Span<bool> seen = _marks.AsSpan(0, length);
        seen.Clear();
        foreach (int token in previous)
        {
            Vocabulary.CheckToken(token, length, nameof(previous));
            if (seen[token]) continue;
            seen[token] = true;
            double score = _scores[token];
            if (double.IsNegativeInfinity(score)) continue;

            // The limits keep a very small or large penalty from making an infinity of a number.
            _scores[token] = Math.Clamp(score < 0 ? score * penalty : score / penalty, double.MinValue, double.MaxValue);
        }
    }

    private void Mask(int length, ReadOnlySpan<int> previous)
    {
        Span<bool> allowed = _marks.AsSpan(0, length);
        IReadOnlyList<int>? only = Options.AllowedTokens;
        allowed.Fill(only is null);
        for (int i = 0; i < (only?.Count ?? 0); i++)
        {
            if (only![i] >= length) throw Check.Shape("scores", $"a score for each allowed token, up to {only[i]}", $"{length} scores");
            allowed[only[i]] = true;
        }

        Options.Filter?.Invoke(previous, allowed);
        int count = 0;
        for (int i = 0; i < length; i++)
        {
            if (!allowed[i] || double.IsNegativeInfinity(_scores[i])) continue;
            _tokens[count] = i;
            _scores[count++] = _scores[i];
        }

        _count = count;
    }

    private int Greedy()
    {
        int best = 0;
        for (int i = 1; i < _count; i++)
        {
            if (_scores[i] > _scores[best]) best = i;
        }

        return _tokens[best];
    }

    /// <summary>Applies temperature, top-k, top-p and min-p to the candidates. Returns the sum of their weights.</summary>
    private double Filter()
    {
        double max = double.NegativeInfinity;
        for (int i = 0; i < _count; i++) max = Math.Max(max, _scores[i]);

        // The difference first, so that a very low temperature gives no infinity but negative ones.
        for (int i = 0; i < _count; i++) _scores[i] = (_scores[i] - max) / Options.Temperature;
        if (Options.TopK is { } k && k < _count) Keep(KthHighest(k));
        for (int i = 0; i < _count; i++) _weights[i] = Math.Exp(_scores[i]);
        if (Options.TopP < 1) KeepNucleus(Options.TopP);
        if (Options.MinP > 0) KeepLikely(Options.MinP);
        return Total();
    }

    private double Total()
    {
        double total = 0;
        for (int i = 0; i < _count; i++) total += _weights[i];
        return total;
    }

    /// <summary>Keeps the candidates of at least a score.</summary>
    private void Keep(double least)
    {
        int count = 0;
        for (int i = 0; i < _count; i++)
        {
            if (_scores[i] < least) continue;
            _tokens[count] = _tokens[i];
            _scores[count++] = _scores[i];
        }

        _count = count;
    }

    /// <summary>The k-th highest score: the least of a heap of the k highest.</summary>
    private double KthHighest(int k)
    {
        if (_heap.Length < k) _heap = new double[k];
        Span<double> heap = _heap.AsSpan(0, k);
        _scores.AsSpan(0, k).CopyTo(heap);
        for (int at = k / 2 - 1; at >= 0; at--) Sink(heap, at);
        for (int i = k; i < _count; i++)
        {
            if (_scores[i] <= heap[0]) continue;
            heap[0] = _scores[i];
            Sink(heap, 0);
        }

        return heap[0];
    }

    /// <summary>Moves an element of a heap whose least is first to where it belongs.</summary>
    private static void Sink(Span<double> heap, int at)
    {
        double moved = heap[at];
        for (int child; (child = 2 * at + 1) < heap.Length; at = child)
        {
            if (child + 1 < heap.Length && heap[child + 1] < heap[child]) child++;
            if (heap[child] >= moved) break;
            heap[at] = heap[child];
        }

        heap[at] = moved;
    }

    private void KeepNucleus(double p)
    {
        double wanted = p * Total();
        Span<double> scores = _scores.AsSpan(0, _count);
        Span<int> tokens = _tokens.AsSpan(0, _count);
        for (int i = 0; i < scores.Length; i++) scores[i] = -scores[i];
        scores.Sort(tokens);

        // The sort is not stable: equal scores are put in the order of their tokens.
        for (int start = 0, end; start < scores.Length; start = end)
        {
            for (end = start + 1; end < scores.Length && scores[end] == scores[start];) end++;
            if (end - start > 1) tokens[start..end].Sort();
        }

        double sum = 0;
        int count = 0;
        while (count < scores.Length && (count == 0 || sum < wanted))
        {
            _weights[count] = Math.Exp(-scores[count]);
            sum += _weights[count++];
        }

        _count = count;
    }

    /// <summary>The weight of the most likely candidate, which no filter removes, is 1.</summary>
    private void KeepLikely(double least)
    {
        int count = 0;
        for (int i = 0; i < _count; i++)
        {
            if (_weights[i] < least) continue;
            _tokens[count] = _tokens[i];
            _weights[count++] = _weights[i];
        }

        _count = count;
    }
}

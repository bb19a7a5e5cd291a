using System.Buffers;
using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Layers;

/// <summary>Chooses the next token of an example.</summary>
/// <param name="scores">The layer's output for the example, OutputSize values, which may be overwritten.</param>
/// <param name="example">The example's index in the batch.</param>
/// <param name="step">0 for the first token that is chosen.</param>
/// <returns>A token of 0 to the layer's InputSize - 1.</returns>
/// <typeparam name="T">float or double.</typeparam>
public delegate int TokenChoice<T>(Span<T> scores, int example, int step)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;

/// <summary>Generates tokens with a layer: the token chosen from each output is the next input.</summary>
public static class FreeRunning
{
    /// <summary>Generates tokens from a state and the first token of each example. Allocates nothing after the first call.</summary>
    /// <param name="layer">The layer: a language model, or an <see cref="EncoderDecoder{T}"/> whose state has read a source.</param>
    /// <param name="first">The first input: one token per example, 0 to the layer's InputSize - 1, or <see cref="Sequence{T}.ZeroToken"/> for a column of zeros.</param>
    /// <param name="state">The state before the first step. It is advanced by every step until all examples have ended.</param>
    /// <param name="tokens">Receives the tokens: a token sequence of vocabulary InputSize with the state's batch and as many steps as are to be generated.</param>
    /// <param name="choose">Chooses each token; if null, the one with the largest output.</param>
    /// <param name="endToken">A token that ends an example: the example's length is then the number of tokens before it, and all later tokens are this one. None if null.</param>
    /// <exception cref="ArgumentException">An argument is null or does not fit, or a chosen token is out of range.</exception>
    public static void Generate<T>(this ILayer<T> layer, ReadOnlySpan<int> first, State<T> state, Sequence<T> tokens, TokenChoice<T>? choose = null, int? endToken = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(layer);
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(tokens);
        if (!layer.IsStreaming) throw Check.Shape(nameof(layer), "a layer that streams", $"{LayerReport<T>.KindOf(layer)}, which does not");
        int batch = state.Batch, steps = tokens.Steps, vocabulary = layer.InputSize;
        if (!tokens.IsTokens || tokens.Features != vocabulary || tokens.Batch != batch) throw Check.Shape(nameof(tokens), $"tokens of {vocabulary} x {batch} x steps", tokens.Describe());
        if (first.Length != batch) throw Check.Shape(nameof(first), $"{batch} tokens (one per example)", $"{first.Length}");
        if (choose is null && layer.OutputSize > vocabulary) throw Check.Shape(nameof(choose), $"a choice among the {layer.OutputSize} outputs, which are more than the {vocabulary} tokens", "null");
        foreach (int token in first) Sequence<T>.CheckToken(token, vocabulary, nameof(first));
        if (endToken is { } end) RequireToken(end, vocabulary, nameof(endToken));

        int outputs = layer.OutputSize, running = batch;
        T[] scores = ArrayPool<T>.Shared.Rent(Check.ArrayLength((long)outputs * batch, nameof(state)));
        int[] lengths = ArrayPool<int>.Shared.Rent(batch);
        try
        {
            lengths.AsSpan(0, batch).Fill(steps);
            for (int t = 0; t < steps; t++)
            {
                if (running > 0) layer.Step(t == 0 ? first : tokens.Tokens.Slice((t - 1) * batch, batch), state, scores.AsSpan(0, outputs * batch));
                if (t == 0) tokens.ClearLengths();
                for (int j = 0; j < batch; j++)
                {
                    if (lengths[j] < t)
                    {
                        tokens.SetToken(j, t, endToken!.Value);
                        continue;
                    }

                    Span<T> own = scores.AsSpan(j * outputs, outputs);
                    int token = choose is null ? IndexOfLargest<T>(own) : choose(own, j, t);
                    RequireToken(token, vocabulary, nameof(choose));
                    tokens.SetToken(j, t, token);
                    if (token != endToken) continue;
                    lengths[j] = t;
                    running--;
                }
            }

            if (endToken is not null) tokens.SetLengths(lengths.AsSpan(0, batch));
        }
        finally
        {
            ArrayPool<T>.Shared.Return(scores);
            ArrayPool<int>.Shared.Return(lengths);
        }
    }

    /// <summary>The index of the first of the largest values, ignoring NaN.</summary>
    internal static int IndexOfLargest<T>(ReadOnlySpan<T> values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int best = 0;
        for (int i = 1; i < values.Length; i++)
        {
            if (values[i] > values[best] || T.IsNaN(values[best])) best = i;
        }

        return best;
    }

    private static void RequireToken(int token, int vocabulary, string name)
    {
        if ((uint)token >= (uint)vocabulary) throw Check.Shape(name, $"a token of 0 to {vocabulary - 1}", $"{token}");
    }
}

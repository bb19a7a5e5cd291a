using System.Diagnostics;
using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Text;

/// <summary>
/// A layer that predicts the next token of a text, with the tokenizer of its tokens: writes text, and tells how likely a text is. The layer takes
/// tokens, and its output has a score for each token, whose softmax is the probability that it comes next.
/// <para>The model starts from a state of zeros. Its first input is the start token, if there is one; without a start token it is the first token
/// of the prompt, or a column of zeros (<see cref="Sequence{T}.ZeroToken"/>) if there is no prompt.</para>
/// <para>Nothing is changed by a call, so any number of threads may use one model at once.</para>
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
[DebuggerDisplay("{ToString(),nq}")]
public sealed partial class LanguageModel<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Combines a layer and a tokenizer.</summary>
    /// <param name="layer">A layer that streams, whose input and output size are the tokenizer's size.</param>
    /// <param name="tokenizer">The tokenizer of the texts that the layer was trained on.</param>
    /// <param name="startToken">The token that came before every text in training, such as a boundary; null if none did.</param>
    /// <exception cref="ArgumentException">An argument is null, the layer does not stream or takes no tokens, a size is another, or the start token is out of range.</exception>
    public LanguageModel(ILayer<T> layer, ITokenizer tokenizer, int? startToken = null)
    {
        ArgumentNullException.ThrowIfNull(layer);
        ArgumentNullException.ThrowIfNull(tokenizer);
        if (!layer.IsStreaming) throw Check.Shape(nameof(layer), "a layer that streams", $"{layer}, which does not");
        if (layer.InputSize != tokenizer.Size || layer.OutputSize != tokenizer.Size)
            throw Check.Shape(nameof(layer), $"an input and output size of {tokenizer.Size} (the tokenizer's size)", $"{layer.InputSize} and {layer.OutputSize}");
        if (!BoundStep<T>.Of(layer, layer.CreateState(1), 1).TakesTokens) throw Check.Shape(nameof(layer), "a layer that takes tokens", $"{layer}, which does not");
        if (startToken is { } start) Vocabulary.CheckToken(start, tokenizer.Size, nameof(startToken));
        Layer = layer;
        Tokenizer = tokenizer;
        StartToken = startToken;
    }

    /// <summary>The layer.</summary>
    public ILayer<T> Layer { get; }

    /// <summary>The tokenizer.</summary>
    public ITokenizer Tokenizer { get; }

    /// <summary>The first input of the layer, before the prompt; null if there is none.</summary>
    public int? StartToken { get; }

    /// <summary>The layer and the tokenizer.</summary>
    public override string ToString() => $"{Layer}, {Tokenizer}";

    /// <summary>The layer's inputs before the first token that it predicts: at least one.</summary>
    internal int[] Inputs(ReadOnlySpan<int> prompt) => StartToken is { } start ? [start, .. prompt] : prompt.IsEmpty ? [Sequence<T>.ZeroToken] : prompt.ToArray();

    /// <summary>The tokens of a text that the caller gave as an argument.</summary>
    private int[] Encode(string text, string name)
    {
        ArgumentNullException.ThrowIfNull(text, name);
        int[] tokens;
        try
        {
            tokens = Tokenizer.Encode(text);
        }
        catch (ArgumentException exception) when (!string.Equals(exception.ParamName, name, StringComparison.Ordinal))
        {
            throw new ArgumentException(exception.Message, name, exception);
        }

        foreach (int token in tokens)
        {
            if ((uint)token >= (uint)Tokenizer.Size) throw new InvalidOperationException($"Expected tokens of 0 to {Tokenizer.Size - 1} from the tokenizer, got {token}.");
        }

        return tokens;
    }

    private void CheckTokens(ReadOnlySpan<int> tokens, string name)
    {
        foreach (int token in tokens) Vocabulary.CheckToken(token, Tokenizer.Size, name);
    }

    private void CheckChoices(IReadOnlyList<int>? allowed, IReadOnlyList<int> stops, string name)
    {
        foreach (int token in allowed ?? [])
        {
            if (token >= Tokenizer.Size) throw Check.Shape(name, $"allowed tokens of 0 to {Tokenizer.Size - 1}", $"{token}");
        }

        foreach (int token in stops)
        {
            if (token >= Tokenizer.Size) throw Check.Shape(name, $"stop tokens of 0 to {Tokenizer.Size - 1}", $"{token}");
        }
    }
}

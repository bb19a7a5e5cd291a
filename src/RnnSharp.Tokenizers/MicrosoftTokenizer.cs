using System.Diagnostics;
using Microsoft.ML.Tokenizers;
using RnnSharp.Text;

namespace RnnSharp.Tokenizers;

/// <summary>
/// A tokenizer of Microsoft.ML.Tokenizers. Normalization and splitting follow its settings; so does what happens to text that it cannot represent.
/// A tokenizer that adds tokens at the beginning or end of a text adds them to every prompt.
/// </summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class MicrosoftTokenizer : ITokenizer
{
    /// <summary>Adapts a tokenizer that knows its vocabulary: a <see cref="BpeTokenizer"/>, <see cref="CodeGenTokenizer"/>, <see cref="EnglishRobertaTokenizer"/>, <see cref="SentencePieceTokenizer"/>, or one derived from them.</summary>
    /// <exception cref="ArgumentException">The tokenizer is null or of another kind, whose number of tokens must be given, or its vocabulary is empty.</exception>
    public MicrosoftTokenizer(Tokenizer tokenizer)
        : this(tokenizer, SizeOf(tokenizer), nameof(tokenizer))
    {
    }

    /// <summary>Adapts a tokenizer of any kind.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="size">The number of tokens: one more than the highest token, special ones included.</param>
    /// <exception cref="ArgumentException">The tokenizer is null, or the size is below 1.</exception>
    public MicrosoftTokenizer(Tokenizer tokenizer, int size)
        : this(tokenizer, size, nameof(size)) => ArgumentNullException.ThrowIfNull(tokenizer);

    private MicrosoftTokenizer(Tokenizer tokenizer, int size, string name)
    {
        if (size < 1) throw new ArgumentOutOfRangeException(name, size, $"Expected at least 1 token, got {size}.");
        Tokenizer = tokenizer;
        Size = size;
    }

    /// <summary>The tokenizer.</summary>
    public Tokenizer Tokenizer { get; }

    /// <inheritdoc/>
    public int Size { get; }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The tokenizer gives a token that is not below <see cref="Size"/>.</exception>
    public int[] Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int[] tokens = [.. Tokenizer.EncodeToIds(text)];
        foreach (int token in tokens)
        {
            if ((uint)token >= (uint)Size) throw new InvalidOperationException($"Expected tokens of 0 to {Size - 1}, got {token} from the tokenizer.");
        }

        return tokens;
    }

    /// <inheritdoc/>
    public string Decode(ReadOnlySpan<int> tokens)
    {
        foreach (int token in tokens)
        {
            if ((uint)token >= (uint)Size) throw new ArgumentOutOfRangeException(nameof(tokens), token, $"Expected tokens of 0 to {Size - 1}, got {token}.");
        }

        return Tokenizer.Decode(tokens.ToArray()) ?? "";
    }

    /// <summary>The kind of the tokenizer and the number of tokens.</summary>
    public override string ToString() => $"{Tokenizer.GetType().Name} of {Size} tokens";

    private static int SizeOf(Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        (IReadOnlyDictionary<string, int> vocabulary, IReadOnlyDictionary<string, int>? special) = tokenizer switch
        {
            BpeTokenizer bpe => (bpe.Vocabulary, bpe.SpecialTokens),
            CodeGenTokenizer codeGen => (codeGen.Vocabulary, codeGen.SpecialTokens),
            EnglishRobertaTokenizer roberta => (roberta.Vocabulary, null),
            SentencePieceTokenizer sentencePiece => (sentencePiece.Vocabulary, sentencePiece.SpecialTokens),
            _ => throw new ArgumentException($"Expected a tokenizer that tells its vocabulary, got {tokenizer.GetType().Name}; give the number of its tokens.", nameof(tokenizer)),
        };
        return vocabulary.Values.Concat(special?.Values ?? []).DefaultIfEmpty(-1).Max() + 1;
    }
}

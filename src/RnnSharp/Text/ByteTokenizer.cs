using System.Diagnostics;
using System.Text;
using RnnSharp.Numerics;

namespace RnnSharp.Text;

/// <summary>The bytes of a text in UTF-8 as tokens 0 to 255: every text has tokens, and there is nothing to build or to store.</summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class ByteTokenizer : ITokenizer
{
    private const int Bytes = 256;
    private const int MostBytesPerCharacter = 4;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Creates a tokenizer.</summary>
    /// <param name="reservedTokens">Number of tokens from 256 on that stand for no text, such as a boundary. They decode to nothing.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative or so large that the size is no int.</exception>
    public ByteTokenizer(int reservedTokens = 0)
    {
        if (Check.NotNegative(reservedTokens) > int.MaxValue - Bytes)
            throw new ArgumentOutOfRangeException(nameof(reservedTokens), reservedTokens, $"Expected at most {int.MaxValue - Bytes}, got {reservedTokens}.");
        Size = Bytes + reservedTokens;
    }

    /// <inheritdoc/>
    public int Size { get; }

    /// <summary>The bytes of a text in UTF-8.</summary>
    /// <exception cref="ArgumentException">The text is null or has an unpaired surrogate.</exception>
    public int[] Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int unpaired = Vocabulary.UnpairedSurrogate(text);
        if (unpaired >= 0) throw Check.Shape(nameof(text), "valid Unicode", $"an unpaired surrogate at character {unpaired}");
        return Array.ConvertAll(Strict.GetBytes(text), value => (int)value);
    }

    /// <summary>The text of bytes. Bytes that are not valid UTF-8 become the replacement character U+FFFD; reserved tokens are left out.</summary>
    /// <inheritdoc/>
    public string Decode(ReadOnlySpan<int> tokens)
    {
        var bytes = new byte[tokens.Length];
        int count = 0;
        foreach (int token in tokens)
        {
            Vocabulary.CheckToken(token, Size, nameof(tokens));
            if (token < Bytes) bytes[count++] = (byte)token;
        }

        return Encoding.UTF8.GetString(bytes, 0, count);
    }

    /// <inheritdoc/>
    public TokenDecoder CreateDecoder() => new Utf8Decoder(Size);

    /// <summary>The number of tokens.</summary>
    public override string ToString() => $"{Size} tokens, {Bytes} of them bytes";

    private sealed class Utf8Decoder(int size) : TokenDecoder
    {
        private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();

        public override string Add(int token)
        {
            Vocabulary.CheckToken(token, size, nameof(token));
            return token < Bytes ? Text([(byte)token], flush: false) : "";
        }

        public override string Flush() => Text([], flush: true);

        private string Text(ReadOnlySpan<byte> bytes, bool flush)
        {
            Span<char> characters = stackalloc char[2 * MostBytesPerCharacter];
            return new string(characters[.._decoder.GetChars(bytes, characters, flush)]);
        }
    }
}

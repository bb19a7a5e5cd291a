namespace RnnSharp.Text;

/// <summary>Turns text into token numbers and back. Its methods change nothing, so any number of threads may use one tokenizer.</summary>
public interface ITokenizer
{
    /// <summary>The number of different tokens, which are 0 to Size - 1: the input and output size of a model.</summary>
    int Size { get; }

    /// <summary>The tokens of a text.</summary>
    /// <exception cref="ArgumentException">The text is null, or has a symbol that the tokenizer cannot represent.</exception>
    int[] Encode(string text);

    /// <summary>The text of tokens.</summary>
    /// <param name="tokens">0 to <see cref="Size"/> - 1.</param>
    /// <exception cref="ArgumentException">A token is out of range.</exception>
    string Decode(ReadOnlySpan<int> tokens);

    /// <summary>
    /// Creates a decoder for tokens that arrive one by one. By default it decodes the last few tokens again at each one, and waits while their
    /// text ends in the replacement character U+FFFD, as an unfinished character does.
    /// </summary>
    TokenDecoder CreateDecoder() => new RepeatingDecoder(this);
}

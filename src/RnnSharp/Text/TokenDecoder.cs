namespace RnnSharp.Text;

/// <summary>
/// Decodes tokens that arrive one by one. The texts that it returns, put together, are those of <see cref="ITokenizer.Decode"/> for all tokens; none
/// has a part of a character. An instance serves one stream of tokens.
/// </summary>
public abstract class TokenDecoder
{
    /// <summary>Takes the next token.</summary>
    /// <returns>The text that is now certain; empty if the token ends within a character.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The token is out of range.</exception>
    public abstract string Add(int token);

    /// <summary>Ends the stream.</summary>
    /// <returns>What is left: the replacement character U+FFFD for a character that was not finished, and otherwise nothing.</returns>
    public abstract string Flush();
}

using System.Runtime.InteropServices;

namespace RnnSharp.Text;

/// <summary>
/// The decoder of any tokenizer: it decodes the tokens since the one before last that ended a character, so that spaces between words come out as in
/// the whole text, and returns what is new. This is how Hugging Face's text-generation-inference streams text.
/// </summary>
internal sealed class RepeatingDecoder(ITokenizer tokenizer) : TokenDecoder
{
    private const char Replacement = '\uFFFD';

    // Those from the first on which the next text depends. The first _done of them have been returned.
    private readonly List<int> _tokens = [];
    private int _done;

    public override string Add(int token)
    {
        _tokens.Add(token);
        string text;
        try
        {
            text = Text(_tokens.Count);
        }
        catch
        {
            _tokens.RemoveAt(_tokens.Count - 1);
            throw;
        }

        if (text.Length == 0 || text[^1] == Replacement) return "";
        string fresh = text[Math.Min(Text(_done).Length, text.Length)..];
        _tokens.RemoveRange(0, _done);
        _done = _tokens.Count;
        return fresh;
    }

    public override string Flush()
    {
        string text = Text(_tokens.Count), before = Text(_done);
        _tokens.Clear();
        _done = 0;
        return text[Math.Min(before.Length, text.Length)..];
    }

    private string Text(int count) => tokenizer.Decode(CollectionsMarshal.AsSpan(_tokens)[..count]);
}

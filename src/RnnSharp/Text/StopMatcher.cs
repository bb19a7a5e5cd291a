namespace RnnSharp.Text;

/// <summary>
/// Looks for stop sequences in a text that arrives in parts, and holds back what may be the beginning of one. The one that is completed first
/// counts, so that the result does not depend on how the text is divided; of those that end together, the longest.
/// </summary>
internal sealed class StopMatcher(IReadOnlyList<string> stops)
{
    private string _held = "";

    /// <summary>Whether a stop sequence has been found. Nothing more is then returned.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Adds text. Returns what is now certain to come before any stop sequence.</summary>
    public string Add(string text)
    {
        if (IsComplete) return "";
        if (stops.Count == 0) return text;
        text = _held + text;
        int end = int.MaxValue, start = 0;
        foreach (string stop in stops)
        {
            int at = text.IndexOf(stop, StringComparison.Ordinal);
            if (at < 0 || at + stop.Length > end || (at + stop.Length == end && at > start)) continue;
            (start, end) = (at, at + stop.Length);
        }

        if (end < int.MaxValue)
        {
            IsComplete = true;
            _held = "";
            return text[..start];
        }

        int held = 0;
        foreach (string stop in stops) held = Math.Max(held, Overlap(text, stop));
        _held = text[^held..];
        return text[..^held];
    }

    /// <summary>Ends the text. Returns what was held back.</summary>
    public string Flush()
    {
        string text = _held;
        _held = "";
        return text;
    }

    /// <summary>The length of the longest end of a text with which the stop sequence begins.</summary>
    private static int Overlap(string text, string stop)
    {
        int length = Math.Min(text.Length, stop.Length - 1);
        while (!text.AsSpan(text.Length - length).SequenceEqual(stop.AsSpan(0, length))) length--;
        return length;
    }
}

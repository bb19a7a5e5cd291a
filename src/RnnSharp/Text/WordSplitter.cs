using System.Globalization;
using System.Text;

namespace RnnSharp.Text;

/// <summary>Divides a text into words.</summary>
internal static class WordSplitter
{
    private enum Kind
    {
        Space,
        Word,
        Single,
    }

    /// <summary>The words of a text, in order.</summary>
    public static IEnumerable<string> Split(string text, WordSplitting splitting, bool lowerCase)
    {
        int start = 0, at = 0;
        Kind kind = Kind.Space;
        foreach (Rune rune in text.EnumerateRunes())
        {
            Kind next = KindOf(rune, splitting);
            if (next != kind || next == Kind.Single)
            {
                if (kind != Kind.Space) yield return Cased(text[start..at], lowerCase);
                (start, kind) = (at, next);
            }

            at += rune.Utf16SequenceLength;
        }

        if (kind != Kind.Space) yield return Cased(text[start..], lowerCase);
    }

    private static string Cased(string word, bool lowerCase) => lowerCase ? word.ToLowerInvariant() : word;

    private static Kind KindOf(Rune rune, WordSplitting splitting)
    {
        if (Rune.IsWhiteSpace(rune)) return Kind.Space;
        return splitting == WordSplitting.Whitespace || IsOfWord(Rune.GetUnicodeCategory(rune)) ? Kind.Word : Kind.Single;
    }

    private static bool IsOfWord(UnicodeCategory category) => category is
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter
        or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark
        or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber or UnicodeCategory.ConnectorPunctuation;
}

using System.Globalization;
using System.Text;

namespace RnnSharp.Tool;

/// <summary>Texts from files, which may be hostile: characters that a terminal acts upon are shown as their codes.</summary>
internal static class Visible
{
    public static string Of(string text)
    {
        if (!text.Any(IsHidden)) return text;
        var visible = new StringBuilder(text.Length);
        foreach (char character in text)
        {
            if (IsHidden(character)) visible.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
            else visible.Append(character);
        }

        return visible.ToString();
    }

    private static bool IsHidden(char character) => char.GetUnicodeCategory(character) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}

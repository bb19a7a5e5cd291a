using System.Text;
using FluentAssertions;
using RnnSharp.Tests.Fuzz;

namespace RnnSharp.Tests.Forecasting;

/// <summary>Files of fitted forecasters with changes in the file or in its text: each is refused with an <see cref="InvalidDataException"/>, or loads and runs.</summary>
internal static class ForecastFileFuzz
{
    /// <summary>Loads and runs 600 changed files.</summary>
    /// <param name="original">The file.</param>
    /// <param name="text">The text in its metadata.</param>
    /// <param name="withText">Makes the file with another text.</param>
    /// <param name="load">Loads a file.</param>
    /// <param name="run">Runs what was loaded, and expects the errors of numbers that have no finite forecast.</param>
    public static void Run<T>(byte[] original, string text, Func<string, byte[]> withText, Func<Stream, T> load, Action<T> run)
    {
        (int refused, int accepted) = (0, 0);
        for (int i = 0; i < 600; i++)
        {
            var random = new Random(i);
            byte[] changed = i % 3 == 0 ? new ModelFileMutator(random).Mutate(original, out _) : withText(Mutate(text, random));
            T loaded;
            try
            {
                using var stream = new MemoryStream(changed);
                loaded = load(stream);
            }
            catch (InvalidDataException)
            {
                refused++;
                continue;
            }

            accepted++;
            run(loaded);
        }

        refused.Should().BeGreaterThan(200);
        accepted.Should().BeGreaterThan(20);
    }

    /// <summary>Replaces a number or a piece of a text, or cuts and doubles pieces.</summary>
    private static string Mutate(string text, Random random)
    {
        string[] values = ["0", "-1", "1", "2", "7", "1e300", "1e999", "2147483647", "-2147483648", "99999", "null", "\"x\"", "[]", "{}", "0.5", "1e-300", "true", "9007199254740993"];
        int at = random.Next(text.Length), end = Math.Min(text.Length, at + random.Next(1, 30));
        switch (random.Next(4))
        {
            case 0:
                return text[..at] + text[end..];
            case 1:
                return text[..end] + text[at..];
            default:
                while (at < text.Length && !char.IsAsciiDigit(text[at])) at++;
                end = at;
                while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] is '.' or '-' or '+')) end++;
                return new StringBuilder(text[..at]).Append(values[random.Next(values.Length)]).Append(text[end..]).ToString();
        }
    }
}

using System.Text.RegularExpressions;
using FluentAssertions;

namespace RnnSharp.Tests.Readme;

/// <summary>An example that a document prints: a file that the tests compile and run.</summary>
internal static partial class PrintedExample
{
    /// <summary>The examples of a document, each after a comment with its name.</summary>
    public static (string Name, string Code)[] In(string document)
    {
        (string Name, string Code)[] examples = [.. Block().Matches(document).Select(block => (block.Groups["name"].Value, block.Groups["code"].Value))];
        examples.Length.Should().Be(Regex.Count(document, "```csharp", RegexOptions.None, TimeSpan.FromSeconds(1)), "each block names its example");
        return examples;
    }

    /// <summary>A file as a document prints it: the using lines, the statements between the markers, and the types between theirs.</summary>
    /// <param name="path">The file.</param>
    /// <param name="usings">The using lines that the document has printed, which it does not repeat; those of the file are added. Null to print all.</param>
    public static string Of(string path, HashSet<string>? usings = null)
    {
        string file = File.ReadAllText(path);
        string[] own = [.. file.Split('\n').Where(line => line.StartsWith("using ", StringComparison.Ordinal) && !line.Contains("Tests", StringComparison.Ordinal) && usings?.Add(line) is not false)];
        string head = own.Length == 0 ? "" : $"{string.Concat(own.Select(line => $"{line}\n"))}\n";
        string types = file.Contains("// <types>", StringComparison.Ordinal) ? $"\n{Between(file, "types")}" : "";

        // An app does not see internal members of a package, as its tests do.
        return $"{head}{Between(file, "readme")}{types}".Replace("protected internal", "protected", StringComparison.Ordinal);
    }

    private static string Between(string file, string marker)
    {
        Match part = Regex.Match(file, $@"\n(?<indent> *)// <{marker}>\n(?<code>.*?)\n\s*// </{marker}>", RegexOptions.Singleline, TimeSpan.FromSeconds(1));
        part.Success.Should().BeTrue("the example has a part {0}", marker);
        int indent = part.Groups["indent"].Length;
        return string.Concat(part.Groups["code"].Value.TrimEnd().Split('\n').Select(line => $"{(line.Length > indent ? line[indent..] : "")}\n"));
    }

    [GeneratedRegex("<!-- example: (?<name>\\w+) -->\\n```csharp\\n(?<code>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Block();
}

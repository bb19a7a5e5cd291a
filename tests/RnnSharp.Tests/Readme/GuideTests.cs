using System.Text.RegularExpressions;
using FluentAssertions;
using Xunit;

namespace RnnSharp.Tests.Readme;

/// <summary>The guides beside the samples name only types and members that the packages have, and files that are there.</summary>
public sealed partial class GuideTests
{
    // Of each line of the public API, without type parameters: "Type", "Member" and "Type.Member".
    private static readonly HashSet<string> PublicApi =
    [
        .. Directory.GetFiles(RepositoryRoot.PathOf("src"), "PublicAPI.*.txt", SearchOption.AllDirectories).SelectMany(File.ReadLines)
            .SelectMany(line => MemberPath().Match(TypeParameters().Replace(line, "")).Groups["path"].Value.Split('.') is [.., var type, var member] ? [type, member, $"{type}.{member}"] : Array.Empty<string>()),
    ];

    public static TheoryData<string> Guides => [.. Directory.GetFiles(RepositoryRoot.PathOf("samples"), "*.md").Select(path => Path.GetFileName(path))];

    [Theory]
    [MemberData(nameof(Guides))]
    public void Every_name_is_part_of_the_public_API(string guide)
    {
        string[] names = [.. Names(guide).Distinct()];
        names.Select(name => TypeParameters().Replace(name, "")).Where(name => !PublicApi.Contains(name)).Should().BeEmpty();
        if (!string.Equals(guide, "README.md", StringComparison.Ordinal)) names.Length.Should().BeGreaterThan(25);
    }

    [Fact]
    public void Every_sample_is_in_the_list_and_has_a_README_whose_pictures_exist()
    {
        string list = File.ReadAllText(RepositoryRoot.PathOf("samples/README.md"));
        foreach (string folder in Directory.GetDirectories(RepositoryRoot.PathOf("samples")).Where(folder => Directory.GetFiles(folder, "*.csproj").Length > 0))
        {
            list.Should().Contain($"({Path.GetFileName(folder)}/README.md)");
            string readme = File.ReadAllText(Path.Combine(folder, "README.md"));
            string[] links = [.. RelativeLink().Matches(readme).Select(match => match.Groups["link"].Value)];
            links.Should().OnlyContain(link => File.Exists(Path.Combine(folder, link)), folder);
            links.Should().Contain(link => link.EndsWith(".svg", StringComparison.Ordinal) || link.EndsWith(".png", StringComparison.Ordinal), $"{folder} has something to see");
        }
    }

    // Code in the first column of a table of "coming from" belongs to the other library.
    private static IEnumerable<string> Names(string guide)
    {
        bool isMapping = string.Equals(guide, "COMING-FROM.md", StringComparison.Ordinal);
        foreach (string line in File.ReadLines(RepositoryRoot.PathOf($"samples/{guide}")))
        {
            string ours = isMapping && line.StartsWith("| ", StringComparison.Ordinal) ? line[(line.IndexOf(" | ", StringComparison.Ordinal) + 1)..] : line;
            foreach (Match match in Code().Matches(ours)) yield return match.Groups["name"].Value;
        }
    }

    [GeneratedRegex(@"`(?<name>[A-Z]\w*(<[\w, ]+>)?(\.[A-Z]\w*)*)( = [^`]*)?(\(\))?`", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Code();

    [GeneratedRegex("<[^<>]*>", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex TypeParameters();

    [GeneratedRegex(@"(?<path>RnnSharp(\.\w+)+?)(\.get|\.set|\.init)?(?![\w.])", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex MemberPath();

    [GeneratedRegex(@"\]\((?!http)(?<link>[^)#]+)\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex RelativeLink();
}

using System.Text.RegularExpressions;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Readme;

public sealed partial class ReadmeTests
{
    [Fact]
    public void Every_csharp_block_is_an_example_that_this_project_compiles()
    {
        string readme = File.ReadAllText(RepositoryRoot.PathOf("README.md"));
        string source = File.ReadAllText(RepositoryRoot.PathOf("tests/RnnSharp.Tests/Readme/ReadmeExamples.cs"));
        MatchCollection blocks = Block().Matches(readme);
        blocks.Count.Should().Be(Regex.Count(readme, "```csharp", RegexOptions.None, TimeSpan.FromSeconds(1))).And.BeGreaterThan(0);
        foreach (Match block in blocks)
        {
            string name = block.Groups["name"].Value;
            Match compiled = Regex.Match(source, $@"\n(?<indent> *)// <{name}>\n(?<code>.*?)\n\s*// </{name}>", RegexOptions.Singleline, TimeSpan.FromSeconds(1));
            compiled.Success.Should().BeTrue("the example {0} of the README stands in ReadmeExamples.cs", name);
            int indent = compiled.Groups["indent"].Length;
            string code = string.Join('\n', compiled.Groups["code"].Value.Split('\n').Select(line => line.Length > indent ? line[indent..] : line.Trim()));
            block.Groups["code"].Value.Trim().Should().Be(code.Trim());
        }
    }

    [Fact]
    public void The_first_model_learns_the_sine_wave_streams_it_and_survives_a_file()
    {
        (LayerStack<float> model, ForwardPass<float> pass, Sequence<float> next) = ReadmeExamples.Sine();

        // The first value alone does not tell a rising wave from a falling one, which leaves an error of 1.5e-3 to the best of models.
        MeanSquaredError.Compute(pass.Output, next).Mean.Should().BeLessThan(5e-3);
        ReadmeExamples.Stream(model).Should().BeInRange(-1.5f, 1.5f);

        string path = Path.Combine(Directory.CreateTempSubdirectory("rnnsharp").FullName, "sine.safetensors");
        (LayerStack<float> again, IReadOnlyDictionary<string, string> metadata) = ReadmeExamples.Save(model, path);
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        metadata["unit"].Should().Be("volt");
        again.Predict(pass.Input).Values.ToArray().Should().Equal(pass.Output.Values.ToArray());
    }

    [Fact]
    public void The_members_that_the_notebook_table_names_exist()
    {
        string readme = File.ReadAllText(RepositoryRoot.PathOf("README.md"));
        string table = readme[readme.IndexOf("| notebook | RnnSharp |", StringComparison.Ordinal)..readme.IndexOf("### Where the notebook", StringComparison.Ordinal)];
        Dictionary<string, Type> types = typeof(Sequence<>).Assembly.GetExportedTypes().ToDictionary(type => type.Name.Split('`')[0], StringComparer.Ordinal);
        MatchCollection mentions = Mention().Matches(table);
        mentions.Count.Should().BeGreaterThan(12);
        foreach (Match mention in mentions)
        {
            types.Should().ContainKey(mention.Groups["type"].Value);
            if (mention.Groups["member"].Success)
                types[mention.Groups["type"].Value].GetMember(mention.Groups["member"].Value).Should().NotBeEmpty("the README names {0}", mention.Value);
        }
    }

    [Fact]
    public void The_network_runs_on_a_ragged_batch_and_the_kind_of_ones_own_is_right()
    {
        LayerStack<float> network = ReadmeExamples.Network();
        var x = new Sequence<float>(12, 3, 7);
        x.SetLengths([7, 0, 4]);
        ForwardPass<float> pass = network.Forward(x);
        (pass.Output.Features, pass.Output.Batch, pass.Output.Steps).Should().Be((5, 3, 1));
        network.Backward(pass, new Sequence<float>(5, 3, 1)).Norm().Should().Be(0);

        (LayerStack<float> model, CustomRecurrentLayer<float, MinimalGatedUnit> layer) = ReadmeExamples.Custom();
        model.Predict(new Sequence<float>(8, 2, 3)).Features.Should().Be(3);
        layer.Predict(new Sequence<float>(8, 2, 3)).Features.Should().Be(64);
    }

    [Fact]
    public void Every_link_into_the_repository_leads_somewhere()
    {
        MatchCollection links = Link().Matches(File.ReadAllText(RepositoryRoot.PathOf("README.md")));
        links.Count.Should().BeGreaterThan(25);
        foreach (Match link in links) File.Exists(RepositoryRoot.PathOf(link.Groups["path"].Value)).Should().BeTrue("the README links {0}", link.Value);
    }

    [GeneratedRegex("\\]\\((?<path>[\\w./]+)\\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Link();

    [GeneratedRegex("<!-- example: (?<name>\\w+) -->\\n```csharp\\n(?<code>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Block();

    [GeneratedRegex("`(?<type>[A-Z]\\w+)(<T>)?(?<rest>\\.(?<member>[A-Z]\\w+)(\\([^`]*\\))?)`|`(?<type>[A-Z]\\w+)<T>`", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Mention();
}

using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using FluentAssertions;
using ReadmeExamples;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Tests.Layers;
using RnnSharp.Tests.Serialization;
using RnnSharp.Text;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Readme;

/// <summary>The examples of README, CONTRIBUTING and a sample's README compile as printed, run, and do what the text says.</summary>
public sealed partial class ReadmeTests
{
    private const string Examples = "tests/RnnSharp.Tests/Readme/Examples";

    private static readonly string Readme = File.ReadAllText(RepositoryRoot.PathOf("README.md"));

    private static readonly string Sample = File.ReadAllText(RepositoryRoot.PathOf("samples/CharacterLanguageModel/README.md"));

    private static readonly string Contributing = File.ReadAllText(RepositoryRoot.PathOf("CONTRIBUTING.md"));

    [Fact]
    public void Every_csharp_block_is_an_example_that_this_project_compiles()
    {
        Match[] blocks = [.. Block().Matches(Readme).Concat(Block().Matches(Sample)).Concat(Block().Matches(Contributing))];
        blocks.Length.Should().Be(Regex.Count(Readme + Sample + Contributing, "```csharp", RegexOptions.None, TimeSpan.FromSeconds(1)), "each block names its example");
        blocks.Select(block => block.Groups["name"].Value).Should().BeEquivalentTo(
            Directory.GetFiles(RepositoryRoot.PathOf(Examples)).Select(Path.GetFileNameWithoutExtension), "each example is printed once");
        foreach (Match block in blocks)
            block.Groups["code"].Value.Should().Be(Printed(File.ReadAllText(RepositoryRoot.PathOf($"{Examples}/{block.Groups["name"].Value}.cs"))));
    }

    [Fact]
    public void The_first_model_learns_the_series_and_continues_it_from_a_file()
    {
        (LayerStack<float> model, LayerStack<float> loaded, FitResult result, float[] wave, float forecast) = FirstModel.Run();
        File.Delete("wave.safetensors");
        result.BestLoss.Should().BeLessThan(2e-3);
        forecast.Should().BeApproximately(wave[1230], 0.3f);
        var x = new Sequence<float>(1, 2, 5);
        x.Values.Fill(0.25f);
        loaded.Predict(x).Values.ToArray().Should().Equal(model.Predict(x).Values.ToArray());
    }

    [Fact]
    public void The_text_classifier_learns_its_examples()
    {
        (LayerStack<float> model, Trainer<float> trainer, Evaluation evaluation) = TextClassification.Run();
        trainer.Step.Should().Be(60);
        evaluation.Metrics["accuracy"].Should().Be(1);
        model.OutputSize.Should().Be(2);
    }

    [Fact]
    public void The_sequence_labels_are_right_on_sequences_that_were_not_trained()
    {
        (_, FitResult result, Evaluation evaluation) = SequenceLabels.Run();
        result.BestStep.Should().BePositive();
        evaluation.Metrics["accuracy"].Should().BeGreaterThan(0.97);
    }

    [Fact]
    public void The_character_model_writes_words_of_its_text()
    {
        (LanguageModel<float> writer, _, string text) = CharacterModel.Run();
        text.Should().HaveLength(60).And.Contain("shells");
        writer.Perplexity("sells sea shells", prompt: "she ").Should().BeLessThan(1.6);
    }

    [Fact]
    public void The_weights_of_a_PyTorch_module_load_under_its_names()
    {
        string[] names = ["lstm.weight_ih_l0", "lstm.weight_hh_l0", "lstm.bias_ih_l0", "lstm.bias_hh_l0", "lstm.weight_ih_l1", "lstm.weight_hh_l1", "lstm.bias_ih_l1", "lstm.bias_hh_l1", "fc.weight", "fc.bias"];
        int[][] shapes = [[128, 12], [128, 32], [128], [128], [128, 32], [128, 32], [128], [128], [5, 32], [5]];
        var header = new StringBuilder();
        int numbers = 0;
        for (int i = 0; i < names.Length; i++)
        {
            int count = shapes[i].Aggregate((a, b) => a * b);
            header.Append(i == 0 ? '{' : ',').Append(CultureInfo.InvariantCulture, $"\"{names[i]}\":{{\"dtype\":\"F32\",\"shape\":[{string.Join(',', shapes[i])}],\"data_offsets\":[{4 * numbers},{4 * (numbers + count)}]}}");
            numbers += count;
        }

        float[] values = [.. Enumerable.Range(0, numbers).Select(i => MathF.Sin(i))];
        File.WriteAllBytes("tagger.safetensors", ModelBytes.Of($"{header}}}", MemoryMarshal.AsBytes(values.AsSpan()).ToArray()));
        LayerStack<float> model = PyTorchWeights.Run();
        File.Delete("tagger.safetensors");

        // Row 1, column 2 of the second layer's weight_ih, and the last bias of the linear layer.
        int secondLayer = 128 * 12 + 128 * 32 + 256;
        ((LstmLayer<float>)model.Layers[1]).Parameters[0].ToMatrix()[1, 2].Should().Be(values[secondLayer + 32 + 2]);
        ((DenseLayer<float>)model.Layers[2]).Bias.Values[4].Should().Be(values[^1]);
    }

    [Fact]
    public void The_custom_cell_has_right_gradients_and_survives_a_file()
    {
        (LayerStack<float> model, LayerStack<float> loaded) = CustomCell.Run();
        File.Delete("mgu.safetensors");
        var x = new Sequence<float>(8, 2, 4);
        for (int i = 0; i < x.Values.Length; i++) x.Values[i] = MathF.Sin(i);
        loaded.Predict(x).Values.ToArray().Should().Equal(model.Predict(x).Values.ToArray());
        LayerLoss.Check(new CustomRecurrentLayer<double, MinimalGatedUnit>(3, 5, seed: 1), Models.Input<double>(3, 2, 4, seed: 2)).RelativeError.Should().BeLessThan(1e-6);
    }

    [Fact]
    public void Every_link_is_absolute_and_those_into_the_repository_lead_somewhere()
    {
        MatchCollection links = Link().Matches(Readme);
        links.Count.Should().BeGreaterThan(3);
        foreach (Match link in links)
        {
            string target = link.Groups["target"].Value;
            if (target.StartsWith('#'))
            {
                Regex.IsMatch(Readme, $"^#+ {target[1..].Replace('-', ' ')}$", RegexOptions.Multiline | RegexOptions.IgnoreCase, TimeSpan.FromSeconds(1)).Should().BeTrue("{0} is a heading", target);
                continue;
            }

            target.Should().StartWith("https://", "relative links do not work in the package");
        }
    }

    [Fact]
    public void Every_file_and_folder_that_a_document_names_exists()
    {
        foreach (string document in new[] { "README.md", "CONTRIBUTING.md" })
        {
            MatchCollection paths = RepositoryPath().Matches(File.ReadAllText(RepositoryRoot.PathOf(document)));
            paths.Count.Should().BeGreaterThan(1);
            foreach (Match path in paths)
            {
                string full = RepositoryRoot.PathOf(path.Groups["path"].Value);
                (File.Exists(full) || Directory.Exists(full)).Should().BeTrue("{0} names {1}", document, path.Value);
            }
        }
    }

    [Fact]
    public void Every_type_and_member_that_a_document_names_exists()
    {
        ILookup<string, Type> types = typeof(Sequence<>).Assembly.GetExportedTypes().ToLookup(type => type.Name.Split('`')[0], StringComparer.Ordinal);
        foreach (string document in new[] { "README.md", "src/RnnSharp/Notebook/README.md" })
        {
            MatchCollection mentions = Mention().Matches(File.ReadAllText(RepositoryRoot.PathOf(document)));
            mentions.Count.Should().BeGreaterThan(12);
            foreach (Match mention in mentions)
            {
                string type = mention.Groups["type"].Value, member = mention.Groups["member"].Value;
                types.Contains(type).Should().BeTrue("{0} names {1}", document, mention.Value);
                if (member.Length > 0) types[type].SelectMany(candidate => candidate.GetMember(member)).Should().NotBeEmpty("{0} names {1}", document, mention.Value);
            }
        }
    }

    [Fact]
    public void The_readme_is_at_most_250_lines() => Readme.Split('\n').Length.Should().BeLessThanOrEqualTo(250);

    /// <summary>An example as the README prints it: the using lines, the statements between the markers, and the types between theirs.</summary>
    private static string Printed(string file)
    {
        string usings = string.Concat(file.Split('\n').Where(line => line.StartsWith("using ", StringComparison.Ordinal)).Select(line => $"{line}\n"));
        string code = Between(file, "readme");
        string types = file.Contains("// <types>", StringComparison.Ordinal) ? $"\n{Between(file, "types")}" : "";
        return $"{usings}\n{code}{types}";
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

    [GeneratedRegex("\\]\\((?<target>[^)\\s]+)\\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Link();

    [GeneratedRegex("`(?<path>(src|tests|samples|\\.ci)/[\\w./]+)`", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RepositoryPath();

    [GeneratedRegex("`(?<type>[A-Z]\\w+)(<T>)?(?<rest>\\.(?<member>[A-Z]\\w+)(\\([^`]*\\))?)`|`(?<type>[A-Z]\\w+)<T>`", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Mention();
}

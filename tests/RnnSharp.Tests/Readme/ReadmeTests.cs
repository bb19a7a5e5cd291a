using System.Text.Json;
using System.Text.RegularExpressions;
using FluentAssertions;
using PassengerForecast;
using ReadmeExamples;
using RnnSharp.Forecasting;
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
        var named = new List<string>();
        Check(Readme, []);
        Check(Sample, null);
        Check(Contributing, null);
        named.Should().BeEquivalentTo(Directory.GetFiles(RepositoryRoot.PathOf(Examples)).Select(Path.GetFileNameWithoutExtension), "each example is printed once");

        void Check(string document, HashSet<string>? usings)
        {
            foreach ((string name, string code) in PrintedExample.In(document))
            {
                named.Add(name);
                code.Should().Be(PrintedExample.Of(RepositoryRoot.PathOf($"{Examples}/{name}.cs"), usings));
            }
        }
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
    public void The_forecast_follows_the_season_and_comes_back_from_its_file()
    {
        (Forecaster forecaster, Forecast forecast, ForecastInterval interval) = ForecastWithIntervals.Run(Passengers.Thousands);
        var loaded = Forecaster.Load("passengers.safetensors");
        File.Delete("passengers.safetensors");
        forecast.Horizon.Should().Be(24);
        forecast.TimeAt(0).Should().Be(new DateTime(1961, 1, 1));
        double[] months = forecast.Column(0);
        Array.IndexOf(months, months.Max()).Should().BeOneOf(18, 19);
        months[..12].Sum().Should().BeInRange(1.02 * Passengers.Thousands[^12..].Sum(), 1.2 * Passengers.Thousands[^12..].Sum());
        months.Index().Should().OnlyContain(month => interval.Lower[month.Index] < month.Item && month.Item < interval.Upper[month.Index]);
        loaded.Predict().Column(0).Should().Equal(months).And.Equal(forecaster.Predict().Column(0));
    }

    [Fact]
    public void The_text_classifier_learns_its_examples()
    {
        (LayerStack<float> model, Trainer<float> trainer, Evaluation evaluation, Sequence<float> scores) = TextClassification.Run();
        trainer.Step.Should().Be(60);
        evaluation.Metrics["accuracy"].Should().Be(1);
        model.OutputSize.Should().Be(2);
        scores[1, 0, 0].Should().BeGreaterThan(scores[0, 0, 0], "a warm and clever film is a good one");
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
    public void The_model_of_a_PyTorch_file_predicts_what_PyTorch_does()
    {
        File.Copy(Path.Combine(AppContext.BaseDirectory, "References", "tagger.pt"), "tagger.pt", overwrite: true);
        using JsonDocument reference = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "References", "tagger.json")));
        (LayerStack<float> model, Sequence<float> scores) = PyTorchModel.Run(Cube(reference.RootElement.GetProperty("input")));
        File.Delete("tagger.pt");
        model.Layers.Should().HaveCount(3);
        float[,,] expected = Cube(reference.RootElement.GetProperty("output")), actual = scores.ToBatchFirst();
        actual.Length.Should().Be(expected.Length);
        actual.Cast<float>().Zip(expected.Cast<float>()).Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) < 1e-6f);

        static float[,,] Cube(JsonElement rows)
        {
            float[,,] cube = new float[rows.GetArrayLength(), rows[0].GetArrayLength(), rows[0][0].GetArrayLength()];
            for (int i = 0; i < cube.GetLength(0); i++)
            {
                for (int t = 0; t < cube.GetLength(1); t++)
                {
                    for (int k = 0; k < cube.GetLength(2); k++) cube[i, t, k] = rows[i][t][k].GetSingle();
                }
            }

            return cube;
        }
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

            // The package shows the text of a picture, as it cannot show the picture.
            if (link.Groups["picture"].Success) File.Exists(RepositoryRoot.PathOf(target)).Should().BeTrue("{0} is a picture", target);
            else target.Should().StartWith("https://", "relative links do not work in the package");
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

    [GeneratedRegex("(?<picture>!)?\\[[^\\[\\]]*\\]\\((?<target>[^)\\s]+)\\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Link();

    [GeneratedRegex("`(?<path>(src|tests|samples|\\.ci)/[\\w./]+)`", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RepositoryPath();

    [GeneratedRegex("`(?<type>[A-Z]\\w+)(<T>)?(?<rest>\\.(?<member>[A-Z]\\w+)(\\([^`]*\\))?)`|`(?<type>[A-Z]\\w+)<T>`", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Mention();
}

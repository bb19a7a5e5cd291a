using System.Text.Json;
using System.Text.RegularExpressions;
using FluentAssertions;
using RnnSharp.Serialization;
using RnnSharp.Tests;
using Xunit;

namespace RnnSharp.Keras.Tests.Readme;

/// <summary>The examples of the package's README compile as printed and do what the text says.</summary>
public sealed partial class ReadmeTests
{
    [Fact]
    public void Every_block_is_an_example()
    {
        string readme = File.ReadAllText(RepositoryRoot.PathOf("src/RnnSharp.Keras/README.md")), examples = File.ReadAllText(RepositoryRoot.PathOf("tests/RnnSharp.Keras.Tests/Readme/Examples.cs"));
        string[] printed = [.. Block().Matches(readme).Select(match => match.Groups["code"].Value)];
        string[] compiled = [.. Example().Matches(examples).Select(match => Regex.Replace(match.Groups["code"].Value, "^        ", "", RegexOptions.Multiline, TimeSpan.FromSeconds(1)))];
        printed.Should().Equal(compiled);
        printed.Should().HaveCount(2);
    }

    [Fact]
    public void A_model_of_Keras_runs_and_goes_back()
    {
        Dictionary<string, byte[]> files = References.Files("keras_files.zip");
        (Sequence<float> input, Sequence<float> output) = ReferenceCase.Sequences<float>(JsonDocument.Parse(files["outputs.json"]).RootElement.GetProperty("lstm"));
        string folder = Directory.CreateTempSubdirectory("rnnsharp-keras-").FullName, before = Directory.GetCurrentDirectory();
        try
        {
            Directory.SetCurrentDirectory(folder);
            File.WriteAllBytes("classifier.keras", files["lstm.keras"]);
            (KerasModel<float> loaded, Sequence<float> probabilities) = Examples.Load(input, output);
            (probabilities[0, 0, 0] + probabilities[1, 0, 0]).Should().BeApproximately(1, 1e-6f);
            Examples.Save(loaded);
            KerasModel<float> again = TensorFlowJsFile.Load<float>("model.json");
            again.Predict(input).Values.ToArray().Should().Equal(probabilities.Values.ToArray());
            KerasFile.LoadInto(ModelFile.Load<float>("classifier.safetensors").Model, "weights.npz");
        }
        finally
        {
            Directory.SetCurrentDirectory(before);
            Directory.Delete(folder, recursive: true);
        }
    }

    [GeneratedRegex("```csharp\n(?<code>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Block();

    [GeneratedRegex("// <(?<name>[a-z]+)>\n(?<code>.*?)\n        // </\\k<name>>", RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Example();
}

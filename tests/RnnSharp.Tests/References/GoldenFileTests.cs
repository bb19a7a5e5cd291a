using System.Text.Json;
using System.Text.Json.Nodes;
using FluentAssertions;
using RnnSharp.Serialization;
using Xunit;

namespace RnnSharp.Tests.References;

/// <summary>The golden file of .ci/golden, which consumers of the package check with the same <see cref="Golden"/>: PyTorch's numbers, from consumers.py.</summary>
public class GoldenFileTests
{
    private const double Single = 1.0 / (1 << 23);

    [Fact]
    public void The_golden_model_computes_and_learns_what_PyTorch_does()
    {
        Golden.Check<float>(Single).Should().BePositive();
        Golden.Check<double>(1.0 / (1L << 52)).Should().BePositive();
    }

    [Theory]
    [InlineData("outputs", 0)]
    [InlineData("outputs", 98)]
    [InlineData("losses", 2)]
    [InlineData("trained_outputs", 98)]
    public void Another_number_is_noticed(string name, int index)
    {
        JsonNode golden = JsonNode.Parse(File.ReadAllText(FileOf("golden.json")))!;
        golden[name]![index] = golden[name]![index]!.GetValue<double>() + 2e-6;
        Action check = () => Golden.Check(Load(), golden.Deserialize<JsonElement>(), Single);
        check.Should().Throw<InvalidOperationException>().WithMessage($"{name}[{index}]:*");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Another_weight_is_noticed(int parameter)
    {
        ILayer<float> model = Load();
        model.Parameters[parameter].Update(0, (values, _) => values[^1] += 1e-3f);
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllText(FileOf("golden.json")));
        Action check = () => Golden.Check(model, golden.RootElement, Single);
        check.Should().Throw<InvalidOperationException>();
    }

    private static ILayer<float> Load() => ModelFile.Load<float>(FileOf("model.safetensors")).Model;

    private static string FileOf(string name) => RepositoryRoot.PathOf(Path.Combine(".ci", "golden", name));
}

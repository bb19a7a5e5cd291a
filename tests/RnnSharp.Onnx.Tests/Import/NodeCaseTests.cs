using FluentAssertions;
using Xunit;

namespace RnnSharp.Onnx.Tests.Import;

/// <summary>The node cases of the onnx package for recurrent operators, whose weights are inputs; References/onnx_node_cases.py packs them.</summary>
public sealed class NodeCaseTests
{
    private static readonly Lazy<IReadOnlyList<OnnxCase>> Cases = new(() => CaseArchive.Read("onnx_node_cases.zip"));

    public static TheoryData<string> Names => [.. Cases.Value.Select(item => item.Name)];

    [Fact]
    public void There_are_all_cases_of_the_package() => Cases.Value.Should().HaveCount(12);

    [Theory]
    [MemberData(nameof(Names))]
    public void Nodes_compute_what_the_package_says(string name)
    {
        OnnxCase item = Cases.Value.Single(candidate => string.Equals(candidate.Name, name, StringComparison.Ordinal));
        Dictionary<string, double[]> constants = item.Inputs.Where(input => input.Name is not "X").ToDictionary(input => input.Name, input => input.Values);
        OnnxModel<float> model = OnnxFile.Import<float>(new MemoryStream(item.Model), new OnnxImportOptions { Constants = constants });
        ImportedRun.Compare(model, item.Inputs, item.Outputs, 1e-6, name);
    }
}

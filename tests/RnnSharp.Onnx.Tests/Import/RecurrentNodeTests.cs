using Xunit;

namespace RnnSharp.Onnx.Tests.Import;

/// <summary>Random recurrent nodes with all their attributes against NumPy; References/recurrent_nodes.py makes them.</summary>
public sealed class RecurrentNodeTests
{
    private static readonly Lazy<IReadOnlyList<OnnxCase>> Cases = new(() => CaseArchive.Read("recurrent_nodes.zip"));

    public static TheoryData<string> Names => [.. Cases.Value.Select(item => item.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Nodes_compute_what_the_specification_says(string name)
    {
        OnnxCase item = Cases.Value.Single(candidate => string.Equals(candidate.Name, name, StringComparison.Ordinal));
        OnnxModel<double> model = OnnxFile.Import<double>(new MemoryStream(item.Model));
        ImportedRun.Compare(model, item.Inputs, item.Outputs, 1e-12, name);
    }
}

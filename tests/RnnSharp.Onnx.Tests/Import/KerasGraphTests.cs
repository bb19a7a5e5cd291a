using FluentAssertions;
using Xunit;

namespace RnnSharp.Onnx.Tests.Import;

/// <summary>Graphs as tf2onnx writes them for Keras models; References/keras_graphs.py makes them.</summary>
public sealed class KerasGraphTests
{
    private static readonly Lazy<IReadOnlyList<OnnxCase>> Cases = new(() => CaseArchive.Read("keras_graphs.zip"));

    public static TheoryData<string> Names => [.. Cases.Value.Select(item => item.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Graphs_compute_what_NumPy_does(string name)
    {
        OnnxCase item = Cases.Value.Single(candidate => string.Equals(candidate.Name, name, StringComparison.Ordinal));
        OnnxModel<double> model = OnnxFile.Import<double>(new MemoryStream(item.Model));
        ImportedRun.Compare(model, item.Inputs, item.Outputs, 1e-12, name);
        model.Inputs.Single().Axes.Take(2).Should().Equal(OnnxAxis.Batch, OnnxAxis.Steps);
    }
}

using Xunit;

namespace RnnSharp.Onnx.Tests.Import;

/// <summary>Modules that use recurrent layers as PyTorch programs do; References/torch_idioms.py makes them.</summary>
public sealed class TorchIdiomTests
{
    private static readonly Lazy<IReadOnlyList<OnnxCase>> Cases = new(() => CaseArchive.Read("torch_idioms.zip"));

    public static TheoryData<string> Names => [.. Cases.Value.Select(item => item.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Modules_compute_what_PyTorch_does(string name)
    {
        OnnxCase item = Cases.Value.Single(candidate => string.Equals(candidate.Name, name, StringComparison.Ordinal));
        ImportedRun.Compare(OnnxFile.Import<double>(new MemoryStream(item.Model)), item.Inputs, item.Outputs, 1e-12, name);
    }
}

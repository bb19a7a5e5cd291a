using FluentAssertions;
using Xunit;

namespace RnnSharp.Onnx.Tests.Import;

/// <summary>Random recurrent modules as PyTorch 1.13 exports them; References/torch_modules.py makes them.</summary>
public sealed class TorchModuleTests
{
    private static readonly Lazy<IReadOnlyList<OnnxCase>> Cases = new(() => CaseArchive.Read("torch_modules.zip"));

    [Fact]
    public void Modules_compute_what_PyTorch_does()
    {
        Cases.Value.Should().HaveCount(150);
        var problems = new List<string>();
        foreach (OnnxCase item in Cases.Value)
        {
            try
            {
                OnnxModel<double> model = OnnxFile.Import<double>(new MemoryStream(item.Model));
                ImportedRun.Compare(model, item.Inputs, item.Outputs, 1e-12, item.Name);
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                problems.Add($"{item.Name}: {exception.Message} {(exception is InvalidDataException ? "" : exception.StackTrace)}");
            }
        }

        problems.Should().BeEmpty();
    }
}

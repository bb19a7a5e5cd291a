using FluentAssertions;
using Xunit;

namespace RnnSharp.Onnx.Tests.Import;

/// <summary>Random recurrent modules as PyTorch 1.13 and 2.6 export them; References/torch_modules.py makes them.</summary>
public sealed class TorchModuleTests
{
    [Theory]
    [InlineData("torch_modules.zip", 150)]
    [InlineData("torch_26_modules.zip", 60)]
    public void Modules_compute_what_PyTorch_does(string archive, int count)
    {
        IReadOnlyList<OnnxCase> cases = CaseArchive.Read(archive);
        cases.Should().HaveCount(count);
        var problems = new List<string>();
        foreach (OnnxCase item in cases)
        {
            try
            {
                ImportedRun.Compare(OnnxFile.Import<double>(new MemoryStream(item.Model)), item.Inputs, item.Outputs, 1e-12, item.Name);
            }
            catch (InvalidDataException exception)
            {
                problems.Add($"{item.Name}: {exception.Message}");
            }
        }

        problems.Should().BeEmpty();
    }
}

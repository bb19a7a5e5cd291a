using System.Text.Json;
using FluentAssertions;
using RnnSharp.Recurrent;
using RnnSharp.Tests.References;
using Xunit;

namespace RnnSharp.Tests.Recurrent;

/// <summary>LSTM networks whose hidden state is projected (PyTorch's proj_size) against PyTorch 1.13 in double precision (References/torch_networks.py).</summary>
public sealed class TorchProjectionTests
{
    private const double Double = 1e-12;
    private const double Single = 2e-6;

    public static TheoryData<int> Networks => GoldenCases.Numbers("projected");

    [Fact]
    public void Cases_of_every_depth_and_direction_are_present()
    {
        JsonElement[] all = [.. GoldenCases.All("projected")];
        all.Length.Should().BeGreaterThanOrEqualTo(60);
        all.CountBy(golden => (golden.Integer("layers"), golden.Integer("directions"))).Should().HaveCount(3 * 2).And.OnlyContain(group => group.Value >= 10);
        all.Should().OnlyContain(golden => golden.Integer("projection") > 0 && golden.Integer("projection") < golden.Integer("hidden"));
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Projected_networks_equal_PyTorch(int number)
    {
        JsonElement golden = GoldenCases.Case("projected", number);
        int hidden = golden.Integer("hidden");
        var options = new LstmOptions { ProjectionSize = golden.Integer("projection") };
        TorchNetwork.Compare(golden, Double, inputs => new LstmLayer<double>(inputs, hidden, seed: null, options));
        TorchNetwork.Compare(golden, Single, inputs => new LstmLayer<float>(inputs, hidden, seed: null, options));
    }
}

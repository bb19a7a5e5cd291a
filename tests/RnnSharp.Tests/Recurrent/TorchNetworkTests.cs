using System.Numerics;
using System.Text.Json;
using FluentAssertions;
using RnnSharp.Recurrent;
using RnnSharp.Tests.References;
using Xunit;

namespace RnnSharp.Tests.Recurrent;

/// <summary>Networks of several layers and directions against PyTorch 1.13 in double precision (References/torch_networks.py).</summary>
public sealed class TorchNetworkTests
{
    private const double Double = 1e-12;

    // A unit in the last place of 1 is 1.2e-7; three layers of a dozen steps lose a few dozen of them.
    private const double Single = 2e-6;

    public static TheoryData<int> Networks => GoldenCases.Numbers("networks");

    [Fact]
    public void Hundreds_of_cases_of_every_kind_depth_and_direction_are_present()
    {
        JsonElement[] all = [.. GoldenCases.All("networks")];
        all.Length.Should().BeGreaterThanOrEqualTo(300);
        (all.Length + GoldenCases.All("projected").Count() + GoldenCases.All("recurrent").Count()).Should().BeGreaterThanOrEqualTo(430);
        all.CountBy(golden => golden.Text("kind")).Should().HaveCount(4).And.OnlyContain(kind => kind.Value >= 75);
        all.CountBy(golden => (golden.Text("kind"), golden.Integer("layers"), golden.Integer("directions"))).Should().HaveCount(4 * 3 * 2).And.OnlyContain(group => group.Value >= 10);
        all.Count(golden => golden.Has("lengths")).Should().BeGreaterThan(all.Length / 3).And.BeLessThan(2 * all.Length / 3);
        all.Count(golden => golden.Has("initial")).Should().BeGreaterThan(all.Length / 3).And.BeLessThan(2 * all.Length / 3);
        all.CountBy(golden => (golden.Has("output_gradient"), golden.Has("final_gradient"))).Should().HaveCount(3).And.OnlyContain(group => group.Value >= 50);
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Networks_equal_PyTorch(int number)
    {
        JsonElement golden = GoldenCases.Case("networks", number);
        TorchNetwork.Compare(golden, Double, inputs => Create<double>(golden, inputs));
        TorchNetwork.Compare(golden, Single, inputs => Create<float>(golden, inputs));
    }

    private static RecurrentLayer<T> Create<T>(JsonElement golden, int inputs)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int hidden = golden.Integer("hidden");
        return golden.Text("kind") switch
        {
            "lstm" => new LstmLayer<T>(inputs, hidden),
            "gru" => new GruLayer<T>(inputs, hidden),
            "rnn_tanh" => new RnnLayer<T>(inputs, hidden),
            _ => new RnnLayer<T>(inputs, hidden, activation: Activation.Relu),
        };
    }
}

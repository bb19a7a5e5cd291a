using System.Diagnostics;
using System.Reflection;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using Xunit;

namespace RnnSharp.Tests;

/// <summary>What a debugger and a log show.</summary>
public sealed class DisplayTests
{
    [Fact]
    public void Sequences_states_and_parameters_show_their_shapes()
    {
        var x = new Sequence<float>(3, 2, 5);
        x.ToString().Should().Be("3 x 2 x 5 (features x batch x steps)");
        x.SetLengths([1, 2]);
        x.ToString().Should().Be("3 x 2 x 5 (features x batch x steps), ragged");
        Sequence<double>.ForTokens(27, 1, 4).ToString().Should().Be("27 x 1 x 4 (tokens of vocabulary x batch x steps)");

        var lstm = new LstmLayer<float>(3, 4, seed: 1);
        lstm.CreateState(2).ToString().Should().Be("h 4 x 2, c 4 x 2 (units x batch)");
        new LayerStack<float>(lstm, new GruLayer<float>(4, 5, seed: 1)).CreateState(2).ToString().Should().Be("0.h 4 x 2, 0.c 4 x 2, 1.h 5 x 2 (units x batch)");
        new DenseLayer<float>(3, 4, seed: 1).CreateState(2).ToString().Should().Be("no leaves, batch 2");
        lstm.CreateState(2)["c"].ToString().Should().Be("c 4 x 2 (units x batch)");

        lstm.InputWeights.ToString().Should().Be("weight_ih 16 x 3");
        lstm.InputWeights.Frozen = true;
        lstm.InputWeights.ToString().Should().Be("weight_ih 16 x 3, frozen");
    }

    [Theory]
    [InlineData(typeof(Sequence<>))]
    [InlineData(typeof(State<>))]
    [InlineData(typeof(StateLeaf<>))]
    [InlineData(typeof(Parameter<>))]
    public void The_debugger_shows_the_same(Type type) =>
        type.GetCustomAttribute<DebuggerDisplayAttribute>()!.Value.Should().Be("{ToString(),nq}");
}

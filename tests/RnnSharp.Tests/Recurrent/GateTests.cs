using FluentAssertions;
using RnnSharp.Recurrent;
using RnnSharp.Tests.Serialization;
using Xunit;

namespace RnnSharp.Tests.Recurrent;

/// <summary>The gates and cell states of every step of a pass, by name.</summary>
public sealed class GateTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(17)]
    [InlineData(33)]
    public void An_infinite_input_saturates_the_gates_and_leaves_zero_gradients_zero(int hidden)
    {
        Check(new LstmLayer<float>(2, hidden, seed: 1));
        Check(new GruLayer<float>(2, hidden, seed: 1));

        static void Check(RecurrentLayer<float> layer)
        {
            var x = new Sequence<float>(2, 1, 1);
            x[0, 0, 0] = float.PositiveInfinity;
            ForwardPass<float> pass = layer.Forward(x);
            var dy = new Sequence<float>(layer.HiddenSize, 1, 1);
            dy.Values.Fill(1);
            layer.Backward(pass, dy).Input!.Values.ToArray().Should().OnlyContain(value => value == 0);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(17)]
    [InlineData(33)]
    public void Gates_of_an_LSTM_satisfy_its_equations_at_every_step(int hidden)
    {
        var layer = new LstmLayer<double>(3, hidden, seed: 1);
        ForwardPass<double> pass = Ragged(layer);
        layer.GateNames.Should().Equal("input_gate", "forget_gate", "candidate", "output_gate", "cell_state");
        Sequence<double> i = layer.GetGate(pass, "input_gate"), f = layer.GetGate(pass, "forget_gate"), g = layer.GetGate(pass, "candidate"), o = layer.GetGate(pass, "output_gate"), c = layer.GetGate(pass, "cell_state");
        c.Lengths.ToArray().Should().Equal(pass.Output.Lengths.ToArray());
        ForEachStep(pass, hidden, (unit, example, step) =>
        {
            double previous = step == 0 ? 0 : c[unit, example, step - 1];
            c[unit, example, step].Should().BeApproximately(f[unit, example, step] * previous + i[unit, example, step] * g[unit, example, step], 1e-14);
            pass.Output[unit, example, step].Should().BeApproximately(o[unit, example, step] * Math.Tanh(c[unit, example, step]), 1e-14);
        });
        c[0, 1, 4].Should().Be(0, "that is past the end of the second example");
    }

    [Theory]
    [InlineData(4)]
    [InlineData(19)]
    public void Gates_of_a_GRU_satisfy_its_equations_at_every_step(int hidden)
    {
        var layer = new GruLayer<double>(3, hidden, seed: 1);
        ForwardPass<double> pass = Ragged(layer);
        Sequence<double> n = layer.GetGate(pass, layer.GateNames[0]), z = layer.GetGate(pass, layer.GateNames[2]);
        ForEachStep(pass, hidden, (unit, example, step) =>
        {
            double previous = step == 0 ? 0 : pass.Output[unit, example, step - 1];
            pass.Output[unit, example, step].Should().BeApproximately((1 - z[unit, example, step]) * n[unit, example, step] + z[unit, example, step] * previous, 1e-14);
        });
    }

    [Fact]
    public void A_plain_unit_keeps_no_gates() => new RnnLayer<double>(2, 3, seed: 1).GateNames.Should().BeEmpty();

    private static ForwardPass<double> Ragged(RecurrentLayer<double> layer)
    {
        Sequence<double> x = Models.Input<double>(3, 3, 5, seed: 2);
        x.SetLengths([5, 3, 1]);
        return layer.Forward(x);
    }

    private static void ForEachStep(ForwardPass<double> pass, int hidden, Action<int, int, int> check)
    {
        for (int j = 0; j < pass.Output.Batch; j++)
        {
            for (int t = 0; t < pass.Output.LengthOf(j); t++)
            {
                for (int unit = 0; unit < hidden; unit++) check(unit, j, t);
            }
        }
    }
}

using FluentAssertions;
using RnnSharp.Layers;
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
    public void An_RNN_saves_no_gates() => new RnnLayer<double>(2, 3, seed: 1).GateNames.Should().BeEmpty();

    [Fact]
    public void A_pass_gives_the_values_of_a_recurrent_layer_by_name()
    {
        var lstm = new LstmLayer<double>(3, 5, seed: 1, new LstmOptions { ProjectionSize = 2 });
        ForwardPass<double> pass = Ragged(lstm);
        pass.ValueNames.Should().Equal("input_gate", "forget_gate", "candidate", "output_gate", "cell_state", "hidden_state");
        foreach (string gate in lstm.GateNames) ShouldEqual(pass.GetValues(gate), lstm.GetGate(pass, gate));
        Sequence<double> hidden = pass.GetValues("hidden_state");
        ShouldEqual(hidden, pass.Output);
        hidden.Values.Clear();
        pass.Output.Values.ContainsAnyExcept(0).Should().BeTrue("the values are a copy");

        Ragged(new RnnLayer<double>(3, 4, seed: 1)).ValueNames.Should().Equal("hidden_state");
        new DenseLayer<double>(3, 4, seed: 1).CreatePass().ValueNames.Should().BeEmpty();
    }

    [Fact]
    public void A_pass_gives_the_values_of_its_parts_by_their_path()
    {
        var inner = new GruLayer<double>(3, 4, seed: 1);
        var lstm = new LstmLayer<double>(4, 4, seed: 2);
        var stack = new LayerStack<double>(inner, new DropoutLayer<double>(4, 0.5, seed: 3), new ResidualLayer<double>(new LayerStack<double>(lstm)));
        var pass = (CompositePass<double>)Ragged(stack);
        pass.ValueNames.Should().Contain(["0.update_gate", "0.hidden_state", "2.0.0.cell_state"]).And.HaveCount(inner.GateNames.Count + lstm.GateNames.Count + 2);
        ShouldEqual(pass.GetValues("0.update_gate"), inner.GetGate(pass.Parts[0], "update_gate"));
        ForwardPass<double> deep = ((CompositePass<double>)((CompositePass<double>)pass.Parts[2]).Parts[0]).Parts[0];
        ShouldEqual(pass.GetValues("2.0.0.cell_state"), lstm.GetGate(deep, "cell_state"));
        pass.Invoking(p => p.GetValues("1.hidden_state")).Should().Throw<ArgumentException>().WithMessage("Expected one of 0.*, got 1.hidden_state.*").WithParameterName("name");
    }

    [Fact]
    public void Values_of_a_layer_that_runs_backwards_are_in_the_order_of_the_input()
    {
        var lstm = new LstmLayer<double>(3, 4, seed: 1);
        ForwardPass<double> reverse = Ragged(new ReverseLayer<double>(lstm)), both = Ragged(new BidirectionalLayer<double>(new GruLayer<double>(3, 4, seed: 2), lstm));
        reverse.ValueNames.Should().Contain("cell_state");
        foreach ((ForwardPass<double> pass, string path) in new[] { (reverse, ""), (both, "backward.") })
        {
            Sequence<double> i = pass.GetValues(path + "input_gate"), f = pass.GetValues(path + "forget_gate"), g = pass.GetValues(path + "candidate"), o = pass.GetValues(path + "output_gate"), c = pass.GetValues(path + "cell_state"), h = pass.GetValues(path + "hidden_state");
            ForEachStep(pass, 4, (unit, example, step) =>
            {
                double later = step == pass.Output.LengthOf(example) - 1 ? 0 : c[unit, example, step + 1];
                c[unit, example, step].Should().BeApproximately(f[unit, example, step] * later + i[unit, example, step] * g[unit, example, step], 1e-14);
                h[unit, example, step].Should().BeApproximately(o[unit, example, step] * Math.Tanh(c[unit, example, step]), 1e-14);
                h[unit, example, step].Should().Be(pass.Output[pass.Output.Features - 4 + unit, example, step]);
            });
        }
    }

    [Fact]
    public void Values_of_a_layer_whose_output_is_fed_back_are_those_of_all_its_steps()
    {
        var feedback = new FeedbackLayer<double>(new LayerStack<double>(new GruLayer<double>(3, 4, seed: 1), new DenseLayer<double>(4, 3, seed: 2)), steps: 6);
        ForwardPass<double> pass = feedback.Forward(Models.Input<double>(3, 2, 1, seed: 2));
        Sequence<double> hidden = pass.GetValues("0.0.hidden_state");
        (hidden.Features, hidden.Batch, hidden.Steps).Should().Be((4, 2, 6));
        var dense = (DenseLayer<double>)((LayerStack<double>)feedback.Inner).Layers[1];
        ShouldEqual(dense.Predict(hidden), pass.Output);

        Sequence<double> ragged = Models.Input<double>(3, 2, 1, seed: 2);
        ragged.SetLengths([0, 1]);
        hidden = feedback.Forward(ragged).GetValues("0.0.hidden_state");
        hidden.Lengths.ToArray().Should().Equal(0, 6);
        hidden[0, 0, 5].Should().Be(0);
    }

    [Fact]
    public void Values_of_an_encoder_are_there_after_a_call_with_a_source()
    {
        var layer = new EncoderDecoder<double>(new LstmLayer<double>(3, 4, seed: 1), new LstmLayer<double>(2, 4, seed: 2));
        Sequence<double> source = Models.Input<double>(3, 2, 5, seed: 1), input = Models.Input<double>(2, 2, 3, seed: 2);
        ForwardPass<double> pass = layer.Forward(source, input);
        pass.GetValues("encoder.cell_state").Steps.Should().Be(5);
        pass.GetValues("decoder.cell_state").Steps.Should().Be(3);
        layer.Forward(input, reuse: pass);
        pass.ValueNames.Should().NotContain("encoder.cell_state");
        pass.Invoking(p => p.GetValues("encoder.cell_state")).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void GetValues_rejects_a_pass_whose_Forward_did_not_complete()
    {
        var lstm = new LstmLayer<double>(3, 4, seed: 1);
        ForwardPass<double> pass = new LayerStack<double>(lstm).CreatePass();
        pass.Invoking(p => p.GetValues("0.cell_state")).Should().Throw<InvalidOperationException>().WithMessage("*Forward completed*");
        pass = Ragged(lstm);
        pass.Output.Resize(2, 1);
        pass.Invoking(p => p.GetValues("hidden_state")).Should().Throw<InvalidOperationException>().WithMessage("*output still of 4 x 3 x 5*got 4 x 2 x 1*");
    }

    private static ForwardPass<double> Ragged(ILayer<double> layer)
    {
        Sequence<double> x = Models.Input<double>(3, 3, 5, seed: 2);
        x.SetLengths([5, 3, 1]);
        return layer.Forward(x);
    }

    private static void ShouldEqual(Sequence<double> actual, Sequence<double> expected)
    {
        actual.Values.ToArray().Should().Equal(expected.Values.ToArray());
        actual.Lengths.ToArray().Should().Equal(expected.Lengths.ToArray());
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

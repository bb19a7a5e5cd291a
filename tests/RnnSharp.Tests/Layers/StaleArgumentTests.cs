using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using Xunit;

namespace RnnSharp.Tests.Layers;

/// <summary>Changed or incomplete passes and states are rejected before any work.</summary>
public sealed class StaleArgumentTests
{
    [Fact]
    public void Backward_rejects_a_pass_whose_input_or_output_has_changed_its_shape_or_lengths()
    {
        var layer = new LstmLayer<double>(3, 4, seed: 1);
        var x = new Sequence<double>(3, 2, 5);
        x.SetLengths([3, 1]);

        Refused(layer, x, _ => x.ClearLengths(), "(3 in example 0), got none");
        Refused(layer, x, _ => x.SetLengths([3, 2]), "(1 in example 1), got 2 in example 1");
        Refused(layer, x, _ => x.Resize(2, 4), "3 x 2 x 4");
        Refused(layer, x, pass => pass.Output.Resize(2, 6), "4 x 2 x 6");
        Refused(layer, x, pass =>
        {
            x.Resize(10, 1);
            pass.Output.Resize(10, 1);
        }, "3 x 10 x 1");

        static void Refused(LstmLayer<double> layer, Sequence<double> x, Action<ForwardPass<double>> spoil, string given)
        {
            x.Resize(2, 5);
            x.SetLengths([3, 1]);
            ForwardPass<double> pass = layer.Forward(x);
            spoil(pass);
            layer.Invoking(it => it.Backward(pass, null)).Should().Throw<ArgumentException>().WithParameterName("pass").WithMessage($"*{given}*");
        }
    }

    [Fact]
    public void Backward_names_one_example_when_the_lengths_of_a_large_batch_have_changed()
    {
        const int Batch = 100_000;
        var layer = new PoolingLayer<double>(1, Pooling.Mean);
        var x = new Sequence<double>(1, Batch, 2);
        int[] lengths = [.. Enumerable.Repeat(2, Batch)];
        ForwardPass<double> pass = layer.Forward(x);
        x.SetLengths(lengths);
        layer.Invoking(it => it.Backward(pass, null)).Should().Throw<ArgumentException>().Which.Message.Should().Contain("(none), got 2 in example 0").And.Subject.Length.Should().BeLessThan(300);
        layer.Forward(x, reuse: pass);
        lengths[^1] = 1;
        x.SetLengths(lengths);
        layer.Invoking(it => it.Backward(pass, null)).Should().Throw<ArgumentException>().Which.Message.Should().Contain("(2 in example 99999), got 1 in example 99999").And.Subject.Length.Should().BeLessThan(300);
    }

    [Fact]
    public void Backward_rejects_the_pass_of_a_Forward_that_failed()
    {
        var layer = new LstmLayer<float>(1, 1000, seed: 1);
        ForwardPass<float> pass = layer.Forward(new Sequence<float>(1, 1, 2));
        var tooLong = new Sequence<float>(1, 1, 600_000); // 4000 sums a step are more than an array holds
        layer.Invoking(it => it.Forward(tooLong, reuse: pass)).Should().Throw<ArgumentException>().WithParameterName("input");
        layer.Invoking(it => it.Backward(pass, null)).Should().Throw<ArgumentException>().WithParameterName("pass");
    }

    [Fact]
    public void Predict_rejects_a_state_of_another_nesting_before_any_layer_changes_it()
    {
        var flat = new LayerStack<double>(new LstmLayer<double>(3, 4, seed: 1), new DenseLayer<double>(4, 2, seed: 1));
        var nested = new LayerStack<double>(new LstmLayer<double>(3, 4, seed: 1), new LayerStack<double>(new DenseLayer<double>(4, 4, seed: 1), new DenseLayer<double>(4, 2, seed: 1)));
        State<double> state = nested.CreateState(1);
        var x = new Sequence<double>(3, 1, 2);
        x.Values.Fill(1);
        flat.Invoking(it => it.Predict(x, state)).Should().Throw<ArgumentException>().WithParameterName("state").WithMessage("*[h c, -]*[h c, [-, -]]*");
        state["0.h"].Values.ToArray().Should().OnlyContain(value => value == 0);
    }

    [Fact]
    public void Step_rejects_an_input_that_is_part_of_the_state()
    {
        var layer = new LstmLayer<double>(40, 40, seed: 1);
        State<double> state = layer.CreateState(1);
        layer.Invoking(it => it.Step(state["c"].Values, state, new double[40])).Should().Throw<ArgumentException>().WithParameterName("input");
    }

    [Fact]
    public void Resize_leaves_all_leaves_as_they_are_when_one_cannot_hold_the_batch()
    {
        var state = new State<double>(2, ("h", 1), ("c", 1000));
        state["h"].Values.Fill(3);
        state.Invoking(it => it.Resize(3_000_000)).Should().Throw<ArgumentException>().WithParameterName("batch").WithMessage("*got 3000000000*");
        (state.Batch, state["h"].Batch, state["c"].Batch).Should().Be((2, 2, 2));
        state["h"].Values.ToArray().Should().Equal(3, 3);
    }
}

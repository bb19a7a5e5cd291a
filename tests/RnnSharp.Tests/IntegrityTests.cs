using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests;

/// <summary>Calls that once gave wrong numbers, or left something half-changed, instead of a refusal.</summary>
public sealed class IntegrityTests
{
    [Fact]
    public void A_pass_whose_input_or_output_has_changed_its_shape_or_lengths_is_refused()
    {
        var layer = new LstmLayer<double>(3, 4, seed: 1);
        var x = new Sequence<double>(3, 2, 5);
        x.SetLengths([3, 1]);

        Refused(layer, x, _ => x.ClearLengths(), "3, 1");
        Refused(layer, x, _ => x.SetLengths([3, 2]), "3, 2");
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
    public void An_input_that_is_part_of_the_state_is_refused()
    {
        var layer = new LstmLayer<double>(40, 40, seed: 1);
        State<double> state = layer.CreateState(1);
        layer.Invoking(it => it.Step(state["c"].Values, state, new double[40])).Should().Throw<ArgumentException>().WithParameterName("input");
    }

    [Fact]
    public void A_state_of_another_nesting_is_refused_before_any_layer_moves_it()
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
    public void Using_a_layer_from_within_an_update_of_its_parameter_is_refused_and_not_waited_for()
    {
        var layer = new GruLayer<double>(2, 3, seed: 1);
        var x = new Sequence<double>(2, 1, 1);
        layer.Bias.Invoking(bias => bias.Update(0, (_, _) => layer.Predict(x))).Should().Throw<InvalidOperationException>().WithMessage("*within an update of its own parameter bias*");
        layer.Bias.Invoking(bias => bias.Update(0, (_, _) => bias.Set(new double[9]))).Should().Throw<InvalidOperationException>().WithMessage("bias is being updated by this thread*");
        layer.Predict(x).Steps.Should().Be(1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(17)]
    [InlineData(33)]
    public void An_infinite_input_saturates_the_gates_and_poisons_no_gradient_that_is_zero(int hidden)
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

    [Fact]
    public void A_forward_call_that_fails_leaves_a_pass_that_backward_refuses()
    {
        var layer = new LstmLayer<float>(1, 1000, seed: 1);
        ForwardPass<float> pass = layer.Forward(new Sequence<float>(1, 1, 2));
        var tooLong = new Sequence<float>(1, 1, 600_000); // 4000 sums a step are more than an array holds
        layer.Invoking(it => it.Forward(tooLong, reuse: pass)).Should().Throw<ArgumentException>().WithParameterName("input");
        layer.Invoking(it => it.Backward(pass, null)).Should().Throw<ArgumentException>().WithParameterName("pass");
    }

    [Fact]
    public void The_first_step_of_Adam_is_the_learning_rate_in_float_too()
    {
        var layer = new DenseLayer<float>(1, 1, seed: 1);
        layer.Weights.Set([0f]);
        layer.Bias.Frozen = true;
        var gradients = new Gradients<float>(layer);
        gradients.Values(0)[0] = 3;
        new Adam<float>(1e-3).Step(layer.Parameters, gradients);
        layer.Weights.Values[0].Should().BeApproximately(-1e-3f, 2e-10f);
    }

    [Fact]
    public void A_parameter_listed_twice_and_a_clip_that_is_zero_in_float_are_refused()
    {
        var layer = new DenseLayer<float>(1, 1, seed: 1);
        Gradients<float> gradients = layer.CreateGradients();
        new Adam<float>().Invoking(it => it.Step([layer.Bias, layer.Bias], gradients)).Should().Throw<ArgumentException>().WithParameterName("parameters");
        gradients.Invoking(it => GradientClipping.ByValue(it, 1e-50)).Should().Throw<ArgumentException>().WithParameterName("limit");
    }

    [Fact]
    public void A_layer_of_the_users_own_works_in_a_stack_and_one_that_ignores_reuse_is_told_so()
    {
        var dense = new DenseLayer<double>(3, 2, seed: 1);
        var x = new Sequence<double>(3, 2, 4);
        x.Values.Fill(0.5);
        var good = new LayerStack<double>(dense, new Foreign(new LstmLayer<double>(2, 2, seed: 2), honoursReuse: true));
        ForwardPass<double> pass = good.Forward(x);
        double[] first = pass.FinalState["1.h"].Values.ToArray();
        x.Values.Fill(-0.5);
        good.Forward(x, reuse: pass);
        pass.FinalState["1.h"].Values.ToArray().Should().NotEqual(first);
        good.Predict(x).Values.ToArray().Should().Equal(pass.Output.Values.ToArray());
        good.Backward(pass, pass.Output).Norm().Should().BePositive();
        GradientCheck.Run(new Foreign(new LstmLayer<double>(3, 2, seed: 2), honoursReuse: false), x, (it, dy, _) =>
        {
            it.Output.Values.CopyTo(dy.Values);
            return it.Output.AsMatrix().PointwiseMultiply(it.Output.AsMatrix()).RowSums().Sum() / 2;
        }).RelativeError.Should().BeLessThan(1e-6);

        var bad = new LayerStack<double>(dense, new Foreign(new LstmLayer<double>(2, 2, seed: 2), honoursReuse: false));
        bad.Invoking(it => it.Forward(x)).Should().Throw<InvalidOperationException>().WithMessage("*Foreign*");
    }

    [Fact]
    public void A_batch_that_one_leaf_cannot_hold_leaves_all_leaves_as_they_were()
    {
        var state = new State<double>(2, ("h", 1), ("c", 1000));
        state["h"].Values.Fill(3);
        state.Invoking(it => it.Resize(3_000_000)).Should().Throw<ArgumentException>().WithParameterName("batch").WithMessage("*got 3000000000*");
        (state.Batch, state["h"].Batch, state["c"].Batch).Should().Be((2, 2, 2));
        state["h"].Values.ToArray().Should().Equal(3, 3);
    }

    private sealed class Foreign(LstmLayer<double> layer, bool honoursReuse) : ILayer<double>
    {
        public int InputSize => layer.InputSize;

        public int OutputSize => layer.OutputSize;

        public IReadOnlyList<Parameter<double>> Parameters => layer.Parameters;

        public IReadOnlyList<string> ParameterNames => layer.ParameterNames;

        public State<double> CreateState(int batch) => layer.CreateState(batch);

        public ForwardPass<double> CreatePass() => layer.CreatePass();

        public Gradients<double> CreateGradients() => layer.CreateGradients();

        public ForwardPass<double> Forward(Sequence<double> input, State<double>? initialState = null, ForwardPass<double>? reuse = null) =>
            layer.Forward(input, initialState, honoursReuse ? reuse : null);

        public Gradients<double> Backward(ForwardPass<double> pass, Sequence<double>? outputGradient, State<double>? finalStateGradient = null, bool inputGradient = true, bool accumulate = false, Gradients<double>? reuse = null) =>
            layer.Backward(pass, outputGradient, finalStateGradient, inputGradient, accumulate, reuse);

        public Sequence<double> Predict(Sequence<double> input, State<double>? state = null, Sequence<double>? reuse = null) =>
            layer.Predict(input, state, honoursReuse ? reuse : null);
    }
}

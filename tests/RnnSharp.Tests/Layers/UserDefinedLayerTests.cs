using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Layers;

/// <summary>A user-defined layer as a part of others: it works where it returns the objects that it is given for reuse, and is named where it does not.</summary>
public sealed class UserDefinedLayerTests
{
    public static TheoryData<string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (string whole in (string[])["stack", "residual", "reverse", "forward", "backward", "feedback", "encoder"])
            {
                foreach (string call in (string[])[nameof(ILayer<>.Forward), nameof(ILayer<>.Backward), nameof(ILayer<>.Predict)]) cases.Add(whole, call);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_part_that_ignores_reuse_is_named_wherever_it_is_and_whichever_call_it_is(string whole, string call)
    {
        var forgetful = new Forgetful(new GruLayer<double>(3, 3, seed: 1), call);
        var other = new GruLayer<double>(3, 3, seed: 2);
        ILayer<double> layer = whole switch
        {
            "stack" => new LayerStack<double>(other, forgetful),
            "residual" => new ResidualLayer<double>(forgetful),
            "reverse" => new ReverseLayer<double>(forgetful),
            "forward" => new BidirectionalLayer<double>(forgetful, other),
            "backward" => new BidirectionalLayer<double>(other, forgetful),
            "feedback" => new FeedbackLayer<double>(forgetful, 4),
            _ => new EncoderDecoder<double>(forgetful, other),
        };
        Sequence<double> x = Recurrent.Make.Sequence<double>(3, 2, whole is "feedback" ? 1 : 5, new Random(1));
        var error = FluentActions.Invoking(Run).Should().Throw<InvalidOperationException>().WithMessage("A part of the layer, a Forgetful, did not return the object that it was given for reuse, as ILayer requires.").Which;
        error.StackTrace.Should().Contain($".{call}(", "the call itself must find it, not one before it");

        void Run()
        {
            if (call is nameof(ILayer<>.Predict))
            {
                if (layer is EncoderDecoder<double> pair) pair.Predict(x, x);
                else layer.Predict(x);
            }
            else
            {
                layer.Backward(layer is EncoderDecoder<double> pair ? pair.Forward(x, x) : layer.Forward(x), null);
            }
        }
    }

    [Fact]
    public void A_user_defined_layer_works_in_a_stack_if_it_honours_reuse()
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

    private sealed class Foreign(LstmLayer<double> layer, bool honoursReuse) : DelegatingLayer<double>(layer)
    {
        public override ForwardPass<double> Forward(Sequence<double> input, State<double>? initialState = null, ForwardPass<double>? reuse = null) =>
            Inner.Forward(input, initialState, honoursReuse ? reuse : null);

        public override Sequence<double> Predict(Sequence<double> input, State<double>? state = null, Sequence<double>? reuse = null) =>
            Inner.Predict(input, state, honoursReuse ? reuse : null);
    }

    /// <summary>Keeps what it is given for reuse in mind in all calls but one.</summary>
    private sealed class Forgetful(ILayer<double> layer, string call) : DelegatingLayer<double>(layer)
    {
        public override ForwardPass<double> Forward(Sequence<double> input, State<double>? initialState = null, ForwardPass<double>? reuse = null) =>
            Inner.Forward(input, initialState, call is nameof(Forward) ? null : reuse);

        public override Gradients<double> Backward(ForwardPass<double> pass, Sequence<double>? outputGradient, State<double>? finalStateGradient = null, bool inputGradient = true, bool accumulate = false, Gradients<double>? reuse = null) =>
            call is nameof(Backward) ? Inner.Backward(pass, outputGradient, finalStateGradient, inputGradient) : Inner.Backward(pass, outputGradient, finalStateGradient, inputGradient, accumulate, reuse);

        public override Sequence<double> Predict(Sequence<double> input, State<double>? state = null, Sequence<double>? reuse = null) =>
            Inner.Predict(input, state, call is nameof(Predict) ? null : reuse);
    }
}

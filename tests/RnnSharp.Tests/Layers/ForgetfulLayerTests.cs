using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using Xunit;

namespace RnnSharp.Tests.Layers;

/// <summary>A layer of the user's own that does not return the object that it was given for reuse is named, wherever it is a part and whichever call it is.</summary>
public sealed class ForgetfulLayerTests
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
    public void ItIsNamedWhereverItIsAPart(string whole, string call)
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

    /// <summary>Keeps what it is given for reuse in mind in all calls but one.</summary>
    private sealed class Forgetful(ILayer<double> layer, string call) : ILayer<double>
    {
        public int InputSize => layer.InputSize;

        public int OutputSize => layer.OutputSize;

        public IReadOnlyList<Parameter<double>> Parameters => layer.Parameters;

        public IReadOnlyList<string> ParameterNames => layer.ParameterNames;

        public State<double> CreateState(int batch) => layer.CreateState(batch);

        public ForwardPass<double> CreatePass() => layer.CreatePass();

        public Gradients<double> CreateGradients() => layer.CreateGradients();

        public ForwardPass<double> Forward(Sequence<double> input, State<double>? initialState = null, ForwardPass<double>? reuse = null) =>
            layer.Forward(input, initialState, call is nameof(Forward) ? null : reuse);

        public Gradients<double> Backward(ForwardPass<double> pass, Sequence<double>? outputGradient, State<double>? finalStateGradient = null, bool inputGradient = true, bool accumulate = false, Gradients<double>? reuse = null) =>
            call is nameof(Backward) ? layer.Backward(pass, outputGradient, finalStateGradient, inputGradient) : layer.Backward(pass, outputGradient, finalStateGradient, inputGradient, accumulate, reuse);

        public Sequence<double> Predict(Sequence<double> input, State<double>? state = null, Sequence<double>? reuse = null) =>
            layer.Predict(input, state, call is nameof(Predict) ? null : reuse);
    }
}

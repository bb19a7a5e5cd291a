using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Tests.Recurrent;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Layers;

/// <summary>Composite layers pass their Draw to their parts, so that it alone determines which masks are drawn.</summary>
public sealed class DrawTests
{
    private const int Size = 3;

    public static TheoryData<string> Composites => ["stack", "residual", "reverse", "bidirectional", "feedback", "encoder and decoder", "all in one another"];

    [Fact]
    public void Gradients_are_exact_under_the_masks_of_the_pass()
    {
        ILayer<double> layer = Layer("all in one another");
        GradientCheckResult result = GradientCheck.Run(layer, Input("stack"), Losses.OfEverything, Make.State(layer, 2, new Random(2)));
        result.RelativeError.Should().BeLessThan(1e-6, result.ToString());
    }

    [Theory]
    [MemberData(nameof(Composites))]
    public void A_draw_repeats_its_output_and_the_next_differs(string kind)
    {
        ILayer<double> layer = Layer(kind);
        Sequence<double> x = Input(kind);
        ForwardPass<double> pass = layer.Forward(x);
        double[] first = pass.Output.Values.ToArray();
        layer.Forward(x, reuse: pass);
        double[] second = pass.Output.Values.ToArray();
        second.Should().NotEqual(first);
        pass.Draw = 0;
        layer.Forward(x, reuse: pass);
        pass.Output.Values.ToArray().Should().Equal(first);
        ForwardPass<double> fresh = layer.CreatePass();
        fresh.Draw = 1;
        layer.Forward(x, reuse: fresh);
        fresh.Output.Values.ToArray().Should().Equal(second);
        layer.Predict(x).Values.ToArray().Should().NotEqual(first).And.Equal(layer.Predict(x).Values.ToArray());
    }

    [Fact]
    public void Each_step_of_a_feedback_layer_draws_its_own_masks()
    {
        var layer = new FeedbackLayer<double>(new LayerStack<double>(new DropoutLayer<double>(40, 0.5, seed: 1)), 3);
        var x = new Sequence<double>(40, 1, 1);
        x.Values.Fill(1);
        ForwardPass<double> pass = layer.Forward(x);

        // Of a number that a mask keeps, 2 are left each time; what is left after three steps was kept by all three masks.
        int[] kept = [.. Enumerable.Range(0, 3).Select(t => pass.Output.Step(t).ToArray().Count(value => value != 0))];
        kept[0].Should().BeInRange(10, 30);
        kept[1].Should().BeLessThan(kept[0]);
        kept[2].Should().BeLessThan(kept[1]);
    }

    private static Sequence<double> Input(string kind) => Make.Sequence<double>(Size, 2, kind is "feedback" ? 1 : 5, new Random(1));

    private static LayerStack<double> Part(int seed) => new(new DropoutLayer<double>(Size, 0.3, seed), new GruLayer<double>(Size, Size, seed), new DropoutLayer<double>(Size, 0.4, seed + 1));

    private static ILayer<double> Layer(string kind) => kind switch
    {
        "stack" => new LayerStack<double>(Part(1), Part(3)),
        "residual" => new ResidualLayer<double>(Part(1)),
        "reverse" => new ReverseLayer<double>(Part(1)),
        "bidirectional" => new BidirectionalLayer<double>(Part(1), Part(3)),
        "feedback" => new FeedbackLayer<double>(Part(1), 4),
        "encoder and decoder" => new EncoderDecoder<double>(Part(1), Part(3)),
        _ => new LayerStack<double>(new ReverseLayer<double>(new ResidualLayer<double>(Part(1))), new BidirectionalLayer<double>(new EncoderDecoder<double>(Part(3), Part(5)), Part(7), BidirectionalMerge.Sum), new PoolingLayer<double>(Size, Pooling.Mean), new FeedbackLayer<double>(Part(9), 3)),
    };
}

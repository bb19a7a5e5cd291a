using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Tests.Serialization;
using Xunit;

namespace RnnSharp.Tests.Layers;

/// <summary>Calls without a pass to reuse draw masks of their own; a seeded run repeats, and a given draw can be asked for.</summary>
public sealed class FreshPassTests
{
    public static TheoryData<string> Kinds => ["dropout", "recurrent dropout", "zoneout", "stack", "bidirectional", "residual", "feedback"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Fifty_calls_draw_fifty_masks(string kind)
    {
        ILayer<float> layer = Layer(kind);
        Sequence<float> x = Models.Input<float>(32, 2, kind is "feedback" ? 1 : 4, seed: 1);
        var outputs = new HashSet<string>(StringComparer.Ordinal);
        for (int call = 0; call < 50; call++) outputs.Add(string.Join(' ', layer.Forward(x).Output.Values.ToArray()));
        outputs.Should().HaveCount(50);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_seeded_run_repeats_and_a_given_draw_too(string kind)
    {
        ILayer<float> first = Layer(kind), second = Layer(kind);
        Sequence<float> x = Models.Input<float>(32, 2, kind is "feedback" ? 1 : 4, seed: 1);
        ForwardPass<float> kept = null!;
        for (int call = 0; call < 5; call++)
        {
            ForwardPass<float> pass = first.CreatePass();
            long draw = pass.Draw;
            kept = first.Forward(x, reuse: pass);
            second.Forward(x).Output.Values.ToArray().Should().Equal(kept.Output.Values.ToArray());
            first.Forward(x, reuse: first.PassOfDraw(draw)).Output.Values.ToArray().Should().Equal(kept.Output.Values.ToArray());
            second.CreatePass();
        }
    }

    [Fact]
    public void The_first_pass_starts_at_draw_zero_and_the_next_are_far_apart()
    {
        var layer = new DropoutLayer<float>(2, 0.5, seed: 1);
        layer.CreatePass().Draw.Should().Be(0);
        layer.CreatePass().Draw.Should().Be(1L << 32);
        ForwardPass<float> pass = layer.Forward(new Sequence<float>(2, 1, 1));
        pass.Draw.Should().Be((2L << 32) + 1);
    }

    private static ILayer<float> Layer(string kind) => kind switch
    {
        "dropout" => new DropoutLayer<float>(32, 0.5, seed: 3),
        "recurrent dropout" => new LstmLayer<float>(32, 32, seed: 3, new LstmOptions { RecurrentDropout = 0.5 }),
        "zoneout" => new GruLayer<float>(32, 32, seed: 3, new GruOptions { HiddenZoneout = 0.5 }),
        "stack" => new LayerStack<float>(new DenseLayer<float>(32, 32, seed: 1), new DropoutLayer<float>(32, 0.5, seed: 3)),
        "bidirectional" => new BidirectionalLayer<float>(Dropping(1), Dropping(2)),
        "residual" => new ResidualLayer<float>(new DropoutLayer<float>(32, 0.5, seed: 3)),
        _ => new FeedbackLayer<float>(Dropping(1), 3),
    };

    private static LstmLayer<float> Dropping(int seed) => new(32, 32, seed, new LstmOptions { RecurrentDropout = 0.5 });
}

using System.Numerics;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Tests.References;
using Xunit;

namespace RnnSharp.Tests.Recurrent;

/// <summary>Recurrent dropout and zoneout: what is drawn, when it is drawn anew, and that nothing is drawn in inference.</summary>
public sealed class MaskTests
{
    private const int Inputs = 5;
    private const int Hidden = 19;
    private const int Steps = 6;
    private const int Batch = 5;
    private const double Rate = 0.3;

    public static TheoryData<string> Options => [.. MaskedLayers.Names];

    [Theory]
    [MemberData(nameof(Options))]
    public void Masks_depend_on_the_seed_and_the_draw_alone(string name)
    {
        Check<float>();
        Check<double>();

        void Check<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            RecurrentLayer<T> layer = MaskedLayers.Create<T>(name, Inputs, Hidden), twin = MaskedLayers.Create<T>(name, Inputs, Hidden), other = MaskedLayers.Create<T>(name, Inputs, Hidden, seed: 2);
            for (int p = 0; p < layer.Parameters.Count; p++) other.Parameters[p].Set(layer.Parameters[p].Values);
            var random = new Random(1);
            Sequence<T> x = Make.Sequence<T>(Inputs, Batch, Steps, random), dy = Make.Sequence<T>(layer.OutputSize, Batch, Steps, random);
            State<T> initial = Make.State(layer, Batch, random);
            ForwardPass<T> pass = layer.Forward(x, initial);
            T[] first = pass.Output.Values.ToArray();
            Gradients<T> firstGradients = layer.Backward(pass, dy);
            Bits.ShouldBeSame<T>(twin.Forward(x, initial).Output.Values, first, "output of a new pass of a layer of the same seed");
            other.Forward(x, initial).Output.Values.SequenceEqual(first).Should().BeFalse("another seed draws other masks");

            pass.Draw.Should().Be(1);
            layer.Forward(x, initial, pass);
            T[] second = pass.Output.Values.ToArray();
            second.Should().NotEqual(first, "a pass that is reused draws new masks");
            ForwardPass<T> set = twin.CreatePass();
            set.Draw = 1;
            Bits.ShouldBeSame<T>(twin.Forward(x, initial, set).Output.Values, second, "output of the second draw");

            pass.Draw = 0;
            layer.Forward(x, initial, pass);
            Bits.ShouldBeSame<T>(pass.Output.Values, first, "output of the first draw again");
            Bits.ShouldBeSame(layer.Backward(pass, dy), firstGradients);
        }
    }

    [Theory]
    [MemberData(nameof(Options))]
    public void Inference_draws_nothing(string name)
    {
        Check<float>();
        Check<double>();

        void Check<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            RecurrentLayer<T> layer = MaskedLayers.Create<T>(name, Inputs, Hidden), other = MaskedLayers.Create<T>(name, Inputs, Hidden, seed: 2);
            for (int p = 0; p < layer.Parameters.Count; p++) other.Parameters[p].Set(layer.Parameters[p].Values);
            var random = new Random(1);
            foreach (Sequence<T> x in (Sequence<T>[])[Make.Sequence<T>(Inputs, Batch, Steps, random), Make.Tokens<T>(Inputs, Batch, Steps, random)])
            {
                State<T> initial = Make.State(layer, Batch, random), state = initial.Clone(), stepped = initial.Clone();
                T[] predicted = layer.Predict(x, state).Values.ToArray();
                Bits.ShouldBeSame<T>(layer.Predict(x, initial.Clone()).Values, predicted, "a second prediction");
                Bits.ShouldBeSame<T>(other.Predict(x, initial.Clone()).Values, predicted, "the prediction of a layer of another seed");
                layer.Forward(x, initial).Output.Values.SequenceEqual(predicted).Should().BeFalse("Forward has masks");

                var output = new T[layer.OutputSize * Batch];
                for (int t = 0; t < Steps; t++)
                {
                    if (x.IsTokens) layer.Step(x.Tokens.Slice(t * Batch, Batch), stepped, output);
                    else layer.Step(x.Step(t), stepped, output);
                    Bits.ShouldBeSame<T>(output, predicted.AsSpan(t * output.Length, output.Length), "output of a step");
                }

                Bits.ShouldBeSame(stepped, state, "state after the steps");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Options))]
    public void Composites_use_the_draw_of_their_pass(string name)
    {
        LstmLayer<double> Inner() => new(Inputs, 8, seed: 4, new LstmOptions { RecurrentDropout = Rate });
        int both = MaskedLayers.Create<double>(name, Inputs, 8).OutputSize + 8;
        ILayer<double>[] layers =
        [
            new ReverseLayer<double>(MaskedLayers.Create<double>(name, Inputs, Hidden)),
            new BidirectionalLayer<double>(MaskedLayers.Create<double>(name, Inputs, 8), Inner()),
            new LayerStack<double>(new BidirectionalLayer<double>(MaskedLayers.Create<double>(name, Inputs, 8), Inner()), new ResidualLayer<double>(new ReverseLayer<double>(new GruLayer<double>(both, both, seed: 5, new GruOptions { HiddenZoneout = Rate })))),
        ];
        foreach (ILayer<double> layer in layers)
        {
            Sequence<double> x = Make.Sequence<double>(Inputs, Batch, Steps, new Random(1));
            ForwardPass<double> pass = layer.Forward(x);
            double[] first = pass.Output.Values.ToArray();
            layer.Forward(x, reuse: pass).Output.Values.SequenceEqual(first).Should().BeFalse("a pass that is reused draws new masks");
            double[] second = pass.Output.Values.ToArray();
            ForwardPass<double> set = layer.CreatePass();
            set.Draw = 1;
            Bits.ShouldBeSame<double>(layer.Forward(x, reuse: set).Output.Values, second, "output of the second draw");
            pass.Draw = 0;
            Bits.ShouldBeSame<double>(layer.Forward(x, reuse: pass).Output.Values, first, "output of the first draw again");
        }
    }

    [Fact]
    public void Zoneout_is_replaced_by_its_expectation_in_inference()
    {
        var random = new Random(1);
        Sequence<double> x = Make.Sequence<double>(Inputs, Batch, 1, random);
        var plain = new LstmLayer<double>(Inputs, Hidden, seed: 1);
        var zoned = new LstmLayer<double>(Inputs, Hidden, seed: 1, new LstmOptions { HiddenZoneout = 0.2, CellZoneout = 0.4 });
        State<double> initial = Make.State(plain, Batch, random), fresh = initial.Clone(), mixed = initial.Clone();
        plain.Predict(x, fresh);
        zoned.Predict(x, mixed);
        foreach ((string leaf, double rate) in ((string, double)[])[("h", 0.2), ("c", 0.4)])
            GoldenCases.ShouldBeNear<double>(mixed[leaf].Values, [.. Enumerable.Range(0, Hidden * Batch).Select(i => rate * initial[leaf].Values[i] + (1 - rate) * fresh[leaf].Values[i])], 1e-14, leaf);
    }

    [Fact]
    public void Recurrent_dropout_is_off_in_inference()
    {
        Sequence<double> x = Make.Sequence<double>(Inputs, Batch, Steps, new Random(1));
        Check(new LstmLayer<double>(Inputs, Hidden, seed: 1, new LstmOptions { RecurrentDropout = Rate }), new LstmLayer<double>(Inputs, Hidden, seed: 1));
        Check(new GruLayer<double>(Inputs, Hidden, seed: 1, new GruOptions { RecurrentDropout = Rate }), new GruLayer<double>(Inputs, Hidden, seed: 1));
        Check(new RnnLayer<double>(Inputs, Hidden, seed: 1, options: new RnnOptions { RecurrentDropout = Rate }), new RnnLayer<double>(Inputs, Hidden, seed: 1));

        void Check(RecurrentLayer<double> dropping, RecurrentLayer<double> plain) =>
            GoldenCases.ShouldBeNear<double>(dropping.Predict(x).Values, plain.Predict(x).Values.ToArray(), 1e-14, "output");
    }

    [Fact]
    public void Recurrent_dropout_zeros_its_share_scales_the_rest_and_repeats_at_every_step()
    {
        // h⟨t⟩ = max(0, m∘h⟨t-1⟩) from ones: the t-th power of the mask.
        const int Units = 60, Examples = 70;
        var layer = new RnnLayer<double>(1, Units, seed: 1, Activation.Relu, new RnnOptions { RecurrentDropout = Rate });
        foreach (Parameter<double> parameter in layer.Parameters) parameter.Update(0, static (values, _) => values.Clear());
        layer.RecurrentWeights.Update(Units, static (values, units) =>
        {
            for (int i = 0; i < units; i++) values[i * units + i] = 1;
        });
        State<double> ones = layer.CreateState(Examples);
        ones.Leaves[0].Values.Fill(1);
        Sequence<double> y = layer.Forward(new Sequence<double>(1, Examples, Steps), ones).Output;
        int zeros = 0;
        for (int i = 0; i < Units * Examples; i++)
        {
            bool dropped = y.Step(0)[i] == 0;
            if (dropped) zeros++;
            for (int t = 0; t < Steps; t++) y.Step(t)[i].Should().BeApproximately(dropped ? 0 : Math.Pow(1 / (1 - Rate), t + 1), 1e-12);
        }

        ((double)zeros / (Units * Examples)).Should().BeApproximately(Rate, 4 * Math.Sqrt(Rate * (1 - Rate) / (Units * Examples)));
        y.Step(0)[..Units].SequenceEqual(y.Step(0).Slice(Units, Units)).Should().BeFalse("each example has masks of its own");
    }

    [Theory]
    [InlineData("lstm", 4)]
    [InlineData("lstm coupled", 3)]
    [InlineData("gru", 3)]
    [InlineData("gru reset before", 3)]
    public void Recurrent_dropout_has_a_mask_for_each_gate(string name, int gates)
    {
        const int Units = 40, Examples = 50;
        var options = new GruOptions { RecurrentDropout = Rate, ResetBefore = name is "gru reset before" };
        RecurrentLayer<float> layer = name.StartsWith("gru", StringComparison.Ordinal)
            ? new GruLayer<float>(Inputs, Units, seed: 1, options)
            : new LstmLayer<float>(Inputs, Units, seed: 1, new LstmOptions { RecurrentDropout = Rate, CoupledGates = name is "lstm coupled" });
        var pass = (RecurrentPass<float>)layer.Forward(Make.Sequence<float>(Inputs, Examples, Steps, new Random(1)));
        float[] masks = pass.Tape.Span(layer.BufferNamed("recurrent masks")).ToArray();
        masks.Length.Should().Be(gates * Units * Examples);
        masks.Distinct().Should().BeEquivalentTo([0, (float)(1 / (1 - Rate))]);
        float[][] each = [.. masks.Chunk(Units * Examples)];
        for (int g = 0; g < gates; g++)
        {
            each[g].Average(value => value == 0 ? 1.0 : 0).Should().BeApproximately(Rate, 4 * Math.Sqrt(Rate * (1 - Rate) / (Units * Examples)));
            for (int other = 0; other < g; other++)
            {
                // Independent masks are zero in the same place with the product of their rates.
                each[g].Zip(each[other], (a, b) => a == 0 && b == 0 ? 1.0 : 0).Average().Should().BeApproximately(Rate * Rate, 4 * Math.Sqrt(Rate * Rate / (Units * Examples)));
            }
        }
    }

    [Fact]
    public void Zoneout_keeps_its_share_of_each_state_drawn_at_each_step()
    {
        // h⟨t⟩ = t + 1 where it does not stay as it was.
        const int Units = 60, Examples = 70;
        var rnn = new RnnLayer<double>(1, Units, seed: 1, Activation.Relu, new RnnOptions { HiddenZoneout = Rate });
        foreach (Parameter<double> parameter in rnn.Parameters) parameter.Update(0, static (values, _) => values.Clear());
        rnn.InputWeights.Update(0, static (values, _) => values.Fill(1));
        var time = new Sequence<double>(1, Examples, Steps);
        for (int t = 0; t < Steps; t++) time.Step(t).Fill(t + 1);
        Sequence<double> y = rnn.Forward(time).Output;
        var kept = new bool[Steps][];
        for (int t = 0; t < Steps; t++)
        {
            kept[t] = [.. y.Step(t).ToArray().Select(value => value != t + 1)];
            for (int i = 0; i < kept[t].Length; i++)
            {
                if (kept[t][i]) y.Step(t)[i].Should().Be(t == 0 ? 0 : y.Step(t - 1)[i]);
            }

            kept[t].Average(value => value ? 1.0 : 0).Should().BeApproximately(Rate, 4 * Math.Sqrt(Rate * (1 - Rate) / kept[t].Length));
            if (t > 0) kept[t].Zip(kept[t - 1], (a, b) => a && b ? 1.0 : 0).Average().Should().BeApproximately(Rate * Rate, 4 * Math.Sqrt(Rate * Rate / kept[t].Length), "each step draws anew");
        }

        // c: what is kept is bit for bit the state before, and h is made of what would have been.
        var lstm = new LstmLayer<double>(Inputs, Units, seed: 1, new LstmOptions { CellZoneout = Rate });
        var plain = new LstmLayer<double>(Inputs, Units, seed: 1);
        Sequence<double> x = Make.Sequence<double>(Inputs, Examples, 1, new Random(1));
        State<double> initial = Make.State(lstm, Examples, new Random(2)), final = lstm.Forward(x, initial).FinalState, fresh = plain.Forward(x, initial).FinalState;
        bool[] stayed = [.. Enumerable.Range(0, Units * Examples).Select(i => final["c"].Values[i] == initial["c"].Values[i])];
        stayed.Average(value => value ? 1.0 : 0).Should().BeApproximately(Rate, 4 * Math.Sqrt(Rate * (1 - Rate) / stayed.Length));
        GoldenCases.ShouldBeNear<double>(final["c"].Values, [.. stayed.Select((value, i) => value ? initial["c"].Values[i] : fresh["c"].Values[i])], 1e-14, "c");
        GoldenCases.ShouldBeNear<double>(final["h"].Values, fresh["h"].Values.ToArray(), 1e-14, "h");
    }
}

/// <summary>Recurrent layers that draw masks, alone and together with the other options.</summary>
internal static class MaskedLayers
{
    private const double Rate = 0.3;

    public static IReadOnlyList<string> Names { get; } =
    [
        "lstm recurrent dropout", "lstm hidden zoneout", "lstm cell zoneout", "lstm everything", "lstm coupled everything",
        "gru recurrent dropout", "gru hidden zoneout", "gru normalized everything", "gru reset before everything",
        "rnn recurrent dropout", "rnn hidden zoneout", "relu normalized everything",
    ];

    public static RecurrentLayer<T> Create<T>(string name, int inputs, int hidden, int seed = 1)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        bool everything = name.EndsWith("everything", StringComparison.Ordinal);
        double dropout = everything || name.EndsWith("recurrent dropout", StringComparison.Ordinal) ? Rate : 0;
        double zoneout = everything || name.EndsWith("hidden zoneout", StringComparison.Ordinal) ? Rate : 0;
        bool normalized = name.Contains("normalized", StringComparison.Ordinal);
        switch (name[..3])
        {
            case "lst":
                return new LstmLayer<T>(inputs, hidden, seed, new LstmOptions
                {
                    RecurrentDropout = dropout,
                    HiddenZoneout = zoneout,
                    CellZoneout = everything || name is "lstm cell zoneout" ? Rate : 0,
                    Peepholes = everything,
                    LayerNormalization = everything,
                    CellClip = everything ? 0.5 : null,
                    ProjectionSize = everything ? Math.Max(1, hidden - 2) : null,
                    CoupledGates = name.Contains("coupled", StringComparison.Ordinal),
                });
            case "gru":
                return new GruLayer<T>(inputs, hidden, seed, new GruOptions { RecurrentDropout = dropout, HiddenZoneout = zoneout, LayerNormalization = normalized, ResetBefore = name.Contains("before", StringComparison.Ordinal) });
            default:
                var options = new RnnOptions { RecurrentDropout = dropout, HiddenZoneout = zoneout, LayerNormalization = normalized };
                return new RnnLayer<T>(inputs, hidden, seed, name.StartsWith("relu", StringComparison.Ordinal) ? Activation.Relu : Activation.Tanh, options);
        }
    }
}

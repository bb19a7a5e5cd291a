using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Onnx.Schema;
using RnnSharp.Recurrent;
using Xunit;

namespace RnnSharp.Onnx.Tests.Export;

/// <summary>Which operators layers become, and that ONNX Runtime's agree with every option that is passed to them.</summary>
public sealed class OperatorTests
{
    private static readonly Activation[] Activations =
    [
        Activation.Sigmoid, Activation.Tanh, Activation.Relu, Activation.Linear, Activation.HardSigmoid(0.3, 0.4), Activation.Softsign, Activation.Softplus,
        Activation.Elu(0.7), Activation.LeakyRelu(0.2), Activation.ThresholdedRelu(0.1), Activation.ScaledTanh(0.8, 1.3), Activation.Affine(0.4, 0.1),
    ];

    public static TheoryData<int> Kinds => [.. Enumerable.Range(0, Activations.Length)];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_activation_works_in_every_place_of_the_operators(int kind)
    {
        Activation activation = Activations[kind], other = Activations[(kind + 5) % Activations.Length];
        RecurrentLayer<float>[] layers =
        [
            new RnnLayer<float>(3, 4, 1, activation),
            new GruLayer<float>(3, 4, 1, new() { GateActivation = activation }),
            new GruLayer<float>(3, 4, 1, new() { CandidateActivation = activation, ResetBefore = true }),
            new LstmLayer<float>(3, 4, 1, new() { GateActivation = activation }),
            new LstmLayer<float>(3, 4, 1, new() { CandidateActivation = activation, OutputActivation = other }),
            new LstmLayer<float>(3, 4, 1, new() { GateActivation = other, OutputActivation = activation, Peepholes = true, CoupledGates = true }),
        ];
        foreach (RecurrentLayer<float> layer in layers)
        {
            Graphs.Of(layer).Operators().Should().ContainSingle().Which.Should().BeOneOf("RNN", "GRU", "LSTM");
            ExportCheck.Check(layer, kind, tokens: false);
        }

        var both = new BidirectionalLayer<float>(layers[4], new LstmLayer<float>(3, 4, 2, new() { GateActivation = other }));
        Graphs.Of(both).Operators().Should().Equal("LSTM");
        ExportCheck.Check(both, kind, tokens: false);
    }

    [Fact]
    public void Constants_are_listed_for_the_activations_that_have_them()
    {
        NodeProto node = Graphs.Of(new LstmLayer<float>(2, 3, 1, new() { GateActivation = Activation.HardSigmoid(0.25, 0.5), CandidateActivation = Activation.Relu, OutputActivation = Activation.Elu(0.75) })).Single("LSTM");
        node.Texts("activations").Should().Equal("HardSigmoid", "Relu", "Elu");
        node.Attribute("activation_alpha")!.Floats.Should().Equal(0.25f, 0.75f);
        node.Attribute("activation_beta")!.Floats.Should().Equal(0.5f);
        Graphs.Of(new LstmLayer<float>(2, 3, 1)).Single("LSTM").Attribute("activations").Should().BeNull("they are the defaults");
    }

    [Fact]
    public void Clipping_limits_the_sums_with_their_peepholes()
    {
        // Weights of up to 3, so that most sums are clipped.
        RecurrentLayer<float>[] layers =
        [
            new RnnLayer<float>(3, 4, 1, options: new() { Clip = 0.4 }),
            new GruLayer<float>(3, 4, 1, new() { Clip = 0.4 }),
            new GruLayer<float>(3, 4, 1, new() { Clip = 0.4, ResetBefore = true, Bias = RecurrentBias.Separate }),
            new LstmLayer<float>(3, 4, 1, new() { Clip = 0.4 }),
            new LstmLayer<float>(3, 4, 1, new() { Clip = 0.4, Peepholes = true }),
            new LstmLayer<float>(3, 4, 1, new() { Clip = 0.4, Peepholes = true, CoupledGates = true, Bias = RecurrentBias.None }),
        ];
        foreach (RecurrentLayer<float> layer in layers)
        {
            foreach (Parameter<float> parameter in layer.Parameters) Initializers.Uniform(parameter, 3, new Random(1));
            NodeProto node = Graphs.Of(layer).Node.Single(node => node.OpType is "RNN" or "GRU" or "LSTM");
            node.Attribute("clip")!.F.Should().Be(0.4f);
            ExportCheck.Check(layer, 1, tokens: false);
            ExportCheck.Check(new ReverseLayer<float>(layer), 2, tokens: false);
        }
    }

    [Fact]
    public void Plain_layers_of_float_are_operators_and_all_others_scans()
    {
        string Operator<T>(ILayer<T> layer)
            where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T> => Graphs.Of(layer).Operators()[^1];

        Operator(new RnnLayer<float>(2, 3, 1)).Should().Be("RNN");
        Operator(new GruLayer<float>(2, 3, 1)).Should().Be("GRU");
        Operator(new LstmLayer<float>(2, 3, 1)).Should().Be("LSTM");
        Operator(new LstmLayer<float>(2, 3, 1, new() { RecurrentDropout = 0.5 })).Should().Be("LSTM", "nothing is dropped outside training");
        Operator(new RnnLayer<double>(2, 3, 1)).Should().Be("Scan", "ONNX Runtime's operators are for 32 bits");
        Operator(new LstmLayer<float>(2, 3, 1, new() { ProjectionSize = 2 })).Should().Be("Scan");
        Operator(new LstmLayer<float>(2, 3, 1, new() { CellClip = 2 })).Should().Be("Scan");
        Operator(new GruLayer<float>(2, 3, 1, new() { HiddenZoneout = 0.1 })).Should().Be("Scan");
        Operator(new GruLayer<float>(2, 3, 1, new() { LayerNormalization = true })).Should().Be("Scan");
        Operator(new IndRnnLayer<float>(2, 3, 1)).Should().Be("Scan");
    }

    [Fact]
    public void Wide_layers_of_any_kind_give_the_same_results()
    {
        ExportCheck.Check(new LayerStack<float>(new LstmLayer<float>(37, 70, 1), new GruLayer<float>(70, 33, 2), new RnnLayer<float>(33, 65, 3), new DenseLayer<float>(65, 40, 4)), 1, tokens: false);
        ExportCheck.Check(Bidirectional.Of(seed => new LstmLayer<float>(65, 34, seed, new() { Peepholes = true }), seed: 1), 2, tokens: true);
    }

    [Fact]
    public void Directions_of_the_same_kind_are_one_operator()
    {
        static GruLayer<float> Gru(int seed, int units = 3, double? clip = null) => new(2, units, seed, new() { Clip = clip });

        NodeProto both = Graphs.Of(new BidirectionalLayer<float>(Gru(1), Gru(2))).Single("GRU");
        both.Attribute("direction")!.S.ToStringUtf8().Should().Be("bidirectional");
        Graphs.Of(new ReverseLayer<float>(Gru(1))).Single("GRU").Attribute("direction")!.S.ToStringUtf8().Should().Be("reverse");
        Graphs.Of(new BidirectionalLayer<float>(Gru(1), Gru(2, units: 4))).Operators().Should().Equal("GRU", "GRU");
        Graphs.Of(new BidirectionalLayer<float>(Gru(1), Gru(2, clip: 1))).Operators().Should().Equal("GRU", "GRU");
        Graphs.Of(new BidirectionalLayer<float>(Gru(1), new LstmLayer<float>(2, 3, 1))).Operators().Should().Equal("GRU", "LSTM");
        Graphs.Of(new ReverseLayer<float>(new LayerStack<float>(Gru(1)))).Node.Count(node => node.OpType is "ReverseSequence").Should().Be(2);
    }

    [Fact]
    public void A_large_vocabulary_is_looked_up_and_a_small_one_is_multiplied()
    {
        var tokens = new OnnxExportOptions { Tokens = true };
        Graphs.Of(new LstmLayer<float>(12, 3, 1), tokens).Operators().Should().Equal("OneHot", "LSTM");
        Graphs.Of(new LstmLayer<float>(13, 3, 1), tokens).Operators().Should().Equal("Gather", "Scan");
    }
}

using System.Text;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using Xunit;

namespace RnnSharp.Keras.Tests;

/// <summary>What the reader of configurations accepts, and what it refuses by the layer's name and class.</summary>
public sealed class ConfigTests
{
    private const string Input = """{"class_name":"InputLayer","config":{"name":"input","batch_shape":[null,null,3]}}""";

    [Theory]
    [InlineData("Conv1D", "\"filters\":3", "\"x\" (\"Conv1D\") is of a class that is not supported")]
    [InlineData("Lambda", "\"function\":\"import os\"", "\"x\" (\"Lambda\")")]
    [InlineData("LSTM", "\"units\":0", "\"units\" of The layer \"x\" (\"LSTM\") is 0")]
    [InlineData("LSTM", "\"units\":2.5", "not a whole number")]
    [InlineData("LSTM", "\"units\":\"2\"", "is a text: expected a number")]
    [InlineData("LSTM", "\"use_bias\":true", "has no units")]
    [InlineData("LSTM", "\"units\":2,\"return_state\":true", "return_state")]
    [InlineData("LSTM", "\"units\":2,\"time_major\":true", "time_major")]
    [InlineData("LSTM", "\"units\":2,\"activation\":\"swish\"", "\"swish\"")]
    [InlineData("LSTM", "\"units\":2,\"recurrent_activation\":\"softmax\"", "recurrent_activation softmax")]
    [InlineData("LSTM", "\"units\":2,\"dropout\":1", "dropout of 1")]
    [InlineData("LSTM", "\"units\":2,\"recurrent_dropout\":-0.5", "recurrent_dropout of -0.5")]
    [InlineData("LSTM", "\"units\":2,\"peephole\":true", "option \"peephole\"")]
    [InlineData("LSTM", "\"units\":2,\"units\":3", "\"units\" twice")]
    [InlineData("CuDNNLSTM", "\"units\":2", "cuDNN")]
    [InlineData("Dense", "\"units\":2,\"lora_rank\":4", "lora_rank")]
    [InlineData("Embedding", "\"input_dim\":3,\"output_dim\":2,\"mask_zero\":true", "masks steps. Set KerasLoadOptions.MasksAreLengths")]
    [InlineData("Masking", "\"mask_value\":0.0", "MasksAreLengths")]
    [InlineData("LayerNormalization", "\"axis\":1", "axis 1")]
    [InlineData("LayerNormalization", "\"axis\":[1,2]", "2 axes")]
    [InlineData("LayerNormalization", "\"epsilon\":0", "epsilon of 0")]
    [InlineData("LayerNormalization", "\"rms_scaling\":true", "rms_scaling")]
    [InlineData("Dropout", "\"rate\":1.0", "rate of 1")]
    [InlineData("Dropout", "\"rate\":0.5,\"noise_shape\":[2,1,3]", "noise_shape")]
    [InlineData("GlobalMaxPooling1D", "\"data_format\":\"channels_first\"", "data_format")]
    [InlineData("Bidirectional", "\"merge_mode\":null,\"layer\":{\"class_name\":\"LSTM\",\"config\":{\"units\":2}}", "two outputs")]
    [InlineData("Bidirectional", "\"merge_mode\":\"max\",\"layer\":{\"class_name\":\"LSTM\",\"config\":{\"units\":2}}", "\"max\"")]
    [InlineData("Bidirectional", "\"merge_mode\":\"sum\",\"layer\":{\"class_name\":\"Dense\",\"config\":{\"units\":2}}", "(\"Dense\") is in a Bidirectional")]
    [InlineData("Bidirectional", "\"merge_mode\":\"sum\",\"layer\":{\"class_name\":\"LSTM\",\"config\":{\"units\":2,\"go_backwards\":true}}", "go_backwards")]
    [InlineData("TimeDistributed", "\"layer\":{\"class_name\":\"LSTM\",\"config\":{\"units\":2}}", "(\"LSTM\") is in a TimeDistributed")]
    [InlineData("Activation", "\"activation\":\"softmax\"},\"more\":{", "end of a model")]
    public void An_option_that_is_not_supported_is_refused(string className, string config, string message)
    {
        string layer = $$$"""{"class_name":"{{{className}}}","config":{"name":"x",{{{config}}}}}""", next = """{"class_name":"Dense","config":{"name":"y","units":2}}""";
        string first = className is "Embedding" ? """{"class_name":"InputLayer","config":{"name":"input","batch_shape":[null,null]}}""" : Input;
        FluentActions.Invoking(() => Plan(first, layer, next)).Should().Throw<InvalidDataException>().WithMessage($"*{message}*");
    }

    [Theory]
    [InlineData("""{"class_name":"Sequential","config":{"layers":[]}}""", "no layers")]
    [InlineData("""{"class_name":"MyModel","config":{}}""", "\"MyModel\"")]
    [InlineData("""{"class_name":"Sequential"}""", "no \"config\"")]
    [InlineData("""{"class_name":"Sequential","config":{"layers":[{"class_name":"Dense","config":{"name":"d","units":2}}]}}""", "does not state the shape of the input")]
    [InlineData("""{"class_name":"Sequential","config":{"layers":[{"class_name":"InputLayer","config":{"name":"i","batch_shape":[null,5,null]}},{"class_name":"Dense","config":{"name":"d","units":2}}]}}""", "not fixed")]
    [InlineData("""{"class_name":"Sequential","config":{"layers":[{"class_name":"InputLayer","config":{"name":"i","batch_shape":[null,5,5,3]}},{"class_name":"Dense","config":{"name":"d","units":2}}]}}""", "4 dimensions")]
    [InlineData("""{"class_name":"Sequential","config":{"layers":[{"class_name":"InputLayer","config":{"name":"i","batch_shape":[null,3]}},{"class_name":"LSTM","config":{"name":"d","units":2}}]}}""", "needs steps")]
    [InlineData("""{"class_name":"Sequential","config":{"layers":[{"class_name":"InputLayer","config":{"name":"i","batch_shape":[null,5,3]}},{"class_name":"Dense","config":{"name":"i","units":2}}]}}""", "name of another layer")]
    [InlineData("""{"class_name":"Functional","config":{"layers":[{"name":"i","class_name":"InputLayer","config":{"name":"i","batch_shape":[null,5,3]},"inbound_nodes":[]},{"name":"a","class_name":"Dense","config":{"name":"a","units":2},"inbound_nodes":[[["i",0,0,{}]]]},{"name":"b","class_name":"Dense","config":{"name":"b","units":2},"inbound_nodes":[[["i",0,0,{}]]]}],"input_layers":[["i",0,0]],"output_layers":[["b",0,0]]}}""", "enters both")]
    [InlineData("""{"class_name":"Functional","config":{"layers":[{"name":"i","class_name":"InputLayer","config":{"name":"i","batch_shape":[null,5,3]},"inbound_nodes":[]},{"name":"a","class_name":"Add","config":{"name":"a"},"inbound_nodes":[[["i",0,0,{}],["i",0,0,{}]]]}],"input_layers":[["i",0,0]],"output_layers":[["a",0,0]]}}""", "more than one input")]
    [InlineData("""{"class_name":"Functional","config":{"layers":[{"name":"i","class_name":"InputLayer","config":{"name":"i","batch_shape":[null,5,3]},"inbound_nodes":[]},{"name":"a","class_name":"Dense","config":{"name":"a","units":2},"inbound_nodes":[[["i",0,0,{"mask":["m",0,0]}]]]}],"input_layers":[["i",0,0]],"output_layers":[["a",0,0]]}}""", "called with \"mask\"")]
    [InlineData("""{"class_name":"Functional","config":{"layers":[{"name":"i","class_name":"InputLayer","config":{"name":"i","batch_shape":[null,5,3]},"inbound_nodes":[]}],"input_layers":[["i",0,0],["j",0,0]],"output_layers":[["i",0,0]]}}""", "several inputs")]
    [InlineData("""{"class_name":"Functional","config":{"layers":[{"name":"i","class_name":"InputLayer","config":{"name":"i","batch_shape":[null,5,3]},"inbound_nodes":[]},{"name":"a","class_name":"Dense","config":{"name":"a","units":2},"inbound_nodes":[[["a",0,0,{}]]]}],"input_layers":[["i",0,0]],"output_layers":[["a",0,0]]}}""", "do not form one chain")]
    [InlineData("""{"class_name":"Sequential","config":{"layers":[{"class_name":"InputLayer","config":{"name":"i","batch_shape":[null,5,2000000000]}},{"class_name":"LayerNormalization","config":{"name":"n","center":false,"scale":false}}]}}""", "no weight holds")]
    [InlineData("[1", "not valid JSON")]
    [InlineData("""{"class_name":"\ud800"}""", "not valid JSON")]
    public void A_model_that_is_not_supported_is_refused(string config, string message) =>
        FluentActions.Invoking(() => Read(config).RequireSize<float>(new())).Should().Throw<InvalidDataException>().WithMessage($"*{message}*");

    [Fact]
    public void Nesting_is_limited() =>
        FluentActions.Invoking(() => Read(new string('[', 10_000))).Should().Throw<InvalidDataException>().WithMessage("*not valid JSON*");

    [Fact]
    public void Masks_are_lengths_if_the_caller_says_so()
    {
        KerasPlan plan = KerasPlan.Read(
            Json(Model("""{"class_name":"InputLayer","config":{"name":"i","batch_shape":[null,null]}}""", """{"class_name":"Embedding","config":{"name":"e","input_dim":4,"output_dim":2,"mask_zero":true}}""", """{"class_name":"LSTM","config":{"name":"l","units":2}}""")),
            KerasVersion.Three,
            new KerasLoadOptions { MasksAreLengths = true });
        ((EmbeddingLayer<float>)plan.Create<float>().Layers[0]).PaddingToken.Should().Be(0);
        FluentActions.Invoking(() => KerasPlan.Read(Json(Model(Input, """{"class_name":"Masking","config":{"name":"m","mask_value":0.0}}""", """{"class_name":"LSTM","config":{"name":"l","units":2}}""")), KerasVersion.Three, new KerasLoadOptions { MasksAreLengths = true })).Should().NotThrow();
    }

    [Fact]
    public void Layers_that_are_not_trainable_are_frozen()
    {
        LayerStack<float> model = Plan(
            Input,
            """{"class_name":"LSTM","config":{"name":"l","units":2,"trainable":false,"return_sequences":true}}""",
            """{"class_name":"Bidirectional","config":{"name":"b","trainable":false,"merge_mode":"sum","layer":{"class_name":"GRU","config":{"units":2,"return_sequences":true}}}}""",
            """{"class_name":"Dense","config":{"name":"d","units":2,"use_bias":false}}""",
            """{"class_name":"LayerNormalization","config":{"name":"n","center":false}}""").Create<float>();
        model.Layers[0].Parameters.Should().OnlyContain(parameter => parameter.Frozen);
        model.Layers[1].Parameters.Should().OnlyContain(parameter => parameter.Frozen);
        var dense = (DenseLayer<float>)model.Layers[2];
        dense.Weights.Frozen.Should().BeFalse();
        dense.Bias.Frozen.Should().BeTrue();
        dense.Bias.Values.ToArray().Should().Equal(0, 0);
        ((LayerNormalizationLayer<float>)model.Layers[3]).Bias.Frozen.Should().BeTrue();
    }

    [Fact]
    public void Dropout_keeps_its_rates_and_masks()
    {
        LayerStack<float> model = Plan(
            Input,
            """{"class_name":"Dropout","config":{"name":"a","rate":0.25,"seed":7}}""",
            """{"class_name":"Dropout","config":{"name":"b","rate":0.5,"noise_shape":[null,1,3]}}""",
            """{"class_name":"SpatialDropout1D","config":{"name":"c","rate":0.75}}""",
            """{"class_name":"GRU","config":{"name":"d","units":2,"dropout":0.125,"recurrent_dropout":0.375,"reset_after":true}}""").Create<float>();
        DropoutLayer<float>[] dropout = [.. model.Layers.OfType<DropoutLayer<float>>()];
        dropout.Select(layer => layer.Rate).Should().Equal(0.25, 0.5, 0.75, 0.125);
        dropout.Select(layer => layer.Mask).Should().Equal(DropoutMask.EachStep, DropoutMask.WholeSequence, DropoutMask.WholeSequence, DropoutMask.WholeSequence);
        dropout[0].Seed.Should().Be(7);
        model.Layers.OfType<GruLayer<float>>().Single().Options.RecurrentDropout.Should().Be(0.375);
        model.Layers[^1].Should().BeOfType<PoolingLayer<float>>();
    }

    [Fact]
    public void Activations_within_a_model_are_layers_and_that_at_its_end_is_the_final_one()
    {
        KerasPlan plan = Plan(
            Input,
            """{"class_name":"Dense","config":{"name":"a","units":4,"activation":"relu"}}""",
            """{"class_name":"Dense","config":{"name":"b","units":5}}""",
            """{"class_name":"Activation","config":{"name":"c","activation":"hard_sigmoid"}}""",
            """{"class_name":"Dense","config":{"name":"d","units":2,"activation":"tanh"}}""");
        LayerStack<float> model = plan.Create<float>();
        model.ToString().Should().EndWith("[DenseLayer 3 -> 4, ActivationLayer (relu) 4 -> 4, DenseLayer 4 -> 5, ActivationLayer (hard_sigmoid(0.16666666666666666, 0.5)) 5 -> 5, DenseLayer 5 -> 2]");
        plan.FinalActivation.Should().Be(KerasActivation.Tanh);
        plan.Weights.SelectMany(weight => weight.Blocks).Select(block => block.Parameter).Should().Equal("0.weight", "0.bias", "2.weight", "2.bias", "4.weight", "4.bias");
        KerasPlan described = ModelDescriber<float>.Describe(model);
        described.Layers.Select(layer => layer.ClassName).Should().Equal("Dense", "Activation", "Dense", "Activation", "Dense");
        FluentActions.Invoking(() => ModelDescriber<float>.Describe(new LayerStack<float>(new ActivationLayer<float>(2, Activation.LeakyRelu())))).Should().Throw<ArgumentException>().WithMessage("*leaky_relu*");
    }

    [Theory]
    [InlineData(KerasVersion.Two, 0.2)]
    [InlineData(KerasVersion.Three, 1.0 / 6)]
    internal void The_hard_sigmoid_is_that_of_the_version(KerasVersion version, double slope)
    {
        KerasPlan plan = KerasPlan.Read(Json(Model(Input, """{"class_name":"LSTM","config":{"name":"l","units":2,"recurrent_activation":"hard_sigmoid"}}""")), version, new KerasLoadOptions());
        ((LstmLayer<float>)plan.Create<float>().Layers[0]).Options.GateActivation.Should().Be(Activation.HardSigmoid(slope));
    }

    [Fact]
    public void A_recurrent_layer_without_a_recurrent_activation_has_the_default_of_its_version()
    {
        const string Layer = """{"class_name":"LSTM","config":{"name":"l","units":2}}""";
        ((LstmLayer<float>)KerasPlan.Read(Json(Model(Input, Layer)), KerasVersion.Two, new KerasLoadOptions()).Create<float>().Layers[0]).Options.GateActivation.Should().Be(Activation.HardSigmoid());
        ((LstmLayer<float>)Plan(Input, Layer).Create<float>().Layers[0]).Options.GateActivation.Should().Be(Activation.Sigmoid);
    }

    [Theory]
    [InlineData(KerasVersion.Two, false)]
    [InlineData(KerasVersion.TwoOfTensorFlow, true)]
    [InlineData(KerasVersion.Three, true)]
    internal void A_GRU_without_the_option_reset_after_has_the_default_of_its_version(KerasVersion version, bool resetsAfter)
    {
        KerasPlan plan = KerasPlan.Read(Json(Model(Input, """{"class_name":"GRU","config":{"name":"g","units":2,"recurrent_activation":"sigmoid"}}""")), version, new KerasLoadOptions());
        ((GruLayer<float>)plan.Create<float>().Layers[0]).Options.ResetBefore.Should().Be(!resetsAfter);
    }

    [Theory]
    [InlineData(null, KerasVersion.Two, null)]
    [InlineData("tfjs-layers 4.22.0", KerasVersion.Two, null)]
    [InlineData("1.2.2", KerasVersion.Two, null)]
    [InlineData("2.2.4-tf", KerasVersion.Two, KerasVersion.Two)]
    [InlineData("2.4.0", KerasVersion.TwoOfTensorFlow, KerasVersion.TwoOfTensorFlow)]
    [InlineData("2.13.1", KerasVersion.TwoOfTensorFlow, KerasVersion.TwoOfTensorFlow)]
    [InlineData("3.0.0.dev", KerasVersion.Three, KerasVersion.Three)]
    [InlineData("3.10.1", KerasVersion.Three, KerasVersion.Three)]
    [InlineData("4.0.0", null, null)]
    [InlineData("30.1", null, null)]
    [InlineData("3", null, null)]
    [InlineData("", null, null)]
    internal void A_version_that_is_not_known_is_refused(string? text, KerasVersion? expected, KerasVersion? ofArchive)
    {
        Require(expected, isArchive: false);
        Require(ofArchive, isArchive: true);

        void Require(KerasVersion? version, bool isArchive)
        {
            if (version is not null) KerasInputs.VersionOf(text, isArchive).Should().Be(version.Value);
            else FluentActions.Invoking(() => KerasInputs.VersionOf(text, isArchive)).Should().Throw<InvalidDataException>().WithMessage("*version*of Keras*expected*");
        }
    }

    [Theory]
    [InlineData("""{"class_name":"LSTM","config":{"name":"l","units":2,"stateful":STATEFUL}}""")]
    [InlineData("""{"class_name":"Bidirectional","config":{"name":"b","merge_mode":"sum","layer":{"class_name":"GRU","config":{"units":2,"stateful":STATEFUL}}}}""")]
    public void A_stateful_layer_is_told(string layer)
    {
        Plan(Input, layer.Replace("STATEFUL", "true", StringComparison.Ordinal)).IsStateful.Should().BeTrue();
        Plan(Input, layer.Replace("STATEFUL", "false", StringComparison.Ordinal)).IsStateful.Should().BeFalse();
    }

    private static KerasPlan Plan(params string[] layers) => Read(Model(layers));

    private static KerasPlan Read(string config) => KerasPlan.Read(Json(config), KerasVersion.Three, new KerasLoadOptions());

    private static string Model(params string[] layers) => $$$"""{"class_name":"Sequential","config":{"name":"s","layers":[{{{string.Join(',', layers)}}}]}}""";

    private static KerasJson Json(string text) => KerasJson.Parse(Encoding.UTF8.GetBytes(text), "The text");
}

using System.Buffers.Binary;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using Xunit;

namespace RnnSharp.Tests.Serialization;

/// <summary>What a model file holds: tensors with PyTorch's names, the model's description, and the checksum.</summary>
public sealed class FileContentTests
{
    [Fact]
    public void Tensors_have_the_names_and_shapes_of_PyTorch_and_lie_in_the_order_of_the_model()
    {
        byte[] file = ModelBytes.Save(Models.Make<double>("stack"));
        ((sizeof(long) + ModelBytes.HeaderOf(file).Length) % 8).Should().Be(0, "the data are aligned");
        ModelBytes.TensorsOf(file).Should().Equal(
            """0.weight_ih_l0 {"dtype":"F64","shape":[20,3],"data_offsets":[0,480]}""",
            """0.weight_hh_l0 {"dtype":"F64","shape":[20,5],"data_offsets":[480,1280]}""",
            """0.bias_ih_l0 {"dtype":"F64","shape":[20],"data_offsets":[1280,1440]}""",
            """0.bias_hh_l0 {"dtype":"F64","shape":[20],"data_offsets":[1440,1600]}""",
            """1.weight {"dtype":"F64","shape":[2,5],"data_offsets":[1600,1680]}""",
            """1.bias {"dtype":"F64","shape":[2],"data_offsets":[1680,1696]}""");
        ModelBytes.DescriptionOf(file).Should().Be("""{"format":2,"model":{"kind":"stack","layers":[{"kind":"lstm","input":3,"hidden":5},{"kind":"dense","input":5,"output":2}]}}""");
        ModelBytes.DataOf(file).Should().HaveCount(1696);
    }

    [Theory]
    [InlineData("lstm of all options", "weight_ih_l0 [15,3] weight_hh_l0 [15,5] bias_ih_l0 [15] bias_hh_l0 [15] weight_hr_l0 [5,5] weight_peephole [10] weight_norm [15]")]
    [InlineData("lstm projection", "weight_ih_l0 [20,3] weight_hh_l0 [20,2] bias_ih_l0 [20] bias_hh_l0 [20] weight_hr_l0 [2,5]")]
    [InlineData("lstm peepholes", "weight_ih_l0 [20,3] weight_hh_l0 [20,5] bias_ih_l0 [20] bias_hh_l0 [20] weight_peephole [15]")]
    [InlineData("gru layer norm", "weight_ih_l0 [15,3] weight_hh_l0 [15,5] bias_ih_l0 [15] bias_hh_l0 [15] weight_norm [20]")]
    [InlineData("gru reset before", "weight_ih_l0 [15,3] weight_hh_l0 [15,5] bias_ih_l0 [15] bias_hh_l0 [15]")]
    [InlineData("rnn layer norm", "weight_ih_l0 [5,3] weight_hh_l0 [5,5] bias_ih_l0 [5] bias_hh_l0 [5] weight_norm [5]")]
    [InlineData("bidirectional of options", "weight_ih_l0 [20,3] weight_hh_l0 [20,2] bias_ih_l0 [20] bias_hh_l0 [20] weight_hr_l0 [2,5] weight_peephole [15] weight_norm [20] weight_ih_l0_reverse [6,3] weight_hh_l0_reverse [6,2] bias_ih_l0_reverse [6] bias_hh_l0_reverse [6]")]
    [InlineData("residual stack", "0.0.weight [3] 0.0.bias [3] 0.1.0.weight_ih_l0 [12,3] 0.1.0.weight_hh_l0 [12,3] 0.1.0.bias_ih_l0 [12] 0.1.0.bias_hh_l0 [12]")]
    [InlineData("dropout", "")]
    public void Tensors_of_options_have_the_names_of_PyTorch_where_it_has_them(string kind, string expected) =>
        string.Join(' ', ModelBytes.TensorsOf(ModelBytes.Save(Models.Make<float>(kind))).Select(tensor => $"{tensor.Split(' ')[0]} {tensor.Split("\"shape\":")[1].Split(",\"data")[0]}")).Should().Be(expected);

    [Fact]
    public void Description_has_the_options_that_are_on_and_no_others()
    {
        Layer(new LstmLayer<float>(3, 5, seed: 7, new LstmOptions { ProjectionSize = 2, Peepholes = true, CoupledGates = true, CellClip = 0.5, CellZoneout = 0.25, HiddenZoneout = 0.125, RecurrentDropout = 0.1, LayerNormalization = true }))
            .Should().Be("""{"kind":"lstm","input":3,"hidden":5,"layer_norm":true,"recurrent_dropout":0.1,"hidden_zoneout":0.125,"seed":7,"projection":2,"peepholes":true,"coupled_gates":true,"cell_clip":0.5,"cell_zoneout":0.25}""");
        Layer(new LstmLayer<float>(3, 5, seed: 7, new LstmOptions { CellZoneout = 0.25 })).Should().Be("""{"kind":"lstm","input":3,"hidden":5,"seed":7,"cell_zoneout":0.25}""");
        Layer(new GruLayer<float>(3, 5, seed: 7, new GruOptions { ResetBefore = true })).Should().Be("""{"kind":"gru","input":3,"hidden":5,"reset_before":true}""", "a layer without masks has no seed of them");
        Layer(new RnnLayer<float>(3, 5, seed: 7, options: new RnnOptions { HiddenZoneout = 0.5 })).Should().Be("""{"kind":"rnn","input":3,"hidden":5,"hidden_zoneout":0.5,"seed":7,"activation":"tanh"}""");
        Layer(new LstmLayer<float>(3, 5, options: new LstmOptions { Clip = 2.5, GateActivation = Activation.HardSigmoid(), CandidateActivation = Activation.Relu, OutputActivation = Activation.Elu(0.5) })).Should()
            .Be("""{"kind":"lstm","input":3,"hidden":5,"clip":2.5,"gate_activation":"hard_sigmoid","gate_activation_alpha":0.2,"gate_activation_beta":0.5,"candidate_activation":"relu","output_activation":"elu","output_activation_alpha":0.5}""");
        Layer(new RnnLayer<float>(3, 5, activation: Activation.LeakyRelu())).Should().Be("""{"kind":"rnn","input":3,"hidden":5,"activation":"leaky_relu","activation_alpha":0.01}""");
        Layer(new LstmLayer<float>(3, 5, options: new LstmOptions())).Should().Be("""{"kind":"lstm","input":3,"hidden":5}""");
        Layer(new GruLayer<float>(3, 5, options: new GruOptions())).Should().Be("""{"kind":"gru","input":3,"hidden":5}""");
        Layer(new RnnLayer<float>(3, 5, options: new RnnOptions())).Should().Be("""{"kind":"rnn","input":3,"hidden":5,"activation":"tanh"}""");
    }

    [Fact]
    public void Description_has_the_layers_that_have_no_numbers_too()
    {
        Layer(new DropoutLayer<float>(3, 0.1, seed: -7, DropoutMask.WholeSequence)).Should().Be("""{"kind":"dropout","size":3,"rate":0.1,"seed":-7,"mask":"whole_sequence"}""");
        Layer(new PoolingLayer<float>(3, Pooling.Max)).Should().Be("""{"kind":"pooling","size":3,"pooling":"max"}""");
        Layer(new LayerNormalizationLayer<float>(3)).Should().Be("""{"kind":"layer_norm","size":3,"epsilon":1E-05}""");
        Layer(new ReverseLayer<float>(new DropoutLayer<float>(3, 0.5, seed: 1))).Should().Be("""{"kind":"reverse","layers":[{"kind":"dropout","size":3,"rate":0.5,"seed":1,"mask":"each_step"}]}""");
        Layer(new FeedbackLayer<float>(new PoolingLayer<float>(2, Pooling.Last), 4)).Should().Be("""{"kind":"feedback","steps":4,"layers":[{"kind":"pooling","size":2,"pooling":"last"}]}""");
    }

    [Fact]
    public void Data_are_row_major_and_the_second_bias_is_zero()
    {
        var model = new LstmLayer<float>(2, 1, seed: 4);
        byte[] data = ModelBytes.DataOf(ModelBytes.Save(model));
        float[] numbers = [.. Enumerable.Range(0, data.Length / sizeof(float)).Select(i => BinaryPrimitives.ReadSingleLittleEndian(data.AsSpan(sizeof(float) * i)))];
        float[] expected =
        [
            .. Enumerable.Range(0, 8).Select(i => model.InputWeights.ToMatrix()[i / 2, i % 2]),
            .. model.RecurrentWeights.Values,
            .. model.Bias.Values,
            0, 0, 0, 0,
        ];
        numbers.Should().Equal(expected);
    }

    [Fact]
    public void Data_of_a_gated_recurrent_unit_keep_the_two_biases_of_the_candidate_apart()
    {
        var model = new GruLayer<double>(2, 1, seed: 5);
        byte[] file = ModelBytes.Save(model);
        double[] biases = [.. Enumerable.Range(0, 6).Select(i => BinaryPrimitives.ReadDoubleLittleEndian(ModelBytes.DataOf(file).AsSpan(72 + sizeof(double) * i)))];
        biases.Should().Equal([.. model.Bias.Values, 0, 0, model.CandidateBias!.Values[0]]);

        // Now with a second bias for the gates too: those of r and z are summed.
        BinaryPrimitives.WriteDoubleLittleEndian(file.AsSpan(file.Length - 24), 10);
        BinaryPrimitives.WriteDoubleLittleEndian(file.AsSpan(file.Length - 16), 20);
        ModelBytes.Seal(file);
        var loaded = (GruLayer<double>)ModelBytes.Load<double>(file).Model;
        loaded.Bias.Values.ToArray().Should().Equal(model.Bias.Values[0] + 10, model.Bias.Values[1] + 20, model.Bias.Values[2]);
        loaded.CandidateBias!.Values.ToArray().Should().Equal(model.CandidateBias.Values.ToArray());
    }

    [Fact]
    public void Checksum_is_the_SHA_256_of_the_file_with_zeros_in_its_place()
    {
        byte[] file = ModelBytes.Save(Models.Make<float>("nested")), sealedHere = [.. file];
        ModelBytes.HeaderOf(file).Should().MatchRegex("^{\"__metadata__\":{\"rnnsharp.sha256\":\"[0-9a-f]{64}\",\"rnnsharp\":");
        ModelBytes.Seal(sealedHere);
        sealedHere.Should().Equal(file);
    }

    private static string Layer(ILayer<float> layer)
    {
        const string Begin = """{"format":2,"model":""";
        string description = ModelBytes.DescriptionOf(ModelBytes.Save(layer));
        description.Should().StartWith(Begin).And.EndWith("}");
        return description[Begin.Length..^1];
    }
}

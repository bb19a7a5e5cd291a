using System.Buffers.Binary;
using System.Text;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;
using Xunit;

namespace RnnSharp.Tests.Serialization;

/// <summary>A file from outside either loads or is refused with an InvalidDataException, and takes little memory to refuse.</summary>
public sealed class HostileFileTests
{
    private const long AllocationBound = 1 << 20;

    private static readonly byte[] Good = ModelBytes.Save(new LayerStack<float>(new LstmLayer<float>(2, 3, seed: 1), new DenseLayer<float>(3, 1, seed: 2)), new() { Metadata = new Dictionary<string, string> { ["note"] = "ä" } });

    private static readonly byte[] Dense = ModelBytes.Save(new DenseLayer<float>(2, 2, seed: 1));

    /// <summary>A header, how many bytes of data follow it, and what the refusal says.</summary>
    public static TheoryData<string, int, string> Headers => new()
    {
        { "", 0, "does not start with {" },
        { " {}", 0, "does not start with {" },
        { "[]", 0, "does not start with {" },
        { "{", 0, "not valid JSON|occurs twice" },
        { "{}x", 0, "not valid JSON|occurs twice" },
        { "{}\0", 0, "not valid JSON|occurs twice" },
        { "{\"a\":1}", 0, "\"a\": expected an object, got a number" },
        { "{\"a\":null}", 0, "\"a\": expected an object, got null" },
        { "{\"a\":{}}", 0, "one is missing" },
        { "{/* */}", 0, "not valid JSON|occurs twice" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},}", 4, "not valid JSON|occurs twice" },
        { Tensor("\"F32\"", "[1]", "[0,4],\"file\":\"/etc/passwd\""), 4, "the field \"file\" is unknown" },
        { Tensor("\"F32\"", "[1]", "[0,4],\"shape\":[1]"), 4, "is unknown or occurs twice" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "not valid JSON|occurs twice" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"\\u0061\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "not valid JSON|occurs twice" },
        { "{\"__metadata__\":{},\"__metadata__\":{}}", 0, "not valid JSON|occurs twice" },
        { "{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}", 0, "not valid JSON|occurs twice" },
        { "{\"__metadata__\":{\"a\":1}}", 0, "expected a text, got a number" },
        { "{\"__metadata__\":[]}", 0, "expected an object, got an array" },
        { "{\"__metadata__\":{\"a\":\"\\ud800\"}}", 0, "not valid JSON" },
        { "{\"\\ud800\":{}}", 0, "not valid JSON" },
        { $"{{\"a\":{new string('[', 1000)}", 0, "not valid JSON|occurs twice" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[[1]],\"data_offsets\":[0,4]}}", 4, "not valid JSON|occurs twice" },
        { Tensor("32", "[1]", "[0,4]"), 4, "dtype: expected a text, got a number" },
        { Tensor("\"F31\"", "[1]", "[0,4]"), 4, "\"a\" is of \"F31\"" },
        { Tensor("\"f32\"", "[1]", "[0,4]"), 4, "\"a\" is of \"f32\"" },
        { Tensor("\"System.IO.FileInfo\"", "[1]", "[0,4]"), 4, "\"System.IO.FileInfo\"" },
        { Tensor("\"F32\"", "1", "[0,4]"), 4, "shape: expected an array" },
        { Tensor("\"F32\"", "[\"1\"]", "[0,4]"), 4, "shape: expected a number" },
        { Tensor("\"F32\"", "[-1]", "[0,4]"), 4, "got \"-1\"" },
        { Tensor("\"F32\"", "[-1,-1]", "[0,4]"), 4, "got \"-1\"" },
        { Tensor("\"F32\"", "[1.5]", "[0,4]"), 4, "got \"1.5\"" },
        { Tensor("\"F32\"", "[1e0]", "[0,4]"), 4, "got \"1e0\"" },
        { Tensor("\"F32\"", "[9223372036854775808]", "[0,4]"), 4, "got \"9223372036854775808\"" },
        { Tensor("\"F32\"", $"[{new string('9', 5000)}]", "[0,4]"), 4, "got \"9999" },
        { Tensor("\"F32\"", "[4611686018427387904,4]", "[0,0]"), 0, "larger than any file" },
        { Tensor("\"F32\"", "[4611686018427387904]", "[0,0]"), 0, "larger than any file" },
        { Tensor("\"F32\"", "[4294967296,4294967296]", "[0,0]"), 0, "larger than any file" },
        { Tensor("\"F32\"", "[2]", "[0,4]"), 4, "takes 8 bytes" },
        { Tensor("\"F32\"", "[0]", "[0,4]"), 4, "takes 0 bytes" },
        { Tensor("\"F64\"", "[1]", "[0,4]"), 4, "takes 8 bytes" },
        { Tensor("\"F32\"", "[1000000000000]", "[0,4000000000000]"), 4, "take 4000000000000 bytes, and 4 follow" },
        { Tensor("\"F32\"", "[1]", "[0]"), 4, "expected data_offsets [begin, end]" },
        { Tensor("\"F32\"", "[1]", "[0,4,8]"), 4, "data_offsets: expected at most 2 numbers" },
        { Tensor("\"F32\"", "[1]", "[4,0]"), 4, "expected data_offsets [begin, end]" },
        { Tensor("\"F32\"", "[1]", "[-4,0]"), 4, "got \"-4\"" },
        { Tensor("\"F32\"", "[1]", "[4,8]"), 8, "there is a gap" },
        { Tensor("\"F32\"", "[1]", "[9223372036854775803,9223372036854775807]"), 4, "there is a gap" },
        { Tensor("\"F32\"", "[1]", "[0,4]"), 8, "take 4 bytes, and 8 follow" },
        { Tensor("\"F32\"", "[1]", "[0,4]"), 0, "take 4 bytes, and 0 follow" },
        { "{}", 4, "take 0 bytes, and 4 follow" },
        { Two("[0,4]", "[8,12]"), 12, "\"b\": expected its data to start at 4*there is a gap" },
        { Two("[0,4]", "[0,4]"), 4, "\"b\": expected its data to start at 4*tensors overlap" },
        { Two("[2,6]", "[0,4]"), 6, "\"a\": expected its data to start at 4*tensors overlap" },
        { "{}", 0, "describes no model" },
        { Tensor("\"F32\"", "[1]", "[0,4]"), 4, "describes no model" },
        { "{\"__metadata__\":{\"format\":\"pt\"}}", 0, "describes no model" },
    };

    /// <summary>A description in the place of a dense layer's of 2 inputs and 2 outputs, and what the refusal says.</summary>
    public static TheoryData<string, string> Descriptions => new()
    {
        { "", "not valid JSON|occurs twice" },
        { "1", "expected an object" },
        { "{}", "expected the field format, got the end of the object" },
        { "{\"format\":2}", "expected the field model, got the end of the object" },
        { "{\"format\":1,\"anything\":[]}", "format version \"1\"; this version of RnnSharp reads 2" },
        { "{\"format\":\"1\"}", "format: expected a number" },
        { "{\"format\":2,\"type\":\"F32\"}", "expected the field model, got \"type\"" },
        { "{\"format\":2,\"model\":[]}", "model: expected an object" },
        { Model("{}"), "the field kind is missing" },
        { Model("{\"kind\":\"transformer\"}"), "the kind of layer \"transformer\" is unknown" },
        { Model("{\"kind\":\"RnnSharp.Layers.DenseLayer`1\"}"), "is unknown" },
        { Model("{\"kind\":\"dense\",\"input\":2}"), "the field output is missing" },
        { Model("{\"kind\":\"dense\",\"input\":2,\"output\":2,\"bias\":false}"), "the field \"bias\" is unknown" },
        { Model("{\"kind\":\"dense\",\"input\":2,\"input\":2,\"output\":2}"), "not valid JSON|occurs twice" },
        { Model("{\"kind\":\"dense\",\"input\":2,\"output\":2}").Replace("}}", "},\"x\":1}", StringComparison.Ordinal), "expected the end of the object, got a field" },
        { Model("{\"kind\":\"dense\",\"input\":0,\"output\":2}"), "input: expected a whole number of 1 to 2147483647, got \"0\"" },
        { Model("{\"kind\":\"dense\",\"input\":-2,\"output\":2}"), "got \"-2\"" },
        { Model("{\"kind\":\"dense\",\"input\":2.5,\"output\":2}"), "got \"2.5\"" },
        { Model("{\"kind\":\"dense\",\"input\":2147483648,\"output\":2}"), "got \"2147483648\"" },
        { Model("{\"kind\":\"dense\",\"input\":3,\"output\":2}"), "\"weight\" has shape [2, 2], expected [2, 3]" },
        { Model("{\"kind\":\"dense\",\"input\":2147483647,\"output\":2147483647}"), "\"weight\" has shape [2, 2], expected [2147483647, 2147483647]" },
        { Model("{\"kind\":\"lstm\",\"input\":2147483647,\"hidden\":2147483647}"), "\"weight_ih_l0\" of shape [8589934588, 2147483647] is missing" },
        { Model("{\"kind\":\"gru\",\"input\":1000000,\"hidden\":1000000}"), "\"bias_hh_l0\" of shape [3000000] is missing" },
        { Model("{\"kind\":\"rnn\",\"input\":2,\"hidden\":2,\"activation\":\"gelu\"}"), "activation: expected sigmoid or tanh or relu or linear or hard_sigmoid or softsign or softplus or elu or leaky_relu or thresholded_relu or scaled_tanh or affine, got \"gelu\"" },
        { Model("{\"kind\":\"rnn\",\"input\":2,\"hidden\":2}"), "the field activation is missing" },
        { Model("{\"kind\":\"stack\",\"layers\":[]}"), "at least one layer" },
        { Model("{\"kind\":\"stack\",\"layers\":{}}"), "layers: expected an array" },
        { Model("{\"kind\":\"stack\",\"layers\":[1]}"), "layers[0]: expected an object" },
        { Model("{\"kind\":\"stack\",\"layers\":[{\"kind\":\"dense\",\"input\":2,\"output\":2},{\"kind\":\"dense\",\"input\":3,\"output\":2}]}"), "layer 1 has 3 inputs, and the layer before it 2 outputs" },
        { Model("{\"kind\":\"stack\",\"layers\":[{\"kind\":\"dense\",\"input\":2,\"output\":2}]}"), "(4 differences)" },
        { Model("{\"kind\":\"reverse\"}"), "the field layers is missing" },
        { Model("{\"kind\":\"reverse\",\"layers\":[]}"), "layers: expected 1, got 0" },
        { Model("{\"kind\":\"reverse\",\"layers\":[{\"kind\":\"dense\",\"input\":2,\"output\":3}]}"), "\"weight\" has shape [2, 2], expected [3, 2]" },
        { Model(Both("concatenate", "{\"kind\":\"dense\",\"input\":2,\"output\":2}", "")), "layers: expected 2, got 1" },
        { Model(Both("subtract", "{\"kind\":\"dense\",\"input\":2,\"output\":2}", ",{\"kind\":\"dense\",\"input\":2,\"output\":2}")), "merge: expected concatenate or sum or average or multiply, got \"subtract\"" },
        { Model(Both("Sum", "{\"kind\":\"dense\",\"input\":2,\"output\":2}", ",{\"kind\":\"dense\",\"input\":2,\"output\":2}")), "got \"Sum\"" },
        { Model(Both("sum", "{\"kind\":\"dense\",\"input\":2,\"output\":2}", ",{\"kind\":\"dense\",\"input\":3,\"output\":2}")), "the forward layer has 2 inputs, and the backward layer 3" },
        { Model(Both("average", "{\"kind\":\"dense\",\"input\":2,\"output\":2}", ",{\"kind\":\"dense\",\"input\":2,\"output\":3}")), "the forward layer has 2 outputs, and the backward layer 3" },
        { Model(Both("concatenate", "{\"kind\":\"dense\",\"input\":2,\"output\":2147483647}", ",{\"kind\":\"dense\",\"input\":2,\"output\":2147483647}")), "4294967294 outputs, more than" },
        { Model(Both("concatenate", "{\"kind\":\"rnn\",\"input\":2,\"hidden\":2,\"activation\":\"tanh\"}", ",{\"kind\":\"gru\",\"input\":2,\"hidden\":1}")), "\"weight_ih_l0_reverse\" of shape [3, 2] is missing" },
        { Model(Both("multiply", "{\"kind\":\"dense\",\"input\":2,\"output\":2}", ",{\"kind\":\"dense\",\"input\":2,\"output\":2}")), "\"forward.weight\" of shape [2, 2] is missing" },
        { Model(string.Concat(Enumerable.Repeat("{\"kind\":\"reverse\",\"layers\":[", 33)) + "{\"kind\":\"dense\",\"input\":2,\"output\":2}" + string.Concat(Enumerable.Repeat("]}", 33))), "layers inside one another" },
        { Model(string.Concat(Enumerable.Repeat("{\"kind\":\"stack\",\"layers\":[", 33)) + "{\"kind\":\"dense\",\"input\":2,\"output\":2}" + string.Concat(Enumerable.Repeat("]}", 33))), "layers inside one another" },
        { Model("{\"kind\":\"dropout\",\"size\":2,\"rate\":0.5,\"seed\":1,\"mask\":\"each_step\"}"), "(2 differences)" },
        { Model("{\"kind\":\"dropout\",\"size\":2147483647,\"rate\":0.5,\"seed\":-2147483648,\"mask\":\"whole_sequence\"}"), "(2 differences)" },
        { Model("{\"kind\":\"dropout\",\"size\":0,\"rate\":0.5,\"seed\":1,\"mask\":\"each_step\"}"), "size: expected a whole number of 1 to 2147483647, got \"0\"" },
        { Model("{\"kind\":\"dropout\",\"size\":2,\"rate\":1,\"seed\":1,\"mask\":\"each_step\"}"), "rate: expected at least 0 and below 1, got \"1\"" },
        { Model("{\"kind\":\"dropout\",\"size\":2,\"rate\":-0.5,\"seed\":1,\"mask\":\"each_step\"}"), "rate: expected at least 0 and below 1, got \"-0.5\"" },
        { Model("{\"kind\":\"dropout\",\"size\":2,\"rate\":1e999,\"seed\":1,\"mask\":\"each_step\"}"), "rate: expected a number within double's range, got \"1e999\"" },
        { Model("{\"kind\":\"dropout\",\"size\":2,\"rate\":\"0.5\",\"seed\":1,\"mask\":\"each_step\"}"), "rate: expected a number, got a text" },
        { Model("{\"kind\":\"dropout\",\"size\":2,\"rate\":0.5,\"seed\":2147483648,\"mask\":\"each_step\"}"), "seed: expected a whole number of -2147483648 to 2147483647, got \"2147483648\"" },
        { Model("{\"kind\":\"dropout\",\"size\":2,\"rate\":0.5,\"seed\":0.5,\"mask\":\"each_step\"}"), "seed: expected a whole number" },
        { Model("{\"kind\":\"dropout\",\"size\":2,\"rate\":0.5,\"seed\":null,\"mask\":\"each_step\"}"), "seed: expected a number, got null" },
        { Model("{\"kind\":\"dropout\",\"size\":2,\"rate\":0.5,\"mask\":\"each_step\"}"), "the field seed is missing" },
        { Model("{\"kind\":\"dropout\",\"size\":2,\"rate\":0.5,\"seed\":1,\"mask\":\"EachStep\"}"), "mask: expected each_step or whole_sequence, got \"EachStep\"" },
        { Model("{\"kind\":\"dropout\",\"size\":2,\"rate\":0.5,\"seed\":1,\"mask\":\"each_step\",\"scale\":2}"), "the field \"scale\" is unknown" },
        { Model("{\"kind\":\"layer_norm\",\"size\":2}"), "the field epsilon is missing" },
        { Model("{\"kind\":\"layer_norm\",\"size\":2,\"epsilon\":0}"), "epsilon: expected a number above 0 within float's range, got \"0\"" },
        { Model("{\"kind\":\"layer_norm\",\"size\":2,\"epsilon\":-1e-5}"), "epsilon: expected a number above 0" },
        { Model("{\"kind\":\"layer_norm\",\"size\":2,\"epsilon\":1e-60}"), "within float's range" },
        { Model("{\"kind\":\"layer_norm\",\"size\":2,\"epsilon\":1e60}"), "within float's range" },
        { Model("{\"kind\":\"layer_norm\",\"size\":2,\"epsilon\":1e-5}"), "\"weight\" has shape [2, 2], expected [2]" },
        { Model("{\"kind\":\"layer_norm\",\"size\":2147483647,\"epsilon\":1e-5}"), "expected [2147483647]" },
        { Model("{\"kind\":\"pooling\",\"size\":2,\"pooling\":\"first\"}"), "pooling: expected last or mean or max, got \"first\"" },
        { Model("{\"kind\":\"pooling\",\"size\":2}"), "the field pooling is missing" },
        { Model("{\"kind\":\"pooling\",\"size\":2,\"pooling\":\"max\"}"), "(2 differences)" },
        { Model("{\"kind\":\"residual\",\"layers\":[]}"), "layers: expected 1, got 0" },
        { Model("{\"kind\":\"residual\",\"layers\":[{\"kind\":\"dense\",\"input\":2,\"output\":2},{\"kind\":\"dense\",\"input\":2,\"output\":2}]}"), "layers: expected 1, got more" },
        { Model("{\"kind\":\"residual\",\"layers\":[{\"kind\":\"dense\",\"input\":2,\"output\":3}]}"), "the inner layer has 2 inputs and 3 outputs" },
        { Model("{\"kind\":\"residual\",\"layers\":[{\"kind\":\"dense\",\"input\":2,\"output\":2}]}"), "\"0.weight\" of shape [2, 2] is missing" },
        { Model(string.Concat(Enumerable.Repeat("{\"kind\":\"residual\",\"layers\":[", 33)) + "{\"kind\":\"dense\",\"input\":2,\"output\":2}" + string.Concat(Enumerable.Repeat("]}", 33))), "layers inside one another" },
        { Model("{\"kind\":\"embedding\",\"vocabulary\":2}"), "the field size is missing" },
        { Model("{\"kind\":\"embedding\",\"vocabulary\":2,\"size\":2,\"padding\":2}"), "padding: expected a whole number of 0 to 1, got \"2\"" },
        { Model("{\"kind\":\"embedding\",\"vocabulary\":2,\"size\":2,\"padding\":-1}"), "got \"-1\"" },
        { Model("{\"kind\":\"embedding\",\"vocabulary\":2,\"size\":2,\"padding\":null}"), "padding: expected a number" },
        { Model("{\"kind\":\"embedding\",\"vocabulary\":2,\"size\":2}"), "\"bias\" of shape [2] and dtype F32 is unexpected" },
        { Model("{\"kind\":\"embedding\",\"vocabulary\":2147483647,\"size\":2147483647}"), "expected [2147483647, 2147483647]" },
        { Model("{\"kind\":\"dense\",\"input\":2,\"output\":2,\"tied\":1}"), "tied: expected a text" },
        { Model("{\"kind\":\"dense\",\"input\":2,\"output\":2,\"tied\":\"weight\"}"), "\"weight\" is tied to \"weight\", which is not a matrix of a layer before it" },
        { Model("{\"kind\":\"stack\",\"layers\":[{\"kind\":\"dense\",\"input\":2,\"output\":2,\"tied\":\"1.weight\"},{\"kind\":\"dense\",\"input\":2,\"output\":2}]}"), "\"0.weight\" is tied to \"1.weight\", which is not a matrix of a layer before it" },
        { Model("{\"kind\":\"stack\",\"layers\":[{\"kind\":\"dense\",\"input\":2,\"output\":2},{\"kind\":\"dense\",\"input\":2,\"output\":2,\"tied\":\"0.bias\"}]}"), "which is not a matrix of a layer before it" },
        { Model("{\"kind\":\"stack\",\"layers\":[{\"kind\":\"dense\",\"input\":2,\"output\":2},{\"kind\":\"dense\",\"input\":2,\"output\":2,\"tied\":\"0.weight\"},{\"kind\":\"dense\",\"input\":2,\"output\":2,\"tied\":\"1.weight\"}]}"), "\"2.weight\" is tied to \"1.weight\"" },
        { Model("{\"kind\":\"stack\",\"layers\":[{\"kind\":\"lstm\",\"input\":2,\"hidden\":2},{\"kind\":\"dense\",\"input\":2,\"output\":2,\"tied\":\"0.weight_hh\"}]}"), "of shape [8, 2], expected [2, 2]" },
        { Model("{\"kind\":\"feedback\",\"steps\":0,\"layers\":[{\"kind\":\"dense\",\"input\":2,\"output\":2}]}"), "steps: expected a whole number of 1 to 2147483647, got \"0\"" },
        { Model("{\"kind\":\"feedback\",\"steps\":2,\"layers\":[{\"kind\":\"dense\",\"input\":2,\"output\":3}]}"), "cannot be fed back" },
        { Model("{\"kind\":\"stack\",\"layers\":[{\"kind\":\"dense\",\"input\":2,\"output\":2},{\"kind\":\"embedding\",\"vocabulary\":2,\"size\":2}]}"), "layer 1 takes only tokens" },
        { Model("{\"kind\":\"feedback\",\"steps\":2,\"layers\":[{\"kind\":\"reverse\",\"layers\":[{\"kind\":\"embedding\",\"vocabulary\":2,\"size\":2}]}]}"), "the inner layer takes only tokens, and its output is fed back" },
        { Model("{\"kind\":\"residual\",\"layers\":[{\"kind\":\"stack\",\"layers\":[{\"kind\":\"embedding\",\"vocabulary\":2,\"size\":2}]}]}"), "the inner layer takes only tokens, which cannot be added" },
        { Model("{\"kind\":\"feedback\",\"steps\":2,\"layer\":[]}"), "\"layer\": expected a number, a text or a flag, got an array" },
        { Model("{\"kind\":\"encoder-decoder\",\"layers\":[{\"kind\":\"dense\",\"input\":2,\"output\":2}]}"), "layers: expected 2, got 1" },
        { Recurrent("lstm", "\"projection\":0"), "projection: expected a whole number of 1 to 2147483647, got \"0\"" },
        { Recurrent("lstm", "\"projection\":3"), "model: expected a ProjectionSize of 1 to 2 (the hidden size), got 3" },
        { Recurrent("lstm", "\"projection\":1.5"), "got \"1.5\"" },
        { Recurrent("lstm", "\"projection\":true"), "projection: expected a number, got true" },
        { Recurrent("lstm", "\"projection\":1"), "\"weight_hr_l0\" of shape [1, 2] is missing" },
        { Recurrent("lstm", "\"peepholes\":1"), "peepholes: expected true or false" },
        { Recurrent("lstm", "\"peepholes\":null"), "peepholes: expected true or false" },
        { Recurrent("lstm", "\"peepholes\":true"), "\"weight_peephole\" of shape [6] is missing" },
        { Recurrent("lstm", "\"peepholes\":true,\"coupled_gates\":true"), "\"weight_peephole\" of shape [4] is missing" },
        { Recurrent("lstm", "\"coupled_gates\":\"yes\""), "coupled_gates: expected true or false" },
        { Recurrent("lstm", "\"coupled_gates\":true"), "\"weight_ih_l0\" of shape [6, 2] is missing" },
        { Recurrent("lstm", "\"cell_clip\":0"), "model: expected a CellClip above 0 within float's range, got 0" },
        { Recurrent("lstm", "\"cell_clip\":-1"), "a CellClip above 0 within float's range, got -1" },
        { Recurrent("lstm", "\"cell_clip\":1e-60"), "a CellClip above 0 within float's range, got 1E-60" },
        { Recurrent("lstm", "\"cell_clip\":1e60"), "a CellClip above 0 within float's range, got 1E+60" },
        { Recurrent("lstm", "\"cell_clip\":1e999"), "cell_clip: expected a number within double's range" },
        { Recurrent("lstm", "\"cell_clip\":null"), "cell_clip: expected a number, got null" },
        { Recurrent("lstm", "\"clip\":0"), "model: expected a Clip above 0 within float's range, got 0" },
        { Recurrent("gru", "\"clip\":-1"), "a Clip above 0 within float's range, got -1" },
        { Recurrent("rnn", "\"activation\":\"tanh\",\"clip\":1e60"), "a Clip above 0 within float's range, got 1E+60" },
        { Recurrent("lstm", "\"clip\":\"1\""), "clip: expected a number, got a text" },
        { Recurrent("lstm", "\"gate_activation\":\"swish\""), "gate_activation: expected sigmoid or tanh or relu" },
        { Recurrent("lstm", "\"gate_activation\":4"), "gate_activation: expected a text, got a number" },
        { Recurrent("lstm", "\"gate_activation\":\"tanh\",\"gate_activation_alpha\":1"), "the field \"gate_activation_alpha\" is unknown" },
        { Recurrent("lstm", "\"gate_activation_alpha\":1"), "the field \"gate_activation_alpha\" is unknown" },
        { Recurrent("lstm", "\"output_activation\":\"hard_sigmoid\",\"output_activation_alpha\":1"), "the field output_activation_beta is missing" },
        { Recurrent("lstm", "\"output_activation\":\"elu\",\"output_activation_alpha\":-1"), "model: Expected at least 0, got -1" },
        { Recurrent("gru", "\"candidate_activation\":\"elu\""), "the field candidate_activation_alpha is missing" },
        { Recurrent("gru", "\"candidate_activation\":\"affine\",\"candidate_activation_alpha\":1e60,\"candidate_activation_beta\":0"), "within float's range, got 1E+60" },
        { Recurrent("gru", "\"output_activation\":\"tanh\""), "the field \"output_activation\" is unknown" },
        { Recurrent("rnn", "\"activation\":\"scaled_tanh\",\"activation_alpha\":0,\"activation_beta\":1"), "Expected a number other than 0" },
        { Recurrent("indrnn", "\"activation\":\"leaky_relu\",\"activation_alpha\":null"), "activation_alpha: expected a number, got null" },
        { Recurrent("lstm", "\"cell_zoneout\":1,\"seed\":1"), "a CellZoneout of at least 0 and below 1, got 1" },
        { Recurrent("lstm", "\"cell_zoneout\":-0.5"), "a CellZoneout of at least 0 and below 1, got -0.5" },
        { Recurrent("lstm", "\"cell_zoneout\":0.5"), "the field seed is missing" },
        { Recurrent("lstm", "\"hidden_zoneout\":0.5"), "the field seed is missing" },
        { Recurrent("lstm", "\"recurrent_dropout\":0.5"), "the field seed is missing" },
        { Recurrent("lstm", "\"hidden_zoneout\":1.5,\"seed\":1"), "a HiddenZoneout of at least 0 and below 1, got 1.5" },
        { Recurrent("lstm", "\"recurrent_dropout\":1,\"seed\":1"), "a RecurrentDropout of at least 0 and below 1, got 1" },
        { Recurrent("lstm", "\"recurrent_dropout\":\"0.5\",\"seed\":1"), "recurrent_dropout: expected a number, got a text" },
        { Recurrent("lstm", "\"recurrent_dropout\":0.5,\"seed\":2147483648"), "seed: expected a whole number of -2147483648 to 2147483647, got \"2147483648\"" },
        { Recurrent("lstm", "\"peepholes\":true,\"seed\":1"), "the field \"seed\" is unknown" },
        { Recurrent("lstm", "\"layer_norm\":0"), "layer_norm: expected true or false" },
        { Recurrent("lstm", "\"layer_norm\":true"), "\"weight_norm\" of shape [8] is missing" },
        { Recurrent("lstm", "\"reset_before\":true"), "the field \"reset_before\" is unknown" },
        { Recurrent("gru", "\"reset_before\":\"true\""), "reset_before: expected true or false" },
        { Recurrent("gru", "\"reset_before\":true,\"layer_norm\":true"), "model: expected ResetBefore or LayerNormalization" },
        { Recurrent("gru", "\"layer_norm\":true"), "\"weight_norm\" of shape [8] is missing" },
        { Recurrent("gru", "\"hidden_zoneout\":-1,\"seed\":1"), "a HiddenZoneout of at least 0 and below 1, got -1" },
        { Recurrent("gru", "\"peepholes\":true"), "the field \"peepholes\" is unknown" },
        { Recurrent("gru", "\"projection\":1"), "the field \"projection\" is unknown" },
        { Recurrent("rnn", "\"activation\":\"tanh\",\"recurrent_dropout\":1,\"seed\":1"), "a RecurrentDropout of at least 0 and below 1, got 1" },
        { Recurrent("indrnn", "\"activation\":\"tanh\",\"recurrent_dropout\":0.5,\"seed\":1"), "model: expected no RecurrentDropout, because the cell has no recurrent weights, got 0.5" },
        { Recurrent("rnn", "\"activation\":\"tanh\",\"layer_norm\":true"), "\"weight_norm\" of shape [2] is missing" },
        { Recurrent("rnn", "\"activation\":\"tanh\",\"cell_clip\":1"), "the field \"cell_clip\" is unknown" },
        { Model("{\"kind\":\"lstm\",\"input\":1,\"hidden\":2147483647,\"projection\":2147483647,\"peepholes\":true,\"layer_norm\":true}"), "\"weight_hr_l0\" of shape [2147483647, 2147483647] is missing" },
        { Model("{\"kind\":\"lstm\",\"input\":1,\"hidden\":2147483647,\"projection\":1,\"peepholes\":true}"), "\"weight_peephole\" of shape [6442450941] is missing" },
        { Model("{\"kind\":\"gru\",\"input\":1,\"hidden\":2147483647,\"layer_norm\":true}"), "\"weight_norm\" of shape [8589934588] is missing" },
        { new string('[', 1000), "expected an object, got an array" },
        { Model("{\"kind\":\"\\ud800\"}"), "not valid JSON|Unicode" },
    };

    [Theory]
    [MemberData(nameof(Headers))]
    public void A_wrong_header_is_rejected(string header, int dataLength, string message) => Refused(ModelBytes.Of(header, new byte[dataLength]), message);

    [Theory]
    [MemberData(nameof(Descriptions))]
    public void A_wrong_description_is_rejected(string description, string message) =>
        Refused(WithDescription(description), message);

    [Fact]
    public void The_rejected_descriptions_are_wrong_in_one_thing_only() =>
        ModelBytes.Load<float>(WithDescription(Model("{\"kind\":\"dense\",\"input\":2,\"output\":2}"))).Model.Should().BeOfType<DenseLayer<float>>();

    [Fact]
    public void Recurrent_dropout_of_a_custom_cell_without_recurrent_weights_is_rejected()
    {
        var options = new ModelLoadOptions { Formats = LayerFormats.BuiltIn.Add(new CustomRecurrentFormat<IndRnnEquations<ReluActivation>>("custom")) };
        byte[] file = WithDescription(Recurrent("custom", "\"recurrent_dropout\":0.5,\"seed\":1"));
        Action load = () => ModelBytes.Load<float>(file, options);
        load.Should().Throw<InvalidDataException>().WithMessage("*model: expected no RecurrentDropout, because the cell has no recurrent weights, got 0.5.");
    }

    [Fact]
    public void An_encoder_without_a_state_is_rejected()
    {
        byte[] file = ModelBytes.WithHeader(ModelBytes.Save(new LayerStack<float>(new DenseLayer<float>(2, 2, seed: 1), new DenseLayer<float>(2, 2, seed: 2))), header =>
        {
            string tensors = header[header.IndexOf("\"0.weight\"", StringComparison.Ordinal)..].Replace("\"0.", "\"encoder.", StringComparison.Ordinal).Replace("\"1.", "\"decoder.", StringComparison.Ordinal);
            return header[..header.IndexOf("\"0.weight\"", StringComparison.Ordinal)] + tensors;
        });
        const string Part = "{\"kind\":\"dense\",\"input\":2,\"output\":2}";
        file = ModelBytes.WithDescription(file, Model($"{{\"kind\":\"encoder-decoder\",\"layers\":[{Part},{Part}]}}"));
        Refused(file, "cannot be created*with a state");
    }

    [Fact]
    public void A_file_cut_off_anywhere_is_rejected()
    {
        for (int length = 0; length < Good.Length; length++) Refused(Good[..length], "");
        Refused([.. Good, 0], "follow its header");
    }

    [Theory]
    [InlineData(ulong.MaxValue, "at most 100000000")]
    [InlineData(1UL << 63, "at most 100000000")]
    [InlineData(100_000_001UL, "at most 100000000")]
    [InlineData(100_000_000UL, "ModelLimits.HeaderBytes")]
    [InlineData(1UL << 16, "truncated")]
    [InlineData(0UL, "does not start with {")]
    public void A_wrong_header_length_is_rejected(ulong length, string message)
    {
        byte[] file = [.. Good];
        BinaryPrimitives.WriteUInt64LittleEndian(file, length);
        Refused(file, message);
    }

    [Fact]
    public void Every_unknown_number_type_is_named() =>
        Refused(ModelBytes.Of("{\"a\":{\"dtype\":\"Q4\",\"shape\":[1],\"data_offsets\":[0,1]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[1,5]},\"c\":{\"dtype\":\"Q8\",\"shape\":[1],\"data_offsets\":[5,6]}}", new byte[6]), "\"a\" is of \"Q4\"; \"c\" is of \"Q8\"");

    [Fact]
    public void Text_that_is_not_UTF8_is_rejected()
    {
        byte[] file = [.. Good];
        int at = file.AsSpan().IndexOf(Encoding.UTF8.GetBytes("ä"));
        file[at] = 0xFF;
        Refused(file, "JSON|Unicode");
    }

    [Fact]
    public void A_stream_that_cannot_seek_is_checked_as_well()
    {
        byte[] file = [.. Good];
        BinaryPrimitives.WriteUInt64LittleEndian(file, 1_000_000);
        using var pipe = new System.IO.Compression.DeflateStream(new MemoryStream(Deflated(file)), System.IO.Compression.CompressionMode.Decompress);
        Action load = () => ModelFile.Load<float>(pipe);
        load.Should().Throw<InvalidDataException>().WithMessage("*truncated*");

        static byte[] Deflated(byte[] bytes)
        {
            using var target = new MemoryStream();
            using (var deflate = new System.IO.Compression.DeflateStream(target, System.IO.Compression.CompressionLevel.Fastest)) deflate.Write(bytes);
            return target.ToArray();
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_file_with_changed_bytes_loads_or_is_rejected(int seed)
    {
        var random = new Random(seed);
        int headerEnd = Good.Length - ModelBytes.DataOf(Good).Length;
        int loaded = 0;
        int refused = 0;
        for (int i = 0; i < 1500; i++)
        {
            byte[] file = [.. Good];
            // Mostly the header, where the danger is.
            int at = random.Next(random.Next(8) == 0 ? file.Length : headerEnd);
            file[at] = (byte)random.Next(256);
            if (LoadsOrIsRefused(file)) loaded++;
            else refused++;
        }

        loaded.Should().BePositive();
        refused.Should().BePositive();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_file_with_changed_digits_or_missing_pieces_loads_or_is_rejected(int seed)
    {
        var random = new Random(seed);
        for (int i = 0; i < 1000; i++)
        {
            byte[] file = ModelBytes.WithHeader(Good, header =>
            {
                var text = new StringBuilder(header);
                int[] digits = [.. Enumerable.Range(0, header.Length).Where(k => char.IsAsciiDigit(header[k]))];
                for (int n = random.Next(1, 4); n > 0; n--) text[digits[random.Next(digits.Length)]] = (char)('0' + random.Next(10));
                if (random.Next(2) == 0)
                {
                    int from = random.Next(text.Length);
                    string piece = text.ToString(from, Math.Min(random.Next(60), text.Length - from));
                    if (random.Next(2) == 0) text.Remove(from, piece.Length);
                    text.Insert(random.Next(text.Length), piece);
                }

                return text.ToString();
            });
            LoadsOrIsRefused(file);
        }
    }

    [Fact]
    public void A_memory_that_no_tensor_backs_takes_little_memory_to_load()
    {
        byte[] file = ModelBytes.Save(new EncoderDecoder<float>(new GruLayer<float>(1, 1, seed: 1), new LayerStack<float>(new GruLayer<float>(1, 1, seed: 2), new AttentionLayer<float>(1, 1, 4, seed: 3, new() { Score = AttentionScore.Dot }))));
        const string Steps = "\"memory_steps\":";
        string description = ModelBytes.DescriptionOf(file), changed = description.Replace($"{Steps}4", $"{Steps}100000000", StringComparison.Ordinal);
        changed.Should().NotBe(description);
        LoadsOrIsRefused(ModelBytes.WithDescription(file, changed)).Should().BeTrue("a model may have so large a memory");
    }

    private static string Tensor(string type, string shape, string offsets) => $"{{\"a\":{{\"dtype\":{type},\"shape\":{shape},\"data_offsets\":{offsets}}}}}";

    private static string Two(string first, string second) => $"{{\"a\":{{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":{first}}},\"b\":{{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":{second}}}}}";

    private static string Model(string model) => $"{{\"format\":2,\"model\":{model}}}";

    private static string Recurrent(string kind, string options) => Model($"{{\"kind\":\"{kind}\",\"input\":2,\"hidden\":2,{options}}}");

    private static string Both(string merge, string forward, string backward) => $"{{\"kind\":\"bidirectional\",\"merge\":\"{merge}\",\"layers\":[{forward}{backward}]}}";

    private static byte[] WithDescription(string description) => ModelBytes.WithDescription(Dense, description);

    private static void Refused(byte[] file, string messages)
    {
        LoadsOrIsRefused(file, out string? message).Should().BeFalse();
        messages.Split('|').Any(part => part.Split('*').All(piece => message!.Contains(piece, StringComparison.Ordinal))).Should().BeTrue("the message is: {0}", message);
    }

    private static bool LoadsOrIsRefused(byte[] file) => LoadsOrIsRefused(file, out _);

    private static bool LoadsOrIsRefused(byte[] file, out string? message)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        message = null;
        try
        {
            ModelFile.Load<float>(new MemoryStream(file));
        }
        catch (InvalidDataException exception)
        {
            message = exception.Message;
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        if (allocated > AllocationBound) throw new Xunit.Sdk.XunitException($"A file of {file.Length} bytes took {allocated} bytes: {message ?? "it loaded"}");
        return message is null;
    }
}

using System.Text;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Quantization;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;
using RnnSharp.Tests.Recurrent;
using RnnSharp.Tests.Serialization;
using Xunit;

namespace RnnSharp.Tests.Quantization;

/// <summary>Quantized models in files.</summary>
public sealed class QuantizedFileTests
{
    public static TheoryData<string, QuantizedType> Cases => QuantizedModelTests.Cases;

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_saved_model_loads_with_the_same_bits(string name, QuantizedType type)
    {
        ILayer<float> model = QuantizedModels.Quantized(name, type);
        byte[] file = ModelBytes.Save(model);
        ILayer<float> loaded = ModelBytes.Load<float>(file).Model;
        loaded.ToString().Should().Be(model.ToString());
        foreach (bool tokens in (bool[])[false, true])
        {
            Sequence<float> input = QuantizedModels.InputFor(name, 3, 4, ragged: true, tokens);
            Bits.ShouldBeSame<float>(loaded.Predict(input).Values, model.Predict(input).Values, name);
        }

        ModelBytes.Save(loaded).Should().Equal(file);
        ModelFile.Describe(loaded).Should().Be(ModelFile.Describe(model));
    }

    [Fact]
    public void A_file_and_the_memory_are_a_quarter_or_half_of_the_float_models()
    {
        ILayer<float> model = new LayerStack<float>(new EmbeddingLayer<float>(100, 200, seed: 1), new LstmLayer<float>(200, 256, 2), new GruLayer<float>(256, 256, 3), new DenseLayer<float>(256, 100, 4));
        int whole = ModelBytes.Save(model).Length;
        (ModelBytes.Save(model.Quantize()).Length / (double)whole).Should().BeInRange(0.24, 0.27);
        (ModelBytes.Save(model.Quantize(new QuantizationOptions { Type = QuantizedType.BFloat16 })).Length / (double)whole).Should().BeInRange(0.49, 0.51);
        QuantizationReport report = QuantizationReport.Compare(model, model.Quantize(), [Sequence<float>.FromTokens([[1, 2, 3]], 100)]);
        ((double)report.QuantizedBytes / report.ModelBytes).Should().BeInRange(0.24, 0.27);
    }

    [Fact]
    public void Tensors_are_stored_in_the_types_of_the_format_under_pytorchs_names()
    {
        byte[] file = ModelBytes.Save(new LayerStack<float>(new LstmLayer<float>(3, 4, 1), new DenseLayer<float>(4, 2, 2)).Quantize());
        string header = ModelBytes.HeaderOf(file);
        header.Should().Contain("""
            "0.weight_ih_l0":{"dtype":"I8","shape":[16,3]
            """).And.Contain("""
            "0.weight_ih_l0_scale":{"dtype":"F32","shape":[16]
            """).And.Contain("""
            "1.bias":{"dtype":"F32","shape":[2]
            """).And.Contain("quantized_lstm");
        ModelBytes.HeaderOf(ModelBytes.Save(new GruLayer<float>(3, 4, 1).Quantize(new() { Type = QuantizedType.Float16 }))).Should().Contain("""
            "weight_hh_l0":{"dtype":"F16","shape":[12,4]
            """).And.Contain("""
            "bias":{"dtype":"F32","shape":[16]
            """);
    }

    [Fact]
    public void Files_that_do_not_fit_their_description_are_refused()
    {
        byte[] file = ModelBytes.Save(new LayerStack<float>(new GruLayer<float>(3, 4, 1), new DenseLayer<float>(4, 2, 2)).Quantize());
        Refused(ModelBytes.WithHeader(file, header => header.Replace("\"I8\",\"shape\":[12,3]", "\"U8\",\"shape\":[12,3]", StringComparison.Ordinal)), "*has dtype U8, expected I8*");
        Refused(ModelBytes.WithHeader(file, header => header.Replace("\"I8\",\"shape\":[12,3]", "\"I8\",\"shape\":[3,12]", StringComparison.Ordinal)), "*shape [3, 12], expected [12, 3]*");
        Description(file, "\"int8\"", "\"int4\"", "*weights: expected int8 or bfloat16 or float16*");
        Description(file, "\"int8\"", "\"float16\"", "*expected F16*");
        Description(file, "\"hidden\":4", "\"hidden\":2000000000", "*");
        Description(file, "\"hidden\":4", "\"hidden\":4,\"reset_before\":true", "*not supported in a quantized layer*");
        Description(file, "\"hidden\":4", "\"hidden\":4,\"layer_norm\":true", "*not supported in a quantized layer*");
        byte[] infinite = [.. file];
        BitConverter.TryWriteBytes(infinite.AsSpan(infinite.Length - ModelBytes.DataOf(file).Length), float.PositiveInfinity);
        ModelBytes.Seal(infinite);
        Action load = () => ModelBytes.Load<float>(infinite, new() { AllowNonFinite = true });
        load.Should().Throw<InvalidDataException>().WithMessage("*expected finite numbers*");

        static void Description(byte[] file, string old, string now, string message)
        {
            string text = ModelBytes.DescriptionOf(file);
            text.Should().Contain(old);
            int at = text.IndexOf(old, StringComparison.Ordinal);
            Refused(ModelBytes.WithDescription(file, new StringBuilder(text).Replace(old, now, at, old.Length).ToString()), message);
        }

        static void Refused(byte[] file, string message)
        {
            Action load = () => ModelBytes.Load<float>(file);
            load.Should().Throw<InvalidDataException>().WithMessage(message);
        }
    }

    [Fact]
    public void Codes_and_scales_that_Quantize_never_writes_are_refused()
    {
        byte[] file = ModelBytes.Save(new LayerStack<float>(new GruLayer<float>(3, 4, 1), new DenseLayer<float>(4, 2, 2)).Quantize());
        byte[] code = [.. file], scale = [.. file];
        code[^1] = 0x80;
        BitConverter.TryWriteBytes(scale.AsSpan(scale.Length - ModelBytes.DataOf(file).Length), -1f);
        foreach ((byte[] bad, string message) in (ReadOnlySpan<(byte[], string)>)[(code, "*expected at least -127, got -128*"), (scale, "*_scale*expected at least 0, got -1*")])
        {
            ModelBytes.Seal(bad);
            ((Action)(() => ModelBytes.Load<float>(bad))).Should().Throw<InvalidDataException>().WithMessage(message);
        }
    }

    [Theory]
    [InlineData(QuantizedType.Int8)]
    [InlineData(QuantizedType.Float16)]
    public void The_limit_of_bytes_counts_the_padding_of_packed_weights(QuantizedType type)
    {
        ILayer<float>[] models = [new LstmLayer<float>(1000, 1, 1), new LstmLayer<float>(9, 20, 1, new() { Peepholes = true, ProjectionSize = 3 }), new GruLayer<float>(1000, 3, 1), new RnnLayer<float>(9, 20, 1), new DenseLayer<float>(1000, 1, 1), new EmbeddingLayer<float>(7, 5, seed: 1)];
        foreach (ILayer<float> model in models)
        {
            var quantized = (QuantizedLayer)model.Quantize(new() { Type = type });
            byte[] file = ModelBytes.Save(quantized);
            ModelBytes.Load<float>(file, new() { Limits = new() { ParameterBytes = quantized.Bytes } }).Model.ToString().Should().Be(quantized.ToString());
            ((Action)(() => ModelBytes.Load<float>(file, new() { Limits = new() { ParameterBytes = quantized.Bytes - 1 } }))).Should().Throw<InvalidDataException>().WithMessage($"*take {quantized.Bytes} bytes*ParameterBytes*");
            ((Action)(() => ModelBytes.Save(quantized, new() { Limits = new() { ParameterBytes = quantized.Bytes - 1 } }))).Should().Throw<ArgumentException>().WithMessage("*ParameterBytes*");
        }
    }

    [Fact]
    public void Only_ModelFile_and_only_float_take_a_quantized_model()
    {
        ILayer<float> model = new DenseLayer<float>(3, 4, 1).Quantize();
        byte[] file = ModelBytes.Save(model);
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        ((Action)(() => ModelBytes.Load<double>(file))).Should().Throw<InvalidDataException>().WithMessage("*Expected float*");
        ((Action)(() => ModelFile.LoadInto(model, new MemoryStream(file)))).Should().Throw<ArgumentException>().WithMessage("*not quantized*").WithParameterName("model");
        ((Action)(() => ModelFile.Create<float>(ModelFile.Describe(model)))).Should().Throw<InvalidDataException>().WithMessage("*not quantized*");
        ((Action)(() => ModelConverter.Convert<float, double>(model))).Should().Throw<ArgumentException>().WithMessage("*not quantized*").WithParameterName("model");
        ((Action)(() => NumpyFile.SaveModel(model, path))).Should().Throw<ArgumentException>().WithMessage("*not quantized*").WithParameterName("model");
        File.Exists(path).Should().BeFalse();
    }
}

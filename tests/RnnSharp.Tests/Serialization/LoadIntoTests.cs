using System.Numerics;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;
using Xunit;

namespace RnnSharp.Tests.Serialization;

public sealed class LoadIntoTests
{
    public static TheoryData<string> Kinds => [.. Models.Kinds];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_model_takes_the_numbers_of_another(string kind)
    {
        ILayer<double> source = Models.Make<double>(kind, seed: 1);
        ILayer<double> target = Models.Make<double>(kind, seed: 50);
        long[] versions = [.. target.Parameters.Select(parameter => parameter.Version)];
        ModelFile.LoadInto(target, new MemoryStream(ModelBytes.Save(source)));
        Models.Describe(target).Should().Be(Models.Describe(source));
        target.Parameters.Zip(versions).Should().NotContain(pair => pair.First.Version <= pair.Second, "packed copies of the old numbers must not be used");
    }

    [Fact]
    public void A_path_works_like_a_stream()
    {
        using var folder = new TemporaryFolder();
        ILayer<float> source = Models.Make<float>("gru");
        ModelFile.Save(source, folder["a"], new() { Metadata = new Dictionary<string, string> { ["note"] = "x" } });
        ILayer<float> target = Models.Make<float>("gru", seed: 50);
        ModelFile.LoadInto(target, folder["a"]).Should().Equal(new Dictionary<string, string> { ["note"] = "x" });
        Models.Describe(target).Should().Be(Models.Describe(source));
    }

    [Fact]
    public void The_file_need_not_come_from_RnnSharp()
    {
        byte[] file = ModelBytes.Of("""{"bias":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"__metadata__":{"format":"pt"},"weight":{"dtype":"F64","shape":[1,2],"data_offsets":[4,20]}}   """,
            [.. BitConverter.GetBytes(1.5f), .. BitConverter.GetBytes(2.5), .. BitConverter.GetBytes(-3.5)]);
        var model = new DenseLayer<float>(2, 1);
        ModelFile.LoadInto(model, new MemoryStream(file)).Should().Equal(new Dictionary<string, string> { ["format"] = "pt" });
        model.Weights.Values.ToArray().Should().Equal(2.5f, -3.5f);
        model.Bias.Values.ToArray().Should().Equal(1.5f);

        Action load = () => ModelBytes.Load<float>(file);
        load.Should().Throw<InvalidDataException>().WithMessage("*LoadInto*");
    }

    [Fact]
    public void Sixteen_bit_numbers_are_converted()
    {
        byte[] halves = [.. BitConverter.GetBytes((Half)1.5f), .. BitConverter.GetBytes(Half.MinValue), .. BitConverter.GetBytes(Half.Epsilon)];
        byte[] upper = [.. BitConverter.GetBytes(-1.5f)[2..], .. BitConverter.GetBytes(float.PositiveInfinity)[2..], .. BitConverter.GetBytes(1e38f)[2..]];
        byte[] file = ModelBytes.Of("""{"weight":{"dtype":"F16","shape":[3,1],"data_offsets":[0,6]},"bias":{"dtype":"BF16","shape":[3],"data_offsets":[6,12]}}""", [.. halves, .. upper]);
        var single = new DenseLayer<float>(1, 3);
        ModelFile.LoadInto(single, new MemoryStream(file), new() { AllowNonFinite = true });
        single.Weights.Values.ToArray().Should().Equal(1.5f, -65504f, (float)Half.Epsilon);
        single.Bias.Values.ToArray().Should().Equal(-1.5f, float.PositiveInfinity, BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(1e38f) & ~0xFFFF));
        var wide = new DenseLayer<double>(1, 3);
        ModelFile.LoadInto(wide, new MemoryStream(file), new() { AllowNonFinite = true });
        wide.Parameters.Select(parameter => parameter.Values.ToArray()).Should().BeEquivalentTo(single.Parameters.Select(parameter => parameter.Values.ToArray().Select(value => (double)value)), options => options.WithStrictOrdering());
    }

    [Fact]
    public void A_rejection_names_every_difference_and_leaves_the_model_unchanged()
    {
        // The first layer fits; then a shape, two missing, an unexpected one and a number type that is none of reals.
        var source = new LayerStack<float>(new RnnLayer<float>(1, 1), new DenseLayer<float>(1, 1));
        byte[] file = ModelBytes.WithHeader(ModelBytes.Save(source), header => header
            .Replace("\"1.bias\"", "\"1.gamma\"", StringComparison.Ordinal)
            .Replace("\"1.weight\":{\"dtype\":\"F32\",\"shape\":[1,1]", "\"1.weight\":{\"dtype\":\"I32\",\"shape\":[1]", StringComparison.Ordinal)
            .Replace("\"0.weight_hh_l0\"", "\"0.weight_hh_l0_reverse\"", StringComparison.Ordinal));
        var target = new LayerStack<float>(new RnnLayer<float>(1, 1, seed: 3), new DenseLayer<float>(1, 1, seed: 4));
        RefusedWithoutAChange(target, file,
            "(6 differences)",
            "\"0.weight_hh_l0\" of shape [1, 1] is missing",
            "\"0.weight_hh_l0_reverse\" of shape [1, 1] and dtype F32 is unexpected",
            "\"1.weight\" has shape [1], expected [1, 1]",
            "\"1.weight\" has dtype I32, expected F64, F32, F16 or BF16",
            "\"1.bias\" of shape [1] is missing",
            "\"1.gamma\" of shape [1] and dtype F32 is unexpected");
    }

    [Fact]
    public void A_model_of_other_sizes_is_rejected_with_every_shape()
    {
        RefusedWithoutAChange(new LstmLayer<double>(2, 3, seed: 1), ModelBytes.Save(new LstmLayer<double>(3, 4)),
            "\"weight_ih_l0\" has shape [16, 3], expected [12, 2]",
            "\"weight_hh_l0\" has shape [16, 4], expected [12, 3]",
            "\"bias_ih_l0\" has shape [16], expected [12]",
            "\"bias_hh_l0\" has shape [16], expected [12]");
        RefusedWithoutAChange(new LayerStack<double>(new LstmLayer<double>(3, 4, seed: 1)), ModelBytes.Save(new LstmLayer<double>(3, 4)), "(8 differences)");
        RefusedWithoutAChange(new DenseLayer<double>(3, 4, seed: 1), ModelBytes.Of("{}"), "\"weight\" of shape [4, 3] is missing", "\"bias\" of shape [4] is missing");
        RefusedWithoutAChange(new DenseLayer<double>(4, 4, seed: 1), ModelBytes.Save(new DenseLayer<double>(16, 1)), "\"weight\" has shape [1, 16], expected [4, 4]");
    }

    [Fact]
    public void A_number_out_of_range_in_the_last_tensor_leaves_the_model_unchanged()
    {
        var source = new DenseLayer<double>(2, 2, seed: 1);
        source.Bias.Set([0, 1e300]);
        RefusedWithoutAChange(new DenseLayer<float>(2, 2, seed: 2), ModelBytes.Save(source), "\"bias\"", "1E+300");
    }

    [Fact]
    public void Names_from_a_file_are_shown_short_and_without_control_characters()
    {
        byte[] file = ModelBytes.Of($"{{\"a\\nFATAL: {new string('x', 5000)}\":{{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}}}");
        Action load = () => ModelFile.LoadInto(new DenseLayer<float>(1, 1), new MemoryStream(file));
        string message = load.Should().Throw<InvalidDataException>().Which.Message;
        message.Should().Contain("a?FATAL").And.NotContain("\n");
        message.Length.Should().BeLessThan(500);
    }

    private static void RefusedWithoutAChange<T>(ILayer<T> model, byte[] file, params string[] differences)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        string before = Models.Describe(model);
        long[] versions = [.. model.Parameters.Select(parameter => parameter.Version)];
        Action load = () => ModelFile.LoadInto(model, new MemoryStream(file));
        load.Should().Throw<InvalidDataException>().Which.Message.Should().ContainAll(differences);
        Models.Describe(model).Should().Be(before);
        model.Parameters.Select(parameter => parameter.Version).Should().Equal(versions);
    }
}

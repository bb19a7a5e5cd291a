using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using FluentAssertions;
using RnnSharp.Serialization;
using Xunit;

namespace RnnSharp.Extensions.Tests;

/// <summary>User-defined layers are saved, loaded and converted by the formats that are registered for them.</summary>
public sealed class UserDefinedFileTests
{
    private static readonly ModelSaveOptions Saving = new() { Formats = UserDefinedLayers.Formats };
    private static readonly ModelLoadOptions Loading = new() { Formats = UserDefinedLayers.Formats };
    private static readonly ModelLoadIntoOptions LoadingInto = new() { Formats = UserDefinedLayers.Formats };

    public static TheoryData<string> Names => [.. UserDefinedLayers.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Load_returns_the_saved_model_to_the_last_bit(string name)
    {
        Check<float>();
        Check<double>();

        void Check<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            ILayer<T> model = UserDefinedLayers.Make<T>(name);
            byte[] file = Save(model);
            ILayer<T> loaded = Load<T>(file);
            Describe(loaded).Should().Be(Describe(model));
            Sequence<T> x = UserDefinedLayers.Input<T>(name, seed: 2);
            loaded.Predict(x).Values.ToArray().Should().Equal(model.Predict(x).Values.ToArray());
            Save(loaded).Should().Equal(file);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void LoadInto_fills_a_model_of_other_numbers(string name)
    {
        ILayer<float> model = UserDefinedLayers.Make<float>(name), target = UserDefinedLayers.Make<float>(name, seed: 100);
        Describe(target).Should().NotBe(Describe(model));
        ModelFile.LoadInto(target, new MemoryStream(Save(model)), LoadingInto);
        Describe(target).Should().Be(Describe(model));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Convert_copies_a_model_to_double_and_back(string name)
    {
        ILayer<float> model = UserDefinedLayers.Make<float>(name);
        ILayer<double> wide = ModelConverter.Convert<float, double>(model, UserDefinedLayers.Formats);
        Describe(ModelConverter.Convert<double, float>(wide, UserDefinedLayers.Formats)).Should().Be(Describe(model));
        float[] narrow = model.Predict(UserDefinedLayers.Input<float>(name, seed: 2)).Values.ToArray();
        double[] expected = wide.Predict(UserDefinedLayers.Input<float>(name, seed: 2).ConvertTo<double>()).Values.ToArray();
        for (int i = 0; i < narrow.Length; i++) ((double)narrow[i]).Should().BeApproximately(expected[i], 1e-5);
    }

    [Fact]
    public void Save_writes_readable_fields_and_tensors()
    {
        string file = Encoding.UTF8.GetString(Save(UserDefinedLayers.Make<float>("all in one another")));
        file.Should().Contain("""{\"kind\":\"highway\",\"layers\":[{\"kind\":\"stack\",\"layers\":[{\"kind\":\"causal-convolution\",\"size\":3,\"width\":3},{\"kind\":\"janet\",\"input\":3,\"hidden\":3}]}""");
        file.Should().Contain("\"transform.0.weight\":{\"dtype\":\"F32\",\"shape\":[3,3]").And.Contain("\"transform.1.weight_hh_l0\":{\"dtype\":\"F32\",\"shape\":[6,3]");
    }

    [Theory]
    [InlineData("layer", "CausalConvolutionLayer", "causal-convolution")]
    [InlineData("composite", "HighwayLayer", "highway")]
    [InlineData("cell", "CustomRecurrentLayer", "janet")]
    public void Save_Convert_and_Load_name_a_kind_without_a_format(string name, string layer, string kind)
    {
        ILayer<float> model = UserDefinedLayers.Make<float>(name);
        FluentActions.Invoking(() => ModelFile.Save(model, Stream.Null)).Should().Throw<ArgumentException>().WithParameterName("model").WithMessage($"*{layer}*");
        FluentActions.Invoking(() => ModelConverter.Convert<float, double>(model)).Should().Throw<ArgumentException>().WithParameterName("model").WithMessage($"*{layer}*");
        byte[] file = Save(model);
        FluentActions.Invoking(() => ModelFile.Load<float>(new MemoryStream(file))).Should().Throw<InvalidDataException>().WithMessage($"*\"{kind}\" is unknown*");
    }

    [Theory]
    [InlineData("layer", "\\\"width\\\":3", "\\\"width\\\":1", "width: expected a whole number of 2 to 2147483647, got \"1\"")]
    [InlineData("layer", "\\\"width\\\":3", "\\\"width\\\":4", "\"weight\" has shape [3, 3], expected [3, 4]")]
    [InlineData("layer", "\\\"width\\\":3", "\\\"wide\\\":30", "the field width is missing")]
    [InlineData("composite", "\\\"output\\\":3}]", "\\\"output\\\":4}]", "expected 3 inputs and outputs of both parts")]
    [InlineData("cell", "\\\"hidden\\\":3", "\\\"hidden\\\":0", "hidden: expected a whole number of 1")]
    public void Load_refuses_fields_that_do_not_fit(string name, string from, string to, string message)
    {
        // A file without a checksum has to get one for its description to be read, so the description comes from a layer that writes it wrong.
        byte[] file = ChangedFile.Of(Save(UserDefinedLayers.Make<float>(name)), from, to);
        FluentActions.Invoking(() => Load<float>(file)).Should().Throw<InvalidDataException>().WithMessage($"*{message}*");
    }

    private static byte[] Save<T>(ILayer<T> model)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var stream = new MemoryStream();
        ModelFile.Save(model, stream, Saving);
        return stream.ToArray();
    }

    private static ILayer<T> Load<T>(byte[] file)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => ModelFile.Load<T>(new MemoryStream(file), Loading).Model;

    /// <summary>Types, names and numbers of a model, to the last bit.</summary>
    private static string Describe<T>(ILayer<T> model)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        $"{model.GetType()} {model.InputSize} {model.OutputSize} ({string.Join(", ", model.Parts.Select(part => $"{part.Name}: {Describe(part.Layer)}"))}) "
        + string.Join(' ', model.Parameters.Select((parameter, i) => $"{model.ParameterNames[i]} {parameter.Rows}x{parameter.Columns} {Convert.ToHexString(MemoryMarshal.AsBytes(parameter.Values))}"));
}

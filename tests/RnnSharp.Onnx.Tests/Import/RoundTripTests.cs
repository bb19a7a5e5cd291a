using System.Numerics;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Serialization;
using RnnSharp.Tests.Catalogue;
using RnnSharp.Tests.Recurrent;
using Xunit;

namespace RnnSharp.Onnx.Tests.Import;

/// <summary>Files that the library wrote give back the very model, bit for bit.</summary>
public sealed class RoundTripTests
{
    public static TheoryData<string> Names => [.. LayerCatalogue<float>.Rows.Select(row => row.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Layers_come_back_in_float(string name) => Check<float>(name);

    [Theory]
    [MemberData(nameof(Names))]
    public void Layers_come_back_in_double(string name) => Check<double>(name);

    [Fact]
    public void Random_networks_come_back()
    {
        for (int seed = 0; seed < 60; seed++)
        {
            var network = new RandomNetwork(seed);
            var options = new OnnxExportOptions { BatchFirst = seed % 2 == 0, State = seed % 5 != 1, Lengths = seed % 4 != 1, Formats = LayerCatalogue<double>.Formats };
            Check(network.Model, options, LayerCatalogue<double>.Formats, $"seed {seed}");
        }
    }

    [Fact]
    public void A_file_of_one_type_becomes_a_model_of_the_other()
    {
        var model = new LayerStack<float>(new Recurrent.LstmLayer<float>(3, 4, seed: 1), new DenseLayer<float>(4, 2, seed: 2));
        OnnxModel<double> imported = OnnxFile.Import<double>(Export(model, new OnnxExportOptions()));
        Bits(ModelConverter.Convert<double, float>(imported.Model)).Should().Equal(Bits(model));
    }

    [Fact]
    public void The_metadata_comes_back_without_the_description()
    {
        var options = new OnnxExportOptions { Metadata = new Dictionary<string, string> { ["vocabulary"] = "a b c" } };
        OnnxFile.Import<float>(Export(new DenseLayer<float>(3, 2, seed: 1), options)).Metadata.Should().BeEquivalentTo(options.Metadata);
    }

    [Fact]
    public void Inputs_and_outputs_are_told()
    {
        var model = new LayerStack<float>(new Recurrent.LstmLayer<float>(3, 4, seed: 1), new DenseLayer<float>(4, 2, seed: 2));
        OnnxModel<float> imported = OnnxFile.Import<float>(Export(model, new OnnxExportOptions { BatchFirst = true }));
        imported.Inputs.Select(port => $"{port.Name} {port.Kind} {string.Join(' ', port.Axes)} {string.Join(' ', port.Leaves)}".Trim()).Should().Equal(
            "input Sequence Batch Steps Features", "lengths Lengths Batch", "0.h State Batch Features 0.h", "0.c State Batch Features 0.c");
        imported.Outputs.Select(port => $"{port.Name} {port.Kind} {string.Join(' ', port.Axes)} {string.Join(' ', port.Leaves)}".Trim()).Should().Equal(
            "output Sequence Batch Steps Features", "0.h.final State Batch Features 0.h", "0.c.final State Batch Features 0.c");
    }

    [Fact]
    public void A_description_of_another_model_than_the_graph_is_not_believed()
    {
        var tanh = new Recurrent.RnnLayer<float>(3, 4, seed: 1);
        var relu = new Recurrent.RnnLayer<float>(3, 4, seed: 1, Recurrent.Activation.Relu);
        Schema.ModelProto graph = OnnxExporter.ToModel(relu, new OnnxExportOptions { State = false, Lengths = false }), other = OnnxExporter.ToModel(tanh, new OnnxExportOptions { State = false, Lengths = false });
        graph.MetadataProps.Clear();
        graph.MetadataProps.Add(other.MetadataProps);

        // The graph alone decides.
        var imported = (Recurrent.RnnLayer<float>)OnnxFile.Import<float>(new MemoryStream(Google.Protobuf.MessageExtensions.ToByteArray(graph))).Model;
        imported.Activation.Should().Be(Recurrent.Activation.Relu);
        Bits(imported).Should().Equal(Bits(relu));
    }

    [Fact]
    public void Numbers_out_of_the_other_types_range_are_refused()
    {
        var model = new DenseLayer<double>(3, 2, seed: 1);
        model.Weights.Update(1e300, static (values, large) => values[1] = large);
        MemoryStream file = Export(model, new OnnxExportOptions());
        Action import = () => OnnxFile.Import<float>(file);
        import.Should().Throw<InvalidDataException>().WithMessage("*Double to Single*1E+300*");
    }

    [Fact]
    public void The_files_type_is_told_whatever_the_models_is()
    {
        var single = new DenseLayer<float>(3, 2, seed: 1);
        var wide = new DenseLayer<double>(3, 2, seed: 1);
        OnnxFile.Import<float>(Export(single, new OnnxExportOptions())).ElementType.Should().Be(TensorType.Float32);
        OnnxFile.Import<double>(Export(single, new OnnxExportOptions())).ElementType.Should().Be(TensorType.Float32);
        OnnxFile.Import<float>(Export(wide, new OnnxExportOptions())).ElementType.Should().Be(TensorType.Float64);
        OnnxFile.Import<double>(Export(wide, new OnnxExportOptions())).ElementType.Should().Be(TensorType.Float64);
    }

    [Fact]
    public void The_limit_of_bytes_counts_numbers_of_the_models_type()
    {
        // 8 numbers.
        var model = new DenseLayer<float>(3, 2, seed: 1);
        var options = new OnnxImportOptions { Limits = new ModelLimits { ParameterBytes = 32 } };
        OnnxFile.Import<float>(Export(model, new OnnxExportOptions()), options).Model.Should().BeOfType<DenseLayer<float>>();
        Action import = () => OnnxFile.Import<double>(Export(model, new OnnxExportOptions()), options);
        import.Should().Throw<InvalidDataException>().WithMessage("*ModelLimits.ParameterBytes*64*");
    }

    [Fact]
    public void Constants_are_not_ignored()
    {
        var model = new DenseLayer<float>(3, 2, seed: 1);
        foreach (string name in (string[])["input", "other"])
        {
            Action import = () => OnnxFile.Import<float>(Export(model, new OnnxExportOptions()), new OnnxImportOptions { Constants = new Dictionary<string, double[]> { [name] = [1] } });
            import.Should().Throw<InvalidDataException>().WithMessage($"*\"{name}\"*");
        }
    }

    private static void Check<T>(string name)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        LayerRow<T> row = LayerCatalogue<T>.Row(name);
        Layer<T> layer = row.Create(3, 4, seed: 5);
        foreach (OnnxExportOptions options in (OnnxExportOptions[])[new(), new() { BatchFirst = true, State = false }, new() { Lengths = false }])
        {
            if (row.Reads.HasFlag(Reads.Features)) Check(layer, options with { Formats = LayerCatalogue<T>.Formats, Tokens = row.Reads.HasFlag(Reads.Tokens) ? false : null }, LayerCatalogue<T>.Formats, name);
            if (row.Reads.HasFlag(Reads.Tokens)) Check(layer, options with { Formats = LayerCatalogue<T>.Formats, Tokens = true }, LayerCatalogue<T>.Formats, name);
        }
    }

    private static void Check<T>(ILayer<T> model, OnnxExportOptions options, LayerFormats formats, string because)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        OnnxModel<T> imported = OnnxFile.Import<T>(Export(model, options), new OnnxImportOptions { Formats = formats });
        imported.Model.GetType().Should().Be(model.GetType(), because);
        ModelFile.Describe(imported.Model, formats).Should().Be(ModelFile.Describe(model, formats), because);
        Bits(imported.Model).Should().Equal(Bits(model), because);
        imported.Inputs.Count.Should().BePositive();
    }

    private static MemoryStream Export<T>(ILayer<T> model, OnnxExportOptions options)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var stream = new MemoryStream();
        OnnxFile.Export(model, stream, options);
        stream.Position = 0;
        return stream;
    }

    private static List<T> Bits<T>(ILayer<T> model)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => [.. model.Parameters.SelectMany(parameter => parameter.Values.ToArray())];
}

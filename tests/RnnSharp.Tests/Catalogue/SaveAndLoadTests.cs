using System.Numerics;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Serialization;
using RnnSharp.Tests.Recurrent;
using RnnSharp.Tests.Serialization;
using Xunit;

namespace RnnSharp.Tests.Catalogue;

/// <summary>Every layer comes back from a model file and from a conversion as it was.</summary>
public sealed class SaveAndLoadTests
{
    public static TheoryData<string> Names => CatalogueData.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void A_loaded_layer_is_the_saved_one_to_the_last_bit(string name)
    {
        Check(LayerCatalogue<float>.Row(name));
        Check(LayerCatalogue<double>.Row(name));

        static void Check<T>(LayerRow<T> row)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            Layer<T> layer = row.Create(CatalogueData.Inputs, 7);
            byte[] file = Save(layer);
            Save(row.Create(CatalogueData.Inputs, 7)).Should().Equal(file, "the same layer makes the same file");
            var loaded = (Layer<T>)ModelBytes.Load<T>(file, new ModelLoadOptions { Formats = LayerCatalogue<T>.Formats }).Model;
            ShouldBeSame(row, loaded, layer);
            Save(loaded).Should().Equal(file, "the loaded layer makes the same file");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Conversion_to_double_and_back_changes_no_bit(string name)
    {
        LayerRow<float> row = LayerCatalogue<float>.Row(name);
        Layer<float> layer = row.Create(CatalogueData.Inputs, 7);
        for (int p = 0; p < layer.Parameters.Count; p += 2) layer.Parameters[p].Frozen = true;
        var wide = (Layer<double>)ModelConverter.Convert<float, double>(layer, LayerCatalogue<float>.Formats);
        wide.Summary(2, 1).Rows.Select(summary => summary.Kind).Should().Equal(layer.Summary(2, 1).Rows.Select(summary => summary.Kind));
        wide.Parameters.Select(parameter => parameter.Frozen).Should().Equal(layer.Parameters.Select(parameter => parameter.Frozen));
        ShouldBeSame(row, (Layer<float>)ModelConverter.Convert<double, float>(wide, LayerCatalogue<float>.Formats), layer);

        // The wide layer computes what the narrow one does, to its rounding.
        LayerRow<double> wideRow = LayerCatalogue<double>.Row(name);
        var shape = new CallShape(Batch: 3, Steps: 4, Tokens: row.Reads == Reads.Tokens);
        Sequence<double> expected = new LayerCase<double>(wideRow, wide, shape).Predict(wide.CreateState(3));
        Sequence<float> actual = new LayerCase<float>(row, layer, shape).Predict(layer.CreateState(3));
        References.GoldenCases.ShouldBeNear<float>(actual.Values, expected.Values.ToArray(), 1e-5, "output");
    }

    private static byte[] Save<T>(ILayer<T> layer)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => ModelBytes.Save(layer, new ModelSaveOptions { Formats = LayerCatalogue<T>.Formats });

    private static void ShouldBeSame<T>(LayerRow<T> row, Layer<T> actual, Layer<T> expected)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        actual.Should().BeOfType(expected.GetType()).And.NotBeSameAs(expected);
        actual.ParameterNames.Should().Equal(expected.ParameterNames);
        actual.Summary(2, 1).ToString().Should().Be(expected.Summary(2, 1).ToString(), "it tells the options");
        actual.ToString().Should().Be(expected.ToString());
        for (int p = 0; p < expected.Parameters.Count; p++) Bits.ShouldBeSame(actual.Parameters[p].Values, expected.Parameters[p].Values, expected.ParameterNames[p]);
        var shape = new CallShape(Batch: 3, Steps: 4, Tokens: row.Reads == Reads.Tokens);
        LayerCase<T> call = new(row, expected, shape), other = new(row, actual, shape);
        ForwardPass<T> pass = call.Forward(), otherPass = other.Forward();
        Bits.ShouldBeSame<T>(otherPass.Output.Values, pass.Output.Values, "output, masks included");
        Bits.ShouldBeSame(other.Backward(otherPass), call.Backward(pass));
        Bits.ShouldBeSame<T>(other.Predict(actual.CreateState(3)).Values, call.Predict(expected.CreateState(3)).Values, "predicted output");
    }
}

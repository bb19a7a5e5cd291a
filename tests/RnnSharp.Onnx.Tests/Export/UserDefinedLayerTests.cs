using FluentAssertions;
using ReadmeExamples;
using RnnSharp.Extensions.Tests;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;
using Xunit;

namespace RnnSharp.Onnx.Tests.Export;

/// <summary>Layers of an app: a cell needs no exporter, a layer and a composite have one each.</summary>
public sealed class UserDefinedLayerTests
{
    private static readonly OnnxLayerExporters Exporters = OnnxLayerExporters.BuiltIn.Add(new HighwayExporter(), new CausalConvolutionExporter());

    [Fact]
    public void A_cell_is_exported_without_further_code()
    {
        for (int seed = 0; seed < 6; seed++)
        {
            var options = new CustomRecurrentOptions { HiddenZoneout = seed % 3 == 0 ? 0.25 : 0, LayerNormalization = seed % 3 == 1 };
            ExportCheck.Check(new CustomRecurrentLayer<float, JanetEquations>(3, 4, seed, options), seed, tokens: false);
            ExportCheck.Check(new ReverseLayer<double>(new CustomRecurrentLayer<double, JanetEquations>(3, 4, seed, options)), seed, tokens: true, tolerance: 1e-7);
        }
    }

    [Fact]
    public void A_layer_with_a_state_and_a_composite_are_exported_by_their_exporters()
    {
        var options = new OnnxExportOptions { Exporters = Exporters };
        for (int seed = 0; seed < 8; seed++)
        {
            var model = new LayerStack<float>(
                new CausalConvolutionLayer<float>(3, 3, seed),
                new HighwayLayer<float>(new GruLayer<float>(3, 3, seed), new DenseLayer<float>(3, 3, seed)),
                new BidirectionalLayer<float>(new CausalConvolutionLayer<float>(3, 4, seed), new CausalConvolutionLayer<float>(3, 2, seed)));
            ExportCheck.Check(model, seed, tokens: false, options: options with { Lengths = seed % 4 > 0 });
        }
    }

    [Fact]
    public void A_model_that_no_format_describes_is_exported_without_its_description()
    {
        var layer = new CausalConvolutionLayer<float>(2, 3, 1);
        OnnxExporter.ToModel(layer, new() { Exporters = Exporters }).MetadataProps.Should().BeEmpty();
        string text = OnnxExporter.ToModel(layer, new() { Exporters = Exporters, Formats = LayerFormats.BuiltIn.Add(new CausalConvolutionFormat()) }).MetadataProps[0].Value;
        text.Should().Contain("causal-convolution");
    }

    private sealed class CausalConvolutionExporter : OnnxLayerExporter
    {
        protected internal override OnnxSequence? Export<T>(ILayer<T> layer, OnnxSequence input, OnnxLayerContext<T> context)
        {
            if (layer is not CausalConvolutionLayer<T> convolution) return null;
            int size = layer.InputSize, past = convolution.Width - 1;
            string latestFirst = context.Add("Transpose", [context.Add("Reshape", [context.State[0], context.Whole(-1, past, size)])], OnnxAttribute.Of("perm", [1L, 0, 2]));
            string all = context.Add("Concat", [Reversed(latestFirst), input.Values], OnnxAttribute.Of("axis", 0));
            string weights = context.Transposed(convolution.Weights), y = context.Vector(convolution.Bias);
            for (int k = 0; k <= past; k++)
            {
                string x = context.Add("Slice", [all, context.Whole(past - k), context.Whole(k == 0 ? long.MaxValue : -k), context.Whole(0)]);
                y = context.Add("Add", [y, context.Add("Mul", [x, context.Add("Gather", [weights, context.Whole(k)])])]);
            }

            // The latest inputs of each example come first when its steps, with those before them, are reversed.
            string reversed = input.Lengths is not { } lengths ? Reversed(all) : context.Add(
                "ReverseSequence",
                [all, context.Add("Add", [context.Add("Cast", [lengths], OnnxAttribute.Of("to", 7)), context.Whole(past)])],
                OnnxAttribute.Of("time_axis", 0),
                OnnxAttribute.Of("batch_axis", 1));
            string latest = context.Add("Slice", [reversed, context.Whole(0), context.Whole(past), context.Whole(0)]);
            context.SetFinalState(0, context.Add("Reshape", [context.Add("Transpose", [latest], OnnxAttribute.Of("perm", [1L, 0, 2])), context.Whole(-1, past * size)]));
            return input.With(y);

            string Reversed(string values) => context.Add("Slice", [values, context.Whole(-1), context.Whole(long.MinValue), context.Whole(0), context.Whole(-1)]);
        }
    }
}

using System.Numerics;
using FluentAssertions;
using RnnSharp.Data;
using RnnSharp.Layers;
using RnnSharp.Numerics;
using RnnSharp.Quantization;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Quantization;

/// <summary>Which layers are quantized, what of them is kept, and what they take.</summary>
public sealed class QuantizedLayersTests
{
    [Fact]
    public void A_layer_with_parts_and_a_parameter_of_its_own_is_refused_by_name()
    {
        LayerFormats formats = LayerFormats.BuiltIn.Add(new GainFormat());
        var model = new LayerStack<float>(new DenseLayer<float>(3, 3, 1), new GainLayer<float>(new DenseLayer<float>(3, 3, 2)));
        model.Layers[1].Parameters[0].Set([2]);
        Action quantize = () => model.Quantize(new() { Formats = formats });
        quantize.Should().Throw<ArgumentException>().WithMessage("Expected layers whose parameters all belong to their parts, or kept in float, got GainLayer 3 -> 3 as the model's part 1, whose parameter gain does not*").WithParameterName("model");
        ILayer<float> kept = model.Quantize(new() { Formats = formats, Keep = layer => layer is GainLayer<float> });
        kept.Parts[1].Layer.Parameters[0].Values.ToArray().Should().Equal(2);
    }

    [Fact]
    public void Layers_of_one_column_are_quantized()
    {
        ILayer<float>[] models = [new DenseLayer<float>(1, 5, 1), new EmbeddingLayer<float>(10, 1, seed: 1), new LstmLayer<float>(1, 1, 1), new GruLayer<float>(1, 1, 1), new RnnLayer<float>(1, 1, 1)];
        foreach (ILayer<float> model in models)
        {
            foreach (QuantizedType type in Enum.GetValues<QuantizedType>())
            {
                ILayer<float> quantized = model.Quantize(new() { Type = type });
                quantized.Should().BeAssignableTo<QuantizedLayer>();
                Sequence<float> input = model is EmbeddingLayer<float> ? Sequence<float>.FromTokens([[3, 1, 9]], 10) : new Sequence<float>(1, 1, 3);
                if (!input.IsTokens) ((float[])[0.5f, -1, 0.25f]).CopyTo(input.Values);
                QuantizationReport.Compare(model, quantized, [input]).WorstError.Should().BeLessThan(0.01);
            }
        }

        ((Action)(() => new LstmLayer<float>(1, 1, 1, new() { LayerNormalization = true }).Quantize())).Should().Throw<ArgumentException>().WithMessage("*without LayerNormalization*");
        ((Action)(() => new IndRnnLayer<float>(1, 2, 1).Quantize())).Should().Throw<ArgumentException>().WithMessage("*got IndRnnLayer 1 -> 2*");
    }

    [Fact]
    public void Numbers_that_are_not_finite_are_refused_wherever_they_are()
    {
        var dense = new DenseLayer<float>(2, 3, 1);
        dense.Bias.Set([0, float.NaN, 0]);
        var lstm = new LstmLayer<float>(2, 1, 1);
        lstm.Bias.Set([0, 0, float.PositiveInfinity, 0]);
        var peepholes = new LstmLayer<float>(2, 1, 1, new() { Peepholes = true });
        peepholes.UnitWeights!.Set([float.NaN, 0, 0]);
        var separate = new GruLayer<float>(2, 1, 1, new() { Bias = RecurrentBias.Separate });
        separate.InputBias!.Set([float.MaxValue, 0, 0]);
        separate.HiddenBias!.Set([float.MaxValue, 0, 0]);
        var candidate = new GruLayer<float>(2, 1, 1);
        candidate.CandidateBias!.Set([float.NaN]);
        Refused(dense, "*bias, got NaN in row 1*");
        Refused(lstm, "*bias, got Infinity in row*");
        Refused(peepholes, "*weight_unit, got NaN in row 0*");
        Refused(separate, "*bias, got Infinity in row*");
        Refused(candidate, "*bias, got NaN in row*");

        static void Refused(ILayer<float> model, string message)
        {
            foreach (QuantizedType type in Enum.GetValues<QuantizedType>())
            {
                Action quantize = () => new LayerStack<float>(new DenseLayer<float>(2, 2, 1), model).Quantize(new() { Type = type });
                quantize.Should().Throw<ArgumentException>().WithMessage(message).WithParameterName("model");
            }
        }
    }

    [Fact]
    public void Reports_name_the_layer_that_was_quantized_and_count_no_tape()
    {
        ILayer<float> model = new LstmLayer<float>(7, 9, 1, new() { ProjectionSize = 5, HiddenZoneout = 0.25, RecurrentDropout = 0.5, CheckpointSteps = 3 }).Quantize();
        model.ToString().Should().Be("LstmLayer (projection 5, hidden zoneout 0.25), Int8 7 -> 5");
        model.Summary(2, 3).Total.TapeBytes.Should().Be(0);
        foreach (ILayer<float> layer in (ILayer<float>[])[model, new GruLayer<float>(7, 9, 1, new() { RecurrentDropout = 0.5, CheckpointSteps = 3 }).Quantize(), new RnnLayer<float>(7, 9, 1, Activation.Relu, new() { RecurrentDropout = 0.5, CheckpointSteps = 3 }).Quantize()])
        {
            layer.ToString().Should().NotContain("dropout").And.NotContain("checkpoint");
            ModelFile.Describe(layer).Should().NotContain("dropout").And.NotContain("checkpoint");
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(70)]
    [InlineData(130)]
    public void Only_the_last_vector_of_rows_is_padded(int rows)
    {
        const int Columns = 512;
        int lanes = WeightKernels.Create<Int8Format>().VectorLength, padded = (rows + lanes - 1) / lanes * lanes;
        foreach ((QuantizedType type, int bytes, int scales) in (ReadOnlySpan<(QuantizedType, int, int)>)[(QuantizedType.Int8, 1, 1), (QuantizedType.BFloat16, 2, 0), (QuantizedType.Float16, 2, 0)])
        {
            var matrix = new QuantizedMatrix(type, rows, Columns, [0]);
            matrix.Bytes.Should().Be(padded * (bytes * Columns + sizeof(float) * scales));
            QuantizedMatrix.BytesOfWeights(type, rows, Columns, 1).Should().Be(padded * bytes * Columns);
            var model = new DenseLayer<float>(Columns, rows, 1);
            var x = new Sequence<float>(Columns, 3, 2);
            for (int i = 0; i < x.Values.Length; i++) x.Values[i] = MathF.Sin(i);
            QuantizationReport.Compare(model, model.Quantize(new() { Type = type }), [x, Sequence<float>.FromTokens([[5, 0, 511]], Columns)]).WorstError.Should().BeLessThan(0.01);
        }
    }

    [Fact]
    public void The_report_counts_shared_weights_once()
    {
        var embedding = new EmbeddingLayer<float>(10, 6, seed: 1);
        var model = new LayerStack<float>(embedding, new GruLayer<float>(6, 6, 2), new DenseLayer<float>(embedding.Weights, 3));
        long bytes = sizeof(float) * model.Parameters.Sum(parameter => (long)parameter.Count);
        QuantizationReport report = QuantizationReport.Compare(model, model.Quantize(new() { Keep = _ => true }), [Sequence<float>.FromTokens([[1, 2]], 10)]);
        (report.ModelBytes, report.QuantizedBytes).Should().Be((bytes, bytes));
    }

    [Fact]
    public void The_report_refuses_a_source_before_it_moves_it_and_names_a_bad_input()
    {
        var model = new DenseLayer<float>(1, 1, 1);
        Sequence<float> x = new(1, 2, 1), y = new(1, 2, 1);
        ((float[])[1, 2]).CopyTo(x.Values);
        var data = new SequenceBatches<float>(x, y, new() { BatchSize = 1 }, sources: new(1, 2, 1));
        Batch<float> batch = data.CreateBatch();
        data.Next(batch).Should().BeTrue();
        float first = batch.Input.Values[0];
        ((Action)(() => QuantizationReport.Compare(model, model, data, new MeanSquaredError<float>()))).Should().Throw<ArgumentException>().WithMessage("*without a Source*").WithParameterName("data");
        data.Next(batch).Should().BeTrue();
        batch.Input.Values[0].Should().NotBe(first, "the epoch goes on");
        ((Action)(() => QuantizationReport.Compare(model, model, [x, new Sequence<float>(2, 1, 1)]))).Should().Throw<ArgumentException>().WithMessage("Input 1: *").WithParameterName("inputs");
    }

    /// <summary>A user's layer: the output of another one, times a parameter.</summary>
    private sealed class GainLayer<T>(ILayer<T> inner) : Layer<T>(inner.InputSize, inner.OutputSize)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public override IReadOnlyList<Parameter<T>> Parameters { get; } = [new Parameter<T>("gain", 1, 1), .. inner.Parameters];

        public override IReadOnlyList<string> ParameterNames { get; } = ["gain", .. inner.ParameterNames.Select(name => $"inner.{name}")];

        public override IReadOnlyList<LayerPart<T>> Parts { get; } = [new LayerPart<T>("inner", inner)];

        protected override void Run(ForwardPass<T> pass, Sequence<T> input, State<T>? initialState) => throw new NotSupportedException();

        protected override void RunBackward(ForwardPass<T> pass, Sequence<T>? outputGradient, State<T>? finalStateGradient, bool inputGradient, bool accumulate, Gradients<T> gradients) => throw new NotSupportedException();

        protected override void RunPredict(Sequence<T> input, State<T> state, Sequence<T> output) => throw new NotSupportedException();
    }

    private sealed class GainFormat() : LayerFormat("gain")
    {
        protected internal override LayerDescription? Describe<T>(ILayer<T> layer, LayerDescriber<T> describer) => layer is GainLayer<T> ? new Description(describer.Parts()) : null;

        protected internal override LayerDescription Read(LayerFields fields) => new Description(fields.Parts("inner"));

        private sealed class Description(IReadOnlyList<PartDescription> parts) : LayerDescription(parts[0].Layer.InputSize, parts[0].Layer.OutputSize, isStreaming: false, parts)
        {
            protected internal override IEnumerable<TensorLayout> Tensors() => [new("gain", 1)];

            protected internal override ILayer<T> Create<T>(LayerFactory<T> factory) => new GainLayer<T>(factory.Parts()[0]);
        }
    }
}

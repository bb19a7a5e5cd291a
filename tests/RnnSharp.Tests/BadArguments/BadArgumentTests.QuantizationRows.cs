using RnnSharp.Data;
using RnnSharp.Layers;
using RnnSharp.Quantization;
using RnnSharp.Recurrent;
using RnnSharp.Training;

namespace RnnSharp.Tests;

/// <summary>Quantized models and their reports.</summary>
public sealed partial class BadArgumentTests
{
    private static IEnumerable<Row> Quantization()
    {
        const string Quantize = "QuantizationExtensions.Quantize(model, options)";
        yield return Null(Quantize, "model", _ => ((ILayer<float>)null!).Quantize());
        yield return Bad(Quantize, "model", "without LayerNormalization, or kept in float", "LstmLayer (layer normalization) 3 -> 4 as the model", _ => new LstmLayer<float>(3, 4, 1, new() { LayerNormalization = true }).Quantize());
        yield return Bad(Quantize, "model", "without ResetBefore", "GruLayer (reset before) 4 -> 4 as the model's part 1", _ => new LayerStack<float>(new DenseLayer<float>(3, 4), new GruLayer<float>(4, 4, 1, new() { ResetBefore = true })).Quantize());
        yield return Bad(Quantize, "model", "LSTM, GRU, plain recurrent, dense and embedding layers", "IndRnnLayer 3 -> 4", _ => new IndRnnLayer<float>(3, 4, 1).Quantize());
        yield return Bad(Quantize, "model", "a model that is not quantized", "DenseLayer, Int8 3 -> 4", _ => new DenseLayer<float>(3, 4, 1).Quantize().Quantize());
        yield return Bad(Quantize, "model", "weights within the range of Float16", "got 70000 in row 1, column 2", _ => Quantizable(70_000).Quantize(new() { Type = QuantizedType.Float16 }));
        yield return Bad(Quantize, "model", "weights within the range of BFloat16", "got 3.4028235E+38", _ => Quantizable(float.MaxValue).Quantize(new() { Type = QuantizedType.BFloat16 }));
        yield return Bad(Quantize, "model", "weights within the range of Int8", "got NaN", _ => Quantizable(float.NaN).Quantize());
        const string Inputs = "QuantizationReport.Compare(model, quantized, inputs)", Source = "QuantizationReport.Compare(model, quantized, data, loss, cancellation)";
        DenseLayer<float> model = Quantizable(1);
        Sequence<float> x = new(3, 2, 5), y = new(4, 2, 5);
        var source = new SequenceBatches<float>(x, y);
        var loss = new MeanSquaredError<float>();
        yield return Null(Inputs, "model", _ => QuantizationReport.Compare(null!, model, [x]));
        yield return Null(Inputs, "quantized", _ => QuantizationReport.Compare(model, null!, [x]));
        yield return Null(Inputs, "inputs", _ => QuantizationReport.Compare(model, model, null!));
        yield return Bad(Inputs, "inputs", "at least one input", "none", _ => QuantizationReport.Compare(model, model, []));
        yield return Bad(Inputs, "inputs", "input is", "null", _ => QuantizationReport.Compare(model, model, [null!]));
        yield return Bad(Inputs, "quantized", "3 inputs and 4 outputs", "4 inputs and 4 outputs", _ => QuantizationReport.Compare(model, new DenseLayer<float>(4, 4), [x]));
        yield return Null(Source, "model", _ => QuantizationReport.Compare(null!, model, source, loss));
        yield return Null(Source, "quantized", _ => QuantizationReport.Compare(model, null!, source, loss));
        yield return Null(Source, "data", _ => QuantizationReport.Compare(model, model, null!, loss));
        yield return Null(Source, "loss", _ => QuantizationReport.Compare(model, model, source, null!));
        yield return Bad(Source, "quantized", "3 inputs and 4 outputs", "3 inputs and 5 outputs", _ => QuantizationReport.Compare(model, new DenseLayer<float>(3, 5), source, loss));
    }

    /// <summary>A layer of 3 inputs and 4 outputs with a given weight.</summary>
    private static DenseLayer<float> Quantizable(float weight)
    {
        var layer = new DenseLayer<float>(3, 4, 1);
        layer.Weights.Update(weight, static (values, weight) => values[1 + 4 * 2] = weight);
        return layer;
    }
}

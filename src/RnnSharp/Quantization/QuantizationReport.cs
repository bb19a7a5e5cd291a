using System.Globalization;
using RnnSharp.Layers;
using RnnSharp.Numerics;
using RnnSharp.Training;

namespace RnnSharp.Quantization;

/// <summary>How far the outputs of a quantized model are from those of the model that it was made from.</summary>
public sealed record QuantizationReport
{
    private QuantizationReport()
    {
    }

    /// <summary>The number of output values that were compared; values past an example's end are not.</summary>
    public long Values { get; private init; }

    /// <summary>The largest magnitude of an output of the float model.</summary>
    public double LargestOutput { get; private init; }

    /// <summary>The largest absolute difference of two outputs; NaN if one is.</summary>
    public double WorstError { get; private init; }

    /// <summary>The mean absolute difference of the outputs; 0 without any.</summary>
    public double MeanError { get; private init; }

    /// <summary>The loss of the float model; null if no loss was given.</summary>
    public LossValue? Loss { get; private init; }

    /// <summary>The loss of the quantized model; null if no loss was given.</summary>
    public LossValue? QuantizedLoss { get; private init; }

    /// <summary>Bytes of the float model's parameters.</summary>
    public long ModelBytes { get; private init; }

    /// <summary>Bytes of the quantized model's weights, with the parameters of layers that were kept in float.</summary>
    public long QuantizedBytes { get; private init; }

    /// <summary>Compares two models on inputs, each from a state of zeros.</summary>
    /// <param name="model">The float model.</param>
    /// <param name="quantized">The model that <see cref="QuantizationExtensions.Quantize"/> returned for it.</param>
    /// <param name="inputs">The inputs, such as a part of the test data; at least one.</param>
    /// <exception cref="ArgumentException">An argument or input is null, the models or an input do not fit each other, or there is no input.</exception>
    public static QuantizationReport Compare(ILayer<float> model, ILayer<float> quantized, IReadOnlyList<Sequence<float>> inputs)
    {
        RequireModels(model, quantized);
        ArgumentNullException.ThrowIfNull(inputs);
        if (inputs.Count == 0) throw Check.Shape(nameof(inputs), "at least one input", "none");
        if (inputs.Any(input => input is null)) throw new ArgumentException("An input is null.", nameof(inputs));
        var comparison = new Comparison(model, quantized);
        for (int i = 0; i < inputs.Count; i++)
        {
            try
            {
                comparison.Add(inputs[i]);
            }
            catch (ArgumentException exception)
            {
                throw new ArgumentException($"Input {i}: {exception.Message}", nameof(inputs), exception);
            }
        }

        return comparison.Report(null, null);
    }

    /// <summary>Compares two models on the batches of a source, from the start of an epoch to its end, and their losses.</summary>
    /// <param name="model">The float model.</param>
    /// <param name="quantized">The model that <see cref="QuantizationExtensions.Quantize"/> returned for it.</param>
    /// <param name="data">The batches. A source that carries state does so for both models. Batches must not have a Source.</param>
    /// <param name="loss">The task's loss: cross-entropy, for the perplexity e^mean, for example.</param>
    /// <param name="cancellation">Stops the comparison between two batches.</param>
    /// <exception cref="ArgumentException">An argument is null, the models, a batch or the loss do not fit each other, or the data is empty.</exception>
    /// <exception cref="OperationCanceledException">The comparison was cancelled.</exception>
    public static QuantizationReport Compare(ILayer<float> model, ILayer<float> quantized, IBatchSource<float> data, ILoss<float> loss, CancellationToken cancellation = default)
    {
        RequireModels(model, quantized);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(loss);
        var comparison = new Comparison(model, quantized);
        LossValue? expected = null, actual = null;
        Batch<float> batch = data.CreateBatch();
        if (batch.Source is not null) throw Check.Shape(nameof(data), "batches without a Source", "one with a Source");
        data.EndEpoch();
        while (data.Next(batch, cancellation))
        {
            comparison.Continue(data.CarriesState, batch);
            comparison.Add(batch.Input);
            LossValue first = loss.Compute(comparison.Output, batch.Target, stepWeights: batch.StepWeights), second = loss.Compute(comparison.QuantizedOutput, batch.Target, stepWeights: batch.StepWeights);
            expected = expected is { } sum ? sum + first : first;
            actual = actual is { } quantizedSum ? quantizedSum + second : second;
        }

        return expected is null ? throw Check.Shape(nameof(data), "at least one batch", "none") : comparison.Report(expected, actual);
    }

    /// <summary>The errors, losses and sizes, such as "worst error 0.013, mean 0.0011 of 5000 outputs up to 4.2; loss 1.534 -> 1.536 (+0.13 %); 4.2 MB -> 1.1 MB (25 %)".</summary>
    public override string ToString()
    {
        string losses = Loss is { } loss && QuantizedLoss is { } quantized ? Text($"; loss {loss.Value:G4} -> {quantized.Value:G4} ({100 * (quantized.Value - loss.Value) / Math.Abs(loss.Value):+0.00;-0.00;0.00} %)") : "";
        return Text($"worst error {WorstError:G3}, mean {MeanError:G3} of {Values} outputs up to {LargestOutput:G3}{losses}; {ModelBytes / 1e6:G3} MB -> {QuantizedBytes / 1e6:G3} MB ({100.0 * QuantizedBytes / Math.Max(ModelBytes, 1):F0} %)");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static void RequireModels(ILayer<float> model, ILayer<float> quantized)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(quantized);
        if (quantized.InputSize != model.InputSize || quantized.OutputSize != model.OutputSize)
            throw Check.Shape(nameof(quantized), $"a model of {model.InputSize} inputs and {model.OutputSize} outputs", $"{quantized.InputSize} inputs and {quantized.OutputSize} outputs");
    }

    /// <summary>Weights that layers share count once.</summary>
    private static long BytesOf(ILayer<float> model) => sizeof(float) * model.Parameters.Distinct().Sum(parameter => (long)parameter.Count) + QuantizedBytesOf(model);

    private static long QuantizedBytesOf(ILayer<float> layer) => (layer is QuantizedLayer quantized ? quantized.Bytes : 0) + layer.Parts.Sum(part => QuantizedBytesOf(part.Layer));

    /// <summary>The sums over all inputs so far, with the outputs of the last one.</summary>
    private sealed class Comparison(ILayer<float> model, ILayer<float> quantized)
    {
        private readonly State<float>[] _states = [model.CreateState(1), quantized.CreateState(1)];
        private long _values;
        private double _largest;
        private double _worst;
        private double _sum;
        private bool _continues;

        public Sequence<float> Output { get; } = new(model.OutputSize, 1, 1);

        public Sequence<float> QuantizedOutput { get; } = new(model.OutputSize, 1, 1);

        /// <summary>Restarts the states of the examples that do not continue those of the last batch.</summary>
        public void Continue(bool carriesState, Batch<float> batch)
        {
            if (!carriesState || _states[0].Batch != batch.Input.Batch) return;
            foreach (State<float> state in _states) state.ClearExamples(batch.Restarts);
            _continues = true;
        }

        public void Add(Sequence<float> input)
        {
            if (!_continues)
            {
                foreach (State<float> state in _states)
                {
                    state.Resize(input.Batch);
                    state.Clear();
                }
            }

            _continues = false;
            model.Predict(input, _states[0], Output);
            quantized.Predict(input, _states[1], QuantizedOutput);
            for (int t = 0; t < Output.Steps; t++)
            {
                for (int j = 0; j < Output.Batch; j++)
                {
                    if (t >= Output.LengthOf(j)) continue;
                    ReadOnlySpan<float> expected = Output.Step(t).Slice(j * model.OutputSize, model.OutputSize), actual = QuantizedOutput.Step(t).Slice(j * model.OutputSize, model.OutputSize);
                    for (int i = 0; i < expected.Length; i++)
                    {
                        double error = Math.Abs((double)expected[i] - actual[i]);
                        _worst = Math.Max(_worst, error);
                        _sum += error;
                        _largest = Math.Max(_largest, Math.Abs(expected[i]));
                    }

                    _values += expected.Length;
                }
            }
        }

        public QuantizationReport Report(LossValue? loss, LossValue? quantizedLoss) => new()
        {
            Values = _values,
            LargestOutput = _largest,
            WorstError = _worst,
            MeanError = _values == 0 ? 0 : _sum / _values,
            Loss = loss,
            QuantizedLoss = quantizedLoss,
            ModelBytes = BytesOf(model),
            QuantizedBytes = BytesOf(quantized),
        };
    }
}

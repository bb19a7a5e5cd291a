using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp;

/// <summary>A layer's report for a summary: its kind, output and cost for a given batch and number of steps, without those of its parts.</summary>
/// <typeparam name="T">float or double.</typeparam>
/// <param name="Kind">The kind of layer, with its options.</param>
/// <param name="OutputSteps">Time steps of the output.</param>
/// <param name="MultiplyAdds">Multiply-adds of the layer's own matrix products in Forward, for one example over all steps. Element-wise work and biases are not counted.</param>
/// <param name="TapeBytes">Bytes of a pass that belong to the layer itself: what Backward needs, output and final state. Copies of the input are counted as features.</param>
/// <param name="Parts">The layers that it consists of; empty for a single layer.</param>
public sealed record LayerReport<T>(string Kind, int OutputSteps, long MultiplyAdds, long TapeBytes, IReadOnlyList<LayerReportPart<T>> Parts)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>
    /// The report of a layer without parts that multiplies once per step by each parameter with more than one column, and whose tape is
    /// its output and its final state.
    /// </summary>
    /// <param name="layer">The layer; the name of its type is the kind.</param>
    /// <param name="batch">Examples, at least 1.</param>
    /// <param name="steps">Time steps of the input, 0 or more.</param>
    /// <param name="outputSteps">Time steps of the output, 0 or more.</param>
    /// <exception cref="ArgumentException">The layer is null, or a number is out of range.</exception>
    public static LayerReport<T> Plain(ILayer<T> layer, int batch, int steps, int outputSteps)
    {
        ArgumentNullException.ThrowIfNull(layer);
        Check.Positive(batch);
        Check.NotNegative(steps);
        Check.NotNegative(outputSteps);
        long products = layer.Parameters.Where(parameter => parameter.Columns > 1).Sum(parameter => (long)parameter.Count);
        return new LayerReport<T>(KindOf(layer), outputSteps, long.CreateSaturating((Int128)products * steps), Bytes((Int128)layer.OutputSize * batch * outputSteps + StateElements(layer, batch)), []);
    }

    /// <summary>The report of a composite layer that holds nothing of its own except the given bytes.</summary>
    internal static LayerReport<T> Joined(ILayer<T> layer, int outputSteps, IReadOnlyList<LayerReportPart<T>> parts, long tapeBytes = 0) => new(KindOf(layer), outputSteps, 0, tapeBytes, parts);

    /// <summary>A layer's own report, or the plain one for a layer that is not derived from <see cref="Layer{T}"/>.</summary>
    internal static LayerReport<T> Of(ILayer<T> layer, int batch, int steps) => layer is Layer<T> reporting ? reporting.ReportFor(batch, steps) : Plain(layer, batch, steps, steps);

    /// <summary>Adds the layer's options to its kind, if there are any.</summary>
    internal LayerReport<T> With(params IEnumerable<string> words)
    {
        string text = string.Join(", ", words);
        return text.Length == 0 ? this : this with { Kind = $"{Kind} ({text})" };
    }

    internal static unsafe long Bytes(Int128 elements) => long.CreateSaturating(elements * sizeof(T));

    internal static long StateBytes(ILayer<T> layer, int batch) => Bytes(StateElements(layer, batch));

    private static Int128 StateElements(ILayer<T> layer, int batch) => (Int128)layer.CreateState(1).Leaves.Sum(leaf => (long)leaf.Size) * batch;

    /// <summary>Describes a layer in one line, with its options and sizes, such as "LstmLayer (peepholes) 27 -> 64".</summary>
    internal static string Describe(ILayer<T> layer) => $"{Of(layer, 1, 1).Kind} {layer.InputSize} -> {layer.OutputSize}";

    internal static string KindOf(ILayer<T> layer) => layer.GetType().Name.Split('`')[0];
}

/// <summary>A part of a layer, for its report.</summary>
/// <typeparam name="T">float or double.</typeparam>
/// <param name="Name">The name of the part, with which the names of its parameters begin.</param>
/// <param name="Layer">The part.</param>
/// <param name="Steps">Time steps of its input.</param>
/// <param name="Times">How often it runs, with a separate tape each time.</param>
public sealed record LayerReportPart<T>(string Name, ILayer<T> Layer, int Steps, int Times = 1)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;

using System.Text.Json;
using RnnSharp.Layers;

namespace RnnSharp.Serialization;

/// <summary>A layer whose output is fed back to it: how many steps it runs.</summary>
internal sealed class FeedbackFormat() : LayerFormat("feedback")
{
    private const string Steps = "steps";

    protected internal override LayerDescription? Describe<T>(ILayer<T> layer, LayerDescriber<T> describer) =>
        layer is FeedbackLayer<T> feedback ? new Description(feedback.Steps, describer.Parts()) : null;

    protected internal override LayerDescription Read(LayerFields fields)
    {
        int steps = fields.Size(Steps);
        IReadOnlyList<PartDescription> parts = fields.Parts("0");
        LayerDescription inner = parts[0].Layer;
        if (inner.InputSize != inner.OutputSize) throw fields.Invalid($"the inner layer has {inner.InputSize} inputs and {inner.OutputSize} outputs, which cannot be fed back.");
        if (!inner.TakesFeatures) throw fields.Invalid("the inner layer takes only tokens, and its output is fed back.");
        return new Description(steps, parts);
    }

    private sealed class Description(int steps, IReadOnlyList<PartDescription> parts)
        : LayerDescription(parts[0].Layer.InputSize, parts[0].Layer.OutputSize, isStreaming: false, parts)
    {
        protected internal override int Repetitions => steps;

        protected internal override void Write(Utf8JsonWriter writer) => writer.WriteNumber(Steps, steps);

        protected internal override ILayer<T> Create<T>(LayerFactory<T> factory) => new FeedbackLayer<T>(factory.Parts()[0], steps);
    }
}

using RnnSharp.Layers;
using static RnnSharp.Onnx.Schema.TensorProto.Types;

namespace RnnSharp.Onnx;

/// <summary>A loop of a fixed number of steps, whose body is the inner layer for one step.</summary>
internal sealed class FeedbackExporter : OnnxLayerExporter
{
    protected internal override OnnxSequence? Export<T>(ILayer<T> layer, OnnxSequence input, OnnxLayerContext<T> context)
    {
        if (layer is not FeedbackLayer<T> feedback) return null;
        OnnxSequence first = context.AsFeatures(input, feedback.InputSize);
        DataType type = GraphBuilder.TypeOf<T>();
        GraphBuilder body = context.Graph.CreateBody($"{context.Path}/loop".TrimStart('/'));
        string Name(string wish) => body.NameFor($"{context.Path}/{wish}".TrimStart('/'));

        string iteration = Name("iteration"), condition = Name("continues"), x = Name("x");
        State<T> shape = feedback.Inner.CreateState(1);
        string[] state = [.. shape.Names.Select(Name)];
        body.Graph.Input.Add(GraphBuilder.Describe(iteration, DataType.Int64));
        body.Graph.Input.Add(GraphBuilder.Describe(condition, DataType.Bool));
        body.Graph.Input.Add(GraphBuilder.Describe(x, type, 1, GraphBuilder.Batch, feedback.InputSize));
        for (int i = 0; i < state.Length; i++) body.Graph.Input.Add(GraphBuilder.Describe(state[i], type, GraphBuilder.Batch, shape.Leaves[i].Size));

        OnnxSequence step = context.ExportPart(body, 0, first with { Values = x }, state, out IReadOnlyList<string> after);
        string again = body.Add(context.Path, "Identity", [condition]);
        string y = body.Add(context.Path, "Identity", [step.Values]), kept = body.Add(context.Path, "Identity", [step.Values]);
        body.Graph.Output.Add(GraphBuilder.Describe(again, DataType.Bool));
        body.Graph.Output.Add(GraphBuilder.Describe(y, type, 1, GraphBuilder.Batch, feedback.OutputSize));
        foreach (string leaf in after)
        {
            // A leaf that stays as it is would be an input and an output of the body at once.
            string value = body.Add(context.Path, "Identity", [leaf]);
            body.Graph.Output.Add(GraphBuilder.Describe(value, type, GraphBuilder.Batch, shape.Leaves[body.Graph.Output.Count - 2].Size));
        }

        body.Graph.Output.Add(GraphBuilder.Describe(kept, type, 1, GraphBuilder.Batch, feedback.OutputSize));
        IReadOnlyList<string> results = context.AddMany("Loop", [context.Graph.WholeScalar(feedback.Steps), "", first.Values, .. context.State], state.Length + 2, OnnxAttribute.Of("body", body.Graph));
        for (int i = 0; i < state.Length; i++) context.SetFinalState(i, results[i + 1]);
        string output = context.Add("Squeeze", [results[^1], context.Whole(1)]);
        if (input.Lengths is not { } lengths) return new OnnxSequence(output, Lengths: null, IsTokens: false, HasPadding: false);

        // An example without its input step has no output steps either.
        string all = context.Add("Mul", [lengths, context.Graph.Int32Scalar(feedback.Steps)]);
        return new OnnxSequence(output, all, IsTokens: false, step.HasPadding);
    }
}

using System.Numerics;
using RnnSharp.Recurrent;
using static RnnSharp.Onnx.Schema.TensorProto.Types;

namespace RnnSharp.Onnx;

/// <summary>
/// A recurrent layer as a scan over time, whose body is one step written from the layer's own equations; see
/// <see cref="RecurrentLayer{T}.Accept{TResult}"/>. The product with the input is computed for all steps ahead of it.
/// </summary>
internal sealed class RecurrentScan<T>(RecurrentLayer<T> layer, OnnxSequence input, OnnxLayerContext<T> context) : IEquationsVisitor<OnnxSequence>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly GraphBuilder _graph = context.Graph;
    private readonly string _path = context.Path;

    private int Units => layer.HiddenSize;

    /// <summary>The name of the dimension of examples. It is not the model's, because a layer may run another over more examples than its own.</summary>
    private string Examples => Name(GraphBuilder.Batch);

    public OnnxSequence Visit<TEquations>()
        where TEquations : struct, IRecurrentEquations
    {
        var sums = new ScanSums<T>(layer, context, TEquations.Gates, TEquations.SplitsLastGate, TEquations.ResetsHidden, TEquations.HasRecurrentWeights);
        string products = sums.OfInput(input);
        DataType type = GraphBuilder.TypeOf<T>();
        GraphBuilder body = _graph.CreateBody(Name("step"));
        string[] sizes = TEquations.HasCellState ? ["h", "c"] : ["h"];
        string[] state = Array.ConvertAll(sizes, leaf => body.NameFor(Name($"{leaf}_previous")));
        int[] widths = TEquations.HasCellState ? [layer.OutputSize, Units] : [layer.OutputSize];
        for (int i = 0; i < state.Length; i++) body.Graph.Input.Add(GraphBuilder.Describe(state[i], type, Examples, widths[i]));
        string step = body.NameFor(Name("sums"));
        body.Graph.Input.Add(GraphBuilder.Describe(step, type, Examples, TEquations.Gates * Units));
        string? mask = context.Mask(input), stepMask = null;
        if (mask is not null)
        {
            stepMask = body.NameFor(Name("mask"));
            body.Graph.Input.Add(GraphBuilder.Describe(stepMask, DataType.Bool, Examples, 1));
        }

        string[] next = Step<TEquations>(body, sums, step, state);
        string output = body.Add(_path, stepMask is null ? "Identity" : "Where", stepMask is null ? [next[0]] : [stepMask, next[0], body.Number(T.Zero)]);
        for (int i = 0; i < next.Length; i++)
        {
            // Each output of a body is a value of its own, and none of its inputs.
            if (stepMask is not null) next[i] = body.Add(_path, "Where", [stepMask, next[i], state[i]]);
            else if (Array.IndexOf(state, next[i]) >= 0 || Array.IndexOf(next, next[i]) < i) next[i] = body.Add(_path, "Identity", [next[i]]);
        }

        for (int i = 0; i < next.Length; i++) body.Graph.Output.Add(GraphBuilder.Describe(next[i], type, Examples, widths[i]));
        body.Graph.Output.Add(GraphBuilder.Describe(output, type, Examples, layer.OutputSize));
        string[] scanned = mask is null ? [products] : [products, mask];
        string[] results = _graph.AddMany(_path, "Scan", [.. context.State, .. scanned], state.Length + 1, OnnxAttribute.Of("body", body.Graph), OnnxAttribute.Of("num_scan_inputs", scanned.Length));
        for (int i = 0; i < state.Length; i++) context.SetFinalState(i, results[i]);
        return new OnnxSequence(results[^1], input.Lengths, IsTokens: false, HasPadding: false);
    }

    /// <summary>One step: the leaves of the new state.</summary>
    private string[] Step<TEquations>(GraphBuilder body, ScanSums<T> sums, string step, string[] state)
        where TEquations : struct, IRecurrentEquations
    {
        var tracer = new EquationTracer<T>(body, _path);
        string[] next = [.. state];
        tracer.Record(() =>
        {
            TracedVector<T> hPrevious = tracer.Step(state[0]), cPrevious = TEquations.HasCellState ? tracer.Step(state[1]) : default;
            var s = new TracedVector<T>[4];
            sums.OfStep(body, step, state[0], s, tracer, () => TEquations.Reset<T, TracedVector<T>>(ref s[1], layer.EquationWeights<TracedVector<T>>(), hPrevious));
            TracedVector<T>[] weights = UnitWeights(tracer, sums);
            TracedVector<T> h = TEquations.Forward<T, TracedVector<T>>(ref s[0], ref s[1], ref s[2], ref s[3], layer.EquationWeights(weights[0], weights[1], weights[2]), TEquations.UsesPreviousHidden ? hPrevious : default, cPrevious, out TracedVector<T> c);
            if (TEquations.HasCellState)
            {
                if (layer.Options is LstmOptions { CellZoneout: > 0 } options) c = Mix(options.CellZoneout, cPrevious, c);
                next[1] = Leaf(body, tracer, c, step);
            }

            if (layer.ProjectionWeights is { } projection) h = tracer.Step(body.Add(_path, "MatMul", [Leaf(body, tracer, h, step), context.Transposed(projection)]));
            if (layer.Options.HiddenZoneout > 0) h = Mix(layer.Options.HiddenZoneout, hPrevious, h);
            next[0] = Leaf(body, tracer, h, step);
        });
        return next;

        static TracedVector<T> Mix(double rate, TracedVector<T> old, TracedVector<T> current)
        {
            TracedVector<T> keep = TracedVector<T>.Broadcast(T.CreateChecked(rate));
            return TracedVector<T>.MultiplyAdd(keep, old, (TracedVector<T>.Broadcast(T.One) - keep) * current);
        }
    }

    private TracedVector<T>[] UnitWeights(EquationTracer<T> tracer, ScanSums<T> sums)
    {
        var weights = new TracedVector<T>[3];
        if (layer.UnitWeights is not { } parameter) return weights;
        string[] blocks = sums.BlocksOf(parameter);
        for (int i = 0; i < blocks.Length; i++) weights[i] = tracer.Weight(blocks[i]);
        return weights;
    }

    /// <summary>A value as [batch, units]: a number or a weight is repeated for each example.</summary>
    private string Leaf(GraphBuilder body, EquationTracer<T> tracer, TracedVector<T> value, string step)
    {
        string name = tracer.NameOf(value);
        if (tracer.IsStep(value)) return name;
        string batch = body.Add(_path, "Shape", [step], OnnxAttribute.Of("start", 0), OnnxAttribute.Of("end", 1));
        return body.Add(_path, "Expand", [name, body.Add(_path, "Concat", [batch, body.Whole(Units)], OnnxAttribute.Of("axis", 0))]);
    }

    private string Name(string wish) => _path.Length == 0 ? wish : $"{_path}/{wish}";
}

using System.Numerics;
using RnnSharp.Layers;

namespace RnnSharp.Training;

/// <summary>Finds where a number that is not finite first appeared in a batch: in the order of the computation, and there at the first time step.</summary>
internal sealed class NonFiniteSearch<T>(TrainingStep<T> step, Batch<T> batch, long updates, bool hasOwnLoss)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ILayer<T> _model = step.Model;

    public NonFiniteReport Find() =>
        InInput() ?? InState() ?? InParameters() ?? (step.Pass is { } pass ? InPass(pass, "") : null) ?? InLoss() ?? InOutputGradient() ?? InParameterGradients()
        ?? new NonFiniteReport(NonFiniteSource.Loss, Path("", _model), "loss", null, null, double.NaN, updates);

    private NonFiniteReport? InInput()
    {
        string layer = Path(FirstLeaf("", _model));
        return (batch.Source is { } source ? InSequence(source, NonFiniteSource.Input, layer, "source") : null) ?? InSequence(batch.Input, NonFiniteSource.Input, layer, "input");
    }

    private NonFiniteReport? InState()
    {
        if (step.LastStart() is not { } state) return null;
        for (int i = 0; i < state.Leaves.Count; i++)
        {
            StateLeaf<T> leaf = state.Leaves[i];
            if (GradientClipping.FirstNotFinite<T>(leaf.Values) is not { } at) continue;
            string name = state.Names[i];
            int dot = name.LastIndexOf('.');
            return new NonFiniteReport(NonFiniteSource.State, PathOf(dot < 0 ? "" : name[..dot]), name[(dot + 1)..], 0, at / leaf.Size, double.CreateTruncating(leaf.Values[at]), updates);
        }

        return null;
    }

    private NonFiniteReport? InParameters()
    {
        for (int p = 0; p < _model.Parameters.Count; p++)
        {
            if (GradientClipping.FirstNotFinite(_model.Parameters[p].Values) is not { } at) continue;

            // The weight is the cause; the activation that it first reaches tells step and example.
            NonFiniteReport? reached = step.Pass is { } pass ? InPass(pass, "") : null;
            (string layer, string name) = Owner(_model.ParameterNames[p]);
            return new NonFiniteReport(NonFiniteSource.Parameter, layer, name, reached?.TimeStep ?? 0, reached?.Example ?? 0, double.CreateTruncating(_model.Parameters[p].Values[at]), updates);
        }

        return null;
    }

    /// <summary>The first layer, in the order of the computation, that computed the number.</summary>
    private NonFiniteReport? InPass(ForwardPass<T> pass, string prefix)
    {
        if (pass is CompositePass<T> composite)
        {
            for (int i = 0; i < composite.Parts.Count; i++)
            {
                string name = composite.Layer.Parts[i].Name;
                if (InPass(composite.Parts[i], Join(prefix, name)) is { } found) return found;
            }
        }

        if (pass.Version < 0) return null;
        NonFiniteReport? first = null;
        string path = Path(prefix, pass.Layer);
        if (pass is not CompositePass<T>)
        {
            foreach (string name in pass.ValueNames)
            {
                NonFiniteReport? found = InSequence(pass.GetValues(name), NonFiniteSource.Activation, path, name);
                if (found is not null && (first is null || found.TimeStep < first.TimeStep)) first = found;
            }
        }

        return first ?? InSequence(pass.Output, NonFiniteSource.Activation, path, "output");
    }

    private NonFiniteReport? InLoss()
    {
        if (hasOwnLoss || step.Pass is not { } pass || pass.Version < 0) return null;
        var losses = new Sequence<T>(1, 1, 1);
        step.Loss.Compute(pass.Output, batch.Target, gradient: null, batch.StepWeights, losses);
        return InSequence(losses, NonFiniteSource.Loss, Path(LastLeaf("", _model)), "loss");
    }

    private NonFiniteReport? InOutputGradient() => InSequence(step.OutputGradient, NonFiniteSource.OutputGradient, Path(LastLeaf("", _model)), "output gradient");

    private NonFiniteReport? InParameterGradients()
    {
        if (!step.HasGradients) return null;

        // Backward runs from the last layer to the first.
        Gradients<T> gradients = step.Gradients;
        for (int p = gradients.Parameters.Count - 1; p >= 0; p--)
        {
            if (GradientClipping.FirstNotFinite<T>(gradients.Values(p)) is { } at) return Report(p, double.CreateTruncating(gradients.Values(p)[at]));
        }

        // All are finite, but too large for their norm to be.
        double[] norms = [.. Enumerable.Range(0, gradients.Parameters.Count).Select(p => Numerics.Elementwise.SumOfSquares<T>(gradients.Values(p)))];
        int largest = Array.FindLastIndex(norms, norm => !double.IsFinite(norm));
        return T.IsFinite(T.CreateTruncating(norms.Sum())) ? null : Report(largest < 0 ? Array.IndexOf(norms, norms.Max()) : largest, double.PositiveInfinity);

        NonFiniteReport Report(int p, double number)
        {
            (int? timeStep, int? example) = step.Pass is null ? (null, null) : FindCause();
            (string layer, string name) = Owner(gradients.Names[p]);
            return new NonFiniteReport(NonFiniteSource.ParameterGradient, layer, name, timeStep, example, number, updates);
        }
    }

    /// <summary>The example, and the last time step, whose output gradient alone is enough for a gradient that is not finite.</summary>
    private (int? TimeStep, int? Example) FindCause()
    {
        Sequence<T> full = step.OutputGradient;
        Gradients<T> scratch = _model.CreateGradients();
        if (step.IsBackwardFinite(full, scratch)) return (null, null);
        var masked = new Sequence<T>(full.Features, full.Batch, full.Steps);
        int example = 0;
        while (example < full.Batch && !Overflows(example, 0)) example++;
        if (example == full.Batch) return (null, null); // only the sum of several overflows
        int low = 0, high = full.Steps;
        while (high - low > 1)
        {
            int middle = (low + high) / 2;
            if (Overflows(example, middle)) low = middle;
            else high = middle;
        }

        return (low, example);

        bool Overflows(int example, int firstStep)
        {
            masked.Clear();
            if (full.IsRagged) masked.SetLengths(full.Lengths);
            for (int t = firstStep; t < full.Steps; t++) full.Step(t).Slice(example * full.Features, full.Features).CopyTo(masked.Step(t)[(example * full.Features)..]);
            return !step.IsBackwardFinite(masked, scratch);
        }
    }

    /// <summary>The earliest time step of a sequence with a number that is not finite, within the examples' lengths.</summary>
    private NonFiniteReport? InSequence(Sequence<T> sequence, NonFiniteSource source, string layer, string name)
    {
        if (sequence.IsTokens) return null;
        for (int t = 0; t < sequence.Steps; t++)
        {
            ReadOnlySpan<T> values = sequence.Step(t);
            for (int j = 0; j < sequence.Batch; j++)
            {
                ReadOnlySpan<T> own = values.Slice(j * sequence.Features, sequence.Features);
                if (t < sequence.LengthOf(j) && GradientClipping.FirstNotFinite(own) is { } at) return new NonFiniteReport(source, layer, name, t, j, double.CreateTruncating(own[at]), updates);
            }
        }

        return null;
    }

    /// <summary>The layer that a parameter belongs to, from its name in the whole model, and its name there.</summary>
    private (string Layer, string Name) Owner(string parameter)
    {
        int dot = parameter.LastIndexOf('.');
        return (PathOf(dot < 0 ? "" : parameter[..dot]), parameter[(dot + 1)..]);
    }

    private string PathOf(string path)
    {
        ILayer<T> layer = _model;
        string left = path;
        while (layer.Parts.Count > 0)
        {
            LayerPart<T>? next = null;
            foreach (LayerPart<T> part in layer.Parts)
            {
                if (part.Name.Length == 0 || string.Equals(left, part.Name, StringComparison.Ordinal) || left.StartsWith($"{part.Name}.", StringComparison.Ordinal))
                {
                    next = part;
                    break;
                }
            }

            if (next is not { } found) break;
            layer = found.Layer;
            left = left.Length > found.Name.Length && found.Name.Length > 0 ? left[(found.Name.Length + 1)..] : found.Name.Length == 0 ? left : "";
        }

        return Path(path, layer);
    }

    private static (string Path, ILayer<T> Layer) FirstLeaf(string path, ILayer<T> layer) => layer.Parts.Count == 0 ? (path, layer) : FirstLeaf(Join(path, layer.Parts[0].Name), layer.Parts[0].Layer);

    private static (string Path, ILayer<T> Layer) LastLeaf(string path, ILayer<T> layer) => layer.Parts.Count == 0 ? (path, layer) : LastLeaf(Join(path, layer.Parts[^1].Name), layer.Parts[^1].Layer);

    private static string Path((string Path, ILayer<T> Layer) leaf) => Path(leaf.Path, leaf.Layer);

    private static string Path(string path, ILayer<T> layer) => path.Length == 0 ? LayerReport<T>.KindOf(layer) : $"{path} ({LayerReport<T>.KindOf(layer)})";

    private static string Join(string path, string name) => path.Length == 0 || name.Length == 0 ? path + name : $"{path}.{name}";
}

using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Layers;

/// <summary>
/// The pass of a composite layer: it holds the passes of the parts, and its final state combines theirs, as the layer's state does.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public class CompositePass<T> : ForwardPass<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ILayer<T>[] _layers;
    private readonly ForwardPass<T>[] _parts;
    private readonly string[] _prefixes;

    /// <summary>Creates an empty pass.</summary>
    /// <param name="layer">The layer.</param>
    /// <exception cref="ArgumentException">The layer is null.</exception>
    public CompositePass(CompositeLayer<T> layer)
        : base(layer)
    {
        _layers = new ILayer<T>[layer.Parts.Count];
        _prefixes = new string[_layers.Length];
        for (int i = 0; i < _layers.Length; i++)
        {
            (string name, _layers[i]) = layer.Parts[i];
            _prefixes[i] = name.Length == 0 ? "" : $"{name}.";
        }

        _parts = layer.CreatePartPasses();
    }

    /// <summary>The passes of the parts.</summary>
    public IReadOnlyList<ForwardPass<T>> Parts => _parts;

    /// <summary>Runs Forward of a part in its own pass, with the masks of this pass's draw.</summary>
    /// <param name="part">The index of the part.</param>
    /// <param name="input">The part's input.</param>
    /// <param name="initialState">The initial state of the whole layer, or null.</param>
    /// <returns>The part's output.</returns>
    /// <exception cref="ArgumentException">An argument does not fit.</exception>
    /// <exception cref="InvalidOperationException">The part returned another pass.</exception>
    public Sequence<T> Forward(int part, Sequence<T> input, State<T>? initialState) => ForwardFrom(part, input, PartOf(initialState, part, nameof(initialState)));

    /// <summary>Runs Backward of a part.</summary>
    /// <param name="part">The index of the part.</param>
    /// <param name="outputGradient">The gradient of the part's output; null for zero.</param>
    /// <param name="finalStateGradient">The gradient of the whole layer's final state; null for zero.</param>
    /// <param name="inputGradient">Whether to compute the gradient of the part's input.</param>
    /// <param name="accumulate">Whether to add to the gradients of the parameters instead of overwriting them.</param>
    /// <param name="gradients">The gradients of the whole layer.</param>
    /// <returns>The gradient of the part's input; null if it is not computed or the input holds tokens.</returns>
    /// <exception cref="ArgumentException">An argument does not fit.</exception>
    /// <exception cref="InvalidOperationException">The part returned other gradients.</exception>
    public Sequence<T>? Backward(int part, Sequence<T>? outputGradient, State<T>? finalStateGradient, bool inputGradient, bool accumulate, Gradients<T> gradients)
    {
        ArgumentNullException.ThrowIfNull(gradients);
        return BackwardTo(part, outputGradient, PartOf(finalStateGradient, part, nameof(finalStateGradient)), inputGradient, accumulate, gradients);
    }

    /// <summary>Makes the output of a part the output of the whole layer.</summary>
    /// <param name="part">The index of the part.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such part.</exception>
    public void ShareOutput(int part) => Output = PassOf(part).Output;

    /// <summary>Sets the final state when all parts have run: theirs, combined. Override it in a layer whose state is made in another way.</summary>
    protected virtual void SetFinalState() => JoinFinalStates(_parts);

    internal sealed override void End()
    {
        SetFinalState();
        base.End();
    }

    internal sealed override IEnumerable<string> ListValues() => _parts.SelectMany((part, i) => HasRun(i) ? part.ListValues().Select(name => _prefixes[i] + name) : []);

    internal sealed override Sequence<T>? CopyValues(string name)
    {
        for (int i = 0; i < _parts.Length; i++)
        {
            if (HasRun(i) && name.StartsWith(_prefixes[i], StringComparison.Ordinal) && _parts[i].FindValues(name[_prefixes[i].Length..]) is { } values) return InTimeOrder(i, values);
        }

        return null;
    }

    /// <summary>Whether the last call has run a part.</summary>
    private protected virtual bool HasRun(int part) => true;

    /// <summary>Values of a part in the order of the layer's input, for a part that runs backwards.</summary>
    private protected virtual Sequence<T> InTimeOrder(int part, Sequence<T> values) => values;

    /// <summary>Values of a part that runs backwards, reversed in time.</summary>
    private protected static Sequence<T> Reversed(Sequence<T> values)
    {
        var reversed = new Sequence<T>(values.Features, values.Batch, values.Steps);
        TimeReversal.ReverseResult(values, reversed);
        return reversed;
    }

    /// <summary>Runs Forward of a part from the part's own initial state.</summary>
    private protected Sequence<T> ForwardFrom(int part, Sequence<T> input, State<T>? initialState)
    {
        ForwardPass<T> pass = PassOf(part);
        pass.Draw = Draw;
        Check.Reused(_layers[part].Forward(input, initialState, pass), pass, _layers[part]);
        return pass.Output;
    }

    /// <summary>Runs Backward of a part with the gradient of the part's own final state.</summary>
    private protected Sequence<T>? BackwardTo(int part, Sequence<T>? outputGradient, State<T>? finalStateGradient, bool inputGradient, bool accumulate, Gradients<T> gradients)
    {
        ForwardPass<T> pass = PassOf(part);
        if (gradients.Parts.Count != _parts.Length) throw Check.Shape(nameof(gradients), CompositeLayer<T>.Count(_parts.Length), $"{gradients.Parts.Count}");
        Gradients<T> own = gradients.Parts[part];
        Check.Reused(_layers[part].Backward(pass, outputGradient, finalStateGradient, inputGradient, accumulate, own), own, _layers[part]);
        return own.Input;
    }

    private State<T>? PartOf(State<T>? state, int part, string name)
    {
        _ = PassOf(part);
        return state is null ? null : CompositeLayer<T>.PartOf(state, part, _parts.Length, name);
    }

    private ForwardPass<T> PassOf(int part) => (uint)part < (uint)_parts.Length
        ? _parts[part]
        : throw new ArgumentOutOfRangeException(nameof(part), part, $"Expected 0 to {_parts.Length - 1}, got {part}.");
}

using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Layers;

/// <summary>
/// Layers one after another, the output of each the input of the next: a deep network. A stack is a layer itself. Parameters and
/// state leaves are named below the layer's number: 0.weight_ih, 1.bias, 0.h. A parameter that several layers have (tied weights) is
/// there once, under its first name, and its gradient is the sum over them. A stack whose layers all stream is better made as a
/// <see cref="StreamingStack{T}"/>.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public class LayerStack<T> : Layer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ILayer<T>[] _layers;

    /// <summary>Joins layers, the first one nearest to the input.</summary>
    /// <exception cref="ArgumentException">There is no layer, one is null or there twice, or neighbours' sizes do not fit.</exception>
    public LayerStack(params IReadOnlyList<ILayer<T>> layers)
        : base(Checked(layers)[0].InputSize, layers[^1].OutputSize)
    {
        _layers = [.. layers];
        var joined = new JoinedParameters<T>(_layers.Select((layer, i) => ($"{i}.", layer)));
        Parameters = joined.Parameters;
        ParameterNames = joined.Names;
    }

    /// <summary>The layers, the first one nearest to the input.</summary>
    public IReadOnlyList<ILayer<T>> Layers => _layers;

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter<T>> Parameters { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> ParameterNames { get; }

    /// <inheritdoc/>
    public override State<T> CreateState(int batch) => new([.. _layers.Select(layer => layer.CreateState(batch))]);

    /// <inheritdoc/>
    public override Gradients<T> CreateGradients() => new(this, [.. _layers.Select(layer => layer.CreateGradients())]);

    /// <inheritdoc/>
    public override ForwardPass<T> CreatePass() => new StackPass(this);

    /// <inheritdoc/>
    protected override LayerReport<T> Report(int batch, int steps)
    {
        var parts = new LayerPart<T>[_layers.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            parts[i] = new LayerPart<T>($"{i}", _layers[i], steps);
            steps = LayerReport<T>.Of(_layers[i], batch, steps).OutputSteps;
        }

        return LayerReport<T>.Joined(this, steps, parts);
    }

    /// <inheritdoc/>
    protected override void Run(ForwardPass<T> pass, Sequence<T> input, State<T>? initialState)
    {
        var stack = (StackPass)pass;
        long version = ParameterVersion();
        Sequence<T> x = input;
        for (int i = 0; i < _layers.Length; i++)
        {
            ForwardPass<T> part = stack.Next(i);
            RequireReused(_layers[i].Forward(x, initialState?.Parts[i], part), part, i);
            x = part.Output;
        }

        stack.TakeOutput(x);
        stack.Complete(input, version);
    }

    /// <inheritdoc/>
    protected override void RunBackward(ForwardPass<T> pass, Sequence<T>? outputGradient, State<T>? finalStateGradient, bool inputGradient, bool accumulate, Gradients<T> gradients)
    {
        var stack = (StackPass)pass;
        Sequence<T>? dy = outputGradient;
        for (int i = _layers.Length - 1; i >= 0; i--)
        {
            Gradients<T> part = gradients.Parts[i];
            RequireReused(_layers[i].Backward(stack.Parts[i], dy, finalStateGradient?.Parts[i], i > 0 || inputGradient, accumulate, part), part, i);
            dy = part.Input;
        }

        gradients.ShareInput(dy);
    }

    /// <inheritdoc/>
    protected override void CheckInput(Sequence<T> input)
    {
        base.CheckInput(input);
        CheckPart(_layers[0], input);
    }

    /// <inheritdoc/>
    protected override void RunPredict(Sequence<T> input, State<T> state, Sequence<T> output)
    {
        StackScratch scratch = ScratchOf(state);
        Sequence<T> x = input;
        for (int i = 0; i < _layers.Length; i++)
        {
            Sequence<T> y = i == _layers.Length - 1 ? output : scratch.Sequences[i] ??= new Sequence<T>(_layers[i].OutputSize, x.Batch, x.Steps);
            RequireReused(_layers[i].Predict(x, state.Parts[i], y), y, i);
            x = y;
        }
    }

    private protected StackScratch ScratchOf(State<T> state) => state.Scratch as StackScratch ?? (StackScratch)(state.Scratch = new StackScratch(_layers.Length - 1));

    /// <summary>A layer of the user's own that does not write where it is told to would go wrong silently here.</summary>
    private void RequireReused(object returned, object given, int layer)
    {
        if (!ReferenceEquals(returned, given))
            throw new InvalidOperationException($"Layer {layer} of the stack, a {_layers[layer].GetType().Name}, did not return the object that it was given for reuse, as ILayer asks.");
    }

    private static IReadOnlyList<ILayer<T>> Checked(IReadOnlyList<ILayer<T>> layers)
    {
        ArgumentNullException.ThrowIfNull(layers);
        if (layers.Count == 0) throw Check.Shape(nameof(layers), "at least one layer", "none");
        var seen = new HashSet<ILayer<T>>(ReferenceEqualityComparer.Instance);
        for (int i = 0; i < layers.Count; i++)
        {
            if (layers[i] is null) throw new ArgumentException($"Layer {i} is null.", nameof(layers));
            if (i > 0 && layers[i].InputSize != layers[i - 1].OutputSize)
                throw Check.Shape(nameof(layers), $"an input size of {layers[i - 1].OutputSize} in layer {i} (the output size of layer {i - 1})", $"{layers[i].InputSize}");
            if (!AddTo(seen, layers[i]))
                throw new ArgumentException($"Layer {i} is, or has in it, a layer that is there before it: the same layer twice. To share weights, make a second layer over the first one's parameter.", nameof(layers));
        }

        return layers;

        static bool AddTo(HashSet<ILayer<T>> seen, ILayer<T> layer) =>
            seen.Add(layer) && (layer as LayerStack<T>)?._layers.All(inner => AddTo(seen, inner)) is not false;
    }

    /// <summary>The passes of the layers, the last of which has the stack's output.</summary>
    private sealed class StackPass(LayerStack<T> layer) : CompositePass<T>(layer, layer._layers)
    {
        public void TakeOutput(Sequence<T> output) => Output = output;
    }

    /// <summary>What the layers hand to one another in Predict and Step; kept with the state.</summary>
    private protected sealed class StackScratch(int count)
    {
        public Sequence<T>?[] Sequences { get; } = new Sequence<T>?[count];

        /// <summary>[example][feature] for each layer but the last.</summary>
        public T[][] Columns { get; } = [.. Enumerable.Repeat<T[]>([], count)];
    }
}

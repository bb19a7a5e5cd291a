using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Layers;

/// <summary>
/// The base class of layers that consist of other layers, built-in or your own. It names and combines the parameters, states, gradients and
/// passes of the parts. A derived class defines how values flow through the parts, by overriding <see cref="Layer{T}.Run"/>,
/// <see cref="Layer{T}.RunBackward"/>, <see cref="Layer{T}.RunPredict"/> and, if it streams, <see cref="Layer{T}.RunStep"/>.
/// <para>Names are prefixed with the name of the part: 0.weight_ih, forward.h. A parameter that several parts share is listed once, under its
/// first name, and its gradient is the sum over them; RunBackward must therefore call the parts from the last to the first.</para>
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public abstract class CompositeLayer<T> : Layer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly LayerPart<T>[] _parts;
    private readonly string[] _names;

    /// <summary>Combines parts that have no layer in common.</summary>
    /// <param name="inputSize">Features of the input, at least 1.</param>
    /// <param name="outputSize">Features of the output, at least 1.</param>
    /// <param name="parts">The parts with their names; at least one.</param>
    /// <exception cref="ArgumentException">A size is out of range, there is no part, a part's name or layer is null, or a layer is used twice.</exception>
    protected CompositeLayer(int inputSize, int outputSize, params LayerPart<T>[] parts)
        : this(inputSize, outputSize, parts, sharesLayers: false)
    {
    }

    /// <summary>Combines parts that may have layers in common. Each use of a layer has its own state and pass, and the gradients are summed over the uses.</summary>
    /// <param name="inputSize">Features of the input, at least 1.</param>
    /// <param name="outputSize">Features of the output, at least 1.</param>
    /// <param name="parts">The parts with their names; at least one.</param>
    /// <param name="sharesLayers">Whether a layer may be used more than once.</param>
    /// <exception cref="ArgumentException">A size is out of range, there is no part, a part's name or layer is null, or a layer is used twice although layers are not shared.</exception>
    protected CompositeLayer(int inputSize, int outputSize, LayerPart<T>[] parts, bool sharesLayers)
        : this(inputSize, outputSize, parts, sharesLayers, [])
    {
    }

    /// <summary>Combines parts that may have layers in common, with parameters that belong to no part and come before theirs.</summary>
    private protected CompositeLayer(int inputSize, int outputSize, LayerPart<T>[] parts, bool sharesLayers, Parameter<T>[] own)
        : base(inputSize, outputSize)
    {
        ArgumentNullException.ThrowIfNull(parts);
        if (parts.Length == 0) throw Check.Shape(nameof(parts), "at least one part", "none");
        for (int i = 0; i < parts.Length; i++)
        {
            if (parts[i].Name is null) throw new ArgumentException($"The name of part {i} is null.", nameof(parts));
            if (parts[i].Layer is null) throw new ArgumentException($"Part {i} is null.", nameof(parts));
        }

        if (!sharesLayers) RequireEachLayerOnce(parts, nameof(parts));
        _parts = [.. parts];
        _names = Array.ConvertAll(parts, part => part.Name);
        PartLayers = Array.ConvertAll(parts, part => part.Layer);
        PartsStream = Array.TrueForAll(PartLayers, layer => layer.IsStreaming);
        OwnParameters = own;
        var parameters = new OrderedDictionary<Parameter<T>, string>();
        foreach (Parameter<T> parameter in own) parameters.Add(parameter, parameter.Name);
        foreach ((string name, ILayer<T> layer) in parts)
        {
            for (int i = 0; i < layer.Parameters.Count; i++) parameters.TryAdd(layer.Parameters[i], name.Length == 0 ? layer.ParameterNames[i] : $"{name}.{layer.ParameterNames[i]}");
        }

        Parameters = [.. parameters.Keys];
        ParameterNames = [.. parameters.Values];
    }

    /// <inheritdoc/>
    public sealed override IReadOnlyList<LayerPart<T>> Parts => _parts;

    /// <inheritdoc/>
    public sealed override IReadOnlyList<Parameter<T>> Parameters { get; }

    /// <inheritdoc/>
    public sealed override IReadOnlyList<string> ParameterNames { get; }

    /// <summary>The parameters that belong to no part: the first of <see cref="Parameters"/>.</summary>
    private protected Parameter<T>[] OwnParameters { get; }

    /// <summary>Whether all parts stream.</summary>
    protected bool PartsStream { get; }

    /// <summary>The parts' layers, for loops that must not allocate.</summary>
    private protected ILayer<T>[] PartLayers { get; }

    /// <inheritdoc/>
    public override State<T> CreateState(int batch) => new(Array.ConvertAll(PartLayers, layer => layer.CreateState(batch)), _names);

    /// <inheritdoc/>
    public override Gradients<T> CreateGradients() => new(this, Array.ConvertAll(PartLayers, layer => layer.CreateGradients()), initialState: null, OwnParameters);

    /// <inheritdoc/>
    protected override ForwardPass<T> CreatePassCore() => new CompositePass<T>(this);

    /// <summary>
    /// For summaries. By default, every part runs once on a sequence with the input's steps, and the layer has an output of its own. Override it
    /// in a layer whose parts run differently.
    /// </summary>
    /// <inheritdoc/>
    protected override LayerReport<T> Report(int batch, int steps)
    {
        int outputSteps = OutputSteps(steps) ?? steps;
        return LayerReport<T>.Joined(this, outputSteps, [.. _parts.Select(part => new LayerReportPart<T>(part.Name, part.Layer, steps))], LayerReport<T>.Bytes((Int128)OutputSize * batch * outputSteps));
    }

    /// <summary>Throws if a part that reads the layer's input cannot accept it. Call it from <see cref="Layer{T}.CheckInput"/>.</summary>
    /// <param name="part">The index of the part.</param>
    /// <param name="input">The layer's input.</param>
    /// <exception cref="ArgumentException">The part cannot accept the input.</exception>
    protected void CheckPart(int part, Sequence<T> input)
    {
        ArgumentNullException.ThrowIfNull(input);
        RequireInput(PartAt(part), input);
    }

    /// <summary>Calls a part's Predict.</summary>
    /// <param name="part">The index of the part.</param>
    /// <param name="input">The part's input.</param>
    /// <param name="state">The state of the whole layer, as made by <see cref="CreateState"/> above.</param>
    /// <param name="output">The sequence to write the output to.</param>
    /// <returns><paramref name="output"/>.</returns>
    /// <exception cref="ArgumentException">An argument does not fit.</exception>
    /// <exception cref="InvalidOperationException">The part returned another sequence.</exception>
    protected Sequence<T> PredictPart(int part, Sequence<T> input, State<T> state, Sequence<T> output)
    {
        ILayer<T> layer = PartAt(part);
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(output);
        Check.Reused(layer.Predict(input, PartOf(state, part, PartLayers.Length, nameof(state)), output), output, layer);
        return output;
    }

    /// <summary>Calls a part's Step.</summary>
    /// <param name="part">The index of the part.</param>
    /// <param name="input">The part's input.</param>
    /// <param name="state">The state of the whole layer, as made by <see cref="CreateState"/> above.</param>
    /// <param name="output">[example][feature]: receives the part's output.</param>
    /// <exception cref="ArgumentException">An argument does not fit.</exception>
    /// <exception cref="InvalidOperationException">The part does not stream.</exception>
    protected void StepPart(int part, StepInput<T> input, State<T> state, Span<T> output)
    {
        ILayer<T> layer = PartAt(part);
        ArgumentNullException.ThrowIfNull(state);
        layer.Step(input, PartOf(state, part, PartLayers.Length, nameof(state)), output);
    }

    internal ForwardPass<T>[] CreatePartPasses() => Array.ConvertAll(PartLayers, CreatePassOf);

    /// <summary>Throws if two parts have a layer in common, at any depth.</summary>
    private protected static LayerPart<T>[] RequireEachLayerOnce(LayerPart<T>[] parts, string argument)
    {
        var used = new Dictionary<ILayer<T>, string>(ReferenceEqualityComparer.Instance);
        foreach (LayerPart<T> part in parts)
        {
            // Repeated layers within a part are up to the part's own constructor.
            var inPart = new Dictionary<ILayer<T>, string>(ReferenceEqualityComparer.Instance);
            Collect(part, prefix: "", inPart);
            foreach ((ILayer<T> layer, string path) in inPart)
            {
                if (!used.TryAdd(layer, path))
                    throw new ArgumentException($"Expected each layer once, got the same {LayerReport<T>.KindOf(layer)} as {used[layer]} and as {path}. To share weights, create a second layer with the parameters of the first.", argument);
            }
        }

        return parts;

        static void Collect(LayerPart<T> part, string prefix, Dictionary<ILayer<T>, string> found)
        {
            string path = prefix.Length == 0 || part.Name.Length == 0 ? prefix + part.Name : $"{prefix}.{part.Name}";
            if (!found.TryAdd(part.Layer, path)) return;
            foreach (LayerPart<T> inner in part.Layer.Parts) Collect(inner, path, found);
        }
    }

    internal static State<T> PartOf(State<T> state, int part, int parts, string name) => state.Parts.Count == parts
        ? state.Parts[part]
        : throw Check.Shape(name, Count(parts), $"{state.Parts.Count}");

    internal static string Count(int parts) => $"{parts} part{(parts == 1 ? "" : "s")}, like the layer";

    private ILayer<T> PartAt(int part) => (uint)part < (uint)PartLayers.Length
        ? PartLayers[part]
        : throw new ArgumentOutOfRangeException(nameof(part), part, $"Expected 0 to {PartLayers.Length - 1}, got {part}.");
}

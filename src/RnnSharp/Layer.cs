using System.Diagnostics;
using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp;

/// <summary>
/// The base class of built-in and custom layers. It validates calls before any work and prepares objects for reuse, so that a
/// layer contains only its mathematics.
/// <para>A custom layer overrides <see cref="Parameters"/>, <see cref="Run"/>, <see cref="RunBackward"/> and
/// <see cref="RunPredict"/>; <see cref="IsStreaming"/> and <see cref="RunStep"/> if it streams; <see cref="CreateState"/> if it remembers
/// something from one step to the next; and <see cref="CreatePassCore"/> if Backward needs more than input and output.</para>
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
[DebuggerDisplay("{ToString(),nq}")]
public abstract class Layer<T> : ILayer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private State<T>? _stateShape;

    // The number of passes that CreatePass has created.
    private long _passes;

    /// <summary>Sets the sizes.</summary>
    /// <param name="inputSize">Features of the input, at least 1.</param>
    /// <param name="outputSize">Features of the output, at least 1.</param>
    /// <exception cref="ArgumentException">A size is out of range, or T is neither float nor double.</exception>
    protected Layer(int inputSize, int outputSize)
    {
        Check.ElementType<T>();
        InputSize = Check.Positive(inputSize);
        OutputSize = Check.Positive(outputSize);
    }

    /// <inheritdoc/>
    public int InputSize { get; }

    /// <inheritdoc/>
    public int OutputSize { get; }

    /// <inheritdoc/>
    public abstract IReadOnlyList<Parameter<T>> Parameters { get; }

    /// <summary>The name of each parameter within the layer; by default, the parameter's own name.</summary>
    public virtual IReadOnlyList<string> ParameterNames => field ??= [.. Parameters.Select(parameter => parameter.Name)];

    /// <inheritdoc/>
    public virtual IReadOnlyList<LayerPart<T>> Parts => [];

    /// <inheritdoc/>
    public virtual bool IsStreaming => false;

    /// <summary>Whether the layer accepts token numbers, which stand for one-hot columns. It is never called with them otherwise.</summary>
    protected virtual bool TakesTokens => true;

    /// <summary>Whether the layer accepts features. It is never called with them otherwise.</summary>
    protected virtual bool TakesFeatures => true;

    internal State<T> StateShape => _stateShape ??= CreateState(1);

    /// <summary>Creates a state of zeros for this layer; by default, that of a stateless layer.</summary>
    /// <param name="batch">Examples, at least 1.</param>
    /// <exception cref="ArgumentException">The batch is out of range.</exception>
    public virtual State<T> CreateState(int batch) => new(batch);

    /// <inheritdoc/>
    public virtual Gradients<T> CreateGradients() => new(this);

    /// <inheritdoc/>
    public ForwardPass<T> Forward(Sequence<T> input, State<T>? initialState = null, ForwardPass<T>? reuse = null)
    {
        CheckInput(input);
        CheckTape(input);
        if (initialState is not null) StateShape.RequireLike(initialState, input.Batch, nameof(initialState));
        if (reuse is not null)
        {
            RequireOwn(reuse, nameof(reuse));
            if (ReferenceEquals(reuse.Output, input)) throw new ArgumentException("Expected a pass whose output is not the input, which would be overwritten.", nameof(reuse));
        }

        ForwardPass<T> pass = reuse ?? CreatePass();
        try
        {
            pass.Begin(input, ParameterVersion());
            Run(pass, input, initialState);
            pass.End();
        }
        catch
        {
            pass.Invalidate();
            throw;
        }

        return pass;
    }

    /// <inheritdoc/>
    public Gradients<T> Backward(ForwardPass<T> pass, Sequence<T>? outputGradient, State<T>? finalStateGradient = null, bool inputGradient = true, bool accumulate = false, Gradients<T>? reuse = null)
    {
        ArgumentNullException.ThrowIfNull(pass);
        RequireOwn(pass, nameof(pass));
        pass.RequireUnchanged(nameof(pass));
        Sequence<T> output = pass.Output;
        if (outputGradient is not null && (outputGradient.IsTokens || outputGradient.Features != output.Features || outputGradient.Batch != output.Batch || outputGradient.Steps > output.Steps))
            throw Check.Shape(nameof(outputGradient), $"{output.Describe()} (the shape of the pass's output), or fewer steps", outputGradient.Describe());
        if (finalStateGradient is not null) StateShape.RequireLike(finalStateGradient, output.Batch, nameof(finalStateGradient));
        if (reuse is not null && !ReferenceEquals(reuse.Layer, this)) throw new ArgumentException("Expected gradients of this layer, got those of another layer.", nameof(reuse));
        if (outputGradient is not null && reuse is not null && reuse.Holds(outputGradient)) throw new ArgumentException($"Expected a sequence other than an {nameof(Gradients<T>.Input)} of the gradients to reuse, which would be overwritten.", nameof(outputGradient));
        if (accumulate && reuse is null) throw new ArgumentException("Expected the gradients to add to, because accumulate is set; got none.", nameof(reuse));
        CheckVersion(pass);
        Gradients<T> gradients = reuse ?? CreateGradients();
        gradients.InitialState.Resize(pass.InputShape.Batch);
        if (outputGradient is not null && outputGradient.Steps < output.Steps) outputGradient = gradients.Padded(outputGradient, output.Steps);
        RunBackward(pass, outputGradient, finalStateGradient, inputGradient, accumulate, gradients);
        return gradients;
    }

    /// <inheritdoc/>
    public Sequence<T> Predict(Sequence<T> input, State<T>? state = null, Sequence<T>? reuse = null)
    {
        CheckInput(input);
        if (state is not null) StateShape.RequireLike(state, input.Batch, nameof(state));
        CheckReuse(input, reuse);
        Sequence<T> output = reuse ?? new Sequence<T>(OutputSize, input.Batch, 0);
        Shape(output, input);
        RunPredict(input, state ?? CreateState(input.Batch), output);
        return output;
    }

    /// <inheritdoc/>
    public void Step(StepInput<T> input, State<T> state, Span<T> output)
    {
        if (!IsStreaming) throw DoesNotStream();
        CheckStep(input, state, output);
        RunStep(input, state, output);
    }

    /// <inheritdoc/>
    public ForwardPass<T> CreatePass()
    {
        ForwardPass<T> pass = CreateOwnPass();
        pass.Draw = ((Interlocked.Increment(ref _passes) - 1) << 32) & long.MaxValue;
        return pass;
    }

    /// <summary>The kind of layer, with its options, sizes and parts, such as "LstmLayer (peepholes) 27 -> 64".</summary>
    public override string ToString()
    {
        string own = LayerReport<T>.Describe(this);
        return Parts.Count == 0 ? own : $"{own} [{string.Join(", ", Parts.Select(part => LayerReport<T>.Describe(part.Layer)))}]";
    }

    /// <summary>
    /// Reports the kind and the cost of the layer, for summaries. Override it in a layer that differs from <see cref="LayerReport{T}.Plain"/>.
    /// </summary>
    /// <param name="batch">Examples, at least 1.</param>
    /// <param name="steps">Time steps of the input, 0 or more.</param>
    /// <exception cref="ArgumentException">A number is out of range.</exception>
    protected virtual LayerReport<T> Report(int batch, int steps) =>
        LayerReport<T>.Plain(this, batch, steps, OutputSteps(steps) ?? steps);

    /// <summary>
    /// Creates an empty pass of this layer. If <see cref="RunBackward"/> needs more than input and output, derive a pass class that holds it.
    /// </summary>
    protected virtual ForwardPass<T> CreatePassCore() => new PlainPass(this);

    /// <summary>
    /// The mathematics of Forward: gives the pass's output and final state their shapes (as <see cref="Prepare(ForwardPass{T}, Sequence{T})"/>
    /// does) and fills them. The arguments are validated; <paramref name="pass"/> has the input, and may hold the results of an earlier call.
    /// </summary>
    protected abstract void Run(ForwardPass<T> pass, Sequence<T> input, State<T>? initialState);

    /// <summary>The mathematics of Backward. The arguments are validated; the gradient of the initial state has the right batch.</summary>
    protected abstract void RunBackward(ForwardPass<T> pass, Sequence<T>? outputGradient, State<T>? finalStateGradient, bool inputGradient, bool accumulate, Gradients<T> gradients);

    /// <summary>The mathematics of Predict. The arguments are validated; <paramref name="output"/> has its shape and lengths.</summary>
    protected abstract void RunPredict(Sequence<T> input, State<T> state, Sequence<T> output);

    /// <summary>The mathematics of Step, for a layer that streams. The arguments are validated.</summary>
    protected virtual void RunStep(StepInput<T> input, State<T> state, Span<T> output) => throw DoesNotStream();

    /// <summary>
    /// The number of steps of the output, if it differs from that of the input; every example of the output then has all of them. Null, the
    /// default, gives the output the steps and lengths of the input.
    /// </summary>
    /// <param name="inputSteps">Time steps of the input.</param>
    protected virtual int? OutputSteps(int inputSteps) => null;

    /// <summary>Gives an output sequence the batch of an input, and either its steps and lengths or the steps that <see cref="OutputSteps"/> returns.</summary>
    protected void Shape(Sequence<T> output, Sequence<T> input)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(input);
        int? steps = OutputSteps(input.Steps);
        output.Resize(OutputSize, input.Batch, steps ?? input.Steps);
        if (steps is null) output.TakeLengths(input);
    }

    /// <summary>Gives the output and the final state of a pass their shapes.</summary>
    protected void Prepare(ForwardPass<T> pass, Sequence<T> input)
    {
        ArgumentNullException.ThrowIfNull(pass);
        ArgumentNullException.ThrowIfNull(input);
        Shape(pass.Output, input);
        pass.FinalState.Resize(input.Batch);
    }

    /// <summary>Gives the output and the final state of a pass the shapes for an input that was read earlier, and returns the output's memory.</summary>
    private protected Span<T> Prepare(ForwardPass<T> pass, in CapturedInput<T> input)
    {
        SequenceShape shape = OutputShape(input);
        pass.Output.Resize(shape.Features, shape.Batch, shape.Steps);
        if (OutputSteps(input.Shape.Steps) is null) pass.Output.TakeLengths(input.Lengths);
        pass.FinalState.Resize(input.Batch);
        return pass.Output.ValuesFor(shape);
    }

    /// <summary>The shape of the output for an input that was read earlier.</summary>
    private protected SequenceShape OutputShape(in CapturedInput<T> input) => new(OutputSize, input.Batch, OutputSteps(input.Shape.Steps) ?? input.Shape.Steps);

    /// <summary>Throws if an output cannot be written to a sequence.</summary>
    private protected static void CheckReuse(Sequence<T> input, Sequence<T>? reuse)
    {
        if (reuse is null) return;
        if (ReferenceEquals(reuse, input)) throw new ArgumentException("Expected a sequence other than the input, which would be overwritten.", nameof(reuse));
        if (reuse.IsTokens) throw Check.Shape(nameof(reuse), "a sequence of features", "one of tokens");
    }

    /// <summary>
    /// Scratch memory that a layer keeps with a state, so that Predict and Step allocate nothing when they are called again. It is created if the
    /// state has none of this type. It must not hold results, because the state may be passed to another layer with the same leaves at any time.
    /// </summary>
    /// <typeparam name="TScratch">A class private to the layer.</typeparam>
    /// <param name="state">A state of this layer, not that of one of its parts.</param>
    /// <exception cref="ArgumentNullException">The state is null.</exception>
    protected static TScratch ScratchOf<TScratch>(State<T> state)
        where TScratch : class, new()
    {
        ArgumentNullException.ThrowIfNull(state);
        return state.Scratch as TScratch ?? (TScratch)(state.Scratch = new TScratch());
    }

    /// <summary>Scratch memory that a layer keeps with its gradients, for Backward.</summary>
    /// <typeparam name="TScratch">A class private to the layer.</typeparam>
    /// <param name="gradients">Gradients of this layer, not those of one of its parts.</param>
    /// <exception cref="ArgumentNullException">The gradients are null.</exception>
    protected static TScratch ScratchOf<TScratch>(Gradients<T> gradients)
        where TScratch : class, new()
    {
        ArgumentNullException.ThrowIfNull(gradients);
        return gradients.Scratch as TScratch ?? (TScratch)(gradients.Scratch = new TScratch());
    }

    /// <summary>The sum of the parameters' versions.</summary>
    protected long ParameterVersion()
    {
        IReadOnlyList<Parameter<T>> parameters = Parameters;
        long sum = 0;
        for (int i = 0; i < parameters.Count; i++) sum += parameters[i].Version;
        return sum;
    }

    /// <summary>Throws if the layer cannot accept an input, before any work. Override it in a layer that does not accept every input of its size.</summary>
    /// <exception cref="ArgumentException">The input is null, or its features are not the layer's input size.</exception>
    protected virtual void CheckInput(Sequence<T> input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (input.Features != InputSize)
            throw Check.Shape(nameof(input), $"{InputSize} x batch x steps (the features are the layer's input size)", input.Describe());
        CheckKind(input.IsTokens, nameof(input));
    }

    /// <summary>Throws if what Backward needs of an input is too large for memory, before any work of Forward.</summary>
    /// <exception cref="ArgumentException">It is.</exception>
    private protected virtual void CheckTape(Sequence<T> input)
    {
    }

    /// <summary>For a streaming layer: binds its step to a state whose shape has been checked.</summary>
    internal virtual BoundStep<T> Bind(State<T> state, int batch) => new PlainStep(this, state);

    /// <summary>What <see cref="ForwardPass{T}.ValueNames"/> lists for a pass of this layer alone.</summary>
    internal virtual IEnumerable<string> StepValueNames => [];

    /// <summary>Copies the values of one of these names from a pass of this layer; null for any other name.</summary>
    internal virtual Sequence<T>? CopyStepValues(ForwardPass<T> pass, string name) => null;

    /// <summary>Time steps of the output for an input of so many. Unlike a report it allocates nothing; of composites, only the library's own know what their parts do.</summary>
    internal virtual int StepsAfter(int inputSteps) => OutputSteps(inputSteps) ?? inputSteps;

    /// <summary>Time steps of a layer's output for an input of so many.</summary>
    internal static int StepsAfter(ILayer<T> layer, int inputSteps) => layer is Layer<T> own ? own.StepsAfter(inputSteps) : inputSteps;

    internal LayerReport<T> ReportFor(int batch, int steps) => Report(batch, steps);

    /// <summary>Whether a layer accepts features. One that implements the interface alone is taken to do so.</summary>
    internal static bool AcceptsFeatures(ILayer<T> layer) => layer is not Layer<T> own || own.TakesFeatures;

    /// <summary>For composites: throws if a part that gets features accepts only tokens, which would otherwise fail after other parts have advanced the state.</summary>
    private protected static void RequireFeatures(ILayer<T> part, string argument, string expected)
    {
        if (!AcceptsFeatures(part)) throw Check.Shape(argument, expected, $"{LayerReport<T>.KindOf(part)}, which takes only tokens");
    }

    /// <summary>For composites: throws what a part that reads the input would throw, before any part has run.</summary>
    private protected static void RequireInput(ILayer<T> part, Sequence<T> input)
    {
        if (part is Layer<T> layer) layer.CheckInput(input);
    }

    /// <summary>For composites: creates an empty pass of a part. Its draw follows that of the whole pass, so it does not count as a pass of the part.</summary>
    private protected static ForwardPass<T> CreatePassOf(ILayer<T> part) => part is Layer<T> layer ? layer.CreateOwnPass() : part.CreatePass();

    private ForwardPass<T> CreateOwnPass()
    {
        ForwardPass<T> pass = CreatePassCore();
        if (pass is null || !ReferenceEquals(pass.Layer, this)) throw new InvalidOperationException($"{nameof(CreatePassCore)} of {LayerReport<T>.KindOf(this)} did not create a pass of this layer.");
        pass.CreatedBy = this;
        return pass;
    }

    private void RequireOwn(ForwardPass<T> pass, string name)
    {
        if (!ReferenceEquals(pass.Layer, this)) throw new ArgumentException("Expected a pass of this layer, got one of another layer.", name);
        if (!ReferenceEquals(pass.CreatedBy, this)) throw new ArgumentException($"Expected a pass created by {nameof(CreatePass)} or {nameof(Forward)} of this layer, got a {pass.GetType().Name} created elsewhere.", name);
    }

    private void CheckStep(StepInput<T> input, State<T> state, Span<T> output)
    {
        ArgumentNullException.ThrowIfNull(state);

        // Read once, so that input and output match whatever another thread does to the state.
        int batch = state.Batch;
        StateShape.RequireLike(state, batch, nameof(state));
        ReadOnlySpan<T> features = input.FeatureSpan;
        foreach (StateLeaf<T> leaf in state.LeafArray)
        {
            if (output.Overlaps(leaf.Values)) throw new ArgumentException("Expected memory that does not overlap the state.", nameof(output));
            if (features.Overlaps(leaf.Values)) throw new ArgumentException("Expected memory that does not overlap the state, which is written while the input is read.", nameof(input));
        }

        if (output.Length != (long)OutputSize * batch)
            throw Check.Shape(nameof(output), $"{OutputSize} x {batch} = {(long)OutputSize * batch} values", $"{output.Length}");
        CheckKind(input.IsTokens, nameof(input));
        if (!input.IsTokens)
        {
            if (features.Length != (long)InputSize * batch) throw Check.Shape(nameof(input), $"{InputSize} x {batch} = {(long)InputSize * batch} values", $"{features.Length}");
            if (features.Overlaps(output)) throw new ArgumentException("Expected memory that does not overlap the input.", nameof(output));
            return;
        }

        ReadOnlySpan<int> tokens = input.TokenSpan;
        if (tokens.Length != batch) throw Check.Shape(nameof(input), $"{batch} tokens (one per example)", $"{tokens.Length}");
        foreach (int token in tokens) Sequence<T>.CheckToken(token, InputSize, nameof(input));
    }

    private void CheckKind(bool isTokens, string name)
    {
        if (isTokens && !TakesTokens) throw Check.Shape(name, $"features (a layer of type {LayerReport<T>.KindOf(this)} takes no tokens)", "tokens");
        if (!isTokens && !TakesFeatures) throw Check.Shape(name, $"tokens (a layer of type {LayerReport<T>.KindOf(this)} takes no features)", "features");
    }

    private InvalidOperationException DoesNotStream() => new($"A layer of type {LayerReport<T>.KindOf(this)} does not stream: it cannot run one step at a time.");

    private void CheckVersion(ForwardPass<T> pass)
    {
        long version = ParameterVersion();
        if (pass.Version != version)
            throw new ArgumentException($"Expected a pass made with the current parameters (version {version}), got one of version {pass.Version}: call Forward again after changing a parameter.", nameof(pass));
    }

    /// <summary>A pass that holds nothing beyond input and output.</summary>
    private sealed class PlainPass(Layer<T> layer) : ForwardPass<T>(layer);

    private sealed class PlainStep(Layer<T> layer, State<T> state) : BoundStep<T>(layer.TakesTokens, layer.TakesFeatures)
    {
        public override void Run(StepInput<T> input, Span<T> output) => layer.RunStep(input, state, output);
    }
}

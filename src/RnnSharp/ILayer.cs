using System.Numerics;

namespace RnnSharp;

/// <summary>
/// A part of a network: parameters and pure functions. <c>Forward</c>, <c>Backward</c> and <c>Predict</c> never change the layer, so
/// any number of threads may use one layer at once, each with state, pass and gradients of its own. Only an optimizer or a loader
/// writes the parameters.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public interface ILayer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Features of the input.</summary>
    int InputSize { get; }

    /// <summary>Features of the output.</summary>
    int OutputSize { get; }

    /// <summary>The trainable matrices, in a fixed order.</summary>
    IReadOnlyList<Parameter<T>> Parameters { get; }

    /// <summary>For each parameter its name in the whole of this layer: a stack puts the layer's number and a point before it.</summary>
    IReadOnlyList<string> ParameterNames { get; }

    /// <summary>The layers that this layer is made of; none by default.</summary>
    IReadOnlyList<LayerPart<T>> Parts => [];

    /// <summary>Whether the layer can run one step at a time: its output at a step depends on no later input. It cannot by default.</summary>
    bool IsStreaming => false;

    /// <summary>A state of zeros for this layer.</summary>
    /// <param name="batch">Examples, at least 1.</param>
    /// <exception cref="ArgumentException">The batch is out of range.</exception>
    State<T> CreateState(int batch);

    /// <summary>Gradients of zeros for this layer, to be handed to <see cref="Backward"/>; it makes them itself otherwise.</summary>
    Gradients<T> CreateGradients();

    /// <summary>
    /// Creates an empty pass for <see cref="Forward"/>, which otherwise creates one itself. Each pass draws masks of its own; see
    /// <see cref="ForwardPass{T}.Draw"/>.
    /// </summary>
    ForwardPass<T> CreatePass();

    /// <summary>
    /// Computes the output for a whole sequence and keeps what <see cref="Backward"/> needs. This is the call for training: layers that
    /// drop units at random do so here and not in <see cref="Predict"/>, with new masks at every call; <see cref="ForwardPass{T}.Draw"/>
    /// repeats those of an earlier call.
    /// </summary>
    /// <param name="input">InputSize × batch × steps. It is borrowed: leave its values as they are until Backward is done.</param>
    /// <param name="initialState">The state before the first step; zero when null. It is copied first, so the final state of the pass that is reused is allowed.</param>
    /// <param name="reuse">An earlier pass of this layer, to be overwritten; then nothing is allocated once its buffers are large enough.</param>
    /// <returns>The pass: output, final state, and the tape for Backward; <paramref name="reuse"/> itself when that is given.</returns>
    /// <exception cref="ArgumentException">A shape does not fit, or the pass to reuse is another layer's.</exception>
    ForwardPass<T> Forward(Sequence<T> input, State<T>? initialState = null, ForwardPass<T>? reuse = null);

    /// <summary>
    /// Computes the gradients of a loss by back-propagation through time. The pass is not consumed: Backward may be called again on it.
    /// </summary>
    /// <param name="pass">A pass of this layer, made with the parameters as they are now.</param>
    /// <param name="outputGradient">The loss's gradient on the output, of its shape; null for zero. What lies past an example's end is not read.</param>
    /// <param name="finalStateGradient">The loss's gradient on the final state; null for zero.</param>
    /// <param name="inputGradient">Whether to compute <see cref="Gradients{T}.Input"/>. Token inputs have none.</param>
    /// <param name="accumulate">Whether to add to the parameter gradients in <paramref name="reuse"/> instead of overwriting them. The gradients of the input and of the initial state are always this call's own.</param>
    /// <param name="reuse">Earlier gradients of this layer, to be overwritten or added to.</param>
    /// <returns>The gradients of every parameter that is not frozen, of the input and of the initial state; <paramref name="reuse"/> itself when that is given.</returns>
    /// <exception cref="ArgumentException">A shape does not fit, the pass is another layer's or of an older parameter version, or accumulate is asked for without gradients to add to.</exception>
    Gradients<T> Backward(ForwardPass<T> pass, Sequence<T>? outputGradient, State<T>? finalStateGradient = null, bool inputGradient = true, bool accumulate = false, Gradients<T>? reuse = null);

    /// <summary>Computes the output for a whole sequence without keeping a tape and without dropping units. Equal to Forward bit for bit where nothing is dropped.</summary>
    /// <param name="input">InputSize × batch × steps.</param>
    /// <param name="state">The state before the first step, moved on to the state after the last; zero, and not reported, when null. It keeps the call's scratch memory too: without one a call allocates.</param>
    /// <param name="reuse">A sequence to be overwritten with the output (resized to fit); not the input itself.</param>
    /// <returns>The output, OutputSize × batch × steps, with the input's lengths unless the layer gives other steps; <paramref name="reuse"/> itself when that is given.</returns>
    /// <exception cref="ArgumentException">A shape does not fit.</exception>
    Sequence<T> Predict(Sequence<T> input, State<T>? state = null, Sequence<T>? reuse = null);

    /// <summary>Runs one time step. Consecutive steps equal <see cref="Predict"/> bit for bit and allocate nothing.</summary>
    /// <param name="input">InputSize · state.Batch features, [example][feature], or one token number of 0 to InputSize - 1 per example; must not overlap the state.</param>
    /// <param name="state">The state before the step; it is advanced by one step.</param>
    /// <param name="output">[example][feature]: OutputSize · state.Batch values; must not overlap the input or the state.</param>
    /// <exception cref="ArgumentException">A length, a token or the state does not fit.</exception>
    /// <exception cref="InvalidOperationException">The layer does not stream.</exception>
    void Step(StepInput<T> input, State<T> state, Span<T> output) =>
        throw new InvalidOperationException($"{LayerReport<T>.KindOf(this)} does not stream: it cannot run one step at a time.");
}

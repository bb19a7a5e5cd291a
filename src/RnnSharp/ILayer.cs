using System.Numerics;

namespace RnnSharp;

/// <summary>
/// A part of a network: parameters and pure functions. <c>Forward</c>, <c>Backward</c>, <c>Predict</c> and <c>Step</c> never change the
/// layer, so any number of threads may use one layer at once, each with its own state, pass and gradients. Only an optimizer or a loader
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

    /// <summary>The name of each parameter within this layer; a stack prefixes it with the index of the layer and a dot.</summary>
    IReadOnlyList<string> ParameterNames { get; }

    /// <summary>The layers that this layer consists of; none by default.</summary>
    IReadOnlyList<LayerPart<T>> Parts => [];

    /// <summary>Whether the layer can run one step at a time, because its output at a step does not depend on later input. False by default.</summary>
    bool IsStreaming => false;

    /// <summary>Creates a state of zeros for this layer.</summary>
    /// <param name="batch">Examples, at least 1.</param>
    /// <exception cref="ArgumentException">The batch is out of range.</exception>
    State<T> CreateState(int batch);

    /// <summary>Creates gradients of zeros for <see cref="Backward"/>, which otherwise creates them itself.</summary>
    Gradients<T> CreateGradients();

    /// <summary>
    /// Creates an empty pass for <see cref="Forward"/>, which otherwise creates one itself. Each pass draws its own random masks; see
    /// <see cref="ForwardPass{T}.Draw"/>.
    /// </summary>
    ForwardPass<T> CreatePass();

    /// <summary>
    /// Computes the output for a whole sequence and keeps what <see cref="Backward"/> needs. This is the call for training: layers that
    /// drop units at random do so here and not in <see cref="Predict"/>, with new masks at every call; <see cref="ForwardPass{T}.Draw"/>
    /// repeats those of an earlier call.
    /// </summary>
    /// <param name="input">InputSize × batch × steps. It is not copied: do not change its values until Backward is done.</param>
    /// <param name="initialState">The state before the first step; zero when null. It is copied first, so it may be the final state of the pass to reuse.</param>
    /// <param name="reuse">An earlier pass of this layer, which is overwritten. Nothing is then allocated once its buffers are large enough.</param>
    /// <returns>The pass: output, final state, and the tape for Backward; <paramref name="reuse"/> itself when that is given.</returns>
    /// <exception cref="ArgumentException">A shape does not fit, or the pass to reuse belongs to another layer.</exception>
    ForwardPass<T> Forward(Sequence<T> input, State<T>? initialState = null, ForwardPass<T>? reuse = null);

    /// <summary>
    /// Computes the gradients of a loss by backpropagation through time. The pass is not consumed, so Backward may be called on it again.
    /// </summary>
    /// <param name="pass">A pass of this layer, made with the current parameters.</param>
    /// <param name="outputGradient">The gradient of the loss with respect to the output, in its shape or with fewer steps; null for zero. Values past an example's end are not read.</param>
    /// <param name="finalStateGradient">The gradient of the loss with respect to the final state; null for zero.</param>
    /// <param name="inputGradient">Whether to compute <see cref="Gradients{T}.Input"/>. Token inputs have none.</param>
    /// <param name="accumulate">Whether to add to the parameter gradients in <paramref name="reuse"/> instead of overwriting them. The gradients of the input and of the initial state are always those of this call alone.</param>
    /// <param name="reuse">Earlier gradients of this layer, which are overwritten or added to.</param>
    /// <returns>The gradients of every parameter that is not frozen, of the input and of the initial state; <paramref name="reuse"/> itself when that is given.</returns>
    /// <exception cref="ArgumentException">A shape does not fit, the pass belongs to another layer or was made with older parameter values, or accumulate is set without gradients to add to.</exception>
    Gradients<T> Backward(ForwardPass<T> pass, Sequence<T>? outputGradient, State<T>? finalStateGradient = null, bool inputGradient = true, bool accumulate = false, Gradients<T>? reuse = null);

    /// <summary>Computes the output for a whole sequence without keeping a tape and without dropping units. The result equals that of Forward bit for bit if nothing is dropped.</summary>
    /// <param name="input">InputSize × batch × steps.</param>
    /// <param name="state">The state before the first step; on return, the state after the last. If null, it starts from zero and is discarded. It also holds the scratch memory of the call, so that a call without a state allocates.</param>
    /// <param name="reuse">A sequence that receives the output and is resized to fit; not the input itself.</param>
    /// <returns>The output, OutputSize × batch × steps, with the input's lengths unless the layer changes the number of steps; <paramref name="reuse"/> itself when that is given.</returns>
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

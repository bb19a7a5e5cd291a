using System.Numerics;

namespace RnnSharp;

/// <summary>
/// One time step of a layer on one state, which a <see cref="Stepper{T}"/> has checked, with everything prepared that does not change
/// from step to step. It works on its own memory, so that a call of the layer with the same state in between does no harm.
/// </summary>
/// <param name="takesTokens">Whether the layer accepts token numbers.</param>
/// <param name="takesFeatures">Whether the layer accepts features.</param>
internal abstract class BoundStep<T>(bool takesTokens, bool takesFeatures)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public bool TakesTokens { get; } = takesTokens;

    public bool TakesFeatures { get; } = takesFeatures;

    /// <summary>Binds any layer that streams to a state of its own, whose batch was read before: another thread may resize the state.</summary>
    public static BoundStep<T> Of(ILayer<T> layer, State<T> state, int batch) => layer is Layer<T> own ? own.Bind(state, batch) : new CheckedStep(layer, state);

    /// <summary>Runs the step. Input and output have the right lengths and kinds, and overlap neither each other nor the state.</summary>
    public abstract void Run(StepInput<T> input, Span<T> output);

    /// <summary>A layer that is not derived from <see cref="Layer{T}"/> has no step without checks.</summary>
    private sealed class CheckedStep(ILayer<T> layer, State<T> state) : BoundStep<T>(takesTokens: true, takesFeatures: true)
    {
        public override void Run(StepInput<T> input, Span<T> output) => layer.Step(input, state, output);
    }
}

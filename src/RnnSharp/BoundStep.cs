using System.Numerics;

namespace RnnSharp;

/// <summary>
/// The time step of a layer, bound to a state that a <see cref="Stepper{T}"/> has checked, with everything prepared that does not change
/// from step to step. It has its own scratch memory, so calling the layer with the same state in between does no harm.
/// </summary>
/// <param name="takesTokens">Whether the layer accepts token numbers.</param>
/// <param name="takesFeatures">Whether the layer accepts features.</param>
internal abstract class BoundStep<T>(bool takesTokens, bool takesFeatures)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public bool TakesTokens { get; } = takesTokens;

    public bool TakesFeatures { get; } = takesFeatures;

    /// <summary>Whether the step reads all of its input before it writes anything, so that the input may overlap the output and the state.</summary>
    public virtual bool ReadsInputFirst => false;

    /// <summary>Binds any streaming layer to a state of that layer. The batch was read earlier, because another thread may resize the state.</summary>
    public static BoundStep<T> Of(ILayer<T> layer, State<T> state, int batch) => layer is Layer<T> own ? own.Bind(state, batch) : new CheckedStep(layer, state);

    /// <summary>Runs the step. The input and output must have the right lengths and kinds. They must not overlap each other or the state, unless the step <see cref="ReadsInputFirst"/>.</summary>
    public abstract void Run(StepInput<T> input, Span<T> output);

    /// <summary>The step of a layer that is not derived from <see cref="Layer{T}"/>, which always checks.</summary>
    private sealed class CheckedStep(ILayer<T> layer, State<T> state) : BoundStep<T>(takesTokens: true, takesFeatures: true)
    {
        public override void Run(StepInput<T> input, Span<T> output) => layer.Step(input, state, output);
    }
}

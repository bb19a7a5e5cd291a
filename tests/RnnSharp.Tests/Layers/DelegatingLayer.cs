using System.Numerics;

namespace RnnSharp.Tests.Layers;

/// <summary>A layer that implements the interface alone and passes every call to another. A test overrides the calls that it changes.</summary>
/// <param name="inner">The layer that does the work.</param>
internal abstract class DelegatingLayer<T>(ILayer<T> inner) : ILayer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public int InputSize => Inner.InputSize;

    public int OutputSize => Inner.OutputSize;

    public IReadOnlyList<Parameter<T>> Parameters => Inner.Parameters;

    public IReadOnlyList<string> ParameterNames => Inner.ParameterNames;

    protected ILayer<T> Inner { get; } = inner;

    public State<T> CreateState(int batch) => Inner.CreateState(batch);

    public Gradients<T> CreateGradients() => Inner.CreateGradients();

    public ForwardPass<T> CreatePass() => Inner.CreatePass();

    public virtual ForwardPass<T> Forward(Sequence<T> input, State<T>? initialState = null, ForwardPass<T>? reuse = null) => Inner.Forward(input, initialState, reuse);

    public virtual Gradients<T> Backward(ForwardPass<T> pass, Sequence<T>? outputGradient, State<T>? finalStateGradient = null, bool inputGradient = true, bool accumulate = false, Gradients<T>? reuse = null) =>
        Inner.Backward(pass, outputGradient, finalStateGradient, inputGradient, accumulate, reuse);

    public virtual Sequence<T> Predict(Sequence<T> input, State<T>? state = null, Sequence<T>? reuse = null) => Inner.Predict(input, state, reuse);
}

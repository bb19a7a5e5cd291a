using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Layers;

/// <summary>
/// A residual connection (He et al. 2016): y⟨t⟩ = x⟨t⟩ + f(x)⟨t⟩, with any layer for f. Its parameters and state leaves are the inner
/// layer's below the number 0, as in a stack of one: 0.weight_ih, 0.h. Where the inner layer streams, take a
/// <see cref="StreamingResidualLayer{T}"/>. Tokens are refused.
/// <para>An inner layer whose output has other steps than its input, as a <see cref="PoolingLayer{T}"/> has, makes Forward and Predict throw
/// an <see cref="InvalidOperationException"/>.</para>
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public class ResidualLayer<T> : Layer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Puts a connection past a layer.</summary>
    /// <param name="inner">f, with as many outputs as inputs, and an output of its input's steps.</param>
    /// <exception cref="ArgumentException">The layer is null or has another number of outputs than inputs.</exception>
    public ResidualLayer(ILayer<T> inner)
        : base(Checked(inner).InputSize, inner.OutputSize)
    {
        Inner = inner;
        var joined = new JoinedParameters<T>([("0.", inner)]);
        Parameters = joined.Parameters;
        ParameterNames = joined.Names;
    }

    /// <summary>f.</summary>
    public ILayer<T> Inner { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter<T>> Parameters { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> ParameterNames { get; }

    /// <inheritdoc/>
    protected override bool TakesTokens => false;

    /// <inheritdoc/>
    public override State<T> CreateState(int batch) => new([Inner.CreateState(batch)]);

    /// <inheritdoc/>
    public override Gradients<T> CreateGradients() => new(this, [Inner.CreateGradients()]);

    /// <inheritdoc/>
    public override ForwardPass<T> CreatePass() => new CompositePass<T>(this, Inner);

    /// <inheritdoc/>
    protected override LayerReport<T> Report(int batch, int steps) =>
        LayerReport<T>.Joined(this, steps, [new LayerPart<T>("0", Inner, steps)], LayerReport<T>.Bytes((long)OutputSize * batch * steps));

    /// <inheritdoc/>
    protected override void Run(ForwardPass<T> pass, Sequence<T> input, State<T>? initialState)
    {
        var residual = (CompositePass<T>)pass;
        long version = ParameterVersion();
        ForwardPass<T> part = residual.Next(0);
        RequireReused(Inner.Forward(input, initialState?.Parts[0], part), part);
        RequireSteps(part.Output, input);
        Shape(pass.Output, input);
        part.Output.Values.CopyTo(pass.Output.Values);
        AddTo(pass.Output, input.Values);
        residual.Complete(input, version);
    }

    /// <inheritdoc/>
    protected override void RunBackward(ForwardPass<T> pass, Sequence<T>? outputGradient, State<T>? finalStateGradient, bool inputGradient, bool accumulate, Gradients<T> gradients)
    {
        Gradients<T> part = gradients.Parts[0];
        RequireReused(Inner.Backward(((CompositePass<T>)pass).Parts[0], outputGradient, finalStateGradient?.Parts[0], inputGradient, accumulate, part), part);
        Sequence<T>? dx = gradients.PrepareInput(pass.Input, inputGradient);
        if (dx is null) return;
        part.Input!.Values.CopyTo(dx.Values);
        if (outputGradient is not null) AddTo(dx, outputGradient.Values);
    }

    /// <inheritdoc/>
    protected override void CheckInput(Sequence<T> input)
    {
        base.CheckInput(input);
        CheckPart(Inner, input);
    }

    /// <inheritdoc/>
    protected override void RunPredict(Sequence<T> input, State<T> state, Sequence<T> output)
    {
        RequireReused(Inner.Predict(input, state.Parts[0], output), output);
        RequireSteps(output, input);
        AddTo(output, input.Values);
    }

    /// <summary>Adds to each number of a sequence that is no padding; the padding stays zero, whatever is added to it.</summary>
    private static void AddTo(Sequence<T> sequence, ReadOnlySpan<T> values)
    {
        VectorKernels<T>.Instance.Add(sequence.Values, values);
        sequence.ZeroPadding(sequence.Values, sequence.Steps, sequence.Features);
    }

    /// <summary>A layer of the user's own that does not write where it is told to would go wrong silently here.</summary>
    private void RequireReused(object returned, object given)
    {
        if (!ReferenceEquals(returned, given))
            throw new InvalidOperationException($"The inner layer, a {Inner.GetType().Name}, did not return the object that it was given for reuse, as ILayer asks.");
    }

    private void RequireSteps(Sequence<T> output, Sequence<T> input)
    {
        if (output.Steps != input.Steps)
            throw new InvalidOperationException($"A residual connection adds input and output step by step, and the inner layer, a {Inner.GetType().Name}, gave {output.Steps} steps for {input.Steps}.");
    }

    private static ILayer<T> Checked(ILayer<T> inner)
    {
        ArgumentNullException.ThrowIfNull(inner);
        if (inner.OutputSize != inner.InputSize) throw Check.Shape(nameof(inner), $"a layer of {inner.InputSize} outputs, as many as its inputs", $"{inner.OutputSize}");
        return inner;
    }
}

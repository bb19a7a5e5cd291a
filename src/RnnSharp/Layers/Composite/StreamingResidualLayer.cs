using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Layers;

/// <summary>A residual connection past a layer that streams, and that therefore streams itself.</summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class StreamingResidualLayer<T> : ResidualLayer<T>, IStreamingLayer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly IStreamingLayer<T> _inner;

    /// <summary>Puts a connection past a layer.</summary>
    /// <param name="inner">f, with as many outputs as inputs.</param>
    /// <exception cref="ArgumentException">The layer is null or has another number of outputs than inputs.</exception>
    public StreamingResidualLayer(IStreamingLayer<T> inner)
        : base(inner) => _inner = inner;

    /// <inheritdoc/>
    public void Step(ReadOnlySpan<T> input, State<T> state, Span<T> output)
    {
        CheckStep(input, default, hasTokens: false, state, output);
        _inner.Step(input, state.Parts[0], output);
        VectorKernels<T>.Instance.Add(output, input);
    }

    /// <summary>Refuses tokens: the sum of a one-hot column and an output is seldom meant.</summary>
    /// <exception cref="ArgumentException">Always.</exception>
    public void StepTokens(ReadOnlySpan<int> tokens, State<T> state, Span<T> output) => CheckStep(default, tokens, hasTokens: true, state, output);
}

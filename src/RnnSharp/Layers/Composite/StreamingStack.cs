using System.Numerics;

namespace RnnSharp.Layers;

/// <summary>A stack of layers that all stream, and that therefore streams itself.</summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class StreamingStack<T> : LayerStack<T>, IStreamingLayer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly IStreamingLayer<T>[] _layers;

    /// <summary>Joins layers, the first one nearest to the input.</summary>
    /// <exception cref="ArgumentException">There is no layer, one is null or there twice, or neighbours' sizes do not fit.</exception>
    public StreamingStack(params IReadOnlyList<IStreamingLayer<T>> layers)
        : base(layers) => _layers = [.. layers];

    /// <inheritdoc/>
    public void Step(ReadOnlySpan<T> input, State<T> state, Span<T> output)
    {
        CheckStep(input, default, hasTokens: false, state, output);
        Span<T> first = ColumnsAfter(0, state, output);
        _layers[0].Step(input, state.Parts[0], first);
        StepRest(first, state, output);
    }

    /// <inheritdoc/>
    public void StepTokens(ReadOnlySpan<int> tokens, State<T> state, Span<T> output)
    {
        CheckStep(default, tokens, hasTokens: true, state, output);
        Span<T> first = ColumnsAfter(0, state, output);
        _layers[0].StepTokens(tokens, state.Parts[0], first);
        StepRest(first, state, output);
    }

    private void StepRest(Span<T> first, State<T> state, Span<T> output)
    {
        Span<T> x = first;
        for (int i = 1; i < _layers.Length; i++)
        {
            Span<T> y = ColumnsAfter(i, state, output);
            _layers[i].Step(x, state.Parts[i], y);
            x = y;
        }
    }

    /// <summary>Where layer i writes: scratch kept with the state, or the caller's output.</summary>
    private Span<T> ColumnsAfter(int i, State<T> state, Span<T> output)
    {
        if (i == _layers.Length - 1) return output;
        T[][] columns = ScratchOf(state).Columns;
        int length = _layers[i].OutputSize * state.Batch;
        if (columns[i].Length < length) columns[i] = new T[length];
        return columns[i].AsSpan(0, length);
    }
}

using RnnSharp.Numerics;

namespace RnnSharp.Layers;

/// <summary>
/// A layer with quantized weights. It only predicts: it has no parameters, and nothing in it ever changes, so that any number of threads may
/// use it.
/// </summary>
internal abstract class QuantizedLayer : Layer<float>, IHoldsTensors
{
    private protected QuantizedLayer(QuantizedType type, int inputSize, int outputSize)
        : base(inputSize, outputSize) => Type = type;

    /// <summary>How the weights are stored.</summary>
    public QuantizedType Type { get; }

    /// <summary>Bytes of the weights.</summary>
    public abstract long Bytes { get; }

    public override IReadOnlyList<Parameter<float>> Parameters => [];

    public override bool IsStreaming => true;

    public abstract IReadOnlyList<HeldTensor> HeldTensors { get; }

    /// <summary>The kind of the layer that was quantized, with its options.</summary>
    protected abstract string Kind { get; }

    /// <summary>Multiply-adds of one example in one step.</summary>
    protected abstract long MultiplyAdds { get; }

    protected override LayerReport<float> Report(int batch, int steps) => base.Report(batch, steps) with
    {
        Kind = $"{Kind}, {Type}",
        MultiplyAdds = long.CreateSaturating((Int128)MultiplyAdds * steps),
        TapeBytes = 0,
    };

    protected override ForwardPass<float> CreatePassCore() => throw OnlyPredicts();

    protected override void Run(ForwardPass<float> pass, Sequence<float> input, State<float>? initialState) => throw OnlyPredicts();

    protected override void RunBackward(ForwardPass<float> pass, Sequence<float>? outputGradient, State<float>? finalStateGradient, bool inputGradient, bool accumulate, Gradients<float> gradients) => throw OnlyPredicts();

    private InvalidOperationException OnlyPredicts() => new($"A quantized layer cannot be trained: call Predict or Step instead of Forward, or train the model from which this {Kind} was quantized.");
}

/// <summary>A vector of floats that a quantized layer keeps as it is, such as a bias, padded to whole vectors of its panels.</summary>
/// <param name="name">The name within the layer.</param>
/// <param name="units">Rows of a block.</param>
/// <param name="blocks">Number of blocks.</param>
/// <param name="padded">Elements from one block to the next.</param>
internal sealed unsafe class PaddedVector(string name, int units, int blocks, int padded) : HeldTensor(name, units * blocks, 1)
{
    private readonly AlignedBuffer<float> _values = AlignedBuffer<float>.Zeros((long)blocks * padded);

    /// <summary>[block][unit].</summary>
    public float* Pointer => _values.Pointer;

    public override float this[int row, int column]
    {
        get => _values.Span[row / units * padded + row % units];
        set => _values.Span[row / units * padded + row % units] = value;
    }

    /// <summary>Bytes, with the padding.</summary>
    public long Bytes => sizeof(float) * (long)_values.Length;

    /// <exception cref="ArgumentException">A value is not finite.</exception>
    public void Fill(ReadOnlySpan<float> values)
    {
        for (int row = 0; row < Rows; row++) this[row, 0] = values[row];
        RequireFinite();
    }

    /// <summary>Throws if a value is not finite, because a file with it could not be loaded.</summary>
    /// <exception cref="ArgumentException">A value is not finite.</exception>
    public void RequireFinite()
    {
        for (int row = 0; row < Rows; row++)
        {
            if (!float.IsFinite(this[row, 0])) throw Check.Shape("model", $"finite numbers in the quantized layers' {Name}", $"{this[row, 0]} in row {row}");
        }
    }
}

namespace RnnSharp.Layers;

/// <summary>A dense layer with quantized weights.</summary>
internal sealed unsafe class QuantizedDenseLayer : QuantizedLayer
{
    private readonly QuantizedMatrix _weights;
    private readonly PaddedVector _bias;
    private readonly AffineProduct _product;

    /// <summary>Creates a layer of zeros.</summary>
    public QuantizedDenseLayer(QuantizedType type, int inputSize, int outputSize)
        : base(type, inputSize, outputSize)
    {
        _weights = new QuantizedMatrix(type, outputSize, inputSize, [0]);
        _bias = new PaddedVector("bias", outputSize, 1, _weights.Layout.Panels * _weights.Layout.Width);
        _product = new AffineProduct(_weights, _bias);
        HeldTensors = [.. _weights.Tensors("weight"), _bias];
    }

    /// <summary>Quantizes a layer.</summary>
    public QuantizedDenseLayer(QuantizedType type, DenseLayer<float> layer)
        : this(type, layer.InputSize, layer.OutputSize)
    {
        _weights.Fill(layer.Weights.Values);
        _bias.Fill(layer.Bias.Values);
    }

    public override long Bytes => _weights.Bytes + _bias.Bytes;

    public override IReadOnlyList<HeldTensor> HeldTensors { get; }

    protected override string Kind => "DenseLayer";

    protected override long MultiplyAdds => (long)InputSize * OutputSize;

    protected override void RunPredict(Sequence<float> input, State<float> state, Sequence<float> output)
    {
        var captured = new CapturedInput<float>(input, InputSize);
        Span<float> values = output.ValuesFor(OutputShape(captured));
        Affine(captured.Values, captured.Tokens, captured.Columns, values, state);
        SequencePadding.Clear(values, captured.Lengths, captured.Shape.Steps, OutputSize);
    }

    protected override void RunStep(StepInput<float> input, State<float> state, Span<float> output) => Affine(input.FeatureSpan, input.TokenSpan, output.Length / OutputSize, output, state);

    private void Affine(ReadOnlySpan<float> input, ReadOnlySpan<int> tokens, int columns, Span<float> output, State<float> state)
    {
        if (!tokens.IsEmpty)
        {
            _product.Pick(tokens, output);
            GC.KeepAlive(this);
            return;
        }

        ActivationBuffer buffer = ScratchOf<ActivationBuffer>(state);
        fixed (float* x = input, y = output) _product.Run(x, columns, y, buffer);
        GC.KeepAlive(this);
        GC.KeepAlive(buffer);
    }
}

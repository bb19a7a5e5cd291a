namespace RnnSharp.Layers;

/// <summary>An embedding with quantized rows.</summary>
internal sealed class QuantizedEmbeddingLayer : QuantizedLayer
{
    private readonly QuantizedMatrix _weights;

    /// <summary>Creates a layer of zeros.</summary>
    public QuantizedEmbeddingLayer(QuantizedType type, int vocabulary, int size)
        : base(type, vocabulary, size)
    {
        _weights = new QuantizedMatrix(type, vocabulary, size, [0], byRows: true);
        HeldTensors = [.. _weights.Tensors("weight")];
    }

    /// <summary>Quantizes a layer.</summary>
    public QuantizedEmbeddingLayer(QuantizedType type, EmbeddingLayer<float> layer)
        : this(type, layer.InputSize, layer.OutputSize) => _weights.Fill(layer.Weights.Values);

    public override long Bytes => _weights.Bytes;

    public override IReadOnlyList<HeldTensor> HeldTensors { get; }

    protected override string Kind => "EmbeddingLayer";

    protected override long MultiplyAdds => 0;

    protected override bool TakesFeatures => false;

    protected override void RunPredict(Sequence<float> input, State<float> state, Sequence<float> output)
    {
        var captured = new CapturedInput<float>(input, InputSize);
        Span<float> values = output.ValuesFor(OutputShape(captured));
        LookUp(captured.Tokens, values);
        SequencePadding.Clear(values, captured.Lengths, captured.Shape.Steps, OutputSize);
    }

    protected override void RunStep(StepInput<float> input, State<float> state, Span<float> output) => LookUp(input.TokenSpan, output);

    private void LookUp(ReadOnlySpan<int> tokens, Span<float> output)
    {
        for (int i = 0; i < tokens.Length; i++)
        {
            Span<float> target = output.Slice(i * OutputSize, OutputSize);
            if ((uint)tokens[i] < (uint)InputSize) _weights.CopyRow(tokens[i], target);
            else target.Clear();
        }

        GC.KeepAlive(this);
    }
}

using RnnSharp.Recurrent;

namespace RnnSharp.Onnx.Import;

/// <summary>A direction of an RNN node.</summary>
internal sealed class RnnPlan : RecurrentPlan
{
    private static readonly int[] OneGate = [0];

    public required Activation Activation { get; init; }

    public required RnnOptions Options { get; init; }

    protected override int Gates => 1;

    protected override ReadOnlySpan<int> Order => OneGate;

    protected override RecurrentLayer<T> CreateLayer<T>(RecurrentBias bias) => new RnnLayer<T>(Inputs, Hidden, seed: 0, Activation, Options with { Bias = bias });
}

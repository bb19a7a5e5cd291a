using RnnSharp.Recurrent;

namespace RnnSharp.Onnx.Import;

/// <summary>A direction of a GRU node: rows z, r, h.</summary>
internal sealed class GruPlan : RecurrentPlan
{
    private static readonly int[] AllGates = [1, 0, 2];

    public required GruOptions Options { get; init; }

    protected override int Gates => 3;

    protected override ReadOnlySpan<int> Order => AllGates;

    protected override RecurrentLayer<T> CreateLayer<T>(RecurrentBias bias) => new GruLayer<T>(Inputs, Hidden, seed: 0, Options with { Bias = bias });

    // A candidate whose reset gate is applied after the product has two biases in either case, so only the other gates' must be zero.
    protected override RecurrentBias BiasKind() => Options.ResetBefore || Bias is null ? base.BiasKind() : IsZero(Gates, 2) ? RecurrentBias.Merged : RecurrentBias.Separate;

    protected override int MergedBlock => Options.ResetBefore ? base.MergedBlock : 0;

    protected override void WriteCandidateBias<T>(LayerBuilder<T> builder, RecurrentLayer<T> layer)
    {
        if (((GruLayer<T>)layer).CandidateBias is { } bias) bias.Update((builder, this), static (values, from) => from.Item2.ReadBias(from.builder, block: 5, values));
    }
}

using RnnSharp.Recurrent;

namespace RnnSharp.Onnx.Import;

/// <summary>A direction of an LSTM node: rows i, o, f, c.</summary>
internal sealed class LstmPlan : RecurrentPlan
{
    private static readonly int[] AllGates = [0, 2, 3, 1];
    private static readonly int[] CoupledGates = [0, 3, 1];
    private static readonly int[] AllPeepholes = [0, 2, 1];
    private static readonly int[] CoupledPeepholes = [0, 1];

    /// <summary>Directions × 3·hidden, rows i, o, f; null without peepholes.</summary>
    public ConstantValue? Peepholes => Shape.Peepholes;

    public required LstmOptions Options { get; init; }

    public override IEnumerable<ConstantValue?> Constants => [.. base.Constants, Peepholes];

    protected override int Gates => 4;

    protected override ReadOnlySpan<int> Order => Options.CoupledGates ? CoupledGates : AllGates;

    protected override RecurrentLayer<T> CreateLayer<T>(RecurrentBias bias) => new LstmLayer<T>(Inputs, Hidden, seed: 0, Options with { Bias = bias, Peepholes = Peepholes is not null });

    protected override void WriteFurther<T>(LayerBuilder<T> builder, RecurrentLayer<T> layer)
    {
        if (Peepholes is null) return;
        ((LstmLayer<T>)layer).PeepholeWeights!.Update((builder, this), static (values, from) =>
        {
            LstmPlan plan = from.Item2;
            int[] order = plan.Options.CoupledGates ? CoupledPeepholes : AllPeepholes;
            for (int i = 0; i < order.Length; i++) from.builder.Read(plan.Peepholes!, (plan.Direction * 3L + order[i]) * plan.Hidden, values.Slice(i * plan.Hidden, plan.Hidden));
        });
    }
}

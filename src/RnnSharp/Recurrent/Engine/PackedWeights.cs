using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>The parameters of a recurrent layer, packed for matrix products.</summary>
internal sealed unsafe class PackedWeights<T> : PackedSnapshot
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The biases, which the sums start from: [panel][slot][unit vector][lane].</summary>
    public readonly AlignedBuffer<T> Bias = new();

    /// <summary>[panel][input feature][gate][unit vector][lane].</summary>
    public readonly AlignedBuffer<T> Input = new();

    /// <summary>[panel][feature of h][gate][unit vector][lane].</summary>
    public readonly AlignedBuffer<T> Hidden = new();

    /// <summary>The biases of the last panel, folded: [gate][unit of the panel].</summary>
    public readonly AlignedBuffer<T> FoldedBias = new();

    /// <summary>The input weights of the last panel, folded: [input feature][gate][unit of the panel].</summary>
    public readonly AlignedBuffer<T> FoldedInput = new();

    /// <summary>The recurrent weights of the last panel, folded: [feature of h][gate][unit of the panel].</summary>
    public readonly AlignedBuffer<T> FoldedHidden = new();

    /// <summary>[panel of inputs][gate][unit][vector][lane].</summary>
    public readonly AlignedBuffer<T> InputTransposed = new();

    /// <summary>[panel of h][gate][unit][vector][lane].</summary>
    public readonly AlignedBuffer<T> HiddenTransposed = new();

    /// <summary>Gains of normalized sums: [panel][slot][lane].</summary>
    public readonly AlignedBuffer<T> Gains = new();

    /// <summary>[panel][unit weight][lane].</summary>
    public readonly AlignedBuffer<T> UnitWeights = new();

    /// <summary>The candidate's recurrent weights, where the reset gate comes before the product: [panel][feature of h][lane].</summary>
    public readonly AlignedBuffer<T> Candidate = new();

    /// <summary>[panel of h][unit][vector][lane].</summary>
    public readonly AlignedBuffer<T> CandidateTransposed = new();

    /// <summary>[panel of h][unit][vector][lane].</summary>
    public readonly AlignedBuffer<T> Projection = new();

    /// <summary>[panel of units][feature of h][vector][lane].</summary>
    public readonly AlignedBuffer<T> ProjectionTransposed = new();

    /// <summary>Packs the weights of the gates and their biases.</summary>
    public void Pack(StepContext<T> context)
    {
        PanelKernels<T> kernels = PanelKernels<T>.Instance;
        StepLayouts<T> layouts = context.Layouts;
        RecurrentParameters<T> parameters = context.Parameters;
        kernels.Pack(layouts.Input, parameters.InputWeights.Values, parameters.InputWeights.Rows, layouts.InputSize, Input.Require((long)layouts.Input.Panels * layouts.InputSize * layouts.Input.Width));
        if (parameters.RecurrentWeights is { } recurrent) kernels.Pack(layouts.Hidden, recurrent.Values, recurrent.Rows, layouts.StateSize, Hidden.Require((long)layouts.Hidden.Panels * layouts.StateSize * layouts.Hidden.Width));

        // The stacked biases, in the order of the layout's blocks, are kept behind their packed form.
        int packedLength = layouts.Sums.Panels * layouts.Sums.Width;
        T* bias = Bias.Require(packedLength + layouts.BiasRows);
        var column = new Span<T>(bias + packedLength, layouts.BiasRows);
        parameters.StackBiases(column);
        kernels.Pack(layouts.Sums, column, layouts.BiasRows, 1, bias);
        if (!layouts.FoldsLastPanel) return;
        PanelKernels<T>.PackFolded(layouts.Sums, column, layouts.BiasRows, 1, FoldedBias.Require(layouts.Sums.FoldedWidth));
        PanelKernels<T>.PackFolded(layouts.Input, parameters.InputWeights.Values, parameters.InputWeights.Rows, layouts.InputSize, FoldedInput.Require((long)layouts.InputSize * layouts.Input.FoldedWidth));
        if (parameters.RecurrentWeights is { } weights) PanelKernels<T>.PackFolded(layouts.Hidden, weights.Values, weights.Rows, layouts.StateSize, FoldedHidden.Require((long)layouts.StateSize * layouts.Hidden.FoldedWidth));
    }

    /// <summary>Packs the transposed weights of the gates.</summary>
    public void PackTransposed(StepContext<T> context)
    {
        StepLayouts<T> layouts = context.Layouts;
        RecurrentParameters<T> parameters = context.Parameters;
        PanelKernels<T>.PackTransposed(layouts.Input, parameters.InputWeights.Values, parameters.InputWeights.Rows, layouts.InputTransposed, InputTransposed.Require((long)layouts.Input.Rows * layouts.InputTransposed.Panels * layouts.InputTransposed.Width));
        if (parameters.RecurrentWeights is { } recurrent) PanelKernels<T>.PackTransposed(layouts.Hidden, recurrent.Values, recurrent.Rows, layouts.HiddenTransposed, HiddenTransposed.Require((long)layouts.Hidden.Rows * layouts.HiddenTransposed.Panels * layouts.HiddenTransposed.Width));
    }
}

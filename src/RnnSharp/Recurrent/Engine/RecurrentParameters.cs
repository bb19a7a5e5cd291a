using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>The parameters of a recurrent layer, by role.</summary>
internal sealed class RecurrentParameters<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Creates the parameters of a layer, with all values zero.</summary>
    /// <exception cref="ArgumentException">A size is not positive, or a matrix is longer than an array can be.</exception>
    public RecurrentParameters(CellSpec spec, int inputSize, int hiddenSize)
    {
        Spec = spec;
        InputSize = inputSize;
        HiddenSize = hiddenSize;
        Check.ArrayLength((long)spec.Gates.Count * Check.Positive(hiddenSize), nameof(hiddenSize));
        Check.Positive(inputSize);
        ParameterSpec[] parameters = [.. spec.Parameters(inputSize, hiddenSize)];
        foreach (ParameterSpec parameter in parameters)
            Check.ArrayLength(parameter.Rows * parameter.Columns, parameter.Role == ParameterRole.InputWeights ? nameof(inputSize) : nameof(hiddenSize));
        All = new Parameter<T>[parameters.Length];
        var byRole = new Parameter<T>?[(int)ParameterRole.Gains + 1];
        for (int i = 0; i < parameters.Length; i++)
            byRole[(int)parameters[i].Role] = All[i] = new Parameter<T>(parameters[i].Name, (int)parameters[i].Rows, (int)parameters[i].Columns);
        InputWeights = byRole[(int)ParameterRole.InputWeights]!;
        RecurrentWeights = byRole[(int)ParameterRole.RecurrentWeights];
        Bias = byRole[(int)ParameterRole.Bias];
        RecurrentBias = byRole[(int)ParameterRole.RecurrentBias];
        Projection = byRole[(int)ParameterRole.Projection];
        UnitWeights = byRole[(int)ParameterRole.UnitWeights];
        Gains = byRole[(int)ParameterRole.Gains];
        RecurrentBiasBlocks = BlocksOf(RecurrentBias);
    }

    public readonly CellSpec Spec;

    public readonly int InputSize;

    public readonly int HiddenSize;

    /// <summary>All parameters, in the layer's order.</summary>
    public readonly Parameter<T>[] All;

    /// <inheritdoc cref="ParameterRole.InputWeights"/>
    public readonly Parameter<T> InputWeights;

    /// <inheritdoc cref="ParameterRole.RecurrentWeights"/>
    public readonly Parameter<T>? RecurrentWeights;

    /// <inheritdoc cref="ParameterRole.Bias"/>
    public readonly Parameter<T>? Bias;

    /// <inheritdoc cref="ParameterRole.RecurrentBias"/>
    public readonly Parameter<T>? RecurrentBias;

    /// <inheritdoc cref="ParameterRole.Projection"/>
    public readonly Parameter<T>? Projection;

    /// <inheritdoc cref="ParameterRole.UnitWeights"/>
    public readonly Parameter<T>? UnitWeights;

    /// <inheritdoc cref="ParameterRole.Gains"/>
    public readonly Parameter<T>? Gains;

    /// <summary>A parameter's index in <see cref="All"/>.</summary>
    public int IndexOf(Parameter<T> parameter) => Array.IndexOf(All, parameter);

    /// <summary>Writes the total bias of each sum: [gate][unit], and for a split gate its recurrent side [unit] after them.</summary>
    public void StackBiases(Span<T> target)
    {
        target.Clear();
        Bias?.Values.CopyTo(target);
        if (RecurrentBias is null) return;
        foreach (BiasBlock block in RecurrentBiasBlocks)
        {
            ReadOnlySpan<T> values = RecurrentBias.Values.Slice(block.First, block.Count);
            if (block.IsAdded) Elementwise.Add(target.Slice(block.Sum, block.Count), values);
            else values.CopyTo(target[block.Sum..]);
        }
    }

    /// <summary>
    /// Where the rows of <see cref="RecurrentBias"/> are in the stacked biases. Two biases of the same sum get the same gradient; only a split
    /// gate has a separate sum for each.
    /// </summary>
    public readonly BiasBlock[] RecurrentBiasBlocks;

    private BiasBlock[] BlocksOf(Parameter<T>? bias)
    {
        if (bias is null) return [];
        int gates = Spec.Gates.Count * HiddenSize, split = Spec.SplitsLastGate ? HiddenSize : 0;
        int shared = bias.Rows - split;
        BiasBlock[] blocks = [new(First: 0, shared, Sum: 0, IsAdded: true), new(First: shared, split, Sum: gates, IsAdded: false)];
        return Array.FindAll(blocks, block => block.Count > 0);
    }
}

/// <summary>A block of rows of the recurrent bias.</summary>
/// <param name="First">The first row.</param>
/// <param name="Count">Rows.</param>
/// <param name="Sum">The first of the corresponding rows of the stacked biases.</param>
/// <param name="IsAdded">Whether it is added to the other bias there, because both belong to the same sums.</param>
internal readonly record struct BiasBlock(int First, int Count, int Sum, bool IsAdded);

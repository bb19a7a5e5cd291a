using System.Numerics;

namespace RnnSharp.Tests.Catalogue;

/// <summary>What a layer reads.</summary>
[Flags]
internal enum Reads
{
    Features = 1,
    Tokens = 2,
    Both = Features | Tokens,
}

/// <summary>
/// A layer of the catalogue: how it is made, and what the tests of all layers have to know of it. The defaults are those of a recurrent
/// layer without masks; what a row says otherwise is checked against the layer.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
/// <param name="Name">Its name in the test results.</param>
/// <param name="Make">Makes the layer from an input size, an output size and a seed.</param>
internal sealed record LayerRow<T>(string Name, Func<int, int, int, Layer<T>> Make)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public Reads Reads { get; init; } = Reads.Both;

    /// <summary>Whether the output size is the input size.</summary>
    public bool IsSquare { get; init; }

    public bool Streams { get; init; } = true;

    /// <summary>Whether Forward drops at random, so that only Predict and Step agree with each other.</summary>
    public bool DrawsMasks { get; init; }

    /// <summary>The steps that the input must have; any number when null.</summary>
    public int? InputSteps { get; init; }

    /// <summary>The smallest output size.</summary>
    public int LeastOutputs { get; init; } = 1;

    /// <summary>How many passes of each of its parts one pass holds.</summary>
    public int Repeats { get; init; } = 1;

    /// <summary>Whether a parameter's gradient is the sum over several uses, whose order rounds differently when it is added to another.</summary>
    public bool SumsUses { get; init; }

    /// <summary>
    /// Whether the tests try all sizes and not a sample of them: for each kernel and each schedule one layer that uses it. Only for a layer
    /// whose work is worth a second thread at every size of <c>LayerThreadTests</c>; leave it off for cheap layers.
    /// </summary>
    public bool EverySize { get; init; }

    /// <summary>Makes the layer with numbers in all parameters, gains and biases too.</summary>
    public Layer<T> Create(int inputs, int outputs, int seed = 1)
    {
        outputs = Math.Max(outputs, LeastOutputs);
        Layer<T> layer = Make(IsSquare ? outputs : inputs, outputs, seed);
        var random = new Random(seed);
        foreach (Parameter<T> parameter in layer.Parameters) Initializers.Uniform(parameter, Math.Min(0.8, 1.6 / Math.Sqrt(parameter.Columns)), random);
        return layer;
    }

    public override string ToString() => Name;
}

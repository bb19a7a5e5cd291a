using System.Numerics;
using RnnSharp.Layers;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;

namespace RnnSharp.Benchmarks;

/// <summary>The recurrent layers that are measured.</summary>
public enum LayerKind
{
    Lstm,
    Gru,
    Rnn,

    /// <summary>The gated recurrent unit again, as a custom cell.</summary>
    CustomGru,
}

/// <summary>The size of a measured call.</summary>
public readonly record struct Shape(int Inputs, int Hidden, int Batch, int Steps)
{
    public override string ToString() => FormattableString.Invariant($"{Inputs}-{Hidden}, {Batch} x {Steps}");
}

/// <summary>The layers and data that are measured.</summary>
internal static class Workload
{
    public static RecurrentLayer<T> Layer<T>(LayerKind kind, int inputs, int hidden)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => kind switch
        {
            LayerKind.Lstm => new LstmLayer<T>(inputs, hidden, seed: 0),
            LayerKind.Gru => new GruLayer<T>(inputs, hidden, seed: 0),
            LayerKind.Rnn => new RnnLayer<T>(inputs, hidden, seed: 0),
            LayerKind.CustomGru => new CustomRecurrentLayer<T, CustomGruEquations>(inputs, hidden, seed: 0),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Expected Lstm, Gru, Rnn or CustomGru."),
        };

    /// <summary>Two bidirectional layers with concatenated outputs, like PyTorch's with num_layers=2 and bidirectional=True.</summary>
    public static LayerStack<T> TwoBidirectional<T>(LayerKind kind, int inputs, int hidden)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        return new LayerStack<T>(Both(inputs), Both(2 * hidden));

        BidirectionalLayer<T> Both(int features) => new(Layer<T>(kind, features, hidden), Layer<T>(kind, features, hidden));
    }

    public static Sequence<T> Gaussian<T>(int features, int batch, int steps, ulong seed = 0)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var sequence = new Sequence<T>(features, batch, steps);
        Fill(sequence.Values, seed);
        return sequence;
    }

    public static void Fill<T>(Span<T> values, ulong seed = 0)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new FastRandom(seed);
        foreach (ref T value in values) value = T.CreateChecked(random.NextGaussian());
    }
}

using System.Numerics;
using RnnSharp.Recurrent;

namespace RnnSharp.Tests.Recurrent;

/// <summary>The kinds of recurrent layers that there are.</summary>
public enum RecurrentKind
{
    Lstm,
    Gru,
    RnnTanh,
    RnnRelu,
    LstmPeepholeClip,
    LstmCoupled,
    LstmNormalized,
    GruResetBefore,
    GruNormalized,
    RnnNormalized,
}

/// <summary>Makes layers and what they run on.</summary>
internal static class Make
{
    public static RecurrentLayer<T> Layer<T>(RecurrentKind kind, int inputs, int hidden, int seed = 1)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => kind switch
        {
            RecurrentKind.Lstm => new LstmLayer<T>(inputs, hidden, seed),
            RecurrentKind.Gru => new GruLayer<T>(inputs, hidden, seed),
            RecurrentKind.RnnTanh => new RnnLayer<T>(inputs, hidden, seed),
            RecurrentKind.LstmPeepholeClip => new LstmLayer<T>(inputs, hidden, seed, new LstmOptions { Peepholes = true, CellClip = 0.3 }),
            RecurrentKind.LstmCoupled => new LstmLayer<T>(inputs, hidden, seed, new LstmOptions { CoupledGates = true, Peepholes = true }),
            RecurrentKind.LstmNormalized => new LstmLayer<T>(inputs, hidden, seed, new LstmOptions { LayerNormalization = true }),
            RecurrentKind.GruResetBefore => new GruLayer<T>(inputs, hidden, seed, new GruOptions { ResetBefore = true }),
            RecurrentKind.GruNormalized => new GruLayer<T>(inputs, hidden, seed, new GruOptions { LayerNormalization = true }),
            RecurrentKind.RnnNormalized => new RnnLayer<T>(inputs, hidden, seed, options: new RnnOptions { LayerNormalization = true }),
            _ => new RnnLayer<T>(inputs, hidden, seed, Activation.Relu),
        };

    /// <summary>Fills with numbers of -1 to 1.</summary>
    public static void Fill<T>(Span<T> values, Random random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < values.Length; i++) values[i] = T.CreateChecked(2 * random.NextDouble() - 1);
    }

    public static Sequence<T> Sequence<T>(int features, int batch, int steps, Random random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var sequence = new Sequence<T>(features, batch, steps);
        Fill(sequence.Values, random);
        return sequence;
    }

    public static Sequence<T> Tokens<T>(int features, int batch, int steps, Random random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Sequence<T> sequence = RnnSharp.Sequence<T>.ForTokens(features, batch, steps);
        for (int t = 0; t < steps; t++)
        {
            for (int j = 0; j < batch; j++) sequence.SetToken(j, t, random.Next(features));
        }

        return sequence;
    }

    /// <summary>The same tokens as features.</summary>
    public static Sequence<T> OneHot<T>(Sequence<T> tokens)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var sequence = new Sequence<T>(tokens.Features, tokens.Batch, tokens.Steps);
        for (int t = 0; t < tokens.Steps; t++) sequence.SetStep(t, tokens.StepMatrix(t));
        if (tokens.IsRagged) sequence.SetLengths(tokens.Lengths);
        return sequence;
    }

    public static State<T> State<T>(ILayer<T> layer, int batch, Random random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        State<T> state = layer.CreateState(batch);
        foreach (StateLeaf<T> leaf in state.Leaves) Fill(leaf.Values, random);
        return state;
    }
}

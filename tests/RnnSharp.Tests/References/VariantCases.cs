using System.Numerics;
using System.Text.Json;
using System.Text.Json.Serialization;
using MathNet.Numerics.LinearAlgebra;
using Xunit;

namespace RnnSharp.Tests.References;

/// <summary>Reads the cases that variants.py computed and proved: the recurrent options that PyTorch lacks, and projection.</summary>
internal static class VariantCases
{
    private static readonly JsonSerializerOptions Names = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    public static IReadOnlyList<VariantCase> All { get; } =
        JsonSerializer.Deserialize<VariantCase[]>(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "References", "variants.json")), Names)!;

    /// <summary>The numbers of the cases that fit, for a theory.</summary>
    public static TheoryData<int> Numbers(Func<VariantCase, bool> fits) => [.. Enumerable.Range(0, All.Count).Where(number => fits(All[number]))];
}

/// <summary>What a case switches on; a rate of 0 is off.</summary>
/// <param name="Peepholes">Parameters peephole_i, peephole_f and peephole_o; no peephole_f where the gates are coupled.</param>
/// <param name="Coupled">f = 1 - i; gates i, g, o.</param>
/// <param name="CellClip">The largest magnitude of a new cell state, or null.</param>
/// <param name="Projection">Units of the hidden state, with the parameter weight_hr, or null.</param>
/// <param name="LayerNorm">Parameter gain; epsilon is 1e-5.</param>
/// <param name="ZoneoutHidden">The chance with which the mask was drawn.</param>
/// <param name="ZoneoutCell">The chance with which the mask was drawn.</param>
/// <param name="RecurrentDropout">The chance with which the mask was drawn.</param>
internal sealed record VariantOptions(
    bool Peepholes, bool Coupled, double? CellClip, int? Projection, bool LayerNorm, double ZoneoutHidden, double ZoneoutCell, double RecurrentDropout)
{
    /// <summary>The names of the options that are on; zoneout of the hidden and of the cell state are one.</summary>
    public string[] On()
    {
        (string Name, bool On)[] all =
        [
            ("peepholes", Peepholes), ("coupled", Coupled), ("cell_clip", CellClip != null), ("projection", Projection != null),
            ("layer_norm", LayerNorm), ("zoneout", ZoneoutHidden > 0 || ZoneoutCell > 0), ("recurrent_dropout", RecurrentDropout > 0),
        ];
        return [.. all.Where(option => option.On).Select(option => option.Name)];
    }
}

/// <summary>The random choices of a case; null where the option is off.</summary>
/// <param name="ZoneoutHidden">[step][example][recurrent unit]: 1 keeps the old value, 0 takes the new one.</param>
/// <param name="ZoneoutCell">[step][example][unit]: the same.</param>
/// <param name="RecurrentDropout">[gate][example][recurrent unit]: 0 or 1 / (1 - rate), the same at every step.</param>
internal sealed record VariantMasks(double[]? ZoneoutHidden, double[]? ZoneoutCell, double[]? RecurrentDropout);

/// <summary>
/// One case. Matrices are row by row, rows stacked by gates i, f, g, o (i, g, o where coupled), r, z, n, or the one of a plain unit;
/// sequences are [step][example][feature], states [example][unit] under the names h and c.
/// </summary>
/// <param name="Kind">lstm, gru, gru_reset_before, rnn_tanh or rnn_relu.</param>
/// <param name="Inputs">Features.</param>
/// <param name="Hidden">Units.</param>
/// <param name="Batch">Examples.</param>
/// <param name="Steps">Time steps.</param>
/// <param name="Lengths">[example], or null when not ragged.</param>
/// <param name="Options">What is switched on.</param>
/// <param name="Masks">Random choices.</param>
/// <param name="Parameters">weight_ih, weight_hh, bias, and by kind and options bias_hn, gain (of a GRU in the order r, z, the candidate's input side, its recurrent side), peephole_i and so on, weight_hr.</param>
/// <param name="X">The input.</param>
/// <param name="Initial">The initial state, or null for zeros.</param>
/// <param name="Output">The hidden states; zero past an example's end.</param>
/// <param name="Final">The state after each example's last step.</param>
/// <param name="OutputGradient">The loss's gradient on the output, in the padding too, where it must not matter; or null.</param>
/// <param name="FinalGradient">The loss's gradient on the final state, or null.</param>
/// <param name="ParameterGradients">By the parameters' names.</param>
/// <param name="XGradient">The input's gradient; zero past an example's end.</param>
/// <param name="InitialGradient">The initial state's gradient, also where it is of zeros.</param>
internal sealed record VariantCase(
    string Kind,
    int Inputs,
    int Hidden,
    int Batch,
    int Steps,
    int[]? Lengths,
    VariantOptions Options,
    VariantMasks Masks,
    IReadOnlyDictionary<string, double[]> Parameters,
    double[] X,
    IReadOnlyDictionary<string, double[]>? Initial,
    double[] Output,
    IReadOnlyDictionary<string, double[]> Final,
    double[]? OutputGradient,
    IReadOnlyDictionary<string, double[]>? FinalGradient,
    IReadOnlyDictionary<string, double[]> ParameterGradients,
    double[] XGradient,
    IReadOnlyDictionary<string, double[]> InitialGradient)
{
    /// <summary>Units of the hidden state, which are the output's features.</summary>
    public int Recurrent => Options.Projection ?? Hidden;

    /// <summary>Blocks of rows in the weights.</summary>
    public int Gates => Kind switch { "lstm" => Options.Coupled ? 3 : 4, "gru" or "gru_reset_before" => 3, _ => 1 };

    /// <summary>Units of each leaf of the state.</summary>
    public IReadOnlyList<(string Name, int Size)> Leaves => Kind is "lstm" ? [("h", Recurrent), ("c", Hidden)] : [("h", Hidden)];

    public int LengthOf(int example) => Lengths == null ? Steps : Lengths[example];

    /// <summary>Rows and columns of a parameter; a vector has one column.</summary>
    public (int Rows, int Columns) ShapeOf(string parameter) => parameter switch
    {
        "weight_ih" => (Gates * Hidden, Inputs),
        "weight_hh" => (Gates * Hidden, Recurrent),
        "weight_hr" => (Recurrent, Hidden),
        "bias" => (Gates * Hidden, 1),
        "gain" => ((Kind is "gru" ? 4 : Gates) * Hidden, 1),
        "bias_hn" or "peephole_i" or "peephole_f" or "peephole_o" => (Hidden, 1),
        _ => throw new ArgumentOutOfRangeException(nameof(parameter), parameter, "No such parameter."),
    };

    public Matrix<T> Parameter<T>(string name)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => GoldenCases.Convert<T>(MatrixOf(name, Parameters[name]));

    public Matrix<double> ParameterGradient(string name) => MatrixOf(name, ParameterGradients[name]);

    /// <summary>The input with its lengths. Its padding is NaN, as it must not matter.</summary>
    public Sequence<T> Input<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Sequence<T> input = SequenceOf<T>(X, Inputs);
        if (Lengths == null) return input;
        input.SetLengths(Lengths);
        for (int step = 0; step < Steps; step++)
        {
            for (int example = 0; example < Batch; example++)
            {
                if (step >= LengthOf(example)) input.Step(step).Slice(example * Inputs, Inputs).Fill(T.NaN);
            }
        }

        return input;
    }

    /// <summary>The gradient on the output, or null.</summary>
    public Sequence<T>? OutputGradientSequence<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => OutputGradient == null ? null : SequenceOf<T>(OutputGradient, Recurrent);

    /// <summary>A state of the given leaves ([example][unit]), or null for none.</summary>
    public State<T>? StateOf<T>(IReadOnlyDictionary<string, double[]>? leaves)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (leaves == null) return null;
        var state = new State<T>(Batch, [.. Leaves]);
        foreach (StateLeaf<T> leaf in state.Leaves) GoldenCases.Convert<T>(leaves[leaf.Name]).CopyTo(leaf.Values);
        return state;
    }

    public override string ToString() => $"{Kind} {string.Join('+', Options.On())} {Inputs}x{Hidden}x{Batch}x{Steps}";

    private Sequence<T> SequenceOf<T>(double[] values, int features)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var sequence = new Sequence<T>(features, Batch, Steps);
        GoldenCases.Convert<T>(values).CopyTo(sequence.Values);
        return sequence;
    }

    private Matrix<double> MatrixOf(string name, double[] values)
    {
        (int rows, int columns) = ShapeOf(name);
        return Matrix<double>.Build.DenseOfRowMajor(rows, columns, values);
    }
}

using System.Numerics;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;

namespace RnnSharp.Extensions.Tests;

/// <summary>Models with the layers of this project alone, in one another, and in the library's own layers.</summary>
internal static class UserDefinedLayers
{
    public const int Size = 3;

    /// <summary>The library's formats and those of this project.</summary>
    public static readonly LayerFormats Formats = LayerFormats.BuiltIn.Add(new CausalConvolutionFormat(), new HighwayFormat(), JanetEquations.Format, ResetEquations.Format);

    /// <summary>Models that run step by step.</summary>
    public static readonly string[] Streaming = ["layer", "composite", "cell", "cell with options", "cell that resets", "all in one another", "in a stack", "in a residual layer"];

    public static readonly string[] Names = [.. Streaming, "in both directions", "backwards", "fed back", "encoder and decoder"];

    public static ILayer<T> Make<T>(string name, int seed = 1)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        return name switch
        {
            "layer" => Convolution(),
            "composite" => Highway(),
            "cell" => Cell(),
            "cell with options" => new CustomRecurrentLayer<T, JanetEquations>(Size, Size, Next(), new CustomRecurrentOptions { LayerNormalization = true, Bias = RecurrentBias.Separate }),
            "cell that resets" => new CustomRecurrentLayer<T, ResetEquations>(Size, Size, Next(), new CustomRecurrentOptions { Bias = RecurrentBias.Separate }),
            "all in one another" => Nested(),
            "in a stack" => new LayerStack<T>(Convolution(), Nested(), new DenseLayer<T>(Size, 2, Next()), new LayerStack<T>(new CustomRecurrentLayer<T, JanetEquations>(2, 4, Next()))),
            "in a residual layer" => new ResidualLayer<T>(new LayerStack<T>(new LayerNormalizationLayer<T>(Size), Nested())),
            "in both directions" => new LayerStack<T>(
                new BidirectionalLayer<T>(Cell(), Cell(), BidirectionalMerge.Average),
                new BidirectionalLayer<T>(Nested(), Convolution()),
                new DenseLayer<T>(2 * Size, Size, Next()),
                new HighwayLayer<T>(new BidirectionalLayer<T>(Convolution(), Cell(), BidirectionalMerge.Sum), Cell())),
            "backwards" => new ReverseLayer<T>(Nested()),
            "fed back" => new FeedbackLayer<T>(Nested(), 4),
            _ => new EncoderDecoder<T>(new LayerStack<T>(Cell()), new LayerStack<T>(Cell(), Highway2())),
        };

        int Next() => seed++;

        CausalConvolutionLayer<T> Convolution() => new(Size, 3, Next());

        CustomRecurrentLayer<T, JanetEquations> Cell() => new(Size, Size, Next());

        HighwayLayer<T> Highway() => new(new DenseLayer<T>(Size, Size, Next()), new DenseLayer<T>(Size, Size, Next()));

        HighwayLayer<T> Highway2() => new(new DenseLayer<T>(Size, Size, Next()), new LayerNormalizationLayer<T>(Size));

        HighwayLayer<T> Nested() => new(new LayerStack<T>(Convolution(), Cell()), new HighwayLayer<T>(Convolution(), Highway()));
    }

    /// <summary>An input of a ragged batch with anything in its padding; of one step for a layer that feeds its output back.</summary>
    public static Sequence<T> Input<T>(string name, int seed, int batch = 3, int steps = 6)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        bool isFedBack = name is "fed back";
        var input = new Sequence<T>(Size, batch, isFedBack ? 1 : steps);
        Fill(input.Values, seed);
        if (!isFedBack && batch == 3) input.SetLengths([steps, 1, steps - 2]);
        return input;
    }

    public static State<T> InitialState<T>(ILayer<T> layer, int batch, int seed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        State<T> state = layer.CreateState(batch);
        foreach (StateLeaf<T> leaf in state.Leaves) Fill(leaf.Values, seed++);
        return state;
    }

    public static void Fill<T>(Span<T> values, int seed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new Random(seed);
        foreach (ref T value in values) value = T.CreateChecked(2 * random.NextDouble() - 1);
    }
}

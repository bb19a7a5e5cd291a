using System.Numerics;
using RnnSharp.Layers;
using RnnSharp.Recurrent;

namespace RnnSharp.Keras.Tests;

/// <summary>Random models of layers that Keras has.</summary>
internal static class RandomModels
{
    public const int Inputs = 3;
    public const int Vocabulary = 7;
    public const int Batch = 2;
    public const int Steps = 5;

    /// <summary>A model with random weights.</summary>
    /// <param name="seed">Its seed.</param>
    /// <param name="hasKerasOnly">Whether it may have what Keras has and TensorFlow.js does not.</param>
    public static LayerStack<T> Create<T>(int seed, bool hasKerasOnly = false)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new Random(seed);
        var layers = new List<ILayer<T>>();
        int size = Inputs;
        if (random.Next(4) == 0) Add(new EmbeddingLayer<T>(Vocabulary, random.Next(1, 5), seed: seed));
        bool isReversed = false;
        for (int i = random.Next(1, 5); i > 0; i--)
        {
            switch (random.Next(7))
            {
                case 0:
                    Add(new DenseLayer<T>(size, random.Next(1, 5), seed));
                    break;
                case 1:
                    Add(new LayerNormalizationLayer<T>(size, random.Next(2) == 0 ? 1e-3 : 1e-5));
                    break;
                case 2:
                    Add(new DropoutLayer<T>(size, 0.3, seed, random.Next(2) == 0 ? DropoutMask.EachStep : DropoutMask.WholeSequence));
                    break;
                case 3:
                    isReversed = true;
                    Add(new ReverseLayer<T>(Recurrent<T>(random, size, hasKerasOnly)));
                    break;
                case 4 when !isReversed:
                    Add(Both<T>(random, size, hasKerasOnly, pools: false));
                    break;
                default:
                    isReversed = false;
                    Add(Recurrent<T>(random, size, hasKerasOnly));
                    break;
            }
        }

        if (isReversed || random.Next(2) == 0) AddEnd();
        if (random.Next(2) == 0) Add(new DenseLayer<T>(size, random.Next(1, 5), seed));
        var model = new LayerStack<T>(random.Next(4) == 0 && layers.Count > 1 ? [new LayerStack<T>([.. layers[..1]]), new LayerStack<T>([.. layers[1..]])] : [.. layers]);
        foreach (Parameter<T> parameter in model.Parameters)
        {
            parameter.Update(random, static (values, random) =>
            {
                foreach (ref T value in values) value = T.CreateChecked((float)(1.2 * random.NextDouble() - 0.6));
            });
        }

        return model;

        void Add(ILayer<T> layer)
        {
            layers.Add(layer);
            size = layer.OutputSize;
        }

        void AddEnd()
        {
            switch (random.Next(isReversed ? 3 : 4))
            {
                case 0:
                    Add(new PoolingLayer<T>(size, random.Next(2) == 0 ? Pooling.Mean : Pooling.Max));
                    break;
                case 1:
                    ILayer<T> recurrent = Recurrent<T>(random, size, hasKerasOnly);
                    Add(new ReverseLayer<T>(new LayerStack<T>(recurrent, new PoolingLayer<T>(recurrent.OutputSize, Pooling.Last))));
                    break;
                case 2:
                    Add(Recurrent<T>(random, size, hasKerasOnly));
                    Add(new PoolingLayer<T>(size, Pooling.Last));
                    break;
                default:
                    Add(Both<T>(random, size, hasKerasOnly, pools: true));
                    break;
            }
        }
    }

    /// <summary>An input for a model: features, or tokens for an embedding.</summary>
    public static Sequence<T> Input<T>(ILayer<T> model, int seed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new Random(seed);
        if (model.InputSize == Inputs)
        {
            var features = new Sequence<T>(Inputs, Batch, Steps);
            foreach (ref T value in features.Values) value = T.CreateChecked((float)(4 * random.NextDouble() - 2));
            return features;
        }

        Sequence<T> tokens = Sequence<T>.ForTokens(model.InputSize, Batch, Steps);
        for (int i = 0; i < Batch * Steps; i++) tokens.SetToken(i % Batch, i / Batch, random.Next(model.InputSize));
        return tokens;
    }

    private static RecurrentLayer<T> Recurrent<T>(Random random, int size, bool hasKerasOnly, int? units = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        RecurrentBias bias = (RecurrentBias)random.Next(3);
        double dropout = random.Next(4) == 0 ? 0.25 : 0;
        int own = units ?? random.Next(1, 6);
        Activation gates = random.Next(2) == 0 ? Activation.Sigmoid : Activation.HardSigmoid(hasKerasOnly && random.Next(2) == 0 ? 1.0 / 6 : 0.2);
        Activation[] activations = [Activation.Tanh, Activation.Tanh, Activation.Relu, Activation.Linear, Activation.Softsign, Activation.Softplus, Activation.Elu(), Activation.Sigmoid];
        Activation activation = activations[random.Next(activations.Length)];
        return random.Next(3) switch
        {
            0 => new LstmLayer<T>(size, own, 1, new LstmOptions { Bias = bias, RecurrentDropout = dropout, GateActivation = gates, CandidateActivation = activation, OutputActivation = activation }),
            1 => new GruLayer<T>(size, own, 1, new GruOptions { Bias = bias, RecurrentDropout = dropout, GateActivation = gates, CandidateActivation = activation, ResetBefore = !hasKerasOnly || random.Next(2) == 0 }),
            _ => new RnnLayer<T>(size, own, 1, activation, new RnnOptions { Bias = bias, RecurrentDropout = dropout }),
        };
    }

    private static BidirectionalLayer<T> Both<T>(Random random, int size, bool hasKerasOnly, bool pools)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int seed = random.Next(), units = random.Next(1, 5);
        return new BidirectionalLayer<T>(Direction(), Direction(), (BidirectionalMerge)random.Next(4));

        ILayer<T> Direction()
        {
            RecurrentLayer<T> recurrent = Recurrent<T>(new Random(seed), size, hasKerasOnly, units);
            return pools ? new LayerStack<T>(recurrent, new PoolingLayer<T>(units, Pooling.Last)) : recurrent;
        }
    }
}

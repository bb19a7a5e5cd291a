using RnnSharp.Layers;
using RnnSharp.Quantization;
using RnnSharp.Recurrent;
using Xunit;

namespace RnnSharp.Tests.Quantization;

/// <summary>A layer of each kind and option that can be quantized, and sequences for it.</summary>
internal static class QuantizedModels
{
    public const int Input = 21;

    /// <summary>The models, by name. Weights come from integers, so that they are the same at every vector width.</summary>
    public static IReadOnlyDictionary<string, Func<ILayer<float>>> All { get; } = new Dictionary<string, Func<ILayer<float>>>(StringComparer.Ordinal)
    {
        ["lstm"] = () => new LstmLayer<float>(Input, 37, 1),
        ["lstm, separate biases"] = () => new LstmLayer<float>(Input, 16, 1, new() { Bias = RecurrentBias.Separate }),
        ["lstm, no bias"] = () => new LstmLayer<float>(Input, 5, 1, new() { Bias = RecurrentBias.None }),
        ["lstm, peepholes and cell clip"] = () => new LstmLayer<float>(Input, 19, 1, new() { Peepholes = true, CellClip = 0.4 }),
        ["lstm, coupled gates"] = () => new LstmLayer<float>(Input, 33, 1, new() { CoupledGates = true }),
        ["lstm, coupled gates and peepholes"] = () => new LstmLayer<float>(Input, 18, 1, new() { CoupledGates = true, Peepholes = true }),
        ["lstm, projection and zoneout"] = () => new LstmLayer<float>(Input, 37, 1, new() { ProjectionSize = 11, HiddenZoneout = 0.2, CellZoneout = 0.1 }),
        ["lstm, zoneout and dropout"] = () => new LstmLayer<float>(Input, 17, 1, new() { HiddenZoneout = 0.3, CellZoneout = 0.2, RecurrentDropout = 0.4 }),
        ["lstm, activations"] = () => new LstmLayer<float>(Input, 18, 1, new() { GateActivation = Activation.HardSigmoid(0.2, 0.5), CandidateActivation = Activation.Softsign, OutputActivation = Activation.Elu(0.7), Clip = 1.5 }),
        ["gru"] = () => new GruLayer<float>(Input, 37, 1),
        ["gru, separate biases"] = () => new GruLayer<float>(Input, 16, 1, new() { Bias = RecurrentBias.Separate }),
        ["gru, no bias"] = () => new GruLayer<float>(Input, 7, 1, new() { Bias = RecurrentBias.None }),
        ["gru, zoneout"] = () => new GruLayer<float>(Input, 20, 1, new() { HiddenZoneout = 0.25 }),
        ["gru, activations"] = () => new GruLayer<float>(Input, 20, 1, new() { GateActivation = Activation.Softplus, CandidateActivation = Activation.LeakyRelu(0.1) }),
        ["rnn"] = () => new RnnLayer<float>(Input, 70, 1),
        ["rnn, relu"] = () => new RnnLayer<float>(Input, 9, 1, Activation.Relu),
        ["rnn, separate biases and softsign"] = () => new RnnLayer<float>(Input, 40, 1, Activation.Softsign, new() { Bias = RecurrentBias.Separate, HiddenZoneout = 0.1 }),
        ["dense"] = () => new DenseLayer<float>(Input, 50, 1),
        ["dense, one output"] = () => new DenseLayer<float>(Input, 1, 1),
        ["embedding"] = () => new LayerStack<float>(new EmbeddingLayer<float>(Input, 15, seed: 1), new LstmLayer<float>(15, 12, 1)),
        ["stack"] = () => new LayerStack<float>(new LstmLayer<float>(Input, 24, 1), new DropoutLayer<float>(24, 0.5, 1), new LayerNormalizationLayer<float>(24), new ResidualLayer<float>(new GruLayer<float>(24, 24, 2)), new DenseLayer<float>(24, 10, 3)),
        ["bidirectional"] = () => new LayerStack<float>(Bidirectional.Of(seed => new LstmLayer<float>(Input, 10, seed), seed: 1), new DenseLayer<float>(20, 4, 2)),
    };

    public static TheoryData<string> Names => [.. All.Keys];

    /// <summary>Creates a model with weights that depend on nothing but its shape.</summary>
    public static ILayer<float> Create(string name)
    {
        ILayer<float> model = All[name]();
        uint state = 12345;
        foreach (Parameter<float> parameter in model.Parameters)
        {
            float[] values = new float[parameter.Count];
            for (int i = 0; i < values.Length; i++)
            {
                state = state * 1664525 + 1013904223;
                values[i] = ((int)(state >> 8) - (1 << 23)) / (float)(1 << 25);
            }

            parameter.Set(values);
        }

        return model;
    }

    /// <summary>Copies the weights of a quantized model, as they have been rounded, into the float model of the same shape.</summary>
    public static void CopyWeights(ILayer<float> quantized, ILayer<float> model)
    {
        for (int i = 0; i < model.Parts.Count; i++) CopyWeights(quantized.Parts[i].Layer, model.Parts[i].Layer);
        if (quantized is not IHoldsTensors holder) return;
        HeldTensor[] matrices = [.. holder.HeldTensors.Where(tensor => tensor.Columns > 1)];
        Parameter<float>[] parameters = [.. model.Parameters.Where(parameter => parameter.Columns > 1)];
        for (int i = 0; i < matrices.Length; i++)
        {
            HeldTensor? scales = holder.HeldTensors.SingleOrDefault(tensor => string.Equals(tensor.Name, matrices[i].Name + "_scale", StringComparison.Ordinal));
            float[] values = new float[parameters[i].Count];
            for (int k = 0; k < values.Length; k++)
            {
                int row = k % parameters[i].Rows;
                values[k] = matrices[i][row, k / parameters[i].Rows] * (scales?[row, 0] ?? 1);
            }

            parameters[i].Set(values);
        }
    }

    public static ILayer<float> Quantized(string name, QuantizedType type = QuantizedType.Int8) => Create(name).Quantize(new QuantizationOptions { Type = type });

    /// <summary>Features, or tokens for a model that takes only these. Examples have different lengths if it is ragged.</summary>
    public static Sequence<float> InputFor(string name, int batch, int steps, bool ragged = false, bool tokens = false)
    {
        int[] numbers = new int[batch * steps];
        float[] features = new float[numbers.Length * Input];
        uint state = 777;
        for (int i = 0; i < features.Length; i++)
        {
            state = state * 1664525 + 1013904223;
            features[i] = ((int)(state >> 16) % 4096 - 2048) / 1024f;
            numbers[i / Input] = (int)(state >> 16) % Input;
        }

        Sequence<float> sequence = tokens || string.Equals(name, "embedding", StringComparison.Ordinal)
            ? Tokens(numbers, batch, steps)
            : Features(features, batch, steps);
        if (ragged) sequence.SetLengths([.. Enumerable.Range(0, batch).Select(j => j % (steps + 1))]);
        return sequence;
    }

    private static Sequence<float> Features(float[] values, int batch, int steps)
    {
        var sequence = new Sequence<float>(Input, batch, steps);
        values.CopyTo(sequence.Values);
        return sequence;
    }

    private static Sequence<float> Tokens(int[] numbers, int batch, int steps)
    {
        int[][] examples = [.. Enumerable.Range(0, batch).Select(j => Enumerable.Range(0, steps).Select(t => numbers[t * batch + j]).ToArray())];
        return Sequence<float>.FromTokens(examples, Input);
    }
}

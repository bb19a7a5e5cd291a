using System.Diagnostics;
using RnnSharp;
using RnnSharp.Layers;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;
using RnnSharp.Training;

namespace DinosaurNames;

/// <summary>One pass over the training names, and the perplexities per character after it.</summary>
internal sealed record Epoch(int Number, double Training, double Validation, TimeSpan Time);

/// <summary>
/// Trains a network to predict the next character. The network that is evaluated and kept is not the one that Adam updates but the
/// running average of its weights (Polyak and Juditsky 1992), which overfits later and needs no learning rate decay.
/// </summary>
internal sealed class Trainer
{
    private const double MaxNorm = 1;

    // The weights of step t are averaged in with weight 5 / (5 + t), so the average covers about the last sixth of all steps.
    private const double AverageReach = 5;

    private readonly Options _options;
    private readonly NameData _data;
    private readonly FastRandom _random;
    private readonly LayerStack<float> _network;
    private readonly Adam<float> _adam;
    private readonly NameBatch _batch;
    private readonly int[][] _order;
    private readonly Sequence<float> _scoreGradient;
    private readonly Sequence<float> _scores;
    private ForwardPass<float>? _pass;
    private Gradients<float>? _gradients;
    private long _steps;

    public Trainer(Options options, NameData data, FastRandom random)
    {
        _options = options;
        _data = data;
        _random = random;
        int seed = random.Next();
        _network = CreateNetwork(options, data.Vocabulary.Size, seed);
        Network = CreateNetwork(options, data.Vocabulary.Size, seed);
        _adam = new Adam<float>(options.LearningRate, weightDecay: options.WeightDecay);
        _batch = new NameBatch(data.Vocabulary);
        _order = [.. data.Training];
        _scoreGradient = new Sequence<float>(data.Vocabulary.Size, batch: 1, steps: 1);
        _scores = new Sequence<float>(data.Vocabulary.Size, batch: 1, steps: 1);
    }

    /// <summary>The averaged network.</summary>
    public LayerStack<float> Network { get; }

    /// <summary>Trains until all epochs are done, validation has stopped improving, or a stop is requested; then restores the best weights.</summary>
    /// <exception cref="ArithmeticException">Training has diverged.</exception>
    public IReadOnlyList<Epoch> Run(Action<Epoch> report, CancellationToken stop)
    {
        var epochs = new List<Epoch>();
        Epoch? best = null;
        float[][] bestWeights = [.. Network.Parameters.Select(parameter => new float[parameter.Count])];
        while (epochs.Count < _options.Epochs && epochs.Count - (best?.Number ?? 0) < _options.Patience && !stop.IsCancellationRequested)
        {
            long start = Stopwatch.GetTimestamp();
            TrainOnce(stop);
            var epoch = new Epoch(epochs.Count + 1, Perplexity(_data.Training), Perplexity(_data.Validation), Stopwatch.GetElapsedTime(start));
            if (!double.IsFinite(epoch.Training + epoch.Validation)) throw Diverged();
            if (best is null || epoch.Validation < best.Validation)
            {
                best = epoch;
                for (int i = 0; i < bestWeights.Length; i++) Network.Parameters[i].Values.CopyTo(bestWeights[i]);
            }

            epochs.Add(epoch);
            report(epoch);
        }

        for (int i = 0; best is not null && i < bestWeights.Length; i++) Network.Parameters[i].Set(bestWeights[i]);
        return epochs;
    }

    /// <summary>The averaged network's perplexity per character, including the end of each name.</summary>
    public double Perplexity(int[][] names)
    {
        LossValue loss = default;
        for (int start = 0; start < names.Length; start += _options.Batch)
        {
            _batch.Fill(names.AsSpan(start, Math.Min(_options.Batch, names.Length - start)));
            Network.Predict(_batch.Input, reuse: _scores);
            loss += SoftmaxCrossEntropy.Compute(_scores, _batch.Target);
        }

        return SoftmaxCrossEntropy.Perplexity(loss);
    }

    private static LayerStack<float> CreateNetwork(Options options, int vocabularySize, int seed)
    {
        var random = new FastRandom((ulong)seed);
        var layers = new List<ILayer<float>>();
        for (int i = 0; i < options.Layers; i++)
        {
            int inputSize = i == 0 ? vocabularySize : options.Hidden;
            layers.Add(options.Cell switch
            {
                Cell.Rnn => new RnnLayer<float>(inputSize, options.Hidden, random.Next()),
                Cell.Gru => new GruLayer<float>(inputSize, options.Hidden, random.Next()),
                _ => new LstmLayer<float>(inputSize, options.Hidden, random.Next()),
            });
        }

        layers.Add(new DenseLayer<float>(options.Hidden, vocabularySize, random.Next()));
        return new LayerStack<float>(layers);
    }

    private void TrainOnce(CancellationToken stop)
    {
        _random.Shuffle(_order);
        for (int start = 0; start < _order.Length && !stop.IsCancellationRequested; start += _options.Batch)
        {
            _batch.Fill(_order.AsSpan(start, Math.Min(_options.Batch, _order.Length - start)), _options.Dropout, _random);
            _pass = _network.Forward(_batch.Input, reuse: _pass);
            LossValue loss = SoftmaxCrossEntropy.Compute(_pass.Output, _batch.Target, _scoreGradient);
            _gradients = _network.Backward(_pass, _scoreGradient, inputGradient: false, reuse: _gradients);
            if (!double.IsFinite(loss.Sum + _gradients.Norm())) throw Diverged();
            GradientClipping.ByNorm(_gradients, MaxNorm);
            _adam.Step(_network.Parameters, _gradients);
            MoveAverage();
        }
    }

    private void MoveAverage()
    {
        _steps++;
        var share = (float)(AverageReach / (AverageReach + _steps));
        for (int i = 0; i < Network.Parameters.Count; i++)
        {
            Network.Parameters[i].Update((Weights: _network.Parameters[i], Share: share), static (average, now) =>
            {
                ReadOnlySpan<float> weights = now.Weights.Values;
                for (int k = 0; k < average.Length; k++) average[k] += now.Share * (weights[k] - average[k]);
            });
        }
    }

    private static ArithmeticException Diverged() => new("Training has diverged: try a lower --learning-rate.");
}

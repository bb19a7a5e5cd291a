using System.Numerics;
using RnnSharp.Layers;
using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>
/// Scheduled sampling (Bengio, Vinyals, Jaitly and Shazeer 2015): from step to step, the input of a model that predicts its next input is the
/// true one with a probability that falls during training, and otherwise the model's own prediction at the step before, so that the model
/// learns to go on from its own errors. The predictions are made step by step without masks, each from the inputs chosen before it; the batch is
/// then computed with the chosen inputs, and no gradient flows through a choice. The first input of an example is always the true one.
/// <code>
/// var sampling = new ScheduledSampling&lt;float&gt;(ScheduledSampling.InverseSigmoid(500), seed: 1);
/// new Trainer&lt;float&gt;(model, new Adam&lt;float&gt;(), new SoftmaxCrossEntropy&lt;float&gt;(), new() { MaxSteps = 4000, ComputeStep = sampling.Compute });
/// </code>
/// <para>Every example begins in its batch: a source that carries state is refused. What is chosen depends only on the seed and
/// <see cref="TrainingStep{T}.Draw"/>, so a resumed run equals an uninterrupted one. One object serves one trainer at a time.</para>
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class ScheduledSampling<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Func<long, double> _truth;
    private readonly ulong _seed;
    private readonly FastRandom _random = new(0);
    private Batch<T>? _given;
    private Batch<T>? _mixed;
    private State<T>? _state;
    private ILayer<T>? _model;
    private T[] _outputs = [];

    /// <summary>Creates scheduled sampling.</summary>
    /// <param name="truth">The probability of the true input, 0 to 1, after a number of batches, such as <see cref="ScheduledSampling.Linear"/>.</param>
    /// <param name="seed">The seed of the choices.</param>
    /// <exception cref="ArgumentException">The function is null, or T is neither float nor double.</exception>
    public ScheduledSampling(Func<long, double> truth, ulong seed = 0)
    {
        Check.ElementType<T>();
        ArgumentNullException.ThrowIfNull(truth);
        (_truth, _seed) = (truth, seed);
    }

    /// <summary>Whether a predicted token is drawn from the softmax of the output; by default it is the likeliest.</summary>
    public bool Draws { get; init; }

    /// <summary>Computes the loss and gradients of a batch, as <see cref="TrainingStep{T}.Run"/> does, with chosen inputs. For <see cref="TrainerOptions{T}.ComputeStep"/>.</summary>
    /// <param name="step">The step; its model streams.</param>
    /// <param name="batch">A batch whose input at each step is what the model is to predict at the step before: tokens, or features as many as the outputs.</param>
    /// <returns>The loss.</returns>
    /// <exception cref="ArgumentException">An argument is null, the trainer's source carries state, the model does not stream or predicts something else than its inputs, or the batch does not fit it.</exception>
    /// <exception cref="InvalidOperationException">The probability is not one.</exception>
    public LossValue Compute(TrainingStep<T> step, Batch<T> batch)
    {
        ArgumentNullException.ThrowIfNull(step);
        ArgumentNullException.ThrowIfNull(batch);
        if (step.CarriesState) throw Check.Shape(nameof(step), "a source that carries no state (each example begins in its batch)", "streams, whose state would be lost");
        ILayer<T> model = step.Model;
        if (!model.IsStreaming) throw Check.Shape(nameof(step), "a model that streams", $"{LayerReport<T>.KindOf(model)}, which does not");
        if (batch.Input.IsTokens ? model.OutputSize > model.InputSize : model.OutputSize != model.InputSize)
            throw Check.Shape(nameof(step), batch.Input.IsTokens ? $"a model of at most {model.InputSize} outputs (the tokens)" : $"a model of {model.InputSize} outputs (the features of its input)", $"{model.OutputSize}");
        if (batch.Source is not null && model is not EncoderDecoder<T>) throw Check.Shape(nameof(batch), "no Source for a model that is not an EncoderDecoder", "one");
        double truth = _truth(step.Draw);
        if (!(truth is >= 0 and <= 1)) throw new InvalidOperationException($"Expected a probability of 0 to 1 after {step.Draw} batches, got {truth}.");
        if (truth == 1) return step.Run(batch);
        if (!ReferenceEquals(batch, _given) || _mixed is null)
        {
            Sequence<T> input = batch.Input.IsTokens ? Sequence<T>.ForTokens(batch.Input.Features, 1, 0) : new Sequence<T>(batch.Input.Features, 1, 0);
            _mixed = new Batch<T>(input, batch.Target) { Source = batch.Source, StepWeights = batch.StepWeights };
            _given = batch;
        }

        Choose(model, batch, _mixed.Input, truth, step.Draw);
        return step.Run(_mixed);
    }

    private void Choose(ILayer<T> model, Batch<T> batch, Sequence<T> mixed, double truth, long draw)
    {
        Sequence<T> input = batch.Input;
        SequenceShape shape = input.Shape;
        mixed.Resize(shape.Features, shape.Batch, shape.Steps);
        mixed.TakeLengths(input);
        if (input.IsTokens) input.TokensFor(shape).CopyTo(mixed.TokenMemoryFor(shape));
        else input.ValuesFor(shape).CopyTo(mixed.ValuesFor(shape));
        if (!ReferenceEquals(model, _model)) (_model, _state) = (model, model.CreateState(shape.Batch));
        _state!.Resize(shape.Batch);
        _state.Clear();
        if (batch.Source is not null) ((EncoderDecoder<T>)model).Encode(batch.Source, _state);
        int size = model.OutputSize, length = Check.ArrayLength((long)size * shape.Batch, nameof(batch));
        if (_outputs.Length < length) _outputs = new T[length];
        _random.Reseed(_seed, (ulong)draw);
        for (int t = 0; t + 1 < shape.Steps; t++)
        {
            Span<T> outputs = _outputs.AsSpan(0, length);
            if (input.IsTokens) model.Step(mixed.TokensFor(shape).Slice(t * shape.Batch, shape.Batch), _state, outputs);
            else model.Step(mixed.Step(t), _state, outputs);
            for (int j = 0; j < shape.Batch; j++)
            {
                if (t + 1 >= input.LengthOf(j) || _random.NextDouble() < truth) continue;
                Span<T> own = outputs.Slice(j * size, size);
                if (input.IsTokens) mixed.TokenMemoryFor(shape)[(t + 1) * shape.Batch + j] = Draws ? Drawn(own) : FreeRunning.IndexOfLargest<T>(own);
                else own.CopyTo(mixed.Step(t + 1).Slice(j * size, size));
            }
        }
    }

    /// <summary>Draws a token from the softmax of its scores, which are overwritten.</summary>
    private int Drawn(Span<T> scores)
    {
        SoftmaxKernel.Softmax<T>(scores, scores);
        double left = _random.NextDouble();
        for (int token = 0; token < scores.Length - 1; token++)
        {
            left -= double.CreateTruncating(scores[token]);
            if (left < 0) return token;
        }

        return scores.Length - 1;
    }
}

/// <summary>The probabilities of the true input in scheduled sampling (Bengio, Vinyals, Jaitly and Shazeer 2015, section 2.4), as functions of the number of batches.</summary>
public static class ScheduledSampling
{
    /// <summary>From one probability to another in equal decrements.</summary>
    /// <param name="from">The probability before the first batch, 0 to 1.</param>
    /// <param name="to">The probability after the given number of batches and from then on, 0 to 1.</param>
    /// <param name="batches">At least 1.</param>
    /// <exception cref="ArgumentException">An argument is out of range.</exception>
    public static Func<long, double> Linear(double from, double to, long batches)
    {
        Probability(from, nameof(from));
        Probability(to, nameof(to));
        Check.Positive(batches);
        return batch => batch >= batches ? to : from + (to - from) * batch / batches;
    }

    /// <summary>kⁱ after i batches.</summary>
    /// <param name="k">The factor of each batch, 0 to 1.</param>
    /// <exception cref="ArgumentException">k is out of range.</exception>
    public static Func<long, double> Exponential(double k)
    {
        Probability(k, nameof(k));
        return batch => Math.Pow(k, batch);
    }

    /// <summary>k / (k + e^(i/k)) after i batches.</summary>
    /// <param name="k">At least 1: the larger, the later and the slower the fall.</param>
    /// <exception cref="ArgumentException">k is out of range.</exception>
    public static Func<long, double> InverseSigmoid(double k)
    {
        if (!(k >= 1) || !double.IsFinite(k)) throw new ArgumentOutOfRangeException(nameof(k), k, $"Expected a finite number of 1 or more, got {k}.");
        return batch => k / (k + Math.Exp(batch / k));
    }

    private static void Probability(double value, string name)
    {
        if (!(value is >= 0 and <= 1)) throw new ArgumentOutOfRangeException(name, value, $"Expected 0 to 1, got {value}.");
    }
}

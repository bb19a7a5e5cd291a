using System.Numerics;

namespace RnnSharp.Training;

/// <summary>The examples of one training step. A data source fills it again and again, so that a warm run allocates nothing.</summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class Batch<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private bool[] _restarts = [];

    /// <summary>Creates a batch that holds the given sequences.</summary>
    /// <param name="input">The input of the model.</param>
    /// <param name="target">What the loss compares the output with.</param>
    /// <exception cref="ArgumentException">An argument is null, or both are the same sequence.</exception>
    public Batch(Sequence<T> input, Sequence<T> target)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(target);
        if (ReferenceEquals(input, target)) throw new ArgumentException("Expected a target other than the input, whose memory the source writes.", nameof(target));
        Input = input;
        Target = target;
    }

    /// <summary>The input of the model: features or tokens × batch × steps.</summary>
    public Sequence<T> Input { get; }

    /// <summary>The targets of the loss.</summary>
    public Sequence<T> Target { get; }

    /// <summary>The input of the encoder, for an encoder-decoder; null for other models.</summary>
    public Sequence<T>? Source { get; init; }

    /// <summary>1 × batch × steps: a factor for the loss of each position; 1 everywhere when null.</summary>
    public Sequence<T>? StepWeights { get; init; }

    /// <summary>
    /// For sources that carry state: whether an example starts from a zero state in this batch, in place of the state in which the example of
    /// the same index ended in the previous one. The span has one element per example of the input.
    /// </summary>
    public Span<bool> Restarts
    {
        get
        {
            if (_restarts.Length < Input.Batch) Array.Resize(ref _restarts, Input.Batch);
            return _restarts.AsSpan(0, Input.Batch);
        }
    }

    /// <summary>Exchanges the contents of two batches that a source created, without copying them.</summary>
    internal void Exchange(Batch<T> other)
    {
        Input.Exchange(other.Input);
        Target.Exchange(other.Target);
        Source?.Exchange(other.Source!);
        StepWeights?.Exchange(other.StepWeights!);
        (_restarts, other._restarts) = (other._restarts, _restarts);
    }
}

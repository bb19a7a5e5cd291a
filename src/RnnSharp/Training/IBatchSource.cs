using System.Numerics;

namespace RnnSharp.Training;

/// <summary>
/// A source of batches, such as those of RnnSharp.Data. It is not safe for use by several threads at once. Its state is the position in the
/// current epoch, with the order of the examples and the generator that shuffles them.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public interface IBatchSource<T> : IStateful
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The number of batches in an epoch; null if it is not known, or the source never ends.</summary>
    long? BatchesPerEpoch { get; }

    /// <summary>
    /// Whether examples continue over batches, so that the state of one batch is the initial state of the next, except for
    /// <see cref="Batch{T}.Restarts"/>.
    /// </summary>
    bool CarriesState { get; }

    /// <summary>Creates an empty batch of the kind that <see cref="Next"/> fills.</summary>
    Batch<T> CreateBatch();

    /// <summary>Replaces the contents of a batch by the next examples. Nothing is allocated unless the batch becomes larger than it has ever been.</summary>
    /// <param name="batch">A batch that <see cref="CreateBatch"/> returned.</param>
    /// <param name="cancellation">Ends the wait for data that are not ready.</param>
    /// <returns>False at the end of an epoch, when the batch is left unchanged; the next call starts the next epoch.</returns>
    /// <exception cref="ArgumentException">The batch is null or of another kind.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    bool Next(Batch<T> batch, CancellationToken cancellation = default);

    /// <summary>Ends the current epoch: the next call of <see cref="Next"/> starts a new one.</summary>
    void EndEpoch();
}

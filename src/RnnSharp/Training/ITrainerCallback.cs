using System.Numerics;

namespace RnnSharp.Training;

/// <summary>
/// Called by a <see cref="Trainer{T}"/> between steps, on the thread that trains. Weights, optimizer and history are complete at every call: if a
/// callback throws, training ends with its exception, nothing is lost, and another call of Fit continues.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public interface ITrainerCallback<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Training starts, or continues.</summary>
    void OnStart(Trainer<T> trainer)
    {
    }

    /// <summary>Parameters have been updated.</summary>
    void OnStep(Trainer<T> trainer, in TrainingProgress progress)
    {
    }

    /// <summary>A validation or, without validation data, an epoch is complete; its record is the last of the history.</summary>
    void OnRecord(Trainer<T> trainer, TrainingRecord record)
    {
    }

    /// <summary>A loss, gradient or output was not finite.</summary>
    void OnNonFinite(Trainer<T> trainer, NonFiniteReport report)
    {
    }

    /// <summary>A checkpoint has been saved.</summary>
    void OnCheckpoint(Trainer<T> trainer, string path)
    {
    }

    /// <summary>Training has ended without an exception.</summary>
    void OnEnd(Trainer<T> trainer, FitResult result)
    {
    }
}

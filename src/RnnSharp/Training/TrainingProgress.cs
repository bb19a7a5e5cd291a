namespace RnnSharp.Training;

/// <summary>The state of a training run after a parameter update.</summary>
/// <param name="Step">The completed updates.</param>
/// <param name="Epoch">The current epoch, from 0.</param>
/// <param name="Loss">The mean loss of the step's batches.</param>
/// <param name="LearningRate">The rate of the step.</param>
/// <param name="GradientNorm">The global norm of the gradients before clipping.</param>
/// <param name="Examples">The examples trained since this call of Fit started.</param>
/// <param name="Elapsed">The time since this call of Fit started.</param>
/// <param name="Remaining">An estimate of the time left, from the nearest limit; null if there is none yet.</param>
public readonly record struct TrainingProgress(
    long Step, long Epoch, double Loss, double LearningRate, double GradientNorm, long Examples, TimeSpan Elapsed, TimeSpan? Remaining)
{
    /// <summary>The examples trained per second since this call of Fit started.</summary>
    public double ExamplesPerSecond => Elapsed > TimeSpan.Zero ? Examples / Elapsed.TotalSeconds : 0;
}

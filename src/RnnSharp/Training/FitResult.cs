namespace RnnSharp.Training;

/// <summary>Why training ended.</summary>
public enum StopReason
{
    /// <summary>All epochs are done.</summary>
    MaxEpochs,

    /// <summary>All steps are done.</summary>
    MaxSteps,

    /// <summary>The time is over.</summary>
    MaxTime,

    /// <summary>The validation loss has not improved for too long.</summary>
    Patience,

    /// <summary>A cancellation was requested.</summary>
    Cancelled,

    /// <summary>The program called <see cref="Trainer{T}.Stop"/>.</summary>
    Stopped,
}

/// <summary>The outcome of a call of Fit.</summary>
/// <param name="Reason">Why training ended.</param>
/// <param name="Step">The completed parameter updates.</param>
/// <param name="Epoch">The completed epochs.</param>
/// <param name="BestLoss">The lowest validation loss; NaN without validation.</param>
/// <param name="BestStep">The step of that validation; 0 without validation.</param>
/// <param name="Elapsed">The time of this call.</param>
public readonly record struct FitResult(StopReason Reason, long Step, long Epoch, double BestLoss, long BestStep, TimeSpan Elapsed);

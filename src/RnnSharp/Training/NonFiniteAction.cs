namespace RnnSharp.Training;

/// <summary>What a trainer does when a loss, gradient or output is not finite. In each case, no parameter has been changed by the batch.</summary>
public enum NonFiniteAction
{
    /// <summary>Stops with a <see cref="NonFiniteException"/>.</summary>
    Throw,

    /// <summary>Leaves the batch out, with those that have been accumulated for the same step.</summary>
    SkipBatch,

    /// <summary>Returns weights, optimizer and average to the last good ones, which are kept every 100 steps, and continues with the next batch at a smaller learning rate.</summary>
    Rollback,
}

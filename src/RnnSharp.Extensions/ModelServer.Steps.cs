using RnnSharp.Numerics;

namespace RnnSharp.Serving;

/// <content>Steps.</content>
public sealed partial class ModelServer<T>
{
    /// <summary>
    /// Runs one or more time steps of a session. A call changes all or nothing: if it fails or is cancelled, the session is as before. Steps
    /// that have begun are completed. A warm call allocates nothing that is proportional to its size.
    /// </summary>
    /// <param name="sessionId">The session.</param>
    /// <param name="inputs">InputSize · steps features, [step][feature]. The memory must not change until the call has ended.</param>
    /// <param name="outputs">Receives OutputSize · steps values, [step][feature]. Undefined if the call fails.</param>
    /// <param name="previousOutput">Receives the output of the step before the first, OutputSize values; zeros before the first step of all. Empty if it is not wanted.</param>
    /// <param name="cancellation">Cancels the call while it waits.</param>
    /// <returns>The number of earlier steps, and the version of the model.</returns>
    /// <exception cref="ArgumentException">The session's name is not valid, a length does not fit, there are too many steps, a feature is NaN or infinite, or the model takes only tokens.</exception>
    /// <exception cref="SessionNotFoundException">There is no such session.</exception>
    /// <exception cref="ServerBusyException">The queue is full and calls do not wait for it, the session has too many calls, or the server has too many sessions.</exception>
    /// <exception cref="NotFiniteException">A result is NaN or infinite.</exception>
    /// <exception cref="InvalidDataException">The store has damaged bytes for the session, or those of another model.</exception>
    /// <exception cref="OperationCanceledException">The call was cancelled before it began.</exception>
    /// <exception cref="IOException">The store cannot load the session; or another exception of the store.</exception>
    /// <exception cref="ObjectDisposedException">The server has stopped.</exception>
    public ValueTask<StepResult> StepAsync(string sessionId, ReadOnlyMemory<T> inputs, Memory<T> outputs, Memory<T> previousOutput = default, CancellationToken cancellation = default)
    {
        SessionId.Check(sessionId);
        ServedModel<T> model = _loop.Model;
        int inputSize = model.Model.InputSize, count = inputs.Length / inputSize;
        if (!model.TakesFeatures) throw Check.Shape(nameof(inputs), "tokens, which are all that the model takes", "features");
        if (count < 1 || inputs.Length % inputSize != 0) throw Check.Shape(nameof(inputs), $"{inputSize} x 1 step or more", $"{inputs.Length} values");
        CheckSteps(model.Model, count, outputs, previousOutput, nameof(inputs));
        if (!Finite.All(inputs.Span)) throw new ArgumentException("Expected finite features, got NaN or infinity.", nameof(inputs));
        return RunAsync(sessionId, inputs, default, isTokens: false, outputs, previousOutput, count, cancellation);
    }

    /// <summary>Runs one or more time steps of a session on tokens, such as a text's.</summary>
    /// <inheritdoc cref="StepAsync(string, ReadOnlyMemory{T}, Memory{T}, Memory{T}, CancellationToken)"/>
    /// <param name="sessionId">The session.</param>
    /// <param name="tokens">One number of 0 to InputSize - 1 per step. The memory must not change until the call has ended.</param>
    /// <param name="outputs">Receives OutputSize · steps values, [step][feature]. Undefined if the call fails.</param>
    /// <param name="previousOutput">Receives the output of the step before the first, OutputSize values; zeros before the first step of all. Empty if it is not wanted.</param>
    /// <param name="cancellation">Cancels the call while it waits.</param>
    public ValueTask<StepResult> StepAsync(string sessionId, ReadOnlyMemory<int> tokens, Memory<T> outputs, Memory<T> previousOutput = default, CancellationToken cancellation = default)
    {
        SessionId.Check(sessionId);
        ServedModel<T> model = _loop.Model;
        if (!model.TakesTokens) throw Check.Shape(nameof(tokens), "features, which are all that the model takes", "tokens");
        if (tokens.Length < 1) throw Check.Shape(nameof(tokens), "1 token or more", "none");
        CheckSteps(model.Model, tokens.Length, outputs, previousOutput, nameof(tokens));
        foreach (int token in tokens.Span)
        {
            if ((uint)token >= (uint)model.Model.InputSize) throw Check.Shape(nameof(tokens), $"tokens of 0 to {model.Model.InputSize - 1}", $"{token}");
        }

        return RunAsync(sessionId, default, tokens, isTokens: true, outputs, previousOutput, tokens.Length, cancellation);
    }

    private void CheckSteps(ILayer<T> model, int count, Memory<T> outputs, Memory<T> previousOutput, string name)
    {
        if (count > _options.MaxStepsPerCall) throw Check.Shape(name, $"at most {_options.MaxStepsPerCall} steps ({nameof(ModelServerOptions.MaxStepsPerCall)})", $"{count}");
        if (outputs.Length != (long)count * model.OutputSize) throw Check.Shape(nameof(outputs), $"{model.OutputSize} x {count} = {(long)count * model.OutputSize} values", $"{outputs.Length}");
        if (previousOutput.Length != 0 && previousOutput.Length != model.OutputSize) throw Check.Shape(nameof(previousOutput), $"{model.OutputSize} values or none", $"{previousOutput.Length}");
    }

    private ValueTask<StepResult> RunAsync(string sessionId, ReadOnlyMemory<T> features, ReadOnlyMemory<int> tokens, bool isTokens, Memory<T> outputs, Memory<T> previousOutput, int count, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested) return ValueTask.FromCanceled<StepResult>(cancellation);
        Session<T> session = _loop.Enter(sessionId, creates: false);
        StepWork<T> work = StepWork<T>.Rent(session, features, tokens, isTokens, outputs, previousOutput, count, _loop.Metrics.TimesCalls ? _time.GetTimestamp() : null);
        short version = work.Version;
        work.CancelWith(cancellation);
        ValueTask queued = EnqueueAsync(work, cancellation);
        return queued.IsCompletedSuccessfully ? new ValueTask<StepResult>(work, version) : RunQueuedAsync(queued, work, version);
    }

    private static async ValueTask<StepResult> RunQueuedAsync(ValueTask queued, StepWork<T> work, short version)
    {
        await queued.ConfigureAwait(false);
        return await new ValueTask<StepResult>(work, version).ConfigureAwait(false);
    }

    /// <summary>Puts a call into the queue, or waits for room if the options say so. A call that does not get there leaves its session.</summary>
    private ValueTask EnqueueAsync(Work<T> work, CancellationToken cancellation)
    {
        try
        {
            if (_loop.TryPost(work)) return ValueTask.CompletedTask;
            if (_options.WhenFull == QueueFullMode.Reject) throw QueueFull();
        }
        catch
        {
            Withdraw(work);
            throw;
        }

        return WaitForRoomAsync(work, cancellation);
    }

    private async ValueTask WaitForRoomAsync(Work<T> work, CancellationToken cancellation)
    {
        try
        {
            await _loop.PostAsync(work, cancellation).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            if (exception is OperationCanceledException) _loop.Metrics.Cancelled();
            Withdraw(work);
            throw;
        }
    }

    private void Withdraw(Work<T> work)
    {
        Session<T> session = work.Session;
        work.Discard();
        _loop.Withdraw(session);
    }

    private ServerBusyException QueueFull() => _loop.Busy($"The queue is full: {_options.QueueCapacity} calls are waiting ({nameof(ModelServerOptions.QueueCapacity)}).");
}

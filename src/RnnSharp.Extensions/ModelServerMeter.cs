namespace RnnSharp.Serving;

/// <summary>The names of the meter and the instruments of a <see cref="ModelServer{T}"/>, for OpenTelemetry, dotnet-counters or a MeterListener.</summary>
public static class ModelServerMeter
{
    /// <summary>The meter.</summary>
    public const string Name = "RnnSharp.Serving";

    /// <summary>The tag of the meter that has the name under which the server was added to the services; there is none without a name.</summary>
    public const string ServerTag = "rnnsharp.server";

    /// <summary>Counter: time steps computed.</summary>
    public const string Steps = "rnnsharp.serving.steps";

    /// <summary>Histogram: sessions in one call of the model.</summary>
    public const string BatchSize = "rnnsharp.serving.batch.size";

    /// <summary>Histogram: seconds from a call of steps to its result, waiting included.</summary>
    public const string CallDuration = "rnnsharp.serving.call.duration";

    /// <summary>Histogram: seconds of one call of the model, for a whole batch.</summary>
    public const string ModelDuration = "rnnsharp.serving.model.duration";

    /// <summary>Gauge: calls that wait.</summary>
    public const string QueueLength = "rnnsharp.serving.queue.length";

    /// <summary>Gauge: sessions in memory.</summary>
    public const string Sessions = "rnnsharp.serving.sessions";

    /// <summary>Counter: idle sessions that have left memory.</summary>
    public const string Expired = "rnnsharp.serving.sessions.expired";

    /// <summary>Counter: calls refused because a limit was reached.</summary>
    public const string Rejected = "rnnsharp.serving.calls.rejected";

    /// <summary>Counter: calls cancelled before they began.</summary>
    public const string Cancelled = "rnnsharp.serving.calls.cancelled";

    /// <summary>Counter: calls of steps that failed.</summary>
    public const string Failed = "rnnsharp.serving.calls.failed";

    /// <summary>Counter: reloads of the model; the tag outcome is done or refused.</summary>
    public const string Reloads = "rnnsharp.serving.reloads";
}

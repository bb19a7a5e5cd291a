using RnnSharp.Serialization;

namespace RnnSharp.Serving;

/// <summary>The options of a <see cref="ModelServer{T}"/>. They can be bound to a section of the configuration.</summary>
public sealed class ModelServerOptions
{
    private const int LargestBatch = 65_536;
    private const int LargestQueue = 1_000_000;

    /// <summary>The model file, of a model that streams. Required for <c>AddRnnSharp</c>.</summary>
    public string? ModelPath { get; set; }

    /// <summary>How the model file is loaded: formats of layers of your own, and limits.</summary>
    public ModelLoadOptions ModelLoading { get; set; } = new();

    /// <summary>
    /// Validates a model's metadata at start-up and on each reload: returns the reason to refuse the model, or null to accept it. The metadata is empty for a
    /// model that was not loaded from a file. Null, the default, accepts any model.
    /// </summary>
    public Func<IReadOnlyDictionary<string, string>, string?>? CheckMetadata { get; set; }

    /// <summary>How often the hosted server checks the model file for changes; it reloads a changed file once two checks agree. Null, the default, turns this off.</summary>
    public TimeSpan? ReloadInterval { get; set; }

    /// <summary>The folder in which sessions are saved; null, the default, for none. A store that is registered or passed to the constructor takes precedence.</summary>
    public string? SessionFolder { get; set; }

    /// <summary>How often sessions that have changed are saved to the store. Null, the default, saves them only when they are idle, on request and when the server stops.</summary>
    public TimeSpan? SaveInterval { get; set; }

    /// <summary>How long a session may be idle before it is saved to the store and leaves memory; without a store it is lost. Null for no limit; 30 minutes by default.</summary>
    public TimeSpan? IdleTimeout { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>The most sessions in memory; 10,000 by default. More are refused with a <see cref="ServerBusyException"/>.</summary>
    public int MaxSessions { get; set; } = 10_000;

    /// <summary>The most sessions whose steps are computed in one call of the model: 1 to 65,536; 64 by default.</summary>
    public int MaxBatchSize { get; set; } = 64;

    /// <summary>The most calls that wait to be taken up: 1 to 1,000,000; 1,024 by default. As many again may wait for an earlier call of their own session.</summary>
    public int QueueCapacity { get; set; } = 1024;

    /// <summary>The most calls of one session that wait or run at a time; 64 by default. More are refused with a <see cref="ServerBusyException"/>.</summary>
    public int MaxCallsPerSession { get; set; } = 64;

    /// <summary>The most time steps in one call; 4,096 by default.</summary>
    public int MaxStepsPerCall { get; set; } = 4096;

    /// <summary>What a call does while the queue is full: by default it waits.</summary>
    public QueueFullMode WhenFull { get; set; }

    /// <summary>What is wrong with the options, or null.</summary>
    internal string? Fault() =>
        Outside(MaxSessions, nameof(MaxSessions)) ?? Outside(MaxBatchSize, nameof(MaxBatchSize), LargestBatch) ?? Outside(QueueCapacity, nameof(QueueCapacity), LargestQueue)
        ?? Outside(MaxCallsPerSession, nameof(MaxCallsPerSession)) ?? Outside(MaxStepsPerCall, nameof(MaxStepsPerCall))
        ?? NotLong(ReloadInterval, nameof(ReloadInterval)) ?? NotLong(SaveInterval, nameof(SaveInterval)) ?? NotLong(IdleTimeout, nameof(IdleTimeout))
        ?? (Enum.IsDefined(WhenFull) ? null : $"Expected Wait or Reject as {nameof(WhenFull)}, got {WhenFull}.")
        ?? (ModelLoading is null ? $"Expected {nameof(ModelLoading)}, got null." : null);

    internal ModelServerOptions Clone() => (ModelServerOptions)MemberwiseClone();

    private static string? Outside(int value, string name, int largest = int.MaxValue) => value < 1 ? $"Expected at least 1 as {name}, got {value}."
        : value > largest ? $"Expected at most {largest} as {name}, got {value}."
        : null;

    private static string? NotLong(TimeSpan? value, string name) => value is not { } time || (time >= TimeSpan.FromMilliseconds(1) && time <= TimeSpan.FromDays(30))
        ? null
        : $"Expected 1 millisecond to 30 days as {name}, got {time}.";
}

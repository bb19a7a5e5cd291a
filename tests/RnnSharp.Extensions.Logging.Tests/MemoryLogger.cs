using Microsoft.Extensions.Logging;

namespace RnnSharp.Extensions.Logging.Tests;

internal sealed record LogEntry(LogLevel Level, EventId Id, string Text, IReadOnlyDictionary<string, object?> Values);

/// <summary>Keeps what is logged at a level or above it.</summary>
internal sealed class MemoryLogger(LogLevel minimum = LogLevel.Trace) : ILogger
{
    public List<LogEntry> Entries { get; } = [];

    /// <summary>The texts of the entries of an event.</summary>
    public string[] TextsOf(string name) => [.. Of(name).Select(entry => entry.Text)];

    public LogEntry[] Of(string name) => [.. Entries.Where(entry => string.Equals(entry.Id.Name, name, StringComparison.Ordinal))];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= minimum;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var values = ((IEnumerable<KeyValuePair<string, object?>>)state!).ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal);
        if (IsEnabled(logLevel)) Entries.Add(new LogEntry(logLevel, eventId, formatter(state, exception), values));
    }
}

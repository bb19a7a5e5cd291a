using Microsoft.Extensions.Logging;

namespace RnnSharp.Serving;

/// <summary>What the server logs.</summary>
internal static partial class ServingLog
{
    [LoggerMessage(1, LogLevel.Information, "Serving {Model}, version {Version}.")]
    public static partial void Serves(ILogger logger, string model, int version);

    [LoggerMessage(2, LogLevel.Information, "Reloaded the model from {Path}, version {Version}.")]
    public static partial void Reloaded(ILogger logger, string path, int version);

    [LoggerMessage(3, LogLevel.Error, "The model in {Path} is not served, the old one stays.")]
    public static partial void ReloadFailed(ILogger logger, string path, Exception exception);

    [LoggerMessage(4, LogLevel.Error, "Session {Session} could not be saved; it stays in memory.")]
    public static partial void SaveFailed(ILogger logger, string session, Exception exception);

    [LoggerMessage(5, LogLevel.Error, "Session {Session} could not be loaded.")]
    public static partial void LoadFailed(ILogger logger, string session, Exception exception);

    [LoggerMessage(7, LogLevel.Error, "The server had to stop before it had saved {Count} sessions that have changed.")]
    public static partial void NotSaved(ILogger logger, int count);

    [LoggerMessage(6, LogLevel.Critical, "The server has stopped because of an exception.")]
    public static partial void LoopFailed(ILogger logger, Exception exception);
}

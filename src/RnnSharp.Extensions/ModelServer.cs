using System.Diagnostics.Metrics;
using System.Numerics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using RnnSharp.Numerics;
using RnnSharp.Serialization;

namespace RnnSharp.Serving;

/// <summary>
/// Serves a model that streams to many independent sessions, each with a state of its own. Any number of threads may call it at once. The steps
/// that wait are computed together, one step of up to <see cref="ModelServerOptions.MaxBatchSize"/> sessions in one call of the model; the
/// results have the same bits as those of each session alone. The calls of a session run one after the other, in the order in which they were
/// made.
/// <para>With a store, sessions are saved on request, when they are idle, at intervals if asked for, and at the end. A call for a session that
/// is not in memory loads it; so a restarted server continues every saved session with the same bits.</para>
/// <para>A reload replaces the model between two calls: each call runs on one model from its first step to its last, and none fails or waits
/// for the file. The new model must have the same layers, sizes and options, and sessions keep their states. A model with others is refused, and
/// the old one stays.</para>
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed partial class ModelServer<T> : IAsyncDisposable, IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ModelServerOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ServerLoop<T> _loop;
    private readonly List<ITimer> _timers = [];

    /// <summary>Starts to serve a model.</summary>
    /// <param name="model">The model. It must not be trained while it is served; replace it by <see cref="ReloadAsync(ILayer{T}, CancellationToken)"/>.</param>
    /// <param name="options">The options, which are copied; the defaults when null.</param>
    /// <param name="store">Where sessions are saved; when null, the options' <see cref="ModelServerOptions.SessionFolder"/>, or nowhere.</param>
    /// <param name="timeProvider">The clock by which sessions expire and are saved; the system's when null.</param>
    /// <param name="logger">Where the server logs; nowhere when null.</param>
    /// <param name="meterFactory">What creates the meter; when null, the server has one of its own.</param>
    /// <exception cref="ArgumentException">The model is null, does not stream, or has layers that the options' formats do not support; or an option is out of range.</exception>
    /// <exception cref="InvalidDataException">The options' <see cref="ModelServerOptions.CheckMetadata"/> refuses the model.</exception>
    public ModelServer(ILayer<T> model, ModelServerOptions? options = null, ISessionStore? store = null, TimeProvider? timeProvider = null, ILogger? logger = null, IMeterFactory? meterFactory = null)
        : this(model, metadata: null, options, store, timeProvider, logger, meterFactory, name: null)
    {
    }

    private ModelServer(ILayer<T> model, IReadOnlyDictionary<string, string>? metadata, ModelServerOptions? options, ISessionStore? store, TimeProvider? timeProvider, ILogger? logger, IMeterFactory? meterFactory, string? name)
    {
        ArgumentNullException.ThrowIfNull(model);
        _options = options?.Clone() ?? new ModelServerOptions();
        if (_options.Fault() is { } fault) throw new ArgumentException(fault, nameof(options));
        _time = timeProvider ?? TimeProvider.System;
        _logger = logger is null ? NullLogger.Instance : new SafeLogger(logger);
        var served = new ServedModel<T>(model, metadata, _options.ModelLoading.Formats, version: 1);
        CheckMetadata(served);
        Store = store ?? (_options.SessionFolder is { } folder ? new FolderSessionStore(folder) : null);
        _loop = new ServerLoop<T>(served, _options, Store, _time, _logger, new ServerMetrics(meterFactory, name));
        ServingLog.Serves(_logger, model.ToString() ?? "", served.Version);

        // Four times per timeout, so that a session is idle for at most a quarter longer.
        if (_options.IdleTimeout is { } idle) _timers.Add(Every(idle / 4, () => _loop.Expire()));
        if (_options.SaveInterval is { } interval && Store is not null) _timers.Add(Every(interval, _loop.SaveSoon));
    }

    /// <summary>Features of the input, or the number of different tokens.</summary>
    public int InputSize => _loop.Model.Model.InputSize;

    /// <summary>Features of the output.</summary>
    public int OutputSize => _loop.Model.Model.OutputSize;

    /// <summary>Whether the model accepts features.</summary>
    public bool TakesFeatures => _loop.Model.TakesFeatures;

    /// <summary>Whether the model accepts token numbers.</summary>
    public bool TakesTokens => _loop.Model.TakesTokens;

    /// <summary>The model that is served now.</summary>
    public ILayer<T> Model => _loop.Model.Model;

    /// <summary>The metadata of the model's file; empty if it came from no file.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _loop.Model.Metadata;

    /// <summary>1, and one more after each reload.</summary>
    public int ModelVersion => _loop.Model.Version;

    /// <summary>Where sessions are saved; null for nowhere.</summary>
    public ISessionStore? Store { get; }

    /// <summary>Sessions in memory.</summary>
    public int SessionCount => _loop.SessionCount;

    /// <summary>Calls that wait or run.</summary>
    public int QueueLength => _loop.QueueLength;

    /// <summary>Whether the server accepts calls: it has neither been stopped nor failed.</summary>
    public bool IsRunning => _loop.IsRunning;

    /// <summary>Why the last reload was refused; null if it was not.</summary>
    public string? ReloadFault { get; private set; }

    /// <summary>Why the last attempt to save a session failed; null if it did not.</summary>
    public string? SaveFault => _loop.SaveFault;

    internal bool IsFull => _loop.IsFull;

    internal ServerLoop<T> Loop => _loop;

    /// <summary>Loads a model file and starts to serve it.</summary>
    /// <param name="options">The options, with a <see cref="ModelServerOptions.ModelPath"/>.</param>
    /// <param name="store">Where sessions are saved; when null, the options' <see cref="ModelServerOptions.SessionFolder"/>, or nowhere.</param>
    /// <param name="timeProvider">The clock by which sessions expire and are saved; the system's when null.</param>
    /// <param name="logger">Where the server logs; nowhere when null.</param>
    /// <param name="meterFactory">What creates the meter; when null, the server has one of its own.</param>
    /// <exception cref="ArgumentException">The options are null, without a path, or out of range.</exception>
    /// <exception cref="InvalidDataException">The file is not that of a model that streams, or the options' <see cref="ModelServerOptions.CheckMetadata"/> refuses it.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static ModelServer<T> Load(ModelServerOptions options, ISessionStore? store = null, TimeProvider? timeProvider = null, ILogger? logger = null, IMeterFactory? meterFactory = null) =>
        Load(options, store, timeProvider, logger, meterFactory, name: null);

    /// <summary>Loads a model file and starts to serve it under the name of a registration, which the metrics have as a tag.</summary>
    internal static ModelServer<T> Load(ModelServerOptions options, ISessionStore? store, TimeProvider? timeProvider, ILogger? logger, IMeterFactory? meterFactory, string? name)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Fault() is { } fault) throw new ArgumentException(fault, nameof(options));
        if (string.IsNullOrEmpty(options.ModelPath)) throw Check.Shape(nameof(options), $"a {nameof(ModelServerOptions.ModelPath)}", "none");
        LoadedModel<T> loaded = ModelFile.LoadStreaming<T>(options.ModelPath, options.ModelLoading);
        return new ModelServer<T>(loaded.Model, loaded.Metadata, options, store, timeProvider, logger, meterFactory, name);
    }

    /// <summary>
    /// Stops: further calls fail, those in the queue end, and the sessions that have changed are saved to the store, if there is one.
    /// </summary>
    /// <param name="cancellation">Ends the waiting: calls in the queue then fail, and what has not been saved is not.</param>
    /// <exception cref="OperationCanceledException">It was cancelled. The server has stopped all the same.</exception>
    public async Task StopAsync(CancellationToken cancellation = default)
    {
        foreach (ITimer timer in _timers) await timer.DisposeAsync().ConfigureAwait(false);
        if (cancellation.IsCancellationRequested && !_loop.Ended.IsCompleted)
        {
            _loop.Abort(); // before saving begins, which could save some sessions and not others
            cancellation.ThrowIfCancellationRequested();
        }

        _loop.Stop();
        try
        {
            await _loop.Ended.WaitAsync(cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            _loop.Abort();
            throw;
        }
    }

    /// <summary>Stops the server as <see cref="StopAsync"/> does.</summary>
    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);

    /// <summary>Stops the server as <see cref="StopAsync"/> does, and blocks the thread meanwhile. Prefer <see cref="DisposeAsync"/>.</summary>
    public void Dispose() => StopAsync().GetAwaiter().GetResult();

    private void CheckMetadata(ServedModel<T> served)
    {
        if (_options.CheckMetadata?.Invoke(served.Metadata) is { } fault) throw new InvalidDataException($"The model's metadata is refused: {fault}");
    }

    private ITimer Every(TimeSpan period, Action action)
    {
        if (period < TimeSpan.FromMilliseconds(1)) period = TimeSpan.FromMilliseconds(1);
        return _time.CreateTimer(static action => ((Action)action!)(), action, period, period);
    }
}

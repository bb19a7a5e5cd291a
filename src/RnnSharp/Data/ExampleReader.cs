using System.Numerics;

namespace RnnSharp.Data;

/// <summary>Reads examples one after the other. A reader that has thrown, except for a cancellation, is used no more.</summary>
internal abstract class ExampleReader<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public abstract Example<T> Current { get; }

    /// <summary>Moves to the next example. A call that is cancelled loses none.</summary>
    public abstract bool MoveNext(CancellationToken cancellation);

    public abstract void Dispose();

    public static ExampleReader<T> Of(IEnumerable<Example<T>> examples) => new Immediate(examples.GetEnumerator());

    public static ExampleReader<T> Of(IAsyncEnumerable<Example<T>> examples) => new Waiting(examples);

    private sealed class Immediate(IEnumerator<Example<T>> examples) : ExampleReader<T>
    {
        public override Example<T> Current => examples.Current;

        public override bool MoveNext(CancellationToken cancellation)
        {
            cancellation.ThrowIfCancellationRequested();
            return examples.MoveNext();
        }

        public override void Dispose() => examples.Dispose();
    }

    private sealed class Waiting : ExampleReader<T>
    {
        private readonly CancellationTokenSource _closing = new();
        private readonly IAsyncEnumerator<Example<T>> _examples;
        private Task<bool>? _moving;

        public Waiting(IAsyncEnumerable<Example<T>> examples) => _examples = examples.GetAsyncEnumerator(_closing.Token);

        public override Example<T> Current => _examples.Current;

        public override bool MoveNext(CancellationToken cancellation)
        {
            cancellation.ThrowIfCancellationRequested();
            if (_moving is null)
            {
                // Where continuations return to this thread, which waits, the move would never end.
                if (SynchronizationContext.Current is not null)
                {
                    _moving = Task.Run(() => _examples.MoveNextAsync().AsTask(), CancellationToken.None);
                }
                else
                {
                    ValueTask<bool> moving = _examples.MoveNextAsync();
                    if (moving.IsCompleted) return moving.GetAwaiter().GetResult();
                    _moving = moving.AsTask();
                }
            }

            // A cancelled wait keeps the move for the next call. The move's own exception is thrown below, as it is.
            if (!_moving.IsCompleted) Task.WaitAny([_moving], cancellation);
            Task<bool> moved = _moving;
            _moving = null;
            return moved.GetAwaiter().GetResult();
        }

        public override void Dispose()
        {
            _closing.Cancel();
            if (_moving is { } moving)
            {
                // An enumerator must not be disposed while it moves.
                Task.WaitAny([moving]);
                _ = moving.Exception;
                _moving = null;
            }

            Task.Run(async () => await _examples.DisposeAsync().ConfigureAwait(false)).GetAwaiter().GetResult();
            _closing.Dispose();
        }
    }
}

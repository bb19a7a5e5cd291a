using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace RnnSharp.Serialization;

/// <summary>The buffers through which tensors are read.</summary>
internal class TensorChunks<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int FewestBytes = 1 << 13;
    private const int MostBytes = 1 << 20;

    private readonly T[] _chunk;

    /// <summary>Creates one buffer, in proportion to the data of a file.</summary>
    public TensorChunks(long dataBytes)
        : this(new T[LengthFor(dataBytes)])
    {
    }

    protected TensorChunks(T[] chunk) => _chunk = chunk;

    /// <summary>A buffer to be filled.</summary>
    public virtual T[] Next() => _chunk;

    /// <summary>Tells that the current buffer has been filled. It is then only read until the next call of <see cref="Next"/>.</summary>
    public virtual void Filled(int count)
    {
    }

    /// <summary>As long as small data is, and in proportion to larger data.</summary>
    protected static int LengthFor(long dataBytes) => (int)Math.Min(Math.Clamp(dataBytes / 16, FewestBytes, MostBytes), Math.Max(dataBytes, sizeof(double))) / Unsafe.SizeOf<T>();
}

/// <summary>Buffers whose bytes a thread of its own adds to a checksum, while they are validated and copied.</summary>
internal sealed class HashedChunks<T> : TensorChunks<T>, IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int Buffers = 3;

    private readonly T[][] _chunks = new T[Buffers][];
    private readonly int[] _counts = new int[Buffers];
    private readonly SemaphoreSlim _free = new(Buffers);
    private readonly SemaphoreSlim _filled = new(0);
    private readonly IncrementalHash _hash;
    private readonly Thread _thread;
    private int _current = -1;
    private bool _isTaken;
    private bool _isFinished;
    private int _filledCount;
    private Exception? _failure;

    /// <summary>Starts the thread.</summary>
    public HashedChunks(long dataBytes, IncrementalHash hash)
        : base([])
    {
        for (int i = 0; i < Buffers; i++) _chunks[i] = new T[LengthFor(dataBytes)];
        _hash = hash;
        _thread = new Thread(Run) { IsBackground = true, Name = "RnnSharp checksum" };
        _thread.Start();
    }

    public override T[] Next()
    {
        if (!_isTaken)
        {
            _free.Wait();
            _current = (_current + 1) % Buffers;
            _isTaken = true;
        }

        return _chunks[_current];
    }

    public override void Filled(int count)
    {
        _counts[_current] = count;
        _isTaken = false;
        _filledCount++;
        _filled.Release();
    }

    /// <summary>Waits until all filled buffers belong to the checksum.</summary>
    public void Finish()
    {
        if (!_isFinished)
        {
            // One more release than there are filled buffers ends the thread.
            _isFinished = true;
            _filled.Release();
            _thread.Join();
        }

        if (_failure is { } failure) throw new InvalidOperationException("The checksum could not be computed.", failure);
    }

    public void Dispose()
    {
        if (!_isFinished) Finish();
        _free.Dispose();
        _filled.Dispose();
    }

    private void Run()
    {
        for (int done = 0; ; done++)
        {
            _filled.Wait();
            if (done == Volatile.Read(ref _filledCount)) return;
            int buffer = done % Buffers;
            try
            {
                _hash.AppendData(MemoryMarshal.AsBytes(_chunks[buffer].AsSpan(0, _counts[buffer])));
            }
            catch (Exception exception)
            {
                _failure = exception;
            }

            _free.Release();
        }
    }
}

using System.Numerics;

namespace RnnSharp;

/// <summary>
/// One version of some parameters, packed for the products. It does not change while anyone uses it; once nobody does, and the
/// parameters have moved on, its memory is filled with the next version, so that training allocates nothing.
/// </summary>
internal abstract class PackedSnapshot
{
    private const int BeingFilled = -1;

    // Calls at work with it, or BeingFilled.
    private int _users = BeingFilled;

    /// <summary>The sum of the parameters' versions that it was packed from.</summary>
    public long Version { get; private set; } = -1;

    /// <summary>Whether the transposes that backward needs are packed too.</summary>
    public bool HasTransposed { get; set; }

    /// <summary>Ends a use that <see cref="PackCache{T, TPack}.Acquire"/> began.</summary>
    public void Release() => Interlocked.Decrement(ref _users);

    internal bool TryUse()
    {
        while (true)
        {
            int users = Volatile.Read(ref _users);
            if (users == BeingFilled) return false;
            if (Interlocked.CompareExchange(ref _users, users + 1, users) == users) return true;
        }
    }

    /// <summary>Takes the memory to fill it, if nobody uses it.</summary>
    internal bool TryRetire() => Interlocked.CompareExchange(ref _users, BeingFilled, 0) == 0;

    /// <summary>Opens the filled memory for use.</summary>
    internal void Publish(long version)
    {
        Version = version;
        HasTransposed = false;
        Volatile.Write(ref _users, 0);
    }
}

/// <summary>Hands out the packed form of a layer's parameters as they are now, packing it anew when one was written.</summary>
/// <param name="parameters">What is packed.</param>
/// <param name="pack">Fills a snapshot with what forward needs.</param>
/// <param name="packTransposed">Adds what backward needs.</param>
internal sealed class PackCache<T, TPack>(Parameter<T>[] parameters, Action<TPack> pack, Action<TPack> packTransposed)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TPack : PackedSnapshot, new()
{
    private readonly Lock _packing = new();
    private readonly List<TPack> _snapshots = [];
    private TPack? _current;

    /// <summary>The parameters as they are now, packed. The caller gives the snapshot back with <see cref="PackedSnapshot.Release"/>.</summary>
    public TPack Acquire()
    {
        while (true)
        {
            TPack? current = Volatile.Read(ref _current);
            if (current is not null && current.TryUse())
            {
                if (current.Version == Version()) return current;
                current.Release();
            }

            Repack();
        }
    }

    /// <summary>Whether a snapshot holds the parameters as they are now.</summary>
    public bool IsCurrent(TPack snapshot) => snapshot.Version == Version();

    /// <summary>Packs the transposes too, once a version. False when the parameters have moved meanwhile.</summary>
    public bool EnsureTransposed(TPack snapshot)
    {
        lock (snapshot)
        {
            if (snapshot.HasTransposed) return true;
            Fill(packTransposed, snapshot);
            return snapshot.HasTransposed = Version() == snapshot.Version;
        }
    }

    private void Repack()
    {
        lock (_packing)
        {
            long version = Version();
            if (_current is not null && _current.Version == version) return;
            TPack? target = null;
            foreach (TPack snapshot in _snapshots)
            {
                if (!snapshot.TryRetire()) continue;
                target = snapshot;
                break;
            }

            // In the list again only when it is filled: one whose packing failed is left to the garbage collector.
            if (target is null) target = new TPack();
            else _snapshots.Remove(target);
            while (true)
            {
                Fill(pack, target);
                long after = Version();
                if (after == version) break;
                version = after;
            }

            _snapshots.Add(target);
            target.Publish(version);
            Volatile.Write(ref _current, target);
        }
    }

    private static void Fill(Action<TPack> fill, TPack target)
    {
        fill(target);

        // The values have been read when the version is read again, also on processors that reorder loads.
        Interlocked.MemoryBarrier();
    }

    /// <summary>The sum of the parameters' versions; odd versions are being written, and are waited for.</summary>
    private long Version()
    {
        SpinWait wait = default;
        while (true)
        {
            long sum = 0;
            bool writing = false;
            foreach (Parameter<T> parameter in parameters)
            {
                long version = parameter.Version;
                if ((version & 1) != 0)
                {
                    if (parameter.IsWrittenByThisThread) throw new InvalidOperationException($"The layer cannot be used from within an update of its own parameter {parameter.Name}.");
                    writing = true;
                }

                sum += version;
            }

            if (!writing) return sum;
            wait.SpinOnce();
        }
    }
}

/// <summary>
/// A use of the packed parameters for many calls, by one object. The calls need not begin and end a use each, and nothing has to be
/// disposed: the use ends with the holder.
/// </summary>
internal sealed class HeldPack<T, TPack>(PackCache<T, TPack> cache)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TPack : PackedSnapshot, new()
{
    private TPack? _held = cache.Acquire();

#pragma warning disable MA0055 // Not for native memory: a forgotten use would keep the snapshot from ever being filled anew.
    ~HeldPack() => Interlocked.Exchange(ref _held, null)?.Release();
#pragma warning restore MA0055

    /// <summary>The parameters as they are now, packed. The caller keeps this object alive until it is done.</summary>
    public TPack Current()
    {
        TPack? held = _held;
        return held is not null && cache.IsCurrent(held) ? held : Replace();
    }

    private TPack Replace()
    {
        TPack next = cache.Acquire();
        Interlocked.Exchange(ref _held, next)?.Release();
        return next;
    }
}

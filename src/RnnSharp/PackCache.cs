using System.Numerics;
using System.Runtime.CompilerServices;

namespace RnnSharp;

/// <summary>
/// One version of a layer's parameters, packed for matrix products. It does not change while it is in use. When it is no longer used and
/// the parameters have changed, its memory is reused for the next version, so that training allocates nothing.
/// </summary>
internal abstract class PackedSnapshot
{
    private const int BeingFilled = -1;

    // The number of calls that use it, or BeingFilled.
    private int _users = BeingFilled;

    /// <summary>The sum of the parameters' versions that it was packed from.</summary>
    public long Version { get; private set; } = -1;

    /// <summary>Whether the transposes that Backward needs are packed as well.</summary>
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

    /// <summary>Claims the memory for the next version, if it is not in use.</summary>
    internal bool TryRetire() => Interlocked.CompareExchange(ref _users, BeingFilled, 0) == 0;

    /// <summary>Makes the filled memory available for use.</summary>
    internal void Publish(long version)
    {
        Version = version;
        HasTransposed = false;
        Volatile.Write(ref _users, 0);
    }
}

/// <summary>Provides the packed form of a layer's current parameters, and packs them again after they have changed.</summary>
/// <param name="parameters">The parameters to pack.</param>
/// <param name="pack">Fills a snapshot with what Forward needs.</param>
/// <param name="packTransposed">Adds what Backward needs.</param>
internal sealed class PackCache<T, TPack>(Parameter<T>[] parameters, Action<TPack> pack, Action<TPack> packTransposed)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TPack : PackedSnapshot, new()
{
    private readonly Lock _packing = new();
    private readonly List<TPack> _snapshots = [];
    private TPack? _current;

    /// <summary>Returns the current parameters in packed form. The caller must call <see cref="PackedSnapshot.Release"/> on the snapshot.</summary>
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

    /// <summary>Whether a snapshot holds the current parameters.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool IsCurrent(TPack snapshot)
    {
        // Versions only grow, so that their sum is another one even while a parameter is being written.
        long sum = 0;
        foreach (Parameter<T> parameter in parameters) sum += parameter.Version;
        return sum == snapshot.Version;
    }

    /// <summary>Packs the transposes as well, once per version. Returns false if the parameters have changed in the meantime.</summary>
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

            // It returns to the list only when it is filled; if packing fails, it is left to the garbage collector.
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

        // The values must be read before the version is read again, even on processors that reorder loads.
        Interlocked.MemoryBarrier();
    }

    /// <summary>The sum of the parameters' versions. An odd version is being written, so this waits until it is even.</summary>
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
/// A use of the packed parameters by one object for many calls. The calls need not begin and end a use each, and nothing has to be
/// disposed: the use ends with the holder.
/// </summary>
internal sealed class HeldPack<T, TPack>(PackCache<T, TPack> cache)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TPack : PackedSnapshot, new()
{
    private TPack? _held = cache.Acquire();

#pragma warning disable MA0055 // Not for native memory: a forgotten use would keep the snapshot from ever being reused.
    ~HeldPack() => Interlocked.Exchange(ref _held, null)?.Release();
#pragma warning restore MA0055

    /// <summary>Returns the current parameters in packed form. The caller must keep this object alive while it uses them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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

using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>Which calls need a buffer.</summary>
[Flags]
internal enum BufferUse
{
    /// <summary>Written by Forward and read by Backward; held by the pass.</summary>
    Tape = 1,

    /// <summary>Scratch for a single time step without a tape, of Predict and Step; held by the state.</summary>
    Step = 2,

    /// <summary>Scratch for a sequence without a tape, of Predict; held by the state.</summary>
    Predict = 4,

    /// <summary>Scratch of Backward; held by the gradients.</summary>
    Backward = 8,

    /// <summary>What Forward keeps between the segments of a tape; held by the pass.</summary>
    Checkpoints = 16,
}

/// <summary>The properties of a call that determine the sizes of its buffers.</summary>
internal struct CallShape(int batch, int steps)
{
    public readonly int Batch = batch;

    public readonly int Steps = steps;

    /// <summary>Examples times steps, without those past the end of an example.</summary>
    public long Columns = (long)batch * steps;

    public bool IsTokens;

    /// <summary>Whether examples end at different steps.</summary>
    public bool IsRagged;

    /// <summary>Whether the values of every step are kept, as on a tape; otherwise each step overwrites those of the last.</summary>
    public bool KeepsSteps;

    /// <summary>The segments of which the tape holds one at a time.</summary>
    public int Segments = 1;

    /// <summary>Whether the steps of a segment are computed again, without an output.</summary>
    public bool RunsAgain;

    /// <summary>Backward: the most columns of a block of time steps.</summary>
    public int BlockLength;

    /// <summary>Backward: the blocks held at once, 1 or 2.</summary>
    public int Halves;

    /// <summary>Backward: members of the team.</summary>
    public int Members;

    /// <summary>The columns that are kept.</summary>
    public readonly long KeptColumns => KeepsSteps ? Columns : Batch;

    /// <summary>The columns of all blocks held at once.</summary>
    public readonly long BlockColumns => (long)Halves * BlockLength;
}

/// <summary>A buffer that calls work in. It is declared once; allocations, reports and limits all follow from the declaration.</summary>
/// <param name="Index">Its index in a <see cref="WorkMemory{T}"/>.</param>
/// <param name="Name">For reports and tests.</param>
/// <param name="Shape">Its dimensions, outermost first.</param>
/// <param name="Use">The calls that need it.</param>
/// <param name="Length">The elements that a call needs; 0 if it does not need the buffer.</param>
/// <param name="Clears">Whether it is set to zero before each call.</param>
internal sealed record WorkBuffer(int Index, string Name, string Shape, BufferUse Use, Func<CallShape, long> Length, bool Clears);

/// <summary>The buffers that an engine and its parts declare.</summary>
internal sealed class Workspace
{
    private readonly List<WorkBuffer> _buffers = [];
    private readonly List<WorkBuffer>[] _byUse = [[], [], [], [], []];

    public IReadOnlyList<WorkBuffer> Buffers => _buffers;

    public WorkBuffer Declare(string name, string shape, BufferUse use, Func<CallShape, long> length, bool clears = false)
    {
        var buffer = new WorkBuffer(_buffers.Count, name, shape, use, length, clears);
        _buffers.Add(buffer);
        for (int i = 0; i < _byUse.Length; i++)
        {
            if (((int)use & (1 << i)) != 0) _byUse[i].Add(buffer);
        }

        return buffer;
    }

    /// <summary>Allocates every buffer of a use.</summary>
    public void Require<T>(BufferUse use, in CallShape call, WorkMemory<T> memory)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        memory.Reserve(_buffers.Count);
        foreach (WorkBuffer buffer in Of(use)) memory.Require(buffer, buffer.Length(call));
    }

    /// <summary>The total elements of all buffers of a use.</summary>
    public long Elements(BufferUse use, CallShape call) => long.CreateSaturating(Of(use).Aggregate(Int128.Zero, (sum, buffer) => sum + buffer.Length(call)));

    /// <summary>The elements of the longest buffer of a use.</summary>
    public long Longest(BufferUse use, in CallShape call)
    {
        long longest = 0;
        foreach (WorkBuffer buffer in Of(use)) longest = Math.Max(longest, buffer.Length(call));
        return longest;
    }

    private List<WorkBuffer> Of(BufferUse use) => _byUse[BitOperations.Log2((uint)use)];
}

/// <summary>
/// The memory that a pass, state or gradients object holds for the buffers of a workspace. It grows and never shrinks. A state may be
/// passed from one layer to another, so each entry remembers which buffer it was last allocated for.
/// </summary>
internal sealed unsafe class WorkMemory<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private (AlignedBuffer<T>? Memory, WorkBuffer? Buffer)[] _entries = [];

    /// <summary>The start of a buffer, or null where the call does not need it. The memory lives as long as this object.</summary>
    public T* this[WorkBuffer buffer]
    {
        get
        {
            ref (AlignedBuffer<T>? Memory, WorkBuffer? Buffer) entry = ref _entries[buffer.Index];
            return ReferenceEquals(entry.Buffer, buffer) && entry.Memory!.Length > 0 ? entry.Memory.Pointer : null;
        }
    }

    /// <summary>Elements of all buffers, as the last call required them.</summary>
    public long Length => _entries.Sum(entry => (long)(entry.Memory?.Length ?? 0));

    public Span<T> Span(WorkBuffer buffer) => buffer.Index < _entries.Length && ReferenceEquals(_entries[buffer.Index].Buffer, buffer) ? _entries[buffer.Index].Memory!.Span : default;

    public void Reserve(int buffers)
    {
        if (_entries.Length < buffers) Array.Resize(ref _entries, buffers);
    }

    public void Require(WorkBuffer buffer, long length)
    {
        Reserve(buffer.Index + 1);
        ref (AlignedBuffer<T>? Memory, WorkBuffer? Buffer) entry = ref _entries[buffer.Index];
        entry.Memory ??= new AlignedBuffer<T>();
        entry.Buffer = buffer;
        if (buffer.Clears) entry.Memory.RequireZero(length);
        else entry.Memory.Require(length);
    }
}

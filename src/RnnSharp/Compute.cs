using RnnSharp.Numerics;

namespace RnnSharp;

/// <summary>Settings of the whole process for how the library computes.</summary>
public static class Compute
{
    /// <summary>
    /// The threads among which the library divides the work of calls, callers included: 1 to 1024, by default the processors that the
    /// process may use. Helper threads join a call only while fewer than so many are at work; with as many callers at once each call
    /// runs on its own thread, and so does work too small to gain. Results do not depend on it by a single bit. May be changed at any
    /// time; calls already at work keep theirs.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public static int MaxDegreeOfParallelism
    {
        get => Team.Degree;
        set => Team.Degree = value is >= 1 and <= 1024 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"Expected 1 to 1024 threads, got {value}.");
    }

    /// <summary>The width in bits of the vectors that the kernels run on here: 512, 256 or 128, or 0 where the processor has none.</summary>
    public static int VectorBits => VectorDispatch.Bits;
}

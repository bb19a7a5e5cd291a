using RnnSharp.Numerics;

namespace RnnSharp;

/// <summary>Process-wide settings for how the library computes.</summary>
public static class Compute
{
    /// <summary>
    /// The number of threads that the library may use at the same time, calling threads included: 1 to 1024; by default the processors
    /// available to the process. A call shares its work with helper threads as long as fewer threads are working. It uses fewer if the work
    /// is too small to gain, if other calls are using the helpers, or if other programs keep the processors busy. The results are the
    /// same, bit for bit. May be changed at any time; calls in progress keep the value that they started with.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public static int MaxDegreeOfParallelism
    {
        get => Team.Degree;
        set => Team.Degree = value is >= 1 and <= 1024 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"Expected 1 to 1024 threads, got {value}.");
    }

    /// <summary>The width in bits of the vectors that the kernels use on this processor: 512, 256 or 128; 0 if it has none.</summary>
    public static int VectorBits => VectorDispatch.Bits;
}

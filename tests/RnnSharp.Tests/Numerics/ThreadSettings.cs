using RnnSharp.Numerics;
using Xunit;

namespace RnnSharp.Tests.Numerics;

/// <summary>
/// The collection of tests that change how many threads the library uses. They run alone, because they would take helpers from each other.
/// In each, helpers wake even for the smallest work, and calls wait for them however busy the machine is.
/// </summary>
[CollectionDefinition(nameof(ThreadSettings), DisableParallelization = true)]
public sealed class ThreadSettings : IDisposable
{
    private readonly int _degree = Compute.MaxDegreeOfParallelism;
    private readonly double _cyclesToWake = Team.CyclesToWake;
    private readonly TeamBackoff? _backoff = Team.Backoff;

    public ThreadSettings()
    {
        Team.CyclesToWake = 0;
        Team.Backoff = null;
    }

    public void Dispose()
    {
        Compute.MaxDegreeOfParallelism = _degree;
        Team.CyclesToWake = _cyclesToWake;
        Team.Backoff = _backoff;
    }
}

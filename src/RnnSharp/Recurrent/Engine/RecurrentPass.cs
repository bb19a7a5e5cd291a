using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>The tape of a recurrent layer.</summary>
internal sealed class RecurrentPass<T>(ILayer<T> layer) : ForwardPass<T>(layer)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private FastRandom? _random;

    /// <summary>What Forward keeps for Backward.</summary>
    public WorkMemory<T> Tape { get; } = new();

    /// <summary>Steps of the longest example: those after it are not computed.</summary>
    public int ComputedSteps { get; set; }

    public bool HasInitialState { get; set; }

    /// <summary>Whether a test has put the masks on the tape, which are then not drawn.</summary>
    public bool HasGivenMasks { get; set; }

    /// <summary>Draws the masks; its state between calls has no meaning.</summary>
    public FastRandom Random => _random ??= new FastRandom(0);
}

/// <summary>What Predict and Step of a recurrent layer work in; held by the state.</summary>
internal sealed class RecurrentScratch<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public WorkMemory<T> Memory { get; } = new();

    /// <summary>The lengths of Predict's input.</summary>
    public LengthBuffer Lengths { get; } = new();

    /// <summary>The workspace that <see cref="Memory"/> has the buffers of a step of, or null.</summary>
    public Workspace? Workspace { get; set; }

    /// <summary>The batch that those buffers are large enough for.</summary>
    public int Batch { get; set; }

    /// <summary>Whether the last call of Step started with the last panel.</summary>
    public bool Backwards { get; set; }
}

/// <summary>What Backward of a recurrent layer works in; held by the gradients.</summary>
internal sealed class RecurrentBackwardScratch<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public WorkMemory<T> Memory { get; } = new();
}

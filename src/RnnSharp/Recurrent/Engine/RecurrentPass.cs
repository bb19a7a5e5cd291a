using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>The tape of a recurrent layer.</summary>
internal sealed class RecurrentPass<T>(ILayer<T> layer) : ForwardPass<T>(layer)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private FastRandom? _random;

    /// <summary>The values that Forward saves for Backward.</summary>
    public WorkMemory<T> Tape { get; } = new();

    /// <summary>The segments of steps, of which <see cref="SegmentTape"/> holds one at a time if there are several.</summary>
    public SegmentList Segments { get; } = new();

    /// <summary>The values that Forward saves for Backward, of one segment of several. <see cref="Tape"/> then holds the states from which Backward computes the others again.</summary>
    public WorkMemory<T> SegmentTape { get; } = new();

    /// <summary>The generator's states from which the masks of several segments are drawn.</summary>
    public SegmentMasks Masks { get; } = new();

    /// <summary>The order of the columns on the tape.</summary>
    public ColumnOrder Order { get; } = new();

    public bool HasInitialState { get; set; }

    /// <summary>Whether a test has set the masks on the tape, so that none are drawn.</summary>
    public bool HasGivenMasks { get; set; }

    /// <summary>Draws the masks; each call reseeds it.</summary>
    public FastRandom Random => _random ??= new FastRandom(0);
}

/// <summary>The scratch memory of Predict and Step of a recurrent layer; held by the state.</summary>
internal sealed class RecurrentScratch<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public WorkMemory<T> Memory { get; } = new();

    /// <summary>The order of the columns of Predict.</summary>
    public ColumnOrder Order { get; } = new();

    /// <summary>The lengths of Predict's input.</summary>
    public LengthBuffer Lengths { get; } = new();

    /// <summary>The workspace whose step buffers <see cref="Memory"/> holds, or null.</summary>
    public Workspace? Workspace { get; set; }

    /// <summary>The batch that those buffers are large enough for.</summary>
    public int Batch { get; set; }

    /// <summary>Whether the last call of Step started with the last panel.</summary>
    public bool Backwards { get; set; }
}

/// <summary>The scratch memory of Backward of a recurrent layer; held by the gradients.</summary>
internal sealed class RecurrentBackwardScratch<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public WorkMemory<T> Memory { get; } = new();

    /// <summary>The tape of a segment whose steps are computed again.</summary>
    public WorkMemory<T> SegmentTape { get; } = new();

    /// <summary>The tokens of a few of its steps in order.</summary>
    public IntegerBuffer SegmentTokens { get; } = new();

    /// <summary>Draws the masks of that segment.</summary>
    public FastRandom Random { get; } = new(0);

    /// <summary>[half][column of the block]: the tokens of a ragged batch in order.</summary>
    public IntegerBuffer Tokens { get; } = new();
}

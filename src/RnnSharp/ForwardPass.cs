using System.Numerics;

namespace RnnSharp;

/// <summary>
/// What <see cref="ILayer{T}.Forward"/> leaves behind: the output, the final state, and what Backward needs (the notebook's caches).
/// A new kind of layer derives its own from this.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public abstract class ForwardPass<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Makes an empty pass of a layer.</summary>
    protected ForwardPass(ILayer<T> layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        Layer = layer;
        FinalState = layer.CreateState(1);
        Output = new Sequence<T>(layer.OutputSize, 1, 0);
    }

    /// <summary>The layer that made the pass.</summary>
    public ILayer<T> Layer { get; }

    /// <summary>The input, borrowed from the caller.</summary>
    public Sequence<T> Input { get; private set; } = null!;

    /// <summary>The output, OutputSize × batch × steps; zero past an example's end.</summary>
    public Sequence<T> Output { get; protected set; }

    /// <summary>The state after the last step: for a ragged batch after each example's own last.</summary>
    public State<T> FinalState { get; protected set; }

    /// <summary>The sum of the parameters' versions that the pass was made with.</summary>
    public long Version { get; private set; }

    /// <summary>Notes what the pass was made from.</summary>
    protected internal void Begin(Sequence<T> input, long version)
    {
        ArgumentNullException.ThrowIfNull(input);
        Input = input;
        Version = version;
    }
}

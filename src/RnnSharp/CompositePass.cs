using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp;

/// <summary>A pass of a layer that runs others: it holds their passes, and its final state is theirs, joined as the layer's own state is.</summary>
internal class CompositePass<T>(ILayer<T> layer, params IReadOnlyList<ILayer<T>> parts) : ForwardPass<T>(layer)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ILayer<T>[] _layers = [.. parts];
    private readonly ForwardPass<T>[] _parts = [.. parts.Select(part => part.CreatePass())];

    /// <summary>The passes of the parts.</summary>
    public IReadOnlyList<ForwardPass<T>> Parts => _parts;

    /// <summary>Runs a part, and returns its output.</summary>
    public Sequence<T> Forward(int part, Sequence<T> input, State<T>? initialState)
    {
        ForwardPass<T> pass = _parts[part];
        pass.Draw = Draw;
        Check.Reused(_layers[part].Forward(input, initialState?.Parts[part], pass), pass, _layers[part]);
        return pass.Output;
    }

    /// <summary>Ends a call: all parts have run.</summary>
    public void Complete(Sequence<T> input, long version)
    {
        Begin(input, version);

        // The leaves are shared with the parts, which have given them their batch; a part that has replaced its state is joined anew.
        bool joined = true;
        for (int i = 0; joined && i < _parts.Length; i++) joined = ReferenceEquals(FinalState.Parts[i], _parts[i].FinalState);
        if (joined) FinalState.Resize(input.Batch);
        else FinalState = FinalState.Joining([.. _parts.Select(pass => pass.FinalState)]);
    }
}

using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Layers;

/// <summary>A pass of a layer that runs others: it holds their passes, and its final state is theirs, joined as the layer's own state is.</summary>
internal class CompositePass<T>(ILayer<T> layer, params IReadOnlyList<ILayer<T>> parts) : ForwardPass<T>(layer)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ILayer<T>[] _layers = [.. parts];
    private readonly ForwardPass<T>[] _parts = [.. parts.Select(part => part.CreatePass())];

    /// <summary>The passes of the parts, as their Forward left them.</summary>
    public IReadOnlyList<ForwardPass<T>> Parts => _parts;

    /// <summary>The pass of a part for its Forward, under the whole pass's draw.</summary>
    public ForwardPass<T> Next(int part)
    {
        _parts[part].Draw = Draw;
        return _parts[part];
    }

    /// <summary>Runs a part, and returns its output.</summary>
    public Sequence<T> Forward(int part, Sequence<T> input, State<T>? initialState)
    {
        ForwardPass<T> pass = Next(part);
        Check.Reused(_layers[part].Forward(input, initialState?.Parts[part], pass), pass, _layers[part]);
        return pass.Output;
    }

    /// <summary>Ends a call: all parts have run.</summary>
    public void Complete(Sequence<T> input, long version) => Begin(input, version, _parts);
}

using System.Numerics;

namespace RnnSharp.Layers;

/// <summary>The parameters of a layer made of parts, named below their part's prefix. One that several parts have is there once, under its first name.</summary>
/// <typeparam name="T">float or double.</typeparam>
internal sealed class JoinedParameters<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly List<Parameter<T>> _parameters = [];
    private readonly List<string> _names = [];

    public JoinedParameters(params IEnumerable<(string Prefix, ILayer<T> Layer)> parts)
    {
        var seen = new HashSet<Parameter<T>>();
        foreach ((string prefix, ILayer<T> layer) in parts)
        {
            for (int i = 0; i < layer.Parameters.Count; i++)
            {
                if (!seen.Add(layer.Parameters[i])) continue;
                _parameters.Add(layer.Parameters[i]);
                _names.Add(prefix + layer.ParameterNames[i]);
            }
        }
    }

    public IReadOnlyList<Parameter<T>> Parameters => _parameters;

    public IReadOnlyList<string> Names => _names;
}

using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using RnnSharp.Numerics;

namespace RnnSharp.Onnx;

/// <summary>What all layers of a model share while it is exported: the main graph, the options, and the parameters.</summary>
internal sealed class ModelContext<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Dictionary<Parameter<T>, string> _names = [];
    private readonly Dictionary<Parameter<T>, Stored> _values = [];
    private readonly GraphBuilder _graph;

    public ModelContext(ILayer<T> model, OnnxExportOptions options, GraphBuilder graph)
    {
        Options = options;
        _graph = graph;
        for (int i = 0; i < model.Parameters.Count; i++) _names.TryAdd(model.Parameters[i], model.ParameterNames[i]);
    }

    public OnnxExportOptions Options { get; }

    /// <summary>Declares the source of the model and returns it; null unless the model is an encoder and decoder.</summary>
    public Func<ILayer<T>, OnnxSequence>? DeclareSource { get; set; }

    /// <summary>A parameter's values, [rows, columns] or [rows]; they are stored once, under its name in the model.</summary>
    public string Values(Parameter<T> parameter, bool isVector)
    {
        if (!_values.TryGetValue(parameter, out Stored stored)) _values.Add(parameter, stored = Store(parameter, isVector));
        if (stored.IsVector == isVector) return stored.Name;
        long[] shape = isVector ? [parameter.Rows] : [parameter.Rows, parameter.Columns];
        return _graph.Once($"{(isVector ? "vector" : "matrix")} {stored.Name}", shape, (graph, to) => graph.Add(stored.Name, "Reshape", [stored.Name, graph.Whole(to)]));
    }

    private Stored Store(Parameter<T> parameter, bool isVector)
    {
        if (!_names.TryGetValue(parameter, out string? name)) throw Check.Shape(nameof(parameter), "a parameter of the model", $"another one called {parameter.Name}");
        int rows = parameter.Rows, columns = parameter.Columns;
        byte[] bytes = new byte[(long)parameter.Count * Unsafe.SizeOf<T>()];
        RowCopy.Copy(parameter.Values, rows, 0, rows, MemoryMarshal.Cast<byte, T>(bytes.AsSpan()));
        string unique = _graph.NameFor(name);
        _graph.Store<T>(unique, isVector ? [rows] : [rows, columns], bytes);
        return new Stored(unique, isVector);
    }

    private readonly record struct Stored(string Name, bool IsVector);
}

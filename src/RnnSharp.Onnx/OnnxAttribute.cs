using Google.Protobuf;
using RnnSharp.Onnx.Schema;
using static RnnSharp.Onnx.Schema.AttributeProto.Types;

namespace RnnSharp.Onnx;

/// <summary>An attribute of a node of an ONNX graph.</summary>
public sealed class OnnxAttribute
{
    private OnnxAttribute(AttributeProto proto) => Proto = proto;

    /// <summary>The attribute's name.</summary>
    public string Name => Proto.Name;

    internal AttributeProto Proto { get; }

    /// <summary>Creates an attribute that is a whole number.</summary>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public static OnnxAttribute Of(string name, long value) => new(Named(name, AttributeType.Int, proto => proto.I = value));

    /// <summary>Creates an attribute that is a number.</summary>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public static OnnxAttribute Of(string name, float value) => new(Named(name, AttributeType.Float, proto => proto.F = value));

    /// <summary>Creates an attribute that is a text.</summary>
    /// <exception cref="ArgumentException">The name is empty, or the value is null.</exception>
    public static OnnxAttribute Of(string name, string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return new(Named(name, AttributeType.String, proto => proto.S = ByteString.CopyFromUtf8(value)));
    }

    /// <summary>Creates an attribute that is a list of whole numbers.</summary>
    /// <exception cref="ArgumentException">The name is empty, or the values are null.</exception>
    public static OnnxAttribute Of(string name, IReadOnlyList<long> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return new(Named(name, AttributeType.Ints, proto => proto.Ints.Add(values)));
    }

    /// <summary>Creates an attribute that is a list of numbers.</summary>
    /// <exception cref="ArgumentException">The name is empty, or the values are null.</exception>
    public static OnnxAttribute Of(string name, IReadOnlyList<float> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return new(Named(name, AttributeType.Floats, proto => proto.Floats.Add(values)));
    }

    /// <summary>Creates an attribute that is a list of texts.</summary>
    /// <exception cref="ArgumentException">The name is empty, or the values are null.</exception>
    public static OnnxAttribute Of(string name, IReadOnlyList<string> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return new(Named(name, AttributeType.Strings, proto => proto.Strings.Add(values.Select(ByteString.CopyFromUtf8))));
    }

    internal static OnnxAttribute Of(string name, GraphProto graph) => new(Named(name, AttributeType.Graph, proto => proto.G = graph));

    private static AttributeProto Named(string name, AttributeType type, Action<AttributeProto> set)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        var proto = new AttributeProto { Name = name, Type = type };
        set(proto);
        return proto;
    }
}

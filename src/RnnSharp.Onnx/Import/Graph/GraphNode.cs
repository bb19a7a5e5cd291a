using RnnSharp.Serialization;

namespace RnnSharp.Onnx.Import;

/// <summary>A node: an operator with the numbers of its inputs' and outputs' names. The object is used for one node after another.</summary>
internal sealed class GraphNode
{
    private const int MostValues = 256;
    private const int LongestShownName = 64;

    private readonly List<int> _values = [];
    private readonly List<GraphAttribute> _attributes = [];
    private readonly WireReader _file;
    private int _inputs;
    private int _attributeCount;
    private (long Position, int Length) _name;

    public GraphNode(WireReader file) => _file = file;

    public IOperator? Operator { get; set; }

    public int InputCount => _inputs;

    public int OutputCount => _values.Count - _inputs;

    public int AttributeCount => _attributeCount;

    public int Input(int index) => index < _inputs ? _values[index] : NameTable.Absent;

    public int Output(int index) => index < OutputCount ? _values[_inputs + index] : NameTable.Absent;

    public GraphAttribute Attribute(int index) => _attributes[index];

    /// <summary>Forgets the node.</summary>
    public void Clear()
    {
        _values.Clear();
        _inputs = 0;
        _attributeCount = 0;
        _name = default;
        Operator = null;
    }

    public void AddInput(int number) => _values.Insert(_inputs++, Counted(number));

    public void AddOutput(int number) => _values.Add(Counted(number));

    /// <summary>An attribute without values.</summary>
    public GraphAttribute AddAttribute()
    {
        if (_attributeCount == _attributes.Count) _attributes.Add(new GraphAttribute());
        GraphAttribute added = _attributes[_attributeCount++];
        added.Clear();
        return added;
    }

    /// <summary>Remembers where the name is, which is read only for messages.</summary>
    public void SetName(long position, long length) => _name = (position, (int)Math.Min(length, LongestShownName));

    /// <summary>The name in quotation marks.</summary>
    public string QuotedName()
    {
        Span<byte> bytes = stackalloc byte[_name.Length];
        _file.ReadAt(_name.Position, bytes);
        return ErrorText.Quote(bytes);
    }

    /// <summary>The node for a message: its operator and its name.</summary>
    public override string ToString() => $"{Operator?.Name} node {QuotedName()}";

    private int Counted(int number) => _values.Count < MostValues ? number : throw _file.Invalid($"a node with more than {MostValues} inputs and outputs");
}

/// <summary>An attribute of a node. Only the value that the file gives is set. The object is used for one attribute after another.</summary>
internal sealed class GraphAttribute
{
    public string Name { get; set; } = "";

    public float? Number { get; set; }

    public long? Whole { get; set; }

    public string? Text { get; set; }

    public StoredTensor? Tensor { get; set; }

    public List<float> Numbers { get; } = [];

    public List<long> Wholes { get; } = [];

    public List<string> Texts { get; } = [];

    public void Clear()
    {
        Name = "";
        Number = null;
        Whole = null;
        Text = null;
        Tensor = null;
        Numbers.Clear();
        Wholes.Clear();
        Texts.Clear();
    }
}

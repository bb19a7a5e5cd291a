namespace RnnSharp.Onnx.Import;

/// <summary>An input of the graph, and what nodes use it for.</summary>
internal sealed class ImportedPort(string name, bool isWhole, Atom[][] axes)
{
    public string Name { get; } = name;

    /// <summary>Whether it holds whole numbers: tokens or lengths.</summary>
    public bool IsWhole { get; } = isWhole;

    public Atom[][] Axes { get; } = axes;

    /// <summary>The use that nodes make of it; null as long as there is none.</summary>
    public PortUse? Use { get; private set; }

    /// <summary>Settles the use; false if it has another.</summary>
    public bool UsedAs(PortUse use)
    {
        Use ??= use;
        return Use == use;
    }
}

/// <summary>What an input of the graph is used for.</summary>
internal enum PortUse
{
    Sequence,
    Tokens,
    Lengths,
    State,
}

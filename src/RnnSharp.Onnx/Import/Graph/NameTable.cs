namespace RnnSharp.Onnx.Import;

/// <summary>The names of a graph's values, each held once and referred to by a number. The empty name is number 0: a value that is left out.</summary>
internal sealed class NameTable
{
    /// <summary>The number of the empty name.</summary>
    public const int Absent = 0;

    // A string of its own and an entry in a table that doubles.
    private const int CostOfName = 90;

    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal) { [""] = Absent };
    private readonly List<string> _names = [""];
    private readonly ImportBudget _budget;

    public NameTable(ImportBudget budget) => _budget = budget;

    public int Count => _names.Count;

    public string this[int number] => _names[number];

    /// <summary>The number of a name, which is new if the name is.</summary>
    public int NumberOf(ReadOnlySpan<char> name)
    {
        Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> numbers = _numbers.GetAlternateLookup<ReadOnlySpan<char>>();
        if (numbers.TryGetValue(name, out int number)) return number;
        _budget.Charge(CostOfName + 2 * name.Length);
        string text = name.ToString();
        _numbers.Add(text, _names.Count);
        _names.Add(text);
        return _names.Count - 1;
    }
}

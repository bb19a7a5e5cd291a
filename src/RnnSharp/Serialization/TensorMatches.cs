using System.Numerics;

namespace RnnSharp.Serialization;

/// <summary>Finds the tensors of a model in a file.</summary>
internal static class TensorMatches
{
    /// <summary>Matches a file's tensors with those of a model by name.</summary>
    /// <exception cref="InvalidDataException">The file does not have exactly the model's tensors, or they are too large.</exception>
    public static List<TensorMatch> Find<T>(IEnumerable<TensorLayout> tensors, TensorSource file, ModelLimits limits)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var matches = new List<TensorMatch>();
        var differences = new ErrorList();
        var found = new bool[file.Tensors.Count];
        Int128 bytes = 0;
        foreach (TensorLayout tensor in tensors)
        {
            bytes += tensor.MemoryBytesIn<T>();
            int index = file.IndexOf(tensor.Name);
            if (index >= 0) found[index] = true;
            Compare(tensor, index, file, differences);
            if (differences.Count == 0) matches.Add(new TensorMatch(tensor, index));
        }

        AddUnexpected(found, file, differences);
        Require(differences);
        return bytes <= limits.ParameterBytes ? matches : throw new InvalidDataException($"The model's parameters take {bytes} bytes: expected at most {limits.ParameterBytes} (ModelLimits.ParameterBytes).");
    }

    /// <summary>Matches a file's tensors with those of a model by a map of names.</summary>
    /// <exception cref="InvalidDataException">The file does not have exactly the model's tensors, apart from what the options allow.</exception>
    public static List<TensorMatch> Find(IEnumerable<TensorLayout> tensors, TensorSource file, ModelLoadIntoOptions options)
    {
        var matches = new List<TensorMatch>();
        var differences = new ErrorList();
        var found = new bool[file.Tensors.Count];
        Dictionary<string, int>? mapped = options.Names is { } names ? Mapped(file, names, found, differences) : null;
        foreach (TensorLayout tensor in tensors)
        {
            int index = mapped is null ? file.IndexOf(tensor.Name) : mapped.GetValueOrDefault(tensor.Name, -1);
            if (index >= 0) found[index] = true;
            if (index >= 0 || !(options.MissingBiasesAreZero && tensor.IsBias)) Compare(tensor, index, file, differences);
            if (differences.Count == 0) matches.Add(new TensorMatch(tensor, index));
        }

        AddUnexpected(found, file, differences);
        Require(differences);
        return matches;
    }

    /// <summary>Whether reading the tensors one after another reads all data of the file in its order, without converting it.</summary>
    public static bool CoverDataInOrder<T>(List<TensorMatch> matches, TensorSource file)
    {
        if (matches.Count != file.Tensors.Count) return false;
        for (int i = 0; i < matches.Count; i++)
        {
            if (matches[i].Index != i || matches[i].Tensor.HeldAs is not null || file.Tensors[i].Type != TensorBytes.TypeOf<T>()) return false;
        }

        return true;
    }

    /// <summary>The file's tensors by the names that a map gives them. Tensors that it skips count as found.</summary>
    private static Dictionary<string, int> Mapped(TensorSource file, Func<string, string?> names, bool[] found, ErrorList differences)
    {
        var mapped = new Dictionary<string, int>(file.Tensors.Count, StringComparer.Ordinal);
        for (int i = 0; i < found.Length; i++)
        {
            string? name = names(file.Tensors[i].Name);
            if (name is not null && mapped.TryAdd(name, i)) continue;
            found[i] = true;
            if (name is not null) differences.Add($"{ErrorText.Quote(file.Tensors[mapped[name]].Name)} and {ErrorText.Quote(file.Tensors[i].Name)} are both mapped to {ErrorText.Quote(name)}");
        }

        return mapped;
    }

    private static void Compare(TensorLayout tensor, int index, TensorSource file, ErrorList differences)
    {
        if (index < 0)
        {
            differences.Add(differences.HasRoom ? $"{ErrorText.Quote(tensor.Name)} of shape {ErrorText.Shape(tensor.Shape.Span)} is missing" : "");
            return;
        }

        TensorInfo stored = file.Tensors[index];
        if (!stored.Shape.Span.SequenceEqual(tensor.Shape.Span)) differences.Add($"{ErrorText.Quote(stored.Name)} has shape {ErrorText.Shape(stored.Shape.Span)}, expected {ErrorText.Shape(tensor.Shape.Span)}");
        if (tensor.HeldAs is { } type)
        {
            if (stored.Type != type) differences.Add($"{ErrorText.Quote(stored.Name)} has dtype {stored.TypeName}, expected {SafetensorsTensor.NameOf(type)}");
        }
        else if (!TensorBytes.IsFloat(stored.Type)) differences.Add($"{ErrorText.Quote(stored.Name)} has dtype {stored.TypeName}, expected {file.FloatTypes}");
        if (tensor.Count > Array.MaxLength) differences.Add($"{ErrorText.Quote(tensor.Name)} of shape {ErrorText.Shape(tensor.Shape.Span)} has more than {Array.MaxLength} elements");
    }

    private static void AddUnexpected(bool[] found, TensorSource file, ErrorList differences)
    {
        for (int i = 0; i < found.Length; i++)
        {
            if (found[i]) continue;
            TensorInfo tensor = file.Tensors[i];
            differences.Add(differences.HasRoom ? $"{ErrorText.Quote(tensor.Name)} of shape {ErrorText.Shape(tensor.Shape.Span)} and dtype {tensor.TypeName} is unexpected" : "");
        }
    }

    private static void Require(ErrorList differences)
    {
        if (differences.Count > 0) throw new InvalidDataException($"The file does not fit the model ({differences.Count} {(differences.Count == 1 ? "difference" : "differences")}): {differences}.");
    }
}

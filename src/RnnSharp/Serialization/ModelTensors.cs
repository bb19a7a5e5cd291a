using System.Numerics;

namespace RnnSharp.Serialization;

/// <summary>Moves numbers between a model's parameters and the tensors of a file.</summary>
internal static class ModelTensors
{
    public static IReadOnlyDictionary<string, Parameter<T>> ParametersByName<T>(ILayer<T> model)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        model.ParameterNames.Zip(model.Parameters).ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal);

    /// <summary>Refuses a file that has not exactly the tensors planned, and names every difference.</summary>
    public static void RequireFit(IEnumerable<TensorPlan> plans, SafetensorsReader file)
    {
        var differences = new List<string>();
        Dictionary<string, SafetensorsTensor> found = file.Tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        foreach (TensorPlan plan in plans)
        {
            string name = StrictJson.Quote(plan.Name);
            string expected = SafetensorsTensor.Describe(plan.Shape);
            if (!found.Remove(plan.Name, out SafetensorsTensor? tensor))
            {
                differences.Add($"{name} of shape {expected} is missing");
                continue;
            }

            if (!tensor.Shape.AsSpan().SequenceEqual(plan.Shape)) differences.Add($"{name} has shape {SafetensorsTensor.Describe(tensor.Shape)}, expected {expected}");
            if (!tensor.IsReadable) differences.Add($"{name} has dtype {tensor.Type}, expected {SafetensorsTensor.ReadableTypes}");
            if (plan.Count() > Array.MaxLength) differences.Add($"{name} of shape {expected} has more than {Array.MaxLength} elements");
        }

        differences.AddRange(file.Tensors.Where(tensor => found.ContainsKey(tensor.Name))
            .Select(tensor => $"{StrictJson.Quote(tensor.Name)} of shape {SafetensorsTensor.Describe(tensor.Shape)} and dtype {tensor.Type} is unexpected"));
        if (differences.Count > 0) throw new InvalidDataException($"The file does not fit the model ({differences.Count} {(differences.Count == 1 ? "difference" : "differences")}): {string.Join("; ", differences)}.");
    }

    /// <summary>Refuses a model in which layers share a parameter that a file could not tell them to share.</summary>
    /// <exception cref="ArgumentException">A layer has another layer's parameter where only its own is known.</exception>
    public static void RequireParameters<T>(IEnumerable<TensorPlan> plans, IReadOnlyDictionary<string, Parameter<T>> parameters, string name)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (RowBlock block in plans.SelectMany(plan => plan.Blocks))
        {
            if (!parameters.ContainsKey(block.Parameter))
                throw new ArgumentException($"Expected a model whose layers share no more than the weights of dense and embedding layers, got one in which {block.Parameter} is another layer's.", name);
        }
    }

    /// <summary>Reads every tensor, and writes the parameters only then. The plans fit the file.</summary>
    public static void Read<T>(SafetensorsReader file, IReadOnlyList<TensorPlan> plans, ILayer<T> model)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        IReadOnlyDictionary<string, Parameter<T>> parameters = ParametersByName(model);
        Dictionary<string, ParameterValues<T>> values = parameters.ToDictionary(pair => pair.Key, pair => new ParameterValues<T>(new T[pair.Value.Count], pair.Value.Rows), StringComparer.Ordinal);
        Dictionary<string, SafetensorsTensor> tensors = file.Tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        T[] buffer = new T[plans.Select(plan => plan.Count()).DefaultIfEmpty().Max()];
        foreach (TensorPlan plan in plans)
        {
            Span<T> tensor = buffer.AsSpan(0, (int)plan.Count());
            file.Read(tensors[plan.Name], tensor);
            plan.Scatter(tensor, values);
        }

        foreach ((string name, Parameter<T> parameter) in parameters) parameter.Set(values[name].Values);
    }
}

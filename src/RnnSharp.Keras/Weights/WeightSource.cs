using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Layers;
using RnnSharp.Serialization;

namespace RnnSharp.Keras;

/// <summary>The weights of a plan, and the tensors of a file that hold them.</summary>
internal sealed class WeightSource(KerasPlan plan, TensorSource tensors, IReadOnlyList<int> indices, KerasFileOptions options)
{
    private const int ChunkBytes = 1 << 16;

    // From here on, the values are read once and not twice.
    private const long LargeElements = 1 << 20;

    /// <summary>Creates the model. Shapes and types are checked first, so that it takes no more memory than the file justifies. A large model is discarded if a value is refused.</summary>
    public LayerStack<T> Create<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Require<T>();
        if (plan.Weights.Sum(weight => weight.Count) < LargeElements) Read<T>(static (_, _, _, _) => { });
        LayerStack<T> model = plan.Create<T>();
        Dictionary<string, Parameter<T>> parameters = ParametersOf(model);
        Read<T>((weight, block, first, chunk) => parameters[block.Parameter].Update((weight, block, first, chunk), static (values, run) => WeightCopy.Scatter(run.weight, run.block, run.first, run.chunk.Span, values)));
        return model;
    }

    /// <summary>Reads the values of a model's parameters, column-major.</summary>
    public Dictionary<string, T[]> Read<T>(Dictionary<string, Parameter<T>> parameters)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Require<T>();
        var values = new Dictionary<string, T[]>(StringComparer.Ordinal);
        foreach (KerasWeight weight in plan.Weights)
        {
            foreach (WeightBlock block in weight.Blocks) values.TryAdd(block.Parameter, new T[parameters[block.Parameter].Count]);
        }

        Read<T>((weight, block, first, chunk) => WeightCopy.Scatter(weight, block, first, chunk.Span, values[block.Parameter].AsSpan()));
        return values;
    }

    /// <summary>Copies some of a weight's row-major values, from an element on, out of a model's parameters.</summary>
    public static void Gather<T>(KerasWeight weight, Dictionary<string, Parameter<T>> parameters, long first, Span<T> values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        values.Clear();
        foreach (WeightBlock block in weight.Blocks) WeightCopy.Gather(weight, block, first, values, parameters[block.Parameter].Values);
        for (int i = 0; i < values.Length; i++)
        {
            if (!T.IsFinite(values[i])) throw Refusal.OfModel($"Expected finite numbers, got {values[i]} in element {first + i} of {weight}.");
        }
    }

    public static Dictionary<string, Parameter<T>> ParametersOf<T>(ILayer<T> model)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var parameters = new Dictionary<string, Parameter<T>>(StringComparer.Ordinal);
        for (int i = 0; i < model.Parameters.Count; i++) parameters.TryAdd(model.ParameterNames[i], model.Parameters[i]);
        return parameters;
    }

    /// <summary>Throws unless each weight has the shape and a number type that it needs.</summary>
    private void Require<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var differences = new ErrorList();
        for (int i = 0; i < plan.Weights.Count; i++)
        {
            KerasWeight weight = plan.Weights[i];
            TensorInfo tensor = tensors.Tensors[indices[i]];
            if (!tensor.Shape.Span.SequenceEqual(weight.Shape)) differences.Add($"{weight} has shape {ErrorText.Shape(tensor.Shape.Span)}, expected {ErrorText.Shape(weight.Shape)}");
            else if (!TensorBytes.IsFloat(tensor.Type)) differences.Add($"{weight} has the type {ErrorText.Quote(tensor.TypeName)}, expected floating-point numbers");
        }

        if (differences.Count > 0) throw new InvalidDataException($"The weights do not fit the model ({differences.Count} {(differences.Count == 1 ? "difference" : "differences")}): {differences}.");
        plan.RequireSize<T>(options.Limits);
    }

    private void Read<T>(Action<KerasWeight, WeightBlock, long, ReadOnlyMemory<T>> store)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (plan.Weights.Count == 0) return;
        var chunk = new T[Math.Min(plan.Weights.Max(weight => weight.Count), ChunkBytes / Unsafe.SizeOf<T>())];
        for (int i = 0; i < plan.Weights.Count; i++)
        {
            KerasWeight weight = plan.Weights[i];
            for (long first = 0; first < weight.Count; first += chunk.Length)
            {
                Memory<T> values = chunk.AsMemory(0, (int)Math.Min(weight.Count - first, chunk.Length));
                tensors.Read(indices[i], first, values.Span);
                if (!options.AllowNonFinite) RequireFinite<T>(weight, first, values.Span);
                foreach (WeightBlock block in weight.Blocks) store(weight, block, first, values);
            }
        }
    }

    private static void RequireFinite<T>(KerasWeight weight, long first, ReadOnlySpan<T> values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (!T.IsFinite(values[i])) throw new InvalidDataException($"The {weight}: expected finite numbers, got {values[i]} at element {first + i}. Set AllowNonFinite to load it.");
        }
    }
}

using System.Numerics;
using MathNet.Numerics.LinearAlgebra;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;

namespace RnnSharp.Tests.Fuzz;

/// <summary>Draws arguments that fit the layer and the other arguments of a call, so that calls come past the first check.</summary>
internal static class FittingValues<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>A value, or null where nothing is known to fit.</summary>
    public static object? Draw(Type type, string name, CallContext call, HostileValues values)
    {
        ILayer<T>? layer = call.Find<ILayer<T>>();
        if (type == typeof(Sequence<T>)) return Sequence(name, layer, call, values);
        if (type == typeof(Matrix<T>) && call.Find<Parameter<T>>() is { } parameter) return values.MatrixOf<T>(parameter.Rows, parameter.Columns);
        if (type == typeof(Matrix<T>) && call.Find<RecurrentCell<T>>() is { } cell) return values.MatrixOf<T>(name is "input" ? LayerOf(cell).InputSize : LayerOf(cell).OutputSize, call.Batch);
        if (type == typeof(ILayer<T>[])) return Chain(values);
        if (type == typeof(ILayer<T>) && layer is not null && call.Depth > 0) return ModelConverter.Convert<T, T>(layer);
        if (type == typeof(StateLeaf<T>) || layer is null) return null;
        if (type == typeof(State<T>)) return State(layer, call, values);
        if (type == typeof(ForwardPass<T>)) return Pass(layer, call, values);
        if (type == typeof(Gradients<T>)) return values.Random.Next(2) == 0 ? Own<Gradients<T>>(values, gradients => gradients.Layer == layer) ?? layer.CreateGradients() : layer.CreateGradients();
        if (type == typeof(IReadOnlyList<Parameter<T>>)) return layer.Parameters;
        int batch = call.Find<State<T>>()?.Batch ?? call.Batch;
        if (type == typeof(Span<T>) || type == typeof(ReadOnlySpan<T>)) return values.Numbers<T>(batch * (name.StartsWith("out", StringComparison.Ordinal) ? layer.OutputSize : layer.InputSize));
        if (type == typeof(StepInput<T>)) return values.Random.Next(3) == 0 ? Tokens(layer.InputSize, call.Batch, values) : values.Numbers<T>(call.Batch * layer.InputSize);
        return type == typeof(ReadOnlySpan<int>) ? Tokens(layer.InputSize, call.Batch, values) : null;
    }

    private static ILayer<T> LayerOf(RecurrentCell<T> cell) => (ILayer<T>)cell.GetType().GetProperty("Layer")!.GetValue(cell)!;

    /// <summary>Layers each of which takes what the one before it gives.</summary>
    private static ILayer<T>[] Chain(HostileValues values)
    {
        var chain = new List<ILayer<T>>();
        for (int i = values.Random.Next(1, 4); i > 0; i--)
        {
            ILayer<T>[] next = [.. values.Pool.Where<ILayer<T>>(layer => chain.Count == 0 || layer.InputSize == chain[^1].OutputSize)];
            if (next.Length > 0) chain.Add(next[values.Random.Next(next.Length)]);
        }

        return [.. chain];
    }

    private static Sequence<T>? Sequence(string name, ILayer<T>? layer, CallContext call, HostileValues values)
    {
        Sequence<T>? like = call.Find<ForwardPass<T>>()?.Output ?? call.Find<Sequence<T>>();

        // A sequence without steps may have more examples than an array of lengths can hold.
        if (like?.Batch > HostileValues.MostElements) like = null;
        if (like is not null && name is not ("reuse" or "input" or "source") && like.Features * (long)like.Batch * like.Steps < HostileValues.MostElements)
            return Make(like.Features, like.Batch, like.Steps, name is "targets" && values.Random.Next(2) == 0, like.IsRagged ? [.. Enumerable.Range(0, like.Batch).Select(like.LengthOf)] : null, values);
        if (layer is null) return null;
        int features = name is "reuse" ? layer.OutputSize : name is "source" && layer is EncoderDecoder<T> pair ? pair.Encoder.InputSize : layer.InputSize;
        if (features > HostileValues.MostElements / 64) return null;
        bool tokens = name is "tokens" || (name is not "reuse" && values.Random.Next(4) == 0);
        return Make(features, like?.Batch ?? call.Batch, call.Steps, tokens, null, values);
    }

    private static Sequence<T> Make(int features, int batch, int steps, bool tokens, int[]? lengths, HostileValues values)
    {
        Sequence<T> sequence = tokens ? Sequence<T>.ForTokens(features, batch, steps) : new Sequence<T>(features, batch, steps);
        values.Fill(sequence.Values);
        if (tokens)
        {
            for (int column = 0; column < batch * steps; column++) sequence.SetToken(column % batch, column / batch, values.Random.Next(features));
        }

        if (lengths is null && values.Random.Next(3) == 0) lengths = [.. Enumerable.Range(0, batch).Select(_ => values.Random.Next(steps + 1))];
        if (lengths is not null) sequence.SetLengths(lengths);
        return sequence;
    }

    private static State<T> State(ILayer<T> layer, CallContext call, HostileValues values)
    {
        int batch = call.Find<Sequence<T>>()?.Batch ?? call.Find<ForwardPass<T>>()?.Output.Batch ?? call.Batch;
        State<T> state = layer.CreateState(batch > 64 ? 1 : batch);
        foreach (StateLeaf<T> leaf in state.Leaves) values.Fill(leaf.Values);
        return state;
    }

    private static ForwardPass<T> Pass(ILayer<T> layer, CallContext call, HostileValues values)
    {
        if (values.Random.Next(2) == 0 && Own<ForwardPass<T>>(values, pass => pass.Layer == layer) is { } kept) return kept;
        return layer.InputSize < HostileValues.MostElements / 64 ? layer.Forward(Make(layer.InputSize, call.Batch, call.Steps, values.Random.Next(4) == 0, null, values)) : layer.CreatePass();
    }

    private static TItem? Own<TItem>(HostileValues values, Func<TItem, bool> condition)
        where TItem : class => values.Pool.Where(condition).FirstOrDefault();

    private static int[] Tokens(int vocabulary, int count, HostileValues values)
    {
        var tokens = new int[count];
        for (int i = 0; i < count; i++) tokens[i] = values.Random.Next(8) == 0 ? Sequence<T>.ZeroToken : values.Random.Next(vocabulary);
        return tokens;
    }
}

using System.Numerics;
using RnnSharp.Layers;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;

namespace RnnSharp.Serialization;

/// <content>From the names of a model to those of PyTorch's modules.</content>
public static partial class NameMap
{
    /// <summary>
    /// Maps the names of a stack's layers to those of modules in a PyTorch class, for <see cref="TensorSaveOptions.Names"/>: with the modules
    /// "embedding", "lstm" and "head", 0.weight becomes embedding.weight, 2.weight_ih_l0 may become lstm.weight_ih_l1, and 3.bias head.bias.
    /// Consecutive recurrent layers of one kind and size become the layers of one module. Where that is not what the class has, give a name for
    /// each layer; the same name again continues a module: "lstm", "lstm", "decoder". Layers without parameters are passed over.
    /// </summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="model">The stack.</param>
    /// <param name="modules">The names of the modules, in the order of the layers; an empty name for tensors without a prefix.</param>
    /// <exception cref="ArgumentException">An argument is null, or there are neither as many names as modules nor as many as layers.</exception>
    public static Func<string, string?> PyTorchModules<T>(LayerStack<T> model, params string[] modules)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        const string First = "_l0";
        ArgumentNullException.ThrowIfNull(model);
        string[] names = Copied(modules, nameof(modules));
        List<List<int>> groups = Groups(model);
        int[] layers = [.. groups.SelectMany(group => group)];
        if (names.Length != groups.Count && names.Length != layers.Length)
            throw Check.Shape(nameof(modules), $"{groups.Count} names of modules{(layers.Length > groups.Count ? $", or {layers.Length} names of layers" : "")}", $"{names.Length}");
        var places = new Dictionary<string, (string Module, int Layer)>(StringComparer.Ordinal);
        if (names.Length == layers.Length)
        {
            for (int i = 0, k = 0; i < layers.Length; i++)
            {
                k = i > 0 && string.Equals(names[i], names[i - 1], StringComparison.Ordinal) ? k + 1 : 0;
                places.Add($"{layers[i]}", (Prefix(names[i]), k));
            }
        }
        else
        {
            for (int i = 0; i < groups.Count; i++)
            {
                for (int k = 0; k < groups[i].Count; k++) places.Add($"{groups[i][k]}", (Prefix(names[i]), k));
            }
        }

        return name =>
        {
            int dot = name.IndexOf('.');
            if (dot < 0 || !places.TryGetValue(name[..dot], out (string Module, int Layer) place)) return name;
            string rest = name[(dot + 1)..];
            int at = place.Layer == 0 ? -1 : rest.IndexOf(First, StringComparison.Ordinal);
            return at < 0 ? place.Module + rest : $"{place.Module}{rest.AsSpan(0, at)}_l{place.Layer}{rest.AsSpan(at + First.Length)}";
        };

        static string Prefix(string name) => name.Length == 0 ? "" : $"{name}.";
    }

    /// <summary>The layers with parameters, those that PyTorch has as one module together.</summary>
    private static List<List<int>> Groups<T>(LayerStack<T> model)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var groups = new List<List<int>>();
        ILayer<T>? last = null;
        for (int i = 0; i < model.Layers.Count; i++)
        {
            ILayer<T> layer = model.Layers[i];
            if (layer.Parameters.Count == 0) continue;
            if (last is not null && Continues(last, layer)) groups[^1].Add(i);
            else groups.Add([i]);
            last = layer;
        }

        return groups;
    }

    /// <summary>Whether a layer can be the next one of the same PyTorch module.</summary>
    private static bool Continues<T>(ILayer<T> layer, ILayer<T> next)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => (layer, next) switch
        {
            (LstmLayer<T> one, LstmLayer<T> other) => one.HiddenSize == other.HiddenSize && one.Options == other.Options,
            (GruLayer<T> one, GruLayer<T> other) => one.HiddenSize == other.HiddenSize && one.Options == other.Options,
            (RnnLayer<T> one, RnnLayer<T> other) => one.HiddenSize == other.HiddenSize && one.Options == other.Options && one.Activation == other.Activation,
            (BidirectionalLayer<T> one, BidirectionalLayer<T> other) => Continues(one.ForwardLayer, other.ForwardLayer) && Continues(one.BackwardLayer, other.BackwardLayer),
            _ => false,
        };
}

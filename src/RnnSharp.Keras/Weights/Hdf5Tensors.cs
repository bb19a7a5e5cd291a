using System.Runtime.InteropServices;
using RnnSharp.Serialization;

namespace RnnSharp.Keras;

/// <summary>Datasets of an HDF5 file as tensors.</summary>
internal sealed class Hdf5Tensors : TensorSource
{
    private const int ChunkBytes = 1 << 13;
    private const string Distributed = "time_distributed";

    // Keras's deepest groups of weights are those of a recurrent cell in wrappers.
    private const int DeepestGroup = 16;

    private readonly List<Hdf5Dataset> _datasets;

    private Hdf5Tensors(List<Hdf5Dataset> datasets)
        : base(datasets.ConvertAll(dataset => new TensorInfo(dataset.Path, dataset.Type, dataset.Shape))) => _datasets = datasets;

    /// <summary>Finds the weights of a plan in the root group of a file, in its order.</summary>
    /// <param name="root">The root group.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="names">The names of the layers in the file, for each layer with weights; Keras's if null.</param>
    /// <param name="isExact">Whether the plan comes from a configuration, so that it tells where Keras has a TimeDistributed.</param>
    /// <exception cref="InvalidDataException">The file has other weights than the plan.</exception>
    public static Hdf5Tensors Find(Hdf5Group root, KerasPlan plan, IReadOnlyList<string>? names = null, bool isExact = true)
    {
        Hdf5Group old = root.Has("model_weights") ? root.Group("model_weights") : root;
        return new Hdf5Tensors(old.Attributes.Texts("layer_names") is { } layers ? FindOld(old, names ?? layers, plan) : FindNew(root, plan, names, isExact));
    }

    protected override void ReadCore<T>(int index, long first, Span<T> target)
    {
        Hdf5Dataset dataset = _datasets[index];
        int size = TensorBytes.SizeOf(dataset.Type);
        if (dataset.Type == TensorBytes.TypeOf<T>())
        {
            Span<byte> bytes = MemoryMarshal.AsBytes(target);
            dataset.Read(first * size, bytes);
            TensorBytes.ToNative(bytes, size, isBigEndian: false);
            return;
        }

        Span<byte> chunk = stackalloc byte[ChunkBytes];
        while (!target.IsEmpty)
        {
            int count = Math.Min(target.Length, ChunkBytes / size);
            dataset.Read(first * size, chunk[..(count * size)]);
            TensorBytes.Convert(Tensors[index], chunk[..(count * size)], isBigEndian: false, target[..count]);
            target = target[count..];
            first += count;
        }
    }

    /// <summary>Keras 3: layers/lstm_1/cell/vars/0. The names are those of the classes, with a number for each but the first of a class.</summary>
    private static List<Hdf5Dataset> FindNew(Hdf5Group root, KerasPlan plan, IReadOnlyList<string>? names, bool isExact)
    {
        Hdf5Group layers = root.Find("layers") ?? root.Find("_layer_checkpoint_dependencies") ?? throw new InvalidDataException("The HDF5 file has no group \"layers\": it is not a file of weights of a Sequential or Functional model.");
        if (!isExact && names is null && layers.Has(Distributed) && layers.Has("dense")) throw new InvalidDataException($"The HDF5 file has layers called dense and {Distributed}, whose order the model does not tell: set {nameof(KerasLoadIntoOptions)}.{nameof(KerasLoadIntoOptions.LayerNames)}.");
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        var datasets = new List<Hdf5Dataset>();
        var used = new HashSet<string>(StringComparer.Ordinal);
        int withWeights = 0;
        for (int i = 0; i < plan.Layers.Count; i++)
        {
            KerasLayer layer = plan.Layers[i];
            string name = Numbered(layer.GroupName, numbers);
            IReadOnlyList<KerasWeight> weights = plan.WeightsOfLayers[i];
            if (weights.Count == 0) continue;
            if (names is not null) name = names[withWeights++];
            else if (!layers.Has(name) && layers.Has(layer.Name)) name = layer.Name;
            else if (!layers.Has(name) && !isExact && layer.IsStepwise) name = Numbered(Distributed, numbers);
            used.Add(name);
            Add(layers.Group(name), layer, weights, datasets);
        }

        if (names is null) RequireUsed(layers, used, isExact);
        return datasets;
    }

    /// <summary>Throws if a layer that was not used has weights.</summary>
    private static void RequireUsed(Hdf5Group layers, HashSet<string> used, bool isExact)
    {
        foreach (string name in layers.Names)
        {
            if (used.Contains(name) || !HasWeights(layers.Group(name), name, depth: 1)) continue;
            string hint = isExact ? "" : $" Set {nameof(KerasLoadIntoOptions)}.{nameof(KerasLoadIntoOptions.LayerNames)} to load some layers of a file.";
            throw new InvalidDataException($"The HDF5 file has weights in {ErrorText.Quote(layers.PathOf(name))}, which belong to no layer of the model.{hint}");
        }
    }

    /// <summary>Whether a group has datasets at any depth. The state of a generator of random numbers, which Dropout has, is not a weight.</summary>
    private static bool HasWeights(Hdf5Group group, string name, int depth)
    {
        if (name is "seed_generator") return false;
        if (name is "vars") return group.Names.Count > 0;
        if (depth > DeepestGroup) throw new InvalidDataException($"The HDF5 file has groups within groups in more than {DeepestGroup} levels.");
        foreach (string inner in group.Names)
        {
            if (HasWeights(group.Group(inner), inner, depth + 1)) return true;
        }

        return false;
    }

    private static void Add(Hdf5Group group, KerasLayer layer, IReadOnlyList<KerasWeight> weights, List<Hdf5Dataset> datasets)
    {
        for (int first = 0, count; first < weights.Count; first += count)
        {
            // The weights of a part, such as a direction, follow one another.
            string part = weights[first].Folder;
            for (count = 1; first + count < weights.Count && string.Equals(weights[first + count].Folder, part, StringComparison.Ordinal); count++)
            {
            }

            // A model does not tell whether Keras has a layer alone or in a TimeDistributed.
            Hdf5Group? variables = group.Find(part);
            if (layer.IsStepwise && variables is not { Names.Count: > 0 } && group.Has("layer")) variables = group.Find($"layer/{part}");
            if (variables is null) throw new InvalidDataException($"The HDF5 file has no group {ErrorText.Quote(group.PathOf(part))}, which has weights of the layer {ErrorText.Quote(layer.Name)}.");
            if (variables.Names.Count != count) throw new InvalidDataException($"The HDF5 file has {variables.Names.Count} weights in {ErrorText.Quote(group.PathOf(part))}: expected {count} of the layer {ErrorText.Quote(layer.Name)}.");
            for (int i = 0; i < count; i++) datasets.Add(variables.Dataset(weights[first + i].Location[(part.Length + 1)..]));
        }
    }

    private static string Numbered(string name, Dictionary<string, int> numbers)
    {
        int number = numbers[name] = numbers.GetValueOrDefault(name, -1) + 1;
        return number == 0 ? name : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{name}_{number}");
    }

    /// <summary>Keras 2: attributes give the names of the layers and of their weights, in order.</summary>
    private static List<Hdf5Dataset> FindOld(Hdf5Group root, IReadOnlyList<string> layers, KerasPlan plan)
    {
        var datasets = new List<Hdf5Dataset>();
        foreach (string layer in layers)
        {
            Hdf5Group group = root.Group(layer);
            foreach (string name in group.Attributes.Texts("weight_names") ?? throw new InvalidDataException($"The group {ErrorText.Quote(layer)} of the HDF5 file has no attribute \"weight_names\"."))
            {
                if (datasets.Count == plan.Weights.Count) throw new InvalidDataException($"The HDF5 file has more weights than the {plan.Weights.Count} of the model: {ErrorText.Quote(name)} of the layer {ErrorText.Quote(layer)} is the first of them.");
                KerasWeight expected = plan.Weights[datasets.Count];
                int slash = name.LastIndexOf('/');
                ReadOnlySpan<char> own = name.AsSpan(slash + 1);
                if (own.LastIndexOf(':') is >= 0 and int colon) own = own[..colon];
                if (!own.SequenceEqual(expected.Name)) throw new InvalidDataException($"The HDF5 file has {ErrorText.Quote(name)} in the place of {expected}.");
                Hdf5Group inner = slash < 0 ? group : group.Find(name.AsSpan(0, slash)) ?? throw new InvalidDataException($"The HDF5 file has no group {ErrorText.Quote(group.PathOf(name[..slash]))}.");
                datasets.Add(inner.Dataset(name[(slash + 1)..]));
            }
        }

        return datasets.Count == plan.Weights.Count ? datasets : throw new InvalidDataException($"The HDF5 file has {datasets.Count} weights: expected the {plan.Weights.Count} of the model.");
    }
}

using System.Numerics;
using RnnSharp.Serialization;

namespace RnnSharp.Keras;

/// <summary>Datasets of an HDF5 file as tensors.</summary>
internal sealed class Hdf5Tensors : TensorSource
{
    private const int ChunkBytes = 1 << 13;

    private readonly List<Hdf5Dataset> _datasets;

    private Hdf5Tensors(List<Hdf5Dataset> datasets)
        : base(datasets.ConvertAll(dataset => new TensorInfo(dataset.Path, dataset.Type, dataset.Shape))) => _datasets = datasets;

    /// <summary>Finds the weights of a plan in the root group of a file, in its order.</summary>
    /// <exception cref="InvalidDataException">The file has other weights than the plan.</exception>
    public static Hdf5Tensors Find(Hdf5Group root, KerasPlan plan)
    {
        Hdf5Group? old = root.Has("model_weights") ? root.Group("model_weights") : root;
        return new Hdf5Tensors(old.Attributes.Texts("layer_names") is { } names ? FindOld(old, names, plan) : FindNew(root, plan));
    }

    protected override void ReadCore<T>(int index, long first, Span<T> target)
    {
        Hdf5Dataset dataset = _datasets[index];
        int size = TensorBytes.SizeOf(dataset.Type);
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
    private static List<Hdf5Dataset> FindNew(Hdf5Group root, KerasPlan plan)
    {
        Hdf5Group layers = root.Find("layers") ?? root.Find("_layer_checkpoint_dependencies") ?? throw new InvalidDataException("The HDF5 file has no group \"layers\": it is not a file of weights of a Sequential or Functional model.");
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        var datasets = new List<Hdf5Dataset>();
        foreach (KerasLayer layer in plan.Layers)
        {
            int number = numbers[layer.GroupName] = numbers.GetValueOrDefault(layer.GroupName, -1) + 1;
            string name = number == 0 ? layer.GroupName : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{layer.GroupName}_{number}");
            IReadOnlyList<KerasWeight> weights = layer.Weights();
            if (weights.Count == 0) continue;
            Hdf5Group group = layers.Group(layers.Has(name) || !layers.Has(layer.Name) ? name : layer.Name);
            foreach (IGrouping<string, KerasWeight> part in weights.GroupBy(weight => weight.Location[..weight.Location.LastIndexOf('/')], StringComparer.Ordinal))
            {
                Hdf5Group variables = group.Find(part.Key) ?? throw new InvalidDataException($"The HDF5 file has no group {ErrorText.Quote(group.PathOf(part.Key))}, which has weights of the layer {ErrorText.Quote(layer.Name)}.");
                if (variables.Names.Count != part.Count()) throw new InvalidDataException($"The HDF5 file has {variables.Names.Count} weights in {ErrorText.Quote(group.PathOf(part.Key))}: expected {part.Count()} of the layer {ErrorText.Quote(layer.Name)}.");
                datasets.AddRange(part.Select(weight => variables.Dataset(weight.Location[(part.Key.Length + 1)..])));
            }
        }

        return datasets;
    }

    /// <summary>Keras 1 and 2: attributes give the names of the layers and of their weights, in order.</summary>
    private static List<Hdf5Dataset> FindOld(Hdf5Group root, List<string> layers, KerasPlan plan)
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

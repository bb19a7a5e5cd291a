using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Serialization;

/// <summary>
/// The named tensors of a file. Their names, types and shapes are known once the file is open; values are read when they are asked for. A
/// source reads one file at one position, so that only one thread may use it at a time.
/// </summary>
public abstract class TensorSource : IDisposable
{
    private readonly IReadOnlyDictionary<string, int> _index;
    private bool _isDisposed;

    /// <summary>Sets the tensors.</summary>
    /// <param name="tensors">The tensors, in the order of the file.</param>
    /// <param name="metadata">The file's metadata; none if null.</param>
    /// <exception cref="ArgumentNullException"><paramref name="tensors"/> is null.</exception>
    /// <exception cref="InvalidDataException">Two tensors have the same name.</exception>
    protected TensorSource(IReadOnlyList<TensorInfo> tensors, IReadOnlyDictionary<string, string>? metadata = null)
        : this(tensors, IndexOfEach(tensors), metadata)
    {
    }

    private protected TensorSource(IReadOnlyList<TensorInfo> tensors, IReadOnlyDictionary<string, int> index, IReadOnlyDictionary<string, string>? metadata)
    {
        Tensors = tensors;
        _index = index;
        Metadata = metadata ?? System.Collections.ObjectModel.ReadOnlyDictionary<string, string>.Empty;
    }

    /// <summary>The tensors, in the order of the file. No two have the same name.</summary>
    public IReadOnlyList<TensorInfo> Tensors { get; }

    /// <summary>The file's metadata; empty if it has none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The types that a model's parameters can be loaded from, as the file calls them.</summary>
    internal virtual string FloatTypes => "Float64, Float32, Float16 or BFloat16";

    /// <summary>The bytes that hold the values of all tensors, if tensors may share them; null if each has its own.</summary>
    internal virtual long? DataBytes => null;

    /// <summary>What loads the model that the file describes; null if it describes none.</summary>
    internal virtual string? ModelLoader => null;

    /// <summary>The index of the tensor with a name; -1 if there is none.</summary>
    /// <exception cref="ArgumentNullException">The name is null.</exception>
    public int IndexOf(string name) => _index.GetValueOrDefault(Check.NotNull(name), -1);

    /// <summary>Reads values of a tensor in row-major order, converted to T.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="index">The tensor's index in <see cref="Tensors"/>.</param>
    /// <param name="first">The row-major index of the first element to read.</param>
    /// <param name="target">Receives the values.</param>
    /// <exception cref="ArgumentException">The index or the range of elements is out of range, or T is neither float nor double.</exception>
    /// <exception cref="InvalidDataException">The tensor's type is <see cref="TensorType.Other"/>, a finite value is out of T's range, or the file is damaged.</exception>
    /// <exception cref="ObjectDisposedException">The source has been disposed.</exception>
    public void Read<T>(int index, long first, Span<T> target)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TensorInfo tensor = Readable<T>(index);
        if (first < 0 || first > tensor.Count) throw new ArgumentOutOfRangeException(nameof(first), first, $"Expected 0 to {tensor.Count}, got {first}.");
        if (target.Length > tensor.Count - first) throw Check.Shape(nameof(target), $"at most {tensor.Count - first} elements, which {ErrorText.Quote(tensor.Name)} has from element {first} on", $"{target.Length}");
        if (!target.IsEmpty) ReadCore(index, first, target);
    }

    /// <summary>Reads all values of a tensor in row-major order, converted to T.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="index">The tensor's index in <see cref="Tensors"/>.</param>
    /// <exception cref="ArgumentException">The index is out of range, or T is neither float nor double.</exception>
    /// <exception cref="InvalidDataException">As for <see cref="Read{T}"/>, or the tensor has more elements than an array can hold.</exception>
    /// <exception cref="ObjectDisposedException">The source has been disposed.</exception>
    public T[] ReadAll<T>(int index)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TensorInfo tensor = Readable<T>(index);
        if (tensor.Count > Array.MaxLength) throw new InvalidDataException($"Tensor {ErrorText.Quote(tensor.Name)} has {tensor.Count} elements: expected at most {Array.MaxLength}.");
        var values = new T[tensor.Count];
        Read<T>(index, 0, values);
        return values;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isDisposed = true;
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Checks the whole file, where it has a checksum, so that a damaged one is refused before its tensors are compared with a model.</summary>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    internal virtual void Verify()
    {
    }

    /// <summary>Reads values of a tensor in row-major order, converted to T.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="index">A valid index. The tensor's type is not <see cref="TensorType.Other"/>.</param>
    /// <param name="first">The row-major index of the first element to read.</param>
    /// <param name="target">Receives the values. It is not empty, and the tensor has as many from <paramref name="first"/> on.</param>
    /// <exception cref="InvalidDataException">A finite value is out of T's range, or the file is damaged.</exception>
    protected abstract void ReadCore<T>(int index, long first, Span<T> target)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    /// <summary>Closes the file if the source opened it.</summary>
    /// <param name="disposing">Always true: there is no finalizer.</param>
    protected virtual void Dispose(bool disposing)
    {
    }

    private TensorInfo Readable<T>(int index)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check.ElementType<T>();
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (index < 0 || index >= Tensors.Count) throw new ArgumentOutOfRangeException(nameof(index), index, $"Expected 0 to {Tensors.Count - 1}, got {index}.");
        TensorInfo tensor = Tensors[index];
        return tensor.Type != TensorType.Other ? tensor : throw new InvalidDataException($"Tensor {ErrorText.Quote(tensor.Name)}: its values are of type {ErrorText.Quote(tensor.TypeName)}, which cannot be read.");
    }

    private static Dictionary<string, int> IndexOfEach(IReadOnlyList<TensorInfo> tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        var index = new Dictionary<string, int>(tensors.Count, StringComparer.Ordinal);
        for (int i = 0; i < tensors.Count; i++)
        {
            if (!index.TryAdd(tensors[i].Name, i)) throw new InvalidDataException($"The file has two tensors called {ErrorText.Quote(tensors[i].Name)}.");
        }

        return index;
    }
}

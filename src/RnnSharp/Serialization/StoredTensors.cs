using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace RnnSharp.Serialization;

/// <summary>Where a tensor lies in a file.</summary>
/// <param name="Info">Its name, type and shape.</param>
/// <param name="Region">The part of the file that holds it.</param>
/// <param name="Offset">The offset of its first element in the region, in bytes.</param>
/// <param name="IsBigEndian">Its byte order.</param>
/// <param name="Strides">The distances between neighbouring elements along each dimension, in elements; null if it is row-major without gaps.</param>
internal readonly record struct StoredTensor(TensorInfo Info, int Region, long Offset, bool IsBigEndian, long[]? Strides = null);

/// <summary>Reads bytes of a part of a file.</summary>
internal delegate void RegionReader(int region, long offset, Span<byte> target);

/// <summary>Tensors in the parts of a file, such as the entries of an archive, row-major or with strides. The ranges have been checked.</summary>
internal sealed class StoredTensors : TensorSource
{
    private const int ChunkBytes = 1 << 13;

    private readonly StoredTensor[] _tensors;
    private readonly RegionReader _read;
    private readonly IDisposable? _owned;

    // The bytes of the last tensor with strides, because its elements are not read in their order.
    private byte[] _strided = [];
    private int _stridedIndex = -1;

    /// <summary>Takes tensors whose ranges lie within their regions.</summary>
    /// <param name="tensors">The tensors; all names differ.</param>
    /// <param name="read">Reads the regions.</param>
    /// <param name="metadata">The file's metadata.</param>
    /// <param name="owned">Disposed with the source.</param>
    public StoredTensors(StoredTensor[] tensors, RegionReader read, IReadOnlyDictionary<string, string>? metadata, IDisposable? owned)
        : base(Array.ConvertAll(tensors, static tensor => tensor.Info), metadata)
    {
        _tensors = tensors;
        _read = read;
        _owned = owned;
    }

    internal override string? ModelLoader => ReadDescription is null ? null : "NumpyFile.LoadModel";

    /// <summary>Reads the description of the model; null if the file has none.</summary>
    public Func<ReadOnlyMemory<byte>>? ReadDescription { get; init; }

    internal override long? DataBytes => SharedBytes;

    /// <summary>The bytes that hold the values of all tensors, if tensors may share them.</summary>
    public long? SharedBytes { get; init; }

    protected override void ReadCore<T>(int index, long first, Span<T> target)
    {
        StoredTensor tensor = _tensors[index];
        int size = TensorBytes.SizeOf(tensor.Info.Type);
        if (tensor.Strides is not null)
        {
            if (_stridedIndex != index) ReadStrided(index, size);
        }
        else if (tensor.Info.Type == TensorBytes.TypeOf<T>())
        {
            Span<byte> bytes = MemoryMarshal.AsBytes(target);
            _read(tensor.Region, tensor.Offset + first * size, bytes);
            TensorBytes.ToNative(bytes, size, tensor.IsBigEndian);
            return;
        }

        Span<byte> chunk = stackalloc byte[ChunkBytes];
        while (!target.IsEmpty)
        {
            int count = Math.Min(target.Length, ChunkBytes / size);
            Span<byte> bytes = chunk[..(count * size)];
            if (tensor.Strides is null) _read(tensor.Region, tensor.Offset + first * size, bytes);
            else Gather(tensor, first, size, bytes);
            TensorBytes.Convert(tensor.Info, bytes, tensor.IsBigEndian, target[..count]);
            target = target[count..];
            first += count;
        }
    }

    protected override void Dispose(bool disposing) => _owned?.Dispose();

    /// <summary>The number of elements from the first to the last one that a tensor with strides has; at least 1.</summary>
    public static Int128 Extent(ReadOnlySpan<long> shape, ReadOnlySpan<long> strides)
    {
        Int128 last = 0;
        for (int i = 0; i < shape.Length; i++) last += (Int128)(shape[i] - 1) * strides[i];
        return last + 1;
    }

    private void ReadStrided(int index, int size)
    {
        StoredTensor tensor = _tensors[index];
        Int128 bytes = Extent(tensor.Info.Shape.Span, tensor.Strides) * size;
        if (bytes > Array.MaxLength) throw new InvalidDataException($"Tensor {ErrorText.Quote(tensor.Info.Name)} is not row-major and takes {bytes} bytes: expected at most {Array.MaxLength}.");
        _stridedIndex = -1;
        if (_strided.Length < bytes)
        {
            _strided = [];

            // A region that cannot be read is refused before memory is taken for it.
            _read(tensor.Region, tensor.Offset, stackalloc byte[1]);
            _strided = new byte[(int)bytes];
        }

        _read(tensor.Region, tensor.Offset, _strided.AsSpan(0, (int)bytes));
        _stridedIndex = index;
    }

    /// <summary>Copies elements in row-major order out of the bytes of a tensor with strides.</summary>
    private void Gather(in StoredTensor tensor, long first, int size, Span<byte> target)
    {
        ReadOnlySpan<long> shape = tensor.Info.Shape.Span, strides = tensor.Strides;
        Span<long> at = stackalloc long[shape.Length];
        long element = 0;
        for (int i = shape.Length - 1; i >= 0; i--)
        {
            at[i] = first % shape[i];
            first /= shape[i];
            element += at[i] * strides[i];
        }

        ref byte source = ref MemoryMarshal.GetArrayDataReference(_strided);
        for (int to = 0; to < target.Length; to += size)
        {
            ReadOnlySpan<byte> value = MemoryMarshal.CreateReadOnlySpan(ref Unsafe.Add(ref source, (nint)(element * size)), size);
            value.CopyTo(target[to..]);
            for (int i = shape.Length - 1; i >= 0; i--)
            {
                element += strides[i];
                if (++at[i] < shape[i]) break;
                element -= at[i] * strides[i];
                at[i] = 0;
            }
        }
    }
}

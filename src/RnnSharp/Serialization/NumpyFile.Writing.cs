using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace RnnSharp.Serialization;

/// <content>Writing.</content>
public static partial class NumpyFile
{
    private const int ChunkBytes = 1 << 13;

    /// <summary>Writes an array as a .npy file, which replaces an existing one only when it is complete.</summary>
    /// <typeparam name="T">float (float32) or double (float64).</typeparam>
    /// <param name="array">The array.</param>
    /// <param name="path">The file, in an existing folder.</param>
    /// <exception cref="ArgumentException">The array is null, or the path is empty.</exception>
    /// <exception cref="IOException">The file cannot be written; or <see cref="UnauthorizedAccessException"/>.</exception>
    public static void Save<T>(NumpyArray<T> array, string path)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(array);
        ArgumentException.ThrowIfNullOrEmpty(path);
        AtomicFile.Write(path, stream => Save(array, stream));
    }

    /// <summary>Writes an array in .npy format at a stream's position. The stream stays open.</summary>
    /// <typeparam name="T">float (float32) or double (float64).</typeparam>
    /// <param name="array">The array.</param>
    /// <param name="stream">A writable stream; it need not support seeking.</param>
    /// <exception cref="ArgumentException">The array is null, or the stream is not writable.</exception>
    public static void Save<T>(NumpyArray<T> array, Stream stream)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(array);
        OpenedFile.RequireWritable(stream);
        stream.Write(NumpyHeader.Write(DescriptorOf<T>(), array.Shape.Span));
        Pending<T>.Of(array).Write(stream.Write);
    }

    /// <summary>Writes arrays as a .npz file, which replaces an existing one only when it is complete.</summary>
    /// <typeparam name="T">float (float32) or double (float64).</typeparam>
    /// <param name="arrays">The arrays; their names differ.</param>
    /// <param name="path">The file, in an existing folder.</param>
    /// <exception cref="ArgumentException">The arrays or one of them is null, two have the same name, a name is too long or no valid Unicode, or the path is empty.</exception>
    /// <exception cref="IOException">The file cannot be written; or <see cref="UnauthorizedAccessException"/>.</exception>
    public static void SaveArchive<T>(IReadOnlyList<NumpyArray<T>> arrays, string path)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Pending<T>[] pending = Prepare(arrays);
        ArgumentException.ThrowIfNullOrEmpty(path);
        AtomicFile.Write(path, stream => WriteArchive(pending, stream));
    }

    /// <summary>Writes arrays in .npz format at a stream's position. The stream stays open.</summary>
    /// <typeparam name="T">float (float32) or double (float64).</typeparam>
    /// <param name="arrays">The arrays; their names differ.</param>
    /// <param name="stream">A writable stream; it need not support seeking.</param>
    /// <exception cref="ArgumentException">As for a path, or the stream is not writable.</exception>
    public static void SaveArchive<T>(IReadOnlyList<NumpyArray<T>> arrays, Stream stream)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Pending<T>[] pending = Prepare(arrays);
        OpenedFile.RequireWritable(stream);
        WriteArchive(pending, stream);
    }

    /// <summary>
    /// Writes a model's tensors as a .npz file, with the names and shapes of <see cref="ModelFile"/>. The file replaces an existing one only
    /// when it is complete. Without a map of names it also has the model's description, for <see cref="LoadModel{T}(string, ModelLoadOptions)"/>: the
    /// UTF-8 text of <see cref="ModelFile.Describe{T}(ILayer{T}, LayerFormats)"/> as an array of bytes called <c>__rnnsharp_model__</c>. With a map
    /// it has only the tensors: create the same model and use <see cref="ModelFile.LoadInto{T}(ILayer{T}, TensorSource, ModelLoadIntoOptions, ModelProbe{T})"/>.
    /// </summary>
    /// <typeparam name="T">float (float32) or double (float64).</typeparam>
    /// <param name="model">A model of layers that the options' formats support.</param>
    /// <param name="path">The file, in an existing folder.</param>
    /// <param name="options">A map of names, formats and limits; the defaults when null.</param>
    /// <exception cref="ArgumentException">No format supports one of the layers, a parameter is not finite, two tensors get the same name, the model exceeds the limits, or the path is empty.</exception>
    /// <exception cref="InvalidOperationException">A parameter changed during the call.</exception>
    /// <exception cref="IOException">The file cannot be written; or <see cref="UnauthorizedAccessException"/>.</exception>
    public static void SaveModel<T>(ILayer<T> model, string path, TensorSaveOptions? options = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var tensors = new SavedTensors<T>(model, options ?? TensorSaveOptions.Default);
        AtomicFile.Write(path, stream => WriteModel(tensors, stream, tensors.Description));
    }

    /// <summary>Writes a model's tensors in .npz format at a stream's position. The stream stays open.</summary>
    /// <typeparam name="T">float (float32) or double (float64).</typeparam>
    /// <param name="model">A model of layers that the options' formats support.</param>
    /// <param name="stream">A writable stream; it need not support seeking.</param>
    /// <param name="options">A map of names, formats and limits; the defaults when null.</param>
    /// <exception cref="ArgumentException">As for a path, or the stream is not writable.</exception>
    /// <exception cref="InvalidOperationException">A parameter changed during the call; what was written is not a valid file.</exception>
    public static void SaveModel<T>(ILayer<T> model, Stream stream, TensorSaveOptions? options = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        OpenedFile.RequireWritable(stream);
        var tensors = new SavedTensors<T>(model, options ?? TensorSaveOptions.Default);
        WriteModel(tensors, stream, tensors.Description);
    }

    /// <summary>Writes a sequence of features as a .npy file of steps × batch × features, as PyTorch has it.</summary>
    /// <typeparam name="T">float (float32) or double (float64).</typeparam>
    /// <param name="sequence">Features. The lengths of a ragged sequence are not saved.</param>
    /// <param name="path">The file, in an existing folder.</param>
    /// <exception cref="ArgumentException">The sequence is null or holds tokens, or the path is empty.</exception>
    /// <exception cref="IOException">The file cannot be written; or <see cref="UnauthorizedAccessException"/>.</exception>
    public static void SaveSequence<T>(Sequence<T> sequence, string path)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Save(NumpyArray<T>.Of(DefaultName, sequence), path);

    internal static void WriteModel<T>(SavedTensors<T> tensors, Stream stream, ReadOnlyMemory<byte>? description = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        WriteArchive([.. tensors.Tensors.Select(tensor => new Pending<T>(tensor.Name, [.. tensor.Shape.Span], (first, values) => tensors.Fill(tensor, first, values)))], stream, description);
        tensors.RequireUnchanged();
    }

    private static Pending<T>[] Prepare<T>(IReadOnlyList<NumpyArray<T>> arrays)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(arrays);
        var names = new HashSet<string>(StringComparer.Ordinal);
        var pending = new Pending<T>[arrays.Count];
        for (int i = 0; i < pending.Length; i++)
        {
            NumpyArray<T> array = arrays[i] ?? throw new ArgumentException($"Expected arrays, got null at {i}.", nameof(arrays));
            if (!names.Add(array.Name)) throw new ArgumentException($"Expected arrays of different names, got two called {ErrorText.Quote(array.Name)}.", nameof(arrays));
            if (SavedNames.Fault(array.Name) is { } fault) throw new ArgumentException(fault, nameof(arrays));
            pending[i] = Pending<T>.Of(array);
        }

        return pending;
    }

    private static void WriteArchive<T>(Pending<T>[] arrays, Stream stream, ReadOnlyMemory<byte>? description = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var archive = new ZipWriter(stream);
        foreach (Pending<T> array in arrays)
        {
            byte[] header = NumpyHeader.Write(DescriptorOf<T>(), array.Shape);
            archive.Add(array.Name + Extension, header.Length + array.Count * Unsafe.SizeOf<T>(), write =>
            {
                write(header);
                array.Write(write);
            });
        }

        if (description is { } text)
        {
            byte[] header = NumpyHeader.Write("|u1", [text.Length]);
            archive.Add(DescriptionName + Extension, header.Length + text.Length, write =>
            {
                write(header);
                write(text.Span);
            });
        }

        archive.Finish();
    }

    private static string DescriptorOf<T>() => typeof(T) == typeof(double) ? "<f8" : "<f4";

    /// <summary>An array that is about to be written: its values are asked for in chunks.</summary>
    private sealed record Pending<T>(string Name, long[] Shape, Pending<T>.Fill Values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public delegate void Fill(long first, Span<T> values);

        public long Count => TensorInfo.TryCount(Shape, out long count) ? count : 0;

        public static Pending<T> Of(NumpyArray<T> array) => new(array.Name, array.Shape.ToArray(), (first, values) => array.Values.Span.Slice((int)first, values.Length).CopyTo(values));

        public void Write(Action<ReadOnlySpan<byte>> write)
        {
            Span<T> chunk = stackalloc T[ChunkBytes / Unsafe.SizeOf<T>()];
            for (long first = 0; first < Count; first += chunk.Length)
            {
                Span<T> values = chunk[..(int)Math.Min(Count - first, chunk.Length)];
                Values(first, values);
                Span<byte> bytes = MemoryMarshal.AsBytes(values);
                TensorBytes.ToNative(bytes, Unsafe.SizeOf<T>(), isBigEndian: false);
                write(bytes);
            }
        }
    }
}

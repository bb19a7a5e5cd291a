using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Serialization;

/// <summary>
/// Reads and writes NumPy's files: .npy with one array, and .npz, an archive of them
/// (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html). Reading takes numbers of any size and byte order, row-major or
/// column-major; pickled objects are refused. Writing gives arrays of float32 or float64 that <c>numpy.load</c> opens, without compression.
/// </summary>
public static partial class NumpyFile
{
    /// <summary>The name that the tensor of a .npy file gets, which <c>numpy.savez</c> gives to an array without a name.</summary>
    public const string DefaultName = "arr_0";

    private const string Extension = ".npy";
    private const string DescriptionName = "__rnnsharp_model__";
    private const int SmallDescription = 1 << 16;

    /// <summary>Opens a .npy or .npz file, told apart by their first bytes. It stays open until the source is disposed.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limits">Limits for archives; the defaults when null.</param>
    /// <returns>One tensor called <see cref="DefaultName"/>, or a tensor for each array of the archive but the description of a model.</returns>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    /// <exception cref="InvalidDataException">It is no NumPy file, is damaged, holds Python objects or a structured array, or exceeds the limits. The message starts with the path.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static TensorSource Open(string path, ModelLimits? limits = null) => OpenedFile.Read(path, stream => Open(stream, limits ?? new ModelLimits(), ownsStream: true));

    /// <summary>Opens what a stream has from its position to its end. A stream that cannot seek is read into memory.</summary>
    /// <param name="stream">A .npy or .npz file, and nothing after it. The source reads it until it is disposed, and leaves it open, at an unspecified position.</param>
    /// <param name="limits">Limits for archives; the defaults when null.</param>
    /// <returns>One tensor called <see cref="DefaultName"/>, or a tensor for each array of the archive.</returns>
    /// <exception cref="ArgumentException">The stream is not readable.</exception>
    /// <exception cref="InvalidDataException">As for a path.</exception>
    public static TensorSource Open(Stream stream, ModelLimits? limits = null)
    {
        OpenedFile.RequireReadable(stream);
        return Open(stream, limits ?? new ModelLimits(), ownsStream: false);
    }

    /// <summary>Reads a sequence from a .npy file.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="path">An array of steps × batch × features, as PyTorch has it without batch_first.</param>
    /// <param name="limits">Limits for the file; the defaults when null.</param>
    /// <exception cref="ArgumentException">The path is empty, or T is neither float nor double.</exception>
    /// <exception cref="InvalidDataException">As for <see cref="Open(string, ModelLimits)"/>, or it is no array of numbers with three dimensions. The message starts with the path.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static Sequence<T> LoadSequence<T>(string path, ModelLimits? limits = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check.ElementType<T>();
        using FileStream stream = OpenedFile.Open(path);
        try
        {
            return LoadSequence<T>(stream, limits);
        }
        catch (InvalidDataException exception)
        {
            throw OpenedFile.InFile(path, exception);
        }
    }

    /// <summary>Reads a sequence from a stream.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="stream">A .npy file with an array of steps × batch × features, and nothing after it. It stays open, at an unspecified position.</param>
    /// <param name="limits">Limits for the file; the defaults when null.</param>
    /// <exception cref="ArgumentException">The stream is not readable, or T is neither float nor double.</exception>
    /// <exception cref="InvalidDataException">As for a path.</exception>
    public static Sequence<T> LoadSequence<T>(Stream stream, ModelLimits? limits = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check.ElementType<T>();
        using TensorSource file = Open(stream, limits);
        if (file.Tensors.Count != 1) throw new InvalidDataException($"Expected a file with one array, got {file.Tensors.Count}.");
        TensorInfo array = file.Tensors[0];
        ReadOnlySpan<long> shape = array.Shape.Span;
        if (shape.Length != 3 || shape[1] < 1 || shape[2] < 1 || array.Count > Array.MaxLength || shape[0] > int.MaxValue || shape[1] > int.MaxValue || shape[2] > int.MaxValue)
            throw new InvalidDataException($"Expected an array of steps x batch x features, got one of shape {ErrorText.Shape(shape)}.");

        // Before the sequence is created, so that a damaged file takes no memory for it.
        if (array.Count > 0) file.Read(0, 0, stackalloc T[1]);
        var sequence = new Sequence<T>((int)shape[2], (int)shape[1], (int)shape[0]);
        file.Read(0, 0, sequence.Values);
        return sequence;
    }

    /// <summary>Creates the model that an archive describes, with its values.</summary>
    /// <typeparam name="T">float or double; values of the other type, and of 16 bits, are converted.</typeparam>
    /// <param name="path">An archive that <see cref="SaveModel{T}(ILayer{T}, string, TensorSaveOptions)"/> wrote without a map of names.</param>
    /// <param name="options">Formats and limits; the defaults when null.</param>
    /// <returns>The model, of the type that was saved.</returns>
    /// <exception cref="ArgumentException">The path is empty, or T is neither float nor double.</exception>
    /// <exception cref="InvalidDataException">As for <see cref="Open(string, ModelLimits)"/>, or it describes no model, or a kind of layer that no format supports, its arrays do not fit the description, or a number is not finite or out of T's range. The message starts with the path.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static ILayer<T> LoadModel<T>(string path, ModelLoadOptions? options = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check.ElementType<T>();
        return OpenedFile.Read(path, stream =>
        {
            using (stream) return LoadModel<T>(stream, options);
        });
    }

    /// <summary>Creates the model that an archive in a stream describes, from its position to its end. A stream that cannot seek is read into memory.</summary>
    /// <typeparam name="T">float or double; values of the other type, and of 16 bits, are converted.</typeparam>
    /// <param name="stream">An archive that <see cref="SaveModel{T}(ILayer{T}, Stream, TensorSaveOptions)"/> wrote without a map of names, and nothing after it. It stays open, at an unspecified position.</param>
    /// <param name="options">Formats and limits; the defaults when null.</param>
    /// <returns>The model, of the type that was saved.</returns>
    /// <exception cref="ArgumentException">The stream is not readable, or T is neither float nor double.</exception>
    /// <exception cref="InvalidDataException">As for a path.</exception>
    public static ILayer<T> LoadModel<T>(Stream stream, ModelLoadOptions? options = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check.ElementType<T>();
        OpenedFile.RequireReadable(stream);
        options ??= ModelLoadOptions.Default;
        using StoredTensors file = Open(stream, options.Limits, ownsStream: false);
        return file.ReadDescription is { } read
            ? ModelFile.LoadDescribed<T>(file, read(), options)
            : throw new InvalidDataException($"The file describes no model: it has no array {DescriptionName}. Use PyTorchFile.CreateModel to tell the model from its arrays, or create it and use ModelFile.LoadInto.");
    }

    private static StoredTensors Open(Stream stream, ModelLimits limits, bool ownsStream)
    {
        stream = ChunkedCopy.Seekable(stream, limits);
        long origin = stream.Position;
        Span<byte> prefix = stackalloc byte[NumpyHeader.PrefixBytes];
        int read = stream.ReadAtLeast(prefix, prefix.Length, throwOnEndOfStream: false);
        stream.Position = origin;
        return prefix[..read].StartsWith("PK"u8) ? OpenArchive(stream, limits, ownsStream) : OpenArray(stream, prefix[..read], ownsStream);
    }

    private static StoredTensors OpenArray(Stream stream, ReadOnlySpan<byte> prefix, bool ownsStream)
    {
        long origin = stream.Position, length = Math.Max(stream.Length - origin, 0);
        StoredTensor tensor = ReadHeader(DefaultName, region: 0, length, prefix, ReadAt);
        return tensor.Info.Type != TensorType.Other
            ? new StoredTensors([tensor], ReadAt, null, ownsStream ? stream : null)
            : throw new InvalidDataException($"Expected an array of numbers, got one of type {ErrorText.Quote(tensor.Info.TypeName)}.");

        void ReadAt(int region, long offset, Span<byte> target)
        {
            stream.Position = origin + offset;
            stream.ReadExactly(target);
        }
    }

    private static StoredTensors OpenArchive(Stream stream, ModelLimits limits, bool ownsStream)
    {
        long archiveBytes = stream.Length - stream.Position;
        var archive = new ZipReader(stream, limits, ownsStream);
        Span<byte> prefix = stackalloc byte[NumpyHeader.PrefixBytes];
        ReadOnlySpan<ZipEntry> entries = archive.Entries;
        int described = archive.IndexOf(DescriptionName + Extension), count = 0;
        var tensors = new StoredTensor[entries.Length - (described < 0 ? 0 : 1)];
        Func<ReadOnlyMemory<byte>>? description = null;
        for (int i = 0; i < entries.Length; i++)
        {
            if (!entries[i].Name.EndsWith(Extension, StringComparison.Ordinal)) throw new InvalidDataException($"Expected an archive of NumPy arrays, got one with the entry {ErrorText.Quote(entries[i].Name)}.");
            string name = entries[i].Name[..^Extension.Length];
            Span<byte> start = prefix[..(int)Math.Min(prefix.Length, entries[i].Length)];
            archive.Peek(i, 0, start);
            StoredTensor tensor = ReadHeader(name, i, entries[i].Length, start, archive.Peek);

            // Its data is never asked for, which would verify its header.
            if (tensor.Info.Count == 0) archive.Verify(i);
            if (i == described) description = () => ReadDescription(archive, tensor, limits, archiveBytes);
            else tensors[count++] = tensor;
        }

        return new StoredTensors(tensors, archive.Read, null, archive) { ReadDescription = description };
    }

    private static ReadOnlyMemory<byte> ReadDescription(ZipReader archive, in StoredTensor tensor, ModelLimits limits, long archiveBytes)
    {
        TensorInfo info = tensor.Info;
        if (info.Type != TensorType.UInt8 || info.Shape.Length != 1) throw new InvalidDataException($"NumPy array {ErrorText.Quote(info.Name)}: expected the description of a model as bytes in one dimension, got {info}.");

        // A small archive cannot inflate to a large description.
        long longest = Math.Min(limits.HeaderBytes, SmallDescription + 2 * archiveBytes);
        if (info.Count > longest) throw new InvalidDataException($"The description of the model has {info.Count} bytes: expected at most {longest}.");
        var text = new byte[info.Count];
        archive.Read(tensor.Region, tensor.Offset, text);
        return text;
    }

    /// <summary>Reads the header of an array, and checks that the region has as many bytes as its shape says.</summary>
    private static StoredTensor ReadHeader(string name, int region, long length, ReadOnlySpan<byte> prefix, RegionReader read)
    {
        (int start, int dictionaryLength) = NumpyHeader.ReadPrefix(prefix, name);
        if (dictionaryLength > length - start) throw new InvalidDataException($"NumPy array {ErrorText.Quote(name)}: it is truncated: its header has {dictionaryLength} bytes, and only {length - start} follow.");
        Span<byte> dictionary = stackalloc byte[dictionaryLength];
        read(region, start, dictionary);
        NumpyHeaderFields header = NumpyHeader.Read(dictionary, name);
        (TensorInfo info, long data) = (header.Info, start + dictionaryLength);
        long bytes = info.Count * TensorBytes.SizeOf(info.Type);
        if (info.Type != TensorType.Other && bytes != length - data) throw new InvalidDataException($"NumPy array {ErrorText.Quote(name)}: the shape {ErrorText.Shape(info.Shape.Span)} takes {bytes} bytes, and {length - data} follow its header.");
        return new StoredTensor(info, region, data, header.IsBigEndian, header.IsFortran ? ColumnMajorStrides(info.Shape.Span) : null);
    }

    /// <summary>The strides of a column-major array; null if it is row-major as well.</summary>
    private static long[]? ColumnMajorStrides(ReadOnlySpan<long> shape)
    {
        int wide = 0;
        var strides = new long[shape.Length];
        long stride = 1;
        for (int i = 0; i < shape.Length; i++)
        {
            strides[i] = stride;
            stride *= shape[i];
            if (shape[i] != 1) wide++;
        }

        return wide > 1 ? strides : null;
    }
}

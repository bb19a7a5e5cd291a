using System.Numerics;
using RnnSharp.Serialization;

namespace RnnSharp.Keras;

/// <summary>
/// Loads models and weights that Keras saved: .keras archives (Keras 3, and Keras 2 from 2.13 on), whole models in .h5 files, and
/// .weights.h5 files. Sequential models and Functional ones whose layers form one chain are supported, of InputLayer, LSTM, GRU, SimpleRNN,
/// Bidirectional, Dense, Embedding, LayerNormalization, Dropout, SpatialDropout1D, TimeDistributed, global pooling, and an activation at the
/// end. Another layer or option is refused by the layer's name and class before anything is created.
/// <para>A file may be hostile: its sizes are checked against its length and against <see cref="ModelLimits"/> before anything is allocated, and
/// links, external storage, paths, Lambda layers and custom classes are refused.</para>
/// </summary>
public static partial class KerasFile
{
    private const string Config = "config.json";
    private const string Metadata = "metadata.json";
    private const string Weights = "model.weights.h5";

    /// <summary>Loads a whole model from a .keras or .h5 file; which of them it is shows by its contents.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="path">The file.</param>
    /// <param name="options">Masks and limits; the defaults when null.</param>
    /// <param name="probe">An input and what Keras's predict returned for it, which the model must compute; none when null.</param>
    /// <exception cref="ArgumentException">The path is empty, or T is neither float nor double.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, has a layer or option that is not supported, exceeds the limits, or fails the probe. The message starts with the path.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static KerasModel<T> Load<T>(string path, KerasLoadOptions? options = null, ModelProbe<T>? probe = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using FileStream stream = OpenedFile.Open(path);
        try
        {
            return Load(stream, options, probe);
        }
        catch (InvalidDataException exception)
        {
            throw OpenedFile.InFile(path, exception);
        }
    }

    /// <summary>Loads a whole model from a stream, from its position to its end. A stream that cannot seek is read into memory first, up to <see cref="ModelLimits.ParameterBytes"/>.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="stream">A .keras or .h5 file, and nothing after it. It stays open, at an unspecified position.</param>
    /// <param name="options">Masks and limits; the defaults when null.</param>
    /// <param name="probe">An input and what Keras's predict returned for it, which the model must compute; none when null.</param>
    /// <exception cref="ArgumentException">The stream is not readable, or T is neither float nor double.</exception>
    /// <exception cref="InvalidDataException">As for a path.</exception>
    public static KerasModel<T> Load<T>(Stream stream, KerasLoadOptions? options = null, ModelProbe<T>? probe = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        KerasLoader.RequireElementType<T>();
        options ??= KerasLoadOptions.Default;
        Stream file = KerasInputs.Seekable(stream, options.Limits);
        if (!StartsLikeZip(file)) return LoadHdf5(file, options, probe);
        using ZipReader archive = Archive(file, options);
        KerasJson metadata = KerasJson.Parse(Entry(archive, Metadata, options), Metadata);
        KerasJson config = KerasJson.Parse(Entry(archive, Config, options), Config);
        KerasPlan plan = KerasPlan.Read(config, KerasInputs.VersionOf(metadata.FindSet("keras_version")?.Text(), isArchive: true), options);
        using Stream weights = OpenWeights(archive);
        using var tensors = Hdf5Tensors.Find(Hdf5File.Open(weights), plan);
        return KerasLoader.Create(plan, tensors, options, probe);
    }

    private static KerasModel<T> LoadHdf5<T>(Stream file, KerasLoadOptions options, ModelProbe<T>? probe)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Hdf5Group root = Hdf5File.Open(file);
        ReadOnlyMemory<byte> text = root.Attributes.Text("model_config") ?? throw new InvalidDataException("The HDF5 file has no model, only weights. Create the model and use LoadInto.");
        if (text.Length > options.Limits.HeaderBytes) throw new InvalidDataException($"The configuration has more than {options.Limits.HeaderBytes} bytes (ModelLimits.HeaderBytes).");
        KerasVersion version = KerasInputs.VersionOf(root.Attributes.Text("keras_version") is { } given ? System.Text.Encoding.UTF8.GetString(given.Span) : null, isArchive: false);
        KerasPlan plan = KerasPlan.Read(KerasJson.Parse(text, "model_config"), version, options);
        using var tensors = Hdf5Tensors.Find(root, plan);
        return KerasLoader.Create(plan, tensors, options, probe);
    }

    private static bool StartsLikeZip(Stream file)
    {
        Span<byte> start = stackalloc byte[2];
        long position = file.Position;
        int read = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        file.Position = position;
        return start[..read].SequenceEqual("PK"u8);
    }

    private static ZipReader Archive(Stream file, KerasFileOptions options) => new(file, options.Limits);

    private static byte[] Entry(ZipReader archive, string name, KerasLoadOptions options)
    {
        int index = IndexOf(archive, name);
        RequireModest(archive.Entries[index]);
        return archive.ReadAll(index, options.Limits.HeaderBytes);
    }

    /// <summary>Opens the weights in an archive. Compressed ones are read into memory, because reading them back and forth would take long.</summary>
    private static Stream OpenWeights(ZipReader archive)
    {
        int index = IndexOf(archive, Weights);
        archive.Verify(index);
        ZipEntry entry = archive.Entries[index];
        if (entry.IsStored) return archive.Open(index);
        RequireModest(entry);
        return new MemoryStream(archive.ReadAll(index, Array.MaxLength), writable: false);
    }

    private static int IndexOf(ZipReader archive, string name) => archive.IndexOf(name) is >= 0 and int index ? index : throw new InvalidDataException($"The archive has no {name}: it is not a .keras file.");

    /// <summary>Throws if an entry is compressed so much that it would take much more memory than the file.</summary>
    private static void RequireModest(ZipEntry entry)
    {
        const int Ratio = 2;
        const int Spare = 1 << 15;
        if (entry.Length > Ratio * entry.CompressedLength + Spare)
            throw new InvalidDataException($"The archive's entry {ErrorText.Quote(entry.Name)} is compressed from {entry.Length} to {entry.CompressedLength} bytes, and would take much more memory than the file. Keras does not compress its archives.");
    }
}

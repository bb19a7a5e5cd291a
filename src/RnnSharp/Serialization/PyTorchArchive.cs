namespace RnnSharp.Serialization;

/// <summary>
/// Opens the zip archive that <c>torch.save</c> writes: data.pkl with a pickle, data/0, data/1, ... with the storages that it refers to, a version,
/// and the byte order. The names of all entries start with the name of one folder.
/// </summary>
internal static class PyTorchArchive
{
    private const string Pickle = "data.pkl";
    private const string StorageFolder = "data/";
    private const int LongestNote = 64;
    private const int NewestVersion = 10;
    private const int DeepestSearch = 4;
    private const int LongestKey = 200;
    private const int SmallViews = 1 << 16;

    // PyTorch's own limit.
    private const int MostSizes = 64;

    // Later versions note how they wrote the archive.
    private static readonly string[] Notes = ["version", "byteorder", ".data/serialization_id", ".format_version", ".storage_alignment"];

    // How checkpoints usually call the dictionary of the weights.
    private static readonly string[] UsualKeys = ["state_dict", "model_state_dict", "model", "module", "net", "weights"];

    /// <summary>Opens an archive as the tensors of its state dictionary.</summary>
    /// <exception cref="InvalidDataException">It is no archive of torch.save, is damaged, or has no single state dictionary.</exception>
    public static TensorSource Open(Stream stream, PyTorchOptions options, bool ownsStream)
    {
        long bytes = stream.Length - stream.Position;
        var archive = new ZipReader(stream, options.Limits, ownsStream);
        string root = RequireEntries(archive);
        int pickle = archive.IndexOf(root + Pickle);
        if (pickle < 0) throw new InvalidDataException($"Expected an archive of torch.save, got one without {Pickle}.");
        bool isBigEndian = ReadNotes(archive, root);
        object? value = new PickleReader(archive.ReadAll(pickle, options.Limits.HeaderBytes), bytes, FindStorage).Read();
        PickleDictionary dictionary = FindDictionary(value, options.Key);
        var tensors = new StoredTensor[dictionary.Items.Count(item => item.Value is PickleTensor)];
        int count = 0;
        long storageBytes = StorageBytes(archive, root);
        Int128 strided = 0;
        foreach ((string name, object? item) in dictionary.Items)
        {
            if (item is not PickleTensor tensor) continue;
            StoredTensor stored = Stored(name, tensor, isBigEndian);
            if (stored.Strides is { } strides && stored.Info.Count > 0) strided += StoredTensors.Extent(stored.Info.Shape.Span, strides) * tensor.Storage.Type.Size;
            tensors[count++] = stored;
        }

        // Reading a view reads all that it spans.
        if (strided > 2 * (Int128)storageBytes + SmallViews) throw new InvalidDataException($"The file's views span {strided} bytes of storages of {storageBytes}: expected at most {2 * (Int128)storageBytes + SmallViews}.");
        return new StoredTensors(tensors, archive.Read, null, archive) { SharedBytes = storageBytes };

        PickleStorage FindStorage(PickleStorageType type, string key, long numbers)
        {
            int entry = archive.IndexOf($"{root}{StorageFolder}{key}");
            if (entry < 0) throw new InvalidDataException($"The archive has no storage {ErrorText.Quote(key)}, to which a tensor refers.");
            ZipEntry stored = archive.Entries[entry];
            return numbers >= 0 && (Int128)numbers * type.Size == stored.Length
                ? new PickleStorage(type, entry, numbers)
                : throw new InvalidDataException($"The storage {ErrorText.Quote(stored.Name)} has {stored.Length} bytes: expected {(Int128)numbers * type.Size} for {numbers} numbers of {type.Name}.");
        }
    }

    /// <summary>Checks that every entry is one of a state dictionary. Returns the folder that all are in, with a slash.</summary>
    private static string RequireEntries(ZipReader archive)
    {
        string? root = null;
        foreach (ZipEntry entry in archive.Entries)
        {
            int slash = entry.Name.IndexOf('/');
            root ??= entry.Name[..(slash + 1)];
            ReadOnlySpan<char> name = entry.Name.StartsWith(root, StringComparison.Ordinal) ? entry.Name.AsSpan(root.Length) : entry.Name;
            if (name.StartsWith("code/", StringComparison.Ordinal) || name.SequenceEqual("constants.pkl"))
                throw new InvalidDataException("This is a TorchScript archive (torch.jit.save), which holds a program. Save the weights alone: torch.save(model.state_dict(), path).");
            if (slash <= 0 || root.Length + name.Length != entry.Name.Length || (!name.SequenceEqual(Pickle) && !name.StartsWith(StorageFolder, StringComparison.Ordinal) && !Notes.AsSpan().Contains(name.ToString())))
                throw new InvalidDataException($"Expected an archive of torch.save, got one with the entry {ErrorText.Quote(entry.Name)}.");
            if (!entry.IsStored) throw new InvalidDataException($"The entry {ErrorText.Quote(entry.Name)} is compressed, which torch.save never does.");
        }

        return root ?? throw new InvalidDataException("Expected an archive of torch.save, got an empty one.");
    }

    private static long StorageBytes(ZipReader archive, string root)
    {
        long bytes = 0;
        foreach (ZipEntry entry in archive.Entries)
        {
            if (entry.Name.AsSpan(root.Length).StartsWith(StorageFolder, StringComparison.Ordinal)) bytes += entry.Length;
        }

        return bytes;
    }

    /// <summary>Checks the version of the archive. Returns whether its numbers are big-endian.</summary>
    private static bool ReadNotes(ZipReader archive, string root)
    {
        string version = Note("version");
        if (!int.TryParse(version, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int number) || number is < 1 or > NewestVersion)
            throw new InvalidDataException($"Expected an archive of torch.save of version 1 to {NewestVersion}, got {ErrorText.Quote(version)}.");
        return archive.IndexOf($"{root}byteorder") >= 0 && Note("byteorder") switch
        {
            "little" => false,
            "big" => true,
            var other => throw new InvalidDataException($"Expected the byte order little or big, got {ErrorText.Quote(other)}."),
        };

        string Note(string name) => archive.IndexOf(root + name) is >= 0 and int entry
            ? System.Text.Encoding.UTF8.GetString(archive.ReadAll(entry, LongestNote)).TrimEnd('\n')
            : throw new InvalidDataException($"Expected an archive of torch.save, got one without {name}.");
    }

    /// <summary>
    /// Finds the dictionary of tensors: at a key that was asked for, or the only one, or the one with a usual key, or the value itself.
    /// </summary>
    private static PickleDictionary FindDictionary(object? value, string? key)
    {
        if (value is not PickleDictionary root) throw new InvalidDataException("Expected a state dictionary (torch.save(model.state_dict(), path)), got another value.");
        var found = new List<(string Path, PickleDictionary Dictionary)>();
        Search(root, "", 0, found, []);
        if (key is not null)
        {
            foreach ((string path, PickleDictionary dictionary) in found)
            {
                if (string.Equals(path, key, StringComparison.Ordinal)) return dictionary;
            }

            throw new InvalidDataException($"The file has no state dictionary {ErrorText.Quote(key)}: {Listed(found)}.");
        }

        if (found.Count == 1) return found[0].Dictionary;
        (string Path, PickleDictionary Dictionary)[] usual = [.. found.Where(item => UsualKeys.AsSpan().Contains(item.Path))];
        if (usual.Length == 1) return usual[0].Dictionary;
        if (usual.Length == 0 && found.Count > 0 && found[0].Path.Length == 0) return root;
        throw new InvalidDataException($"Expected one state dictionary: {Listed(found)}. Choose one (PyTorchOptions.Key).");
    }

    /// <summary>Collects the dictionaries that have tensors, each once, however often the file refers to it.</summary>
    private static void Search(PickleDictionary dictionary, string path, int depth, List<(string Path, PickleDictionary Dictionary)> found, HashSet<PickleDictionary> seen)
    {
        if (dictionary.Items.Any(item => item.Value is PickleTensor)) found.Add((path, dictionary));
        if (depth == DeepestSearch) return;
        foreach ((string key, object? value) in dictionary.Items)
        {
            if (value is PickleDictionary inner && path.Length + key.Length <= LongestKey && seen.Add(inner)) Search(inner, path.Length == 0 ? key : $"{path}.{key}", depth + 1, found, seen);
        }
    }

    private static string Listed(List<(string Path, PickleDictionary Dictionary)> found)
    {
        var list = new ErrorList();
        foreach ((string path, PickleDictionary dictionary) in found) list.Add(list.HasRoom ? $"{ErrorText.Quote(path)} with {dictionary.Items.Count(item => item.Value is PickleTensor)} tensors" : "");
        return found.Count == 0 ? "it has no tensors" : $"it has {list}";
    }

    private static StoredTensor Stored(string name, PickleTensor tensor, bool isBigEndian)
    {
        (PickleStorage storage, long offset, long[] size, long[] strides) = tensor;
        if (size.Length > MostSizes) throw Wrong($"expected at most {MostSizes} dimensions, got {size.Length}");
        if (!TensorInfo.TryCount(size, out long count) || count > storage.Count) throw Wrong($"a storage of {storage.Count} numbers cannot hold the shape {ErrorText.Shape(size)}");
        if (offset < 0 || offset > storage.Count || (count > 0 && offset + StoredTensors.Extent(size, strides) > storage.Count)) throw Wrong($"the shape {ErrorText.Shape(size)} with strides {ErrorText.Shape(strides)} from {offset} on leaves its storage of {storage.Count} numbers");
        var info = new TensorInfo(name, storage.Type.Type, size, storage.Type.Name);
        return new StoredTensor(info, storage.Entry, offset * storage.Type.Size, isBigEndian, IsRowMajor(size, strides) ? null : strides);

        InvalidDataException Wrong(string problem) => new($"Tensor {ErrorText.Quote(name)}: {problem}.");
    }

    private static bool IsRowMajor(long[] size, long[] strides)
    {
        long expected = 1;
        for (int i = size.Length - 1; i >= 0; i--)
        {
            if (size[i] != 1 && strides[i] != expected) return false;
            expected *= size[i];
        }

        return true;
    }
}

using RnnSharp.Serialization;

namespace RnnSharp.Keras;

/// <summary>A group of an HDF5 file. What is in it is read when it is asked for.</summary>
internal sealed class Hdf5Group
{
    private readonly Hdf5Stream _file;
    private readonly string _path;
    private readonly Hdf5Part _what;
    private readonly Hdf5Header _header;
    private readonly Dictionary<string, ulong> _links;
    private Dictionary<string, Hdf5Group>? _opened;
    private Hdf5Attributes? _attributes;

    public Hdf5Group(Hdf5Stream file, string path, ulong address)
    {
        _file = file;
        _path = path;
        _what = new Hdf5Part(path.Length == 0 ? "The root group" : "The group", path);
        _header = Hdf5Header.Read(file, address, _what);
        _links = Hdf5Links.Read(file, _header, _what);
    }

    /// <summary>The names in the group.</summary>
    public IReadOnlyCollection<string> Names => _links.Keys;

    /// <summary>The group's attributes.</summary>
    public Hdf5Attributes Attributes => _attributes ??= new Hdf5Attributes(_file, _header, _what);

    public bool Has(string name) => _links.ContainsKey(name);

    /// <summary>Opens a group in this one, or returns it if it is open.</summary>
    public Hdf5Group Group(string name)
    {
        _opened ??= new Dictionary<string, Hdf5Group>(1, StringComparer.Ordinal);
        if (!_opened.TryGetValue(name, out Hdf5Group? group)) _opened.Add(name, group = new Hdf5Group(_file, PathOf(name), AddressOf(name)));
        return group;
    }

    /// <summary>Opens a dataset in this group.</summary>
    public Hdf5Dataset Dataset(string name) => Hdf5Dataset.Open(_file, PathOf(name), AddressOf(name));

    /// <summary>Opens a group by a path of names separated by slashes; null if there is none.</summary>
    public Hdf5Group? Find(ReadOnlySpan<char> path)
    {
        Hdf5Group group = this;
        foreach (Range part in path.Split('/'))
        {
            string name = path[part].ToString();
            if (!group.Has(name)) return null;
            group = group.Group(name);
        }

        return group;
    }

    public string PathOf(string name) => _path.Length == 0 ? name : $"{_path}/{name}";

    private ulong AddressOf(string name) => _links.TryGetValue(name, out ulong address)
        ? address
        : throw new InvalidDataException($"{_what} of the HDF5 file has no {ErrorText.Quote(name)}.");
}

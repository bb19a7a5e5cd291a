namespace RnnSharp.Keras;

/// <summary>
/// A reader of the part of HDF5 that h5py writes for Keras (https://docs.hdfgroup.org/hdf5/develop/_f_m_t3.html): groups, attributes and
/// numeric datasets. What could lead out of the file or into code is refused: soft and external links, external storage, filters of
/// plug-ins, shared messages.
/// </summary>
internal static class Hdf5File
{
    private const int OldLength = 96;
    private const int NewLength = 48;

    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'H', (byte)'D', (byte)'F', 0x0d, 0x0a, 0x1a, 0x0a];

    /// <summary>Opens the root group.</summary>
    /// <param name="stream">A stream that can seek, from its position to its end.</param>
    /// <exception cref="InvalidDataException">The file is damaged, or is not an HDF5 file that this reader supports.</exception>
    public static Hdf5Group Open(Stream stream)
    {
        var file = new Hdf5Stream(stream);
        byte[] start = file.Read(0, (ulong)Math.Min(file.Length, OldLength), "The superblock");
        var fields = new Hdf5Fields(start, "The superblock");
        if (!start.AsSpan().StartsWith(Signature)) throw new InvalidDataException("The file is not an HDF5 file.");
        fields.Skip(Signature.Length);
        int version = fields.Version(0, 2, 3);
        ulong root = version == 0 ? OldRoot(ref fields, file) : NewRoot(start, ref fields, file);
        return new Hdf5Group(file, "", root);
    }

    /// <summary>The address of the root group in a superblock of version 0, which h5py writes by default.</summary>
    private static ulong OldRoot(ref Hdf5Fields fields, Hdf5Stream file)
    {
        fields.Version(0); // free space
        fields.Version(0); // root group
        fields.Skip(1);
        fields.Version(0); // shared messages
        RequireSizes(ref fields);
        fields.Skip(9); // reserved byte, two sizes of nodes, flags
        RequireWhole(ref fields, file);
        fields.Skip(16); // driver information, name of the root
        return fields.UInt64();
    }

    private static ulong NewRoot(ReadOnlySpan<byte> start, ref Hdf5Fields fields, Hdf5Stream file)
    {
        RequireSizes(ref fields);
        fields.Skip(1); // flags
        RequireWhole(ref fields, file);
        ulong root = fields.UInt64();
        Hdf5Checksum.Require(start[..(NewLength - sizeof(uint))], fields.UInt32(), "The superblock");
        return root;
    }

    private static void RequireSizes(ref Hdf5Fields fields)
    {
        byte offsets = fields.Byte(), lengths = fields.Byte();
        if (offsets != sizeof(ulong) || lengths != sizeof(ulong)) throw new InvalidDataException($"The HDF5 file has addresses of {offsets} bytes and lengths of {lengths}: expected 8.");
    }

    /// <summary>Base address, an address that is not needed, end of the file.</summary>
    private static void RequireWhole(ref Hdf5Fields fields, Hdf5Stream file)
    {
        ulong first = fields.UInt64();
        if (first != 0) throw new InvalidDataException($"The HDF5 file has the base address {first}: expected 0.");
        fields.Skip(sizeof(ulong));
        ulong end = fields.UInt64();
        if (end != (ulong)file.Length) throw new InvalidDataException($"The HDF5 file has {file.Length} bytes, expected {end}.");
    }
}

namespace RnnSharp.Onnx.Import;

/// <summary>What a dimension of a tensor means.</summary>
internal enum AxisRole
{
    Steps,
    Batch,
    Features,
    Directions,
}

/// <summary>
/// A dimension that a reshape cannot divide further. An axis of a tensor is a product of atoms in row-major order; an axis of size 1 that
/// nothing but its position is known of has none. Transposing and reshaping move atoms, so that each is known by identity wherever it goes.
/// </summary>
internal sealed class Atom(AxisRole? role, long? size)
{
    /// <summary>The meaning, once a node gave it one.</summary>
    public AxisRole? Role { get; set; } = role;

    /// <summary>The size, if the file fixes it.</summary>
    public long? Size { get; set; } = size;

    /// <summary>Whether the atom may be left out of an axis without a change of its size.</summary>
    public bool IsOne => Size == 1;

    /// <summary>Gives the atom a meaning; false if it has another.</summary>
    public bool Means(AxisRole role)
    {
        Role ??= role;
        return Role == role;
    }
}

/// <summary>The size of an axis: a number times sizes that the file leaves open.</summary>
/// <param name="Factor">The part that is a number.</param>
/// <param name="Open">The atoms of unknown size.</param>
internal readonly record struct Extent(long Factor, Atom[] Open)
{
    public static Extent Of(long size) => new(size, []);

    public bool IsKnown => Open.Length == 0;

    /// <summary>The size of an axis; null if it is out of range.</summary>
    public static Extent? Of(Atom[] axis)
    {
        Int128 factor = 1;
        foreach (Atom atom in axis)
        {
            factor *= atom.Size ?? 1;
            if (factor > long.MaxValue) return null;
        }

        return new Extent((long)factor, Array.FindAll(axis, atom => atom.Size is null));
    }

    public bool Is(Extent other) => Factor == other.Factor && Open.AsSpan().SequenceEqual(other.Open);
}

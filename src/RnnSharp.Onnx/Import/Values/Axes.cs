namespace RnnSharp.Onnx.Import;

/// <summary>Moves the axes of tensors without their values.</summary>
internal static class Axes
{
    /// <summary>The axes after a reshape; null if it divides an atom or mixes axes.</summary>
    /// <param name="axes">The axes before.</param>
    /// <param name="target">The sizes: 0 keeps the axis at its place, -1 is what is left.</param>
    /// <param name="allowsZero">Whether 0 is a size of its own instead.</param>
    public static Atom[][]? Reshape(Atom[][] axes, Extent[] target, bool allowsZero)
    {
        Atom[] atoms = [.. axes.SelectMany(axis => axis)];
        var shape = new Atom[target.Length][];
        int start = 0, end = atoms.Length, rest = -1;
        for (int i = 0; i < target.Length; i++)
        {
            if (target[i].IsKnown && target[i].Factor == -1)
            {
                rest = i;
                break;
            }

            if (Sized(axes, target[i], i, allowsZero) is not { } size || Take(atoms, start, end, size, fromEnd: false) is not { } count) return null;
            shape[i] = atoms[start..(start + count)];
            start += count;
        }

        for (int i = target.Length - 1; i > rest && rest >= 0; i--)
        {
            if (target[i].IsKnown && target[i].Factor == -1) return null;
            if (Sized(axes, target[i], i, allowsZero) is not { } size || Take(atoms, start, end, size, fromEnd: true) is not { } count) return null;
            shape[i] = atoms[(end - count)..end];
            end -= count;
        }

        if (rest >= 0)
        {
            shape[rest] = atoms[start..end];
            return shape;
        }

        // Atoms of size 1 that no size asks for change nothing.
        while (start < end && atoms[start].IsOne) start++;
        return start == end ? shape : null;
    }

    /// <summary>The axes without some of size 1; null if one has another size.</summary>
    /// <param name="axes">The axes before.</param>
    /// <param name="removed">The positions to leave out; all of size 1 when null.</param>
    public static Atom[][]? Squeeze(Atom[][] axes, int[]? removed)
    {
        var kept = new List<Atom[]>();
        for (int i = 0; i < axes.Length; i++)
        {
            bool isOne = Array.TrueForAll(axes[i], atom => atom.IsOne);
            if (removed is null ? isOne : Array.IndexOf(removed, i) >= 0)
            {
                // Where the file leaves the size open, the graph is only valid if it is 1.
                foreach (Atom atom in axes[i])
                {
                    if (atom.Size is not null and not 1) return null;
                    atom.Size = 1;
                }
            }
            else
            {
                kept.Add(axes[i]);
            }
        }

        return [.. kept];
    }

    /// <summary>The axes with further ones of size 1 at the given positions of the result, which are sorted.</summary>
    public static T[] Insert<T>(T[] axes, int[] positions, T one)
    {
        var shape = new List<T>(axes);
        foreach (int position in positions) shape.Insert(position, one);
        return [.. shape];
    }

    /// <summary>Whether an axis has exactly the given atoms, apart from those of size 1.</summary>
    public static bool Holds(Atom[] axis, ReadOnlySpan<Atom> atoms)
    {
        int at = 0;
        foreach (Atom atom in axis)
        {
            while (at < atoms.Length && !ReferenceEquals(atoms[at], atom) && atoms[at].IsOne) at++;
            if (at < atoms.Length && ReferenceEquals(atoms[at], atom)) at++;
            else if (!atom.IsOne) return false;
        }

        while (at < atoms.Length && atoms[at].IsOne) at++;
        return at == atoms.Length;
    }

    private static Extent? Sized(Atom[][] axes, Extent size, int position, bool allowsZero) =>
        !size.IsKnown || size.Factor != 0 || allowsZero ? size : position < axes.Length ? Extent.Of(axes[position]) : null;

    /// <summary>How many atoms from one end have a size together; null if none have.</summary>
    private static int? Take(Atom[] atoms, int start, int end, Extent size, bool fromEnd)
    {
        int count = 0;
        while (true)
        {
            Atom[] taken = fromEnd ? atoms[(end - count)..end] : atoms[start..(start + count)];
            if (Extent.Of(taken) is not { } product) return null;
            if (product.Is(size)) return count;
            if (start + count == end || product.Factor > size.Factor || product.Open.Length > size.Open.Length) return null;
            count++;
        }
    }
}

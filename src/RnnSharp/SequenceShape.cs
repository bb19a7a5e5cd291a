namespace RnnSharp;

/// <summary>
/// The sizes of a <see cref="Sequence{T}"/>, read once. A call that uses one shape from start to end, and gets its memory from
/// <see cref="Sequence{T}.ValuesFor"/> or <see cref="Sequence{T}.TokensFor"/>, never accesses memory outside the arrays, whatever another
/// thread does to the sequence in the meantime.
/// </summary>
/// <param name="Features">Features of an example at a time step; for tokens the size of the vocabulary.</param>
/// <param name="Batch">Number of examples.</param>
/// <param name="Steps">Number of time steps.</param>
internal readonly record struct SequenceShape(int Features, int Batch, int Steps)
{
    /// <summary>Examples times steps.</summary>
    public long Columns => (long)Batch * Steps;

    /// <summary>
    /// Number of elements of <paramref name="features"/> features, or <see cref="long.MaxValue"/> if that is more than any array
    /// holds: sizes read while another thread writes them can be a mixture of two shapes, whose product can exceed 64 bits.
    /// </summary>
    public long Length(int features) => Columns > Array.MaxLength ? long.MaxValue : Columns * features;

    public override string ToString() => $"{Features} x {Batch} x {Steps}";
}

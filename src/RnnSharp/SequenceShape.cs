namespace RnnSharp;

/// <summary>
/// The sizes of a <see cref="Sequence{T}"/>, read once. A call that works with one shape from beginning to end, and takes its memory
/// from <see cref="Sequence{T}.ValuesFor"/> or <see cref="Sequence{T}.TokensFor"/>, never leaves the arrays, whatever another thread
/// does to the sequence meanwhile.
/// </summary>
/// <param name="Features">Features of an example at a time step; for tokens the size of the vocabulary.</param>
/// <param name="Batch">Number of examples.</param>
/// <param name="Steps">Number of time steps.</param>
internal readonly record struct SequenceShape(int Features, int Batch, int Steps)
{
    /// <summary>Examples times steps.</summary>
    public long Columns => (long)Batch * Steps;

    /// <summary>
    /// Number of elements of <paramref name="features"/> features, or <see cref="long.MaxValue"/> where that is more than any array
    /// holds: sizes read while another thread writes them can be a mixture of two shapes, whose product can exceed 64 bits.
    /// </summary>
    public long Length(int features) => Columns > Array.MaxLength ? long.MaxValue : Columns * features;

    public override string ToString() => $"{Features} x {Batch} x {Steps}";
}

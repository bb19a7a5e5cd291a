namespace RnnSharp.Onnx.Import;

/// <summary>
/// Counts what a file costs in memory besides the parameters of its model, so that a small file of many tiny parts is refused before it
/// takes many times its size.
/// </summary>
internal sealed class ImportBudget(long fileLength)
{
    private const long SpareBytes = 40 << 10;
    private const int TimesLength = 3;

    private readonly long _limit = SpareBytes + TimesLength * fileLength;
    private long _spent;

    /// <summary>Counts memory that is about to be allocated.</summary>
    /// <exception cref="InvalidDataException">It is too much for a file of this length.</exception>
    public void Charge(long bytes)
    {
        _spent += Math.Min(bytes, long.MaxValue / 2);
        if (_spent > _limit || _spent < 0) throw new InvalidDataException($"The ONNX file has too many nodes, names or values for its {fileLength} bytes.");
    }
}

namespace RnnSharp.Data;

/// <summary>A source whose position is a few numbers, which can be noted at every batch without allocating.</summary>
internal interface ICursorSource
{
    /// <summary>The count of numbers; negative if the position is not available as numbers.</summary>
    int CursorLength { get; }

    /// <summary>Copies the current position.</summary>
    void CopyCursor(Span<long> cursor);

    /// <summary>The state at a position that was copied earlier.</summary>
    StateDictionary StateAt(ReadOnlySpan<long> cursor);
}

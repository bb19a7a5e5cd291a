using System.Runtime.CompilerServices;

namespace RnnSharp.Numerics;

/// <summary>
/// How gradients are summed over columns (examples times steps). Added one by one, small addends are lost to rounding in a large sum: in float,
/// a sum of a million equal numbers is off by 1 %. Many columns are therefore summed in blocks, and the sums of the blocks are added. The
/// order depends only on the number of columns, so that any number of threads gives the same bits.
/// </summary>
internal static class ColumnSum
{
    /// <summary>The columns of a block.</summary>
    public const int Block = 1024;

    // Up to this many columns are summed one by one, because blocks would gain little.
    private const int MaxChain = 2 * Block;

    /// <summary>Whether the given number of columns is summed in blocks.</summary>
    public static bool IsInBlocks(long columns) => columns > MaxChain;

    /// <summary>
    /// Links the columns of a block that hold the same token, so that they can be summed before the sum is added to the token's gradient. Numbers
    /// outside the vocabulary are skipped.
    /// </summary>
    /// <param name="tokens">[column].</param>
    /// <param name="first">The first column of the block.</param>
    /// <param name="end">The column after the last, at most <see cref="Block"/> later.</param>
    /// <param name="vocabulary">The size of the vocabulary.</param>
    /// <param name="next">[column]: receives the next column of the same token, or -1.</param>
    /// <param name="firsts">Receives the first column of each token, ascending.</param>
    /// <param name="excluded">A token to skip, or -1.</param>
    /// <returns>The number of different tokens.</returns>
    [SkipLocalsInit]
    public static int Link(ReadOnlySpan<int> tokens, int first, int end, int vocabulary, Span<int> next, Span<int> firsts, int excluded = -1)
    {
        const int TableBits = 11;
        const int Mask = (1 << TableBits) - 1;

        // Maps a token to the last column that holds it, by open addressing; at most half full.
        Span<int> last = stackalloc int[1 << TableBits];
        last.Fill(-1);
        int count = 0;
        for (int column = first; column < end; column++)
        {
            next[column] = -1;
            int token = tokens[column];
            if ((uint)token >= (uint)vocabulary || token == excluded) continue;
            int slot = (int)(((uint)token * 0x9E3779B1) >> (32 - TableBits)), found;
            while ((found = last[slot]) >= 0 && tokens[found] != token) slot = (slot + 1) & Mask;
            if (found < 0) firsts[count++] = column;
            else next[found] = column;
            last[slot] = column;
        }

        return count;
    }
}

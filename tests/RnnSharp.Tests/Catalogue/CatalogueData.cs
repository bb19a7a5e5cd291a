using System.Numerics;
using Xunit;

namespace RnnSharp.Tests.Catalogue;

/// <summary>The catalogue as theory data: the rows' names, for which a test takes the row of its element type.</summary>
internal static class CatalogueData
{
    /// <summary>The size of the input where only the output's varies.</summary>
    public const int Inputs = 5;

    // Around the edges of vectors and panels.
    private static readonly int[] Sizes = [1, 3, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 100];

    public static TheoryData<string> Names => [.. LayerCatalogue<double>.Rows.Select(row => row.Name)];

    public static TheoryData<string> MaskedNames => [.. LayerCatalogue<double>.Rows.Where(row => row.DrawsMasks).Select(row => row.Name)];

    /// <summary>The rows with output sizes: every size for some, and for the others a sample that goes on from row to row.</summary>
    public static TheoryData<string, int> NamesAndSizes
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach ((int number, LayerRow<double> row) in LayerCatalogue<double>.Rows.Index())
            {
                for (int i = 0; i < Sizes.Length; i++)
                {
                    if (row.EverySize || (i + number) % 5 == 0) data.Add(row.Name, Sizes[i]);
                }
            }

            return data;
        }
    }

    /// <summary>What the layer can read: features, tokens, or one after the other.</summary>
    public static IEnumerable<bool> TokensOrNot<T>(LayerRow<T> row)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (row.Reads.HasFlag(Reads.Features)) yield return false;
        if (row.Reads.HasFlag(Reads.Tokens)) yield return true;
    }
}

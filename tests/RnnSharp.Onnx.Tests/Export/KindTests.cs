using System.Numerics;
using RnnSharp.Tests.Catalogue;
using Xunit;

namespace RnnSharp.Onnx.Tests.Export;

/// <summary>Every kind of layer with each of its options gives the same results in ONNX Runtime.</summary>
public sealed class KindTests
{
    public static TheoryData<string> Names => [.. LayerCatalogue<float>.Rows.Select(row => row.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_layer_gives_the_same_results_in_float(string name) => Check<float>(name, 1e-5);

    [Theory]
    [MemberData(nameof(Names))]
    public void A_layer_gives_the_same_results_in_double(string name) => Check<double>(name, 1e-7);

    private static void Check<T>(string name, double tolerance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        LayerRow<T> row = LayerCatalogue<T>.Row(name);
        Layer<T> layer = row.Create(5, 6, seed: 3);
        for (int seed = 0; seed < 3; seed++)
        {
            if (row.Reads.HasFlag(Reads.Features)) ExportCheck.Check(layer, seed, tokens: false, row.InputSteps, tolerance: tolerance);
            if (row.Reads.HasFlag(Reads.Tokens)) ExportCheck.Check(layer, seed, tokens: true, row.InputSteps, tolerance: tolerance);
        }
    }
}

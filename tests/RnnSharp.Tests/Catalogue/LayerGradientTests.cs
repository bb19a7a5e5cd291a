using FluentAssertions;
using RnnSharp.Tests.Layers;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Catalogue;

/// <summary>Backward of every layer against central differences: every parameter, the input and the initial state.</summary>
public sealed class LayerGradientTests
{
    // Of each row, with sizes that go on from row to row: 1 to 5 inputs, 1 to 7 outputs, 1 to 4 examples, 1 to 6 steps.
    private const int Cases = 8;

    public static TheoryData<string> Names => CatalogueData.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void Gradients_agree_with_central_differences(string name)
    {
        LayerRow<double> row = LayerCatalogue<double>.Row(name);
        int number = Array.IndexOf(LayerCatalogue<double>.Rows, row);
        for (int i = 0; i < Cases; i++)
        {
            GradientCheckResult? result = null;
            for (int attempt = 0; result is null; attempt++)
            {
                attempt.Should().BeLessThan(200, "there must be numbers away from the kinks");
                result = Check(row, number + i, i, seed: 1000 * i + attempt);
            }

            result.RelativeError.Should().BeLessThan(1e-6, "{0} in case {1}", result, i);
        }
    }

    /// <returns>Null where the numbers are too near a kink.</returns>
    private static GradientCheckResult? Check(LayerRow<double> row, int sizes, int number, int seed)
    {
        Layer<double> layer = row.Create(1 + sizes % 5, 1 + 3 * sizes % 7, seed);
        bool tokens = row.Reads == Reads.Tokens || (row.Reads == Reads.Both && number % 3 == 2);
        var call = new LayerCase<double>(row, layer, new CallShape(1 + sizes % 4, 1 + sizes % 6, tokens, Ragged: number % 2 == 1), seed);
        try
        {
            return GradientCheck.Run(layer, call.Input, new KinkDetector(LayerLoss.Compute).Compute, number % 4 == 3 ? null : call.Initial, KinkDetector.Step);
        }
        catch (KinkException)
        {
            return null;
        }
    }
}

using FluentAssertions;
using RnnSharp.Tests.Layers;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Catalogue;

/// <summary>Backward of every layer against central differences: every parameter, the input and the initial state.</summary>
public sealed class LayerGradientTests
{
    public static TheoryData<string> Names => CatalogueData.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void Gradients_agree_with_central_differences(string name)
    {
        LayerRow<double> row = LayerCatalogue<double>.Row(name);
        for (int number = 0; number < CasesOf(row); number++)
        {
            GradientCheckResult? result = null;
            for (int attempt = 0; result is null; attempt++)
            {
                attempt.Should().BeLessThan(200, "there must be numbers away from the kinks of case {0}", number);
                result = Check(row, number, seed: 1000 * number + attempt);
            }

            result.RelativeError.Should().BeLessThan(1e-6, "{0} in case {1}", result, number);
        }
    }

    [Fact]
    public void Cases_cover_every_size_and_every_kind_of_input()
    {
        LayerRow<double>[] rows = LayerCatalogue<double>.Rows;
        (LayerRow<double> Row, LayerCase<double> Call, bool HasInitial)[] all = [.. rows.SelectMany(row => Enumerable.Range(0, CasesOf(row)).Select(number => (row, Draw(row, number, seed: 1000 * number, out bool hasInitial), hasInitial)))];
        all.Length.Should().BeGreaterThan(700);
        var large = all.Where(it => it.Row.EverySize && !it.Row.IsSquare).ToArray();
        large.Select(it => it.Call.Layer.InputSize).Distinct().Should().BeEquivalentTo(Enumerable.Range(1, 9));
        large.Select(it => it.Call.Layer.OutputSize).Distinct().Should().BeEquivalentTo(Enumerable.Range(1, 9));
        large.Select(it => it.Call.Input.Batch).Distinct().Should().BeEquivalentTo(Enumerable.Range(1, 5));
        large.Select(it => it.Call.Input.Steps).Distinct().Should().BeEquivalentTo(Enumerable.Range(1, 11));
        foreach (LayerRow<double> row in rows)
        {
            var some = all.Where(it => it.Row == row).ToArray();
            some.Select(it => it.HasInitial).Distinct().Should().HaveCount(2);
            some.Select(it => it.Call.Input.IsRagged).Distinct().Should().HaveCount(2);
            some.Select(it => it.Call.Input.IsTokens).Distinct().Should().HaveCount(row.Reads == Reads.Both ? 2 : 1);
            some.Any(it => it.Call.Input.IsRagged && it.Call.Input.Lengths.Contains(0)).Should().BeTrue("an example of {0} should be empty", row.Name);
        }
    }

    private static int CasesOf(LayerRow<double> row) => row.EverySize ? 24 : 8;

    private static LayerCase<double> Draw(LayerRow<double> row, int number, int seed, out bool hasInitial)
    {
        // Sizes go on from case to case and from row to row, so that none is missed.
        int size = Array.IndexOf(LayerCatalogue<double>.Rows, row) + number, most = row.EverySize ? 9 : 5;
        hasInitial = number % 4 != 3;
        bool tokens = row.Reads == Reads.Tokens || (row.Reads == Reads.Both && number % 3 == 2);
        Layer<double> layer = row.Create(1 + size % most, 1 + (2 * size + number) % most, seed);
        return new LayerCase<double>(row, layer, new CallShape(1 + size % 5, 1 + size % (row.EverySize ? 11 : 6), tokens, Ragged: number % 2 == 1, HasEmpty: true), seed);
    }

    /// <returns>Null where the numbers are too near a kink.</returns>
    private static GradientCheckResult? Check(LayerRow<double> row, int number, int seed)
    {
        LayerCase<double> call = Draw(row, number, seed, out bool hasInitial);
        try
        {
            return GradientCheck.Run(call.Layer, call.Input, new KinkDetector(LayerLoss.Compute).Compute, hasInitial ? call.Initial : null, KinkDetector.Step);
        }
        catch (KinkException)
        {
            return null;
        }
    }
}

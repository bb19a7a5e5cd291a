using FluentAssertions;
using Microsoft.ML;
using Xunit;

namespace RnnSharp.MicrosoftML.Tests;

/// <summary>A forecast depends on the rows before it, also on those whose forecasts nobody reads.</summary>
public sealed class RowOrderTests
{
    private const int Count = 12, Skipped = 5;

    private static readonly MLContext Context = Pipeline.Context;

    private static readonly Lazy<ITransformer> Fitted = new(() => Pipeline.Estimator().Fit(Pipeline.Rows(0, 60)));

    private static readonly Lazy<SaleForecast[]> Expected = new(() => Read<SaleForecast>(Fitted.Value.Transform(Rows())));

    [Fact]
    public void Skipped_rows_are_points_of_the_series()
    {
        IDataView transformed = Fitted.Value.Transform(Rows());

        Same(Read<SaleForecast>(Context.Data.SkipRows(transformed, Skipped)), Expected.Value[Skipped..]);
        Same(Read<PhotoForecast>(Context.Data.SkipRows(transformed, Skipped)), Expected.Value[Skipped..]);
    }

    [Fact]
    public void Filtered_rows_are_points_of_the_series()
    {
        float least = Expected.Value.Select(row => row.Amount).Order().ElementAt(Count / 2);
        IDataView filtered = Context.Data.FilterRowsByColumn(Fitted.Value.Transform(Rows()), "Amount", least);
        SaleForecast[] expected = [.. Expected.Value.Where(row => row.Amount >= least)];

        Same(Read<SaleForecast>(filtered), expected);
        Same(Read<PhotoForecast>(filtered), expected);
    }

    [Fact]
    public void Shuffled_rows_keep_the_forecasts_of_the_order_of_time()
    {
        SaleForecast[] rows = Read<SaleForecast>(Context.Data.ShuffleRows(Fitted.Value.Transform(Rows()), seed: 1));

        rows.Select(row => row.Amount).Should().NotEqual(Expected.Value.Select(row => row.Amount), "the rows are shuffled");
        Same([.. rows.OrderBy(row => Array.FindIndex(Expected.Value, one => one.Amount == row.Amount))], Expected.Value);
    }

    [Fact]
    public void Some_columns_can_be_read_without_the_others()
    {
        IDataView transformed = Fitted.Value.Transform(Rows());

        Read<Sale>(transformed).Select(row => row.Amount).Should().Equal(Expected.Value.Select(row => row.Amount));
        Read<UpperBound>(transformed).Select(row => row.High[0]).Should().Equal(Expected.Value.Select(row => row.High[0]));
    }

    [Fact]
    public void Threads_that_transform_at_once_do_not_share_a_series()
    {
        SaleForecast[][] results = [[], [], [], []];
        Parallel.For(0, results.Length, new ParallelOptions { MaxDegreeOfParallelism = results.Length }, i => results[i] = Read<SaleForecast>(Fitted.Value.Transform(Rows())));

        foreach (SaleForecast[] rows in results) Same(rows, Expected.Value);
    }

    [Fact]
    public void The_rows_of_a_loaded_pipeline_are_cached_before_some_are_skipped()
    {
        using var file = new MemoryStream();
        Context.Model.Save(Fitted.Value, Pipeline.Rows(0, 60).Schema, file);
        file.Position = 0;
        IDataView transformed = Context.Model.Load(file, out _).Transform(Rows());

        Same(Read<SaleForecast>(Context.Data.SkipRows(Context.Data.Cache(transformed), Skipped)), Expected.Value[Skipped..]);
        Read<PhotoForecast>(Context.Data.SkipRows(transformed, Skipped))[0].Next.Should().NotEqual(Expected.Value[Skipped].Next, "ML.NET's mapping sees only rows that are read, as the documentation warns");
    }

    private static IDataView Rows() =>
        Context.Data.LoadFromEnumerable(Pipeline.Sales(60, Count).Select(sale => new PhotoSale { Amount = sale.Amount, Picture = new($"{sale.Amount}") }).ToArray());

    private static T[] Read<T>(IDataView rows)
        where T : class, new() => [.. Context.Data.CreateEnumerable<T>(rows, reuseRowObject: false)];

    private static void Same(SaleForecast[] rows, SaleForecast[] expected)
    {
        rows.Should().HaveSameCount(expected);
        for (int t = 0; t < rows.Length; t++)
        {
            rows[t].Amount.Should().Be(expected[t].Amount);
            rows[t].Next.Should().Equal(expected[t].Next);
            rows[t].High.Should().Equal(expected[t].High);
        }
    }

    public sealed class PhotoSale
    {
        public float Amount { get; set; }

        [PhotoType]
        public Photo Picture { get; set; } = new("");
    }

    public class SaleForecast
    {
        public float Amount { get; set; }

        public float[] Next { get; set; } = [];

        public float[] High { get; set; } = [];
    }

    public sealed class PhotoForecast : SaleForecast
    {
        [PhotoType]
        public Photo Picture { get; set; } = new("");
    }

    public sealed class UpperBound
    {
        public float[] High { get; set; } = [];
    }
}

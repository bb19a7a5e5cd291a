using System.Text.Json;
using FluentAssertions;
using PassengerForecast;
using RnnSharp.Forecasting;
using Xunit;

namespace RnnSharp.Tests.Forecasting;

public sealed class ScalerTests
{
    // Two columns, with a missing value in the second.
    private static readonly double[] Values = [1, 10, 2, 40, 3, double.NaN, 4, 20, 10, 30];

    public static TheoryData<string> Names => [.. All.Keys];

    private static Dictionary<string, Scaling> All => new(StringComparer.Ordinal)
    {
        ["none"] = Scaling.None,
        ["standard"] = Scaling.Standard,
        ["min-max"] = Scaling.MinMax,
        ["robust"] = Scaling.Robust,
        ["log"] = Scaling.Log(),
        ["shifted log"] = Scaling.Log(0.5),
        ["Box-Cox"] = Scaling.BoxCox(),
        ["inverse"] = Scaling.BoxCox(-1),
        ["log, standard"] = Scaling.Log().Then(Scaling.Standard),
        ["three"] = Scaling.MinMax.Then(Scaling.Log(1)).Then(Scaling.Robust),
        ["automatic"] = Scaling.Automatic,
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void Inverse_gives_the_values_back_also_from_saved_numbers(string name)
    {
        IScaler scaler = All[name].Fit(Values, 2);
        scaler.Columns.Should().Be(2);
        double[] scaled = new double[Values.Length], back = new double[Values.Length], again = new double[Values.Length];
        scaler.Transform(Values, scaled);
        scaler.InverseTransform(scaled, back);
        for (int i = 0; i < Values.Length; i++)
        {
            double.IsNaN(scaled[i]).Should().Be(double.IsNaN(Values[i]));
            if (!double.IsNaN(Values[i])) back[i].Should().BeApproximately(Values[i], 1e-12 * Values[i]);
        }

        IScaler restored = Scaling.Restore(scaler.ToNumbers());
        restored.Transform(Values, again);
        again.Should().Equal(scaled);
        restored.ToNumbers().Should().Equal(scaler.ToNumbers());
        Scaling.FromNumbers(All[name].ToNumbers())!.ToString().Should().Be(All[name].ToString());
    }

    [Fact]
    public void Numbers_are_those_of_each_column()
    {
        ((AffineScaler)Scaling.Standard.Fit(Values, 2)).Centers.Should().Equal(4, 25);
        ((AffineScaler)Scaling.Standard.Fit(Values, 2)).Scales.Should().Equal(Math.Sqrt((9 + 4 + 1 + 36) / 5d), Math.Sqrt((225 + 225 + 25 + 25) / 4d));
        ((AffineScaler)Scaling.MinMax.Fit(Values, 2)).Centers.Should().Equal(1, 10);
        ((AffineScaler)Scaling.MinMax.Fit(Values, 2)).Scales.Should().Equal(9, 30);
        ((AffineScaler)Scaling.Robust.Fit(Values, 2)).Centers.Should().Equal(3, 25);
        ((AffineScaler)Scaling.Robust.Fit(Values, 2)).Scales.Should().Equal(2, 15);
    }

    [Fact]
    public void Constant_columns_stay_finite_and_come_back_exactly()
    {
        foreach (Scaling scaling in (Scaling[])[Scaling.Standard, Scaling.MinMax, Scaling.Robust, Scaling.BoxCox().Then(Scaling.Standard), Scaling.Automatic])
        {
            double[] scaled = new double[3], back = new double[3];
            IScaler scaler = scaling.Fit([0.1, 0.1, 0.1]);
            scaler.Transform([0.1, 0.1, 0.7], scaled);
            scaler.InverseTransform(scaled, back);
            scaled.Should().OnlyContain(value => double.IsFinite(value), "{0}", scaling);
            back[0].Should().BeApproximately(0.1, 1e-16);
            back[2].Should().BeApproximately(0.7, 1e-15);
        }
    }

    [Fact]
    public void Likeliest_powers_are_those_of_SciPy()
    {
        using var cases = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "References", "box_cox.json")));
        foreach (JsonElement item in cases.RootElement.EnumerateArray())
        {
            double[] values = [.. item.GetProperty("values").EnumerateArray().Select(value => value.GetDouble())], scaled = new double[values.Length];
            var fitted = (PowerScaler)Scaling.BoxCox().Fit(values);
            fitted.Lambdas[0].Should().BeApproximately(item.GetProperty("lambda").GetDouble(), 1e-6);
            new PowerScaler([item.GetProperty("lambda").GetDouble()], [0]).Transform(values, scaled);
            double[] expected = [.. item.GetProperty("scaled").EnumerateArray().Select(value => value.GetDouble())];
            for (int i = 0; i < scaled.Length; i++) scaled[i].Should().BeApproximately(expected[i], 1e-12 * Math.Max(1, Math.Abs(expected[i])));
        }
    }

    [Fact]
    public void Automatic_scaling_takes_logarithms_only_where_fluctuations_grow()
    {
        Scaling.Automatic.Fit(Passengers.Series).Should().BeOfType<ComposedScaler>();
        Scaling.Automatic.Fit([.. Enumerable.Range(1, 50).Select(i => 100d + i % 7)]).Should().BeOfType<AffineScaler>();
        Scaling.Automatic.Fit([-1, 2, 5]).Should().BeOfType<AffineScaler>();
    }

    [Fact]
    public void Powers_of_values_out_of_range_are_refused_and_scaled_ones_limited()
    {
        var root = new PowerScaler([0.5], [0]);
        var back = new double[1];
        root.InverseTransform([-5], back);
        back[0].Should().Be(0);
        FluentActions.Invoking(() => root.Transform([0], new double[1])).Should().Throw<ArgumentException>().WithMessage("Expected values above 0*got 0 at step 0, column 0*");
    }

    [Fact]
    public void Numbers_of_no_scaler_are_refused()
    {
        foreach (Dictionary<string, double> numbers in (Dictionary<string, double>[])
        [
            [],
            new() { ["affine.center.0"] = 1 },
            new() { ["affine.center.0"] = 1, ["affine.scale.0"] = 0 },
            new() { ["affine.center.0"] = 1, ["affine.scale.0"] = 1, ["affine.scale.1"] = 1 },
            new() { ["affine.center.0"] = 1, ["affine.scale.0"] = 1, ["other"] = 1 },
            new() { ["power.lambda.0"] = 9, ["power.shift.0"] = 0 },
            new() { ["power.lambda.0"] = 1, ["power.shift.0"] = double.NaN },
            new() { ["1.affine.center.0"] = 1, ["1.affine.scale.0"] = 1 },
        ])
        {
            FluentActions.Invoking(() => Scaling.Restore(numbers)).Should().Throw<InvalidDataException>();
        }
    }
}

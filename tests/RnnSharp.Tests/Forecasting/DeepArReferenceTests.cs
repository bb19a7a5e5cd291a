using System.Text.Json;
using FluentAssertions;
using RnnSharp.Data;
using RnnSharp.Forecasting;
using RnnSharp.Tests.References;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Forecasting;

/// <summary>DeepAR's windows, network and likelihood against PyTorch (References/deepar.py), and its gradients by central differences.</summary>
public sealed class DeepArReferenceTests
{
    private static readonly JsonElement Golden = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "References", "deepar.json"))).RootElement;

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, Golden.GetArrayLength())];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Windows_likelihood_and_gradients_equal_PyTorch(int number)
    {
        JsonElement golden = Golden[number];
        (ILayer<double> model, ILoss<double> loss, Batch<double> batch, double[] scales) = Read(golden);
        GoldenCases.ShouldBeNear<double>(scales, golden.Values("scales"), 1e-15, "scales");
        GoldenCases.ShouldBeNear<double>(batch.Input.Values, golden.Values("input"), 1e-14, "input");
        batch.StepWeights!.Values.ToArray().Count(weight => weight == 0).Should().Be(golden.Integer("missing")).And.BePositive();

        ForwardPass<double> pass = model.Forward(batch.Input);
        var outputGradient = new Sequence<double>(1, 1, 0);
        LossValue value = loss.Compute(pass.Output, batch.Target, outputGradient, batch.StepWeights);
        Gradients<double> gradients = model.Backward(pass, outputGradient);
        GoldenCases.ShouldBeNear<double>(pass.Output.Values, golden.Values("output"), 1e-12, "output");
        value.Value.Should().BeApproximately(golden.Number("value"), 1e-12);
        GoldenCases.ShouldBeNear<double>(gradients.Input!.Values, golden.Values("input_gradient"), 1e-12, "gradient of the input");
        JsonElement[] parameters = [.. golden.GetProperty("parameters").EnumerateArray()];
        parameters.Length.Should().Be(model.Parameters.Count);
        for (int i = 0; i < parameters.Length; i++)
        {
            (int rows, int columns) = ShapeOf(parameters[i]);
            GoldenCases.ShouldBeNear<double>(gradients[model.ParameterNames[i]].ToColumnMajorArray(), parameters[i].Matrix("gradient", rows, columns).ToColumnMajorArray(), 1e-12, model.ParameterNames[i]);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Gradients_of_the_likelihood_equal_central_differences(int number)
    {
        (ILayer<double> model, ILoss<double> loss, Batch<double> batch, _) = Read(Golden[number]);
        GradientCheckResult result = GradientCheck.Run(model, batch.Input, (pass, gradient, _) => loss.Compute(pass.Output, batch.Target, gradient, batch.StepWeights).Value);
        result.RelativeError.Should().BeLessThan(1e-6);
        result.Checked.Should().BeGreaterThanOrEqualTo(model.Parameters.Sum(parameter => parameter.Count) + batch.Input.Values.Length);
    }

    private static (ILayer<double> Model, ILoss<double> Loss, Batch<double> Batch, double[] Scales) Read(JsonElement golden)
    {
        TimeSeries[] series = [.. golden.GetProperty("series").EnumerateArray().Select(one => new TimeSeries([.. one.GetProperty("values").EnumerateArray().Select(value => value.ValueKind == JsonValueKind.Null ? double.NaN : value.GetDouble())])
        {
            Start = new DateTime(2001, 1 + one.Integer("first_month"), 1),
            Step = TimeStep.Month,
            FutureCovariates = golden.Integer("covariates") == 0 ? null : new(one.Values("covariates"), golden.Integer("covariates")),
        })];
        var options = new DeepArOptions
        {
            Horizon = golden.Integer("horizon"),
            Context = golden.Integer("context"),
            Lags = golden.Integers("lags"),
            ColdStart = golden.GetProperty("cold").GetBoolean(),
            Distribution = golden.GetProperty("counts").GetBoolean() ? DeepArDistribution.NegativeBinomial : DeepArDistribution.Gaussian,
            Cell = golden.Text("cell") is "lstm" ? ForecastCell.Lstm : ForecastCell.Gru,
            HiddenSize = golden.Integer("hidden"),
            Layers = golden.Integer("layers"),
            Dropout = 0,
        };
        var shape = DeepArShape.Of(series, options);
        DeepArSeries[] read = [.. series.Select(one => new DeepArSeries(one, shape))];
        int[][] windows = [.. golden.GetProperty("windows").EnumerateArray().Select(window => new[] { window[0].GetInt32(), window[1].GetInt32() })];
        var source = new ExampleBatches<double>([.. windows.Select(window => read[window[0]].Window<double>(window[1], options.Horizon))], new() { Shuffle = false });
        Batch<double> batch = source.CreateBatch();
        source.Next(batch).Should().BeTrue();

        ILayer<double> model = DeepArNetwork.Create<double>(shape, options);
        JsonElement[] parameters = [.. golden.GetProperty("parameters").EnumerateArray()];
        for (int i = 0; i < parameters.Length; i++)
        {
            (int rows, int columns) = ShapeOf(parameters[i]);
            model.Parameters[i].Set(parameters[i].Matrix("values", rows, columns));
        }

        return (model, DeepArNetwork.Loss<double>(shape.Distribution), batch, [.. windows.Select(window => read[window[0]].Scale(window[1]))]);
    }

    private static (int Rows, int Columns) ShapeOf(JsonElement parameter) => parameter.Integers("shape") is [var rows, var columns] ? (rows, columns) : (parameter.Integers("shape")[0], 1);
}

using System.Text.Json;
using FluentAssertions;
using MathNet.Numerics.LinearAlgebra;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Tests.References;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Training;

/// <summary>Training of whole models with clipping and a schedule, against torch_training.py.</summary>
public sealed class TorchTrainingTests
{
    private const int Inputs = 3, Hidden = 5, Outputs = 2, Examples = 4, Steps = 6, Updates = 200;

    private static readonly JsonElement[] Cases = [.. JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "References", "torch_training.json"))).RootElement.EnumerateArray()];

    public static TheoryData<int> Numbers => [.. Enumerable.Range(0, Cases.Length)];

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Weights_after_200_steps_equal_PyTorch(int number)
    {
        JsonElement item = Cases[number];
        var model = new LayerStack<double>(Recurrent(item.Text("kind")), new DenseLayer<double>(Hidden, Outputs));
        for (int p = 0; p < model.Parameters.Count; p++) model.Parameters[p].Set(Matrix(model.Parameters[p], Draw(p + 1, model.Parameters[p].Count, 2500)));
        Optimizer<double> optimizer = Create(item.Text("optimizer"));
        LearningRateSchedule schedule = Schedule(item.Text("schedule"), optimizer.LearningRate);
        Sequence<double> x = new(Inputs, Examples, Steps), target = new(Outputs, Examples, Steps), scores = new(Outputs, Examples, Steps);
        ForwardPass<double>? pass = null;
        Gradients<double>? gradients = null;
        var losses = new List<double>();
        for (int update = 0; update < Updates; update++)
        {
            Draw(100 + update % 7, x.Values.Length, 1000).CopyTo(x.Values);
            Draw(200 + update % 7, target.Values.Length, 1000).CopyTo(target.Values);
            pass = model.Forward(x, reuse: pass);
            losses.Add(MeanSquaredError.Compute(pass.Output, target, scores).Value);
            gradients = model.Backward(pass, scores, inputGradient: false, reuse: gradients);
            GradientClipping.ByNorm(gradients, item.Number("max_norm"), item.Number("norm_type"));
            optimizer.LearningRate = schedule.GetRate(update);
            optimizer.Step(model, gradients);
        }

        GoldenCases.ShouldBeNear<double>([losses[0], losses[99], losses[199]], item.Values("losses"), 1e-9, "loss");
        for (int p = 0; p < model.Parameters.Count; p++)
            GoldenCases.ShouldBeNear(model.Parameters[p].Values, Matrix(model.Parameters[p], item.GetProperty("weights")[p].Values()).ToColumnMajorArray(), 1e-9, model.ParameterNames[p]);
    }

    [Fact]
    public void All_kinds_of_layers_have_cases() => Cases.Select(item => item.Text("kind")).Distinct().Should().BeEquivalentTo("rnn", "gru", "lstm");

    private static RecurrentLayer<double> Recurrent(string kind) => kind switch
    {
        "rnn" => new RnnLayer<double>(Inputs, Hidden, options: new() { Bias = RecurrentBias.Separate }),
        "gru" => new GruLayer<double>(Inputs, Hidden, options: new() { Bias = RecurrentBias.Separate }),
        _ => new LstmLayer<double>(Inputs, Hidden, options: new() { Bias = RecurrentBias.Separate }),
    };

    private static Optimizer<double> Create(string name) => name switch
    {
        "adam" => new Adam<double>(0.02),
        "adamw" => new AdamW<double>(0.02, weightDecay: 0.05, amsGrad: true),
        "sgd" => new Sgd<double>(0.2, 0.9, weightDecay: 1e-3, nesterov: true),
        "rmsprop" => new RmsProp<double>(0.005, momentum: 0.5, centered: true),
        _ => new Adagrad<double>(0.1, 0.01),
    };

    private static LearningRateSchedule Schedule(string name, double rate) => name is "step"
        ? new StepSchedule(rate, 60, 0.5)
        : new WarmUpSchedule(20, new CosineSchedule(rate, 180), 0.1);

    private static Matrix<double> Matrix(Parameter<double> parameter, double[] rowMajor) => Matrix<double>.Build.DenseOfRowMajor(parameter.Rows, parameter.Columns, rowMajor);

    /// <summary>The script's numbers.</summary>
    private static double[] Draw(int seed, int count, double scale) => [.. Enumerable.Range(0, count).Select(i => ((7919L * i + 104729L * seed) % 2001 - 1000) / scale)];
}

using System.Globalization;
using System.Numerics;
using System.Text.Json;
using FluentAssertions;
using RnnSharp.Tests.References;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Training;

/// <summary>50 steps of every optimizer against torch_optimizers.py.</summary>
public sealed class TorchOptimizerTests
{
    private const int Steps = 50, Size = 5, Every = 10;

    private static readonly JsonElement[] Cases = [.. JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "References", "torch_optimizers.json"))).RootElement.EnumerateArray()];

    public static TheoryData<int> Numbers => [.. Enumerable.Range(0, Cases.Length)];

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Trajectories_and_states_equal_PyTorch(int number)
    {
        Check<double>(number, 1e-12);
        Check<float>(number, 1e-5);
    }

    [Fact]
    public void All_optimizers_have_cases() =>
        Cases.CountBy(item => item.Text("optimizer"), StringComparer.Ordinal).Should().HaveCount(6).And.OnlyContain(pair => pair.Value >= 6);

    private static void Check<T>(int number, double tolerance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        JsonElement item = Cases[number];
        var parameter = new Parameter<T>("weight", Size, 1);
        parameter.Set([.. Enumerable.Range(0, Size).Select(i => T.CreateChecked(((7919L * i + 104729L * number) % 2001 - 1000) / 1000.0))]);
        Optimizer<T> optimizer = Create<T>(item);
        double rate = optimizer.LearningRate;
        for (int step = 0; step < Steps; step++)
        {
            optimizer.LearningRate = rate / (1 + step / 20);
            optimizer.Step(parameter, [.. Enumerable.Range(0, Size).Select(i => T.CreateChecked(((15485863L * i + 32452843L * step + 49979687L * number) % 4001 - 2000) / 1000.0))]);
            if ((step + 1) % Every == 0) GoldenCases.ShouldBeNear(parameter.Values, item.GetProperty("after")[step / Every].Values(), tolerance, string.Create(CultureInfo.InvariantCulture, $"{optimizer} after {step + 1} steps"));
        }

        StateDictionary state = optimizer.GetState([parameter], ["w"]);
        JsonProperty[] slots = [.. item.GetProperty("state").EnumerateObject()];
        state.Names.Should().BeEquivalentTo(["learning_rate", "w.step", .. slots.Select(slot => $"w.{slot.Name}")]);
        state.GetInt64("w.step").Should().Be(Steps);
        foreach (JsonProperty slot in slots) GoldenCases.ShouldBeNear<T>(state.GetArray<T>($"w.{slot.Name}"), slot.Value.Values(), tolerance, $"{slot.Name} of {optimizer}");
    }

    private static Optimizer<T> Create<T>(JsonElement item)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        double rate = item.Number("lr"), decay = Option("weight_decay", 0);
        double[] betas = item.TryGetProperty("betas", out JsonElement pair) ? pair.Values() : [];
        switch (item.Text("optimizer"))
        {
            case "sgd": return new Sgd<T>(rate, Option("momentum", 0), Option("dampening", 0), decay, Flag("nesterov"));
            case "adam": return new Adam<T>(rate, betas[0], betas[1], Option("eps", 1e-8), amsGrad: Flag("amsgrad"), l2: decay);
            case "adamw": return new AdamW<T>(rate, betas[0], betas[1], weightDecay: decay, amsGrad: Flag("amsgrad"));
            case "rmsprop": return new RmsProp<T>(rate, Option("alpha", 0.99), Option("eps", 1e-8), decay, Option("momentum", 0), Flag("centered"));
            case "adagrad": return new Adagrad<T>(rate, Option("lr_decay", 0), decay, Option("initial_accumulator_value", 0), Option("eps", 1e-10));
            case "lion": return new Lion<T>(rate, betas[0], betas[1], decay);
            default: throw new ArgumentException("Unknown optimizer.", nameof(item));
        }

        double Option(string name, double otherwise) => item.TryGetProperty(name, out JsonElement value) ? value.GetDouble() : otherwise;

        bool Flag(string name) => item.TryGetProperty(name, out JsonElement value) && value.GetBoolean();
    }
}

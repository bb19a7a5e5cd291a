using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Serialization;
using Xunit;

namespace RnnSharp.Tests.Serialization;

/// <summary>What a model in a file may ask for, and that a caller can allow more or less.</summary>
public sealed class ModelLimitsTests
{
    private const long LittleMemory = 200_000;

    private static readonly Dictionary<string, Case> Cases = new(StringComparer.Ordinal)
    {
        // Weights of 3 x 2 and 2 x 3, and biases of 3 and 2.
        ["parameter bytes"] = new("layers", 17 * sizeof(float), most => new() { ParameterBytes = most }, "68*67*ModelLimits.ParameterBytes"),
        ["layers"] = new("layers", 3, most => new() { Layers = most }, "at most 2 layers (ModelLimits.Layers)"),
        ["nesting"] = new("layers", 2, most => new() { Nesting = most }, "at most 1 layers inside one another (ModelLimits.Nesting)"),
        ["metadata entries"] = new("layers", 1, most => new() { MetadataEntries = most }, "at most 0 entries (ModelLimits.MetadataEntries)"),
        ["header bytes"] = new("layers", ModelBytes.HeaderOf(ModelBytes.Save(Make("layers"), Options)).Length, most => new() { HeaderBytes = most }, "ModelLimits.HeaderBytes"),
        ["steps of a feedback layer"] = new("feedback", 7, most => new() { RepeatedSteps = most }, "at most 6 repeated steps (ModelLimits.RepeatedSteps), got 7"),
        ["steps of a feedback layer in another"] = new("nested feedback", 3 * (4 + 1), most => new() { RepeatedSteps = most }, "at most 14 repeated steps (ModelLimits.RepeatedSteps), got 15"),
        ["steps of two feedback layers"] = new("two feedbacks", 4 + 5, most => new() { RepeatedSteps = most }, "at most 8 repeated steps (ModelLimits.RepeatedSteps), got 9"),
    };

    public static TheoryData<string> Limits => [.. Cases.Keys];

    private static ModelSaveOptions Options => new() { Metadata = new Dictionary<string, string> { ["note"] = "x" } };

    [Theory]
    [MemberData(nameof(Limits))]
    public void Load_and_Save_take_a_model_that_meets_a_limit_and_refuse_one_that_exceeds_it(string name)
    {
        Case limit = Cases[name];
        ILayer<float> model = Make(limit.Model);
        ModelLimits met = limit.Limits(limit.Size), exceeded = limit.Limits(limit.Size - 1);
        byte[] file = ModelBytes.Save(model, Options with { Limits = met });
        file.Should().Equal(ModelBytes.Save(model, Options), "limits change nothing in a file");
        Models.Describe(ModelBytes.Load<float>(file, new ModelLoadOptions { Limits = met }).Model).Should().Be(Models.Describe(model));
        FluentActions.Invoking(() => ModelBytes.Load<float>(file, new ModelLoadOptions { Limits = exceeded })).Should().Throw<InvalidDataException>().WithMessage($"*{limit.Message}*");
        FluentActions.Invoking(() => ModelBytes.Save(model, Options with { Limits = exceeded })).Should().Throw<ArgumentException>().Which.Message.Should().ContainAll(limit.Message.Split('*')[^1]);
    }

    [Theory]
    [InlineData("feedback of 2 billion steps", 2_000_000_000L)]
    [InlineData("100001 times 1", 100_001L)]
    [InlineData("nested 100000 times", 100_000L * 100_001)]
    [InlineData("nested to the end of long", long.MaxValue)]
    public void Load_refuses_a_small_file_of_many_repeated_steps(string kind, long steps)
    {
        const string Dense = """{"kind":"dense","input":2,"output":2}""";
        string model = kind switch
        {
            "feedback of 2 billion steps" => Feedback(2_000_000_000, Dense),
            "100001 times 1" => Feedback(100_001, Dense),
            "nested 100000 times" => Feedback(100_000, Feedback(100_000, Dense)),
            _ => Feedback(int.MaxValue, Feedback(int.MaxValue, Feedback(int.MaxValue, Dense))),
        };
        byte[] file = ModelBytes.WithDescription(ModelBytes.Save(new DenseLayer<float>(2, 2, seed: 1)), $$"""{"format":2,"model":{{model}}}""");
        file.Length.Should().BeLessThan(800);
        long before = GC.GetAllocatedBytesForCurrentThread();
        FluentActions.Invoking(() => ModelBytes.Load<float>(file)).Should().Throw<InvalidDataException>().WithMessage($"*expected at most 100000 repeated steps (ModelLimits.RepeatedSteps), got {steps}*");
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(LittleMemory);

        static string Feedback(int steps, string inner) => $$"""{"kind":"feedback","steps":{{steps}},"layers":[{{inner}}]}""";
    }

    [Fact]
    public void Save_refuses_a_model_of_too_many_repeated_steps_and_limits_can_allow_it()
    {
        var model = new FeedbackLayer<float>(new DenseLayer<float>(2, 2, seed: 1), 2_000_000_000);
        FluentActions.Invoking(() => ModelBytes.Save(model)).Should().Throw<ArgumentException>().WithParameterName("model").WithMessage("*at most 100000 repeated steps*got 2000000000*");
        var limits = new ModelLimits { RepeatedSteps = 2_000_000_000 };
        byte[] file = ModelBytes.Save(model, new ModelSaveOptions { Limits = limits });
        ((FeedbackLayer<float>)ModelBytes.Load<float>(file, new ModelLoadOptions { Limits = limits }).Model).Steps.Should().Be(2_000_000_000);
    }

    [Fact]
    public void CreatePass_of_many_repeated_steps_allocates_none_of_them_and_Forward_refuses_the_output_first()
    {
        var model = new FeedbackLayer<float>(new DenseLayer<float>(2, 2, seed: 1), 2_000_000_000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        ForwardPass<float> pass = model.CreatePass();
        FluentActions.Invoking(() => model.Forward(new Sequence<float>(2, 1, 1), reuse: pass)).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => model.Predict(new Sequence<float>(2, 1, 1))).Should().Throw<ArgumentException>();
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(LittleMemory);
    }

    private static ILayer<float> Make(string kind)
    {
        return kind switch
        {
            "layers" => new LayerStack<float>(new DenseLayer<float>(2, 3, seed: 1), new DenseLayer<float>(3, 2, seed: 2)),
            "feedback" => new FeedbackLayer<float>(Dense(), 7),
            "nested feedback" => new FeedbackLayer<float>(new LayerStack<float>(new FeedbackLayer<float>(Dense(), 4), new PoolingLayer<float>(2, Pooling.Last)), 3),
            _ => new LayerStack<float>(new FeedbackLayer<float>(Dense(), 4), new PoolingLayer<float>(2, Pooling.Last), new FeedbackLayer<float>(Dense(), 5)),
        };

        static DenseLayer<float> Dense() => new(2, 2, seed: 1);
    }

    /// <summary>A limit.</summary>
    /// <param name="Model">What <see cref="Make"/> makes.</param>
    /// <param name="Size">What the model has of what is limited.</param>
    /// <param name="Limits">The limits that allow a given number of it.</param>
    /// <param name="Message">What the refusal of one less says.</param>
    private sealed record Case(string Model, int Size, Func<int, ModelLimits> Limits, string Message);
}

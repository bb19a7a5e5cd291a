using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Quantization;
using RnnSharp.Recurrent;
using RnnSharp.Tests.Layers;
using RnnSharp.Tests.Numerics;
using RnnSharp.Tests.Recurrent;
using Xunit;

namespace RnnSharp.Tests.Quantization;

/// <summary>What holds for a quantized model of every kind and option.</summary>
[Collection(nameof(ThreadSettings))]
public sealed class QuantizedModelTests : IDisposable
{
    private const int Batch = 7;
    private const int Steps = 6;

    private readonly ThreadSettings _settings = new();

    public static TheoryData<string> Names => QuantizedModels.Names;

    public static TheoryData<string, QuantizedType> Cases
    {
        get
        {
            var cases = new TheoryData<string, QuantizedType>();
            foreach (string name in QuantizedModels.All.Keys)
            {
                foreach (QuantizedType type in Enum.GetValues<QuantizedType>()) cases.Add(name, type);
            }

            return cases;
        }
    }

    public void Dispose() => _settings.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public void Outputs_are_close_to_those_of_the_float_model(string name, QuantizedType type)
    {
        ILayer<float> model = QuantizedModels.Create(name), quantized = model.Quantize(new QuantizationOptions { Type = type });
        (quantized.InputSize, quantized.OutputSize, quantized.IsStreaming).Should().Be((model.InputSize, model.OutputSize, model.IsStreaming));
        quantized.GetType().IsAssignableTo(typeof(CompositeLayer<float>)).Should().Be(model is CompositeLayer<float>);

        // The weights are rounded to 127 steps, 8 bits and 11 bits.
        double bound = type switch { QuantizedType.Int8 => 0.02, QuantizedType.BFloat16 => 0.02, _ => 0.002 };
        foreach (bool tokens in (bool[])[false, true])
        {
            Sequence<float> input = QuantizedModels.InputFor(name, Batch, Steps, ragged: true, tokens);
            QuantizationReport report = QuantizationReport.Compare(model, quantized, [input]);
            report.LargestOutput.Should().BeGreaterThan(0.1);
            report.WorstError.Should().BeLessThan(bound * Math.Max(1, report.LargestOutput)).And.BeGreaterThan(0, "the weights have been rounded");
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Outputs_are_those_of_a_float_model_with_the_rounded_weights(string name, QuantizedType type)
    {
        ILayer<float> model = QuantizedModels.Create(name), quantized = model.Quantize(new QuantizationOptions { Type = type });
        QuantizedModels.CopyWeights(quantized, model);

        // 8-bit weights have their activations rounded to 4095 steps; for the others, only the order and rounding of the operations differ.
        double bound = type == QuantizedType.Int8 ? 1e-3 : 5e-6;
        foreach (bool tokens in (bool[])[false, true])
        {
            QuantizationReport report = QuantizationReport.Compare(model, quantized, [QuantizedModels.InputFor(name, Batch, Steps, ragged: true, tokens)]);
            report.WorstError.Should().BeLessThan(bound * Math.Max(1, report.LargestOutput));
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void An_example_gives_the_same_bits_alone_in_a_batch_and_step_by_step(string name, QuantizedType type)
    {
        ILayer<float> model = QuantizedModels.Quantized(name, type);
        foreach (bool tokens in (bool[])[false, true])
        {
            Sequence<float> input = QuantizedModels.InputFor(name, Batch, Steps, ragged: false, tokens);
            State<float> state = model.CreateState(Batch);
            Sequence<float> output = model.Predict(input, state);
            for (int j = 0; j < Batch; j++)
            {
                Sequence<float> single = Example(input, j);
                State<float> own = model.CreateState(1);
                Sequence<float> alone = model.Predict(single, own);
                for (int t = 0; t < Steps; t++) Bits.ShouldBeSame<float>(alone.Step(t), output.Step(t).Slice(j * model.OutputSize, model.OutputSize), $"{name}, example {j}, step {t}");
                State<float> copied = model.CreateState(1);
                copied.CopyExample(state, j, 0);
                Bits.ShouldBeSame(own, copied, $"{name}, state of example {j}");
            }

            if (!model.IsStreaming) continue;
            Stepper<float> stepper = model.CreateStepper(Batch);
            State<float> stepped = model.CreateState(Batch);
            float[] column = new float[model.OutputSize * Batch];
            for (int t = 0; t < Steps; t++)
            {
                StepInput<float> x = At(input, t);
                model.Step(x, stepped, column);
                Bits.ShouldBeSame<float>(column, output.Step(t), $"{name}, step {t}");
                Bits.ShouldBeSame<float>(stepper.Step(x), output.Step(t), $"{name}, step {t} of a stepper");
            }

            Bits.ShouldBeSame(stepped, state, name);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Examples_of_a_ragged_batch_end_with_the_state_of_their_last_step(string name)
    {
        ILayer<float> model = QuantizedModels.Quantized(name);
        Sequence<float> whole = QuantizedModels.InputFor(name, Batch, Steps), ragged = QuantizedModels.InputFor(name, Batch, Steps, ragged: true);
        State<float> state = model.CreateState(Batch);
        if (!ragged.IsTokens)
        {
            for (int j = 0; j < Batch; j++)
            {
                for (int t = ragged.LengthOf(j); t < Steps; t++) ragged.Step(t).Slice(j * QuantizedModels.Input, QuantizedModels.Input).Fill(float.NaN);
            }
        }

        Sequence<float> output = model.Predict(ragged, state);
        for (int j = 0; j < Batch; j++)
        {
            int length = ragged.LengthOf(j);
            State<float> own = model.CreateState(1), copied = model.CreateState(1);
            Sequence<float> alone = model.Predict(Example(whole, j).SliceSteps(0, length), own);
            for (int t = 0; t < Steps; t++)
            {
                Span<float> actual = output.Step(t).Slice(j * model.OutputSize, model.OutputSize);
                if (t < length) Bits.ShouldBeSame<float>(actual, alone.Step(t), $"{name}, example {j}, step {t}");
                else actual.ToArray().Should().AllBeEquivalentTo(0f, "example {0} has ended before step {1}", j, t);
            }

            copied.CopyExample(state, j, 0);
            Bits.ShouldBeSame(copied, own, $"{name}, state of example {j}");
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Any_number_of_threads_gives_the_same_bits(string name, QuantizedType type)
    {
        ILayer<float> model = QuantizedModels.Quantized(name, type);
        Sequence<float> input = QuantizedModels.InputFor(name, 40, Steps, ragged: true);
        Compute.MaxDegreeOfParallelism = 1;
        State<float> state = model.CreateState(40);
        Sequence<float> alone = model.Predict(input, state);
        foreach (int threads in (int[])[2, 3, 8])
        {
            Compute.MaxDegreeOfParallelism = threads;
            State<float> other = model.CreateState(40);
            Bits.ShouldBeSame<float>(model.Predict(input, other).Values, alone.Values, $"{name} with {threads} threads");
            Bits.ShouldBeSame(other, state, $"{name} with {threads} threads");
        }
    }

    [Theory]
    [InlineData(QuantizedType.Int8)]
    [InlineData(QuantizedType.BFloat16)]
    public void Layers_that_are_shared_among_threads_give_the_same_bits(QuantizedType type)
    {
        Dictionary<string, ILayer<float>> models = new(StringComparer.Ordinal)
        {
            ["lstm"] = new LstmLayer<float>(QuantizedModels.Input, 300, 1),
            ["projection"] = new LstmLayer<float>(QuantizedModels.Input, 300, 1, new() { ProjectionSize = 150 }),
            ["gru"] = new GruLayer<float>(QuantizedModels.Input, 300, 1),
            ["rnn"] = new RnnLayer<float>(QuantizedModels.Input, 300, 1),
            ["dense"] = new DenseLayer<float>(QuantizedModels.Input, 700, 1),
        };
        foreach ((string name, ILayer<float> model) in models)
        {
            ILayer<float> quantized = model.Quantize(new() { Type = type });
            foreach (bool ragged in (bool[])[false, true])
            {
                Sequence<float> input = QuantizedModels.InputFor(name, 40, 4, ragged);
                Compute.MaxDegreeOfParallelism = 1;
                State<float> state = quantized.CreateState(40);
                Sequence<float> alone = quantized.Predict(input, state);
                foreach (int threads in (int[])[2, 3, 8])
                {
                    Compute.MaxDegreeOfParallelism = threads;
                    long helped = RnnSharp.Numerics.Team.Helped;
                    State<float> other = quantized.CreateState(40);
                    Bits.ShouldBeSame<float>(quantized.Predict(input, other).Values, alone.Values, $"{name} with {threads} threads");
                    Bits.ShouldBeSame(other, state, $"{name} with {threads} threads");
                    (RnnSharp.Numerics.Team.Helped - helped).Should().BeGreaterThan(0, "{0} is large enough for {1} threads", name, threads);
                }
            }
        }
    }

    [Fact]
    public void A_single_step_of_a_large_layer_is_shared_among_threads()
    {
        ILayer<float> model = new LayerStack<float>(new LstmLayer<float>(300, 400, 1), new DenseLayer<float>(400, 900, 2)).Quantize();
        float[] input = [.. Enumerable.Range(0, 300).Select(i => MathF.Sin(i))];
        Compute.MaxDegreeOfParallelism = 1;
        float[] alone = model.CreateStepper().Step(input).ToArray();
        Compute.MaxDegreeOfParallelism = 3;
        long helped = RnnSharp.Numerics.Team.Helped;
        Bits.ShouldBeSame<float>(model.CreateStepper().Step(input), alone, "3 threads");
        (RnnSharp.Numerics.Team.Helped - helped).Should().BeGreaterThan(0);
    }

    [Fact]
    public void Nothing_keeps_a_second_copy_of_the_weights()
    {
        ILayer<float> model = new LayerStack<float>(new EmbeddingLayer<float>(100, 200, seed: 1), new LstmLayer<float>(200, 256, 2), new DenseLayer<float>(256, 100, 4));
        long before = GC.GetTotalMemory(forceFullCollection: true);
        ILayer<float> quantized = model.Quantize();
        quantized.CreateStepper().Step(StepInput<float>.Tokens([1]));
        double bytes = GC.GetTotalMemory(forceFullCollection: true) - before;
        (bytes / (sizeof(float) * model.Parameters.Sum(parameter => parameter.Count))).Should().BeInRange(0.2, 0.3);
        GC.KeepAlive(quantized);
    }

    [Fact]
    public void Any_number_of_callers_may_share_a_model()
    {
        ILayer<float> model = QuantizedModels.Quantized("stack");
        Sequence<float> input = QuantizedModels.InputFor("stack", Batch, Steps);
        float[] expected = model.Predict(input).Values.ToArray();
        Parallel.For(0, 64, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ => Bits.ShouldBeSame<float>(model.Predict(input).Values, expected, "a concurrent call"));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Warm_calls_allocate_nothing(string name, QuantizedType type)
    {
        ILayer<float> model = QuantizedModels.Quantized(name, type);
        Sequence<float> features = QuantizedModels.InputFor(name, 3, Steps), tokens = QuantizedModels.InputFor(name, 3, Steps, tokens: true), output = new(model.OutputSize, 3, Steps);
        Warm.ShouldAllocateNothing(() =>
        {
            State<float> state = model.CreateState(3);
            float[] column = new float[model.OutputSize * 3];
            var calls = new List<(string, Action)> { ("Predict", () => model.Predict(features, state, output)), ("Predict with tokens", () => model.Predict(tokens, state, output)) };
            if (!model.IsStreaming) return [.. calls];
            Stepper<float> stepper = model.CreateStepper(3);
            calls.Add(("Step", () => model.Step(At(features, 0), state, column)));
            calls.Add(("Stepper.Step", () => _ = stepper.Step(At(tokens, 1))));
            return [.. calls];
        });
    }

    [Fact]
    public void States_of_the_float_model_can_be_continued()
    {
        ILayer<float> model = QuantizedModels.Create("stack"), quantized = model.Quantize();
        Sequence<float> input = QuantizedModels.InputFor("stack", 2, 12);
        State<float> state = model.CreateState(2);
        model.Predict(input.SliceSteps(0, 6), state);
        Sequence<float> expected = model.Predict(input.SliceSteps(6, 6), state.Clone()), actual = quantized.Predict(input.SliceSteps(6, 6), state);
        for (int i = 0; i < expected.Values.Length; i++) actual.Values[i].Should().BeApproximately(expected.Values[i], 0.05f);
    }

    [Fact]
    public void Numbers_that_are_not_finite_stay_visible_and_stay_in_their_example()
    {
        ILayer<float> model = QuantizedModels.Quantized("lstm");
        Sequence<float> input = QuantizedModels.InputFor("lstm", 2, 2);
        float[] expected = model.Predict(Example(input, 1)).Values.ToArray();
        input.Step(0)[3] = float.PositiveInfinity;
        Sequence<float> output = model.Predict(input);
        output.Step(0)[..model.OutputSize].ToArray().Should().OnlyContain(value => float.IsNaN(value));
        for (int t = 0; t < 2; t++) Bits.ShouldBeSame<float>(output.Step(t)[model.OutputSize..], expected.AsSpan(t * model.OutputSize, model.OutputSize), $"example 1, step {t}");
    }

    private static StepInput<float> At(Sequence<float> input, int step) => input.IsTokens ? StepInput<float>.Tokens(input.Tokens.Slice(step * input.Batch, input.Batch)) : input.Step(step);

    private static Sequence<float> Example(Sequence<float> input, int example)
    {
        if (input.IsTokens) return Sequence<float>.FromTokens([[.. Enumerable.Range(0, input.Steps).Select(t => input.Tokens[t * input.Batch + example])]], input.Features);
        var single = new Sequence<float>(input.Features, 1, input.Steps);
        for (int t = 0; t < input.Steps; t++) input.Step(t).Slice(example * input.Features, input.Features).CopyTo(single.Step(t));
        return single;
    }
}

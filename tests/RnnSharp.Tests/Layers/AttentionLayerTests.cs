using System.Numerics;
using System.Text.Json;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Tests.Recurrent;
using RnnSharp.Tests.References;
using Xunit;

namespace RnnSharp.Tests.Layers;

/// <summary>Attention against attention.py (PyTorch): outputs, weights and all gradients, alone and in an encoder-decoder.</summary>
public sealed class AttentionLayerTests
{
    private const double Tolerance = 1e-12;

    private static readonly JsonElement Reference = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "References", "attention.json"))).RootElement;

    public static TheoryData<int> LayerNumbers => [.. Enumerable.Range(0, Reference.GetProperty("layers").GetArrayLength())];

    public static TheoryData<int> TranslatorNumbers => [.. Enumerable.Range(0, Reference.GetProperty("translators").GetArrayLength())];

    [Theory]
    [MemberData(nameof(LayerNumbers))]
    public void A_layer_equals_PyTorch(int number)
    {
        JsonElement item = Reference.GetProperty("layers")[number];
        Check<double>(item, Tolerance);
        Check<float>(item, 2e-5);
    }

    [Theory]
    [MemberData(nameof(TranslatorNumbers))]
    public void An_encoder_decoder_with_attention_equals_PyTorch(int number)
    {
        JsonElement item = Reference.GetProperty("translators")[number];
        (EncoderDecoder<double> model, Sequence<double> source, Sequence<double> x, State<double> initial) = Translator(item);
        ForwardPass<double> pass = model.Forward(source, x, initial);
        Near(pass.Output.Values, item, "output");
        Sequence<double> dy = Sequence<double>(item.GetProperty("output_gradient"));
        Gradients<double> gradients = model.Backward(pass, dy);
        Near(gradients.Input!.Values, item, "x_gradient");
        Near(gradients.InitialState["0.0.h"].Values, item, "initial_h_gradient");
        gradients.InitialState["0.1.memory"].Values.ToArray().Should().OnlyContain(value => value == 0, "the source overwrites the memory");
        foreach (JsonProperty expected in item.GetProperty("gradients").EnumerateObject())
            GoldenCases.ShouldBeNear<double>(gradients.Values(IndexOf(model, expected.Name)), Columns(expected.Value), Tolerance, expected.Name);

        // The gradient of the source is zero past its end.
        double[] ofSource = Flat(item.GetProperty("source_gradient"));
        GoldenCases.ShouldBeNear<double>(gradients.Parts[0].Input!.Values, ofSource, Tolerance, "gradient of the source");

        // Predict and Step from an encoded state.
        State<double> state = model.CreateState(x.Batch);
        state.CopyFrom(initial);
        Bits.ShouldBeSame<double>(model.Predict(source, x, state).Values, pass.Output.Values, "Predict");
        state.CopyFrom(initial);
        model.Encode(source, state);
        var stepped = new double[pass.Output.Step(0).Length];
        for (int t = 0; t < x.Steps; t++)
        {
            model.Step(x.Step(t), state, stepped);
            Bits.ShouldBeSame<double>(stepped, pass.Output.Step(t), "Step");
        }
    }

    [Fact]
    public void Gradients_through_the_memory_agree_with_central_differences()
    {
        JsonElement item = Reference.GetProperty("translators")[0];
        (EncoderDecoder<double> model, Sequence<double> source, Sequence<double> x, State<double> initial) = Translator(item);
        Sequence<double> dy = Make.Sequence<double>(model.OutputSize, x.Batch, x.Steps, new Random(4));
        Gradients<double> gradients = model.Backward(model.Forward(source, x, initial), dy);
        for (int p = 0; p < model.Parameters.Count; p++)
        {
            Parameter<double> parameter = model.Parameters[p];
            for (int k = 0; k < parameter.Count; k++) Compare(gradients.Values(p)[k], h => parameter.Update((k, h), static (values, at) => values[at.k] += at.h), $"{model.ParameterNames[p]}[{k}]");
        }

        for (int k = 0; k < source.Values.Length; k++) Compare(gradients.Parts[0].Input!.Values[k], h => source.Values[k] += h, $"source[{k}]");
        for (int k = 0; k < x.Values.Length; k++) Compare(gradients.Input!.Values[k], h => x.Values[k] += h, $"x[{k}]");
        StateLeaf<double> start = initial["0.0.h"];
        for (int k = 0; k < start.Values.Length; k++) Compare(gradients.InitialState["0.0.h"].Values[k], h => start.Values[k] += h, $"h[{k}]");

        void Compare(double gradient, Action<double> move, string what)
        {
            const double Step = 1e-5;
            move(Step);
            double up = Loss();
            move(-2 * Step);
            double down = Loss();
            move(Step);
            gradient.Should().BeApproximately((up - down) / (2 * Step), 1e-8, what);
        }

        double Loss()
        {
            ReadOnlySpan<double> y = model.Forward(source, x, initial).Output.Values;
            double sum = 0;
            for (int i = 0; i < y.Length; i++) sum += y[i] * dy.Values[i];
            return sum;
        }
    }

    [Fact]
    public void A_memory_without_steps_gives_a_context_of_zeros_and_others_weights_that_add_up_to_one()
    {
        var layer = new AttentionLayer<float>(2, 3, 4, seed: 1);
        State<float> state = layer.CreateState(2);
        state[AttentionLayer<float>.MemoryLeaf].Values.Fill(1);
        state[AttentionLayer<float>.MaskLeaf].Values[5] = 1;
        state[AttentionLayer<float>.MaskLeaf].Values[7] = 1;
        Sequence<float> x = Make.Sequence<float>(2, 2, 3, new Random(1));
        ForwardPass<float> pass = layer.Forward(x, state);
        Sequence<float> weights = pass.GetValues(AttentionLayer<float>.WeightsName);
        weights.Step(2).ToArray().Should().Equal(0, 0, 0, 0, 0, 0.5f, 0, 0.5f);
        pass.Output.Step(1).ToArray().Should().Equal(0, 0, 0, x[0, 0, 1], x[1, 0, 1], 1, 1, 1, x[0, 1, 1], x[1, 1, 1]);
        layer.Forward(x).Output[0, 1, 0].Should().Be(0, "a state of zeros has no memory");
    }

    [Fact]
    public void A_changed_memory_or_parameter_is_projected_again()
    {
        var layer = new AttentionLayer<float>(2, 3, 2, seed: 1, new() { Score = AttentionScore.Additive });
        Sequence<float> x = Make.Sequence<float>(2, 1, 1, new Random(1));
        State<float> state = Make.State(layer, 1, new Random(2));
        state[AttentionLayer<float>.MaskLeaf].Values.Fill(1);
        float[] first = layer.Predict(x, state).Values.ToArray();
        state[AttentionLayer<float>.MemoryLeaf].Values[0] += 1;
        float[] second = layer.Predict(x, state).Values.ToArray();
        second.Should().NotEqual(first);
        Bits.ShouldBeSame<float>(second, layer.Forward(x, state).Output.Values, "Forward");
        layer.Parameters[2].Update(0, static (values, _) => values[0] += 1);
        float[] third = layer.Predict(x, state).Values.ToArray();
        third.Should().NotEqual(second);
        Bits.ShouldBeSame<float>(third, layer.Forward(x, state).Output.Values, "Forward");
    }

    [Fact]
    public void An_input_that_is_too_large_leaves_the_pass_as_it_is()
    {
        var layer = new AttentionLayer<float>(1, 1, 4000, seed: 1);
        ForwardPass<float> pass = layer.Forward(Make.Sequence<float>(1, 1, 2, new Random(1)), Make.State(layer, 1, new Random(2)));
        float[] memory = pass.FinalState[AttentionLayer<float>.MemoryLeaf].Values.ToArray();
        layer.Invoking(it => it.Forward(new Sequence<float>(1, 1000, 1000), reuse: pass)).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("input").WithMessage("*got 4000000000.*");
        pass.FinalState[AttentionLayer<float>.MemoryLeaf].Values.ToArray().Should().Equal(memory);
        layer.Backward(pass, pass.Output).Input!.Steps.Should().Be(2);
    }

    [Fact]
    public void Predict_keeps_the_weights_of_one_step_and_head_only()
    {
        const int Batch = 2, Steps = 100, MemorySteps = 200, Heads = 4;
        var layer = new AttentionLayer<float>(4, 4, MemorySteps, seed: 1, new() { Score = AttentionScore.MultiHead, Heads = Heads });
        Sequence<float> x = Make.Sequence<float>(4, Batch, Steps, new Random(1)), y = new(4, Batch, Steps);
        State<float> state = Make.State(layer, Batch, new Random(2));
        state[AttentionLayer<float>.MaskLeaf].Values.Fill(1);
        float[] expected = layer.Forward(x, state).Output.Values.ToArray();
        long before = GC.GetAllocatedBytesForCurrentThread();
        layer.Predict(x, state, y);
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(sizeof(float) * Batch * Steps * MemorySteps * Heads / 4);
        Bits.ShouldBeSame<float>(y.Values, expected, "output");
    }

    private static void Check<T>(JsonElement item, double tolerance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        AttentionScore score = item.Text("score") switch { "dot" => AttentionScore.Dot, "general" => AttentionScore.General, "additive" => AttentionScore.Additive, _ => AttentionScore.MultiHead };
        int steps = item.Integer("memory_steps");
        var layer = new AttentionLayer<T>(item.Integer("query"), item.Integer("memory_size"), steps, 0, new() { Score = score, Units = item.Has("units") ? item.Integer("units") : null, Heads = item.Integer("heads") });
        SetParameters(layer, item);
        int[] lengths = item.Integers("lengths");
        State<T> state = layer.CreateState(lengths.Length);
        GoldenCases.Convert<T>(Flat(item.GetProperty("memory"))).CopyTo(state[AttentionLayer<T>.MemoryLeaf].Values);
        for (int j = 0; j < lengths.Length; j++) state[AttentionLayer<T>.MaskLeaf].Values.Slice(j * steps, lengths[j]).Fill(T.One);
        ForwardPass<T> pass = layer.Forward(Sequence<T>(item.GetProperty("x")), state);
        Near<T>(pass.Output.Values, item, "output", tolerance);
        Near<T>(pass.GetValues(AttentionLayer<T>.WeightsName).Values, item, "weights", tolerance);
        Gradients<T> gradients = layer.Backward(pass, Sequence<T>(item.GetProperty("output_gradient")));
        Near<T>(gradients.Input!.Values, item, "x_gradient", tolerance);
        Near<T>(gradients.InitialState[AttentionLayer<T>.MemoryLeaf].Values, item, "memory_gradient", tolerance);
        for (int p = 0; p < layer.Parameters.Count; p++) GoldenCases.ShouldBeNear<T>(gradients.Values(p), Columns(item.GetProperty("gradients").GetProperty(layer.ParameterNames[p])), tolerance, layer.ParameterNames[p]);
    }

    private static (EncoderDecoder<double> Model, Sequence<double> Source, Sequence<double> Input, State<double> Initial) Translator(JsonElement item)
    {
        int hidden = item.Integer("hidden"), targets = item.Integer("targets");
        GruOptions two = new() { Bias = RecurrentBias.Separate };
        var model = new EncoderDecoder<double>(
            new GruLayer<double>(item.Integer("sources"), hidden, 0, two),
            new LayerStack<double>(
                new GruLayer<double>(targets, hidden, 0, two), new AttentionLayer<double>(hidden, hidden, 7, 0), new DenseLayer<double>(2 * hidden, hidden, 0),
                new ActivationLayer<double>(hidden, Activation.Tanh), new DenseLayer<double>(hidden, targets, 0)));
        SetParameters(model, item);
        Sequence<double> source = Sequence<double>(item.GetProperty("source"));
        source.SetLengths(item.Integers("lengths"));
        Padding.Spoil(source, item.Integers("lengths"));
        State<double> initial = model.CreateState(source.Batch);
        Flat(item.GetProperty("initial_h")).CopyTo(initial["0.0.h"].Values);
        return (model, source, Sequence<double>(item.GetProperty("x")), initial);
    }

    private static void SetParameters<T>(ILayer<T> model, JsonElement item)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        JsonElement parameters = item.GetProperty("parameters");
        for (int p = 0; p < model.Parameters.Count; p++) model.Parameters[p].Set(GoldenCases.Convert<T>(Columns(parameters.GetProperty(model.ParameterNames[p]))));
    }

    private static int IndexOf(ILayer<double> model, string name) => model.ParameterNames.ToList().IndexOf(name);

    private static Sequence<T> Sequence<T>(JsonElement item)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var sequence = new Sequence<T>(item[0][0].GetArrayLength(), item[0].GetArrayLength(), item.GetArrayLength());
        GoldenCases.Convert<T>(Flat(item)).CopyTo(sequence.Values);
        return sequence;
    }

    private static double[] Flat(JsonElement item) => item.ValueKind == JsonValueKind.Array ? [.. item.EnumerateArray().SelectMany(Flat)] : [item.GetDouble()];

    /// <summary>A matrix of nested rows, column by column; or a vector.</summary>
    private static double[] Columns(JsonElement item)
    {
        if (item[0].ValueKind != JsonValueKind.Array) return Flat(item);
        int rows = item.GetArrayLength(), columns = item[0].GetArrayLength();
        return [.. Enumerable.Range(0, rows * columns).Select(k => item[k % rows][k / rows].GetDouble())];
    }

    private static void Near<T>(ReadOnlySpan<T> actual, JsonElement item, string name, double tolerance = Tolerance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => GoldenCases.ShouldBeNear(actual, Flat(item.GetProperty(name)), tolerance, name);
}

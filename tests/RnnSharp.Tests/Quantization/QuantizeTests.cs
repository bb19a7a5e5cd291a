using FluentAssertions;
using RnnSharp.Data;
using RnnSharp.Layers;
using RnnSharp.Quantization;
using RnnSharp.Recurrent;
using RnnSharp.Text;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Quantization;

/// <summary>What a quantized model is, what it refuses, and the report.</summary>
public sealed class QuantizeTests
{
    [Fact]
    public void Containers_and_layers_without_matrices_are_kept()
    {
        var model = (LayerStack<float>)QuantizedModels.Create("stack");
        var quantized = (LayerStack<float>)model.Quantize();
        quantized.ToString().Should().Be("LayerStack 21 -> 10 [LstmLayer, Int8 21 -> 24, DropoutLayer (0.5, each step) 24 -> 24, LayerNormalizationLayer 24 -> 24, ResidualLayer 24 -> 24, DenseLayer, Int8 24 -> 10]");
        quantized.Layers[3].Parts[0].Layer.ToString().Should().Be("GruLayer, Int8 24 -> 24");
        quantized.ParameterNames.Should().Equal("2.weight", "2.bias");
        quantized.CreateState(3).Names.Should().Equal(model.CreateState(3).Names);
        quantized.Summary(2, 3).Total.MultiplyAddsPerStep.Should().Be(model.Summary(2, 3).Total.MultiplyAddsPerStep);
        new LstmLayer<float>(3, 4, 1, new() { Peepholes = true, ProjectionSize = 2 }).Quantize(new() { Type = QuantizedType.BFloat16 }).ToString().Should().Be("LstmLayer (projection 2, peepholes), BFloat16 3 -> 2");
    }

    [Fact]
    public void The_quantized_model_shares_nothing_with_the_float_model()
    {
        ILayer<float> model = QuantizedModels.Create("stack"), quantized = model.Quantize();
        Sequence<float> input = QuantizedModels.InputFor("stack", 2, 3);
        float[] before = quantized.Predict(input).Values.ToArray();
        foreach (Parameter<float> parameter in model.Parameters) parameter.Update(0, static (values, _) => values.Clear());
        quantized.Predict(input).Values.ToArray().Should().Equal(before);
    }

    [Fact]
    public void Layers_can_be_kept_in_float()
    {
        ILayer<float> model = QuantizedModels.Create("stack");
        ILayer<float> quantized = model.Quantize(new() { Keep = layer => layer is DenseLayer<float> or ResidualLayer<float> });
        quantized.Parts.Select(part => part.Layer.ToString()).Should().Equal("LstmLayer, Int8 21 -> 24", "DropoutLayer (0.5, each step) 24 -> 24", "LayerNormalizationLayer 24 -> 24", "ResidualLayer 24 -> 24 [GruLayer 24 -> 24]", "DenseLayer 24 -> 10");
        quantized.Parts[4].Layer.Should().NotBeSameAs(model.Parts[4].Layer);
        Sequence<float> input = QuantizedModels.InputFor("stack", 2, 3);
        ILayer<float> whole = model.Quantize(new() { Keep = _ => true });
        whole.Predict(input).Values.ToArray().Should().Equal(model.Predict(input).Values.ToArray());
        new LstmLayer<float>(3, 4, 1, new() { LayerNormalization = true }).Quantize(new() { Keep = layer => layer is LstmLayer<float> }).Should().BeOfType<LstmLayer<float>>();
    }

    [Theory]
    [InlineData("lstm")]
    [InlineData("dense")]
    [InlineData("stack")]
    [InlineData("bidirectional")]
    public void Training_calls_are_refused_before_any_work(string name)
    {
        ILayer<float> model = QuantizedModels.Quantized(name);
        Sequence<float> input = QuantizedModels.InputFor(name, 2, 3);
        foreach (Action call in (Action[])[() => model.Forward(input), () => model.CreatePass()])
            call.Should().Throw<InvalidOperationException>().WithMessage("A quantized layer cannot be trained: call Predict or Step instead of Forward*");
    }

    [Fact]
    public void Bad_calls_throw_as_those_of_other_layers_do()
    {
        ILayer<float> model = QuantizedModels.Quantized("lstm");
        ((Action)(() => model.Predict(new Sequence<float>(3, 1, 1)))).Should().Throw<ArgumentException>().WithParameterName("input");
        ((Action)(() => model.Step(new float[21], model.CreateState(1), new float[3]))).Should().Throw<ArgumentException>().WithParameterName("output");
        ((Action)(() => model.Step(StepInput<float>.Tokens([21]), model.CreateState(1), new float[37]))).Should().Throw<ArgumentException>().WithParameterName("input");
        ((Action)(() => QuantizedModels.Quantized("embedding").Predict(new Sequence<float>(21, 1, 1)))).Should().Throw<ArgumentException>().WithParameterName("input");
        ((Action)(() => _ = new QuantizationOptions { Type = (QuantizedType)3 })).Should().Throw<ArgumentOutOfRangeException>();
        ((Action)(() => _ = new QuantizationOptions { Formats = null! })).Should().Throw<ArgumentNullException>();
    }

    [Fact]
    public void A_language_model_generates_with_quantized_weights()
    {
        const string Text = "the quick brown fox jumps over the lazy dog";
        var vocabulary = CharacterVocabulary.FromText(Text);
        ILayer<float> model = new LayerStack<float>(new EmbeddingLayer<float>(vocabulary.Size, 16, seed: 1), new GruLayer<float>(16, 32, 2), new DenseLayer<float>(32, vocabulary.Size, 3)).Quantize();
        var language = new LanguageModel<float>(model, vocabulary);
        string first = language.Generate("the", new() { MaxTokens = 20, Seed = 1 }), second = language.Generate("the", new() { MaxTokens = 20, Seed = 1 });
        first.Should().Be(second).And.HaveLength(20);
        double.IsFinite(language.Perplexity(Text)).Should().BeTrue();
    }

    [Fact]
    public void The_report_compares_outputs_losses_and_sizes()
    {
        var model = new DenseLayer<float>(2, 1);
        model.Weights.Set([1, 0.5f]);
        model.Bias.Set([0]);
        ILayer<float> quantized = model.Quantize(new() { Type = QuantizedType.BFloat16 });
        Sequence<float> x = new(2, 1, 2), y = new(1, 1, 2);
        ((float[])[1, 2, 4, 0]).CopyTo(x.Values);
        QuantizationReport exact = QuantizationReport.Compare(model, quantized, [x, x]);
        (exact.Values, exact.WorstError, exact.MeanError, exact.LargestOutput, exact.Loss, exact.ModelBytes).Should().Be((4L, 0d, 0d, 4d, null, 12L));

        model.Weights.Set([1.25f, 0.5f]);
        var source = new SequenceBatches<float>(x, y);
        QuantizationReport report = QuantizationReport.Compare(model, quantized, source, new MeanSquaredError<float>());
        (report.Values, report.WorstError, report.MeanError, report.LargestOutput).Should().Be((2L, 1d, 0.625, 5d));
        report.QuantizedLoss!.Value.Value.Should().BeApproximately(report.Loss!.Value.Value * (4 + 16) / (2.25 * 2.25 + 25), 1e-6);
        report.ToString().Should().Be("worst error 1, mean 0.625 of 2 outputs up to 5; loss 15.03 -> 10 (-33.47 %); 1.2E-05 MB -> " + FormattableString.Invariant($"{report.QuantizedBytes / 1e6:G3} MB ({100.0 * report.QuantizedBytes / 12:F0} %)"));
        QuantizationReport.Compare(model, quantized, source, new MeanSquaredError<float>()).Should().Be(report, "a comparison starts at the start of an epoch");
    }

    [Fact]
    public void The_report_carries_states_where_the_source_does_and_counts_no_padding()
    {
        ILayer<float> model = QuantizedModels.Create("rnn"), quantized = model.Quantize();
        Sequence<float> input = QuantizedModels.InputFor("rnn", 3, 8, ragged: true);
        QuantizationReport report = QuantizationReport.Compare(model, quantized, [input]);
        report.Values.Should().Be((0 + 1 + 2) * 70);

        // Two windows of one stream, of which the second continues the first.
        int[] tokens = [.. Enumerable.Range(0, 13).Select(i => i * i % 21)];
        var stack = new LayerStack<float>(new RnnLayer<float>(21, 9, 1), new DenseLayer<float>(9, 21, 2));
        var loss = new SoftmaxCrossEntropy<float>();
        ILayer<float> small = stack.Quantize();
        QuantizationReport windows = QuantizationReport.Compare(stack, small, new TokenStreamBatches<float>(tokens, 21, batch: 1, window: 6), loss);
        Sequence<float> whole = Sequence<float>.FromTokens([tokens[..12]], 21), target = Sequence<float>.FromTokens([tokens[1..]], 21);
        windows.Values.Should().Be(12 * 21);
        windows.Loss!.Value.Sum.Should().BeApproximately(loss.Compute(stack.Predict(whole), target).Sum, 1e-5);
        windows.QuantizedLoss!.Value.Sum.Should().BeApproximately(loss.Compute(small.Predict(whole), target).Sum, 1e-5);
    }

    [Fact]
    public void The_perplexity_of_a_trained_model_stays_within_half_a_percent()
    {
        string text = string.Concat(Enumerable.Repeat("pack my box with five dozen liquor jugs. how vexingly quick daft zebras jump! ", 12));
        var vocabulary = CharacterVocabulary.FromText(text);
        var model = new LayerStack<float>(new LstmLayer<float>(vocabulary.Size, 48, 1), new DenseLayer<float>(48, vocabulary.Size, 2));
        int[] tokens = vocabulary.Encode(text);
        Sequence<float> input = Sequence<float>.FromTokens([tokens[..^1]], vocabulary.Size), target = Sequence<float>.FromTokens([tokens[1..]], vocabulary.Size);
        var loss = new SoftmaxCrossEntropy<float>();
        var adam = new Adam<float>(0.02);
        ForwardPass<float>? pass = null;
        Gradients<float>? gradients = null;
        var gradient = new Sequence<float>(vocabulary.Size, 1, 1);
        for (int step = 0; step < 25; step++)
        {
            pass = model.Forward(input, reuse: pass);
            loss.Compute(pass.Output, target, gradient);
            gradients = model.Backward(pass, gradient, inputGradient: false, reuse: gradients);
            adam.Step(model, gradients);
        }

        double expected = Math.Exp(loss.Compute(model.Predict(input), target).Mean);
        expected.Should().BeLessThan(12, "the model has learned something");
        foreach (QuantizedType type in Enum.GetValues<QuantizedType>())
        {
            double actual = Math.Exp(loss.Compute(model.Quantize(new() { Type = type }).Predict(input), target).Mean);
            (Math.Abs(actual - expected) / expected).Should().BeLessThan(0.005, "{0}", type);
        }
    }
}

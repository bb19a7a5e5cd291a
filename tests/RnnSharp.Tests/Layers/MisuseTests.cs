using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Tests.Serialization;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Layers;

/// <summary>Calls that once gave wrong numbers, an undocumented exception or much memory, and now are right or rejected.</summary>
public sealed class MisuseTests
{
    public static TheoryData<string> Kinds => ["dense", "normalization", "pooling", "residual", "stack", "lstm"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Backward_rejects_an_output_gradient_that_it_would_overwrite(string kind)
    {
        ILayer<float> layer = Layer(kind);
        ForwardPass<float> pass = layer.Forward(Models.Input<float>(200, 2, 3, seed: 1));
        Gradients<float> gradients = layer.Backward(pass, Models.Input<float>(200, 2, pass.Output.Steps, seed: 2));
        layer.Invoking(it => it.Backward(pass, gradients.Input, reuse: gradients)).Should().Throw<ArgumentException>().WithParameterName("outputGradient");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_shorter_output_gradient_counts_as_zero_at_the_steps_that_it_leaves_out(string kind)
    {
        ILayer<float> layer = Layer(kind);
        ForwardPass<float> pass = layer.Forward(Models.Input<float>(200, 2, 3, seed: 1));
        int steps = pass.Output.Steps;
        Sequence<float> whole = Models.Input<float>(200, 2, steps, seed: 2), shorter = whole.SliceSteps(0, steps - 1);
        whole.Step(steps - 1).Clear();
        Gradients<float> expected = layer.Backward(pass, whole), actual = layer.Backward(pass, shorter);
        actual.Input!.Values.ToArray().Should().Equal(expected.Input!.Values.ToArray());
        for (int p = 0; p < expected.Parameters.Count; p++) actual.Values(p).ToArray().Should().Equal(expected.Values(p).ToArray());
    }

    [Fact]
    public void An_encoder_decoder_rejects_its_pass_when_the_source_is_its_output()
    {
        var model = new EncoderDecoder<float>(new LstmLayer<float>(3, 3, seed: 1), new LstmLayer<float>(3, 3, seed: 2));
        Sequence<float> x = Models.Input<float>(3, 2, 4, seed: 1);
        ForwardPass<float> pass = model.Forward(x, x);
        model.Invoking(it => it.Forward(pass.Output, x, reuse: pass)).Should().Throw<ArgumentException>().WithParameterName("reuse");
    }

    [Fact]
    public void A_layer_twice_in_a_tree_is_rejected_with_both_paths()
    {
        var layer = new LstmLayer<float>(3, 3, seed: 1);
        FluentActions.Invoking(() => new LayerStack<float>(layer, new ResidualLayer<float>(layer))).Should().Throw<ArgumentException>().WithMessage("*same LstmLayer as 0 and as 1.0*");
        FluentActions.Invoking(() => new LayerStack<float>(new LayerStack<float>(layer), new ReverseLayer<float>(new LayerStack<float>(layer)))).Should().Throw<ArgumentException>().WithMessage("*0.0*1.0*");
    }

    [Fact]
    public void States_passes_and_gradients_of_other_layers_are_rejected_as_arguments()
    {
        var reverse = new ReverseLayer<float>(new LstmLayer<float>(3, 3, seed: 1));
        Sequence<float> x = Models.Input<float>(3, 2, 4, seed: 1);
        reverse.Invoking(it => it.Forward(x, new State<float>(2))).Should().Throw<ArgumentException>().WithParameterName("initialState");
        reverse.Invoking(it => it.Forward(x, reuse: new ForeignPass(reverse))).Should().Throw<ArgumentException>().WithParameterName("reuse");
        reverse.Invoking(it => it.Backward(new ForeignPass(reverse), null)).Should().Throw<ArgumentException>().WithParameterName("pass");
        var stack = new LayerStack<float>(new DropoutLayer<float>(3, 0.5), new DropoutLayer<float>(3, 0.5));
        FluentActions.Invoking(() => new Gradients<float>(stack, [stack.Parts[0].Layer.CreateGradients()])).Should().Throw<ArgumentException>().WithParameterName("parts");
    }

    [Fact]
    public void A_mean_over_a_million_steps_is_right_in_float()
    {
        var x = new Sequence<float>(1, 1, 1_000_000);
        x.Values.Fill(0.1f);
        var layer = new PoolingLayer<float>(1, Pooling.Mean);
        layer.Predict(x)[0, 0, 0].Should().BeApproximately(0.1f, 1e-6f);
        layer.Forward(x).Output[0, 0, 0].Should().BeApproximately(0.1f, 1e-6f);
    }

    [Fact]
    public void Summaries_of_long_inputs_and_nested_feedback_take_little_memory_and_stay_positive()
    {
        var model = new LayerStack<float>(new LstmLayer<float>(3, 4, seed: 1), new DenseLayer<float>(4, 3, seed: 2));
        model.Summary(64, 1_000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        model.Summary(64, 1_000_000).Total.TapeBytes.Should().BePositive();
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(1 << 20);

        ILayer<float> nested = new DenseLayer<float>(3, 3, seed: 1);
        for (int i = 0; i < 3; i++) nested = new FeedbackLayer<float>(nested, 2_000_000_000);
        ModelSummary summary = nested.Summary(1000, 1);
        summary.Rows.Should().OnlyContain(row => row.TapeBytes >= 0 && row.MultiplyAddsPerStep >= 0);
        before = GC.GetAllocatedBytesForCurrentThread();
        nested.CreatePass();
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(1 << 20);
    }

    [Fact]
    public void Gradients_are_found_by_parameter()
    {
        var layer = new LstmLayer<float>(3, 4, seed: 1);
        Gradients<float> gradients = layer.Backward(layer.Forward(Models.Input<float>(3, 2, 4, seed: 1)), Models.Input<float>(4, 2, 4, seed: 2));
        gradients[layer.RecurrentWeights].Should().Be(gradients["weight_hh"]);
        gradients.Invoking(it => it[new DenseLayer<float>(1, 1).Weights]).Should().Throw<ArgumentException>().WithParameterName("parameter");
    }

    [Fact]
    public void Numbers_out_of_the_range_of_float_are_rejected_before_any_weight_changes()
    {
        FluentActions.Invoking(() => new Adam<float>(1e39)).Should().Throw<ArgumentException>().WithParameterName("learningRate");
        new Adam<float>().Invoking(it => it.LearningRate = 1e39).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => new Adam<float>(1e30, weightDecay: 1e30)).Should().Throw<ArgumentException>();
        var layer = new DenseLayer<float>(1, 1, seed: 1);
        Gradients<float> gradients = layer.CreateGradients();
        gradients.Values(0)[0] = 3;
        FluentActions.Invoking(() => GradientClipping.ByNorm(gradients, 1e-46)).Should().Throw<ArgumentException>().WithParameterName("maxNorm");
        gradients.Values(0)[0].Should().Be(3);
        var adam = new Adam<float>();
        adam.Step(layer.Parameters, gradients);
        AdamState<float> state = adam.GetState(layer);
        foreach (AdamMoments<float> moments in (AdamMoments<float>[])[new(1, [float.NaN], [1]), new(1, [1], [-1]), new(long.MaxValue, [1], [1])])
            adam.Invoking(it => it.SetState(layer, new AdamState<float>(new Dictionary<string, AdamMoments<float>>(StringComparer.Ordinal) { ["weight"] = moments }))).Should().Throw<ArgumentException>().WithParameterName("state");
        adam.GetState(layer).Moments["weight"].First.Should().Equal(state.Moments["weight"].First);
    }

    [Theory]
    [InlineData("adam")]
    [InlineData("sgd")]
    public void An_optimizer_does_not_keep_the_parameters_of_dropped_layers_alive(string kind)
    {
        IOptimizer<float> optimizer = kind is "adam" ? new Adam<float>() : new Sgd<float>(0.1, momentum: 0.9);
        (WeakReference weights, WeakReference gradients) = StepOnce(optimizer);
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        weights.IsAlive.Should().BeFalse();
        gradients.IsAlive.Should().BeFalse();
        GC.KeepAlive(optimizer);

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static (WeakReference Weights, WeakReference Gradients) StepOnce(IOptimizer<float> optimizer)
        {
            var layer = new DenseLayer<float>(3, 3, seed: 1);
            Gradients<float> gradients = layer.CreateGradients();
            optimizer.Step(layer.Parameters, gradients);
            return (new WeakReference(layer.Weights), new WeakReference(gradients));
        }
    }

    [Fact]
    public void Gradients_of_parts_that_are_not_the_layers_are_rejected()
    {
        var stack = new LayerStack<float>(new DenseLayer<float>(3, 3, seed: 1), new DenseLayer<float>(3, 3, seed: 2));
        Gradients<float> first = stack.Layers[0].CreateGradients(), second = stack.Layers[1].CreateGradients(), other = new DenseLayer<float>(3, 3, seed: 1).CreateGradients();
        foreach (Gradients<float>[] parts in (Gradients<float>[][])[[], [first], [second, first], [first, first], [first, other], [first, second, other], [first, null!]])
            FluentActions.Invoking(() => new Gradients<float>(stack, parts)).Should().Throw<ArgumentException>().WithParameterName("parts");
        new Gradients<float>(stack, [first, second]).Parameters.Should().Equal(stack.Parameters);
    }

    private static ILayer<float> Layer(string kind) => kind switch
    {
        "dense" => new DenseLayer<float>(200, 200, seed: 1),
        "normalization" => new LayerNormalizationLayer<float>(200),
        "pooling" => new PoolingLayer<float>(200, Pooling.Max),
        "residual" => new ResidualLayer<float>(new DenseLayer<float>(200, 200, seed: 1)),
        "stack" => new LayerStack<float>(new DenseLayer<float>(200, 200, seed: 1), new GruLayer<float>(200, 200, seed: 2)),
        _ => new LstmLayer<float>(200, 200, seed: 1),
    };

    private sealed class ForeignPass(ILayer<float> layer) : ForwardPass<float>(layer);
}

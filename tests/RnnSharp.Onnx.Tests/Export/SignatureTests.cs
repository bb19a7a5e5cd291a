using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Onnx.Schema;
using RnnSharp.Recurrent;
using Xunit;

namespace RnnSharp.Onnx.Tests.Export;

/// <summary>The inputs and outputs of an exported model.</summary>
public sealed class SignatureTests
{
    private static LayerStack<float> Tagger => new(new EmbeddingLayer<float>(10, 4, seed: 1), Bidirectional.Of(seed => new LstmLayer<float>(4, 3, seed), seed: 2), new DenseLayer<float>(6, 5, seed: 3));

    [Fact]
    public void Inputs_and_outputs_have_names_and_shapes()
    {
        GraphProto graph = Graphs.Of(Tagger);
        graph.Input.Select(Text).Should().Equal(
            "input int64 [steps, batch]",
            "lengths int32 [lengths.batch]",
            "1.forward.h float [1.forward.h.batch, 3]",
            "1.forward.c float [1.forward.c.batch, 3]",
            "1.backward.h float [1.backward.h.batch, 3]",
            "1.backward.c float [1.backward.c.batch, 3]");
        graph.Output.Select(Text).Should().Equal(
            "output float [output_steps, batch, 5]",
            "1.forward.h.final float [batch, 3]",
            "1.forward.c.final float [batch, 3]",
            "1.backward.h.final float [batch, 3]",
            "1.backward.c.final float [batch, 3]");
    }

    [Fact]
    public void Options_change_the_shape_of_the_graph()
    {
        GraphProto graph = Graphs.Of(new GruLayer<double>(2, 3, 1), new() { BatchFirst = true, Lengths = false, State = false });
        graph.Input.Select(Text).Should().Equal("input double [batch, steps, 2]");
        graph.Output.Select(Text).Should().Equal("output double [batch, output_steps, 3]");
        graph.Node.Should().NotContain(node => node.OpType == "Where" || node.OpType == "Less", "no mask is needed");
        Graphs.Of(new GruLayer<double>(2, 3, 1), new() { Tokens = true }).Input.Select(Text).First().Should().Be("input int64 [steps, batch]");
    }

    [Fact]
    public void An_encoder_and_decoder_has_a_source()
    {
        var model = new EncoderDecoder<float>(new LayerStack<float>(new EmbeddingLayer<float>(7, 2, seed: 1), new GruLayer<float>(2, 3, 2)), new LayerStack<float>(new GruLayer<float>(4, 3, 3)));
        GraphProto graph = Graphs.Of(model);
        graph.Input.Select(Text).Should().BeEquivalentTo("input float [steps, batch, 4]", "lengths int32 [lengths.batch]", "source int64 [source_steps, batch]", "source_lengths int32 [source_lengths.batch]", "0.0.h float [0.0.h.batch, 3]");
        graph.Output.Select(output => output.Name).Should().Equal("output", "0.0.h.final");
        for (int seed = 0; seed < 4; seed++) ExportCheck.Check(model, seed, tokens: false, options: new() { SourceTokens = true, BatchFirst = seed % 2 == 0 });
    }

    [Fact]
    public void The_decoder_alone_continues_what_the_source_began()
    {
        var model = new EncoderDecoder<float>(new GruLayer<float>(2, 3, 1), new GruLayer<float>(4, 3, 2));
        using OnnxRun<float> both = new(OnnxRun<float>.Export(model)), decoder = new(OnnxRun<float>.Export(model.Decoder));
        var random = new Random(1);
        Sequence<float> source = ExportCheck.Input<float>(2, 2, 5, tokens: false, ragged: true, random);
        State<float> ours = model.CreateState(2), theirs = model.CreateState(2);
        Sequence<float> x = ExportCheck.Input<float>(4, 2, 1, tokens: false, ragged: false, random);
        Same(model.Predict(source, x, ours), both.Run(x, theirs, source));
        for (int step = 0; step < 3; step++)
        {
            x = ExportCheck.Input<float>(4, 2, 1, tokens: false, ragged: false, random);
            Same(model.Predict(x, ours), decoder.Run(x, theirs.Parts[0]));
        }

        static void Same(Sequence<float> expected, float[] actual) => actual.Should().Equal(expected.Values.ToArray(), (a, b) => Math.Abs(a - b) < 1e-5f);
    }

    [Fact]
    public void Nothing_but_the_input_need_be_given()
    {
        LayerStack<float> model = Tagger;
        using var run = new OnnxRun<float>(OnnxRun<float>.Export(model));
        run.Inputs.Should().Equal("input", "lengths", "1.forward.h", "1.forward.c", "1.backward.h", "1.backward.c");
        Sequence<float> x = ExportCheck.Input<float>(10, 3, 5, tokens: true, ragged: false, new Random(1));
        float[] expected = model.Predict(x).Values.ToArray(), actual = run.Run(x);
        for (int i = 0; i < expected.Length; i++) actual[i].Should().BeApproximately(expected[i], 1e-5f);
    }

    [Fact]
    public void Single_steps_continue_a_stream()
    {
        var model = new LayerStack<float>(new LstmLayer<float>(2, 3, 1, new() { CellZoneout = 0.2 }), new GruLayer<float>(3, 3, 2), new DenseLayer<float>(3, 2, 3));
        using var run = new OnnxRun<float>(OnnxRun<float>.Export(model));
        Sequence<float> whole = ExportCheck.Input<float>(2, 2, 6, tokens: false, ragged: false, new Random(1));
        float[] expected = model.Predict(whole).Values.ToArray();
        State<float> state = model.CreateState(2);
        for (int t = 0; t < whole.Steps; t++)
        {
            var step = new Sequence<float>(2, 2, 1);
            whole.Step(t).CopyTo(step.Values);
            float[] y = run.Run(step, state);
            for (int i = 0; i < y.Length; i++) y[i].Should().BeApproximately(expected[t * y.Length + i], 1e-5f);
        }
    }

    [Fact]
    public void One_session_runs_batches_of_any_size()
    {
        var model = new LayerStack<float>(new GruLayer<float>(3, 40, 1), new LstmLayer<float>(40, 30, 2, new() { CellClip = 1 }), new DenseLayer<float>(30, 20, 3));
        using var run = new OnnxRun<float>(OnnxRun<float>.Export(model));
        var random = new Random(1);
        for (int call = 0; call < 40; call++)
        {
            int batch = 1 + call % 7;
            State<float>? ours = call % 3 == 0 ? null : model.CreateState(batch), theirs = ours?.Clone();
            Sequence<float> x = ExportCheck.Input<float>(3, batch, 1 + call % 5, tokens: false, ragged: call % 4 == 0, random);
            float[] expected = model.Predict(x, ours).Values.ToArray(), actual = run.Run(x, theirs);
            actual.Should().HaveCount(expected.Length);
            for (int i = 0; i < expected.Length; i++) actual[i].Should().BeApproximately(expected[i], 1e-5f);
            for (int i = 0; ours is not null && i < ours.Leaves.Count; i++) theirs!.Leaves[i].Values.ToArray().Should().Equal(ours.Leaves[i].Values.ToArray(), (a, b) => Math.Abs(a - b) < 1e-5f);
        }
    }

    [Fact]
    public void A_state_that_has_the_name_of_an_input_is_refused()
    {
        Action export = () => Graphs.Of(new NamedState("lengths"));
        export.Should().Throw<ArgumentException>().WithMessage("*two values called lengths*");
    }

    private static string Text(ValueInfoProto value)
    {
        var type = (TensorProto.Types.DataType)value.Type.TensorType.ElemType;
        return $"{value.Name} {type.ToString().ToLowerInvariant()} [{string.Join(", ", value.Type.TensorType.Shape.Dim.Select(dimension => dimension.HasDimParam ? dimension.DimParam : $"{dimension.DimValue}"))}]";
    }

    private sealed class NamedState(string name) : Layer<float>(1, 1)
    {
        public override IReadOnlyList<Parameter<float>> Parameters => [];

        public override State<float> CreateState(int batch) => new(batch, (name, 1));

        protected override void Run(ForwardPass<float> pass, Sequence<float> input, State<float>? initialState) => throw new NotSupportedException();

        protected override void RunBackward(ForwardPass<float> pass, Sequence<float>? outputGradient, State<float>? finalStateGradient, bool inputGradient, bool accumulate, Gradients<float> gradients) => throw new NotSupportedException();

        protected override void RunPredict(Sequence<float> input, State<float> state, Sequence<float> output) => throw new NotSupportedException();
    }
}

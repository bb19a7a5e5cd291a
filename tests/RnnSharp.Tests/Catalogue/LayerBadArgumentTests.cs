using FluentAssertions;
using RnnSharp.Recurrent;
using RnnSharp.Tests.Recurrent;
using Xunit;

namespace RnnSharp.Tests.Catalogue;

/// <summary>
/// Every call of every layer with bad arguments: an <see cref="ArgumentException"/> that names the argument and gives what was expected
/// and what was given, before the call has changed anything that it was given.
/// </summary>
public sealed class LayerBadArgumentTests
{
    private const int Batch = 2;
    private const int Steps = 5;

    public static TheoryData<string> Names => CatalogueData.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void Forward_rejects_bad_arguments(string name)
    {
        Setting s = new(name);
        foreach ((Sequence<double>? input, string[] words) in s.BadInputs()) s.Rejects("input", words, () => s.Layer.Forward(input!, s.State, s.Pass));
        foreach ((State<double> state, string[] words) in s.BadStates()) s.Rejects("initialState", words, () => s.Layer.Forward(s.Input, state, s.Pass));
        s.Rejects("reuse", ["this layer", "another layer"], () => s.Layer.Forward(s.Input, reuse: s.Other.CreatePass()));
        s.Rejects("reuse", ["this layer", "another layer"], () => s.Layer.Forward(s.Input, reuse: s.Twin.CreatePass()));
        s.Rejects("reuse", ["created by CreatePass", "BarePass"], () => s.Layer.Forward(s.Input, reuse: new BarePass(s.Layer)));
        if (s.Row.IsSquare && s.Row.Reads != Reads.Tokens) s.Rejects("reuse", ["output is not the input", "overwritten"], () => s.Layer.Forward(s.Pass.Output, reuse: s.Pass), s.Pass.Output.Steps == (s.Row.InputSteps ?? s.Pass.Output.Steps));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Predict_rejects_bad_arguments(string name)
    {
        Setting s = new(name);
        foreach ((Sequence<double>? input, string[] words) in s.BadInputs()) s.Rejects("input", words, () => s.Layer.Predict(input!, s.State, s.Output));
        foreach ((State<double> state, string[] words) in s.BadStates()) s.Rejects("state", words, () => s.Layer.Predict(s.Input, state, s.Output));
        s.Rejects("reuse", ["a sequence other than the input", "overwritten"], () => s.Layer.Predict(s.Input, s.State, s.Input));
        s.Rejects("reuse", ["features", "tokens"], () => s.Layer.Predict(s.Input, s.State, Sequence<double>.ForTokens(s.Layer.OutputSize, Batch, Steps)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Backward_rejects_bad_arguments(string name)
    {
        Setting s = new(name);
        Layer<double> layer = s.Layer;
        int outputs = layer.OutputSize, steps = s.Pass.Output.Steps;
        string expected = $"{outputs} x {Batch} x {steps}";
        s.Rejects("pass", [], () => layer.Backward(null!, s.Gradient, reuse: s.Gradients));
        s.Rejects("pass", ["this layer", "another layer"], () => layer.Backward(s.Other.CreatePass(), s.Gradient, reuse: s.Gradients));
        s.Rejects("pass", ["this layer", "another layer"], () => layer.Backward(s.Twin.Forward(s.Input), s.Gradient, reuse: s.Gradients));
        s.Rejects("pass", ["created by CreatePass", "BarePass"], () => layer.Backward(new BarePass(layer), s.Gradient, reuse: s.Gradients));
        s.Rejects("pass", ["Forward completed"], () => layer.Backward(layer.CreatePass(), s.Gradient, reuse: s.Gradients));
        s.Rejects("outputGradient", [expected, $"got {outputs + 1} x {Batch} x {steps}"], () => layer.Backward(s.Pass, new Sequence<double>(outputs + 1, Batch, steps), reuse: s.Gradients));
        s.Rejects("outputGradient", [expected, $"got {outputs} x {Batch + 1} x {steps}"], () => layer.Backward(s.Pass, new Sequence<double>(outputs, Batch + 1, steps), reuse: s.Gradients));
        s.Rejects("outputGradient", [expected, $"got {outputs} x {Batch} x {steps + 1}"], () => layer.Backward(s.Pass, new Sequence<double>(outputs, Batch, steps + 1), reuse: s.Gradients));
        s.Rejects("outputGradient", [expected, "(tokens)"], () => layer.Backward(s.Pass, Sequence<double>.ForTokens(outputs, Batch, steps), reuse: s.Gradients));
        foreach ((State<double> state, string[] words) in s.BadStates()) s.Rejects("finalStateGradient", words, () => layer.Backward(s.Pass, s.Gradient, state, reuse: s.Gradients));
        s.Rejects("reuse", ["this layer", "another layer"], () => layer.Backward(s.Pass, s.Gradient, reuse: s.Other.CreateGradients()));
        s.Rejects("reuse", ["this layer", "another layer"], () => layer.Backward(s.Pass, s.Gradient, reuse: s.Twin.CreateGradients()));
        s.Rejects("reuse", ["accumulate", "none"], () => layer.Backward(s.Pass, s.Gradient, accumulate: true));
        if (s.Gradients.Input is { } own && outputs == layer.InputSize && steps >= own.Steps) s.Rejects("outputGradient", ["a sequence other than", "overwritten"], () => layer.Backward(s.Pass, own, reuse: s.Gradients));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Backward_rejects_a_pass_that_no_longer_fits(string name)
    {
        Setting s = new(name);
        Layer<double> layer = s.Layer;
        foreach (Parameter<double> parameter in layer.Parameters)
        {
            parameter.Update(0, static (_, _) => { });
            s.Rejects("pass", ["current parameters", "got one of version"], () => layer.Backward(s.Pass, s.Gradient, reuse: s.Gradients));
            layer.Forward(s.Input, reuse: s.Pass);
            s.Note();
        }

        s.Input.SetLengths([1, 0]);
        s.Rejects("pass", ["an input with the lengths", "got 1 in example 0"], () => layer.Backward(s.Pass, s.Gradient, reuse: s.Gradients));
        s.Input.Resize(Batch + 2, s.Input.Steps);
        s.Rejects("pass", [$"its input still of {layer.InputSize} x {Batch} x {s.Input.Steps}", $"got {layer.InputSize} x {Batch + 2} x {s.Input.Steps}"], () => layer.Backward(s.Pass, null, reuse: s.Gradients));
        s.Input.Resize(Batch, s.Input.Steps);
        int steps = s.Pass.Output.Steps;
        s.Pass.Output.Resize(Batch, steps + 1);
        s.Note();
        s.Rejects("pass", [$"its output still of {layer.OutputSize} x {Batch} x {steps}", $"got {layer.OutputSize} x {Batch} x {steps + 1}"], () => layer.Backward(s.Pass, null, reuse: s.Gradients));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Step_rejects_bad_arguments_and_a_layer_that_does_not_stream(string name)
    {
        Setting s = new(name);
        Layer<double> layer = s.Layer;
        int inputs = layer.InputSize * Batch, outputs = layer.OutputSize * Batch;
        var output = new double[outputs];
        if (!s.Row.Streams)
        {
            FluentActions.Invoking(() => layer.Step(new double[inputs], s.State, output)).Should().Throw<InvalidOperationException>().WithMessage("*does not stream*");
            return;
        }

        bool features = s.Row.Reads.HasFlag(Reads.Features);
        s.Rejects("state", [], () => Step(null!, output));
        foreach ((State<double> state, string[] words) in s.BadStates().Where(bad => bad.State.Batch == Batch)) s.Rejects("state", words, () => Step(state, output));
        s.Rejects("output", [$"{layer.OutputSize} x {Batch} = {outputs} values", $"got {outputs + 1}"], () => Step(s.State, new double[outputs + 1]));
        s.Rejects("output", [$"{layer.OutputSize} x {Batch} = {outputs} values", "got 0"], () => Step(s.State, []));
        foreach (StateLeaf<double> leaf in s.State.Leaves.Where(leaf => leaf.Values.Length >= outputs)) s.Rejects("output", ["overlap", "state"], () => Step(s.State, leaf.Values[..outputs]));
        if (features)
        {
            s.Rejects("input", [$"{layer.InputSize} x {Batch} = {inputs} values", $"got {inputs - 1}"], () => layer.Step(new double[inputs - 1], s.State, output));
            s.Rejects("input", [$"{layer.InputSize} x {Batch} = {inputs} values", "got 0"], () => layer.Step(ReadOnlySpan<double>.Empty, s.State, output));
            foreach (StateLeaf<double> leaf in s.State.Leaves.Where(leaf => leaf.Values.Length >= inputs)) s.Rejects("input", ["overlap", "state"], () => layer.Step(leaf.Values[..inputs], s.State, output));
            var memory = new double[inputs + outputs - 1];
            s.Rejects("output", ["overlap", "input"], () => layer.Step(memory.AsSpan(0, inputs), s.State, memory.AsSpan(inputs - 1)));
        }
        else
        {
            s.Rejects("input", ["tokens", "takes no features", "got features"], () => layer.Step(new double[inputs], s.State, output));
        }

        if (!s.Row.Reads.HasFlag(Reads.Tokens))
        {
            s.Rejects("input", ["features", "takes no tokens", "got tokens"], () => layer.Step(new int[Batch], s.State, output));
            return;
        }

        string range = $"0 to {layer.InputSize - 1}";
        s.Rejects("input", [$"{Batch} tokens", $"got {Batch + 1}"], () => layer.Step(new int[Batch + 1], s.State, output));
        s.Rejects("input", [range, $"got {layer.InputSize}"], () => layer.Step(StepInput<double>.Tokens([0, layer.InputSize]), s.State, output));
        s.Rejects("input", [range, "got -1"], () => layer.Step(StepInput<double>.Tokens([-1, 0]), s.State, output));

        void Step(State<double> state, Span<double> target)
        {
            if (features) layer.Step(new double[inputs], state, target);
            else layer.Step(new int[Batch], state, target);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void CreateState_and_Summary_reject_numbers_out_of_range(string name)
    {
        Setting s = new(name);
        s.Rejects("batch", ["at least 1", "got 0"], () => s.Layer.CreateState(0));
        s.Rejects("batch", ["at least 1", "got -1"], () => s.Layer.CreateState(-1));
        s.Rejects("batch", ["at least 1", "got 0"], () => RnnSharp.Layers.LayerSummaries.Summary(s.Layer, 0, 1));
        s.Rejects("steps", ["at least 1", "got 0"], () => RnnSharp.Layers.LayerSummaries.Summary(s.Layer, 1, 0));
    }

    /// <summary>A layer with all that its calls take, and what it was before a call.</summary>
    private sealed class Setting
    {
        private State<double> _state = null!;
        private double[] _pass = [], _output = [];
        private double[][] _gradients = [];
        private (int, int, int) _shape;

        public Setting(string name)
        {
            Row = LayerCatalogue<double>.Row(name);
            Layer = Row.Create(3, 4);
            Twin = Row.Create(3, 4);
            var call = new LayerCase<double>(Row, Layer, new CallShape(Batch, Steps, Tokens: Row.Reads == Reads.Tokens));
            (Input, State, Gradient) = (call.Input, call.Initial, call.OutputGradient);
            Pass = call.Forward();
            Gradients = call.Backward(Pass);
            Output = new Sequence<double>(3, 5, 7);
            Output.Values.Fill(0.5);
            Note();
        }

        public LayerRow<double> Row { get; }

        public Layer<double> Layer { get; }

        /// <summary>A layer that was made alike.</summary>
        public Layer<double> Twin { get; }

        public GruLayer<double> Other { get; } = new(3, 9, seed: 1);

        public Sequence<double> Input { get; }

        public State<double> State { get; }

        public Sequence<double> Gradient { get; }

        public ForwardPass<double> Pass { get; }

        public Gradients<double> Gradients { get; }

        public Sequence<double> Output { get; }

        public void Note()
        {
            _state = State.Clone();
            _pass = Pass.Output.Values.ToArray();
            _output = Output.Values.ToArray();
            _gradients = [.. Enumerable.Range(0, Gradients.Parameters.Count).Select(p => Gradients.Values(p).ToArray())];
            _shape = (Output.Features, Output.Batch, Output.Steps);
        }

        public IEnumerable<(Sequence<double>? Input, string[] Words)> BadInputs()
        {
            int features = Layer.InputSize, steps = Input.Steps;
            yield return (null, []);
            if (Row.Reads.HasFlag(Reads.Features)) yield return (new Sequence<double>(features + 1, Batch, steps), [$"{features} x batch x ", $"got {features + 1} x {Batch} x {steps}"]);
            else yield return (new Sequence<double>(features, Batch, steps), ["tokens", "takes no features", "got features"]);
            if (Row.Reads.HasFlag(Reads.Tokens)) yield return (Sequence<double>.ForTokens(features + 1, Batch, steps), [$"{features} x batch x ", $"got {features + 1} x {Batch} x {steps} (tokens)"]);
            else yield return (Sequence<double>.ForTokens(features, Batch, steps), ["features", "takes no tokens", "got tokens"]);
            if (Row.InputSteps is { } only) yield return (new Sequence<double>(features, Batch, only + 1), [$"{features} x batch x {only}", $"got {features} x {Batch} x {only + 1}"]);
        }

        public IEnumerable<(State<double> State, string[] Words)> BadStates()
        {
            string[] names = [.. State.Names];
            string expected = names.Length == 0 ? $"a state without leaves of batch {Batch}" : $"{names[0]} {State.Leaves[0].Size} x {Batch}";
            yield return (Layer.CreateState(Batch + 1), [expected, names.Length == 0 ? $"batch {Batch + 1}" : $"{names[0]} {State.Leaves[0].Size} x {Batch + 1}"]);
            yield return (new State<double>(Batch, ("h", 77)), [expected, $"got a state of h 77 x {Batch}"]);
            if (names.Length > 0) yield return (new State<double>(Batch), [expected, $"got a state without leaves of batch {Batch}"]);
        }

        /// <param name="argument">The argument that the error must name.</param>
        /// <param name="words">What its message must have: the expected and the given. None for a null.</param>
        /// <param name="call">The wrong call.</param>
        /// <param name="applies">Whether the call is wrong for this layer in this way.</param>
        public void Rejects(string argument, string[] words, Action call, bool applies = true)
        {
            if (!applies) return;
            ArgumentException error = call.Should().Throw<ArgumentException>(argument).Which;
            error.ParamName.Should().Be(argument, error.Message);
            if (words.Length == 0) error.Should().BeOfType<ArgumentNullException>();
            foreach (string word in words) error.Message.Should().Contain(word);
            Bits.ShouldBeSame(State, _state, "state");
            Bits.ShouldBeSame<double>(Pass.Output.Values, _pass, "output of the pass");
            Bits.ShouldBeSame<double>(Output.Values, _output, "output");
            (Output.Features, Output.Batch, Output.Steps).Should().Be(_shape);
            for (int p = 0; p < _gradients.Length; p++) Bits.ShouldBeSame<double>(Gradients.Values(p), _gradients[p], "gradient");
        }
    }

    private sealed class BarePass(ILayer<double> layer) : ForwardPass<double>(layer);
}

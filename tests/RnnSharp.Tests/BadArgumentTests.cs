using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using FluentAssertions;
using MathNet.Numerics.LinearAlgebra;
using RnnSharp.Layers;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;
using RnnSharp.Tests.Readme;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests;

/// <summary>
/// Every public method and constructor against bad arguments: an <see cref="ArgumentException"/> that names the argument and gives
/// what was expected and what was given. A new public member without a row here fails.
/// </summary>
public sealed class BadArgumentTests
{
    // Add a namespace here, and rows for its members below. Serialization has a table of its own for now.
    private static readonly string[] Namespaces = ["RnnSharp", "RnnSharp.Numerics", "RnnSharp.Recurrent", "RnnSharp.Layers", "RnnSharp.Training"];

    // Members whose arguments cannot be wrong, and why.
    private static readonly Dictionary<string, string> Exceptions = new(StringComparer.Ordinal)
    {
        ["Gradients.Scale(factor)"] = "any number scales",
        ["Layer.OutputSteps(input)"] = "only the base class calls it, with an input that it has checked",
        ["FastRandom.new(seed)"] = "any value is a seed",
        ["FastRandom.NextBytes(Span`1 buffer)"] = "any span can be filled",
        ["NumpyRandom.new(seed)"] = "any value is a seed",
        ["NumpyRandom.NextBytes(Span`1 buffer)"] = "any span can be filled",
        ["NumpyRandom.RandN(values)"] = "any span can be filled",
        ["NumpyRandom.Shuffle(Span`1 values)"] = "any span can be shuffled",
        ["AdamMoments.new(Steps, First, Second)"] = "a record only holds what SetState checks",
        ["AdamState.new(Moments)"] = "a record only holds what SetState checks",
        ["LayerReport.new(Kind, OutputSteps, MultiplyAdds, TapeBytes, Parts)"] = "a record of what a layer tells",
        ["LayerPart.new(Name, Layer, Steps, Times)"] = "a record of what a layer tells",
        ["LayerSummary.new(Name, Depth, Kind, OutputSize, OutputSteps, Parameters, FrozenParameters, SharedParameters, MultiplyAddsPerStep, ParameterBytes, TapeBytes)"] = "a record of results",
        ["GradientCheckResult.new(RelativeError, Tensor, Index, Analytic, Numeric, Checked)"] = "a record of results",
        ["LossValue.new(Sum, Count)"] = "a record of results",
    };

    private static readonly Row[] Table = [.. Nouns(), .. LayerCalls(), .. Kinds(), .. Composites(), .. Cells(), .. Numbers(), .. Randoms(), .. Losses(), .. Optimizers(), .. ElementTypes()];

    public static TheoryData<int, string> Rows
    {
        get
        {
            var data = new TheoryData<int, string>();
            for (int i = 0; i < Table.Length; i++) data.Add(i, $"{Table[i].Member}: {Table[i].Argument}");
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void BadArgumentsAreRefusedByName(int number, string row)
    {
        (_, string argument, string[] words, Action<Fixture> call) = Table[number];
        var fixture = new Fixture();
        ArgumentException error = fixture.Invoking(call).Should().Throw<ArgumentException>(row).Which;
        error.ParamName.Should().Be(argument, error.Message);
        if (words.Length == 0) error.Should().BeOfType<ArgumentNullException>();
        foreach (string word in words) error.Message.Should().Contain(word);
    }

    [Fact]
    public void CallsThatAreWrongForTheObjectAreRefusedAsDocumented()
    {
        var f = new Fixture();
        Sequence<double> tokens = Sequence<double>.ForTokens(3, 2, 5);
        Refused(() => tokens[0, 0, 0] = 1, "token numbers");
        Refused(() => tokens.SetStep(0, Matrix<double>.Build.Dense(3, 2)), "token numbers");
        Refused(() => f.X.SetToken(0, 0, 0), "features, not token numbers");
        Refused(() => new Sequence<double>(3, 2, 0).AsMatrix(), "0 steps");
        Refused(() => new FastRandom(1).Split().Split().Split(), "child of a child");
        Refused(() => new LstmLayer<double>(3, 4, options: new LstmOptions { CoupledGates = true }).SetForgetGateBias(1), "coupled: it has no forget gate with a bias of its own");

        static void Refused(Action call, string words) => call.Should().Throw<InvalidOperationException>().WithMessage($"*{words}*");
    }

    [Fact]
    public void EveryPublicMemberThatTakesArgumentsHasARow()
    {
        string[] members = [.. MembersWithArguments()];
        members.Length.Should().BeGreaterThan(80);
        string[] rows = [.. Table.Select(row => row.Member).Distinct(StringComparer.Ordinal)];
        members.Except(rows.Concat(Exceptions.Keys), StringComparer.Ordinal).Should().BeEmpty("each of these needs a row above");
        rows.Except(members, StringComparer.Ordinal).Should().BeEmpty("these rows name no member");
        Exceptions.Keys.Except(members, StringComparer.Ordinal).Should().BeEmpty("these exceptions name no member");
        Exceptions.Keys.Intersect(rows, StringComparer.Ordinal).Should().BeEmpty("a member with a row is no exception");
    }

    private static Row Bad(string member, string argument, string expected, string given, Action<Fixture> call) => new(member, argument, [expected, given], call);

    private static Row Null(string member, string argument, Action<Fixture> call) => new(member, argument, [], call);

    private static Row[] Nouns() =>
    [
        Bad("Sequence.new(features, batch, steps)", "features", "at least 1", "got 0", f => _ = new Sequence<double>(0, 1, 1)),
        Bad("Sequence.new(features, batch, steps)", "batch", "at least 1", "got -1", f => _ = new Sequence<double>(1, -1, 1)),
        Bad("Sequence.new(features, batch, steps)", "steps", "0 or more", "got -1", f => _ = new Sequence<double>(1, 1, -1)),
        Bad("Sequence.new(features, batch, steps)", "steps", "at most", "got 4294967296", f => _ = new Sequence<double>(1 << 16, 1 << 15, 2)),

        // 2⁶⁴ elements: 0 to a product of 64 bits.
        Bad("Sequence.new(features, batch, steps)", "steps", "at most", "got", f => _ = new Sequence<double>(1 << 30, 1 << 30, 16)),
        Bad("Sequence.ForTokens(features, batch, steps)", "features", "at least 1", "got 0", _ => Sequence<double>.ForTokens(0, 1, 1)),
        Bad("Sequence.ForTokens(features, batch, steps)", "batch", "at least 1", "got 0", _ => Sequence<double>.ForTokens(1, 0, 1)),
        Bad("Sequence.ForTokens(features, batch, steps)", "steps", "0 or more", "got -3", _ => Sequence<double>.ForTokens(1, 1, -3)),
        Null("Sequence.FromMatrices(steps)", "steps", _ => Sequence<double>.FromMatrices(null!)),
        Bad("Sequence.FromMatrices(steps)", "steps", "at least one matrix", "none", _ => Sequence<double>.FromMatrices([])),
        Bad("Sequence.FromMatrices(steps)", "steps", "step 1", "null", _ => Sequence<double>.FromMatrices([Zeros(2, 3), null!])),
        Bad("Sequence.FromMatrices(steps)", "steps", "2 x 3", "got 2 x 4", _ => Sequence<double>.FromMatrices([Zeros(2, 3), Zeros(2, 4)])),
        Null("Sequence.FromBatchFirst(values)", "values", _ => Sequence<double>.FromBatchFirst(null!)),
        Bad("Sequence.FromBatchFirst(values)", "values", "at least one example", "got 0 x 2 x 3", _ => Sequence<double>.FromBatchFirst(new double[0, 2, 3])),
        Bad("Sequence.FromBatchFirst(values)", "values", "one feature", "got 2 x 3 x 0", _ => Sequence<double>.FromBatchFirst(new double[2, 3, 0])),
        Null("Sequence.FromJagged(examples)", "examples", _ => Sequence<double>.FromJagged(null!)),
        Bad("Sequence.FromJagged(examples)", "examples", "at least one example", "got no example", _ => Sequence<double>.FromJagged([])),
        Bad("Sequence.FromJagged(examples)", "examples", "with a step", "only empty ones", _ => Sequence<double>.FromJagged([[], []])),
        Bad("Sequence.FromJagged(examples)", "examples", "Example 1", "null", _ => Sequence<double>.FromJagged([[[1.0]], null!])),
        Bad("Sequence.FromJagged(examples)", "examples", "Step 1 of example 0", "null", _ => Sequence<double>.FromJagged([[[1.0], null!]])),
        Bad("Sequence.FromJagged(examples)", "examples", "2 features at step 0 of example 1", "got 3", _ => Sequence<double>.FromJagged([[[1.0, 2.0]], [[1.0, 2.0, 3.0]]])),
        Bad("Sequence.FromJagged(examples)", "examples", "1 features at step 0 of example 0", "got 0", _ => Sequence<double>.FromJagged([[[]]])),
        Null("Sequence.FromTokens(examples, features)", "examples", _ => Sequence<double>.FromTokens(null!, 3)),
        Bad("Sequence.FromTokens(examples, features)", "examples", "at least one example", "none", _ => Sequence<double>.FromTokens([], 3)),
        Bad("Sequence.FromTokens(examples, features)", "examples", "Example 0", "null", _ => Sequence<double>.FromTokens([null!], 3)),
        Bad("Sequence.FromTokens(examples, features)", "examples", "0 to 2", "got 3 at step 1 of example 0", _ => Sequence<double>.FromTokens([[0, 3]], 3)),
        Bad("Sequence.FromTokens(examples, features)", "examples", "0 to 2", "got -1 at step 0 of example 1", _ => Sequence<double>.FromTokens([[0], [-1]], 3)),
        Bad("Sequence.FromTokens(examples, features)", "features", "at least 1", "got 0", _ => Sequence<double>.FromTokens([[0]], 0)),
        Bad("Sequence.get_Item(feature, example, step)", "feature", "0 to 2", "got 3", f => _ = f.X[3, 0, 0]),
        Bad("Sequence.get_Item(feature, example, step)", "example", "0 to 1", "got -1", f => _ = f.X[0, -1, 0]),
        Bad("Sequence.get_Item(feature, example, step)", "step", "0 to 4", "got 5", f => _ = f.X[0, 0, 5]),
        Bad("Sequence.set_Item(feature, example, step, value)", "feature", "0 to 2", "got -1", f => f.X[-1, 0, 0] = 1),
        Bad("Sequence.set_Item(feature, example, step, value)", "example", "0 to 1", "got 2", f => f.X[0, 2, 0] = 1),
        Bad("Sequence.set_Item(feature, example, step, value)", "step", "0 to 4", "got 5", f => f.X[0, 0, 5] = 1),
        Bad("Sequence.Step(step)", "step", "0 to 4", "got 5", f => f.X.Step(5)),
        Bad("Sequence.StepMatrix(step)", "step", "0 to 4", "got -1", f => f.X.StepMatrix(-1)),
        Bad("Sequence.SetStep(step, matrix)", "step", "0 to 4", "got 5", f => f.X.SetStep(5, Zeros(3, 2))),
        Null("Sequence.SetStep(step, matrix)", "matrix", f => f.X.SetStep(0, null!)),
        Bad("Sequence.SetStep(step, matrix)", "matrix", "3 x 2", "got 2 x 3", f => f.X.SetStep(0, Zeros(2, 3))),
        Bad("Sequence.SetLengths(lengths)", "lengths", "2 lengths", "got 1", f => f.X.SetLengths([1])),
        Bad("Sequence.SetLengths(lengths)", "lengths", "0 to 5", "got 6 for example 1", f => f.X.SetLengths([1, 6])),
        Bad("Sequence.SetLengths(lengths)", "lengths", "0 to 5", "got -1 for example 0", f => f.X.SetLengths([-1, 6])),
        Bad("Sequence.LengthOf(example)", "example", "0 to 1", "got 2", f => f.X.LengthOf(2)),
        Bad("Sequence.SetToken(example, step, token)", "example", "0 to 1", "got 2", f => f.Tokens.SetToken(2, 0, 0)),
        Bad("Sequence.SetToken(example, step, token)", "step", "0 to 4", "got -1", f => f.Tokens.SetToken(0, -1, 0)),
        Bad("Sequence.SetToken(example, step, token)", "token", "0 to 2", "got 3", f => f.Tokens.SetToken(0, 0, 3)),
        Bad("Sequence.Resize(batch, steps)", "batch", "at least 1", "got 0", f => f.X.Resize(0, 1)),
        Bad("Sequence.Resize(batch, steps)", "steps", "0 or more", "got -1", f => f.X.Resize(1, -1)),

        Null("Parameter.new(name, rows, columns)", "name", f => _ = new Parameter<double>(null!, 1, 1)),
        Bad("Parameter.new(name, rows, columns)", "name", "empty", "white", f => _ = new Parameter<double>(" ", 1, 1)),
        Bad("Parameter.new(name, rows, columns)", "rows", "at least 1", "got 0", f => _ = new Parameter<double>("w", 0, 1)),
        Bad("Parameter.new(name, rows, columns)", "columns", "at least 1", "got -2", f => _ = new Parameter<double>("w", 1, -2)),
        Bad("Parameter.new(name, rows, columns)", "columns", "at most", "got 4294967294", f => _ = new Parameter<double>("w", int.MaxValue, 2)),
        Null("Parameter.Set(matrix)", "matrix", f => f.Lstm.Bias.Set((Matrix<double>)null!)),
        Bad("Parameter.Set(matrix)", "matrix", "16 x 1 for bias", "got 1 x 16", f => f.Lstm.Bias.Set(Zeros(1, 16))),
        Bad("Parameter.Set(values)", "values", "16 values (16 x 1", "got 15", f => f.Lstm.Bias.Set(new double[15])),
        Null("Parameter.Update(argument, write)", "write", f => f.Lstm.Bias.Update(0, null!)),

        Bad("State.new(batch, leaves)", "batch", "at least 1", "got 0", f => _ = new State<double>(0, ("h", 1))),
        Bad("State.new(batch, leaves)", "batch", "at most", "got 4294967294", f => _ = new State<double>(int.MaxValue, ("h", 2))),
        Null("State.new(batch, leaves)", "leaves", f => _ = new State<double>(1, (null!, 1))),
        Bad("State.new(batch, leaves)", "leaves", "empty", "white", f => _ = new State<double>(1, (" ", 1))),
        Bad("State.new(batch, leaves)", "leaves", "at least 1 unit in h", "got 0", f => _ = new State<double>(1, ("h", 0))),
        Bad("State.new(batch, leaves)", "leaves", "Two leaves", "h", f => _ = new State<double>(1, ("h", 1), ("h", 2))),
        Null("State.new(parts)", "parts", f => _ = new State<double>(null!)),
        Bad("State.new(parts)", "parts", "at least one part", "none", f => _ = new State<double>((IReadOnlyList<State<double>>)[])),
        Bad("State.new(parts)", "parts", "Part 1", "null", f => _ = new State<double>([f.Lstm.CreateState(2), null!])),
        Bad("State.new(parts)", "parts", "a batch of 2 in part 1", "got 3", f => _ = new State<double>([f.Lstm.CreateState(2), f.Lstm.CreateState(3)])),
        Null("State.new(parts, partNames)", "parts", f => _ = new State<double>(null!, [])),
        Null("State.new(parts, partNames)", "partNames", f => _ = new State<double>([f.State], null!)),
        Bad("State.new(parts, partNames)", "parts", "at least one part", "none", f => _ = new State<double>([], [])),
        Bad("State.new(parts, partNames)", "partNames", "1 names", "got 2", f => _ = new State<double>([f.State], ["a", "b"])),
        Bad("State.new(parts, partNames)", "partNames", "part 0", "null", f => _ = new State<double>([f.State], [null!])),
        Bad("State.new(parts, partNames)", "partNames", "keep the leaves apart", "leaves called a.h, a.c, a.h", f => _ = new State<double>([f.State, f.Gru.CreateState(2)], ["a", "a"])),
        Null("State.LeavesNamed(name)", "name", f => f.State.LeavesNamed(null!)),
        Bad("State.LeavesNamed(name)", "name", "one of h, c", "got 0.h", f => f.State.LeavesNamed("0.h")),
        Null("State.get_Item(name)", "name", f => _ = f.State[null!]),
        Bad("State.get_Item(name)", "name", "one of h, c", "got x", f => _ = f.State["x"]),
        Bad("State.Resize(batch)", "batch", "at least 1", "got 0", f => f.State.Resize(0)),
        Bad("State.Resize(batch)", "batch", "at most", "got 8589934588", f => f.State.Resize(int.MaxValue)),
        Null("State.CopyFrom(source)", "source", f => f.State.CopyFrom(null!)),
        Bad("State.CopyFrom(source)", "source", "h 4 x 2, c 4 x 2", "h 4 x 3, c 4 x 3", f => f.State.CopyFrom(f.Lstm.CreateState(3))),
        Bad("State.CopyFrom(source)", "source", "h 4 x 2, c 4 x 2", "got a state of h 4 x 2", f => f.State.CopyFrom(f.Gru.CreateState(2))),
        Null("StateLeaf.Set(matrix)", "matrix", f => f.State["h"].Set(null!)),
        Bad("StateLeaf.Set(matrix)", "matrix", "4 x 2", "got 2 x 4", f => f.State["h"].Set(Zeros(2, 4))),

        Null("Gradients.new(layer)", "layer", f => _ = new Gradients<double>(null!)),
        Null("Gradients.new(layer, parts)", "layer", f => _ = new Gradients<double>(null!, [])),
        Null("Gradients.new(layer, parts)", "parts", f => _ = new Gradients<double>(f.Stack, null!)),
        Bad("Gradients.new(layer, parts)", "parts", "parameters", "order", f => _ = new Gradients<double>(f.Stack, [new Gradients<double>(f.Stack.Layers[1]), new Gradients<double>(f.Stack.Layers[0])])),
        Bad("Gradients.new(layer, parts)", "parts", "Part 1", "null", f => _ = new Gradients<double>(f.Stack, [new Gradients<double>(f.Stack.Layers[0]), null!])),
        Null("Gradients.get_Item(name)", "name", f => _ = f.Gradients[null!]),
        Bad("Gradients.get_Item(name)", "name", "one of weight_ih, weight_hh, bias", "got x", f => _ = f.Gradients["x"]),
        Bad("Gradients.Values(index)", "index", "0 to 2", "got 3", f => f.Gradients.Values(3)),
        Bad("Gradients.new(layer, parts)", "parts", "Part 1", "twice", f =>
        {
            var part = new Gradients<double>(f.Stack.Layers[0]);
            _ = new Gradients<double>(f.Stack, [part, part]);
        }),
        Bad("Gradients.Begin(index, accumulate)", "index", "0 to 2", "got -1", f => f.Gradients.Begin(-1, accumulate: false)),
        Null("Gradients.Add(other)", "other", f => f.Gradients.Add(null!)),
        Bad("Gradients.Add(other)", "other", "gradients", "another layer's", f => f.Gradients.Add(f.OtherLstm.CreateGradients())),
        Null("Gradients.PrepareInput(input, wanted)", "input", f => f.Gradients.PrepareInput(null!, wanted: true)),

        Null("ForwardPass.new(layer)", "layer", f => _ = new BarePass(null!)),
        Null("ForwardPass.Begin(input, version)", "input", f => new BarePass(f.Lstm).TryBegin(null!)),

        Null("Initializers.Uniform(parameter, bound, random)", "parameter", f => Initializers.Uniform<double>(null!, 1, f.Random)),
        Bad("Initializers.Uniform(parameter, bound, random)", "bound", "0 or more", "got -1", f => Initializers.Uniform(f.Lstm.Bias, -1, f.Random)),
        Bad("Initializers.Uniform(parameter, bound, random)", "bound", "finite", "got NaN", f => Initializers.Uniform(f.Lstm.Bias, double.NaN, f.Random)),
        Null("Initializers.Uniform(parameter, bound, random)", "random", f => Initializers.Uniform(f.Lstm.Bias, 1, null!)),
        Null("Initializers.Normal(parameter, standardDeviation, random)", "parameter", f => Initializers.Normal<double>(null!, 1, f.Random)),
        Bad("Initializers.Normal(parameter, standardDeviation, random)", "standardDeviation", "0 or more", "got -1", f => Initializers.Normal(f.Lstm.Bias, -1, f.Random)),
        Null("Initializers.Normal(parameter, standardDeviation, random)", "random", f => Initializers.Normal(f.Lstm.Bias, 1, null!)),
        Null("Initializers.GlorotUniform(parameter, random)", "parameter", f => Initializers.GlorotUniform<double>(null!, f.Random)),
        Null("Initializers.GlorotUniform(parameter, random)", "random", f => Initializers.GlorotUniform(f.Lstm.Bias, null!)),
        Null("Initializers.Orthogonal(parameter, random)", "parameter", f => Initializers.Orthogonal<double>(null!, f.Random)),
        Null("Initializers.Orthogonal(parameter, random)", "random", f => Initializers.Orthogonal(f.Lstm.Bias, null!)),
    ];

    /// <summary>The calls of ILayer, on a recurrent layer, a stack, a dense layer and layers in both directions alike.</summary>
    private static IEnumerable<Row> LayerCalls()
    {
        const string Forward = "Layer.Forward(input, initialState, reuse)";
        const string Backward = "Layer.Backward(pass, outputGradient, finalStateGradient, inputGradient, accumulate, reuse)";
        const string Predict = "Layer.Predict(input, state, reuse)";
        (Func<Fixture, ILayer<double>> Layer, string StateOfTwo)[] layers = [(f => f.Lstm, "h 4 x 2, c 4 x 2"), (f => f.Stack, "0.h 5 x 2"), (f => f.Dense, "a state without leaves of batch 2"), (f => f.Reverse, "h 4 x 2, c 4 x 2"), (f => f.Both, "forward.h 4 x 2, forward.c 4 x 2, backward.h 4 x 2")];
        foreach ((Func<Fixture, ILayer<double>> layer, string stateOfTwo) in layers)
        {
            yield return Null(Forward, "input", f => layer(f).Forward(null!));
            yield return Bad(Forward, "input", "3 x batch x steps", "got 4 x 2 x 5", f => layer(f).Forward(new Sequence<double>(4, 2, 5)));
            yield return Bad(Forward, "input", "3 x batch x steps", "got 4 x 2 x 5 (tokens)", f => layer(f).Forward(Sequence<double>.ForTokens(4, 2, 5)));
            yield return Bad(Forward, "initialState", $"Expected {(stateOfTwo.StartsWith('a') ? "" : "a state of ")}{stateOfTwo}", " 3", f => layer(f).Forward(f.X, layer(f).CreateState(3)));
            yield return Bad(Forward, "initialState", stateOfTwo, "got a state of h 9 x 2", f => layer(f).Forward(f.X, new State<double>(2, ("h", 9))));
            yield return Bad(Forward, "reuse", "this layer", "another layer", f => layer(f).Forward(f.X, reuse: f.OtherLstm.Forward(f.X)));

            yield return Null(Predict, "input", f => layer(f).Predict(null!));
            yield return Bad(Predict, "input", "3 x batch x steps", "got 4 x 2 x 5", f => layer(f).Predict(new Sequence<double>(4, 2, 5)));
            yield return Bad(Predict, "state", stateOfTwo, "got a state of h 9 x 2", f => layer(f).Predict(f.X, new State<double>(2, ("h", 9))));
            yield return Bad(Predict, "reuse", "another sequence than the input", "overwrite", f => layer(f).Predict(f.X, reuse: f.X));
            yield return Bad(Predict, "reuse", "features", "tokens", f => layer(f).Predict(f.X, reuse: f.Tokens));

            yield return Null(Backward, "pass", f => layer(f).Backward(null!, null));
            yield return Bad(Backward, "pass", "this layer", "another layer", f => layer(f).Backward(f.OtherLstm.Forward(f.X), null));
            yield return Bad(Backward, "outputGradient", "4 x 2 x 5", "got 3 x 2 x 5", f => layer(f).Backward(layer(f).Forward(f.X), new Sequence<double>(3, 2, 5)));
            yield return Bad(Backward, "outputGradient", "4 x 2 x 5", "got 4 x 1 x 5", f => layer(f).Backward(layer(f).Forward(f.X), new Sequence<double>(4, 1, 5)));
            yield return Bad(Backward, "outputGradient", "4 x 2 x 5", "got 4 x 2 x 6", f => layer(f).Backward(layer(f).Forward(f.X), new Sequence<double>(4, 2, 6)));
            yield return Bad(Backward, "outputGradient", "4 x 2 x 5", "got 4 x 2 x 5 (tokens)", f => layer(f).Backward(layer(f).Forward(f.X), Sequence<double>.ForTokens(4, 2, 5)));
            yield return Bad(Backward, "finalStateGradient", stateOfTwo, "got a state of h 9 x 2", f => layer(f).Backward(layer(f).Forward(f.X), null, new State<double>(2, ("h", 9))));
            yield return Bad(Backward, "reuse", "this layer", "another layer", f => layer(f).Backward(layer(f).Forward(f.X), null, reuse: f.OtherLstm.CreateGradients()));
            yield return Bad(Backward, "reuse", "accumulate", "none", f => layer(f).Backward(layer(f).Forward(f.X), null, accumulate: true));
            yield return Bad(Backward, "pass", "parameters as they are now", "got one of version", f => layer(f).Backward(f.OlderPass(layer(f)), null));
            yield return Bad(Backward, "pass", "3 x 2 x 5", "got 3 x 4 x 5", f =>
            {
                ForwardPass<double> pass = layer(f).Forward(f.X);
                f.X.Resize(4, 5);
                layer(f).Backward(pass, null);
            });
        }

        yield return Bad(Forward, "reuse", "output is not the input", "overwrite", f =>
        {
            var square = new GruLayer<double>(4, 4);
            ForwardPass<double> pass = square.Forward(new Sequence<double>(4, 2, 3));
            square.Forward(pass.Output, reuse: pass);
        });
        foreach ((string type, Func<Fixture, IStreamingLayer<double>> layer) in ((string, Func<Fixture, IStreamingLayer<double>>)[])[("RecurrentLayer", f => f.Lstm), ("StreamingStack", f => f.Stack), ("DenseLayer", f => f.Dense)])
        {
            string features = $"{type}.Step(input, state, output)", tokens = $"{type}.StepTokens(tokens, state, output)";
            yield return Bad(features, "input", "3 x 2 = 6 values", "got 5", f => layer(f).Step(new double[5], layer(f).CreateState(2), new double[8]));
            yield return Bad(features, "input", "3 x 2 = 6 values", "got 0", f => layer(f).Step(ReadOnlySpan<double>.Empty, layer(f).CreateState(2), new double[8]));
            yield return Null(features, "state", f => layer(f).Step(new double[6], null!, new double[8]));
            yield return Bad(features, "state", "Expected a state", "got a state of h 9 x 2", f => layer(f).Step(new double[6], new State<double>(2, ("h", 9)), new double[8]));
            yield return Bad(features, "output", "4 x 2 = 8 values", "got 9", f => layer(f).Step(new double[6], layer(f).CreateState(2), new double[9]));
            yield return Bad(features, "output", "overlap", "input", f =>
            {
                var memory = new double[10];
                layer(f).Step(memory.AsSpan(0, 6), layer(f).CreateState(2), memory.AsSpan(2, 8));
            });
            yield return Bad(tokens, "tokens", "2 tokens", "got 3", f => layer(f).StepTokens([0, 1, 2], layer(f).CreateState(2), new double[8]));
            yield return Bad(tokens, "tokens", "0 to 2", "got 3", f => layer(f).StepTokens([0, 3], layer(f).CreateState(2), new double[8]));
            yield return Bad(tokens, "tokens", "0 to 2", "got -1", f => layer(f).StepTokens([-1, 0], layer(f).CreateState(2), new double[8]));
            yield return Null(tokens, "state", f => layer(f).StepTokens([0, 1], null!, new double[8]));
            yield return Bad(tokens, "output", "4 x 2 = 8 values", "got 7", f => layer(f).StepTokens([0, 1], layer(f).CreateState(2), new double[7]));
        }

        foreach ((string type, Func<IStreamingLayer<double>> layer, string stateOfTwo) in SquareLayers())
        {
            string features = $"{type}.Step(input, state, output)", tokens = $"{type}.StepTokens(tokens, state, output)";
            yield return Bad(features, "input", "4 x 2 = 8 values", "got 5", _ => layer().Step(new double[5], layer().CreateState(2), new double[8]));
            yield return Null(features, "state", _ => layer().Step(new double[8], null!, new double[8]));
            yield return Bad(features, "state", stateOfTwo, "got a state of h 9 x 2", _ => layer().Step(new double[8], new State<double>(2, ("h", 9)), new double[8]));
            yield return Bad(features, "output", "4 x 2 = 8 values", "got 9", _ => layer().Step(new double[8], layer().CreateState(2), new double[9]));
            yield return Bad(features, "output", "overlap", "input", _ =>
            {
                var memory = new double[8];
                layer().Step(memory, layer().CreateState(2), memory);
            });
            yield return Bad(tokens, "tokens", $"features, because a {type}", "got tokens", _ => layer().StepTokens([0, 1], layer().CreateState(2), new double[8]));
            yield return Null(tokens, "state", _ => layer().StepTokens([0, 1], null!, new double[8]));
            yield return Bad(Forward, "input", "4 x batch x steps", "got 3 x 2 x 5", f => layer().Forward(f.X));
            yield return Bad(Forward, "input", $"features, because a {type}", "got tokens", _ => layer().Forward(Sequence<double>.ForTokens(4, 2, 5)));
            yield return Bad(Predict, "input", $"features, because a {type}", "got tokens", _ => layer().Predict(Sequence<double>.ForTokens(4, 2, 5)));
            yield return Bad(Backward, "outputGradient", "4 x 2 x 5", "got 4 x 2 x 6", _ =>
            {
                IStreamingLayer<double> square = layer();
                square.Backward(square.Forward(new Sequence<double>(4, 2, 5)), new Sequence<double>(4, 2, 6));
            });
        }

        yield return Bad(Forward, "input", "features, because a PoolingLayer", "got tokens", _ => new PoolingLayer<double>(4, Pooling.Max).Forward(Sequence<double>.ForTokens(4, 2, 5)));
        yield return Bad(Predict, "input", "features, because a PoolingLayer", "got tokens", _ => new PoolingLayer<double>(4, Pooling.Max).Predict(Sequence<double>.ForTokens(4, 2, 5)));
        yield return Bad(Forward, "input", "features, because a ResidualLayer", "got tokens", f => new ResidualLayer<double>(new GruLayer<double>(4, 4)).Forward(Sequence<double>.ForTokens(4, 2, 5)));
        yield return Bad(Forward, "input", "features, because a DropoutLayer", "got tokens", f => new StreamingStack<double>(new DropoutLayer<double>(3, 0.5), f.Gru).Forward(f.Tokens));
        yield return Bad(Backward, "outputGradient", "4 x 2 x 1", "got 4 x 2 x 5", _ =>
        {
            var pooling = new PoolingLayer<double>(4, Pooling.Max);
            pooling.Backward(pooling.Forward(new Sequence<double>(4, 2, 5)), new Sequence<double>(4, 2, 5));
        });
        yield return Bad(Backward, "pass", "parameters as they are now", "got one of version", f =>
        {
            var layer = new LayerNormalizationLayer<double>(3);
            layer.Backward(f.OlderPass(layer), null);
        });
        yield return Bad("DropoutLayer.CreateState(batch)", "batch", "at least 1", "got 0", _ => new DropoutLayer<double>(4, 0.5).CreateState(0));
        yield return Bad("LayerNormalizationLayer.CreateState(batch)", "batch", "at least 1", "got 0", _ => new LayerNormalizationLayer<double>(4).CreateState(0));
        yield return Bad("PoolingLayer.CreateState(batch)", "batch", "at least 1", "got 0", _ => new PoolingLayer<double>(4, Pooling.Last).CreateState(0));
        yield return Bad("ResidualLayer.CreateState(batch)", "batch", "at least 1", "got 0", _ => new ResidualLayer<double>(new GruLayer<double>(4, 4)).CreateState(0));
        yield return Bad("RecurrentLayer.Step(input, state, output)", "output", "overlap", "state", f => f.Lstm.Step(new double[6], f.State, f.State["h"].Values));
        yield return Bad("RecurrentLayer.CreateState(batch)", "batch", "at least 1", "got 0", f => f.Lstm.CreateState(0));
        yield return Bad("DenseLayer.CreateState(batch)", "batch", "at least 1", "got -1", f => f.Dense.CreateState(-1));
        yield return Bad("ReverseLayer.CreateState(batch)", "batch", "at least 1", "got 0", f => new ReverseLayer<double>(f.Lstm).CreateState(0));
        yield return Bad("BidirectionalLayer.CreateState(batch)", "batch", "at least 1", "got 0", f => new BidirectionalLayer<double>(f.Lstm, f.Gru).CreateState(0));
        yield return Bad("LayerStack.CreateState(batch)", "batch", "at least 1", "got 0", f => f.Stack.CreateState(0));

        yield return Bad("Layer.new(inputSize, outputSize)", "inputSize", "at least 1", "got 0", f => _ = new BareLayer(0, 1));
        yield return Bad("Layer.new(inputSize, outputSize)", "outputSize", "at least 1", "got -5", f => _ = new BareLayer(1, -5));
        yield return Null("Layer.Shape(output, input)", "output", f => new BareLayer(1, 1).TryShape(null!, f.X));
        yield return Null("Layer.Shape(output, input)", "input", f => new BareLayer(1, 1).TryShape(f.X, null!));
        yield return Null("Layer.CheckInput(input)", "input", f => new BareLayer(1, 1).TryCheckInput(null!));
        yield return Bad("Layer.CheckInput(input)", "input", "2 x batch x steps", "got 3 x 2 x 5", f => new BareLayer(2, 1).TryCheckInput(f.X));
        yield return Bad("Layer.Report(batch, steps)", "batch", "at least 1", "got 0", f => new BareLayer(1, 1).TryReport(0, 1));
        yield return Bad("Layer.Report(batch, steps)", "steps", "0 or more", "got -1", f => new BareLayer(1, 1).TryReport(1, -1));
        yield return Null("Layer.Prepare(pass, input)", "pass", f => new BareLayer(1, 1).TryPrepare(null!, f.X));
        yield return Null("Layer.Prepare(pass, input)", "input", f => new BareLayer(1, 1).TryPrepare(new BarePass(f.Lstm), null!));
        const string CheckStep = "Layer.CheckStep(input, tokens, hasTokens, state, output)";
        yield return Null(CheckStep, "state", _ => new BareLayer(2, 2).TryStep(default, null!, default));
        yield return Bad(CheckStep, "output", "2 x 1 = 2 values", "got 0", _ => new BareLayer(2, 2).TryStep(new double[2], new State<double>(1), default));

        // 4 · 2³⁰ values: 0 to a product of 32 bits, and then nothing would stop the kernels from reading anywhere.
        yield return Bad(CheckStep, "output", "4294967296 values", "got 0", _ => new BareLayer(4, 4).TryStep(default, new State<double>(1 << 30), default));
    }

    /// <summary>Layers of 4 inputs and outputs that stream and take no tokens, and what their states of batch 2 are.</summary>
    private static (string Type, Func<IStreamingLayer<double>> Layer, string StateOfTwo)[] SquareLayers() =>
    [
        ("DropoutLayer", () => new DropoutLayer<double>(4, 0.5, seed: 1), "a state without leaves of batch 2"),
        ("LayerNormalizationLayer", () => new LayerNormalizationLayer<double>(4), "a state without leaves of batch 2"),
        ("StreamingResidualLayer", () => new StreamingResidualLayer<double>(new GruLayer<double>(4, 4, seed: 1)), "0.h 4 x 2"),
    ];

    private static Row[] Kinds() =>
    [
        Bad("LstmLayer.new(inputSize, hiddenSize, seed, options)", "inputSize", "at least 1", "got 0", f => _ = new LstmLayer<double>(0, 4)),
        Bad("LstmLayer.new(inputSize, hiddenSize, seed, options)", "hiddenSize", "at least 1", "got -1", f => _ = new LstmLayer<double>(3, -1)),
        Bad("LstmLayer.new(inputSize, hiddenSize, seed, options)", "inputSize", "at most", "got", f => _ = new LstmLayer<double>(int.MaxValue, 4)),
        Bad("LstmLayer.new(inputSize, hiddenSize, seed, options)", "hiddenSize", "at most", "got", f => _ = new LstmLayer<double>(1, int.MaxValue)),
        Bad("LstmLayer.new(inputSize, hiddenSize, seed, options)", "hiddenSize", "at most", "got", f => _ = new LstmLayer<double>(1, 1 << 20)),
        Bad("LstmLayer.new(inputSize, hiddenSize, seed, options)", "options", "a ProjectionSize of 1 to 4", "got 5", f => _ = new LstmLayer<double>(3, 4, options: new LstmOptions { ProjectionSize = 5 })),
        Bad("LstmLayer.new(inputSize, hiddenSize, seed, options)", "options", "a ProjectionSize of 1 to 4", "got 0", f => _ = new LstmLayer<double>(3, 4, options: new LstmOptions { ProjectionSize = 0 })),
        Bad("LstmLayer.new(inputSize, hiddenSize, seed, options)", "options", "a CellClip above 0", "got 0", f => _ = new LstmLayer<double>(3, 4, options: new LstmOptions { CellClip = 0 })),
        Bad("LstmLayer.new(inputSize, hiddenSize, seed, options)", "options", "a CellClip above 0", "got NaN", f => _ = new LstmLayer<double>(3, 4, options: new LstmOptions { CellClip = double.NaN })),
        Bad("LstmLayer.new(inputSize, hiddenSize, seed, options)", "options", "within float's range", $"got {double.PositiveInfinity.ToString(CultureInfo.InvariantCulture)}", f => _ = new LstmLayer<double>(3, 4, options: new LstmOptions { CellClip = double.PositiveInfinity })),
        Bad("LstmLayer.new(inputSize, hiddenSize, seed, options)", "options", "within float's range", "got 1E+60", f => _ = new LstmLayer<double>(3, 4, options: new LstmOptions { CellClip = 1e60 })),
        Bad("LstmLayer.new(inputSize, hiddenSize, seed, options)", "options", "within float's range", "got 1E-60", f => _ = new LstmLayer<double>(3, 4, options: new LstmOptions { CellClip = 1e-60 })),
        Bad("LstmLayer.new(inputSize, hiddenSize, seed, options)", "options", "a CellZoneout of 0 to below 1", "got 1", f => _ = new LstmLayer<double>(3, 4, options: new LstmOptions { CellZoneout = 1 })),
        Bad("LstmLayer.new(inputSize, hiddenSize, seed, options)", "options", "a HiddenZoneout of 0 to below 1", "got -0.5", f => _ = new LstmLayer<double>(3, 4, options: new LstmOptions { HiddenZoneout = -0.5 })),
        Bad("LstmLayer.new(inputSize, hiddenSize, seed, options)", "options", "a RecurrentDropout of 0 to below 1", "got NaN", f => _ = new LstmLayer<double>(3, 4, options: new LstmOptions { RecurrentDropout = double.NaN })),
        Bad("GruLayer.new(inputSize, hiddenSize, seed, options)", "options", "ResetBefore or LayerNormalization", "got both", f => _ = new GruLayer<double>(3, 4, options: new GruOptions { ResetBefore = true, LayerNormalization = true })),
        Bad("GruLayer.new(inputSize, hiddenSize, seed, options)", "options", "a HiddenZoneout of 0 to below 1", "got 1", f => _ = new GruLayer<double>(3, 4, options: new GruOptions { HiddenZoneout = 1 })),
        Bad("RnnLayer.new(inputSize, hiddenSize, seed, activation, options)", "options", "a RecurrentDropout of 0 to below 1", "got 1", f => _ = new RnnLayer<double>(3, 4, options: new RecurrentOptions { RecurrentDropout = 1 })),
        Bad("GruLayer.new(inputSize, hiddenSize, seed, options)", "options", "a RecurrentDropout of 0 to below 1", "got -1", f => _ = new GruLayer<double>(3, 4, options: new GruOptions { RecurrentDropout = -1 })),
        Bad("RnnLayer.new(inputSize, hiddenSize, seed, activation, options)", "options", "a HiddenZoneout of 0 to below 1", "got 2", f => _ = new RnnLayer<double>(3, 4, options: new RecurrentOptions { HiddenZoneout = 2 })),
        Bad("RnnLayer.new(inputSize, hiddenSize, seed, activation, options)", "options", "RecurrentOptions", "got LstmOptions", f => _ = new RnnLayer<double>(3, 4, options: new LstmOptions { Peepholes = true })),
        Bad("RnnLayer.new(inputSize, hiddenSize, seed, activation, options)", "options", "RecurrentOptions", "got GruOptions", f => _ = new RnnLayer<double>(3, 4, options: new GruOptions())),
        Bad("LstmLayer.SetForgetGateBias(value)", "value", "finite", "got NaN", f => f.Lstm.SetForgetGateBias(double.NaN)),
        Bad("LstmLayer.SetForgetGateBias(value)", "value", "finite", $"got {double.PositiveInfinity.ToString(CultureInfo.InvariantCulture)}", f => f.Lstm.SetForgetGateBias(double.PositiveInfinity)),
        Bad("GruLayer.new(inputSize, hiddenSize, seed, options)", "inputSize", "at least 1", "got 0", f => _ = new GruLayer<double>(0, 4)),
        Bad("GruLayer.new(inputSize, hiddenSize, seed, options)", "hiddenSize", "at least 1", "got 0", f => _ = new GruLayer<double>(3, 0)),
        Bad("RnnLayer.new(inputSize, hiddenSize, seed, activation, options)", "inputSize", "at least 1", "got 0", f => _ = new RnnLayer<double>(0, 4)),
        Bad("RnnLayer.new(inputSize, hiddenSize, seed, activation, options)", "hiddenSize", "at least 1", "got 0", f => _ = new RnnLayer<double>(3, 0)),
        Bad("RnnLayer.new(inputSize, hiddenSize, seed, activation, options)", "activation", "Tanh or Relu", "got 7", f => _ = new RnnLayer<double>(3, 4, activation: (RnnActivation)7)),
        Bad("DenseLayer.new(inputSize, outputSize, seed)", "inputSize", "at least 1", "got 0", f => _ = new DenseLayer<double>(0, 4)),
        Bad("DenseLayer.new(inputSize, outputSize, seed)", "outputSize", "at least 1", "got 0", f => _ = new DenseLayer<double>(3, 0)),
        Bad("DenseLayer.new(inputSize, outputSize, seed)", "outputSize", "at most", "got 4294967294", f => _ = new DenseLayer<double>(2, int.MaxValue)),
        Bad("DropoutLayer.new(size, rate, seed, mask)", "size", "at least 1", "got 0", f => _ = new DropoutLayer<double>(0, 0.5)),
        Bad("DropoutLayer.new(size, rate, seed, mask)", "rate", "0 to below 1", "got 1", f => _ = new DropoutLayer<double>(3, 1)),
        Bad("DropoutLayer.new(size, rate, seed, mask)", "rate", "0 to below 1", "got -0.1", f => _ = new DropoutLayer<double>(3, -0.1)),
        Bad("DropoutLayer.new(size, rate, seed, mask)", "rate", "0 to below 1", "got NaN", f => _ = new DropoutLayer<double>(3, double.NaN)),
        Bad("DropoutLayer.new(size, rate, seed, mask)", "mask", "EachStep or WholeSequence", "got 2", f => _ = new DropoutLayer<double>(3, 0.5, mask: (DropoutMask)2)),
        Bad("LayerNormalizationLayer.new(size, epsilon)", "size", "at least 1", "got -1", f => _ = new LayerNormalizationLayer<double>(-1)),
        Bad("LayerNormalizationLayer.new(size, epsilon)", "epsilon", "above 0", "got 0", f => _ = new LayerNormalizationLayer<double>(3, 0)),
        Bad("LayerNormalizationLayer.new(size, epsilon)", "epsilon", "within float's range", "got 1E-60", f => _ = new LayerNormalizationLayer<double>(3, 1e-60)),
        Bad("LayerNormalizationLayer.new(size, epsilon)", "epsilon", "above 0", "got NaN", f => _ = new LayerNormalizationLayer<double>(3, double.NaN)),
        Bad("PoolingLayer.new(size, kind)", "size", "at least 1", "got 0", f => _ = new PoolingLayer<double>(0, Pooling.Last)),
        Bad("PoolingLayer.new(size, kind)", "kind", "Last, Mean or Max", "got 3", f => _ = new PoolingLayer<double>(3, (Pooling)3)),
        Null("ResidualLayer.new(inner)", "inner", f => _ = new ResidualLayer<double>(null!)),
        Bad("ResidualLayer.new(inner)", "inner", "3 outputs, as many as its inputs", "got 4", f => _ = new ResidualLayer<double>(f.Lstm)),
        Null("StreamingResidualLayer.new(inner)", "inner", f => _ = new StreamingResidualLayer<double>(null!)),
        Bad("StreamingResidualLayer.new(inner)", "inner", "3 outputs, as many as its inputs", "got 4", f => _ = new StreamingResidualLayer<double>(f.Lstm)),
        Null("ReverseLayer.new(inner)", "inner", f => _ = new ReverseLayer<double>(null!)),
        Null("BidirectionalLayer.new(forward, backward, merge)", "forward", f => _ = new BidirectionalLayer<double>(null!, f.Lstm)),
        Null("BidirectionalLayer.new(forward, backward, merge)", "backward", f => _ = new BidirectionalLayer<double>(f.Lstm, null!)),
        Bad("BidirectionalLayer.new(forward, backward, merge)", "backward", "an input size of 3", "got 4", f => _ = new BidirectionalLayer<double>(f.Lstm, new GruLayer<double>(4, 4))),
        Bad("BidirectionalLayer.new(forward, backward, merge)", "backward", "an output size of 4", "got 5", f => _ = new BidirectionalLayer<double>(f.Lstm, new GruLayer<double>(3, 5), BidirectionalMerge.Sum)),
        Bad("BidirectionalLayer.new(forward, backward, merge)", "backward", "weight_ih", "twice", f => _ = new BidirectionalLayer<double>(f.Lstm, f.Lstm)),
        Bad("BidirectionalLayer.new(forward, backward, merge)", "merge", "Concatenate, Sum, Average or Multiply", "got 4", f => _ = new BidirectionalLayer<double>(f.Lstm, f.Gru, (BidirectionalMerge)4)),
        Bad("BidirectionalLayer.new(forward, backward, merge)", "backward", "at most", "got 2147483652", f => _ = new BidirectionalLayer<double>(new BareLayer(3, int.MaxValue), new BareLayer(3, 5))),
        Null("Bidirectional.Of(create, seed, merge)", "create", f => Bidirectional.Of<double>(null!)),
        Null("LayerStack.new(layers)", "layers", f => _ = new LayerStack<double>(null!)),
        Bad("LayerStack.new(layers)", "layers", "at least one layer", "none", f => _ = new LayerStack<double>()),
        Bad("LayerStack.new(layers)", "layers", "Layer 1", "null", f => _ = new LayerStack<double>(f.Lstm, null!)),
        Bad("LayerStack.new(layers)", "layers", "an input size of 4 in layer 1", "got 3", f => _ = new LayerStack<double>(f.Lstm, f.OtherLstm)),
        Bad("LayerStack.new(layers)", "layers", "Layer 1", "twice", f =>
        {
            var square = new GruLayer<double>(4, 4);
            _ = new LayerStack<double>(square, square);
        }),
        Null("StreamingStack.new(layers)", "layers", f => _ = new StreamingStack<double>(null!)),
        Bad("StreamingStack.new(layers)", "layers", "at least one layer", "none", f => _ = new StreamingStack<double>()),
        Bad("StreamingStack.new(layers)", "layers", "an input size of 4 in layer 1", "got 3", f => _ = new StreamingStack<double>(f.Lstm, f.OtherLstm)),
    ];

    /// <summary>Embeddings, and layers that others are a part of.</summary>
    private static IEnumerable<Row> Composites()
    {
        const string Tied = "DenseLayer.new(weights, seed)";
        yield return Null(Tied, "weights", f => _ = new DenseLayer<double>(null!));

        const string Embedding = "EmbeddingLayer.new(vocabulary, size, paddingToken, seed)", Shared = "EmbeddingLayer.new(weights, paddingToken)";
        yield return Bad(Embedding, "vocabulary", "at least 1", "got 0", f => _ = new EmbeddingLayer<double>(0, 4));
        yield return Bad(Embedding, "size", "at least 1", "got -1", f => _ = new EmbeddingLayer<double>(3, -1));
        yield return Bad(Embedding, "size", "at most", "got 4294967294", f => _ = new EmbeddingLayer<double>(int.MaxValue, 2));
        yield return Bad(Embedding, "paddingToken", "0 to 2", "got 3", f => _ = new EmbeddingLayer<double>(3, 4, paddingToken: 3));
        yield return Bad(Embedding, "paddingToken", "0 to 2", "got -1", f => _ = new EmbeddingLayer<double>(3, 4, paddingToken: -1));
        yield return new Row(Embedding, "T", ["float (System.Single) or double (System.Double)", "System.Half"], f => _ = new EmbeddingLayer<Half>(1, 1));
        yield return Null(Shared, "weights", f => _ = new EmbeddingLayer<double>(null!));
        yield return Bad(Shared, "paddingToken", "0 to 15", "got 16", f => _ = new EmbeddingLayer<double>(f.Lstm.RecurrentWeights, paddingToken: 16));
        yield return Bad("EmbeddingLayer.CreateState(batch)", "batch", "at least 1", "got 0", f => f.Embedding.CreateState(0));
        yield return Bad("EmbeddingLayer.Step(input, state, output)", "input", "tokens", "got features", f => f.Embedding.Step(new double[6], f.Embedding.CreateState(2), new double[8]));
        const string Look = "EmbeddingLayer.StepTokens(tokens, state, output)";
        yield return Bad(Look, "tokens", "2 tokens", "got 1", f => f.Embedding.StepTokens([1], f.Embedding.CreateState(2), new double[8]));
        yield return Bad(Look, "tokens", "0 to 2", "got 3", f => f.Embedding.StepTokens([1, 3], f.Embedding.CreateState(2), new double[8]));
        yield return Null(Look, "state", f => f.Embedding.StepTokens([1, 1], null!, new double[8]));
        yield return Bad(Look, "output", "4 x 2 = 8 values", "got 7", f => f.Embedding.StepTokens([1, 1], f.Embedding.CreateState(2), new double[7]));
        yield return Bad("Layer.Forward(input, initialState, reuse)", "input", "tokens", "got 3 x 2 x 5", f => f.Embedding.Forward(f.X));
        yield return Bad("Layer.Predict(input, state, reuse)", "input", "tokens", "got 3 x 2 x 5", f => f.Embedding.Predict(f.X));

        const string Feedback = "FeedbackLayer.new(inner, steps)";
        yield return Null(Feedback, "inner", f => _ = new FeedbackLayer<double>(null!, 3));
        yield return Bad(Feedback, "inner", "an output size of 3", "got 4", f => _ = new FeedbackLayer<double>(f.Lstm, 3));
        yield return Bad(Feedback, "steps", "at least 1", "got 0", f => _ = new FeedbackLayer<double>(new GruLayer<double>(3, 3), 0));
        yield return Bad("FeedbackLayer.CreateState(batch)", "batch", "at least 1", "got 0", f => f.Feedback.CreateState(0));
        yield return Bad("Layer.Forward(input, initialState, reuse)", "input", "3 x batch x 1", "got 3 x 2 x 5", f => f.Feedback.Forward(f.X));
        yield return Bad("Layer.Predict(input, state, reuse)", "input", "3 x batch x 1", "got 3 x 2 x 5", f => f.Feedback.Predict(f.X));
        yield return Bad("Layer.Backward(pass, outputGradient, finalStateGradient, inputGradient, accumulate, reuse)", "outputGradient", "3 x 2 x 4", "got 3 x 2 x 1", f =>
            f.Feedback.Backward(f.Feedback.Forward(new Sequence<double>(3, 2, 1)), new Sequence<double>(3, 2, 1)));

        const string Both = "EncoderDecoder.new(encoder, decoder)";
        yield return Null(Both, "encoder", f => _ = new EncoderDecoder<double>(null!, f.Lstm));
        yield return Null(Both, "decoder", f => _ = new EncoderDecoder<double>(f.Lstm, null!));
        yield return Bad(Both, "decoder", "another layer than the encoder", "the same", f => _ = new EncoderDecoder<double>(f.Lstm, f.Lstm));
        yield return Bad(Both, "decoder", "h 4, c 4", "got h 4", f => _ = new EncoderDecoder<double>(f.Lstm, f.Gru));
        yield return Bad(Both, "decoder", "h 4, c 4", "got none", f => _ = new EncoderDecoder<double>(f.Lstm, f.Dense));
        yield return Bad(Both, "decoder", "h 4", "got h 5", f => _ = new EncoderDecoder<double>(f.Gru, f.Stack));
        yield return Bad(Both, "encoder", "with a state", "without", f => _ = new EncoderDecoder<double>(f.Dense, f.Dense2));
        yield return Bad("EncoderDecoder.CreateState(batch)", "batch", "at least 1", "got 0", f => f.Pair.CreateState(0));
        const string Forward = "EncoderDecoder.Forward(source, input, initialState, reuse)";
        yield return Null(Forward, "source", f => f.Pair.Forward(null!, f.X));
        yield return Null(Forward, "input", f => f.Pair.Forward(f.X, (Sequence<double>)null!));
        yield return Bad(Forward, "source", "3 x batch x steps", "got 4 x 2 x 5", f => f.Pair.Forward(new Sequence<double>(4, 2, 5), f.X));
        yield return Bad(Forward, "source", "a batch of 2", "got 3 x 1 x 5", f => f.Pair.Forward(new Sequence<double>(3, 1, 5), f.X));
        yield return Bad(Forward, "input", "3 x batch x steps", "got 2 x 2 x 5", f => f.Pair.Forward(f.X, new Sequence<double>(2, 2, 5)));
        yield return Bad(Forward, "initialState", "0.h 4 x 2", "0.h 4 x 3", f => f.Pair.Forward(f.X, f.X, f.Pair.CreateState(3)));
        yield return Bad(Forward, "reuse", "this layer", "another layer", f => f.Pair.Forward(f.X, f.X, reuse: f.Lstm.CreatePass()));
        yield return Bad(Forward, "reuse", "this layer", "another layer", f => f.Pair.Forward(f.X, f.X, reuse: new EncoderDecoder<double>(f.Lstm, f.OtherLstm).CreatePass()));
        const string Predict = "EncoderDecoder.Predict(source, input, state, reuse)";
        yield return Null(Predict, "source", f => f.Pair.Predict(null!, f.X));
        yield return Null(Predict, "input", f => f.Pair.Predict(f.X, (Sequence<double>)null!));
        yield return Bad(Predict, "source", "a batch of 2", "got 3 x 1 x 5", f => f.Pair.Predict(new Sequence<double>(3, 1, 5), f.X));
        yield return Bad(Predict, "state", "0.h 4 x 2", "got a state of h 4 x 2", f => f.Pair.Predict(f.X, f.X, f.Lstm.CreateState(2)));
        yield return Bad(Predict, "reuse", "another sequence than the input", "overwrite", f => f.Pair.Predict(f.X, f.X, reuse: f.X));
        yield return Bad(Predict, "reuse", "features", "tokens", f => f.Pair.Predict(f.X, f.X, reuse: f.Tokens));
        const string Encode = "EncoderDecoder.Encode(source, state)";
        yield return Null(Encode, "source", f => f.Pair.Encode(null!, f.Pair.CreateState(2)));
        yield return Bad(Encode, "source", "3 x batch x steps", "got 4 x 2 x 5", f => f.Pair.Encode(new Sequence<double>(4, 2, 5), f.Pair.CreateState(2)));
        yield return Null(Encode, "state", f => f.Pair.Encode(f.X, null!));
        yield return Bad(Encode, "state", "0.h 4 x 2", "0.h 4 x 1", f => f.Pair.Encode(f.X, f.Pair.CreateState(1)));
        yield return Bad("EncoderDecoder.Step(input, state, output)", "input", "3 x 2 = 6 values", "got 5", f => f.Pair.Step(new double[5], f.Pair.CreateState(2), new double[8]));
        yield return Bad("EncoderDecoder.Step(input, state, output)", "output", "4 x 2 = 8 values", "got 9", f => f.Pair.Step(new double[6], f.Pair.CreateState(2), new double[9]));
        yield return Bad("EncoderDecoder.StepTokens(tokens, state, output)", "tokens", "0 to 2", "got 7", f => f.Pair.StepTokens([0, 7], f.Pair.CreateState(2), new double[8]));
        yield return Bad("EncoderDecoder.StepTokens(tokens, state, output)", "state", "0.h 4 x 2", "got a state of h 4 x 2", f => f.Pair.StepTokens([0, 1], f.Lstm.CreateState(2), new double[8]));

        const string Generate = "FreeRunning.Generate(layer, first, state, tokens, choose, endToken)";
        yield return Bad(Generate, "state", "at most", "got 4294967294", f => new BareLayer(3, int.MaxValue).Generate([0, 0], f.State, f.Tokens, First));
        yield return Null(Generate, "layer", f => FreeRunning.Generate(null!, [0, 0], f.State, f.Tokens));
        yield return Null(Generate, "state", f => f.Lstm.Generate([0, 0], null!, f.Tokens));
        yield return Null(Generate, "tokens", f => f.Lstm.Generate([0, 0], f.State, null!));
        yield return Bad(Generate, "tokens", "tokens of 3 x 2 x steps", "got 3 x 2 x 5", f => f.Lstm.Generate([0, 0], f.State, f.X));
        yield return Bad(Generate, "tokens", "tokens of 3 x 2 x steps", "got 4 x 2 x 5", f => f.Lstm.Generate([0, 0], f.State, Sequence<double>.ForTokens(4, 2, 5)));
        yield return Bad(Generate, "tokens", "tokens of 3 x 2 x steps", "got 3 x 1 x 5", f => f.Lstm.Generate([0, 0], f.State, Sequence<double>.ForTokens(3, 1, 5)));
        yield return Bad(Generate, "first", "2 tokens", "got 1", f => f.Lstm.Generate([0], f.State, f.Tokens, First));
        yield return Bad(Generate, "first", "0 to 2", "got 3", f => f.Lstm.Generate([0, 3], f.State, f.Tokens, First));
        yield return Bad(Generate, "choose", "among the 4 outputs", "null", f => f.Lstm.Generate([0, 0], f.State, f.Tokens));
        yield return Bad(Generate, "choose", "0 to 2", "got 3", f => f.Lstm.Generate([0, 0], f.State, f.Tokens, (_, _, _) => 3));
        yield return Bad(Generate, "endToken", "0 to 2", "got -1", f => f.Lstm.Generate([0, 0], f.State, f.Tokens, First, endToken: -1));

        yield return Null("LayerSummaries.Summary(layer, batch, steps)", "layer", _ => ((ILayer<double>)null!).Summary(1, 1));
        yield return Bad("LayerSummaries.Summary(layer, batch, steps)", "batch", "at least 1", "got 0", f => f.Lstm.Summary(0, 1));
        yield return Bad("LayerSummaries.Summary(layer, batch, steps)", "steps", "at least 1", "got -2", f => f.Lstm.Summary(1, -2));
        const string Plain = "LayerReport.Plain(layer, batch, steps, outputSteps)";
        yield return Null(Plain, "layer", _ => LayerReport<double>.Plain(null!, 1, 1, 1));
        yield return Bad(Plain, "batch", "at least 1", "got 0", f => LayerReport<double>.Plain(f.Lstm, 0, 1, 1));
        yield return Bad(Plain, "steps", "0 or more", "got -1", f => LayerReport<double>.Plain(f.Lstm, 1, -1, 1));
        yield return Bad(Plain, "outputSteps", "0 or more", "got -1", f => LayerReport<double>.Plain(f.Lstm, 1, 1, -1));

        static int First(Span<double> scores, int example, int step) => 0;
    }

    private static Row[] Cells() =>
    [
        Null("RnnCell.new(layer)", "layer", f => _ = new RnnCell<double>(null!)),
        Bad("RnnCell.new(inputSize, hiddenSize, seed, activation)", "inputSize", "at least 1", "got 0", f => _ = new RnnCell<double>(0, 4)),
        Bad("RnnCell.new(inputSize, hiddenSize, seed, activation)", "hiddenSize", "at least 1", "got 0", f => _ = new RnnCell<double>(3, 0)),
        Bad("RnnCell.new(inputSize, hiddenSize, seed, activation)", "activation", "Tanh or Relu", "got -1", f => _ = new RnnCell<double>(3, 4, activation: (RnnActivation)(-1))),
        Null("RnnCell.Forward(input, hidden)", "input", _ => Rnn().Forward(null!, Zeros(4, 2))),
        Null("RnnCell.Forward(input, hidden)", "hidden", _ => Rnn().Forward(Zeros(3, 2), null!)),
        Bad("RnnCell.Forward(input, hidden)", "input", "3 x batch", "got 4 x 2", _ => Rnn().Forward(Zeros(4, 2), Zeros(4, 2))),
        Bad("RnnCell.Forward(input, hidden)", "hidden", "4 x 2", "got 4 x 3", _ => Rnn().Forward(Zeros(3, 2), Zeros(4, 3))),
        Null("RnnCell.Backward(pass, hiddenGradient)", "pass", _ => Rnn().Backward(null!, Zeros(4, 2))),
        Null("RnnCell.Backward(pass, hiddenGradient)", "hiddenGradient", _ => Rnn((cell, pass) => cell.Backward(pass, null!))),
        Bad("RnnCell.Backward(pass, hiddenGradient)", "hiddenGradient", "4 x 2", "got 5 x 2", _ => Rnn((cell, pass) => cell.Backward(pass, Zeros(5, 2)))),
        Bad("RnnCell.Backward(pass, hiddenGradient)", "pass", "this cell", "another cell", _ => Rnn().Backward(Rnn().Forward(Zeros(3, 2), Zeros(4, 2)), Zeros(4, 2))),
        Bad("RnnLayer.new(inputSize, hiddenSize, seed, activation, options)", "options", "RecurrentOptions", "got GruOptions", f => _ = new RnnLayer<double>(3, 4, options: new GruOptions { ResetBefore = true })),
        Bad("CustomRecurrentLayer.new(inputSize, hiddenSize, seed, options)", "inputSize", "at least 1", "got 0", f => _ = new CustomRecurrentLayer<double, MinimalGatedUnit>(0, 4)),
        Bad("CustomRecurrentLayer.new(inputSize, hiddenSize, seed, options)", "hiddenSize", "at least 1", "got 0", f => _ = new CustomRecurrentLayer<double, MinimalGatedUnit>(3, 0)),
        Bad("CustomRecurrentLayer.new(inputSize, hiddenSize, seed, options)", "options", "a HiddenZoneout of 0 to below 1", "got 2", f => _ = new CustomRecurrentLayer<double, MinimalGatedUnit>(3, 4, options: new RecurrentOptions { HiddenZoneout = 2 })),
        Bad("CustomRecurrentLayer.new(inputSize, hiddenSize, seed, options)", "options", "RecurrentOptions", "got LstmOptions", f => _ = new CustomRecurrentLayer<double, MinimalGatedUnit>(3, 4, options: new LstmOptions { Peepholes = true })),
        Null("GruCell.new(layer)", "layer", f => _ = new GruCell<double>(null!)),
        Bad("GruCell.new(layer)", "layer", "a layer that resets after the product", "resets before", f => _ = new GruCell<double>(new GruLayer<double>(3, 4, options: new GruOptions { ResetBefore = true }))),
        Bad("GruCell.new(inputSize, hiddenSize, seed)", "inputSize", "at least 1", "got 0", f => _ = new GruCell<double>(0, 4)),
        Bad("GruCell.new(inputSize, hiddenSize, seed)", "hiddenSize", "at least 1", "got 0", f => _ = new GruCell<double>(3, 0)),
        Null("GruCell.Forward(input, hidden)", "input", f => new GruCell<double>(f.Gru).Forward(null!, Zeros(4, 2))),
        Null("GruCell.Forward(input, hidden)", "hidden", f => new GruCell<double>(f.Gru).Forward(Zeros(3, 2), null!)),
        Bad("GruCell.Forward(input, hidden)", "input", "3 x batch", "got 2 x 3", f => new GruCell<double>(f.Gru).Forward(Zeros(2, 3), Zeros(4, 3))),
        Bad("GruCell.Forward(input, hidden)", "hidden", "4 x 2", "got 3 x 2", f => new GruCell<double>(f.Gru).Forward(Zeros(3, 2), Zeros(3, 2))),
        Null("GruCell.Backward(pass, hiddenGradient)", "pass", f => new GruCell<double>(f.Gru).Backward(null!, Zeros(4, 2))),
        Bad("GruCell.Backward(pass, hiddenGradient)", "hiddenGradient", "4 x 2", "got 4 x 1", f => Gru(f, (cell, pass) => cell.Backward(pass, Zeros(4, 1)))),
        Bad("GruCell.Backward(pass, hiddenGradient)", "pass", "parameters as they are now", "got one of version", f => Gru(f, (cell, pass) =>
        {
            f.Gru.Bias.Set(new double[f.Gru.Bias.Count]);
            cell.Backward(pass, Zeros(4, 2));
        })),
        Null("LstmCell.new(layer)", "layer", f => _ = new LstmCell<double>(null!)),
        Bad("LstmCell.new(layer)", "layer", "a layer with a forget gate", "coupled", f => _ = new LstmCell<double>(new LstmLayer<double>(3, 4, options: new LstmOptions { CoupledGates = true }))),
        Bad("LstmCell.new(inputSize, hiddenSize, seed)", "inputSize", "at least 1", "got 0", f => _ = new LstmCell<double>(0, 4)),
        Bad("LstmCell.new(inputSize, hiddenSize, seed)", "hiddenSize", "at least 1", "got 0", f => _ = new LstmCell<double>(3, 0)),
        Null("LstmCell.Forward(input, hidden, cell)", "input", f => new LstmCell<double>(f.Lstm).Forward(null!, Zeros(4, 2), Zeros(4, 2))),
        Null("LstmCell.Forward(input, hidden, cell)", "hidden", f => new LstmCell<double>(f.Lstm).Forward(Zeros(3, 2), null!, Zeros(4, 2))),
        Null("LstmCell.Forward(input, hidden, cell)", "cell", f => new LstmCell<double>(f.Lstm).Forward(Zeros(3, 2), Zeros(4, 2), null!)),
        Bad("LstmCell.Forward(input, hidden, cell)", "input", "3 x batch", "got 4 x 2", f => new LstmCell<double>(f.Lstm).Forward(Zeros(4, 2), Zeros(4, 2), Zeros(4, 2))),
        Bad("LstmCell.Forward(input, hidden, cell)", "hidden", "4 x 2", "got 5 x 2", f => new LstmCell<double>(f.Lstm).Forward(Zeros(3, 2), Zeros(5, 2), Zeros(4, 2))),
        Bad("LstmCell.Forward(input, hidden, cell)", "cell", "4 x 2", "got 4 x 3", f => new LstmCell<double>(f.Lstm).Forward(Zeros(3, 2), Zeros(4, 2), Zeros(4, 3))),
        Null("LstmCell.Backward(pass, hiddenGradient, cellGradient)", "pass", f => new LstmCell<double>(f.Lstm).Backward(null!, Zeros(4, 2))),
        Null("LstmCell.Backward(pass, hiddenGradient, cellGradient)", "hiddenGradient", f => Lstm(f, (cell, pass) => cell.Backward(pass, null!))),
        Bad("LstmCell.Backward(pass, hiddenGradient, cellGradient)", "hiddenGradient", "4 x 2", "got 4 x 3", f => Lstm(f, (cell, pass) => cell.Backward(pass, Zeros(4, 3)))),
        Bad("LstmCell.Backward(pass, hiddenGradient, cellGradient)", "cellGradient", "4 x 2", "got 3 x 2", f => Lstm(f, (cell, pass) => cell.Backward(pass, Zeros(4, 2), Zeros(3, 2)))),
        Bad("LstmCell.Backward(pass, hiddenGradient, cellGradient)", "pass", "this cell", "another cell", f => Lstm(f, (_, pass) => new LstmCell<double>(f.OtherLstm).Backward(pass, Zeros(4, 2)))),
    ];

    private static Row[] Numbers() =>
    [
        Null("Sigmoid.Of(matrix)", "matrix", _ => Sigmoid.Of<double>(null!)),
        Bad("Sigmoid.Of(source, target)", "target", "3 values", "got 2", _ => Sigmoid.Of<double>(new double[3], new double[2])),
        Bad("Sigmoid.Of(source, target)", "target", "overlap", "source", _ => Sigmoid.Of<double>(Memory.AsSpan(0, 3), Memory.AsSpan(1, 3))),
        Null("Softmax.Columns(scores)", "scores", _ => Softmax.Columns<double>(null!)),
        Null("Softmax.LogColumns(scores)", "scores", _ => Softmax.LogColumns<double>(null!)),
        Bad("Softmax.Column(scores, probabilities)", "probabilities", "3 values", "got 4", _ => Softmax.Column<double>(new double[3], new double[4])),
        Bad("Softmax.Column(scores, probabilities)", "probabilities", "overlap", "scores", _ => Softmax.Column<double>(Memory.AsSpan(0, 3), Memory.AsSpan(1, 3))),
        Bad("Softmax.LogColumn(scores, logarithms)", "logarithms", "3 values", "got 2", _ => Softmax.LogColumn<double>(new double[3], new double[2])),
        Bad("Softmax.LogColumn(scores, logarithms)", "logarithms", "overlap", "scores", _ => Softmax.LogColumn<double>(Memory, Memory)),
    ];

    private static Row[] Randoms() =>
    [
        Bad("FastRandom.Next(maxValue)", "maxValue", "negative", "-1", f => f.Random.Next(-1)),
        Bad("FastRandom.Next(minValue, maxValue)", "minValue", "less than or equal to '2'", "'3'", f => f.Random.Next(3, 2)),
        Bad("FastRandom.NextInt64(maxValue)", "maxValue", "negative", "-1", f => f.Random.NextInt64(-1)),
        Bad("FastRandom.NextInt64(minValue, maxValue)", "minValue", "less than or equal to '2'", "'3'", f => f.Random.NextInt64(3, 2)),
        Null("FastRandom.NextBytes(Byte[] buffer)", "buffer", f => f.Random.NextBytes(null!)),
        Bad("FastRandom.SetState(state)", "state", "bytes", "got 3", f => f.Random.SetState(new byte[3])),
        Bad("NumpyRandom.Uniform(low, high)", "low", "less than or equal to '1'", "'2'", _ => Numpy().Uniform(2, 1)),
        Bad("NumpyRandom.Uniform(low, high)", "high", "finite", "high = Infinity", _ => Numpy().Uniform(2, double.PositiveInfinity)),
        Bad("NumpyRandom.Uniform(low, high)", "low", "finite", "low = -Infinity", _ => Numpy().Uniform(double.NegativeInfinity, 1)),
        Bad("NumpyRandom.RandN(count)", "count", "negative", "-1", _ => Numpy().RandN(-1)),
        Bad("NumpyRandom.RandInt(Int32 low, Int32 high)", "low", "less than '2'", "'2'", _ => Numpy().RandInt(2, 2)),
        Bad("NumpyRandom.RandInt(Int64 low, Int64 high)", "low", "less than '2'", "'3'", _ => Numpy().RandInt(3L, 2L)),
        Bad("NumpyRandom.RandInt(Int32 low, Int32 high, Int32 size)", "low", "less than '2'", "'2'", _ => Numpy().RandInt(2, 2, 1)),
        Bad("NumpyRandom.RandInt(Int32 low, Int32 high, Int32 size)", "size", "negative", "-1", _ => Numpy().RandInt(1, 2, -1)),
        Bad("NumpyRandom.RandInt(Int64 low, Int64 high, Int32 size)", "low", "less than '2'", "'2'", _ => Numpy().RandInt(2L, 2L, 1)),
        Bad("NumpyRandom.RandInt(Int64 low, Int64 high, Int32 size)", "size", "negative", "-1", _ => Numpy().RandInt(1L, 2L, -1)),
        Bad("NumpyRandom.Choice(n, p)", "n", "non-zero", "0", _ => Numpy().Choice(0, [1])),
        Bad("NumpyRandom.Choice(n, p)", "p", "at least one probability", "none", _ => Numpy().Choice(1, [])),
        Bad("NumpyRandom.Choice(n, p)", "p", "n = 3", "got 2", _ => Numpy().Choice(3, [0.5, 0.5])),
        Bad("NumpyRandom.Choice(n, p)", "p", "sum to 1", "0.75", _ => Numpy().Choice(2, [0.5, 0.25])),
        Bad("NumpyRandom.Choice(n, p)", "p", "at least 0", "-0.5", _ => Numpy().Choice(2, [1.5, -0.5])),
        Bad("NumpyRandom.Choice(n, p, size)", "size", "negative", "-1", _ => Numpy().Choice(1, [1], -1)),
        Bad("NumpyRandom.Choice(n, p, size)", "p", "n = 2", "got 1", _ => Numpy().Choice(2, [1], 1)),
        Bad("NumpyRandom.Permutation(n)", "n", "negative", "-1", _ => Numpy().Permutation(-1)),
        Null("NumpyRandom.Shuffle(T[] values)", "values", _ => Numpy().Shuffle((int[])null!)),
        Bad("NumpyRandom.Next(maxValue)", "maxValue", "negative", "-1", _ => Numpy().Next(-1)),
        Bad("NumpyRandom.Next(minValue, maxValue)", "minValue", "less than or equal to '2'", "'3'", _ => Numpy().Next(3, 2)),
        Bad("NumpyRandom.NextInt64(maxValue)", "maxValue", "negative", "-1", _ => Numpy().NextInt64(-1)),
        Bad("NumpyRandom.NextInt64(minValue, maxValue)", "minValue", "less than or equal to '2'", "'3'", _ => Numpy().NextInt64(3, 2)),
        Null("NumpyRandom.NextBytes(Byte[] buffer)", "buffer", _ => Numpy().NextBytes((byte[])null!)),
        Bad("NumpyRandom.SetState(state)", "state", "bytes", "got 3", _ => Numpy().SetState(new byte[3])),
    ];

    private static Row[] Losses()
    {
        const string Classes = "SoftmaxCrossEntropy.Compute(scores, targets, gradient, ignored, reduction)";
        const string Tokens = "SoftmaxCrossEntropy.Compute(scores, targets, gradient, reduction)";
        const string Squares = "MeanSquaredError.Compute(output, targets, gradient, reduction)";
        return
        [
            Null(Classes, "scores", f => SoftmaxCrossEntropy.Compute<double>(null!, new int[10])),
            Bad(Classes, "scores", "features", "tokens", f => SoftmaxCrossEntropy.Compute(f.Tokens, new int[10])),
            Bad(Classes, "targets", "2 x 5 = 10 targets", "got 9", f => SoftmaxCrossEntropy.Compute(f.X, new int[9])),
            Bad(Classes, "targets", "0 to 2, or -100", "got 3 at step 1 of example 1", f => SoftmaxCrossEntropy.Compute(f.X, [0, 0, 0, 3, 0, 0, 0, 0, 0, 0])),
            Bad(Classes, "targets", "0 to 2, or 7", "got -100 at step 0 of example 1", f => SoftmaxCrossEntropy.Compute(f.X, [7, -100, 0, 3, 0, 0, 0, 0, 0, 0], ignored: 7)),
            Bad(Classes, "gradient", "another sequence", "overwrite", f => SoftmaxCrossEntropy.Compute(f.X, new int[10], f.X)),
            Bad(Classes, "gradient", "features", "tokens", f => SoftmaxCrossEntropy.Compute(f.X, new int[10], f.Tokens)),
            Bad(Classes, "reduction", "Mean or Sum", "got 2", f => SoftmaxCrossEntropy.Compute(f.X, new int[10], reduction: (LossReduction)2)),
            Null(Tokens, "scores", f => SoftmaxCrossEntropy.Compute(null!, f.Tokens)),
            Null(Tokens, "targets", f => SoftmaxCrossEntropy.Compute(f.X, (Sequence<double>)null!)),
            Bad(Tokens, "targets", "tokens of 3 x 2 x 5", "got 3 x 2 x 5", f => SoftmaxCrossEntropy.Compute(f.X, f.Like())),
            Bad(Tokens, "targets", "tokens of 3 x 2 x 5", "got 4 x 2 x 5 (tokens)", f => SoftmaxCrossEntropy.Compute(f.X, Sequence<double>.ForTokens(4, 2, 5))),
            Bad(Tokens, "targets", "tokens of 3 x 2 x 5", "got 3 x 1 x 5 (tokens)", f => SoftmaxCrossEntropy.Compute(f.X, Sequence<double>.ForTokens(3, 1, 5))),
            Bad(Tokens, "targets", "tokens of 3 x 2 x 5", "got 3 x 2 x 4 (tokens)", f => SoftmaxCrossEntropy.Compute(f.X, Sequence<double>.ForTokens(3, 2, 4))),
            Bad(Tokens, "targets", "a length of 5 for example 1", "got 4", f => SoftmaxCrossEntropy.Compute(f.X, f.Ragged(f.Tokens))),
            Bad(Tokens, "gradient", "another sequence", "overwrite", f => SoftmaxCrossEntropy.Compute(f.X, f.Tokens, f.X)),
            Bad(Tokens, "reduction", "Mean or Sum", "got -1", f => SoftmaxCrossEntropy.Compute(f.X, f.Tokens, reduction: (LossReduction)(-1))),
            Null(Squares, "output", f => MeanSquaredError.Compute(null!, f.X)),
            Bad(Squares, "output", "features", "tokens", f => MeanSquaredError.Compute(f.Tokens, f.X)),
            Null(Squares, "targets", f => MeanSquaredError.Compute(f.X, null!)),
            Bad(Squares, "targets", "3 x 2 x 5", "got 4 x 2 x 5", f => MeanSquaredError.Compute(f.X, new Sequence<double>(4, 2, 5))),
            Bad(Squares, "targets", "3 x 2 x 5", "got 3 x 3 x 5", f => MeanSquaredError.Compute(f.X, new Sequence<double>(3, 3, 5))),
            Bad(Squares, "targets", "3 x 2 x 5", "got 3 x 2 x 6", f => MeanSquaredError.Compute(f.X, new Sequence<double>(3, 2, 6))),
            Bad(Squares, "targets", "3 x 2 x 5", "got 3 x 2 x 5 (tokens)", f => MeanSquaredError.Compute(f.X, f.Tokens)),
            Bad(Squares, "targets", "a length of 5 for example 1", "got 4", f => MeanSquaredError.Compute(f.X, f.Ragged(f.Like()))),
            Bad(Squares, "gradient", "another sequence", "output", f => MeanSquaredError.Compute(f.X, f.Like(), f.X)),
            Bad(Squares, "gradient", "another sequence", "targets", f =>
            {
                Sequence<double> targets = f.Like();
                MeanSquaredError.Compute(f.X, targets, targets);
            }),
            Bad(Squares, "gradient", "features", "tokens", f => MeanSquaredError.Compute(f.X, f.Like(), f.Tokens)),
            Bad(Squares, "reduction", "Mean or Sum", "got 2", f => MeanSquaredError.Compute(f.X, f.Like(), reduction: (LossReduction)2)),
        ];
    }

    private static IEnumerable<Row> Optimizers()
    {
        const string New = "Adam.new(learningRate, beta1, beta2, epsilon, weightDecay, epsilonPlacement)";
        foreach (double value in (double[])[-1, double.NaN, double.PositiveInfinity])
        {
            string given = string.Create(CultureInfo.InvariantCulture, $"got {value}");
            yield return Bad(New, "learningRate", "0 or more", given, f => _ = new Adam<double>(value));
            yield return Bad(New, "beta1", "0 to below 1", given, f => _ = new Adam<double>(beta1: value));
            yield return Bad(New, "beta2", "0 to below 1", given, f => _ = new Adam<double>(beta2: value));
            yield return Bad(New, "epsilon", "above 0", given, f => _ = new Adam<double>(epsilon: value));
            yield return Bad(New, "weightDecay", "0 or more", given, f => _ = new Adam<double>(weightDecay: value));
            yield return Bad("GradientClipping.ByValue(gradients, limit)", "limit", "above 0", given, f => GradientClipping.ByValue(f.Gradients, value));
            yield return Bad("GradientClipping.ByNorm(gradients, maxNorm)", "maxNorm", "above 0", given, f => GradientClipping.ByNorm(f.Gradients, value));
            yield return Bad("GradientCheck.Run(layer, input, loss, initialState, step)", "step", "above 0", given, f => GradientCheck.Run(f.Lstm, f.X, Nothing, step: value));
        }

        yield return Bad(New, "beta1", "0 to below 1", "got 1", f => _ = new Adam<double>(beta1: 1));
        yield return Bad(New, "epsilon", "above 0", "got 0", f => _ = new Adam<double>(epsilon: 0));
        yield return Bad(New, "epsilonPlacement", "OutsideRoot or InsideRoot", "got 5", f => _ = new Adam<double>(epsilonPlacement: (AdamEpsilon)5));
        yield return Null("Adam.Step(parameters, gradients)", "parameters", f => f.Adam.Step(null!, f.Gradients));
        yield return Null("Adam.Step(parameters, gradients)", "gradients", f => f.Adam.Step(f.Lstm.Parameters, null!));
        yield return Bad("Adam.Step(parameters, gradients)", "parameters", "Parameter 1", "null", f => f.Adam.Step([f.Lstm.Bias, null!], f.Gradients));
        yield return Bad("Adam.Step(parameters, gradients)", "gradients", "every parameter", "weight_ih (parameter 0) has none", f => f.Adam.Step(f.OtherLstm.Parameters, f.Gradients));
        yield return Bad("Adam.Step(parameters, gradients)", "gradients", "finite", "got NaN at 3 of bias", f =>
        {
            f.Gradients.Values(2)[3] = double.NaN;
            f.Adam.Step(f.Lstm.Parameters, f.Gradients);
        });
        yield return Null("Adam.GetState(layer)", "layer", f => f.Adam.GetState(null!));
        yield return Null("Adam.SetState(layer, state)", "layer", f => f.Adam.SetState(null!, f.Saved("bias", 16, 16)));
        yield return Null("Adam.SetState(layer, state)", "state", f => f.Adam.SetState(f.Lstm, null!));
        yield return Bad("Adam.SetState(layer, state)", "state", "moments of weight_ih, weight_hh, bias", "got gamma", f => f.Adam.SetState(f.Lstm, f.Saved("gamma", 16, 16)));
        yield return Bad("Adam.SetState(layer, state)", "state", "16 first and second moments of bias", "got 15, 16 and 1", f => f.Adam.SetState(f.Lstm, f.Saved("bias", 15, 16)));
        yield return Bad("Adam.SetState(layer, state)", "state", "16 first and second moments of bias", "got 16, 17 and 1", f => f.Adam.SetState(f.Lstm, f.Saved("bias", 16, 17)));
        yield return Bad("Adam.SetState(layer, state)", "state", "16 first and second moments of bias", "null", f => f.Adam.SetState(f.Lstm, f.Saved("bias", null, 16)));
        yield return Bad("Adam.SetState(layer, state)", "state", "moments", "null", f => f.Adam.SetState(f.Lstm, new AdamState<double>(null!)));
        yield return Bad("Adam.SetState(layer, state)", "state", "moments of bias", "null", f => f.Adam.SetState(f.Lstm, new AdamState<double>(new Dictionary<string, AdamMoments<double>>(StringComparer.Ordinal) { ["bias"] = null! })));

        yield return Null("GradientClipping.ByValue(gradients, limit)", "gradients", _ => GradientClipping.ByValue<double>(null!, 1));
        yield return Null("GradientClipping.ByNorm(gradients, maxNorm)", "gradients", _ => GradientClipping.ByNorm<double>(null!, 1));
        yield return Bad("GradientClipping.ByValue(gradients, limit)", "gradients", "numbers", "NaN in weight_hh", f =>
        {
            f.Gradients.Values(1)[0] = double.NaN;
            GradientClipping.ByValue(f.Gradients, 1);
        });
        yield return Bad("GradientClipping.ByNorm(gradients, maxNorm)", "gradients", "finite norm", "got NaN", f =>
        {
            f.Gradients.Values(1)[0] = double.NaN;
            GradientClipping.ByNorm(f.Gradients, 1);
        });

        const string Run = "GradientCheck.Run(layer, input, loss, initialState, step)";
        yield return Null(Run, "layer", f => GradientCheck.Run(null!, f.X, Nothing));
        yield return Null(Run, "input", f => GradientCheck.Run(f.Lstm, null!, Nothing));
        yield return Null(Run, "loss", f => GradientCheck.Run(f.Lstm, f.X, null!));
        yield return Bad(Run, "input", "3 x batch x steps", "got 4 x 2 x 5", f => GradientCheck.Run(f.Lstm, new Sequence<double>(4, 2, 5), Nothing));
        yield return Bad(Run, "initialState", "h 4 x 2, c 4 x 2", "h 4 x 3, c 4 x 3", f => GradientCheck.Run(f.Lstm, f.X, Nothing, f.Lstm.CreateState(3)));

        static double Nothing(ForwardPass<double> pass, Sequence<double> outputGradient, State<double> finalStateGradient) => 0;
    }

    /// <summary>A number type that the library does not compute in.</summary>
    private static Row[] ElementTypes()
    {
        return
        [
            Half("Sequence.new(features, batch, steps)", () => _ = new Sequence<Half>(1, 1, 1)),
            Half("Sequence.ForTokens(features, batch, steps)", () => Sequence<Half>.ForTokens(1, 1, 1)),
            Half("Sequence.FromBatchFirst(values)", () => Sequence<Half>.FromBatchFirst(new Half[1, 1, 1])),
            Half("Sequence.FromJagged(examples)", () => Sequence<Half>.FromJagged([[[(Half)1]]])),
            Half("Sequence.FromMatrices(steps)", () => Sequence<Half>.FromMatrices([])),
            Half("Sequence.FromTokens(examples, features)", () => Sequence<Half>.FromTokens([[0]], 1)),
            Half("Parameter.new(name, rows, columns)", () => _ = new Parameter<Half>("w", 1, 1)),
            Half("State.new(batch, leaves)", () => _ = new State<Half>(1, ("h", 1))),
            Half("LstmLayer.new(inputSize, hiddenSize, seed, options)", () => _ = new LstmLayer<Half>(1, 1)),
            Half("GruLayer.new(inputSize, hiddenSize, seed, options)", () => _ = new GruLayer<Half>(1, 1)),
            Half("CustomRecurrentLayer.new(inputSize, hiddenSize, seed, options)", () => _ = new CustomRecurrentLayer<Half, MinimalGatedUnit>(1, 1)),
            Half("RnnLayer.new(inputSize, hiddenSize, seed, activation, options)", () => _ = new RnnLayer<Half>(1, 1)),
            Half("DenseLayer.new(inputSize, outputSize, seed)", () => _ = new DenseLayer<Half>(1, 1)),
            Half("DropoutLayer.new(size, rate, seed, mask)", () => _ = new DropoutLayer<Half>(1, 0.5)),
            Half("LayerNormalizationLayer.new(size, epsilon)", () => _ = new LayerNormalizationLayer<Half>(1)),
            Half("PoolingLayer.new(size, kind)", () => _ = new PoolingLayer<Half>(1, Pooling.Last)),
            Half("LstmCell.new(inputSize, hiddenSize, seed)", () => _ = new LstmCell<Half>(1, 1)),
            Half("GruCell.new(inputSize, hiddenSize, seed)", () => _ = new GruCell<Half>(1, 1)),
            Half("RnnCell.new(inputSize, hiddenSize, seed, activation)", () => _ = new RnnCell<Half>(1, 1)),
            Half("Adam.new(learningRate, beta1, beta2, epsilon, weightDecay, epsilonPlacement)", () => _ = new Adam<Half>()),
            Half("Softmax.Column(scores, probabilities)", () => Softmax.Column<Half>(new Half[1], new Half[1])),
            Half("Softmax.LogColumn(scores, logarithms)", () => Softmax.LogColumn<Half>(new Half[1], new Half[1])),
            Half("Sigmoid.Of(source, target)", () => Sigmoid.Of<Half>(new Half[1], new Half[1])),
        ];

        static Row Half(string member, Action call) => new(member, "T", ["float (System.Single) or double (System.Double)", "System.Half"], _ => call());
    }

    private static readonly double[] Memory = new double[6];

    private static Matrix<double> Zeros(int rows, int columns) => Matrix<double>.Build.Dense(rows, columns);

    private static RnnCell<double> Rnn() => new(3, 4, seed: 1);

    private static NumpyRandom Numpy() => new(1);

    private static void Rnn(Action<RnnCell<double>, RnnCellPass<double>> call)
    {
        RnnCell<double> cell = Rnn();
        call(cell, cell.Forward(Zeros(3, 2), Zeros(4, 2)));
    }

    private static void Gru(Fixture f, Action<GruCell<double>, GruCellPass<double>> call)
    {
        var cell = new GruCell<double>(f.Gru);
        call(cell, cell.Forward(Zeros(3, 2), Zeros(4, 2)));
    }

    private static void Lstm(Fixture f, Action<LstmCell<double>, LstmCellPass<double>> call)
    {
        var cell = new LstmCell<double>(f.Lstm);
        call(cell, cell.Forward(Zeros(3, 2), Zeros(4, 2), Zeros(4, 2)));
    }

    /// <summary>
    /// Type.Method(parameters) of every constructor and method that others can call or derive from, with the parameters' types where
    /// names alone do not tell overloads apart. Left out by rule: interfaces (their implementations are here), enumerations, delegates,
    /// operators, property setters, what the compiler makes for records, and overrides that only the base class calls.
    /// </summary>
    private static IEnumerable<string> MembersWithArguments()
    {
        const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        IEnumerable<MethodBase> members = typeof(Parameter<>).Assembly.GetExportedTypes()
            .Where(type => Namespaces.Contains(type.Namespace, StringComparer.Ordinal) && type is { IsInterface: false, IsEnum: false } && !type.IsSubclassOf(typeof(Delegate)))
            .SelectMany(type => type.GetConstructors(All).Concat<MethodBase>(type.GetMethods(All)))
            .Where(member => member.IsPublic || member.IsFamily || member.IsFamilyOrAssembly)
            .Where(member => member is { IsAbstract: false } && member.GetParameters().Length > 0 && !member.IsDefined(typeof(CompilerGeneratedAttribute)))
            .Where(member => !member.Name.StartsWith("op_", StringComparison.Ordinal) && !(member.Name.StartsWith("set_", StringComparison.Ordinal) && member.GetParameters().Length == 1))
            .Where(member => !(member is MethodInfo { IsFamily: true, IsVirtual: true } method && method.GetBaseDefinition() != method));
        return members.GroupBy(member => Key(member, types: false), StringComparer.Ordinal).SelectMany(group => group.Count() == 1 ? [group.Key] : group.Select(member => Key(member, types: true)));

        static string Key(MethodBase member, bool types)
        {
            IEnumerable<string> parameters = member.GetParameters().Select(parameter => types ? $"{parameter.ParameterType.Name} {parameter.Name}" : parameter.Name!);
            return $"{member.DeclaringType!.Name.Split('`')[0]}.{(member.IsConstructor ? "new" : member.Name)}({string.Join(", ", parameters)})";
        }
    }

    /// <param name="Member">Type.Method(parameters); new for a constructor.</param>
    /// <param name="Argument">The argument that the error must name.</param>
    /// <param name="Words">What its message must have: the expected and the given. None for a null.</param>
    /// <param name="Call">The wrong call.</param>
    private sealed record Row(string Member, string Argument, string[] Words, Action<Fixture> Call);

    /// <summary>What the calls are made on, new for each. Every layer has 3 inputs and 4 outputs; the batch is 2, with 5 steps.</summary>
    private sealed class Fixture
    {
        public LstmLayer<double> Lstm { get; } = new(3, 4, seed: 1);

        public LstmLayer<double> OtherLstm { get; } = new(3, 4, seed: 1);

        public GruLayer<double> Gru { get; } = new(3, 4, seed: 1);

        public DenseLayer<double> Dense { get; } = new(3, 4, seed: 1);

        public DenseLayer<double> Dense2 { get; } = new(3, 4, seed: 2);

        public EmbeddingLayer<double> Embedding { get; } = new(3, 4, seed: 1);

        public FeedbackLayer<double> Feedback { get; } = new(new GruLayer<double>(3, 3, seed: 1), 4);

        public EncoderDecoder<double> Pair => field ??= new EncoderDecoder<double>(Lstm, OtherLstm);

        public StreamingStack<double> Stack { get; } = new(new GruLayer<double>(3, 5, seed: 1), new DenseLayer<double>(5, 4, seed: 1));

        public ReverseLayer<double> Reverse { get; } = new(new LstmLayer<double>(3, 4, seed: 1));

        public BidirectionalLayer<double> Both { get; } = new(new LstmLayer<double>(3, 4, seed: 1), new GruLayer<double>(3, 4, seed: 1), BidirectionalMerge.Sum);

        public Sequence<double> X { get; } = new(3, 2, 5);

        public Sequence<double> Tokens { get; } = Sequence<double>.ForTokens(3, 2, 5);

        public State<double> State => field ??= Lstm.CreateState(2);

        public Gradients<double> Gradients => field ??= Lstm.CreateGradients();

        public Adam<double> Adam { get; } = new();

        public FastRandom Random { get; } = new(1);

        public Sequence<double> Like() => X.ConvertTo<double>();

        public Sequence<double> Ragged(Sequence<double> sequence)
        {
            sequence.SetLengths([5, 4]);
            return sequence;
        }

        public ForwardPass<double> OlderPass(ILayer<double> layer)
        {
            ForwardPass<double> pass = layer.Forward(X);
            Parameter<double> last = layer.Parameters[^1];
            last.Set(last.Values.ToArray());
            return pass;
        }

        public AdamState<double> Saved(string name, int? first, int? second) => new(new Dictionary<string, AdamMoments<double>>(StringComparer.Ordinal)
        {
            [name] = new(1, first is { } a ? new double[a] : null!, second is { } b ? new double[b] : null!),
        });
    }

    private sealed class BarePass(ILayer<double> layer) : ForwardPass<double>(layer)
    {
        public void TryBegin(Sequence<double> input) => Begin(input, 0);
    }

    /// <summary>A layer without mathematics, to call what derived layers can.</summary>
    private sealed class BareLayer(int inputSize, int outputSize) : Layer<double>(inputSize, outputSize), IStreamingLayer<double>
    {
        public void Step(ReadOnlySpan<double> input, State<double> state, Span<double> output) => throw new NotSupportedException();

        public void StepTokens(ReadOnlySpan<int> tokens, State<double> state, Span<double> output) => throw new NotSupportedException();

        public override IReadOnlyList<Parameter<double>> Parameters => [];

        public override IReadOnlyList<string> ParameterNames => [];

        public override State<double> CreateState(int batch) => new(batch);

        public void TryShape(Sequence<double> output, Sequence<double> input) => Shape(output, input);

        public void TryCheckInput(Sequence<double> input) => CheckInput(input);

        public void TryReport(int batch, int steps) => Report(batch, steps);

        public void TryPrepare(ForwardPass<double> pass, Sequence<double> input) => Prepare(pass, input);

        public void TryStep(ReadOnlySpan<double> input, State<double> state, Span<double> output) => CheckStep(input, default, hasTokens: false, state, output);

        public override ForwardPass<double> CreatePass() => throw new NotSupportedException();

        protected override void Run(ForwardPass<double> pass, Sequence<double> input, State<double>? initialState) => throw new NotSupportedException();

        protected override void RunBackward(ForwardPass<double> pass, Sequence<double>? outputGradient, State<double>? finalStateGradient, bool inputGradient, bool accumulate, Gradients<double> gradients) => throw new NotSupportedException();

        protected override void RunPredict(Sequence<double> input, State<double> state, Sequence<double> output) => throw new NotSupportedException();
    }
}

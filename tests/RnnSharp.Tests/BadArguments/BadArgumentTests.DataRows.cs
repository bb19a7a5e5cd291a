using MathNet.Numerics.LinearAlgebra;

namespace RnnSharp.Tests;

/// <summary>Sequences, states, parameters and initial weights.</summary>
public sealed partial class BadArgumentTests
{
    private const string Targets = "Sequence.WindowsWithTargets(length, horizon, stride, reuseInputs, reuseTargets)";

    /// <summary>2³² elements, of which MathNet stores none.</summary>
    private static readonly Matrix<double> Huge = Matrix<double>.Build.Sparse(1 << 16, 1 << 16);

    private static Row[] Data() =>
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

        Null("Sequence.FromArray(values)", "values", _ => Sequence<double>.FromArray(null!)),
        Bad("Sequence.FromArray(values)", "values", "one example", "got 2 x 0 x 3", _ => Sequence<double>.FromArray(new double[2, 0, 3])),
        Bad("Sequence.FromArray(values)", "values", "at least one feature", "got 0 x 2 x 3", _ => Sequence<double>.FromArray(new double[0, 2, 3])),
        Bad("Sequence.FromSeries(ReadOnlySpan`1 values)", "values", "at least one value", "none", _ => Sequence<double>.FromSeries((double[])null!)),
        Null("Sequence.FromSeries(Matrix`1 values)", "values", _ => Sequence<double>.FromSeries((Matrix<double>)null!)),
        Bad("Sequence.FromSeries(Matrix`1 values)", "values", "at most", "elements", _ => Sequence<double>.FromSeries(Huge)),
        Bad("Sequence.FromMatrices(steps)", "steps", "at most", "elements", _ => Sequence<double>.FromMatrices([Huge])),
        Bad("Sequence.SliceSteps(first, count, reuse)", "first", "0 to 5", "got 6", f => f.X.SliceSteps(6, 0)),
        Bad("Sequence.SliceSteps(first, count, reuse)", "first", "0 to 5", "got -1", f => f.X.SliceSteps(-1, 2)),
        Bad("Sequence.SliceSteps(first, count, reuse)", "count", "0 to 2 (the steps from 3 on)", "got 3", f => f.X.SliceSteps(3, 3)),
        Bad("Sequence.SliceSteps(first, count, reuse)", "count", "0 to 2", "got 2147483647", f => f.X.SliceSteps(3, int.MaxValue)),
        Bad("Sequence.SliceSteps(first, count, reuse)", "reuse", "a sequence other than", "overwritten", f => f.X.SliceSteps(0, 1, f.X)),
        Bad("Sequence.SliceSteps(first, count, reuse)", "reuse", "features", "(tokens)", f => f.X.SliceSteps(0, 1, f.Tokens)),
        Bad("Sequence.SliceSteps(first, count, reuse)", "reuse", "tokens of a vocabulary of 3", "got 3 x 2 x 5", f => f.Tokens.SliceSteps(0, 1, f.X)),
        Bad("Sequence.SliceSteps(first, count, reuse)", "reuse", "tokens of a vocabulary of 3", "got 4 x 1 x 1", f => f.Tokens.SliceSteps(0, 1, Sequence<double>.ForTokens(4, 1, 1))),
        Bad("Sequence.Gather(examples, reuse)", "examples", "at least one", "none", f => f.X.Gather([])),
        Bad("Sequence.Gather(examples, reuse)", "examples", "0 to 1", "got 2", f => f.X.Gather([0, 2])),
        Bad("Sequence.Gather(examples, reuse)", "examples", "0 to 1", "got -1", f => f.X.Gather([-1])),
        Bad("Sequence.Gather(examples, reuse)", "reuse", "a sequence other than", "overwritten", f => f.X.Gather([0], f.X)),
        Bad("Sequence.Gather(examples, reuse)", "reuse", "features", "(tokens)", f => f.X.Gather([0], f.Tokens)),
        Bad("Sequence.Windows(length, stride, reuse)", "length", "at least 1", "got 0", f => f.X.Windows(0)),
        Bad("Sequence.Windows(length, stride, reuse)", "length", "at most 5", "got 6", f => f.X.Windows(6)),
        Bad("Sequence.Windows(length, stride, reuse)", "length", "at most 5", "got 2147483647", f => f.X.Windows(int.MaxValue, int.MaxValue)),
        Bad("Sequence.Windows(length, stride, reuse)", "stride", "at least 1", "got -1", f => f.X.Windows(2, -1)),
        Bad("Sequence.Windows(length, stride, reuse)", "reuse", "a sequence other than", "overwritten", f => f.X.Windows(2, 1, f.X)),
        Bad("Sequence.Windows(length, stride, reuse)", "reuse", "features", "(tokens)", f => f.X.Windows(2, 1, f.Tokens)),
        Bad(Targets, "length", "at least 1", "got 0", f => f.X.WindowsWithTargets(0)),
        Bad(Targets, "length", "at most 5 steps together", "got 5 and 1", f => f.X.WindowsWithTargets(5)),
        Bad(Targets, "horizon", "at least 1", "got 0", f => f.X.WindowsWithTargets(2, 0)),
        Bad(Targets, "stride", "at least 1", "got 0", f => f.X.WindowsWithTargets(2, 1, 0)),
        Bad(Targets, "reuseInputs", "a sequence other than", "overwritten", f => f.X.WindowsWithTargets(2, reuseInputs: f.X)),
        Bad(Targets, "reuseTargets", "features", "(tokens)", f => f.X.WindowsWithTargets(2, reuseTargets: f.Tokens)),
        Bad(Targets, "reuseTargets", "a sequence other than", "inputs", f =>
        {
            Sequence<double> both = f.Like();
            f.X.WindowsWithTargets(2, reuseInputs: both, reuseTargets: both);
        }),

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
        Null("State.new(batch, leaves)", "leaves", f => _ = new State<double>(1, null!)),
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
        Bad("State.new(parts, partNames)", "partNames", "every leaf a name of its own", "leaves called a.h, a.c, a.h", f => _ = new State<double>([f.State, f.Gru.CreateState(2)], ["a", "a"])),
        Null("State.LeavesNamed(name)", "name", f => f.State.LeavesNamed(null!)),
        Bad("State.LeavesNamed(name)", "name", "one of h, c", "got 0.h", f => f.State.LeavesNamed("0.h")),
        Null("State.get_Item(name)", "name", f => _ = f.State[null!]),
        Bad("State.get_Item(name)", "name", "one of h, c", "got x", f => _ = f.State["x"]),
        Bad("State.Resize(batch)", "batch", "at least 1", "got 0", f => f.State.Resize(0)),
        Bad("State.Resize(batch)", "batch", "at most", "got 8589934588", f => f.State.Resize(int.MaxValue)),
        Null("State.CopyFrom(source)", "source", f => f.State.CopyFrom(null!)),
        Bad("State.CopyFrom(source)", "source", "h 4 x 2, c 4 x 2", "h 4 x 3, c 4 x 3", f => f.State.CopyFrom(f.Lstm.CreateState(3))),
        Bad("State.CopyFrom(source)", "source", "h 4 x 2, c 4 x 2", "got a state of h 4 x 2", f => f.State.CopyFrom(f.Gru.CreateState(2))),
        Bad("State.CopyFrom(source)", "source", "0.h 5 x 2", "got a state of 0.h 5 x 3", f =>
        {
            State<double> source = f.Stack.CreateState(2);
            source.Parts[0].Resize(3);
            f.Stack.CreateState(2).CopyFrom(source);
        }),
        Bad("State.new(parts)", "parts", "memory of their own", "part 1 and part 0", f => _ = new State<double>([f.State, f.State])),
        Bad("State.new(parts)", "parts", "memory of their own", "part 1 and part 0", f => _ = new State<double>([new State<double>([f.State]), f.State])),
        Bad("State.new(parts)", "parts", "memory of their own", "part 2 and part 1", f =>
        {
            State<double> leafless = f.Dense.CreateState(2);
            _ = new State<double>([f.State, leafless, leafless]);
        }),
        Bad("State.Set(name, matrix)", "name", "one of h, c", "got x", f => f.State.Set("x", Zeros(4, 2))),
        Null("State.Set(name, matrix)", "matrix", f => f.State.Set("h", (Matrix<double>)null!)),
        Bad("State.Set(name, matrix)", "matrix", "4 x 2 (units x batch)", "got 2 x 4", f => f.State.Set("h", Zeros(2, 4))),
        Bad("State.Set(name, values)", "name", "one of h, c", "got x", f => f.State.Set("x", new double[2, 4])),
        Null("State.Set(name, values)", "values", f => f.State.Set("h", (double[,])null!)),
        Bad("State.Set(name, values)", "values", "2 x 4 (batch x units)", "got 4 x 2", f => f.State.Set("h", new double[4, 2])),
        Null("State.CopyExample(source, sourceExample, targetExample)", "source", f => f.State.CopyExample(null!, 0, 0)),
        Bad("State.CopyExample(source, sourceExample, targetExample)", "source", "h 4 x 2, c 4 x 2", "got a state of h 4 x 2", f => f.State.CopyExample(f.Gru.CreateState(2), 0, 0)),
        Bad("State.CopyExample(source, sourceExample, targetExample)", "sourceExample", "0 to 2", "got 3", f => f.State.CopyExample(f.Lstm.CreateState(3), 3, 0)),
        Bad("State.CopyExample(source, sourceExample, targetExample)", "targetExample", "0 to 1", "got 2", f => f.State.CopyExample(f.Lstm.CreateState(3), 2, 2)),
        Bad("State.ToBytes(example)", "example", "0 to 1", "got -1", f => f.State.ToBytes(-1)),
        Bad("State.WriteTo(destination)", "destination", "at least 198 bytes", "got 197", f => f.State.WriteTo(new byte[197])),
        Null("State.WriteTo(stream)", "stream", f => f.State.WriteTo((Stream)null!)),
        Bad("State.WriteTo(stream)", "stream", "writable", "stream", f => f.State.WriteTo(new MemoryStream([], writable: false))),
        Bad("State.WriteExample(example, destination)", "example", "0 to 1", "got 2", f => f.State.WriteExample(2, new byte[500])),
        Bad("State.WriteExample(example, destination)", "destination", "at least 134 bytes", "got 0", f => f.State.WriteExample(1, [])),
        Null("State.ReadFrom(stream)", "stream", f => f.State.ReadFrom((Stream)null!)),
        Bad("State.ReadFrom(stream)", "stream", "readable", "stream", f =>
        {
            var closed = new MemoryStream();
            closed.Dispose();
            f.State.ReadFrom(closed);
        }),
        Bad("State.ReadExample(example, source)", "example", "0 to 1", "got 2", f => f.State.ReadExample(2, [])),
        Null("StateLeaf.Set(values)", "values", f => f.State["h"].Set((double[,])null!)),
        Bad("StateLeaf.Set(values)", "values", "2 x 4 (batch x units) for h", "got 4 x 2", f => f.State["h"].Set(new double[4, 2])),
        Null("StateLeaf.Set(matrix)", "matrix", f => f.State["h"].Set((Matrix<double>)null!)),
        Bad("StateLeaf.Set(matrix)", "matrix", "4 x 2", "got 2 x 4", f => f.State["h"].Set(Zeros(2, 4))),

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
}

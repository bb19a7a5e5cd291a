using System.Globalization;
using System.Numerics;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using Xunit;

namespace RnnSharp.Tests.Recurrent;

/// <summary>What must hold to the last bit whatever the numbers: one way of computing a thing equals every other.</summary>
public sealed class InvariantTests
{
    private const int Inputs = 5;
    private const int Steps = 4;
    private const int LargestBatch = 13;
    private static readonly int[] HiddenSizes = [1, 3, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 100];

    public static TheoryData<RecurrentKind> Kinds => [.. Enum.GetValues<RecurrentKind>()];

    /// <summary>Every kind with hidden sizes around the edges of vectors and panels.</summary>
    public static TheoryData<RecurrentKind, int> KindsAndSizes
    {
        get
        {
            var data = new TheoryData<RecurrentKind, int>();
            foreach (RecurrentKind kind in Enum.GetValues<RecurrentKind>())
            {
                foreach (int hidden in HiddenSizes) data.Add(kind, hidden);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(KindsAndSizes))]
    public void StepsInARowAndPredictEqualForward(RecurrentKind kind, int hidden)
    {
        Check<double>();
        Check<float>();

        void Check<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            RecurrentLayer<T> layer = Make.Layer<T>(kind, Inputs, hidden);
            for (int batch = 1; batch <= LargestBatch; batch++)
            {
                var random = new Random(batch);
                foreach (Sequence<T> x in (Sequence<T>[])[Make.Sequence<T>(Inputs, batch, Steps, random), Make.Tokens<T>(Inputs, batch, Steps, random)])
                {
                    State<T> initial = Make.State(layer, batch, random);
                    ForwardPass<T> pass = layer.Forward(x, initial);

                    State<T> state = initial.Clone();
                    Bits.ShouldBeSame<T>(layer.Predict(x, state).Values, pass.Output.Values, "predicted output");
                    Bits.ShouldBeSame(state, pass.FinalState, "predicted final state");

                    state = initial.Clone();
                    var output = new T[hidden * batch];
                    for (int t = 0; t < Steps; t++)
                    {
                        if (x.IsTokens) layer.Step(x.Tokens.Slice(t * batch, batch), state, output);
                        else layer.Step(x.Step(t), state, output);
                        Bits.ShouldBeSame<T>(output, pass.Output.Step(t), "output of a step");
                    }

                    Bits.ShouldBeSame(state, pass.FinalState, "state after the steps");
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(KindsAndSizes))]
    public void ABatchEqualsItsExamplesAlone(RecurrentKind kind, int hidden)
    {
        Check<double>();
        Check<float>();

        void Check<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            RecurrentLayer<T> layer = Make.Layer<T>(kind, Inputs, hidden);
            for (int batch = 2; batch <= LargestBatch; batch++)
            {
                var random = new Random(batch);
                Sequence<T> x = Make.Sequence<T>(Inputs, batch, Steps, random), dy = Make.Sequence<T>(hidden, batch, Steps, random);
                State<T> initial = Make.State(layer, batch, random), finalGradient = Make.State(layer, batch, random);
                if (batch % 2 == 0) x.SetLengths([.. Enumerable.Range(0, batch).Select(_ => random.Next(Steps + 1))]);
                ForwardPass<T> pass = layer.Forward(x, initial);
                Gradients<T> gradients = layer.Backward(pass, dy, finalGradient);
                for (int j = 0; j < batch; j++)
                {
                    int length = x.LengthOf(j);
                    ForwardPass<T> alone = layer.Forward(Example(x, j, length), Example(layer, initial, j));
                    Gradients<T> aloneGradients = layer.Backward(alone, Example(dy, j, length), Example(layer, finalGradient, j));
                    Bits.ShouldBeSame<T>(Example(pass.Output, j, length).Values, alone.Output.Values, "output");
                    Bits.ShouldBeSame(Example(layer, pass.FinalState, j), alone.FinalState, "final state");
                    Bits.ShouldBeSame<T>(Example(gradients.Input!, j, length).Values, aloneGradients.Input!.Values, "gradient of the input");
                    Bits.ShouldBeSame(Example(layer, gradients.InitialState, j), aloneGradients.InitialState, "gradient of the initial state");
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(KindsAndSizes))]
    public void TwoWindowsWithTheStateCarriedEqualOne(RecurrentKind kind, int hidden)
    {
        Check<double>(1e-13);
        Check<float>(1e-5);

        void Check<T>(double tolerance)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            RecurrentLayer<T> layer = Make.Layer<T>(kind, Inputs, hidden);
            for (int batch = 1; batch <= LargestBatch; batch += 3)
            {
                var random = new Random(batch);
                const int All = 7, First = 3;
                Sequence<T> x = Make.Sequence<T>(Inputs, batch, All, random), dy = Make.Sequence<T>(hidden, batch, All, random);
                State<T> initial = Make.State(layer, batch, random), finalGradient = Make.State(layer, batch, random);
                ForwardPass<T> whole = layer.Forward(x, initial);
                Gradients<T> wholeGradients = layer.Backward(whole, dy, finalGradient);

                ForwardPass<T> first = layer.Forward(Window(x, 0, First), initial);
                ForwardPass<T> second = layer.Forward(Window(x, First, All), first.FinalState);
                Bits.ShouldBeSame<T>([.. first.Output.Values, .. second.Output.Values], whole.Output.Values, "output");
                Bits.ShouldBeSame(second.FinalState, whole.FinalState, "final state");

                // The gradient goes the other way: the later window's initial state is the earlier one's final state. The same
                // gradients may serve both.
                Gradients<T> gradients = layer.Backward(second, Window(dy, First, All), finalGradient);
                T[] later = gradients.Input!.Values.ToArray();
                layer.Backward(first, Window(dy, 0, First), gradients.InitialState, accumulate: true, reuse: gradients);
                Bits.ShouldBeSame<T>([.. gradients.Input!.Values, .. later], wholeGradients.Input!.Values, "gradient of the input");
                Bits.ShouldBeSame(gradients.InitialState, wholeGradients.InitialState, "gradient of the initial state");
                for (int p = 0; p < gradients.Parameters.Count; p++)
                {
                    double[] expected = [.. wholeGradients.Values(p).ToArray().Select(double.CreateChecked)];
                    References.GoldenCases.ShouldBeNear<T>(gradients.Values(p), expected, tolerance, $"gradient of {gradients.Names[p]}");
                }
            }
        }

        static Sequence<T> Window<T>(Sequence<T> all, int from, int to)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var window = new Sequence<T>(all.Features, all.Batch, to - from);
            for (int t = from; t < to; t++) all.Step(t).CopyTo(window.Step(t - from));
            return window;
        }
    }

    [Theory]
    [MemberData(nameof(KindsAndSizes))]
    public void NoStateIsAStateOfZerosAndTokensAreOneHotColumns(RecurrentKind kind, int hidden)
    {
        Check<double>();
        Check<float>();

        void Check<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            RecurrentLayer<T> layer = Make.Layer<T>(kind, Inputs, hidden);
            for (int batch = 1; batch <= LargestBatch; batch++)
            {
                var random = new Random(batch);
                Sequence<T> tokens = Make.Tokens<T>(Inputs, batch, Steps, random), dy = Make.Sequence<T>(hidden, batch, Steps, random);
                if (batch % 2 == 0) tokens.SetLengths([.. Enumerable.Range(0, batch).Select(_ => random.Next(Steps + 1))]);
                Sequence<T> oneHot = Make.OneHot(tokens);
                ForwardPass<T> byTokens = layer.Forward(tokens), byColumns = layer.Forward(oneHot), byZeros = layer.Forward(oneHot, layer.CreateState(batch));
                Bits.ShouldBeSame<T>(byTokens.Output.Values, byColumns.Output.Values, "output");
                Bits.ShouldBeSame(byTokens.FinalState, byColumns.FinalState, "final state");
                Bits.ShouldBeSame<T>(byZeros.Output.Values, byColumns.Output.Values, "output from zeros");
                Bits.ShouldBeSame(byZeros.FinalState, byColumns.FinalState, "final state from zeros");
                Bits.ShouldBeSame<T>(layer.Predict(oneHot).Values, byColumns.Output.Values, "predicted output");
                Bits.ShouldBeSame(layer.Backward(byTokens, dy), layer.Backward(byColumns, dy, inputGradient: false));
                Bits.ShouldBeSame(layer.Backward(byZeros, dy), layer.Backward(byColumns, dy));
            }
        }
    }

    [Theory]
    [MemberData(nameof(KindsAndSizes))]
    public void WhatIsUsedAgainLeavesNoTrace(RecurrentKind kind, int hidden)
    {
        Check<double>();
        Check<float>();

        void Check<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            RecurrentLayer<T> layer = Make.Layer<T>(kind, Inputs, hidden), twin = Make.Layer<T>(kind, Inputs, hidden);
            T[][] weights = [.. layer.Parameters.Select(parameter => parameter.Values.ToArray())];

            // NaN in everything that a call can leave behind: the packed weights, the tape, the scratch, the results.
            foreach (Parameter<T> parameter in layer.Parameters) parameter.Update(0, static (values, _) => values.Fill(T.NaN));
            Sequence<T> poison = new(Inputs, LargestBatch, Steps + 2), poisonGradient = new(hidden, LargestBatch, Steps + 2);
            poison.Values.Fill(T.NaN);
            poisonGradient.Values.Fill(T.NaN);
            State<T> poisonState = layer.CreateState(LargestBatch);
            foreach (StateLeaf<T> leaf in poisonState.Leaves) leaf.Values.Fill(T.NaN);
            ForwardPass<T> pass = layer.Forward(poison, poisonState);
            Gradients<T> gradients = layer.Backward(pass, poisonGradient, poisonState);
            Sequence<T> predicted = layer.Predict(poison, poisonState);
            for (int p = 0; p < weights.Length; p++) layer.Parameters[p].Set(weights[p]);

            for (int batch = LargestBatch; batch >= 1; batch -= 4)
            {
                var random = new Random(batch);
                Sequence<T> x = Make.Sequence<T>(Inputs, batch, Steps, random), dy = Make.Sequence<T>(hidden, batch, Steps, random);
                if (batch == 9) x.SetLengths([1, 0, 2, 1, 2, 0, 0, 1, 2]);
                if (batch == 5) x.SetLengths([4, 0, 2, 1, 3]);
                layer.Forward(x, reuse: pass).Should().BeSameAs(pass);
                ForwardPass<T> fresh = twin.Forward(x);
                Bits.ShouldBeSame<T>(pass.Output.Values, fresh.Output.Values, "output");
                Bits.ShouldBeSame(pass.FinalState, fresh.FinalState, "final state");
                layer.Backward(pass, dy, reuse: gradients).Should().BeSameAs(gradients);
                Bits.ShouldBeSame(gradients, twin.Backward(fresh, dy));
                layer.Predict(x, reuse: predicted).Should().BeSameAs(predicted);
                Bits.ShouldBeSame<T>(predicted.Values, fresh.Output.Values, "predicted output");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void TheFinalStateOfThePassThatIsReusedIsALegalInitialState(RecurrentKind kind)
    {
        RecurrentLayer<float> layer = Make.Layer<float>(kind, Inputs, hidden: 33);
        Sequence<float> x = Make.Sequence<float>(Inputs, batch: 7, Steps, new Random(1));
        ForwardPass<float> pass = layer.Forward(x);
        State<float> carried = pass.FinalState.Clone();
        for (int window = 0; window < 3; window++)
        {
            ForwardPass<float> expected = layer.Forward(x, carried);
            layer.Forward(x, pass.FinalState, reuse: pass);
            Bits.ShouldBeSame<float>(pass.Output.Values, expected.Output.Values, "output");
            Bits.ShouldBeSame(pass.FinalState, expected.FinalState, "final state");
            Bits.ShouldBeSame(layer.Backward(pass, null), layer.Backward(expected, null));
            carried = expected.FinalState;
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void BackwardLeavesThePassAndTheLayerAsTheyAre(RecurrentKind kind)
    {
        Call call = new(kind);
        float[] output = call.Pass.Output.Values.ToArray();
        float[][] weights = [.. call.Layer.Parameters.Select(parameter => parameter.Values.ToArray())];
        Gradients<float> first = call.Backward();
        Bits.ShouldBeSame(call.Backward(), first);
        Bits.ShouldBeSame(call.Backward(reuse: call.Backward()), first);
        Bits.ShouldBeSame<float>(call.Pass.Output.Values, output, "output");
        for (int p = 0; p < weights.Length; p++) Bits.ShouldBeSame(call.Layer.Parameters[p].Values, weights[p], "weights");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void AccumulatingAddsToTheParametersOnly(RecurrentKind kind)
    {
        Call call = new(kind);
        Gradients<float> once = call.Backward();
        Gradients<float> sum = call.Backward();
        var random = new Random(5);
        for (int p = 0; p < sum.Parameters.Count; p++) Make.Fill(sum.Values(p), random);
        float[][] before = [.. Enumerable.Range(0, sum.Parameters.Count).Select(p => sum.Values(p).ToArray())];
        call.Backward(accumulate: true, reuse: sum);
        for (int p = 0; p < before.Length; p++)
        {
            float[] expected = [.. before[p].Zip(once.Values(p).ToArray(), (a, b) => a + b)];
            Bits.ShouldBeSame<float>(sum.Values(p), expected, sum.Names[p]);
        }

        Bits.ShouldBeSame<float>(sum.Input!.Values, once.Input!.Values, "gradient of the input");
        Bits.ShouldBeSame(sum.InitialState, once.InitialState, "gradient of the initial state");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void FrozenParametersGetNoGradientAndTheOthersTheirs(RecurrentKind kind)
    {
        Call call = new(kind);
        Gradients<float> all = call.Backward();
        int count = all.Parameters.Count;
        for (int mask = 1; mask < 1 << count; mask++)
        {
            for (int p = 0; p < count; p++) call.Layer.Parameters[p].Frozen = (mask >> p & 1) != 0;
            Gradients<float> gradients = call.Backward(reuse: call.Backward());
            Gradients<float> accumulated = call.Backward();
            for (int p = 0; p < count; p++) accumulated.Values(p).Fill(2);
            call.Backward(accumulate: true, reuse: accumulated);
            for (int p = 0; p < count; p++)
            {
                bool frozen = call.Layer.Parameters[p].Frozen;
                Bits.ShouldBeSame<float>(gradients.Values(p), frozen ? new float[all.Values(p).Length] : all.Values(p), all.Names[p]);
                float[] expected = [.. all.Values(p).ToArray().Select(value => frozen ? 2 : 2 + value)];
                Bits.ShouldBeSame<float>(accumulated.Values(p), expected, all.Names[p]);
            }

            Bits.ShouldBeSame<float>(gradients.Input!.Values, all.Input!.Values, "gradient of the input");
            Bits.ShouldBeSame(gradients.InitialState, all.InitialState, "gradient of the initial state");
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void AFrozenParameterThatWasUsedBeforeIsSetToZero(RecurrentKind kind)
    {
        Call call = new(kind);
        Gradients<float> gradients = call.Backward();
        foreach (Parameter<float> parameter in call.Layer.Parameters) parameter.Frozen = true;
        call.Backward(reuse: gradients);
        gradients.Norm().Should().Be(0);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void TheInputsGradientCanBeDeclined(RecurrentKind kind)
    {
        Call call = new(kind);
        Gradients<float> with = call.Backward();
        Gradients<float> without = call.Backward(inputGradient: false);
        without.Input.Should().BeNull();
        Bits.ShouldBeSame(without.InitialState, with.InitialState, "gradient of the initial state");
        for (int p = 0; p < with.Parameters.Count; p++) Bits.ShouldBeSame<float>(without.Values(p), with.Values(p), with.Names[p]);

        call.Backward(inputGradient: false, reuse: with).Input.Should().BeNull();
        Bits.ShouldBeSame(call.Backward(reuse: with), call.Backward());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void APassOfOlderParametersIsRefused(RecurrentKind kind)
    {
        Call call = new(kind);
        Gradients<float> gradients = call.Backward();
        double norm = gradients.Norm();
        foreach (Parameter<float> parameter in call.Layer.Parameters)
        {
            parameter.Update(0, static (_, _) => { });
            FluentActions.Invoking(() => call.Backward(reuse: gradients)).Should().Throw<ArgumentException>().WithParameterName("pass");
            gradients.Norm().Should().Be(norm);
            call.Forward();
            Bits.ShouldBeSame(call.Backward(), gradients);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void SixtyFourThreadsOnOneLayerGetTheSerialBits(RecurrentKind kind)
    {
        Check<float>(hidden: 65);
        Check<double>(hidden: 33);

        void Check<T>(int hidden)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            const int Threads = 64;

            // A twin gives the expected bits, so that the threads find the shared layer with nothing packed yet.
            RecurrentLayer<T> shared = Make.Layer<T>(kind, Inputs, hidden), twin = Make.Layer<T>(kind, Inputs, hidden);
            Worker<T>[] workers = [.. Enumerable.Range(0, Threads).Select(number => new Worker<T>(shared, number))];
            Worker<T>[] serial = [.. Enumerable.Range(0, Threads).Select(number => new Worker<T>(twin, number))];
            foreach (Worker<T> worker in serial) worker.Run();

            using var start = new Barrier(Threads);
            var failures = new Exception?[Threads];
            Thread[] threads = [.. Enumerable.Range(0, Threads).Select(number => new Thread(() => failures[number] = Record.Exception(() => Repeat(number))))];
            foreach (Thread thread in threads) thread.Start();
            foreach (Thread thread in threads) thread.Join();
            failures.Should().OnlyContain(failure => failure == null);

            void Repeat(int number)
            {
                start.SignalAndWait();
                for (int repeat = 0; repeat < 4; repeat++)
                {
                    workers[number].Run();
                    workers[number].ShouldHaveTheBitsOf(serial[number]);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void ACallDuringAWriteUsesTheWeightsFromBeforeOrAfterIt(RecurrentKind kind)
    {
        const int Readers = 4;
        const int Calls = 30;
        RecurrentLayer<float> layer = Make.Layer<float>(kind, Inputs, hidden: 40);
        Sequence<float> x = Make.Sequence<float>(Inputs, batch: 3, Steps, new Random(1)), dy = Make.Sequence<float>(layer.HiddenSize, batch: 3, Steps, new Random(2));
        float[] oneWay = layer.RecurrentWeights.Values.ToArray(), other = [.. oneWay.Select(weight => -weight)];
        (float[] Output, float[] Gradient) before = Expected(oneWay), after = Expected(other);

        int reading = Readers;
        var failures = new Exception?[Readers];
        Thread[] readers = [.. Enumerable.Range(0, Readers).Select(number => new Thread(() => failures[number] = Record.Exception(Read)))];
        foreach (Thread reader in readers) reader.Start();
        for (int write = 0; Volatile.Read(ref reading) > 0; write++)
        {
            layer.RecurrentWeights.Set(write % 2 == 0 ? oneWay : other);
            Thread.Yield();
        }

        foreach (Thread reader in readers) reader.Join();
        failures.Should().OnlyContain(failure => failure == null);

        (float[] Output, float[] Gradient) Expected(float[] weights)
        {
            layer.RecurrentWeights.Set(weights);
            ForwardPass<float> pass = layer.Forward(x);
            return (pass.Output.Values.ToArray(), layer.Backward(pass, dy).Values(0).ToArray());
        }

        void Read()
        {
            try
            {
                ForwardPass<float>? pass = null;
                Gradients<float>? gradients = null;
                for (int call = 0; call < Calls; call++) (pass, gradients) = ReadOnce(pass, gradients);
            }
            finally
            {
                Interlocked.Decrement(ref reading);
            }
        }

        (ForwardPass<float> Pass, Gradients<float>? Gradients) ReadOnce(ForwardPass<float>? pass, Gradients<float>? gradients)
        {
            pass = layer.Forward(x, reuse: pass);
            bool first = pass.Output.Values.SequenceEqual(before.Output);
            if (!first) Bits.ShouldBeSame<float>(pass.Output.Values, after.Output, "output");
            try
            {
                gradients = layer.Backward(pass, dy, reuse: gradients);
                Bits.ShouldBeSame<float>(gradients.Values(0), first ? before.Gradient : after.Gradient, "gradient");
            }
            catch (ArgumentException refusal) when (string.Equals(refusal.ParamName, "pass", StringComparison.Ordinal))
            {
                // The weights have moved on since Forward.
            }

            return (pass, gradients);
        }
    }

    [Fact]
    public void PackedWeightsInUseStayAsTheyAreAndAreFilledAgainOnceFree()
    {
        var parameter = new Parameter<float>("p", 1, 1);
        PackCache<float, Snapshot> cache = Snapshot.CacheOf(parameter);
        new Snapshot().TryUse().Should().BeFalse("it is not filled yet");
        parameter.Set([1]);
        Snapshot first = cache.Acquire();
        cache.Acquire().Should().BeSameAs(first);
        cache.EnsureTransposed(first).Should().BeTrue();
        parameter.Set([2]);
        Snapshot second = cache.Acquire();
        second.Should().NotBeSameAs(first);
        (first.Value, second.Value).Should().Be((1, 2));
        second.HasTransposed.Should().BeFalse();
        cache.EnsureTransposed(first).Should().BeTrue("it was transposed when it was new");
        parameter.Set([3]);
        cache.EnsureTransposed(second).Should().BeFalse("the parameter has moved on");

        first.Release();
        Snapshot third = cache.Acquire();
        third.Should().NotBeSameAs(first).And.NotBeSameAs(second, "both are in use still");
        first.Release();
        parameter.Set([4]);
        Snapshot fourth = cache.Acquire();
        fourth.Should().BeSameAs(first, "nobody uses it any more");
        (fourth.Value, fourth.HasTransposed).Should().Be((4, false));
        (second.Value, third.Value).Should().Be((2, 3));
    }

    [Fact]
    public void ACallWaitsForAWriteToEnd()
    {
        var parameter = new Parameter<float>("p", 1, 1);
        PackCache<float, Snapshot> cache = Snapshot.CacheOf(parameter);
        float seen = 0;
        var reader = new Thread(() => seen = cache.Acquire().Value);
        parameter.Update(reader, static (values, reader) =>
        {
            values[0] = -1;
            reader.Start();
            reader.Join(50).Should().BeFalse();
            values[0] = 5;
        });
        reader.Join();
        seen.Should().Be(5);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void ARecurrentLayersCallsWithReuseAllocateNothing(RecurrentKind kind)
    {
        ShouldAllocateNothing(() => Make.Layer<float>(kind, Inputs, hidden: 33));
        ShouldAllocateNothing(() => Make.Layer<double>(kind, Inputs, hidden: 17));
    }

    [Fact]
    public void ADenseLayersCallsWithReuseAllocateNothing()
    {
        ShouldAllocateNothing(() => new DenseLayer<float>(Inputs, 33, seed: 1));
        ShouldAllocateNothing(() => new DenseLayer<double>(Inputs, 17, seed: 1));
    }

    [Fact]
    public void AStacksCallsWithReuseAllocateNothing()
    {
        ShouldAllocateNothing(Stack<float>);
        ShouldAllocateNothing(Stack<double>);
    }

    [Fact]
    public void LayersBetweenTheRecurrentOnesAllocateNothingEither()
    {
        ShouldAllocateNothing(() => Deep<float>(DropoutMask.EachStep));
        ShouldAllocateNothing(() => Deep<double>(DropoutMask.WholeSequence));
        foreach (Pooling kind in Enum.GetValues<Pooling>()) ShouldAllocateNothing(() => new LayerStack<float>(new GruLayer<float>(Inputs, 9, seed: 1), new PoolingLayer<float>(9, kind), new DenseLayer<float>(9, 2, seed: 2)));

        static LayerStack<T> Deep<T>(DropoutMask mask)
            where T : unmanaged, IBinaryFloatingPointIeee754<T> => new(
                new DenseLayer<T>(Inputs, 17, seed: 1),
                new DropoutLayer<T>(17, 0.5, seed: 2, mask),
                new ResidualLayer<T>(new LayerStack<T>(new LayerNormalizationLayer<T>(17), new GruLayer<T>(17, 17, seed: 3))),
                new DropoutLayer<T>(17, 0.2, seed: 4, mask));
    }

    [Fact]
    public void AStackEqualsItsLayersOneAfterAnother()
    {
        Check<float>();
        Check<double>();

        static void Check<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            LayerStack<T> stack = Stack<T>();
            var random = new Random(9);
            ForwardPass<T>? pass = null;
            Gradients<T>? gradients = null;
            foreach (int batch in (int[])[3, 7, 1])
            {
                foreach (Sequence<T> x in (Sequence<T>[])[Make.Sequence<T>(Inputs, batch, Steps, random), Make.Tokens<T>(Inputs, batch, Steps, random)])
                {
                    if (batch == 3) x.SetLengths([2, 0, 4]);
                    StackEqualsLayers(stack, x, random, ref pass, ref gradients);
                }
            }
        }
    }

    private static void StackEqualsLayers<T>(LayerStack<T> stack, Sequence<T> x, Random random, ref ForwardPass<T>? pass, ref Gradients<T>? gradients)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int batch = x.Batch;
        State<T> initial = Make.State(stack, batch, random), finalGradient = Make.State(stack, batch, random);
        Sequence<T> dy = Make.Sequence<T>(stack.OutputSize, batch, Steps, random);
        pass = stack.Forward(x, initial, pass);
        gradients = stack.Backward(pass, dy, finalGradient, reuse: gradients);

        var passes = new ForwardPass<T>[stack.Layers.Count];
        for (int i = 0; i < passes.Length; i++) passes[i] = stack.Layers[i].Forward(i == 0 ? x : passes[i - 1].Output, initial.Parts[i]);
        Bits.ShouldBeSame<T>(pass.Output.Values, passes[^1].Output.Values, "output");
        Sequence<T>? gradient = dy;
        int offset = gradients.Parameters.Count;
        for (int i = passes.Length - 1; i >= 0; i--)
        {
            Bits.ShouldBeSame(pass.FinalState.Parts[i], passes[i].FinalState, "final state");
            Gradients<T> part = stack.Layers[i].Backward(passes[i], gradient, finalGradient.Parts[i]);
            Bits.ShouldBeSame(gradients.InitialState.Parts[i], part.InitialState, "gradient of the initial state");
            offset -= part.Parameters.Count;
            for (int p = 0; p < part.Parameters.Count; p++) Bits.ShouldBeSame<T>(gradients.Values(offset + p), part.Values(p), gradients.Names[offset + p]);
            gradient = part.Input;
        }

        Gradients<T> declined = stack.Backward(pass, dy, finalGradient, inputGradient: false);
        declined.Input.Should().BeNull();
        for (int p = 0; p < declined.Parameters.Count; p++) Bits.ShouldBeSame<T>(declined.Values(p), gradients.Values(p), declined.Names[p]);
        if (gradient is null) gradients.Input.Should().BeNull();
        else Bits.ShouldBeSame<T>(gradients.Input!.Values, gradient.Values, "gradient of the input");

        State<T> state = initial.Clone();
        Bits.ShouldBeSame<T>(stack.Predict(x, state).Values, pass.Output.Values, "predicted output");
        Bits.ShouldBeSame(state, pass.FinalState, "predicted final state");
        if (x.IsRagged) return;
        state = initial.Clone();
        var output = new T[stack.OutputSize * batch];
        for (int t = 0; t < Steps; t++)
        {
            if (x.IsTokens) stack.Step(x.Tokens.Slice(t * batch, batch), state, output);
            else stack.Step(x.Step(t), state, output);
            Bits.ShouldBeSame<T>(output, pass.Output.Step(t), "output of a step");
        }

        Bits.ShouldBeSame(state, pass.FinalState, "state after the steps");
    }

    private static LayerStack<T> Stack<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        new(new LstmLayer<T>(Inputs, 17, seed: 1), new GruLayer<T>(17, 9, seed: 2), new DenseLayer<T>(9, 20, seed: 3), new RnnLayer<T>(20, 6, seed: 4), new DenseLayer<T>(6, 3, seed: 5));

    /// <summary>
    /// A collection that another thread causes can count the unused rest of this thread's allocation block (below 8 KB) as
    /// allocated, though it runs no allocating code at all. What a layer itself allocates would come back at every attempt.
    /// </summary>
    internal static void ShouldAllocateNothing<T>(Func<ILayer<T>> create)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        string? found = "";
        for (int attempt = 0; attempt < 10 && found is not null; attempt++) found = FirstAllocation(create());
        found.Should().BeNull();
    }

    private static string? FirstAllocation<T>(ILayer<T> layer)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        const int Batch = 7;
        var random = new Random(1);
        Sequence<T> x = Make.Sequence<T>(layer.InputSize, Batch, Steps, random), dy = Make.Sequence<T>(layer.OutputSize, Batch, Steps, random), y = new(layer.OutputSize, Batch, 0);
        Sequence<T> tokens = Make.Tokens<T>(layer.InputSize, Batch, Steps, random);
        State<T> state = layer.CreateState(Batch), finalGradient = Make.State(layer, Batch, random);
        var step = new T[layer.OutputSize * Batch];
        int[] lengths = [3, 0, 1, 2, 2, 3, 1];
        ForwardPass<T>? pass = null;
        Gradients<T>? gradients = null;
        string? found = null;

        // In turn: all steps, fewer, fewer and ragged, tokens; then all of that with new weights.
        for (int round = 0; round < 3; round++)
        {
            Measure("a change of the weights", round, () => ChangeWeights(layer));
            Measure("all steps", round, () => Calls(x, ragged: false, Steps));
            Measure("fewer steps", round, () => Calls(x, ragged: false, Steps - 2));
            Measure("no steps", round, () => Calls(x, ragged: false, 0));
            Measure("ragged steps", round, () => Calls(x, ragged: true, Steps - 1));
            Measure("tokens", round, () => Calls(tokens, ragged: false, Steps));
            Measure("ragged tokens", round, () => Calls(tokens, ragged: true, Steps - 1));
            Measure("single steps", round, SingleSteps);
        }

        return found;

        void Calls(Sequence<T> input, bool ragged, int steps)
        {
            input.Resize(Batch, steps);
            if (ragged) input.SetLengths(lengths);
            pass = layer.Forward(input, pass?.FinalState, pass);
            dy.Resize(Batch, pass.Output.Steps);
            gradients = layer.Backward(pass, dy, finalGradient, reuse: gradients);
            layer.Backward(pass, null, inputGradient: false, accumulate: true, reuse: gradients);
            layer.Predict(input, state, y);
        }

        void SingleSteps()
        {
            if (!layer.IsStreaming) return;
            layer.Step(x.Values[..(layer.InputSize * Batch)], state, step);
            layer.Step(tokens.Tokens[..Batch], state, step);
        }

        void Measure(string what, int round, Action action)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            action();
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            if (round > 0 && allocated > 0) found ??= string.Create(CultureInfo.InvariantCulture, $"{what} allocate {allocated} bytes in round {round}");
        }

        static void ChangeWeights(ILayer<T> layer)
        {
            for (int p = 0; p < layer.Parameters.Count; p++) layer.Parameters[p].Update(T.CreateChecked(0.5), static (values, factor) => Scale(values, factor));
        }

        static void Scale(Span<T> values, T factor)
        {
            for (int i = 0; i < values.Length; i++) values[i] *= factor;
        }
    }

    /// <summary>One example of a sequence, without padding.</summary>
    private static Sequence<T> Example<T>(Sequence<T> batch, int example, int length)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var alone = new Sequence<T>(batch.Features, 1, length);
        for (int t = 0; t < length; t++) batch.Step(t).Slice(example * batch.Features, batch.Features).CopyTo(alone.Step(t));
        return alone;
    }

    /// <summary>One example's part of a state.</summary>
    private static State<T> Example<T>(RecurrentLayer<T> layer, State<T> batch, int example)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        State<T> alone = layer.CreateState(1);
        for (int leaf = 0; leaf < alone.Leaves.Count; leaf++) batch.Leaves[leaf].Values.Slice(example * layer.HiddenSize, layer.HiddenSize).CopyTo(alone.Leaves[leaf].Values);
        return alone;
    }

    /// <summary>A parameter of one number, packed.</summary>
    private sealed class Snapshot : PackedSnapshot
    {
        public float Value { get; private set; }

        public static PackCache<float, Snapshot> CacheOf(Parameter<float> parameter) =>
            new([parameter], snapshot => snapshot.Value = parameter.Values[0], static _ => { });
    }

    /// <summary>What one of many threads does on a shared layer: by its number Forward and Backward, Predict, or steps.</summary>
    private sealed class Worker<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly RecurrentLayer<T> _layer;
        private readonly int _number;
        private readonly Sequence<T> _x;
        private readonly Sequence<T> _dy;
        private readonly State<T> _initial;
        private readonly State<T> _state;
        private readonly Sequence<T> _output;
        private ForwardPass<T>? _pass;
        private Gradients<T>? _gradients;

        public Worker(RecurrentLayer<T> layer, int number)
        {
            var random = new Random(number);
            int batch = 1 + number % 9;
            _layer = layer;
            _number = number;
            _x = Make.Sequence<T>(Inputs, batch, Steps, random);
            _dy = Make.Sequence<T>(layer.HiddenSize, batch, Steps, random);
            _initial = Make.State(layer, batch, random);
            _state = layer.CreateState(batch);
            _output = new Sequence<T>(layer.HiddenSize, batch, Steps);
        }

        public void Run()
        {
            _state.CopyFrom(_initial);
            if (_number % 3 == 0)
            {
                _pass = _layer.Forward(_x, _initial, _pass);
                _gradients = _layer.Backward(_pass, _dy, _initial, reuse: _gradients);
                _pass.Output.Values.CopyTo(_output.Values);
                _state.CopyFrom(_pass.FinalState);
            }
            else if (_number % 3 == 1)
            {
                _layer.Predict(_x, _state, _output);
            }
            else
            {
                for (int t = 0; t < Steps; t++) _layer.Step(_x.Step(t), _state, _output.Step(t));
            }
        }

        public void ShouldHaveTheBitsOf(Worker<T> other)
        {
            Bits.ShouldBeSame<T>(_output.Values, other._output.Values, "output");
            Bits.ShouldBeSame(_state, other._state, "final state");
            if (_gradients is not null) Bits.ShouldBeSame(_gradients, other._gradients!);
        }
    }

    /// <summary>A layer, a pass, and the arguments of a backward call with everything in it.</summary>
    private sealed class Call
    {
        private const int Hidden = 19;
        private const int Batch = 5;
        private readonly Sequence<float> _x;
        private readonly Sequence<float> _dy;
        private readonly State<float> _initial;
        private readonly State<float> _finalGradient;

        public Call(RecurrentKind kind)
        {
            var random = new Random(3);
            Layer = Make.Layer<float>(kind, Inputs, Hidden);
            _x = Make.Sequence<float>(Inputs, Batch, Steps, random);
            _dy = Make.Sequence<float>(Hidden, Batch, Steps, random);
            _initial = Make.State(Layer, Batch, random);
            _finalGradient = Make.State(Layer, Batch, random);
            Pass = Layer.Forward(_x, _initial);
        }

        public RecurrentLayer<float> Layer { get; }

        public ForwardPass<float> Pass { get; }

        public void Forward() => Layer.Forward(_x, _initial, Pass);

        public Gradients<float> Backward(bool inputGradient = true, bool accumulate = false, Gradients<float>? reuse = null) =>
            Layer.Backward(Pass, _dy, _finalGradient, inputGradient, accumulate, reuse);
    }
}

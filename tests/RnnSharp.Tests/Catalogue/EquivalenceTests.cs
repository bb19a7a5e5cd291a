using System.Numerics;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Tests.Recurrent;
using RnnSharp.Tests.References;
using Xunit;

namespace RnnSharp.Tests.Catalogue;

/// <summary>All ways of computing a result give the same bits: Forward, Predict and Step; a batch and its examples; tokens and one-hot columns.</summary>
public sealed class EquivalenceTests
{
    private const int Steps = 4;
    private const int LargestBatch = 13;

    public static TheoryData<string, int> NamesAndSizes => CatalogueData.NamesAndSizes;

    [Theory]
    [MemberData(nameof(NamesAndSizes))]
    public void Steps_and_Predict_give_the_bits_of_Forward(string name, int outputs)
    {
        Check(LayerCatalogue<double>.Row(name));
        Check(LayerCatalogue<float>.Row(name));

        void Check<T>(LayerRow<T> row)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            Layer<T> layer = row.Create(CatalogueData.Inputs, outputs);
            for (int batch = 1; batch <= LargestBatch; batch++)
            {
                foreach (bool tokens in CatalogueData.TokensOrNot(row))
                {
                    var call = new LayerCase<T>(row, layer, new CallShape(batch, Steps, tokens, Ragged: !row.Streams && batch % 2 == 0), batch);
                    State<T> predicted = layer.CreateState(batch), stepped = layer.CreateState(batch);
                    Sequence<T> output = call.Predict(predicted);
                    if (!row.DrawsMasks)
                    {
                        ForwardPass<T> pass = call.Forward();
                        Bits.ShouldBeSame<T>(output.Values, pass.Output.Values, "predicted output");
                        Bits.ShouldBeSame(predicted, pass.FinalState, "predicted final state");
                        output.Lengths.ToArray().Should().Equal(pass.Output.Lengths.ToArray());
                    }

                    if (!row.Streams) continue;
                    Bits.ShouldBeSame<T>(call.Steps(stepped), output.Values, "output of the steps");
                    Bits.ShouldBeSame(stepped, predicted, "state after the steps");
                    var stepper = new Stepper<T>(layer, call.Initial.Clone());
                    for (int t = 0; t < Steps; t++) Bits.ShouldBeSame(call.Step(t, stepper), output.Step(t), "output of a stepper");
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(NamesAndSizes))]
    public void A_batch_gives_the_bits_of_its_examples_alone(string name, int outputs)
    {
        Check(LayerCatalogue<double>.Row(name));
        Check(LayerCatalogue<float>.Row(name));

        void Check<T>(LayerRow<T> row)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            Layer<T> layer = row.Create(CatalogueData.Inputs, outputs);
            for (int batch = 2; batch <= LargestBatch; batch++)
            {
                var call = new LayerCase<T>(row, layer, new CallShape(batch, Steps, Tokens: row.Reads == Reads.Tokens, Ragged: batch % 2 == 0), batch);
                State<T> state = layer.CreateState(batch);
                Sequence<T> predicted = call.Predict(state);
                ForwardPass<T>? pass = row.DrawsMasks ? null : call.Forward();
                Gradients<T>? gradients = pass is null ? null : call.Backward(pass);
                for (int j = 0; j < batch; j++)
                {
                    Sequence<T> x = call.InputOf(j);
                    State<T> initial = call.Of(call.Initial, j), final = initial.Clone();
                    ShouldHoldExample(predicted, j, layer.Predict(x, final), "predicted output");
                    Bits.ShouldBeSame(call.Of(state, j), final, "predicted final state");
                    if (pass is null || gradients is null) continue;

                    ForwardPass<T> alone = layer.Forward(x, initial);
                    ShouldHoldExample(pass.Output, j, alone.Output, "output");
                    Bits.ShouldBeSame(call.Of(pass.FinalState, j), alone.FinalState, "final state");
                    Sequence<T> dy = call.OutputGradient.Gather([j]).SliceSteps(0, alone.Output.Steps);
                    Gradients<T> aloneGradients = layer.Backward(alone, dy, call.Of(call.FinalStateGradient, j));
                    Bits.ShouldBeSame(call.Of(gradients.InitialState, j), aloneGradients.InitialState, "gradient of the initial state");
                    if (gradients.Input is not null) ShouldHoldExample(gradients.Input, j, aloneGradients.Input!, "gradient of the input");
                }
            }
        }

        // An example of a batch, and zeros past what the example alone has.
        static void ShouldHoldExample<T>(Sequence<T> batch, int example, Sequence<T> alone, string what)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            int features = batch.Features;
            for (int t = 0; t < batch.Steps; t++) Bits.ShouldBeSame<T>(batch.Step(t).Slice(example * features, features), t < alone.Steps ? alone.Step(t) : new T[features], what);
        }
    }

    [Theory]
    [MemberData(nameof(NamesAndSizes))]
    public void Two_windows_with_the_state_carried_over_equal_one(string name, int outputs)
    {
        Check(LayerCatalogue<double>.Row(name), 1e-13);
        Check(LayerCatalogue<float>.Row(name), 1e-5);

        void Check<T>(LayerRow<T> row, double tolerance)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            // With masks, the windows draw others; where a step depends on later ones, a window is another sequence.
            if (row.DrawsMasks || !row.Streams) return;
            const int All = 7, First = 3;
            Layer<T> layer = row.Create(CatalogueData.Inputs, outputs);
            for (int batch = 1; batch <= LargestBatch; batch += 3)
            {
                var call = new LayerCase<T>(row, layer, new CallShape(batch, All, Tokens: row.Reads == Reads.Tokens), batch);
                ForwardPass<T> whole = call.Forward();
                Gradients<T> wholeGradients = call.Backward(whole);
                ForwardPass<T> first = layer.Forward(call.Input.SliceSteps(0, First), call.Initial);
                ForwardPass<T> second = layer.Forward(call.Input.SliceSteps(First, All - First), first.FinalState);
                Bits.ShouldBeSame<T>([.. first.Output.Values, .. second.Output.Values], whole.Output.Values, "output");
                Bits.ShouldBeSame(second.FinalState, whole.FinalState, "final state");

                // The gradient goes the other way: the later window's initial state is the earlier one's final state. The same
                // gradients may serve both.
                Gradients<T> gradients = layer.Backward(second, call.OutputGradient.SliceSteps(First, All - First), call.FinalStateGradient);
                T[] later = gradients.Input is null ? [] : [.. gradients.Input.Values];
                layer.Backward(first, call.OutputGradient.SliceSteps(0, First), gradients.InitialState, accumulate: true, reuse: gradients);
                if (gradients.Input is not null) Bits.ShouldBeSame<T>([.. gradients.Input.Values, .. later], wholeGradients.Input!.Values, "gradient of the input");
                for (int i = 0; i < gradients.InitialState.Leaves.Count; i++)
                {
                    // The gradient of a memory is the sum over all steps, like that of a parameter.
                    (StateLeaf<T> actual, StateLeaf<T> expected) = (gradients.InitialState.Leaves[i], wholeGradients.InitialState.Leaves[i]);
                    if (actual.Name is AttentionLayer<T>.MemoryLeaf) GoldenCases.ShouldBeNear<T>(actual.Values, [.. expected.Values.ToArray().Select(double.CreateChecked)], tolerance, "gradient of the memory");
                    else Bits.ShouldBeSame<T>(actual.Values, expected.Values, "gradient of the initial state");
                }

                for (int p = 0; p < gradients.Parameters.Count; p++)
                    GoldenCases.ShouldBeNear<T>(gradients.Values(p), [.. wholeGradients.Values(p).ToArray().Select(double.CreateChecked)], tolerance, $"gradient of {gradients.Names[p]}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(NamesAndSizes))]
    public void No_state_is_a_state_of_zeros_and_tokens_are_one_hot_columns(string name, int outputs)
    {
        Check(LayerCatalogue<double>.Row(name));
        Check(LayerCatalogue<float>.Row(name));

        void Check<T>(LayerRow<T> row)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            Layer<T> layer = row.Create(CatalogueData.Inputs, outputs);
            for (int batch = 1; batch <= LargestBatch; batch++)
            {
                var call = new LayerCase<T>(row, layer, new CallShape(batch, Steps, Tokens: row.Reads != Reads.Features, Ragged: batch % 2 == 0), batch);
                ForwardPass<T> pass = layer.Forward(call.Input, reuse: layer.PassOfDraw(0)), byZeros = layer.Forward(call.Input, layer.CreateState(batch), layer.PassOfDraw(0));
                Gradients<T> gradients = call.Backward(pass);
                Bits.ShouldBeSame<T>(byZeros.Output.Values, pass.Output.Values, "output from zeros");
                Bits.ShouldBeSame(byZeros.FinalState, pass.FinalState, "final state from zeros");
                Bits.ShouldBeSame(call.Backward(byZeros), gradients);
                Bits.ShouldBeSame<T>(layer.Predict(call.Input, layer.CreateState(batch)).Values, layer.Predict(call.Input).Values, "predicted output");
                if (row.Reads != Reads.Both) continue;

                Sequence<T> columns = Make.OneHot(call.Input);
                ForwardPass<T> byColumns = layer.Forward(columns, reuse: layer.PassOfDraw(0));
                Bits.ShouldBeSame<T>(byColumns.Output.Values, pass.Output.Values, "output for one-hot columns");
                Bits.ShouldBeSame(byColumns.FinalState, pass.FinalState, "final state for one-hot columns");
                Bits.ShouldBeSame(call.Backward(byColumns, inputGradient: false), gradients);
                Bits.ShouldBeSame<T>(layer.Predict(columns).Values, layer.Predict(call.Input).Values, "predicted output for one-hot columns");
            }
        }
    }

    [Theory]
    [MemberData(nameof(NamesAndSizes))]
    public void Padding_has_no_effect(string name, int outputs)
    {
        Check(LayerCatalogue<double>.Row(name));
        Check(LayerCatalogue<float>.Row(name));

        void Check<T>(LayerRow<T> row)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            Layer<T> layer = row.Create(CatalogueData.Inputs, outputs);
            for (int batch = 2; batch <= LargestBatch; batch += 4)
            {
                var call = new LayerCase<T>(row, layer, new CallShape(batch, Steps, Tokens: row.Reads == Reads.Tokens, Ragged: true), batch);
                ForwardPass<T> pass = call.Forward();
                Gradients<T> gradients = call.Backward(pass);
                State<T> state = layer.CreateState(batch);
                T[] output = [.. pass.Output.Values], predicted = [.. call.Predict(state).Values];

                // NaN before, and now another number, or another token.
                ForwardPass<T> other = call.Forward();
                foreach (Sequence<T> sequence in (Sequence<T>[])[call.Input, call.OutputGradient])
                {
                    for (int j = 0; j < batch; j++)
                    {
                        for (int t = ReferenceEquals(sequence, call.Input) ? sequence.LengthOf(j) : pass.Output.LengthOf(j); t < sequence.Steps; t++)
                        {
                            if (sequence.IsTokens) sequence.SetToken(j, t, sequence.Features - 1);
                            else sequence.Step(t).Slice(j * sequence.Features, sequence.Features).Fill(T.CreateChecked(3e38));
                        }
                    }
                }

                Bits.ShouldBeSame<T>(call.Forward(other).Output.Values, output, "output");
                Bits.ShouldBeSame(other.FinalState, pass.FinalState, "final state");
                Bits.ShouldBeSame(call.Backward(other), gradients);
                Bits.ShouldBeSame<T>(call.Predict(layer.CreateState(batch)).Values, predicted, "predicted output");
                Array.TrueForAll(output, T.IsFinite).Should().BeTrue();
            }
        }
    }
}

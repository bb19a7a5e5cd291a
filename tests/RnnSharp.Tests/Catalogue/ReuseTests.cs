using System.Numerics;
using FluentAssertions;
using RnnSharp.Tests.Recurrent;
using RnnSharp.Tests.References;
using Xunit;

namespace RnnSharp.Tests.Catalogue;

/// <summary>What is reused leaves no trace, what a call is not asked to change stays, and gradients are added, frozen and declined as asked.</summary>
public sealed class ReuseTests
{
    private const int Steps = 4;
    private const int Outputs = 19;
    private const int LargestBatch = 13;

    public static TheoryData<string> Names => CatalogueData.Names;

    public static TheoryData<string, int> NamesAndSizes => CatalogueData.NamesAndSizes;

    [Theory]
    [MemberData(nameof(NamesAndSizes))]
    public void Reused_objects_leave_no_trace(string name, int outputs)
    {
        Check(LayerCatalogue<double>.Row(name));
        Check(LayerCatalogue<float>.Row(name));

        void Check<T>(LayerRow<T> row)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            Layer<T> layer = row.Create(CatalogueData.Inputs, outputs), twin = row.Create(CatalogueData.Inputs, outputs);
            T[][] weights = [.. layer.Parameters.Select(parameter => parameter.Values.ToArray())];

            // NaN in everything that a call can leave behind: the packed weights, the tape, the scratch, the results.
            foreach (Parameter<T> parameter in layer.Parameters) parameter.Update(0, static (values, _) => values.Fill(T.NaN));
            var poison = new LayerCase<T>(row, layer, new CallShape(LargestBatch, Steps + 2, Tokens: row.Reads == Reads.Tokens));
            poison.Input.Values.Fill(T.NaN);
            poison.OutputGradient.Values.Fill(T.NaN);
            foreach (StateLeaf<T> leaf in (StateLeaf<T>[])[.. poison.Initial.Leaves, .. poison.FinalStateGradient.Leaves]) leaf.Values.Fill(T.NaN);
            State<T> state = layer.CreateState(LargestBatch);
            ForwardPass<T> pass = poison.Forward();
            Gradients<T> gradients = poison.Backward(pass);
            Sequence<T> predicted = poison.Predict(state);
            for (int p = 0; p < weights.Length; p++) layer.Parameters[p].Set(weights[p]);

            for (int batch = LargestBatch; batch >= 1; batch -= 4)
            {
                foreach (bool tokens in CatalogueData.TokensOrNot(row))
                {
                    var shape = new CallShape(batch, Steps, tokens, Ragged: batch is 9 or 5);
                    LayerCase<T> call = new(row, layer, shape, batch), fresh = new(row, twin, shape, batch);
                    call.Forward(pass).Should().BeSameAs(pass);
                    ForwardPass<T> expected = fresh.Forward();
                    Bits.ShouldBeSame<T>(pass.Output.Values, expected.Output.Values, "output");
                    Bits.ShouldBeSame(pass.FinalState, expected.FinalState, "final state");
                    call.Backward(pass, reuse: gradients).Should().BeSameAs(gradients);
                    Bits.ShouldBeSame(gradients, fresh.Backward(expected));
                    State<T> expectedState = twin.CreateState(batch);
                    state.Resize(batch);
                    call.Predict(state, predicted).Should().BeSameAs(predicted);
                    Bits.ShouldBeSame<T>(predicted.Values, fresh.Predict(expectedState).Values, "predicted output");
                    Bits.ShouldBeSame(state, expectedState, "predicted final state");
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_final_state_of_the_pass_that_is_reused_is_a_valid_initial_state(string name)
    {
        LayerCase<float> call = Case(name);
        Layer<float> layer = call.Layer;
        ForwardPass<float> pass = call.Forward();
        State<float> carried = pass.FinalState.Clone();
        for (int window = 0; window < 3; window++)
        {
            ForwardPass<float> expected = layer.Forward(call.Input, carried, layer.PassOfDraw(7));
            pass.Draw = 7;
            layer.Forward(call.Input, pass.FinalState, reuse: pass);
            Bits.ShouldBeSame<float>(pass.Output.Values, expected.Output.Values, "output");
            Bits.ShouldBeSame(pass.FinalState, expected.FinalState, "final state");

            // The gradient of a later window's initial state is that of an earlier one's final state.
            Gradients<float> gradients = layer.Backward(pass, null, layer.Backward(pass, call.OutputGradient).InitialState);
            Bits.ShouldBeSame(gradients, layer.Backward(expected, null, layer.Backward(expected, call.OutputGradient).InitialState));
            carried = expected.FinalState;
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Backward_leaves_the_pass_and_the_layer_as_they_are(string name)
    {
        LayerCase<float> call = Case(name);
        ForwardPass<float> pass = call.Forward();
        float[] output = pass.Output.Values.ToArray(), input = call.Input.Values.ToArray();
        State<float> final = pass.FinalState.Clone();
        float[][] weights = [.. call.Layer.Parameters.Select(parameter => parameter.Values.ToArray())];
        Gradients<float> first = call.Backward(pass);
        Bits.ShouldBeSame(call.Backward(pass), first);
        Bits.ShouldBeSame(call.Backward(pass, reuse: call.Backward(pass)), first);
        Bits.ShouldBeSame<float>(pass.Output.Values, output, "output");
        Bits.ShouldBeSame<float>(call.Input.Values, input, "input");
        Bits.ShouldBeSame(pass.FinalState, final, "final state");
        for (int p = 0; p < weights.Length; p++) Bits.ShouldBeSame(call.Layer.Parameters[p].Values, weights[p], "weights");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Accumulating_adds_to_the_gradients_of_parameters_only(string name)
    {
        LayerCase<float> call = Case(name);
        ForwardPass<float> pass = call.Forward();
        Gradients<float> once = call.Backward(pass), sum = call.Backward(pass);
        var random = new Random(5);
        for (int p = 0; p < sum.Parameters.Count; p++) Make.Fill(sum.Values(p), random);
        float[][] before = [.. Enumerable.Range(0, sum.Parameters.Count).Select(p => sum.Values(p).ToArray())];
        call.Backward(pass, accumulate: true, reuse: sum);
        for (int p = 0; p < before.Length; p++) ShouldBeSum(name, sum.Values(p), before[p], once.Values(p), sum.Names[p]);
        if (once.Input is not null) Bits.ShouldBeSame<float>(sum.Input!.Values, once.Input.Values, "gradient of the input");
        Bits.ShouldBeSame(sum.InitialState, once.InitialState, "gradient of the initial state");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Frozen_parameters_get_no_gradient_and_the_others_keep_theirs(string name)
    {
        LayerCase<float> call = Case(name);
        ForwardPass<float> pass = call.Forward();
        Gradients<float> all = call.Backward(pass);
        int count = all.Parameters.Count, everyone = (1 << count) - 1;

        // All choices of a few parameters; of more, each alone, and all but each.
        IEnumerable<int> choices = count <= 5 ? Enumerable.Range(1, everyone) : [everyone, .. Enumerable.Range(0, count).SelectMany(p => (int[])[1 << p, everyone ^ (1 << p)])];
        foreach (int choice in choices.Where(choice => choice > 0))
        {
            for (int p = 0; p < count; p++) call.Layer.Parameters[p].Frozen = false;
            Gradients<float> used = call.Backward(pass), accumulated = call.Backward(pass);
            for (int p = 0; p < count; p++) call.Layer.Parameters[p].Frozen = (choice >> p & 1) != 0;
            Gradients<float> gradients = call.Backward(pass, reuse: used);
            for (int p = 0; p < count; p++) accumulated.Values(p).Fill(2);
            call.Backward(pass, accumulate: true, reuse: accumulated);
            for (int p = 0; p < count; p++)
            {
                float[] expected = call.Layer.Parameters[p].Frozen ? new float[all.Values(p).Length] : all.Values(p).ToArray();
                Bits.ShouldBeSame<float>(gradients.Values(p), expected, all.Names[p]);
                ShouldBeSum(name, accumulated.Values(p), [.. expected.Select(_ => 2f)], expected, all.Names[p]);
            }

            if (all.Input is not null) Bits.ShouldBeSame<float>(gradients.Input!.Values, all.Input.Values, "gradient of the input");
            Bits.ShouldBeSame(gradients.InitialState, all.InitialState, "gradient of the initial state");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_gradient_of_the_input_can_be_declined(string name)
    {
        LayerCase<float> call = Case(name);
        ForwardPass<float> pass = call.Forward();
        Gradients<float> with = call.Backward(pass), without = call.Backward(pass, inputGradient: false);
        without.Input.Should().BeNull();
        Bits.ShouldBeSame(without.InitialState, with.InitialState, "gradient of the initial state");
        for (int p = 0; p < with.Parameters.Count; p++) Bits.ShouldBeSame<float>(without.Values(p), with.Values(p), with.Names[p]);

        call.Backward(pass, inputGradient: false, reuse: with).Input.Should().BeNull();
        Bits.ShouldBeSame(call.Backward(pass, reuse: with), call.Backward(pass));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void No_gradients_and_no_steps_give_zero_gradients(string name)
    {
        LayerCase<float> call = Case(name);
        ForwardPass<float> pass = call.Forward();
        Gradients<float> gradients = call.Layer.Backward(pass, null, reuse: call.Backward(pass));
        gradients.Norm().Should().Be(0);
        gradients.Input?.Values.ToArray().Should().OnlyContain(value => value == 0);
        foreach (StateLeaf<float> leaf in gradients.InitialState.Leaves) leaf.Values.ToArray().Should().OnlyContain(value => value == 0);

        if (LayerCatalogue<float>.Row(name).InputSteps is not null) return;
        call.Input.Resize(call.Input.Batch, 0);
        call.Forward(pass);
        Bits.ShouldBeSame(pass.FinalState, call.Initial, "final state");
        call.Layer.Backward(pass, null, call.FinalStateGradient, reuse: gradients);
        gradients.Norm().Should().Be(0);
        Bits.ShouldBeSame(gradients.InitialState, call.FinalStateGradient, "gradient of the initial state");
        call.Layer.Predict(call.Input).Values.ToArray().Should().Equal(pass.Output.Values.ToArray());
    }

    private static LayerCase<float> Case(string name)
    {
        LayerRow<float> row = LayerCatalogue<float>.Row(name);
        return new LayerCase<float>(row, row.Create(CatalogueData.Inputs, Outputs), new CallShape(Batch: 5, Steps, Tokens: row.Reads == Reads.Tokens), seed: 3);
    }

    private static void ShouldBeSum(string name, ReadOnlySpan<float> actual, ReadOnlySpan<float> before, ReadOnlySpan<float> added, string what)
    {
        float[] expected = new float[before.Length];
        for (int i = 0; i < expected.Length; i++) expected[i] = before[i] + added[i];
        if (!LayerCatalogue<float>.Row(name).SumsUses) Bits.ShouldBeSame<float>(actual, expected, what);
        else GoldenCases.ShouldBeNear<float>(actual, [.. expected.Select(value => (double)value)], 1e-5, what);
    }
}

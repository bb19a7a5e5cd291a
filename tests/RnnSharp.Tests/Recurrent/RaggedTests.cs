using FluentAssertions;
using RnnSharp.Recurrent;
using RnnSharp.Tests.Catalogue;
using RnnSharp.Tests.References;
using Xunit;
using CallShape = RnnSharp.Tests.Catalogue.CallShape;

namespace RnnSharp.Tests.Recurrent;

/// <summary>Ragged batches, whose ended examples are not computed: any lengths in any order.</summary>
public sealed class RaggedTests
{
    public static TheoryData<string> Names => ["rnn", "lstm", "lstm, peepholes", "lstm, layer normalization", "gru", "gru, reset before", "indrnn", "custom"];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_order_of_examples_of_different_lengths_changes_no_bit(string name)
    {
        const int Batch = 37;
        LayerRow<float> row = LayerCatalogue<float>.Row(name);
        Layer<float> layer = row.Create(5, 21);
        var call = new LayerCase<float>(row, layer, new CallShape(Batch, Batch + 2));
        int[] order = [.. Enumerable.Range(0, Batch)];
        var random = new Random(1);
        random.Shuffle(order);
        call.Input.SetLengths([.. Enumerable.Range(0, Batch).Select(j => j + 1)]);
        Sequence<float> shuffled = call.Input.Gather(order), outputGradient = new(layer.OutputSize, Batch, Batch + 2);
        ForwardPass<float> pass = layer.Forward(call.Input), other = layer.Forward(shuffled);
        for (int j = 0; j < Batch; j++)
        {
            for (int t = 0; t < Batch + 2; t++)
            {
                call.OutputGradient.Step(t).Slice(order[j] * layer.OutputSize, layer.OutputSize).CopyTo(outputGradient.Step(t)[(j * layer.OutputSize)..]);
                Bits.ShouldBeSame<float>(other.Output.Step(t).Slice(j * layer.OutputSize, layer.OutputSize), pass.Output.Step(t).Slice(order[j] * layer.OutputSize, layer.OutputSize), $"output of example {j} at {t}");
            }
        }

        Gradients<float> gradients = layer.Backward(pass, call.OutputGradient), otherGradients = layer.Backward(other, outputGradient);
        for (int p = 0; p < gradients.Parameters.Count; p++) Bits.ShouldBeSame<float>(otherGradients.Values(p), gradients.Values(p), $"gradient of {gradients.Names[p]}");
    }

    [Theory]
    [InlineData("lstm", 700, 5, 0, 3, 3, 1, 2, 0, 690)]
    [InlineData("gru", 9, 9, 9, 9, 9, 9, 9, 9, 8)]
    [InlineData("lstm, projection and activations", 3, 0, 0, 0, 500, 500, 1, 499, 20)]
    [InlineData("gru, reset before", 0, 0, 0, 0, 0, 0, 0, 0, 0)]
    [InlineData("rnn, layer normalization", 1, 300, 2, 1, 1, 1, 1, 1, 1)]
    public void Gradients_are_the_sums_of_those_of_each_example(string name, params int[] lengths)
    {
        LayerRow<double> row = LayerCatalogue<double>.Row(name);
        Layer<double> layer = row.Create(4, 7);
        int steps = Math.Max(2, lengths.Max());
        var call = new LayerCase<double>(row, layer, new CallShape(lengths.Length, steps));
        call.Input.SetLengths(lengths);
        ForwardPass<double> pass = call.Forward();
        Gradients<double> gradients = call.Backward(pass);
        double[][] sums = [.. gradients.Parameters.Select(parameter => new double[parameter.Count])];
        for (int j = 0; j < lengths.Length; j++)
        {
            Sequence<double> outputGradient = new(layer.OutputSize, 1, lengths[j]);
            for (int t = 0; t < lengths[j]; t++) call.OutputGradient.Step(t).Slice(j * layer.OutputSize, layer.OutputSize).CopyTo(outputGradient.Step(t));
            ForwardPass<double> alone = layer.Forward(call.InputOf(j), call.Of(call.Initial, j));
            Bits.ShouldBeSame(alone.FinalState, call.Of(pass.FinalState, j), $"final state of example {j}");
            Gradients<double> own = layer.Backward(alone, outputGradient, call.Of(call.FinalStateGradient, j));
            Bits.ShouldBeSame(own.InitialState, call.Of(gradients.InitialState, j), $"gradient of the initial state of example {j}");
            for (int t = 0; t < lengths[j]; t++) Bits.ShouldBeSame<double>(gradients.Input!.Step(t).Slice(j * layer.InputSize, layer.InputSize), own.Input!.Step(t), $"gradient of the input of example {j} at {t}");
            for (int p = 0; p < sums.Length; p++)
            {
                for (int i = 0; i < sums[p].Length; i++) sums[p][i] += own.Values(p)[i];
            }
        }

        for (int p = 0; p < sums.Length; p++) GoldenCases.ShouldBeNear<double>(gradients.Values(p), sums[p], 1e-9, $"gradient of {gradients.Names[p]}");
    }

    [Fact]
    public void Time_is_planned_for_valid_columns_alone()
    {
        var order = new ColumnOrder();
        var input = new Sequence<float>(2, 4, 6);
        input.SetLengths([2, 0, 5, 2]);
        ColumnMap columns = order.Arrange(new CapturedInput<float>(input, 2));
        columns.Steps.Should().Be(5);
        columns.Count.Should().Be(9);
        Enumerable.Range(-1, 7).Select(t => columns.Active(t)).Should().Equal(4, 3, 3, 1, 1, 1, 0);
        Enumerable.Range(0, 4).Select(columns.Example).Should().Equal(2, 0, 3, 1);
        Enumerable.Range(0, 4).Select(columns.Rank).Should().Equal(1, 3, 0, 2);
        input.SetLengths([5, 5, 5, 5]);
        order.Arrange(new CapturedInput<float>(input, 2)).IsPacked.Should().BeFalse();
    }
}

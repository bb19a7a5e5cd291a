using FluentAssertions;
using MathNet.Numerics.LinearAlgebra;
using Xunit;

namespace RnnSharp.Tests;

/// <summary>Sequences to and from arrays and matrices.</summary>
public sealed class SequenceArrayTests
{
    [Fact]
    public void FromArray_takes_feature_example_step()
    {
        double[,,] values = Numbers(3, 2, 4);
        Sequence<double> x = Sequence<double>.FromArray(values);
        (x.Features, x.Batch, x.Steps, x.IsRagged).Should().Be((3, 2, 4, false));
        ForEach(values, (i, j, t, value) => x[i, j, t].Should().Be(value));
        x.ToArray().Should().BeEquivalentTo(values);
    }

    [Fact]
    public void FromBatchFirst_takes_example_step_feature()
    {
        double[,,] values = Numbers(3, 2, 4);
        Sequence<double> x = Sequence<double>.FromBatchFirst(values);
        (x.Features, x.Batch, x.Steps, x.IsRagged).Should().Be((4, 3, 2, false));
        ForEach(values, (j, t, i, value) => x[i, j, t].Should().Be(value));
        x.ToBatchFirst().Should().BeEquivalentTo(values);
    }

    [Fact]
    public void Sequences_without_steps_convert_to_arrays_without_steps()
    {
        var x = new Sequence<float>(3, 2, 0);
        x.ToArray().Length.Should().Be(0);
        Sequence<float>.FromArray(x.ToArray()).ToString().Should().Be(x.ToString());
        Sequence<float>.FromBatchFirst(x.ToBatchFirst()).ToString().Should().Be(x.ToString());
        x.ToMatrices().Should().BeEmpty();
        x.ToJagged().Should().HaveCount(2).And.OnlyContain(example => example.Length == 0);
    }

    [Fact]
    public void Conversion_uses_the_current_shape_when_the_storage_is_larger()
    {
        Sequence<double> x = Sequence<double>.FromArray(Numbers(2, 5, 7));
        x.Resize(1, 3);
        for (int k = 0; k < 6; k++) x.Values[k] = k;
        x.ToArray().Cast<double>().Should().Equal(0, 2, 4, 1, 3, 5);
        x.ToBatchFirst().Cast<double>().Should().Equal(0, 1, 2, 3, 4, 5);
        x.AsMatrix().ToColumnMajorArray().Should().Equal(0, 1, 2, 3, 4, 5);
    }

    [Fact]
    public void Arrays_of_more_examples_than_an_array_can_have_are_refused()
    {
        var x = new Sequence<double>(2, int.MaxValue - 1, 0);
        Sequence<double> tokens = Sequence<double>.ForTokens(2, int.MaxValue - 1, 0);
        foreach (Action call in (Action[])[() => x.ToArray(), () => x.ToBatchFirst(), () => x.ToJagged(), () => tokens.ToArray(), () => tokens.ToBatchFirst(), () => tokens.ToJagged(), () => tokens.ToTokens()])
            call.Should().Throw<InvalidOperationException>().WithMessage("*got*2147483646*");
    }

    [Fact]
    public void ToJagged_reads_each_example_up_to_its_length()
    {
        double[][][] examples = [[[1, 2], [3, 4]], [], [[5, 6], [7, 8], [9, 10]]];
        Sequence<double>.FromJagged(examples).ToJagged().Should().BeEquivalentTo(examples, options => options.WithStrictOrdering());
    }

    [Fact]
    public void ToTokens_reads_each_example_up_to_its_length()
    {
        int[][] examples = [[2, 0, Sequence<double>.ZeroToken], [], [1]];
        Sequence<double> tokens = Sequence<double>.FromTokens(examples, 3);
        tokens.IsRagged.Should().BeTrue();
        tokens.ToTokens().Should().BeEquivalentTo(examples, options => options.WithStrictOrdering());
    }

    [Fact]
    public void Tokens_convert_to_one_hot_columns()
    {
        Sequence<double> tokens = Sequence<double>.FromTokens([[2, Sequence<double>.ZeroToken], [0, 1]], 3);
        tokens.StepMatrix(0).ToArray().Should().BeEquivalentTo(new double[,] { { 0, 1 }, { 0, 0 }, { 1, 0 } });
        tokens.AsMatrix().ToColumnMajorArray().Should().Equal(0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 1, 0);
        tokens.ToJagged()[1][1].Should().Equal(0, 1, 0);
        ForEach(tokens.ToArray(), (i, j, t, value) => value.Should().Be(tokens[i, j, t]));
        ForEach(tokens.ToBatchFirst(), (j, t, i, value) => value.Should().Be(tokens[i, j, t]));
        tokens.ToMatrices()[1].Should().Be(tokens.StepMatrix(1));
    }

    [Fact]
    public void AsMatrix_shares_the_array_where_it_has_exactly_this_length()
    {
        var x = new Sequence<double>(2, 1, 3);
        x.AsMatrix()[1, 2] = 7;
        x[1, 0, 2].Should().Be(7);
        x.Resize(1, 2);
        x.AsMatrix()[0, 0] = 5;
        x[0, 0, 0].Should().Be(0);
    }

    [Fact]
    public void FromSeries_makes_one_example()
    {
        Sequence<double> values = Sequence<double>.FromSeries([1, 2, 3]);
        (values.Features, values.Batch, values.Steps).Should().Be((1, 1, 3));
        values.Values.ToArray().Should().Equal(1, 2, 3);
        Matrix<double> matrix = Matrix<double>.Build.DenseOfArray(new double[,] { { 1, 2, 3 }, { 4, 5, 6 } });
        Sequence<double> series = Sequence<double>.FromSeries(matrix);
        (series.Features, series.Batch, series.Steps).Should().Be((2, 1, 3));
        series.AsMatrix().Should().Be(matrix);
    }

    [Fact]
    public void FromMatrices_and_ToMatrices_are_inverse()
    {
        Matrix<double>[] matrices = [Matrix<double>.Build.Random(2, 3, 1), Matrix<double>.Build.Sparse(2, 3, 4)];
        Sequence<double>.FromMatrices(matrices).ToMatrices().Should().Equal(matrices);
    }

    [Fact]
    public void ConvertTo_keeps_values_tokens_and_lengths()
    {
        Sequence<double> x = Sequence<double>.FromJagged([[[0.5, 0.25]], [[1, 2], [3, 4]]]);
        Sequence<float> converted = x.ConvertTo<float>();
        converted.ToJagged()[1][1].Should().Equal(3, 4);
        converted.Lengths.ToArray().Should().Equal(1, 2);
        Sequence<double> tokens = Sequence<double>.FromTokens([[2], [0, 1]], 3);
        tokens.ConvertTo<float>().ToTokens().Should().BeEquivalentTo(tokens.ToTokens());
    }

    private static double[,,] Numbers(int first, int second, int third)
    {
        var values = new double[first, second, third];
        int next = 0;
        for (int a = 0; a < first; a++)
        {
            for (int b = 0; b < second; b++)
            {
                for (int c = 0; c < third; c++) values[a, b, c] = ++next;
            }
        }

        return values;
    }

    private static void ForEach(double[,,] values, Action<int, int, int, double> check)
    {
        for (int a = 0; a < values.GetLength(0); a++)
        {
            for (int b = 0; b < values.GetLength(1); b++)
            {
                for (int c = 0; c < values.GetLength(2); c++) check(a, b, c, values[a, b, c]);
            }
        }
    }
}

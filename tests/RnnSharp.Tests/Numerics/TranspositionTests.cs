using FluentAssertions;
using RnnSharp.Numerics;
using Xunit;

namespace RnnSharp.Tests.Numerics;

public sealed class TranspositionTests
{
    [Fact]
    public void Rows_become_columns_for_any_shape()
    {
        for (int rows = 0; rows < 40; rows += rows < 20 ? 1 : 3)
        {
            for (int columns = 1; columns < 40; columns += columns < 20 ? 1 : 3)
            {
                IsTransposed(rows, columns, static i => (float)i);
                IsTransposed(rows, columns, static i => (double)i);
            }
        }
    }

    [Fact]
    public void Target_that_is_too_short_is_refused() =>
        FluentActions.Invoking(() => Transposition.ToColumns<float>(new float[6], 3, new float[5], 2)).Should().Throw<ArgumentException>().WithParameterName("target");

    private static void IsTransposed<T>(int rows, int columns, Func<int, T> value)
        where T : unmanaged
    {
        const int Offset = 2, Spare = 3;
        int stride = rows + Offset + Spare;
        T[] source = [.. Enumerable.Range(1, rows * columns).Select(value)];
        var target = new T[stride * columns];
        Transposition.ToColumns<T>(source, columns, target.AsSpan(Offset), stride);
        var expected = new T[stride * columns];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++) expected[Offset + i + stride * j] = source[i * columns + j];
        }

        target.Should().Equal(expected);
    }
}

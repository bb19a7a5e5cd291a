using RnnSharp.Numerics;

namespace RnnSharp.Tests;

/// <summary>Functions and generators of numbers.</summary>
public sealed partial class BadArgumentTests
{
    private static Row[] Numbers() =>
    [
        Null("Sigmoid.Of(matrix)", "matrix", _ => Sigmoid.Of<double>(null!)),
        Bad("Sigmoid.Of(source, target)", "target", "3 values", "got 2", _ => Sigmoid.Of<double>(new double[3], new double[2])),
        Bad("Sigmoid.Of(source, target)", "target", "overlap", "source", _ => Sigmoid.Of<double>(Memory.AsSpan(0, 3), Memory.AsSpan(1, 3))),
        Bad("Sigmoid.Of(matrix)", "matrix", "at most", "got 4294967296", _ => Sigmoid.Of(Huge)),
        Bad("Softmax.Columns(scores)", "scores", "at most", "got 4294967296", _ => Softmax.Columns(Huge)),
        Bad("Softmax.LogColumns(scores)", "scores", "at most", "got 4294967296", _ => Softmax.LogColumns(Huge)),
        Null("Softmax.Columns(scores)", "scores", _ => Softmax.Columns<double>(null!)),
        Null("Softmax.LogColumns(scores)", "scores", _ => Softmax.LogColumns<double>(null!)),
        Bad("Softmax.Column(scores, probabilities)", "probabilities", "3 values", "got 4", _ => Softmax.Column<double>(new double[3], new double[4])),
        Bad("Softmax.Column(scores, probabilities)", "probabilities", "overlap", "scores", _ => Softmax.Column<double>(Memory.AsSpan(0, 3), Memory.AsSpan(1, 3))),
        Bad("Softmax.LogColumn(scores, logarithms)", "logarithms", "3 values", "got 2", _ => Softmax.LogColumn<double>(new double[3], new double[2])),
        Bad("Softmax.LogColumn(scores, logarithms)", "logarithms", "overlap", "scores", _ => Softmax.LogColumn<double>(Memory, Memory)),
    ];

    private static Row[] Randoms() =>
    [
        Bad("SeededRandom.Next(maxValue)", "maxValue", "negative", "-1", f => f.Random.Next(-1)),
        Bad("SeededRandom.Next(minValue, maxValue)", "minValue", "less than or equal to '2'", "'3'", f => f.Random.Next(3, 2)),
        Bad("SeededRandom.NextInt64(maxValue)", "maxValue", "negative", "-1", f => f.Random.NextInt64(-1)),
        Bad("SeededRandom.NextInt64(minValue, maxValue)", "minValue", "less than or equal to '2'", "'3'", f => f.Random.NextInt64(3, 2)),
        Null("SeededRandom.NextBytes(buffer)", "buffer", f => f.Random.NextBytes(null!)),
        Bad("FastRandom.SetState(state)", "state", "bytes", "got 3", f => f.Random.SetState(new byte[3])),
        Bad("NumpyRandom.Uniform(low, high)", "low", "less than or equal to '1'", "'2'", _ => Numpy().Uniform(2, 1)),
        Bad("NumpyRandom.Uniform(low, high)", "high", "finite", "high = Infinity", _ => Numpy().Uniform(2, double.PositiveInfinity)),
        Bad("NumpyRandom.Uniform(low, high)", "low", "finite", "low = -Infinity", _ => Numpy().Uniform(double.NegativeInfinity, 1)),
        Bad("NumpyRandom.RandN(count)", "count", "negative", "-1", _ => Numpy().RandN(-1)),
        Bad("NumpyRandom.RandN(rows, columns)", "rows", "at least 1", "0", _ => Numpy().RandN(0, 1)),
        Bad("NumpyRandom.RandN(rows, columns)", "columns", "at least 1", "-1", _ => Numpy().RandN(1, -1)),
        Bad("NumpyRandom.RandN(features, batch, steps)", "features", "at least 1", "0", _ => Numpy().RandN(0, 1, 1)),
        Bad("NumpyRandom.RandN(features, batch, steps)", "batch", "at least 1", "0", _ => Numpy().RandN(1, 0, 1)),
        Bad("NumpyRandom.RandN(features, batch, steps)", "steps", "at least 1", "0", _ => Numpy().RandN(1, 1, 0)),
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
        Bad("SeededRandom.Next(maxValue)", "maxValue", "negative", "-1", _ => Numpy().Next(-1)),
        Bad("SeededRandom.Next(minValue, maxValue)", "minValue", "less than or equal to '2'", "'3'", _ => Numpy().Next(3, 2)),
        Bad("SeededRandom.NextInt64(maxValue)", "maxValue", "negative", "-1", _ => Numpy().NextInt64(-1)),
        Bad("SeededRandom.NextInt64(minValue, maxValue)", "minValue", "less than or equal to '2'", "'3'", _ => Numpy().NextInt64(3, 2)),
        Null("SeededRandom.NextBytes(buffer)", "buffer", _ => Numpy().NextBytes((byte[])null!)),
        Bad("NumpyRandom.SetState(state)", "state", "bytes", "got 3", _ => Numpy().SetState(new byte[3])),
    ];
}

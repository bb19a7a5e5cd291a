using System.Numerics;
using FluentAssertions;
using MathNet.Numerics.LinearAlgebra;
using RnnSharp.Recurrent;
using RnnSharp.Tests.Oracles;
using RnnSharp.Tests.References;
using Xunit;
using Column = MathNet.Numerics.LinearAlgebra.Vector<double>;

namespace RnnSharp.Tests.Recurrent;

/// <summary>The layers against the equations, written plainly (Oracles/NaiveLayers.cs), over random configurations.</summary>
public sealed class OracleTests
{
    private const double Double = 1e-13;
    private const double Single = 5e-6;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 320)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Layers_equal_the_naive_equations(int seed)
    {
        Compare<double>(seed, Double);
        Compare<float>(seed, Single);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Padding_has_no_effect(int seed)
    {
        WithGarbage<double>(seed);
        WithGarbage<float>(seed);
    }

    [Fact]
    public void Configurations_cover_every_corner_case()
    {
        RandomCase<double>[] cases = [.. Enumerable.Range(0, 320).Select(seed => new RandomCase<double>(seed))];
        Func<RandomCase<double>, bool>[] corners =
        [
            c => c.Steps == 0,
            c => c.X.IsTokens && c.X.IsRagged,
            c => c.Steps > 0 && c.X.IsRagged && c.X.Lengths.IndexOfAnyExcept(0) < 0,
            c => c.X.IsRagged && c.X.Lengths.Contains(0) && c.X.Lengths.Contains(c.Steps),
            c => c.OutputGradient is null && c.FinalStateGradient is null,
            c => c.OutputGradient is null && c.FinalStateGradient is not null && c.X.IsRagged,
            c => c.OutputGradient is not null && c.FinalStateGradient is null && c.Initial is null,
        ];
        for (int kind = 0; kind < 4; kind++)
        {
            for (int corner = 0; corner < corners.Length; corner++)
                cases.Where((_, seed) => seed % 4 == kind).Any(corners[corner]).Should().BeTrue("corner {0} is asked of kind {1}", corner, kind);
        }
    }

    /// <summary>
    /// Backward holds gate gradients of up to 1024 columns at a time and sums products by up to 512 (double) or 1024 (float) indices:
    /// sizes around and beyond these, and a time loop over several blocks.
    /// </summary>
    [Theory]
    [InlineData(0, 2, 9, 31, 70)]
    [InlineData(1, 3, 7, 64, 33)]
    [InlineData(2, 2, 17, 128, 17)]
    [InlineData(3, 1, 5, 1025, 2)]
    [InlineData(4, 3, 6, 511, 5)]
    [InlineData(5, 2, 8, 1, 1100)]
    [InlineData(8, 4, 129, 2, 3)]
    [InlineData(9, 4, 173, 3, 2)]
    [InlineData(10, 5, 515, 2, 3)]
    [InlineData(12, 3, 257, 1, 3)]
    [InlineData(13, 600, 6, 7, 4)]
    [InlineData(14, 1030, 3, 2, 2)]
    public void Large_layers_equal_the_naive_equations(int seed, int inputs, int hidden, int batch, int steps)
    {
        Compare<double>(seed, Double, (inputs, hidden, batch, steps));

        // Sums of over two thousand terms where the random configurations have a hundred: their rounding alone is more.
        Compare<float>(seed, 4 * Single, (inputs, hidden, batch, steps));
    }

    private static void Compare<T>(int seed, double tolerance, (int Inputs, int Hidden, int Batch, int Steps)? sizes = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var c = new RandomCase<T>(seed, sizes);
        ForwardPass<T> pass = c.Layer.Forward(c.X, c.Initial);
        Gradients<T> gradients = c.Layer.Backward(pass, c.OutputGradient, c.FinalStateGradient);

        NaiveLayer naive = NaiveOf(c.Layer);
        int inputs = c.Layer.InputSize, hidden = c.Layer.HiddenSize, batch = c.X.Batch;
        var y = new Sequence<double>(hidden, batch, c.Steps);
        var dx = new Sequence<double>(inputs, batch, c.Steps);
        for (int j = 0; j < batch; j++)
        {
            int length = c.X.LengthOf(j);
            NaiveResult expected = naive.Run(new NaiveExample(
                Steps(c.X, j, length, inputs), Leaf(c.Initial, 0, j, hidden), Leaf(c.Initial, 1, j, hidden),
                Steps(c.OutputGradient, j, length, hidden), Leaf(c.FinalStateGradient, 0, j, hidden), Leaf(c.FinalStateGradient, 1, j, hidden)));
            for (int t = 0; t < length; t++)
            {
                expected.Y[t].ToArray().CopyTo(y.Step(t)[(j * hidden)..]);
                expected.Dx[t].ToArray().CopyTo(dx.Step(t)[(j * inputs)..]);
            }

            ShouldBeNear(pass.FinalState, j, [expected.HEnd, expected.CEnd], tolerance, "final state");
            ShouldBeNear(gradients.InitialState, j, [expected.Dh0, expected.Dc0], tolerance, "gradient of the initial state");
        }

        GoldenCases.ShouldBeNear<T>(pass.Output.Values, y.Values, tolerance, "output");
        Lengths(pass.Output).Should().Equal(Lengths(c.X));
        if (c.X.IsTokens) gradients.Input.Should().BeNull();
        else Lengths(gradients.Input!).Should().Equal(Lengths(c.X));
        if (!c.X.IsTokens) GoldenCases.ShouldBeNear<T>(gradients.Input!.Values, dx.Values, tolerance, "gradient of the input");
        Matrix<double>[] parameterGradients = naive.ParameterGradients;
        parameterGradients.Should().HaveCount(c.Layer.Parameters.Count);
        for (int p = 0; p < parameterGradients.Length; p++)
            GoldenCases.ShouldBeNear<T>(gradients.Values(p), parameterGradients[p].ToColumnMajorArray(), tolerance, $"gradient of {c.Layer.ParameterNames[p]}");
    }

    private static void WithGarbage<T>(int seed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var clean = new RandomCase<T>(seed);
        var dirty = new RandomCase<T>(seed);
        dirty.FillPadding();
        ForwardPass<T> cleanPass = clean.Layer.Forward(clean.X, clean.Initial);
        ForwardPass<T> dirtyPass = dirty.Layer.Forward(dirty.X, dirty.Initial);
        Bits.ShouldBeSame<T>(dirtyPass.Output.Values, cleanPass.Output.Values, "output");
        Bits.ShouldBeSame(dirtyPass.FinalState, cleanPass.FinalState, "final state");
        Gradients<T> cleanGradients = clean.Layer.Backward(cleanPass, clean.OutputGradient, clean.FinalStateGradient);
        Gradients<T> dirtyGradients = dirty.Layer.Backward(dirtyPass, dirty.OutputGradient, dirty.FinalStateGradient);
        Bits.ShouldBeSame(dirtyGradients, cleanGradients);
        State<T> state = dirty.Initial ?? dirty.Layer.CreateState(dirty.X.Batch);
        Bits.ShouldBeSame<T>(dirty.Layer.Predict(dirty.X, state).Values, cleanPass.Output.Values, "predicted output");
        Bits.ShouldBeSame(state, cleanPass.FinalState, "predicted final state");
    }

    private static NaiveLayer NaiveOf<T>(RecurrentLayer<T> layer)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Matrix<double>[] p = [.. layer.Parameters.Select(parameter => parameter.ToMatrix().Map(double.CreateChecked))];
        return layer switch
        {
            LstmLayer<T> => new NaiveLstm(p[0], p[1], p[2]),
            GruLayer<T> => new NaiveGru(p[0], p[1], p[2], p[3]),
            RnnLayer<T> rnn => new NaiveRnn(p[0], p[1], p[2], rnn.Activation == Activation.Relu),
            _ => throw new ArgumentException("There is no oracle for this kind.", nameof(layer)),
        };
    }

    /// <summary>An example's steps, read through the indexer (one-hot for tokens); zeros where there is no sequence.</summary>
    private static Column[] Steps<T>(Sequence<T>? sequence, int example, int length, int features)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        [.. Enumerable.Range(0, length).Select(t => Column.Build.Dense(features, i => sequence is null ? 0 : double.CreateChecked(sequence[i, example, t])))];

    private static int[] Lengths<T>(Sequence<T> sequence)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => [.. Enumerable.Range(0, sequence.Batch).Select(sequence.LengthOf)];

    private static Column Leaf<T>(State<T>? state, int leaf, int example, int hidden)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        state is null || leaf >= state.Leaves.Count
            ? Column.Build.Dense(hidden)
            : Column.Build.Dense(hidden, i => double.CreateChecked(state.Leaves[leaf].Values[i + hidden * example]));

    private static void ShouldBeNear<T>(State<T> actual, int example, Column[] expected, double tolerance, string what)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach ((StateLeaf<T> leaf, Column values) in actual.Leaves.Zip(expected))
            GoldenCases.ShouldBeNear<T>(leaf.Values.Slice(example * leaf.Size, leaf.Size), values.ToArray(), tolerance, $"{what} {leaf.Name} of example {example}");
    }
}

/// <summary>A layer and the arguments of its calls, all drawn from a seed.</summary>
internal sealed class RandomCase<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Random _random;

    public RandomCase(int seed)
        : this(seed, null)
    {
    }

    /// <summary>With the sizes given, or drawn too.</summary>
    public RandomCase(int seed, (int Inputs, int Hidden, int Batch, int Steps)? sizes)
    {
        _random = new Random(seed);
        int inputs = _random.Next(1, 21), hidden = _random.Next(1, 41), batch = _random.Next(1, 10);
        Steps = _random.Next(12) == 0 ? 0 : _random.Next(1, 13);
        if (sizes is not null) (inputs, hidden, batch, Steps) = sizes.Value;
        Layer = Make.Layer<T>((RecurrentKind)(seed % 4), inputs, hidden, seed);
        X = _random.Next(3) == 0 ? Make.Tokens<T>(inputs, batch, Steps, _random) : Make.Sequence<T>(inputs, batch, Steps, _random);
        OutputGradient = _random.Next(4) == 0 ? null : Make.Sequence<T>(hidden, batch, Steps, _random);
        if (_random.Next(2) == 0)
        {
            int longest = _random.Next(10) == 0 ? 0 : Steps;
            X.SetLengths([.. Enumerable.Range(0, batch).Select(_ => _random.Next(longest + 1))]);
        }

        Initial = _random.Next(2) == 0 ? null : Make.State(Layer, batch, _random);
        FinalStateGradient = _random.Next(2) == 0 ? null : Make.State(Layer, batch, _random);
    }

    public RecurrentLayer<T> Layer { get; }

    public int Steps { get; }

    public Sequence<T> X { get; }

    public State<T>? Initial { get; }

    public Sequence<T>? OutputGradient { get; }

    public State<T>? FinalStateGradient { get; }

    /// <summary>Writes what does most harm past the examples' ends: NaN, the infinities, a huge number.</summary>
    public void FillPadding()
    {
        T[] garbage = [T.NaN, T.PositiveInfinity, T.NegativeInfinity, T.CreateChecked(3e38f)];
        for (int j = 0; j < X.Batch; j++)
        {
            for (int t = X.LengthOf(j); t < Steps; t++)
            {
                if (X.IsTokens) X.SetToken(j, t, _random.Next(X.Features));
                else X.Step(t).Slice(j * X.Features, X.Features).Fill(garbage[_random.Next(4)]);
                OutputGradient?.Step(t).Slice(j * Layer.HiddenSize, Layer.HiddenSize).Fill(garbage[_random.Next(4)]);
            }
        }
    }
}

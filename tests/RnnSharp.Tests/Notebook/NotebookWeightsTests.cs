using FluentAssertions;
using MathNet.Numerics.LinearAlgebra;
using RnnSharp.Layers;
using RnnSharp.Notebook;
using RnnSharp.Recurrent;
using RnnSharp.Tests.Serialization;
using Xunit;

namespace RnnSharp.Tests.Notebook;

public sealed class NotebookWeightsTests
{
    private const int Hidden = 4;
    private const int Inputs = 3;
    private const int Batch = 5;
    private const int Steps = 6;

    [Fact]
    public void An_LSTM_with_the_weights_of_the_notebook_gives_its_results()
    {
        NotebookLstmWeights<double> weights = RandomLstm(seed: 1);
        var layer = new LstmLayer<double>(Inputs, Hidden);
        weights.ApplyTo(layer);
        Sequence<double> x = Models.Input<double>(Inputs, Batch, Steps, seed: 2);
        Sequence<double> output = layer.Predict(x);

        Matrix<double> a = Matrix<double>.Build.Dense(Hidden, Batch);
        Matrix<double> c = Matrix<double>.Build.Dense(Hidden, Batch);
        for (int t = 0; t < Steps; t++)
        {
            Matrix<double> concat = a.Stack(x.StepMatrix(t));
            Matrix<double> f = Gate(weights.Wf, weights.Bf, concat).Map(Sigmoid);
            Matrix<double> i = Gate(weights.Wi, weights.Bi, concat).Map(Sigmoid);
            Matrix<double> candidate = Gate(weights.Wc, weights.Bc, concat).PointwiseTanh();
            Matrix<double> o = Gate(weights.Wo, weights.Bo, concat).Map(Sigmoid);
            c = f.PointwiseMultiply(c) + i.PointwiseMultiply(candidate);
            a = o.PointwiseMultiply(c.PointwiseTanh());
            (output.StepMatrix(t) - a).InfinityNorm().Should().BeLessThan(1e-13, $"at step {t}");
        }

        static double Sigmoid(double z) => 1 / (1 + Math.Exp(-z));
    }

    [Fact]
    public void An_RNN_with_the_weights_of_the_notebook_gives_its_results()
    {
        var random = new Random(3);
        var weights = new NotebookRnnWeights<double>(Random(Hidden, Inputs, random), Random(Hidden, Hidden, random), Random(Hidden, 1, random));
        var layer = new RnnLayer<double>(Inputs, Hidden);
        weights.ApplyTo(layer);
        Sequence<double> x = Models.Input<double>(Inputs, Batch, Steps, seed: 4);
        Sequence<double> output = layer.Predict(x);

        Matrix<double> a = Matrix<double>.Build.Dense(Hidden, Batch);
        for (int t = 0; t < Steps; t++)
        {
            a = (Gate(weights.Waa, weights.Ba, a) + weights.Wax * x.StepMatrix(t)).PointwiseTanh();
            (output.StepMatrix(t) - a).InfinityNorm().Should().BeLessThan(1e-13, $"at step {t}");
        }
    }

    [Fact]
    public void Weights_survive_a_round_trip_through_a_layer()
    {
        NotebookLstmWeights<double> weights = RandomLstm(seed: 5);
        var lstm = new LstmLayer<double>(Inputs, Hidden);
        weights.ApplyTo(lstm);
        var back = NotebookLstmWeights<double>.From(lstm);
        (back.InputSize, back.HiddenSize).Should().Be((Inputs, Hidden));
        All(back).Should().Equal(All(weights));
        Action write = () => back.Wf.Clear();
        write.Should().NotThrow();
        All(NotebookLstmWeights<double>.From(lstm)).Should().Equal(All(weights), "what From gives is a copy");

        var rnn = new RnnLayer<float>(Inputs, Hidden, seed: 6);
        var rnnWeights = NotebookRnnWeights<float>.From(rnn);
        (rnnWeights.InputSize, rnnWeights.HiddenSize).Should().Be((Inputs, Hidden));
        var copy = new RnnLayer<float>(Inputs, Hidden, seed: 7);
        rnnWeights.ApplyTo(copy);
        Models.Describe(copy).Should().Be(Models.Describe(rnn));
    }

    [Fact]
    public void Gradients_are_those_of_the_matrices_of_the_notebook()
    {
        NotebookLstmWeights<double> weights = RandomLstm(seed: 8);
        var layer = new LstmLayer<double>(Inputs, Hidden);
        weights.ApplyTo(layer);
        Sequence<double> x = Models.Input<double>(Inputs, Batch, Steps, seed: 9);
        Sequence<double> dy = Models.Input<double>(Hidden, Batch, Steps, seed: 10);
        var gradients = NotebookLstmWeights<double>.FromGradients(layer.Backward(layer.Forward(x), dy));

        Matrix<double>[] matrices = All(weights);
        Matrix<double>[] slopes = All(gradients);
        for (int k = 0; k < matrices.Length; k++)
        {
            for (int i = 0; i < Hidden; i++)
            {
                for (int j = 0; j < matrices[k].ColumnCount; j++)
                {
                    const double Step = 1e-5;
                    double value = matrices[k][i, j];
                    matrices[k][i, j] = value + Step;
                    double above = Loss();
                    matrices[k][i, j] = value - Step;
                    double below = Loss();
                    matrices[k][i, j] = value;
                    slopes[k][i, j].Should().BeApproximately((above - below) / (2 * Step), 1e-7, $"of matrix {k} at {i}, {j}");
                }
            }
        }

        double Loss()
        {
            weights.ApplyTo(layer);
            double sum = 0;
            ReadOnlySpan<double> y = layer.Predict(x).Values;
            for (int i = 0; i < y.Length; i++) sum += y[i] * dy.Values[i];
            return sum;
        }
    }

    [Fact]
    public void Gradients_of_an_RNN_are_read_from_a_layer_or_a_part_of_a_stack()
    {
        var rnn = new RnnLayer<double>(Inputs, Hidden, seed: 11);
        var stack = new LayerStack<double>(rnn, new DenseLayer<double>(Hidden, 2, seed: 12));
        Gradients<double> gradients = stack.Backward(stack.Forward(Models.Input<double>(Inputs, Batch, Steps, seed: 13)), Models.Input<double>(2, Batch, Steps, seed: 14));
        var notebook = NotebookRnnWeights<double>.FromGradients(gradients.Parts[0]);
        notebook.Wax.Should().Be(gradients["0.weight_ih"]);
        notebook.Waa.Should().Be(gradients["0.weight_hh"]);
        notebook.Ba.Should().Be(gradients["0.bias"]);
        gradients.Clear();
        notebook.Ba.Should().NotBe(gradients["0.bias"], "what FromGradients gives is a copy");

        Action stacked = () => NotebookRnnWeights<double>.FromGradients(gradients);
        stacked.Should().Throw<ArgumentException>().WithParameterName("gradients").WithMessage("*LayerStack*");
        Action other = () => NotebookLstmWeights<double>.FromGradients(gradients.Parts[0]);
        other.Should().Throw<ArgumentException>().WithParameterName("gradients").WithMessage("*LstmLayer*RnnLayer*");
    }

    [Theory]
    [InlineData("wf")]
    [InlineData("bf")]
    [InlineData("wi")]
    [InlineData("bi")]
    [InlineData("wc")]
    [InlineData("bc")]
    [InlineData("wo")]
    [InlineData("bo")]
    public void Every_matrix_of_an_LSTM_is_checked_by_name(string wrong)
    {
        Action shape = () => Make(name => string.Equals(name, wrong, StringComparison.Ordinal) ? Matrix<double>.Build.Dense(Hidden, Hidden) : Right(name));
        shape.Should().Throw<ArgumentException>().WithParameterName(wrong).WithMessage($"Expected*{Hidden} x {Hidden}*");
        Action missing = () => Make(name => string.Equals(name, wrong, StringComparison.Ordinal) ? null! : Right(name));
        missing.Should().Throw<ArgumentNullException>().WithParameterName(wrong);

        static Matrix<double> Right(string name) => Matrix<double>.Build.Dense(Hidden, name[0] == 'w' ? Hidden + Inputs : 1);
        static NotebookLstmWeights<double> Make(Func<string, Matrix<double>> matrix) =>
            new(matrix("wf"), matrix("bf"), matrix("wi"), matrix("bi"), matrix("wc"), matrix("bc"), matrix("wo"), matrix("bo"));
    }

    [Fact]
    public void Every_matrix_of_an_RNN_is_checked_by_name()
    {
        Matrix<float> wax = Matrix<float>.Build.Dense(2, 3);
        Matrix<float> waa = Matrix<float>.Build.Dense(2, 2);
        Matrix<float> ba = Matrix<float>.Build.Dense(2, 1);
        Refused("wax", () => _ = new NotebookRnnWeights<float>(null!, waa, ba));
        Refused("waa", () => _ = new NotebookRnnWeights<float>(wax, wax, ba));
        Refused("waa", () => _ = new NotebookRnnWeights<float>(wax, null!, ba));
        Refused("ba", () => _ = new NotebookRnnWeights<float>(wax, waa, waa));
        Refused("ba", () => _ = new NotebookRnnWeights<float>(wax, waa, null!));
        Refused("layer", () => new NotebookRnnWeights<float>(wax, waa, ba).ApplyTo(null!));
        Refused("layer", () => new NotebookRnnWeights<float>(wax, waa, ba).ApplyTo(new RnnLayer<float>(2, 2)));
        Refused("layer", () => RandomLstm(1).ApplyTo(null!));
        Refused("layer", () => RandomLstm(1).ApplyTo(new LstmLayer<double>(Inputs, Hidden + 1)));
        Refused("layer", () => NotebookLstmWeights<double>.From(null!));
        Refused("layer", () => NotebookRnnWeights<double>.From(null!));
        Refused("gradients", () => NotebookLstmWeights<double>.FromGradients(null!));
        Refused("gradients", () => NotebookRnnWeights<double>.FromGradients(null!));

        static void Refused(string argument, Action call) => call.Should().Throw<ArgumentException>().WithParameterName(argument);
    }

    private static Matrix<double> Gate(Matrix<double> weights, Matrix<double> bias, Matrix<double> x) => weights * x + bias * Matrix<double>.Build.Dense(1, x.ColumnCount, 1);

    private static Matrix<double>[] All(NotebookLstmWeights<double> weights) =>
        [weights.Wf, weights.Bf, weights.Wi, weights.Bi, weights.Wc, weights.Bc, weights.Wo, weights.Bo];

    private static NotebookLstmWeights<double> RandomLstm(int seed)
    {
        var random = new Random(seed);
        return new NotebookLstmWeights<double>(Weights(), Bias(), Weights(), Bias(), Weights(), Bias(), Weights(), Bias());

        Matrix<double> Weights() => Random(Hidden, Hidden + Inputs, random);
        Matrix<double> Bias() => Random(Hidden, 1, random);
    }

    private static Matrix<double> Random(int rows, int columns, Random random) => Matrix<double>.Build.Dense(rows, columns, (_, _) => 2 * random.NextDouble() - 1);
}

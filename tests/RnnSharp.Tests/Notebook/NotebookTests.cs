using System.Globalization;
using System.Numerics;
using FluentAssertions;
using MathNet.Numerics.LinearAlgebra;
using RnnSharp.Layers;
using RnnSharp.Notebook;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;
using Xunit;

namespace RnnSharp.Tests.Notebook;

/// <summary>
/// Every value that "Building a recurrent neural network, step by step" prints for its seeded cases, through the public cells and
/// layers; a test is named after the notebook's function. In double to every printed digit, in float at float's accuracy.
/// </summary>
public abstract class NotebookTests<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // np.random.seed(1)
    private readonly NumpyRandom _random = new(1);

    [Fact]
    public void rnn_cell_forward()
    {
        Matrix<T> xt = Draw(3, 10);
        Matrix<T> aPrev = Draw(5, 10);
        RnnCell<T> cell = DrawRnn(recurrentFirst: true, head: true, out DenseLayer<T> head);

        RnnCellPass<T> pass = cell.Forward(xt, aPrev);
        Matrix<T> yt = Softmax.Columns(Head(head, pass.HiddenState));

        Row(pass.HiddenState, 4).Should().Print("0.59584544 0.18141802 0.61311866 0.99808218 0.85016201 0.99980978 -0.18887155 0.99815551 0.6531151 0.82872037");
        Row(yt, 1).Should().Print("0.9888161 0.01682021 0.21140899 0.36817467 0.98988387 0.88945212 0.36920224 0.9966312 0.9982559 0.17746526");
        (pass.HiddenState.RowCount, pass.HiddenState.ColumnCount, yt.RowCount, yt.ColumnCount).Should().Be((5, 10, 2, 10));
        pass.Input.Should().BeSameAs(xt);
        pass.PreviousHiddenState.Should().BeSameAs(aPrev);
    }

    [Fact]
    public void rnn_forward()
    {
        Sequence<T> x = DrawSequence(3, 10, 4);
        Matrix<T> a0 = Draw(5, 10);
        RnnCell<T> cell = DrawRnn(recurrentFirst: true, head: true, out DenseLayer<T> head);

        ForwardPass<T> pass = cell.Layer.Forward(x, StateOf(cell.Layer, a0));
        Sequence<T> y = head.Predict(pass.Output);

        Steps(pass.Output, 4, 1).Should().Print("-0.99999375 0.77911235 -0.99861469 -0.99833267");
        Enumerable.Range(0, 4).Select(t => Softmax.Columns(y.StepMatrix(t))[1, 3]).Should().Print("0.79560373 0.86224861 0.11118257 0.81515947");
        Steps(pass.Input, 1, 3).Should().Print("-1.1425182 -0.34934272 -0.20889423 0.58662319");
        pass.FinalState["h"].ToMatrix().Should().Be(pass.Output.StepMatrix(3));
    }

    [Fact]
    public void lstm_cell_forward()
    {
        LstmCell<T> cell = DrawLstmCell(out Matrix<T> xt, out Matrix<T> aPrev, out Matrix<T> cPrev, out DenseLayer<T> head);

        LstmCellPass<T> pass = cell.Forward(xt, aPrev, cPrev);

        Row(pass.HiddenState, 4).Should().Print("-0.66408471 0.0036921 0.02088357 0.22834167 -0.85575339 0.00138482 0.76566531 0.34631421 -0.00215674 0.43827275");
        Row(pass.CellState, 2).Should().Print("0.63267805 1.00570849 0.35504474 0.20690913 -1.64566718 0.11832942 0.76449811 -0.0981561 -0.74348425 -0.26810932");
        Row(Softmax.Columns(Head(head, pass.HiddenState)), 1).Should().Print("0.79913913 0.15986619 0.22412122 0.15606108 0.97057211 0.31146381 0.00943007 0.12666353 0.39380172 0.07828381");

        // The cache: c = f∘c_prev + i∘c̃ and a = o∘tanh(c), from the gates that the pass names.
        Matrix<T> c = pass.ForgetGate.PointwiseMultiply(pass.PreviousCellState) + pass.InputGate.PointwiseMultiply(pass.Candidate);
        Values(c - pass.CellState).Should().OnlyContain(d => Math.Abs(d) < Tolerance);
        Values(pass.OutputGate.PointwiseMultiply(pass.CellState.PointwiseTanh()) - pass.HiddenState).Should().OnlyContain(d => Math.Abs(d) < Tolerance);
    }

    [Fact]
    public void lstm_forward()
    {
        Sequence<T> x = DrawSequence(3, 10, 7);
        Matrix<T> a0 = Draw(5, 10);
        LstmCell<T> cell = DrawLstm(head: true, out DenseLayer<T> head);

        ForwardPass<T> pass = cell.Layer.Forward(x, StateOf(cell.Layer, a0));
        Sequence<T> y = head.Predict(pass.Output);

        new[] { pass.Output[4, 3, 6] }.Should().Print("0.1721177675329167");
        new[] { Softmax.Columns(y.StepMatrix(3))[1, 4] }.Should().Print("0.9508734618501101");
        State<T> afterTwo = StateOf(cell.Layer, a0);
        cell.Layer.Predict(FirstSteps(x, 2), afterTwo);
        new[] { afterTwo["c"].ToMatrix()[1, 2] }.Should().Print("-0.8555449167181983");
        Steps(pass.Input, 1, 1).Should().Print("0.82797464 0.23009474 0.76201118 -0.22232814 -0.20075807 0.18656139 0.41005165");
    }

    [Fact]
    public void rnn_cell_backward()
    {
        Matrix<T> xt = Draw(3, 10);
        Matrix<T> aPrev = Draw(5, 10);
        RnnCell<T> cell = DrawRnn(recurrentFirst: false, head: true, out _);
        Matrix<T> da = Draw(5, 10);

        RecurrentCellGradients<T> gradients = cell.Backward(cell.Forward(xt, aPrev), da);

        new[] { gradients.Input[1, 2] }.Should().Print("-1.3872130506020928");
        new[] { gradients.PreviousHiddenState[2, 3] }.Should().Print("-0.1523994937739543");
        new[] { gradients.InputWeights[3, 1] }.Should().Print("0.41077282493545836");
        new[] { gradients.RecurrentWeights[1, 2] }.Should().Print("1.1503450668497135");
        new[] { gradients.Bias[4, 0] }.Should().Print("0.20023491");
    }

    [Fact]
    public void rnn_backward()
    {
        Sequence<T> x = DrawSequence(3, 10, 4);
        Matrix<T> a0 = Draw(5, 10);
        RnnCell<T> cell = DrawRnn(recurrentFirst: false, head: true, out _);
        Sequence<T> da = DrawSequence(5, 10, 4);

        Gradients<T> gradients = cell.Layer.Backward(cell.Layer.Forward(x, StateOf(cell.Layer, a0)), da);

        Steps(gradients.Input!, 1, 2).Should().Print("-2.07101689 -0.59255627 0.02466855 0.01483317");
        new[] { gradients.InitialState["h"].ToMatrix()[2, 3] }.Should().Print("-0.314942375127");
        new[] { gradients["weight_ih"][3, 1] }.Should().Print("11.2641044965");
        new[] { gradients["weight_hh"][1, 2] }.Should().Print("2.30333312658");
        new[] { gradients["bias"][4, 0] }.Should().Print("-0.74747722");
    }

    [Fact]
    public void lstm_cell_backward()
    {
        LstmCell<T> cell = DrawLstmCell(out Matrix<T> xt, out Matrix<T> aPrev, out Matrix<T> cPrev, out _);
        Matrix<T> da = Draw(5, 10);
        Matrix<T> dc = Draw(5, 10);

        LstmCellGradients<T> gradients = cell.Backward(cell.Forward(xt, aPrev, cPrev), da, dc);

        new[] { gradients.Input[1, 2] }.Should().Print("3.23055911511");
        new[] { gradients.PreviousHiddenState[2, 3] }.Should().Print("-0.0639621419711");
        new[] { gradients.PreviousCellState[2, 3] }.Should().Print("0.797522038797");
        NotebookLstmWeights<T> d = NotebookLstmWeights<T>.FromGradients(gradients.Parameters);
        new[] { d.Wf[3, 1], d.Wi[1, 2], d.Wc[3, 1], d.Wo[1, 2] }.Should().Print("-0.147954838164 1.05749805523 2.30456216369 0.331311595289");
        new[] { d.Bf[4, 0], d.Bi[4, 0], d.Bc[4, 0], d.Bo[4, 0] }.Should().Print("0.18864637 -0.40142491 0.25587763 0.13893342");
    }

    [Fact]
    public void lstm_backward()
    {
        Sequence<T> x = DrawSequence(3, 10, 7);
        Matrix<T> a0 = Draw(5, 10);
        LstmCell<T> cell = DrawLstm(head: false, out _);
        Sequence<T> da = DrawSequence(5, 10, 4);

        // The gradient covers the first 4 of the 7 steps.
        Gradients<T> gradients = cell.Layer.Backward(cell.Layer.Forward(FirstSteps(x, 4), StateOf(cell.Layer, a0)), da);

        Steps(gradients.Input!, 1, 2).Should().Print("0.00218254 0.28205375 -0.48292508 -0.43281115");
        new[] { gradients.InitialState["h"].ToMatrix()[2, 3] }.Should().Print("0.312770310257");
        NotebookLstmWeights<T> d = NotebookLstmWeights<T>.FromGradients(gradients);
        new[] { d.Wf[3, 1], d.Wi[1, 2], d.Wc[3, 1], d.Wo[1, 2] }.Should().Print("-0.0809802310938 0.40512433093 -0.0793746735512 0.038948775763");
        new[] { d.Bf[4, 0], d.Bi[4, 0], d.Bc[4, 0], d.Bo[4, 0] }.Should().Print("-0.15745657 -0.50848333 -0.42510818 -0.17958196");
    }

    private static double Tolerance => typeof(T) == typeof(double) ? 1e-14 : 1e-6;

    private static Sequence<T> FirstSteps(Sequence<T> x, int steps) =>
        Sequence<T>.FromMatrices([.. Enumerable.Range(0, steps).Select(x.StepMatrix)]);

    private static State<T> StateOf(RecurrentLayer<T> layer, Matrix<T> a0)
    {
        State<T> state = layer.CreateState(a0.ColumnCount);
        state["h"].Set(a0);
        return state;
    }

    private static Matrix<T> Head(DenseLayer<T> head, Matrix<T> hidden) => head.Predict(Sequence<T>.FromMatrices([hidden])).StepMatrix(0);

    private static IEnumerable<T> Row(Matrix<T> matrix, int row) => matrix.Row(row);

    private static IEnumerable<double> Values(Matrix<T> matrix) => matrix.Enumerate().Select(double.CreateChecked);

    private static IEnumerable<T> Steps(Sequence<T> sequence, int feature, int example) =>
        Enumerable.Range(0, sequence.Steps).Select(t => sequence[feature, example, t]);

    private static Matrix<T> Convert(Matrix<double> matrix) => Matrix<T>.Build.Dense(matrix.RowCount, matrix.ColumnCount, (i, j) => T.CreateChecked(matrix[i, j]));

    private Matrix<T> Draw(int rows, int columns) => Convert(_random.RandN(rows, columns));

    private Sequence<T> DrawSequence(int features, int batch, int steps) => _random.RandN(features, batch, steps).ConvertTo<T>();

    private RnnCell<T> DrawRnn(bool recurrentFirst, bool head, out DenseLayer<T> dense)
    {
        var cell = new RnnCell<T>(3, 5);
        if (recurrentFirst) cell.Layer.RecurrentWeights.Set(Draw(5, 5));
        cell.Layer.InputWeights.Set(Draw(5, 3));
        if (!recurrentFirst) cell.Layer.RecurrentWeights.Set(Draw(5, 5));
        dense = new DenseLayer<T>(5, 2);
        if (head) dense.Weights.Set(Draw(2, 5));
        cell.Layer.Bias.Set(Draw(5, 1));
        if (head) dense.Bias.Set(Draw(2, 1));
        return cell;
    }

    private LstmCell<T> DrawLstmCell(out Matrix<T> xt, out Matrix<T> aPrev, out Matrix<T> cPrev, out DenseLayer<T> head)
    {
        xt = Draw(3, 10);
        aPrev = Draw(5, 10);
        cPrev = Draw(5, 10);
        return DrawLstm(head: true, out head);
    }

    private LstmCell<T> DrawLstm(bool head, out DenseLayer<T> dense)
    {
        Matrix<T> wf = Draw(5, 8);
        Matrix<T> bf = Draw(5, 1);
        Matrix<T> wi = Draw(5, 8);
        Matrix<T> bi = Draw(5, 1);
        Matrix<T> wo = Draw(5, 8);
        Matrix<T> bo = Draw(5, 1);
        Matrix<T> wc = Draw(5, 8);
        Matrix<T> bc = Draw(5, 1);
        var cell = new LstmCell<T>(3, 5);
        new NotebookLstmWeights<T>(wf, bf, wi, bi, wc, bc, wo, bo).ApplyTo(cell.Layer);
        dense = new DenseLayer<T>(5, 2);
        if (head)
        {
            dense.Weights.Set(Draw(2, 5));
            dense.Bias.Set(Draw(2, 1));
        }

        return cell;
    }
}

/// <summary>The seeded cases in double precision.</summary>
public sealed class NotebookDoubleTests : NotebookTests<double>;

/// <summary>The seeded cases in single precision.</summary>
public sealed class NotebookSingleTests : NotebookTests<float>;

/// <summary>
/// Compares with printed numbers: within half a unit of the last printed digit, and 2e-15 relative to max(1, |value|) for those printed with
/// 16 or 17 digits, whose last digits come from rounding. (1 - a² of a saturated unit amplifies the rounding error of its tanh: dWax[3][1] of
/// rnn_cell_backward, computed with 50 digits, is 0.41077282493545884, and not the 0.41077282493545836 that is printed.)
/// In float 1e-5 more.
/// </summary>
internal static class PrintedAssertions
{
    public static void Print<T>(this FluentAssertions.Collections.GenericCollectionAssertions<T> actual, string printed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        string[] expected = printed.Split(' ');
        actual.HaveCount(expected.Length);
        int i = 0;
        foreach (T value in actual.Subject)
        {
            double number = double.Parse(expected[i], CultureInfo.InvariantCulture);
            int decimals = expected[i].Length - expected[i].IndexOf('.', StringComparison.Ordinal) - 1;
            double tolerance = 0.5 * Math.Pow(10, -decimals) + 2e-15 * Math.Max(1, Math.Abs(number));
            if (typeof(T) == typeof(float)) tolerance += 1e-5 * Math.Max(1, Math.Abs(number));
            double.CreateChecked(value).Should().BeApproximately(number, tolerance, "value {0} is printed as {1}", i, expected[i]);
            i++;
        }
    }
}

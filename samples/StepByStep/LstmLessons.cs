using MathNet.Numerics.LinearAlgebra;
using RnnSharp;
using RnnSharp.Layers;
using RnnSharp.Notebook;
using RnnSharp.Recurrent;
using RnnSharp.Training;

namespace StepByStep;

/// <summary>Long short-term memory, forward and backward.</summary>
internal static class LstmLessons
{
    public static void CellForward(Walk walk)
    {
        walk.Text("An LSTM cell has a second memory, the cell state c, with no weights in its way. Three gates between 0 and 1 decide what c forgets, what is added to it, and what of it is shown as a. [a; x] is the state stacked on the input.");
        walk.Equations(
            "f = σ(Wf [a⟨t-1⟩; x⟨t⟩] + bf)     forget",
            "i = σ(Wi [a⟨t-1⟩; x⟨t⟩] + bi)     update",
            "c̃ = tanh(Wc [a⟨t-1⟩; x⟨t⟩] + bc)  candidate",
            "c⟨t⟩ = f ∘ c⟨t-1⟩ + i ∘ c̃",
            "o = σ(Wo [a⟨t-1⟩; x⟨t⟩] + bo)     output",
            "a⟨t⟩ = o ∘ tanh(c⟨t⟩)             ŷ⟨t⟩ = softmax(Wy a⟨t⟩ + by)");
        walk.Run(new NumpyRandom(1), out NumpyRandom random);
        walk.Run(random.RandN(3, 10), out Matrix<double> xt);
        walk.Run(random.RandN(5, 10), out Matrix<double> aPrev);
        walk.Run(random.RandN(5, 10), out Matrix<double> cPrev);
        walk.Text("The weights come in the order Wf, bf, Wi, bi, Wo, bo, Wc, bc. NotebookLstmWeights puts them into an LstmLayer, which stacks the gates.");
        walk.Run(Arrays.LstmCell(random), out LstmCell<double> cell);
        walk.Run(Arrays.Head(random.RandN(2, 5), random.RandN(2, 1)), out DenseLayer<double> head);
        walk.Run(cell.Forward(xt, aPrev, cPrev), out LstmCellPass<double> pass);
        walk.Run(head.Softmax(Sequence<double>.FromMatrices([pass.HiddenState])).StepMatrix(0), out Matrix<double> yt);
        walk.Expect("a_next[4]", pass.HiddenState.Row(4), "-0.66408471 0.0036921 0.02088357 0.22834167 -0.85575339 0.00138482 0.76566531 0.34631421 -0.00215674 0.43827275");
        walk.Expect("a_next.shape", pass.HiddenState.Shape(), "5 10");
        walk.Expect("c_next[2]", pass.CellState.Row(2), "0.63267805 1.00570849 0.35504474 0.20690913 -1.64566718 0.11832942 0.76449811 -0.0981561 -0.74348425 -0.26810932");
        walk.Expect("c_next.shape", pass.CellState.Shape(), "5 10");
        walk.Expect("yt[1]", yt.Row(1), "0.79913913 0.15986619 0.22412122 0.15606108 0.97057211 0.31146381 0.00943007 0.12666353 0.39380172 0.07828381");
        walk.Expect("yt.shape", yt.Shape(), "2 10");
        walk.Text("The pass has the gates too. From them, c⟨t⟩ comes out again:");
        walk.Run(pass.ForgetGate.PointwiseMultiply(pass.PreviousCellState), out Matrix<double> kept);
        walk.Run(pass.InputGate.PointwiseMultiply(pass.Candidate), out Matrix<double> added);
        walk.Confirm((kept + added - pass.CellState).InfinityNorm() < 1e-14, "f ∘ c⟨t-1⟩ + i ∘ c̃ equals c⟨t⟩");
    }

    public static void Forward(Walk walk)
    {
        walk.Text("An LstmLayer applies the cell over a sequence. The state is now a and c.");
        walk.Equations("for t = 1 … T:  a⟨t⟩, c⟨t⟩, ŷ⟨t⟩ = cell(x⟨t⟩, a⟨t-1⟩, c⟨t-1⟩)");
        walk.Run(new NumpyRandom(1), out NumpyRandom random);
        walk.Run(random.RandN(3, 10, 7), out Sequence<double> x);
        walk.Run(random.RandN(5, 10), out Matrix<double> a0);
        walk.Run(Arrays.LstmCell(random).Layer, out LstmLayer<double> layer);
        walk.Run(Arrays.Head(random.RandN(2, 5), random.RandN(2, 1)), out DenseLayer<double> head);
        walk.Run(layer.Forward(x, layer.StateOf(a0)), out ForwardPass<double> pass);
        walk.Run(head.Softmax(pass.Output), out Sequence<double> y);
        walk.Expect("a[4][3][6]", pass.Output[4, 3, 6], "0.1721177675329167");
        walk.Expect("a.shape", pass.Output.Shape(), "5 10 7");
        walk.Expect("y[1][4][3]", y[1, 4, 3], "0.9508734618501101");
        walk.Expect("y.shape", y.Shape(), "2 10 7");
        walk.Text("A layer keeps the last state. For c after two steps, run two steps:");
        walk.Run(layer.Forward(x.SliceSteps(0, 2), layer.StateOf(a0)), out ForwardPass<double> two);
        walk.Expect("c[1][2][1]", two.FinalState["c"].ToMatrix()[1, 2], "-0.8555449167181983");
        walk.Expect("caches[1][1][1]", pass.Input.Slice(1, 1), "0.82797464 0.23009474 0.76201118 -0.22232814 -0.20075807 0.18656139 0.41005165");
        walk.Erratum("The notebook always starts from c⟨0⟩ = 0. Here both a⟨0⟩ and c⟨0⟩ can be given, so that a sequence can go on where another has ended: the last five steps from the state after two end like the seven in one go.");
        walk.Run(layer.Forward(x.SliceSteps(2, 5), two.FinalState), out ForwardPass<double> rest);
        walk.Confirm(rest.Output.StepMatrix(4).Equals(pass.Output.StepMatrix(6)), "2 + 5 steps equal 7 steps, to the last bit");
    }

    public static void CellBackward(Walk walk)
    {
        walk.Text("Backward through one step of the LSTM: the gradients da and dc arrive, meet in c⟨t⟩, and go on through the gates. dc leaves towards the step before by a mere product with f: that is why an LSTM remembers for longer.");
        walk.Equations(
            "dc = dc⟨t⟩ + da⟨t⟩ ∘ o ∘ (1 - tanh² c⟨t⟩)",
            "do = da⟨t⟩ ∘ tanh c⟨t⟩ ∘ o(1-o)   dc̃ = dc ∘ i ∘ (1 - c̃²)",
            "di = dc ∘ c̃ ∘ i(1-i)              df = dc ∘ c⟨t-1⟩ ∘ f(1-f)",
            "dc_prev = dc ∘ f                  [da_prev; dxt] = Wfᵀ df + Wiᵀ di + Wcᵀ dc̃ + Woᵀ do",
            "dWf = df [a⟨t-1⟩; x⟨t⟩]ᵀ          dbf = Σ over the examples of df, and so on");
        walk.Run(new NumpyRandom(1), out NumpyRandom random);
        walk.Run(random.RandN(3, 10), out Matrix<double> xt);
        walk.Run(random.RandN(5, 10), out Matrix<double> aPrev);
        walk.Run(random.RandN(5, 10), out Matrix<double> cPrev);
        walk.Run(Arrays.LstmCell(random), out LstmCell<double> cell);
        walk.Run(() => random.RandN(2, 5));
        walk.Run(() => random.RandN(2, 1));
        walk.Run(random.RandN(5, 10), out Matrix<double> da);
        walk.Run(random.RandN(5, 10), out Matrix<double> dc);
        walk.Run(cell.Backward(cell.Forward(xt, aPrev, cPrev), da, dc), out LstmCellGradients<double> gradients);
        walk.Expect("dxt[1][2]", gradients.Input[1, 2], "3.23055911511");
        walk.Expect("da_prev[2][3]", gradients.PreviousHiddenState[2, 3], "-0.0639621419711");
        walk.Expect("dc_prev[2][3]", gradients.PreviousCellState[2, 3], "0.797522038797");
        walk.Text("NotebookLstmWeights also takes the gradients apart, gate by gate:");
        walk.Run(NotebookLstmWeights<double>.FromGradients(gradients.Parameters), out NotebookLstmWeights<double> d);
        walk.Expect("dWf[3][1]", d.Wf[3, 1], "-0.147954838164");
        walk.Expect("dWi[1][2]", d.Wi[1, 2], "1.05749805523");
        walk.Expect("dWc[3][1]", d.Wc[3, 1], "2.30456216369");
        walk.Expect("dWo[1][2]", d.Wo[1, 2], "0.331311595289");
        walk.Expect("dbf, dbi, dbc, dbo [4]", [d.Bf[4, 0], d.Bi[4, 0], d.Bc[4, 0], d.Bo[4, 0]], "0.18864637 -0.40142491 0.25587763 0.13893342");
    }

    public static void Backward(Walk walk)
    {
        walk.Text("And through time. Two gradients are carried from step to step, da_prev and dc_prev. The notebook's da covers the first four of the seven steps.");
        walk.Equations("for t = 4 … 1:  da⟨t⟩ = da[:, :, t] + da_prev of step t+1,  dc⟨t⟩ = dc_prev of step t+1");
        walk.Run(new NumpyRandom(1), out NumpyRandom random);
        walk.Run(random.RandN(3, 10, 7), out Sequence<double> x);
        walk.Run(random.RandN(5, 10), out Matrix<double> a0);
        walk.Run(Arrays.LstmCell(random), out LstmCell<double> cell);
        walk.Run(random.RandN(5, 10, 4), out Sequence<double> da);
        walk.Run(cell.Layer.Forward(x.SliceSteps(0, 4), cell.Layer.StateOf(a0)), out ForwardPass<double> pass);
        walk.Run(cell.Layer.Backward(pass, da), out Gradients<double> gradients);
        walk.Run(NotebookLstmWeights<double>.FromGradients(gradients), out NotebookLstmWeights<double> d);
        walk.Expect("dx[1][2]", gradients.Input!.Slice(1, 2), "0.00218254 0.28205375 -0.48292508 -0.43281115");
        walk.Expect("dx.shape", gradients.Input!.Shape(), "3 10 4");
        walk.Expect("da0[2][3]", gradients.InitialState["h"].ToMatrix()[2, 3], "0.312770310257");
        walk.Expect("dWf[3][1]", d.Wf[3, 1], "-0.0809802310938");
        walk.Expect("dWi[1][2]", d.Wi[1, 2], "0.40512433093");
        walk.Expect("dWc[3][1]", d.Wc[3, 1], "-0.0793746735512");
        walk.Expect("dWo[1][2]", d.Wo[1, 2], "0.038948775763");
        walk.Expect("dbf, dbi, dbc, dbo [4]", [d.Bf[4, 0], d.Bi[4, 0], d.Bc[4, 0], d.Bo[4, 0]], "-0.15745657 -0.50848333 -0.42510818 -0.17958196");

        walk.Erratum("Older copies of the notebook drop the gradients that are carried from step to step. Each step backward on its own gives the values that they print:");
        (Sequence<double> dx, Matrix<double> da0, NotebookLstmWeights<double> older) = BackwardWithoutCarry(cell, x, a0, da);
        walk.Expect("older dx[1][2]", dx.Slice(1, 2), "-0.00173313 0.08287442 -0.30545663 -0.43281115");
        walk.Expect("older da0[2][3]", da0[2, 3], "-0.095911501954");
        walk.Expect("older dWf[3][1]", older.Wf[3, 1], "-0.0698198561274");
        walk.Expect("older dWi[1][2]", older.Wi[1, 2], "0.102371820249");
        walk.Expect("older dWc[3][1]", older.Wc[3, 1], "-0.0624983794927");
        walk.Expect("older dWo[1][2]", older.Wo[1, 2], "0.0484389131444");
        walk.Expect("older dbf, dbi, dbc, dbo [4]", [older.Bf[4, 0], older.Bi[4, 0], older.Bc[4, 0], older.Bo[4, 0]], "-0.0565788 -0.15399065 -0.29691142 -0.29798344");

        walk.Text("Which of the two is the gradient? Move every number a little and see what the loss Σ da ∘ a does (central differences):");
        walk.Run(GradientCheck.Run(cell.Layer, pass.Input, Loss(da), cell.Layer.StateOf(a0)), out GradientCheckResult check);
        walk.Confirm(check.RelativeError < 1e-6, FormattableString.Invariant($"{check.Checked} gradients of RnnSharp, the worst off by {check.RelativeError:0.0e+0}"));
    }

    /// <summary>The loss whose gradient with respect to the outputs is da: their sum, weighted by da.</summary>
    private static GradientCheckLoss<double> Loss(Sequence<double> da) => (pass, outputGradient, _) =>
    {
        da.Values.CopyTo(outputGradient.Values);
        double sum = 0;
        for (int i = 0; i < da.Values.Length; i++) sum += da.Values[i] * pass.Output.Values[i];
        return sum;
    };

    private static (Sequence<double> Dx, Matrix<double> Da0, NotebookLstmWeights<double> Weights) BackwardWithoutCarry(LstmCell<double> cell, Sequence<double> x, Matrix<double> a0, Sequence<double> da)
    {
        var steps = new List<LstmCellGradients<double>>();
        Matrix<double> a = a0, c = Matrix<double>.Build.Dense(a0.RowCount, a0.ColumnCount);
        for (int t = 0; t < da.Steps; t++)
        {
            LstmCellPass<double> pass = cell.Forward(x.StepMatrix(t), a, c);
            steps.Add(cell.Backward(pass, da.StepMatrix(t)));
            (a, c) = (pass.HiddenState, pass.CellState);
        }

        foreach (LstmCellGradients<double> step in steps.Skip(1)) steps[0].Parameters.Add(step.Parameters);
        return (Sequence<double>.FromMatrices([.. steps.Select(step => step.Input)]), steps[0].PreviousHiddenState, NotebookLstmWeights<double>.FromGradients(steps[0].Parameters));
    }
}

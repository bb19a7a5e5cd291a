using MathNet.Numerics.LinearAlgebra;
using RnnSharp;
using RnnSharp.Notebook;
using RnnSharp.Recurrent;

namespace StepByStep;

/// <summary>The plain recurrent network, forward and backward.</summary>
internal static class RnnLessons
{
    public static void CellForward(Walk walk)
    {
        walk.Text("A recurrent cell reads one time step. It has a memory, the hidden state a, and mixes it with the input x. A dense layer with softmax reads a prediction off the state.");
        walk.Equations("a⟨t⟩ = tanh(Waa a⟨t-1⟩ + Wax x⟨t⟩ + ba)", "ŷ⟨t⟩ = softmax(Wya a⟨t⟩ + by)");
        walk.Text("Ten examples of three features, one a column, and five hidden units, drawn as np.random.seed(1) and randn draw them:");
        walk.Run(new NumpyRandom(1), out NumpyRandom random);
        walk.Run(random.RandN(3, 10), out Matrix<double> xt);
        walk.Run(random.RandN(5, 10), out Matrix<double> aPrev);
        walk.Run(new RnnCell<double>(inputSize: 3, hiddenSize: 5), out RnnCell<double> cell);
        walk.Run(() => cell.Layer.RecurrentWeights.Set(random.RandN(5, 5)));
        walk.Run(() => cell.Layer.InputWeights.Set(random.RandN(5, 3)));
        walk.Run(random.RandN(2, 5), out Matrix<double> wya);
        walk.Run(() => cell.Layer.Bias.Set(random.RandN(5, 1)));
        walk.Run(random.RandN(2, 1), out Matrix<double> by);
        walk.Text("The call, and what the notebook prints:");
        walk.Run(cell.Forward(xt, aPrev), out RnnCellPass<double> pass);
        walk.Run(Arrays.Head(wya, by).Softmax(Sequence<double>.FromMatrices([pass.HiddenState])).StepMatrix(0), out Matrix<double> yt);
        walk.Expect("a_next[4]", pass.HiddenState.Row(4), "0.59584544 0.18141802 0.61311866 0.99808218 0.85016201 0.99980978 -0.18887155 0.99815551 0.6531151 0.82872037");
        walk.Expect("a_next.shape", pass.HiddenState.Shape(), "5 10");
        walk.Expect("yt_pred[1]", yt.Row(1), "0.9888161 0.01682021 0.21140899 0.36817467 0.98988387 0.88945212 0.36920224 0.9966312 0.9982559 0.17746526");
        walk.Expect("yt_pred.shape", yt.Shape(), "2 10");
    }

    public static void Forward(Walk walk)
    {
        walk.Text("Over a sequence, the same cell with the same weights is applied step after step; only the state moves on. An RnnLayer is that loop. A Sequence is the notebook's array of features, examples and steps.");
        walk.Equations("for t = 1 … T:  a⟨t⟩, ŷ⟨t⟩ = cell(x⟨t⟩, a⟨t-1⟩)");
        walk.Run(new NumpyRandom(1), out NumpyRandom random);
        walk.Run(random.RandN(3, 10, 4), out Sequence<double> x);
        walk.Run(random.RandN(5, 10), out Matrix<double> a0);
        walk.Run(new RnnLayer<double>(inputSize: 3, hiddenSize: 5), out RnnLayer<double> layer);
        walk.Run(() => layer.RecurrentWeights.Set(random.RandN(5, 5)));
        walk.Run(() => layer.InputWeights.Set(random.RandN(5, 3)));
        walk.Run(random.RandN(2, 5), out Matrix<double> wya);
        walk.Run(() => layer.Bias.Set(random.RandN(5, 1)));
        walk.Run(random.RandN(2, 1), out Matrix<double> by);
        walk.Text("The state begins with a⟨0⟩; the pass has every output, and remembers what Backward will need (the notebook's caches).");
        walk.Run(layer.Forward(x, layer.StateOf(a0)), out ForwardPass<double> pass);
        walk.Run(Arrays.Head(wya, by).Softmax(pass.Output), out Sequence<double> y);
        walk.Expect("a[4][1]", pass.Output.Slice(4, 1), "-0.99999375 0.77911235 -0.99861469 -0.99833267");
        walk.Expect("a.shape", pass.Output.Shape(), "5 10 4");
        walk.Expect("y_pred[1][3]", y.Slice(1, 3), "0.79560373 0.86224861 0.11118257 0.81515947");
        walk.Expect("y_pred.shape", y.Shape(), "2 10 4");
        walk.Expect("caches[1][1][3]", pass.Input.Slice(1, 3), "-1.1425182 -0.34934272 -0.20889423 0.58662319");
    }

    public static void CellBackward(Walk walk)
    {
        walk.Text("Backward through one step: the gradient of the loss arrives as da⟨t⟩ and leaves towards the input, the state before, and the weights. Since tanh' = 1 - tanh², all of them follow from dz.");
        walk.Equations("dz = da⟨t⟩ ∘ (1 - a⟨t⟩²)", "dxt = Waxᵀ dz     da_prev = Waaᵀ dz", "dWax = dz xtᵀ     dWaa = dz a_prevᵀ     dba = Σ over the examples of dz");
        walk.Run(new NumpyRandom(1), out NumpyRandom random);
        walk.Run(random.RandN(3, 10), out Matrix<double> xt);
        walk.Run(random.RandN(5, 10), out Matrix<double> aPrev);
        walk.Run(new RnnCell<double>(inputSize: 3, hiddenSize: 5), out RnnCell<double> cell);
        walk.Text("From here on the notebook draws Wax before Waa. Wya and by are drawn and not used.");
        walk.Run(() => cell.Layer.InputWeights.Set(random.RandN(5, 3)));
        walk.Run(() => cell.Layer.RecurrentWeights.Set(random.RandN(5, 5)));
        walk.Run(() => random.RandN(2, 5));
        walk.Run(() => cell.Layer.Bias.Set(random.RandN(5, 1)));
        walk.Run(() => random.RandN(2, 1));
        walk.Run(random.RandN(5, 10), out Matrix<double> da);
        walk.Run(cell.Backward(cell.Forward(xt, aPrev), da), out RecurrentCellGradients<double> gradients);
        walk.Expect("dxt[1][2]", gradients.Input[1, 2], "-1.3872130506020928");
        walk.Expect("da_prev[2][3]", gradients.PreviousHiddenState[2, 3], "-0.1523994937739543");
        walk.Expect("dWax[3][1]", gradients.InputWeights[3, 1], "0.41077282493545836");
        walk.Expect("dWaa[1][2]", gradients.RecurrentWeights[1, 2], "1.1503450668497135");
        walk.Expect("dba[4]", gradients.Bias[4, 0], "0.20023491");
        walk.Text("(The last digits of a number that NumPy prints in full come from the rounding of its sums; they count as equal within 2e-15.)");

        walk.Erratum("Older copies of the notebook draw the bias as b and then use ba, which is still that of rnn_forward above. With this stale bias come the values that they print:");
        var stale = new NumpyRandom(1);
        stale.RandN(3, 10, 4);
        stale.RandN(5, 10);
        stale.RandN(5, 5);
        stale.RandN(5, 3);
        stale.RandN(2, 5);
        cell.Layer.Bias.Set(stale.RandN(5, 1));
        gradients = cell.Backward(cell.Forward(xt, aPrev), da);
        walk.Expect("older dxt[1][2]", gradients.Input[1, 2], "-0.4605641030588796");
        walk.Expect("older da_prev[2][3]", gradients.PreviousHiddenState[2, 3], "0.08429686538067724");
        walk.Expect("older dWax[3][1]", gradients.InputWeights[3, 1], "0.39308187392193034");
        walk.Expect("older dWaa[1][2]", gradients.RecurrentWeights[1, 2], "-0.28483955786960663");
        walk.Expect("older dba[4]", gradients.Bias[4, 0], "0.80517166");
    }

    public static void Backward(Walk walk)
    {
        walk.Text("Backward through time: from the last step to the first. The state feeds both the output of its step and the next state, so two gradients meet in it: the one from outside and the one carried back.");
        walk.Equations("for t = T … 1:  da⟨t⟩ = da[:, :, t] + da_prev of step t+1", "the weights' gradients add up over the steps");
        walk.Run(new NumpyRandom(1), out NumpyRandom random);
        walk.Run(random.RandN(3, 10, 4), out Sequence<double> x);
        walk.Run(random.RandN(5, 10), out Matrix<double> a0);
        walk.Run(new RnnLayer<double>(inputSize: 3, hiddenSize: 5), out RnnLayer<double> layer);
        walk.Run(() => layer.InputWeights.Set(random.RandN(5, 3)));
        walk.Run(() => layer.RecurrentWeights.Set(random.RandN(5, 5)));
        walk.Run(() => random.RandN(2, 5));
        walk.Run(() => layer.Bias.Set(random.RandN(5, 1)));
        walk.Run(() => random.RandN(2, 1));
        walk.Run(random.RandN(5, 10, 4), out Sequence<double> da);
        walk.Run(layer.Forward(x, layer.StateOf(a0)), out ForwardPass<double> pass);
        walk.Run(layer.Backward(pass, da), out Gradients<double> gradients);
        walk.Expect("dx[1][2]", gradients.Input!.Slice(1, 2), "-2.07101689 -0.59255627 0.02466855 0.01483317");
        walk.Expect("dx.shape", gradients.Input!.Shape(), "3 10 4");
        walk.Expect("da0[2][3]", gradients.InitialState["h"].ToMatrix()[2, 3], "-0.314942375127");
        walk.Expect("dWax[3][1]", gradients["weight_ih"][3, 1], "11.2641044965");
        walk.Expect("dWaa[1][2]", gradients["weight_hh"][1, 2], "2.30333312658");
        walk.Expect("dba[4]", gradients["bias"][4, 0], "-0.74747722");
    }
}

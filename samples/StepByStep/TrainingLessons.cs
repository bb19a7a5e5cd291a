using MathNet.Numerics.LinearAlgebra;
using RnnSharp;
using RnnSharp.Layers;
using RnnSharp.Notebook;
using RnnSharp.Recurrent;
using RnnSharp.Training;

namespace StepByStep;

/// <summary>What turns gradients into a model that writes: Adam, clipping, sampling, and a training step. The cases are those of the notebooks around this one.</summary>
internal static class TrainingLessons
{
    public static void Adam(Walk walk)
    {
        walk.Text("Adam keeps two running means for each weight: v of the gradient and s of its square. A step is their ratio, so that every weight moves by about the learning rate.");
        walk.Equations("v = β1 v + (1-β1) g     s = β2 s + (1-β2) g²", "v̂ = v / (1-β1ᵗ)         ŝ = s / (1-β2ᵗ)", "W = W - lr v̂ / (√ŝ + ε)");
        walk.Run(new NumpyRandom(1), out NumpyRandom random);
        walk.Run(new DenseLayer<double>(inputSize: 3, outputSize: 2), out DenseLayer<double> layer);
        walk.Run(() => layer.Weights.Set(random.RandN(2, 3)));
        walk.Run(() => layer.Bias.Set(random.RandN(2, 1)));
        walk.Run(() => random.RandN(12, 1));
        walk.Text("(W1 and b1; W2 and b2 are passed over.) The course's test takes the gradients dW1 and db1 as the second step, after a first of zero:");
        walk.Run(new Adam<double>(learningRate: 0.01), out Adam<double> adam);
        walk.Run(layer.CreateGradients(), out Gradients<double> gradients);
        walk.Run(() => adam.Step(layer, gradients));
        walk.Run(() => random.RandN(2, 3).ToColumnMajorArray().CopyTo(gradients.Values(0)));
        walk.Run(() => random.RandN(2, 1).ToColumnMajorArray().CopyTo(gradients.Values(1)));
        walk.Run(() => adam.Step(layer, gradients));
        walk.Expect("W1", layer.Weights.ToMatrix().ToRowMajorArray(), "1.63178673 -0.61919778 -0.53561312 -1.08040999 0.85796626 -2.29409733");
        walk.Expect("b1", layer.Bias.ToMatrix().Column(0), "1.75225313 -0.75376553");

        walk.Erratum("The notebook's formula has ε inside the root, lr v̂ / √(ŝ + ε). The published one, PyTorch's and that of the course's own test is lr v̂ / (√ŝ + ε). It matters where gradients are small: with g = 10⁻⁶, the first step is");
        walk.Expect("published", FirstStep(AdamEpsilon.OutsideRoot), "0.00990099");
        walk.Expect("notebook's", FirstStep(AdamEpsilon.InsideRoot), "0.000099995");
    }

    public static void Clip(Walk walk)
    {
        walk.Text("The next notebook, Dinosaur Island, trains a network that writes names. Gradients through many steps can explode, so they are limited first.");
        walk.Equations("clip(g) = min(max(g, -10), 10)   for each number");
        walk.Run(new NumpyRandom(3), out NumpyRandom random);
        walk.Run(new LayerStack<double>(new RnnLayer<double>(3, 5), new DenseLayer<double>(5, 2)), out LayerStack<double> model);
        walk.Run(model.CreateGradients(), out Gradients<double> gradients);
        walk.Text("Its gradients are ten times randn:");
        walk.Run(() => Draw(gradients, random));
        walk.Run(gradients.Norm(), out double norm);
        walk.Run(() => GradientClipping.ByValue(gradients, limit: 10));
        walk.Expect("dWaa[1][2]", gradients["0.weight_hh"][1, 2], "10.0");
        walk.Expect("dWax[3][1]", gradients["0.weight_ih"][3, 1], "-10.0");
        walk.Expect("dWya[1][2]", gradients["1.weight"][1, 2], "0.29713815361");
        walk.Expect("db[4]", gradients["0.bias"][4, 0], "10.");
        walk.Expect("dby[1]", gradients["1.bias"][1, 0], "8.45833407");
        walk.Text(FormattableString.Invariant($"Clipping each number changes the direction. GradientClipping.ByNorm scales them all (their norm was {norm:0.0} before), which is what a Trainer does with MaxGradientNorm."));
    }

    public static void Sample(Walk walk)
    {
        walk.Text("To write, draw the next character from ŷ⟨t⟩ and feed it back as x⟨t+1⟩, until the end of the line, character 0, or 50 characters.");
        walk.Equations("x⟨t+1⟩ ~ ŷ⟨t⟩ = softmax(Wya a⟨t⟩ + by)");
        walk.Run(new NumpyRandom(2), out NumpyRandom random);
        walk.Run(DrawModel(random, recurrent: 100, characters: 27), out LayerStack<double> model);
        walk.Run(SampleCharacters(model, end: 0), out int[] drawn);
        walk.Expect("the first 40 characters", drawn.Take(40), "12 17 24 14 13 9 10 22 24 6 13 11 12 6 21 15 21 14 3 2 1 21 18 24 7 25 6 25 18 10 16 2 3 8 15 12 11 7 1 12");
        walk.Erratum("The notebook compares all 50. But in this untrained network a difference grows with every step: after about 43, rounding errors have become large enough to draw another character, so that the last ones depend on the order in which a library adds.");
        walk.Text("LanguageModel.Generate does all this; samples/DinosaurNames learns names with it.");
    }

    public static void Optimize(Walk walk)
    {
        walk.Text("One step of training puts everything together: forward, loss, backward, clip, update. The network is to say after each character of a name which one comes next.");
        walk.Equations("L = -Σ over t of ln ŷ⟨t⟩ of the right character", "dL/dz = ŷ - onehot     (softmax and logarithm in one)");
        walk.Run(new NumpyRandom(1), out NumpyRandom random);
        walk.Run(random.RandN(100, 1), out Matrix<double> aPrev);
        walk.Run(DrawModel(random, recurrent: 100, characters: 27), out LayerStack<double> model);
        walk.Run(Sequence<double>.FromTokens([[12, 3, 5, 11, 22, 3]], features: 27), out Sequence<double> x);
        walk.Run(Sequence<double>.FromTokens([[4, 14, 11, 22, 25, 26]], features: 27), out Sequence<double> y);
        walk.Run(model.CreateState(1), out State<double> state);
        walk.Run(() => state.LeavesNamed("h")[0].Set(aPrev));
        walk.Run(model.Forward(x, state), out ForwardPass<double> pass);
        walk.Run(new Sequence<double>(27, 1, 6), out Sequence<double> dz);
        walk.Run(SoftmaxCrossEntropy.Compute(pass.Output, y, dz, LossReduction.Sum), out LossValue loss);
        walk.Run(model.Backward(pass, dz), out Gradients<double> gradients);
        walk.Run(() => GradientClipping.ByValue(gradients, limit: 5));
        walk.Run(() => new Sgd<double>(learningRate: 0.01).Step(model, gradients));
        walk.Expect("Loss", loss.Sum, "126.503975722");
        walk.Expect("dWaa[1][2]", gradients["0.weight_hh"][1, 2], "0.194709315347");
        walk.Expect("argmax(dWax)", [IndexOfMax(gradients["0.weight_ih"].ToRowMajorArray())], "93");
        walk.Expect("dWya[1][2]", gradients["1.weight"][1, 2], "-0.007773876032");
        walk.Expect("db[4]", gradients["0.bias"][4, 0], "-0.06809825");
        walk.Expect("dby[1]", gradients["1.bias"][1, 0], "0.01538192");
        walk.Expect("a_last[4]", pass.FinalState.LeavesNamed("h")[0].ToMatrix()[4, 0], "-1.");
        walk.Text("A Trainer repeats this, with batches, validation, schedules and checkpoints.");
    }

    private static double FirstStep(AdamEpsilon placement)
    {
        var layer = new DenseLayer<double>(1, 1);
        layer.Weights.Set([0]);
        Gradients<double> gradients = layer.CreateGradients();
        gradients.Values(0)[0] = 1e-6;
        new Adam<double>(learningRate: 0.01, epsilonPlacement: placement).Step(layer, gradients);
        return -layer.Weights.Values[0];
    }

    /// <summary>dWax, dWaa, dWya, db, dby, drawn in this order.</summary>
    private static void Draw(Gradients<double> gradients, NumpyRandom random)
    {
        foreach ((string name, int rows, int columns) in new[] { ("0.weight_ih", 5, 3), ("0.weight_hh", 5, 5), ("1.weight", 2, 5), ("0.bias", 5, 1), ("1.bias", 2, 1) })
            (10 * random.RandN(rows, columns)).ToColumnMajorArray().CopyTo(gradients.Values(gradients.Names.ToList().IndexOf(name)));
    }

    /// <summary>Wax, Waa, Wya, b, by, drawn in this order.</summary>
    private static LayerStack<double> DrawModel(NumpyRandom random, int recurrent, int characters)
    {
        var layer = new RnnLayer<double>(characters, recurrent);
        var head = new DenseLayer<double>(recurrent, characters);
        layer.InputWeights.Set(random.RandN(recurrent, characters));
        layer.RecurrentWeights.Set(random.RandN(recurrent, recurrent));
        head.Weights.Set(random.RandN(characters, recurrent));
        layer.Bias.Set(random.RandN(recurrent, 1));
        head.Bias.Set(random.RandN(characters, 1));
        return new(layer, head);
    }

    /// <summary>The notebook's sample(): the first input is zero, and every draw has a seed of its own, twice the number of the step.</summary>
    private static int[] SampleCharacters(LayerStack<double> model, int end)
    {
        const int Longest = 50;
        State<double> state = model.CreateState(1);
        var drawn = new List<int>();
        double[] scores = new double[model.OutputSize], probabilities = new double[model.OutputSize];
        for (int character = Sequence<double>.ZeroToken; character != end && drawn.Count < Longest; drawn.Add(character))
        {
            model.Step(StepInput<double>.Tokens([character]), state, scores);
            RnnSharp.Numerics.Softmax.Column<double>(scores, probabilities);
            character = new NumpyRandom((uint)(2 * drawn.Count)).Choice(probabilities.Length, probabilities);
        }

        return drawn.Count == Longest ? [.. drawn, end] : [.. drawn];
    }

    private static int IndexOfMax(double[] values) => Array.IndexOf(values, values.Max());
}

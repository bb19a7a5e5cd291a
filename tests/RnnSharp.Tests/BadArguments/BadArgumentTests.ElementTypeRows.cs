using ReadmeExamples;
using RnnSharp.Layers;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;
using RnnSharp.Training;

namespace RnnSharp.Tests;

/// <summary>Element types other than float and double.</summary>
public sealed partial class BadArgumentTests
{
    private static Row[] ElementTypes()
    {
        return
        [
            Half("Sequence.new(features, batch, steps)", () => _ = new Sequence<Half>(1, 1, 1)),
            Half("Sequence.ForTokens(features, batch, steps)", () => Sequence<Half>.ForTokens(1, 1, 1)),
            Half("Sequence.FromBatchFirst(values)", () => Sequence<Half>.FromBatchFirst(new Half[1, 1, 1])),
            Half("Sequence.FromArray(values)", () => Sequence<Half>.FromArray(new Half[1, 1, 1])),
            Half("Sequence.FromSeries(ReadOnlySpan`1 values)", () => Sequence<Half>.FromSeries(new Half[1])),
            Half("Sequence.FromJagged(examples)", () => Sequence<Half>.FromJagged([[[(Half)1]]])),
            Half("Sequence.FromMatrices(steps)", () => Sequence<Half>.FromMatrices([])),
            Half("Sequence.FromTokens(examples, features)", () => Sequence<Half>.FromTokens([[0]], 1)),
            Half("Parameter.new(name, rows, columns)", () => _ = new Parameter<Half>("w", 1, 1)),
            Half("State.new(batch, leaves)", () => _ = new State<Half>(1, ("h", 1))),
            Half("LstmLayer.new(inputSize, hiddenSize, seed, options)", () => _ = new LstmLayer<Half>(1, 1)),
            Half("GruLayer.new(inputSize, hiddenSize, seed, options)", () => _ = new GruLayer<Half>(1, 1)),
            Half("CustomRecurrentLayer.new(inputSize, hiddenSize, seed, options)", () => _ = new CustomRecurrentLayer<Half, MinimalGatedUnit>(1, 1)),
            Half("RnnLayer.new(inputSize, hiddenSize, seed, activation, options)", () => _ = new RnnLayer<Half>(1, 1)),
            Half("DenseLayer.new(inputSize, outputSize, seed)", () => _ = new DenseLayer<Half>(1, 1)),
            Half("DropoutLayer.new(size, rate, seed, mask)", () => _ = new DropoutLayer<Half>(1, 0.5)),
            Half("ActivationLayer.new(size, activation)", () => _ = new ActivationLayer<Half>(1, Activation.Relu)),
            Half("LayerNormalizationLayer.new(size, epsilon)", () => _ = new LayerNormalizationLayer<Half>(1)),
            Half("PoolingLayer.new(size, kind)", () => _ = new PoolingLayer<Half>(1, Pooling.Last)),
            Half("LstmCell.new(inputSize, hiddenSize, seed)", () => _ = new LstmCell<Half>(1, 1)),
            Half("GruCell.new(inputSize, hiddenSize, seed)", () => _ = new GruCell<Half>(1, 1)),
            Half("RnnCell.new(inputSize, hiddenSize, seed, activation)", () => _ = new RnnCell<Half>(1, 1)),
            Half("Adam.new(learningRate, beta1, beta2, epsilon, weightDecay, epsilonPlacement, amsGrad, l2, groups)", () => _ = new Adam<Half>()),
            Half("ParameterGroup.new(contains, learningRateFactor, weightDecay)", () => _ = new ParameterGroup<Half>(_ => true)),
            Half("Softmax.Column(scores, probabilities)", () => Softmax.Column<Half>(new Half[1], new Half[1])),
            Half("Softmax.LogColumn(scores, logarithms)", () => Softmax.LogColumn<Half>(new Half[1], new Half[1])),
            Half("Elementwise.Map(source, target, op)", () => Elementwise.Map(new Half[1], new Half[1], default(NoOperator))),
            Half("Elementwise.Zip(x, y, target, op)", () => Elementwise.Zip(new Half[1], new Half[1], new Half[1], default(NoOperator))),
            Half(UpdateState, () => Elementwise.Update(new Half[1], new Half[1], new Half[1], default(NoOperator))),
            Half(UpdateTwoStates, () => Elementwise.Update(new Half[1], new Half[1], new Half[1], new Half[1], default(NoOperator))),
            Half(UpdateThreeStates, () => Elementwise.Update(new Half[1], new Half[1], new Half[1], new Half[1], new Half[1], default(NoOperator))),
            Half("Elementwise.Sum(source, op)", () => Elementwise.Sum(new Half[1], default(NoOperator))),
            Half("Sigmoid.Of(source, target)", () => Sigmoid.Of<Half>(new Half[1], new Half[1])),
        ];

        static Row Half(string member, Action call) => new(member, "T", ["float (System.Single) or double (System.Double)", "System.Half"], _ => call());
    }
}

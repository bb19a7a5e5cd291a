using System.Diagnostics;
using System.Reflection;
using FluentAssertions;
using MathNet.Numerics.LinearAlgebra;
using RnnSharp.Layers;
using RnnSharp.Notebook;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests;

/// <summary>What a debugger and a log show.</summary>
public sealed class DisplayTests
{
    [Fact]
    public void Sequences_states_and_parameters_show_their_shapes()
    {
        var x = new Sequence<float>(3, 2, 5);
        x.ToString().Should().Be("3 x 2 x 5 (features x batch x steps)");
        x.SetLengths([1, 2]);
        x.ToString().Should().Be("3 x 2 x 5 (features x batch x steps), ragged");
        Sequence<double>.ForTokens(27, 1, 4).ToString().Should().Be("27 x 1 x 4 (tokens of vocabulary x batch x steps)");

        var lstm = new LstmLayer<float>(3, 4, seed: 1);
        lstm.CreateState(2).ToString().Should().Be("h 4 x 2, c 4 x 2 (units x batch)");
        new LayerStack<float>(lstm, new GruLayer<float>(4, 5, seed: 1)).CreateState(2).ToString().Should().Be("0.h 4 x 2, 0.c 4 x 2, 1.h 5 x 2 (units x batch)");
        new DenseLayer<float>(3, 4, seed: 1).CreateState(2).ToString().Should().Be("no leaves, batch 2");
        lstm.CreateState(2)["c"].ToString().Should().Be("c 4 x 2 (units x batch)");

        lstm.InputWeights.ToString().Should().Be("weight_ih 16 x 3");
        lstm.InputWeights.Frozen = true;
        lstm.InputWeights.ToString().Should().Be("weight_ih 16 x 3, frozen");
    }

    [Fact]
    public void Layers_show_their_options_sizes_and_parts()
    {
        new LstmLayer<float>(3, 4, seed: 1).ToString().Should().Be("LstmLayer 3 -> 4");
        new LstmLayer<float>(3, 4, seed: 1, new LstmOptions { Peepholes = true, ProjectionSize = 2 }).ToString().Should().Be("LstmLayer (projection 2, peepholes) 3 -> 2");
        new DropoutLayer<float>(3, 0.5, seed: 1).ToString().Should().Be("DropoutLayer (0.5, each step) 3 -> 3");
        var stack = new LayerStack<float>(new EmbeddingLayer<float>(9, 3, seed: 1), new LayerStack<float>(new GruLayer<float>(3, 4, seed: 1), new DenseLayer<float>(4, 2, seed: 1)));
        stack.ToString().Should().Be("LayerStack 9 -> 2 [EmbeddingLayer 9 -> 3, LayerStack 3 -> 2]");
        Bidirectional.Of(seed => new GruLayer<float>(3, 4, seed), 1).ToString().Should().Be("BidirectionalLayer (concatenate) 3 -> 8 [GruLayer 3 -> 4, GruLayer 3 -> 4]");
        new RnnCell<float>(3, 4, seed: 1).ToString().Should().Be("RnnCell 3 -> 4");
    }

    [Fact]
    public void Passes_gradients_steppers_and_optimizers_show_what_they_are_of()
    {
        var gru = new GruLayer<float>(3, 4, seed: 1, new GruOptions { Bias = RecurrentBias.None });
        ForwardPass<float> pass = gru.CreatePass();
        pass.ToString().Should().Be("pass of GruLayer (no bias) 3 -> 4: empty");
        gru.Forward(new Sequence<float>(3, 2, 5), reuse: pass);
        pass.ToString().Should().Be("pass of GruLayer (no bias) 3 -> 4: 3 x 2 x 5 to 4 x 2 x 5 (features x batch x steps)");
        gru.CreateGradients().ToString().Should().Be("gradients of weight_ih 12 x 3, weight_hh 12 x 4");
        new PoolingLayer<float>(3, Pooling.Mean).CreateGradients().ToString().Should().Be("gradients of no parameters");
        Stepper<float> stepper = gru.CreateStepper(batch: 2);
        stepper.Step(new float[6]);
        stepper.ToString().Should().Be("GruLayer (no bias) 3 -> 4 at step 1, batch 2");
        StepInput<float>.Tokens([1, 2]).ToString().Should().Be("2 tokens");
        var file = new MemoryStream();
        ModelFile.Save(gru, file, new() { Metadata = new Dictionary<string, string> { ["unit"] = "volt" } });
        file.Position = 0;
        ModelFile.Load<float>(file).ToString().Should().Be("GruLayer (no bias) 3 -> 4, 1 metadata entries");
        NotebookLstmWeights<float>.From(new LstmLayer<float>(3, 4, seed: 1)).ToString().Should().Be("notebook weights of an LSTM 3 -> 4");
        NotebookRnnWeights<float>.From(new RnnLayer<float>(3, 4, seed: 1)).ToString().Should().Be("notebook weights of an RNN 3 -> 4");
        StepInput<float>.Features(new float[6]).ToString().Should().Be("6 features");
        var cell = new LstmCell<float>(3, 4, seed: 1);
        LstmCellPass<float> cellPass = cell.Forward(Zeros(3), Zeros(4), Zeros(4));
        cellPass.ToString().Should().StartWith("pass of LstmLayer 3 -> 4: 3 x 2 x 1");
        cell.Backward(cellPass, Zeros(4)).ToString().Should().Be("gradients of weight_ih 16 x 3, weight_hh 16 x 4, bias 16 x 1");

        new Adam<float>().ToString().Should().Be("Adam (learning rate 0.001, beta 0.9 and 0.999, epsilon 1E-08)");
        new Adam<float>(0.5, epsilonPlacement: AdamEpsilon.InsideRoot, weightDecay: 0.25).ToString().Should().Be("Adam (learning rate 0.5, beta 0.9 and 0.999, epsilon 1E-08 inside the root, weight decay 0.25)");
        new Sgd<float>(0.5).ToString().Should().Be("Sgd (learning rate 0.5)");
        new Sgd<float>(0.5, momentum: 0.75, weightDecay: 0.25, nesterov: true).ToString().Should().Be("Sgd (learning rate 0.5, Nesterov momentum 0.75, weight decay 0.25)");
        new Sgd<float>(0.5, momentum: 0.75, dampening: 0.25).ToString().Should().Be("Sgd (learning rate 0.5, momentum 0.75, dampening 0.25)");

        static Matrix<float> Zeros(int rows) => Matrix<float>.Build.Dense(rows, 2);
    }

    [Theory]
    [InlineData(typeof(Layer<>))]
    [InlineData(typeof(LstmLayer<>))]
    [InlineData(typeof(LayerStack<>))]
    [InlineData(typeof(ForwardPass<>))]
    [InlineData(typeof(Gradients<>))]
    [InlineData(typeof(Stepper<>))]
    [InlineData(typeof(LstmCell<>))]
    [InlineData(typeof(LstmCellPass<>))]
    [InlineData(typeof(Adam<>))]
    [InlineData(typeof(AdamW<>))]
    [InlineData(typeof(Sgd<>))]
    [InlineData(typeof(RmsProp<>))]
    [InlineData(typeof(Adagrad<>))]
    [InlineData(typeof(Lion<>))]
    [InlineData(typeof(WeightAverage<>))]
    [InlineData(typeof(Sequence<>))]
    [InlineData(typeof(State<>))]
    [InlineData(typeof(StateLeaf<>))]
    [InlineData(typeof(Parameter<>))]
    public void The_debugger_shows_the_same(Type type) =>
        type.GetCustomAttribute<DebuggerDisplayAttribute>()!.Value.Should().Be("{ToString(),nq}");
}

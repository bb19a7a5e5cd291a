using System.Numerics;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Tests.Recurrent;
using Xunit;

namespace RnnSharp.Tests.Layers;

/// <summary>A stack against its layers, called one after another by hand.</summary>
public sealed class LayerStackTests
{
    private const int Inputs = 5;
    private const int Steps = 4;

    [Fact]
    public void A_stack_equals_its_layers_one_after_another()
    {
        Check<float>();
        Check<double>();

        static void Check<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            LayerStack<T> stack = Stack<T>();
            var random = new Random(9);
            ForwardPass<T>? pass = null;
            Gradients<T>? gradients = null;
            foreach (int batch in (int[])[3, 7, 1])
            {
                foreach (Sequence<T> x in (Sequence<T>[])[Make.Sequence<T>(Inputs, batch, Steps, random), Make.Tokens<T>(Inputs, batch, Steps, random)])
                {
                    if (batch == 3) x.SetLengths([2, 0, 4]);
                    StackEqualsLayers(stack, x, random, ref pass, ref gradients);
                }
            }
        }
    }

    private static void StackEqualsLayers<T>(LayerStack<T> stack, Sequence<T> x, Random random, ref ForwardPass<T>? pass, ref Gradients<T>? gradients)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int batch = x.Batch;
        State<T> initial = Make.State(stack, batch, random), finalGradient = Make.State(stack, batch, random);
        Sequence<T> dy = Make.Sequence<T>(stack.OutputSize, batch, Steps, random);
        pass = stack.Forward(x, initial, pass);
        gradients = stack.Backward(pass, dy, finalGradient, reuse: gradients);

        var passes = new ForwardPass<T>[stack.Layers.Count];
        for (int i = 0; i < passes.Length; i++) passes[i] = stack.Layers[i].Forward(i == 0 ? x : passes[i - 1].Output, initial.Parts[i]);
        Bits.ShouldBeSame<T>(pass.Output.Values, passes[^1].Output.Values, "output");
        Sequence<T>? gradient = dy;
        int offset = gradients.Parameters.Count;
        for (int i = passes.Length - 1; i >= 0; i--)
        {
            Bits.ShouldBeSame(pass.FinalState.Parts[i], passes[i].FinalState, "final state");
            Gradients<T> part = stack.Layers[i].Backward(passes[i], gradient, finalGradient.Parts[i]);
            Bits.ShouldBeSame(gradients.InitialState.Parts[i], part.InitialState, "gradient of the initial state");
            offset -= part.Parameters.Count;
            for (int p = 0; p < part.Parameters.Count; p++) Bits.ShouldBeSame<T>(gradients.Values(offset + p), part.Values(p), gradients.Names[offset + p]);
            gradient = part.Input;
        }

        Gradients<T> declined = stack.Backward(pass, dy, finalGradient, inputGradient: false);
        declined.Input.Should().BeNull();
        for (int p = 0; p < declined.Parameters.Count; p++) Bits.ShouldBeSame<T>(declined.Values(p), gradients.Values(p), declined.Names[p]);
        if (gradient is null) gradients.Input.Should().BeNull();
        else Bits.ShouldBeSame<T>(gradients.Input!.Values, gradient.Values, "gradient of the input");

        State<T> state = initial.Clone();
        Bits.ShouldBeSame<T>(stack.Predict(x, state).Values, pass.Output.Values, "predicted output");
        Bits.ShouldBeSame(state, pass.FinalState, "predicted final state");
        if (x.IsRagged) return;
        state = initial.Clone();
        var output = new T[stack.OutputSize * batch];
        for (int t = 0; t < Steps; t++)
        {
            if (x.IsTokens) stack.Step(x.Tokens.Slice(t * batch, batch), state, output);
            else stack.Step(x.Step(t), state, output);
            Bits.ShouldBeSame<T>(output, pass.Output.Step(t), "output of a step");
        }

        Bits.ShouldBeSame(state, pass.FinalState, "state after the steps");
    }

    private static LayerStack<T> Stack<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        new(new LstmLayer<T>(Inputs, 17, seed: 1), new GruLayer<T>(17, 9, seed: 2), new DenseLayer<T>(9, 20, seed: 3), new RnnLayer<T>(20, 6, seed: 4), new DenseLayer<T>(6, 3, seed: 5));
}

using System.Numerics;
using RnnSharp.Tests.Layers;
using RnnSharp.Tests.Recurrent;

namespace RnnSharp.Tests.Catalogue;

/// <summary>The shape of a call: what the layer reads, for how many examples and steps, and whether one of several ragged examples is always empty.</summary>
internal sealed record CallShape(int Batch, int Steps, bool Tokens = false, bool Ragged = false, bool HasEmpty = false);

/// <summary>A layer of the catalogue and the arguments of its calls, drawn from a seed. Padding is NaN, which shows wherever it has an effect.</summary>
/// <typeparam name="T">float or double.</typeparam>
internal sealed class LayerCase<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly LayerRow<T> _row;

    public LayerCase(LayerRow<T> row, Layer<T> layer, CallShape shape, int seed = 1)
    {
        (_row, Layer) = (row, layer);
        var random = new Random(seed);
        int steps = row.InputSteps ?? shape.Steps;

        // The last token is never drawn, because a layer may give it a meaning of its own.
        Input = shape.Tokens ? Tokens(layer.InputSize, shape.Batch, steps, random) : Make.Sequence<T>(layer.InputSize, shape.Batch, steps, random);
        int[] lengths = [.. Enumerable.Range(0, shape.Batch).Select(_ => random.Next(steps + 1))];
        if (shape.Ragged)
        {
            if (shape.HasEmpty && shape.Batch > 1) lengths[seed % shape.Batch] = 0;
            Input.SetLengths(lengths);
            if (!shape.Tokens) Padding.Spoil(Input, lengths);
        }

        Initial = Make.State(layer, shape.Batch, random);
        FinalStateGradient = Make.State(layer, shape.Batch, random);
        Sequence<T> output = layer.Predict(Input);
        OutputGradient = Make.Sequence<T>(layer.OutputSize, shape.Batch, output.Steps, random);
        if (output.IsRagged) Padding.Spoil(OutputGradient, output.Lengths);
    }

    private LayerCase(LayerCase<T> other, Layer<T> layer)
    {
        (_row, Layer) = (other._row, layer);
        (Input, Initial, OutputGradient, FinalStateGradient) = (other.Input, other.Initial, other.OutputGradient, other.FinalStateGradient);
    }

    public Layer<T> Layer { get; }

    public Sequence<T> Input { get; }

    public State<T> Initial { get; }

    public Sequence<T> OutputGradient { get; }

    public State<T> FinalStateGradient { get; }

    /// <summary>The same arguments for another layer of the row.</summary>
    public LayerCase<T> On(Layer<T> layer) => new(this, layer);

    /// <summary>Forward with the masks of one draw, the same at every call.</summary>
    public ForwardPass<T> Forward(ForwardPass<T>? reuse = null)
    {
        ForwardPass<T> pass = reuse ?? Layer.CreatePass();
        pass.Draw = 0;
        return Layer.Forward(Input, Initial, pass);
    }

    public Gradients<T> Backward(ForwardPass<T> pass, bool inputGradient = true, bool accumulate = false, Gradients<T>? reuse = null) =>
        Layer.Backward(pass, OutputGradient, FinalStateGradient, inputGradient, accumulate, reuse);

    public Sequence<T> Predict(State<T> state, Sequence<T>? reuse = null)
    {
        state.CopyFrom(Initial);
        return Layer.Predict(Input, state, reuse);
    }

    /// <summary>One example's input without padding, where the layer takes any number of steps.</summary>
    public Sequence<T> InputOf(int example)
    {
        Sequence<T> alone = Input.Gather([example]);
        if (_row.InputSteps is not null) return alone;
        alone = alone.SliceSteps(0, alone.LengthOf(0));
        alone.ClearLengths();
        return alone;
    }

    /// <summary>One example's part of a state.</summary>
    public State<T> Of(State<T> state, int example)
    {
        State<T> alone = Layer.CreateState(1);
        alone.CopyExample(state, example, 0);
        return alone;
    }

    /// <summary>All steps one after another: their output, and in the given state the state after them.</summary>
    public T[] Steps(State<T> state)
    {
        state.CopyFrom(Initial);
        int batch = Input.Batch, size = Layer.OutputSize * batch;
        var output = new T[size * Input.Steps];
        for (int t = 0; t < Input.Steps; t++) Step(t, state, output.AsSpan(t * size, size));
        return output;
    }

    public void Step(int t, State<T> state, Span<T> output)
    {
        int batch = Input.Batch;
        if (Input.IsTokens) Layer.Step(Input.Tokens.Slice(t * batch, batch), state, output);
        else Layer.Step(Input.Step(t), state, output);
    }

    public ReadOnlySpan<T> Step(int t, Stepper<T> stepper)
    {
        int batch = Input.Batch;
        return Input.IsTokens ? stepper.Step(Input.Tokens.Slice(t * batch, batch)) : stepper.Step(Input.Step(t));
    }

    private static Sequence<T> Tokens(int vocabulary, int batch, int steps, Random random)
    {
        Sequence<T> tokens = Sequence<T>.ForTokens(vocabulary, batch, steps);
        for (int t = 0; t < steps; t++)
        {
            for (int j = 0; j < batch; j++) tokens.SetToken(j, t, random.Next(Math.Max(1, vocabulary - 1)));
        }

        return tokens;
    }
}

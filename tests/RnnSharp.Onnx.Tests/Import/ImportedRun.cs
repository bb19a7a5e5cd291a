using System.Numerics;
using FluentAssertions;

namespace RnnSharp.Onnx.Tests.Import;

/// <summary>Runs imported models on the tensors of a graph's inputs and compares the tensors of its outputs.</summary>
internal static class ImportedRun
{
    /// <summary>Runs a model and compares its outputs with those that another system computed.</summary>
    public static void Compare<T>(OnnxModel<T> model, IReadOnlyList<OnnxTensor> inputs, IReadOnlyList<OnnxTensor> outputs, double tolerance, string because)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Sequence<T> x = InputOf(model, inputs);
        State<T> state = model.CreateState(x.Batch);
        foreach (OnnxPort port in model.Inputs.Where(port => port.Kind == OnnxPortKind.State)) SetState(state, port, inputs.Single(tensor => string.Equals(tensor.Name, port.Name, StringComparison.Ordinal)));
        Sequence<T> y = model.Model.Predict(x, state);
        model.Outputs.Select(port => port.Name).Should().Equal(outputs.Select(tensor => tensor.Name), because);
        foreach (OnnxTensor expected in outputs)
        {
            OnnxPort port = model.Outputs.Single(output => string.Equals(output.Name, expected.Name, StringComparison.Ordinal));
            double[] actual = port.Kind == OnnxPortKind.State ? StateOf(state, port, expected) : ValuesOf(y, port, expected);
            actual.Should().HaveCount(expected.Values.Length, because);

            // Past an example's end the library has zeros, where a graph may have the biases of its last layers.
            bool[] isPadding = port.Kind == OnnxPortKind.Sequence && port.Axes.Contains(OnnxAxis.Steps) && x.IsRagged ? [.. Elements(expected).Select(element => At(port, element.Position, OnnxAxis.Steps) >= x.LengthOf(At(port, element.Position, OnnxAxis.Batch)))] : new bool[actual.Length];
            for (int i = 0; i < actual.Length; i++)
            {
                if (isPadding[i]) continue;
                double difference = Math.Abs(actual[i] - expected.Values[i]);
                if (!(difference <= tolerance * Math.Max(1, Math.Abs(expected.Values[i])))) difference.Should().BeLessThan(tolerance, $"{because}: {port.Name} [{i}] is {actual[i]}, expected {expected.Values[i]}");
            }
        }
    }

    /// <summary>The sequence that a graph's inputs are.</summary>
    public static Sequence<T> InputOf<T>(OnnxModel<T> model, IReadOnlyList<OnnxTensor> inputs)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        OnnxPort port = model.Inputs.Single(input => input.Kind is OnnxPortKind.Sequence or OnnxPortKind.Tokens);
        OnnxTensor tensor = inputs.Single(input => string.Equals(input.Name, port.Name, StringComparison.Ordinal));
        int steps = SizeOf(port, tensor, OnnxAxis.Steps), batch = SizeOf(port, tensor, OnnxAxis.Batch);
        bool isTokens = port.Kind == OnnxPortKind.Tokens;
        Sequence<T> sequence = isTokens ? Sequence<T>.ForTokens(model.Model.InputSize, batch, steps) : new Sequence<T>(model.Model.InputSize, batch, steps);
        foreach ((int[] position, double value) in Elements(tensor))
        {
            int step = At(port, position, OnnxAxis.Steps), example = At(port, position, OnnxAxis.Batch);
            if (isTokens) sequence.SetToken(example, step, (int)value);
            else sequence[At(port, position, OnnxAxis.Features), example, step] = T.CreateChecked(value);
        }

        if (model.Inputs.SingleOrDefault(input => input.Kind == OnnxPortKind.Lengths) is { } lengths)
            sequence.SetLengths([.. inputs.Single(input => string.Equals(input.Name, lengths.Name, StringComparison.Ordinal)).Values.Select(value => (int)value)]);
        else if (model.Lengths.Length > 0)
            sequence.SetLengths(model.Lengths.Span);
        return sequence;
    }

    private static double[] ValuesOf<T>(Sequence<T> y, OnnxPort port, OnnxTensor expected)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int directions = SizeOf(port, expected, OnnxAxis.Directions), features = y.Features / directions;
        return [.. Elements(expected).Select(element => double.CreateChecked(y[At(port, element.Position, OnnxAxis.Directions) * features + At(port, element.Position, OnnxAxis.Features), At(port, element.Position, OnnxAxis.Batch), At(port, element.Position, OnnxAxis.Steps)]))];
    }

    private static double[] StateOf<T>(State<T> state, OnnxPort port, OnnxTensor expected)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        [.. Elements(expected).Select(element => double.CreateChecked(state[port.Leaves[At(port, element.Position, OnnxAxis.Directions)]!].ToArray()[At(port, element.Position, OnnxAxis.Batch), At(port, element.Position, OnnxAxis.Features)]))];

    private static void SetState<T>(State<T> state, OnnxPort port, OnnxTensor given)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach ((int[] position, double value) in Elements(given))
        {
            StateLeaf<T> leaf = state[port.Leaves[At(port, position, OnnxAxis.Directions)]!];
            leaf.Values[At(port, position, OnnxAxis.Batch) * leaf.Size + At(port, position, OnnxAxis.Features)] = T.CreateChecked(value);
        }
    }

    private static int SizeOf(OnnxPort port, OnnxTensor tensor, OnnxAxis axis) => port.Axes.Contains(axis) ? tensor.Shape[port.Axes.ToList().IndexOf(axis)] : 1;

    private static int At(OnnxPort port, int[] position, OnnxAxis axis) => port.Axes.Contains(axis) ? position[port.Axes.ToList().IndexOf(axis)] : 0;

    private static IEnumerable<(int[] Position, double Value)> Elements(OnnxTensor tensor)
    {
        int[] position = new int[tensor.Shape.Length];
        foreach (double value in tensor.Values)
        {
            yield return (position, value);
            for (int axis = position.Length - 1; axis >= 0 && ++position[axis] == tensor.Shape[axis]; axis--) position[axis] = 0;
        }
    }
}

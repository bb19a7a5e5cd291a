using System.Numerics;
using System.Text.Json;
using FluentAssertions;
using MathNet.Numerics.LinearAlgebra;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Tests.References;

namespace RnnSharp.Tests.Recurrent;

/// <summary>A network of References/torch_networks.py, built of the library's layers, and the comparison with what PyTorch computed.</summary>
internal static class TorchNetwork
{
    /// <summary>Compares output, final states and the gradients of every parameter, the input and the initial state.</summary>
    /// <param name="golden">The case.</param>
    /// <param name="tolerance">Of each number, relative to the larger of 1 and its magnitude.</param>
    /// <param name="create">Makes one direction of one layer from its number of inputs.</param>
    public static void Compare<T>(JsonElement golden, double tolerance, Func<int, RecurrentLayer<T>> create)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int batch = golden.Integer("batch"), steps = golden.Integer("steps");
        (ILayer<T> network, Direction<T>[] directions) = Build(golden, create);
        foreach (Direction<T> direction in directions) SetParameters(direction, golden.GetProperty("parameters"));

        Sequence<T> x = golden.Sequence<T>("x", golden.Integer("inputs"), batch, steps);
        if (golden.Has("lengths")) x.SetLengths(golden.Integers("lengths"));
        State<T>? initial = StateOf(network, golden, "initial", batch);
        ForwardPass<T> pass = network.Forward(x, initial);
        GoldenCases.ShouldBeNear<T>(pass.Output.Values, golden.Values("output"), tolerance, "output");
        ShouldBeNear(pass.FinalState, golden.GetProperty("final"), tolerance, "final state");

        State<T> state = initial?.Clone() ?? network.CreateState(batch);
        GoldenCases.ShouldBeNear<T>(network.Predict(x, state).Values, golden.Values("output"), tolerance, "predicted output");
        ShouldBeNear(state, golden.GetProperty("final"), tolerance, "predicted final state");

        Sequence<T>? dy = golden.Has("output_gradient") ? golden.Sequence<T>("output_gradient", network.OutputSize, batch, steps) : null;
        Gradients<T> gradients = network.Backward(pass, dy, StateOf(network, golden, "final_gradient", batch));
        GoldenCases.ShouldBeNear<T>(gradients.Input!.Values, golden.Values("x_gradient"), tolerance, "gradient of the input");
        ShouldBeNear(gradients.InitialState, golden.GetProperty("initial_gradient"), tolerance, "gradient of the initial state");
        foreach (Direction<T> direction in directions) CompareGradients(direction, gradients, golden.GetProperty("parameter_gradients"), tolerance);
    }

    /// <summary>PyTorch's layers and directions as a stack of bidirectional layers, and each direction by itself.</summary>
    private static (ILayer<T> Network, Direction<T>[] Directions) Build<T>(JsonElement golden, Func<int, RecurrentLayer<T>> create)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        bool both = golden.Integer("directions") == 2;
        int count = golden.Integer("layers");
        var layers = new List<ILayer<T>>();
        var directions = new List<Direction<T>>();
        int inputs = golden.Integer("inputs");
        for (int k = 0; k < count; k++)
        {
            string prefix = count == 1 ? "" : $"{k}.";
            RecurrentLayer<T> forward = create(inputs);
            directions.Add(new Direction<T>(forward, both ? $"{prefix}forward." : prefix, $"_l{k}"));
            if (both)
            {
                RecurrentLayer<T> backward = create(inputs);
                directions.Add(new Direction<T>(backward, $"{prefix}backward.", $"_l{k}_reverse"));
                layers.Add(new BidirectionalLayer<T>(forward, backward));
            }
            else
            {
                layers.Add(forward);
            }

            inputs = layers[^1].OutputSize;
        }

        return (count == 1 ? layers[0] : new LayerStack<T>(layers), [.. directions]);
    }

    /// <summary>PyTorch has two biases. They are one here where they are only ever added: all of them but the candidate's of the GRU.</summary>
    private static void SetParameters<T>(Direction<T> direction, JsonElement golden)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (Parameter<T> parameter in direction.Layer.Parameters)
        {
            if (parameter.Name.StartsWith("weight", StringComparison.Ordinal)) parameter.Set(GoldenCases.Convert<T>(golden.Matrix(parameter.Name + direction.Suffix, parameter.Rows, parameter.Columns)));
        }

        int rows = direction.Layer.Bias.Rows;
        Matrix<double> input = golden.Matrix("bias_ih" + direction.Suffix, rows, 1), recurrent = golden.Matrix("bias_hh" + direction.Suffix, rows, 1);
        if (direction.Layer is GruLayer<T> gru)
        {
            int hidden = rows / 3;
            gru.CandidateBias!.Set(GoldenCases.Convert<T>(recurrent.SubMatrix(2 * hidden, hidden, 0, 1)));
            for (int i = 2 * hidden; i < rows; i++) recurrent[i, 0] = 0;
        }

        direction.Layer.Bias.Set(GoldenCases.Convert<T>(input + recurrent));
    }

    private static void CompareGradients<T>(Direction<T> direction, Gradients<T> gradients, JsonElement golden, double tolerance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (Parameter<T> parameter in direction.Layer.Parameters)
        {
            string name = direction.Prefix + parameter.Name;
            Matrix<double> expected = parameter.Name switch
            {
                "bias" => golden.Matrix("bias_ih" + direction.Suffix, parameter.Rows, 1),
                "bias_hn" => golden.Matrix("bias_hh" + direction.Suffix, 3 * parameter.Rows, 1).SubMatrix(2 * parameter.Rows, parameter.Rows, 0, 1),
                _ => golden.Matrix(parameter.Name + direction.Suffix, parameter.Rows, parameter.Columns),
            };
            GoldenCases.ShouldBeNear<T>(gradients[name].ToColumnMajorArray(), expected.ToColumnMajorArray(), tolerance, $"gradient of {name}");
        }
    }

    private static State<T>? StateOf<T>(ILayer<T> network, JsonElement golden, string name, int batch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (!golden.Has(name)) return null;
        State<T> state = network.CreateState(batch);
        foreach (JsonProperty kind in golden.GetProperty(name).EnumerateObject())
        {
            // PyTorch's [layers · directions, batch, units].
            ReadOnlySpan<T> values = GoldenCases.Convert<T>(kind.Value.Values());
            foreach (StateLeaf<T> leaf in state.LeavesNamed(kind.Name))
            {
                values[..leaf.Values.Length].CopyTo(leaf.Values);
                values = values[leaf.Values.Length..];
            }

            values.Length.Should().Be(0);
        }

        return state;
    }

    private static void ShouldBeNear<T>(State<T> actual, JsonElement expected, double tolerance, string what)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        expected.EnumerateObject().Select(kind => kind.Name).Should().BeEquivalentTo(actual.Leaves.Select(leaf => leaf.Name).Distinct());
        foreach (JsonProperty kind in expected.EnumerateObject())
        {
            T[] values = [.. actual.LeavesNamed(kind.Name).SelectMany(leaf => leaf.Values.ToArray())];
            GoldenCases.ShouldBeNear<T>(values, kind.Value.Values(), tolerance, $"{what} {kind.Name}");
        }
    }

    /// <summary>One direction of one layer.</summary>
    /// <param name="Layer">It alone.</param>
    /// <param name="Prefix">Before its parameters' names in the network.</param>
    /// <param name="Suffix">Behind its parameters' names in PyTorch.</param>
    private sealed record Direction<T>(RecurrentLayer<T> Layer, string Prefix, string Suffix)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}

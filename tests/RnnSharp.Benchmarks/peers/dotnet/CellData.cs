using System.Numerics;
using RnnSharp.Layers;
using RnnSharp.Recurrent;

namespace RnnSharp.Peers;

/// <summary>
/// The weights and data of a cell. They are RnnSharp's, with both of PyTorch's biases, so that <see cref="OutputCheck"/> can compare what a
/// library computes from them with what RnnSharp does.
/// </summary>
internal sealed class CellData<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Cell _cell;

    public CellData(Cell cell)
    {
        _cell = cell;
        Model = cell.IsBidirectional ? new LayerStack<T>(Both(cell.Inputs, 0), Both(2 * cell.Hidden, 2)) : Layer(cell.Inputs, 0);
        int steps = cell.Streams ? Cell.StreamSteps : cell.Steps;
        int batch = cell.Streams ? 1 : cell.Batch;
        Input = Gaussian(cell.Inputs, batch, steps, 0);
        OutputGradient = Gaussian(Model.OutputSize, batch, steps, 1);
        if (cell.Mode is not "ragged-train") return;
        Lengths = cell.Lengths();
        Input.SetLengths(Lengths);
        Input.ClearPadding();
    }

    public ILayer<T> Model { get; }

    /// <summary>Steps × batch × features, features contiguous. In the streaming modes, every step is a call.</summary>
    public Sequence<T> Input { get; }

    public Sequence<T> OutputGradient { get; }

    public int[]? Lengths { get; }

    /// <summary>The single recurrent layers by PyTorch's suffix: _l0, _l0_reverse, _l1, _l1_reverse.</summary>
    public IEnumerable<(string Suffix, RecurrentLayer<T> Layer)> Layers()
    {
        if (Model is not LayerStack<T> stack)
        {
            yield return ("_l0", (RecurrentLayer<T>)Model);
            yield break;
        }

        for (int i = 0; i < stack.Layers.Count; i++)
        {
            var both = (BidirectionalLayer<T>)stack.Layers[i];
            yield return ($"_l{i}", (RecurrentLayer<T>)both.ForwardLayer);
            yield return ($"_l{i}_reverse", (RecurrentLayer<T>)both.BackwardLayer);
        }
    }

    /// <summary>The output; when the cell trains, also the gradients of the input and, layer by layer, of the four parameters, in PyTorch's order.</summary>
    public double[][] Expected()
    {
        State<T> state = Model.CreateState(Input.Batch);
        if (!_cell.Mode.EndsWith("train", StringComparison.Ordinal)) return [Numbers(Model.Predict(Input, state).Values)];
        ForwardPass<T> pass = Model.Forward(Input, state);
        Gradients<T> gradients = Model.Backward(pass, OutputGradient);
        IEnumerable<double[]> parameters = gradients.Parameters.Select(parameter => Numbers(gradients[parameter].ToRowMajorArray()));
        return [Numbers(pass.Output.Values), Numbers(gradients.Input!.Values), .. parameters];
    }

    private static double[] Numbers(ReadOnlySpan<T> values)
    {
        double[] numbers = new double[values.Length];
        for (int i = 0; i < values.Length; i++) numbers[i] = double.CreateChecked(values[i]);
        return numbers;
    }

    private BidirectionalLayer<T> Both(int inputs, int seed) => new(Layer(inputs, seed), Layer(inputs, seed + 1));

    private RecurrentLayer<T> Layer(int inputs, int seed) => _cell.Kind switch
    {
        "lstm" => new LstmLayer<T>(inputs, _cell.Hidden, seed, options: new() { Bias = RecurrentBias.Separate }),
        "gru" => new GruLayer<T>(inputs, _cell.Hidden, seed, options: new() { Bias = RecurrentBias.Separate }),
        "rnn" => new RnnLayer<T>(inputs, _cell.Hidden, seed, options: new() { Bias = RecurrentBias.Separate }),
        _ => throw new InvalidDataException($"Expected lstm, gru or rnn, got {_cell.Kind}."),
    };

    private static Sequence<T> Gaussian(int features, int batch, int steps, int seed)
    {
        var sequence = new Sequence<T>(features, batch, steps);
        var random = new Random(seed);
        foreach (ref T value in sequence.Values) value = T.CreateChecked(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(Math.Tau * random.NextDouble()));
        return sequence;
    }
}

using System.Numerics;
using RnnSharp.Recurrent;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RnnSharp.Peers;

/// <summary>An LSTM, GRU or RNN of TorchSharp in libtorch's own layout, steps × batch × features.</summary>
internal sealed class TorchNetwork
{
    private readonly nn.Module _module;
    private readonly Cell _cell;
    private readonly ScalarType _type;
    private readonly int _layers;

    public TorchNetwork(Cell cell, ScalarType type)
    {
        _cell = cell;
        _type = type;
        bool both = cell.IsBidirectional;
        _layers = both ? 2 : 1;
        _module = cell.Kind switch
        {
            "lstm" => nn.LSTM(cell.Inputs, cell.Hidden, _layers, bidirectional: both, dtype: type),
            "gru" => nn.GRU(cell.Inputs, cell.Hidden, _layers, bidirectional: both, dtype: type),
            "rnn" => nn.RNN(cell.Inputs, cell.Hidden, _layers, bidirectional: both, dtype: type),
            _ => throw new InvalidDataException($"Expected lstm, gru or rnn, got {cell.Kind}."),
        };
        Parameters = [.. _module.parameters()];
    }

    /// <summary>Layer by layer: the weights of the input and of the hidden state, and their biases.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>Copies the weights of RnnSharp's layers.</summary>
    public void Load<T>(CellData<T> data)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using IDisposable mode = torch.no_grad();
        foreach ((string suffix, RecurrentLayer<T> layer) in data.Layers())
        {
            Copy($"weight_ih{suffix}", layer.InputWeights);
            Copy($"weight_hh{suffix}", layer.RecurrentWeights);
            Copy($"bias_ih{suffix}", layer.InputBias!);
            Copy($"bias_hh{suffix}", layer.HiddenBias!);
        }

        void Copy(string name, RnnSharp.Parameter<T> source)
        {
            Parameter target = _module.get_parameter(name)!;
            using Tensor values = ToTensor<T>(source.ToMatrix().ToRowMajorArray(), target.shape, _type);
            target.copy_(values);
        }
    }

    /// <summary>The initial h, and for an LSTM the initial c.</summary>
    public Tensor[] ZeroState(long batch)
    {
        int directions = _cell.IsBidirectional ? 2 : 1;
        var leaves = new Tensor[_cell.Kind is "lstm" ? 2 : 1];
        for (int i = 0; i < leaves.Length; i++) leaves[i] = torch.zeros([_layers * directions, batch, _cell.Hidden], _type);
        return leaves;
    }

    public (Tensor Output, Tensor[] State) Forward(Tensor x, Tensor[] state)
    {
        switch (_module)
        {
            case LSTM lstm:
                (Tensor y, Tensor h, Tensor c) = lstm.call(x, (state[0], state[1]));
                return (y, [h, c]);
            case GRU gru:
                (y, h) = gru.call(x, state[0]);
                return (y, [h]);
            default:
                (y, h) = ((RNN)_module).call(x, state[0]);
                return (y, [h]);
        }
    }

    public nn.utils.rnn.PackedSequence Forward(nn.utils.rnn.PackedSequence x, Tensor[] state) => _module switch
    {
        LSTM lstm => lstm.call(x, (state[0], state[1])).Item1,
        GRU gru => gru.call(x, state[0]).Item1,
        _ => ((RNN)_module).call(x, state[0]).Item1,
    };

    /// <summary>Creates a tensor of values that are given row by row.</summary>
    public static Tensor ToTensor<T>(ReadOnlySpan<T> values, long[] shape, ScalarType type)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        double[] numbers = new double[values.Length];
        for (int i = 0; i < values.Length; i++) numbers[i] = double.CreateChecked(values[i]);
        return torch.tensor(numbers, shape, dtype: type);
    }

    /// <summary>The values of a tensor, row by row.</summary>
    public static double[] Numbers(Tensor tensor) => tensor.detach().to(ScalarType.Float64).contiguous().data<double>().ToArray();
}

namespace RnnSharp.Serialization;

/// <summary>A kind of PyTorch module that <see cref="PyTorchFile"/> recognizes.</summary>
public enum PyTorchModuleKind
{
    /// <summary>torch.nn.RNN; the tensors do not tell its nonlinearity.</summary>
    Rnn,

    /// <summary>torch.nn.LSTM.</summary>
    Lstm,

    /// <summary>torch.nn.GRU.</summary>
    Gru,

    /// <summary>torch.nn.Linear.</summary>
    Linear,

    /// <summary>torch.nn.Embedding.</summary>
    Embedding,

    /// <summary>torch.nn.LayerNorm over one dimension.</summary>
    LayerNorm,
}

/// <summary>A PyTorch module, as the names and shapes of its tensors tell.</summary>
public sealed record PyTorchModule
{
    internal PyTorchModule()
    {
    }

    /// <summary>The prefix of its tensors without the last dot, such as "encoder.lstm"; empty if the file has no other module.</summary>
    public required string Name { get; init; }

    /// <summary>The kind.</summary>
    public required PyTorchModuleKind Kind { get; init; }

    /// <summary>Features of the input; the vocabulary of an embedding.</summary>
    public required int InputSize { get; init; }

    /// <summary>Features of the output, those of both directions together.</summary>
    public required int OutputSize { get; init; }

    /// <summary>Units in each layer and direction of a recurrent module; 0 for others.</summary>
    public int HiddenSize { get; init; }

    /// <summary>Layers of a recurrent module; 1 for others.</summary>
    public int Layers { get; init; } = 1;

    /// <summary>Whether a recurrent module runs in both directions.</summary>
    public bool IsBidirectional { get; init; }

    /// <summary>The size of the projection of an LSTM (proj_size); null if there is none.</summary>
    public int? ProjectionSize { get; init; }

    /// <summary>Whether there are biases.</summary>
    public bool HasBias { get; init; }

    /// <summary>Whether it is a recurrent module.</summary>
    public bool IsRecurrent => Kind is PyTorchModuleKind.Rnn or PyTorchModuleKind.Lstm or PyTorchModuleKind.Gru;

    /// <summary>The module as PyTorch's constructor, such as "lstm: LSTM(3, 8, num_layers=2, bidirectional=True)".</summary>
    public override string ToString()
    {
        string name = Kind switch
        {
            PyTorchModuleKind.Rnn => "RNN",
            PyTorchModuleKind.Lstm => "LSTM",
            PyTorchModuleKind.Gru => "GRU",
            _ => Kind.ToString(),
        };
        string sizes = Kind == PyTorchModuleKind.LayerNorm ? $"{InputSize}" : $"{InputSize}, {(IsRecurrent ? HiddenSize : OutputSize)}";
        string layers = Layers > 1 ? $", num_layers={Layers}" : "";
        string bias = HasBias || Kind == PyTorchModuleKind.Embedding ? "" : ", bias=False";
        string directions = IsBidirectional ? ", bidirectional=True" : "";
        string projection = ProjectionSize is { } size ? $", proj_size={size}" : "";
        return $"{(Name.Length == 0 ? "" : $"{Name}: ")}{name}({sizes}{layers}{bias}{directions}{projection})";
    }
}

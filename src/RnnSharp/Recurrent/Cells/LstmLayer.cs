using System.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>
/// A long short-term memory layer over a whole sequence (the notebook's lstm_forward and lstm_backward; PyTorch's LSTM of one layer
/// and direction): i, f, o = σ(W x + U h + b), g = tanh(W x + U h + b), c⟨t⟩ = f∘c⟨t-1⟩ + i∘g, h⟨t⟩ = o∘tanh(c⟨t⟩). Rows of the weights
/// are stacked i, f, g, o. Hochreiter and Schmidhuber 1997; forget gate by Gers, Schmidhuber and Cummins 2000.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class LstmLayer<T> : RecurrentLayer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Makes a layer with PyTorch's initial weights, uniform in ±1/√hiddenSize.</summary>
    /// <param name="inputSize">Features of the input, n_x; at least 1.</param>
    /// <param name="hiddenSize">Units, n_a; at least 1.</param>
    /// <param name="seed">Makes the initial weights repeatable; drawn anew when null.</param>
    /// <param name="options">Peepholes, projection, zoneout and so on; none when null.</param>
    /// <exception cref="ArgumentException">A size or an option is out of range, or T is neither float nor double.</exception>
    public LstmLayer(int inputSize, int hiddenSize, int? seed = null, LstmOptions? options = null)
        : base(CreateEngine(inputSize, hiddenSize, seed, options), seed) => Options = options ?? new LstmOptions();

    /// <summary>What the layer does besides the plain equations.</summary>
    public LstmOptions Options { get; }

    /// <summary>Weights of the projection, OutputSize × HiddenSize; null without one.</summary>
    public Parameter<T>? ProjectionWeights => EngineParameters.Projection;

    /// <summary>Weights of the cell state in the gates, stacked i, f, o (i, o with coupled gates): (gates·HiddenSize) × 1; null without peepholes.</summary>
    public Parameter<T>? PeepholeWeights => EngineParameters.Peepholes;

    private protected override IEnumerable<string> Words => Options.Words();

    /// <summary>
    /// Sets the forget gate's bias, so that a young cell keeps its memory. 1 is the advice of Jozefowicz, Zaremba and Sutskever 2015.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not finite.</exception>
    /// <exception cref="InvalidOperationException">The gates are coupled: there is no forget gate of its own.</exception>
    public void SetForgetGateBias(T value)
    {
        if (Options.CoupledGates) throw new InvalidOperationException("The layer's gates are coupled: it has no forget gate with a bias of its own.");
        if (!T.IsFinite(value)) throw new ArgumentOutOfRangeException(nameof(value), value, $"Expected a finite number, got {value}.");
        Bias.Update(value, static (bias, forget) => bias.Slice(bias.Length / 4, bias.Length / 4).Fill(forget));
    }

    private static RecurrentEngine<T> CreateEngine(int inputSize, int hiddenSize, int? seed, LstmOptions? options)
    {
        bool coupled = options is { CoupledGates: true };
        int gates = coupled ? 3 : 4;
        RecurrentParameters<T> parameters = ParametersOf(gates, inputSize, hiddenSize, options, gates, options?.ProjectionSize);
        if (options is null or { IsPlain: true }) return RecurrentEngine<T>.Create<LstmEquations>(parameters);
        parameters = parameters with
        {
            Projection = options.ProjectionSize is { } size ? new Parameter<T>("weight_hr", size, hiddenSize) : null,
            Peepholes = options.Peepholes ? new Parameter<T>("weight_peephole", (gates - 1) * hiddenSize, 1) : null,
        };
        StagedOptions stages = options.Stages(seed);
        return coupled ? StagedEngine.Create<T, CoupledLstmEquations>(parameters, stages) : StagedEngine.Create<T, PeepholeLstmEquations>(parameters, stages);
    }
}

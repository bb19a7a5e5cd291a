using System.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>
/// A long short-term memory layer over a whole sequence (the notebook's lstm_forward and lstm_backward; PyTorch's LSTM with one layer
/// and direction): i, f, o = σ(W x + U h + b), g = tanh(W x + U h + b), c⟨t⟩ = f∘c⟨t-1⟩ + i∘g, h⟨t⟩ = o∘tanh(c⟨t⟩). Rows of the weights
/// are stacked i, f, g, o. Hochreiter and Schmidhuber 1997; forget gate by Gers, Schmidhuber and Cummins 2000.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class LstmLayer<T> : RecurrentLayer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Creates a layer with PyTorch's initial weights, uniform in ±1/√hiddenSize.</summary>
    /// <param name="inputSize">Features of the input, n_x; at least 1.</param>
    /// <param name="hiddenSize">Units, n_a; at least 1.</param>
    /// <param name="seed">The seed of the initial weights and of masks; random when null.</param>
    /// <param name="options">Options such as peepholes, projection and zoneout; the defaults if null.</param>
    /// <exception cref="ArgumentException">A size or an option is out of range, or T is neither float nor double.</exception>
    public LstmLayer(int inputSize, int hiddenSize, int? seed = null, LstmOptions? options = null)
        : base(CreateEngine(inputSize, hiddenSize, seed, options ??= new LstmOptions()), seed) => Options = options;

    /// <summary>The layer's options.</summary>
    public override LstmOptions Options { get; }

    /// <summary>The peephole weights, stacked i, f, o (i, o with coupled gates): (3 or 2)·HiddenSize × 1; null without peepholes.</summary>
    public Parameter<T>? PeepholeWeights => UnitWeights;

    private protected override IEnumerable<string> Words => Options.Words();

    /// <summary>
    /// Sets the bias of the forget gate. A positive value, such as the 1 that Jozefowicz, Zaremba and Sutskever 2015 recommend, makes an
    /// untrained cell keep its state. With separate biases, the one in HiddenBias is set to 0.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not finite.</exception>
    /// <exception cref="InvalidOperationException">The layer has no bias, or its gates are coupled, so that the forget gate has no bias of its own.</exception>
    public void SetForgetGateBias(T value)
    {
        Parameter<T> bias = GateBias();
        if (!T.IsFinite(value)) throw new ArgumentOutOfRangeException(nameof(value), value, $"Expected a finite number, got {value}.");
        bias.Update(value, static (values, forget) => values.Slice(values.Length / 4, values.Length / 4).Fill(forget));
        HiddenBias?.Update(0, static (values, _) => values.Slice(values.Length / 4, values.Length / 4).Clear());
    }

    /// <summary>
    /// Sets the biases of the forget and input gates so that the units of an untrained layer remember for different times, up to a given number of
    /// steps (chrono initialization; Tallec and Ollivier 2018): ln u for the forget gate of a unit, with u uniform from 1 to one step less, and -ln u for its
    /// input gate. With separate biases, those in HiddenBias are set to 0.
    /// </summary>
    /// <param name="steps">The steps that the longest dependency of the task spans, at least 2.</param>
    /// <param name="seed">The seed of the numbers; random when null.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer than 2 steps.</exception>
    /// <exception cref="InvalidOperationException">The layer has no bias, or its gates are coupled, so that the forget gate has no bias of its own.</exception>
    public void SetChronoBias(int steps, int? seed = null)
    {
        Parameter<T> bias = GateBias();
        if (steps < 2) throw new ArgumentOutOfRangeException(nameof(steps), steps, $"Expected at least 2 steps, got {steps}.");
        bias.Update((Steps: steps, Random: Initializers.Generator(seed)), static (values, times) =>
        {
            int units = values.Length / 4;
            for (int i = 0; i < units; i++)
            {
                values[units + i] = T.CreateChecked(Math.Log(1 + times.Random.NextDouble() * (times.Steps - 2.0)));
                values[i] = -values[units + i];
            }
        });
        HiddenBias?.Update(0, static (values, _) => values[..(values.Length / 2)].Clear());
    }

    /// <summary>The bias that is set, of the gates i, f, g, o.</summary>
    private Parameter<T> GateBias()
    {
        if (Options.CoupledGates) throw new InvalidOperationException("The layer's gates are coupled: its forget gate has no bias.");
        return Options.Bias == RecurrentBias.None ? throw new InvalidOperationException("The layer has no bias.") : InputBias ?? Bias;
    }

    private static RecurrentEngine<T> CreateEngine(int inputSize, int hiddenSize, int? seed, LstmOptions options) => options switch
    {
        { IsPlain: true } => CreateEngine<LstmEquations>(inputSize, hiddenSize, seed, options),
        { IsConfigured: true, CoupledGates: true } => CreateEngine<ConfiguredCoupledLstmEquations>(inputSize, hiddenSize, seed, options),
        { IsConfigured: true } => CreateEngine<ConfiguredLstmEquations>(inputSize, hiddenSize, seed, options),
        { CoupledGates: true } => CreateEngine<CoupledLstmEquations>(inputSize, hiddenSize, seed, options),
        _ => CreateEngine<PeepholeLstmEquations>(inputSize, hiddenSize, seed, options),
    };
}

using System.Runtime.InteropServices;
using RnnSharp.Layers;
using RnnSharp.Recurrent;

namespace RnnSharp.Tests.Fuzz;

/// <summary>A small network whose numbers are the same at any time, whatever calls are made on other objects meanwhile.</summary>
internal sealed class KnownComputation
{
    private readonly LayerStack<float> _model = new(new LstmLayer<float>(3, 5, seed: 1), new LstmLayer<float>(5, 4, seed: 2), new DenseLayer<float>(4, 2, seed: 3));
    private readonly Sequence<float> _input = new(3, 2, 6);
    private readonly Sequence<float> _outputGradient = new(2, 2, 6);
    private readonly string _expected;
    private ForwardPass<float>? _pass;
    private Gradients<float>? _gradients;

    public KnownComputation()
    {
        var random = new Random(1);
        foreach (ref float value in _input.Values) value = random.NextSingle() - 0.5f;
        foreach (ref float value in _outputGradient.Values) value = random.NextSingle() - 0.5f;
        _expected = Compute();
    }

    /// <summary>What differs; null if nothing does.</summary>
    public string? Difference()
    {
        string now = Compute();
        return string.Equals(now, _expected, StringComparison.Ordinal) ? null : $"expected {_expected}, got {now}";
    }

    private string Compute()
    {
        _pass = _model.Forward(_input, null, _pass);
        _gradients = _model.Backward(_pass, _outputGradient, reuse: _gradients);
        var hash = new HashCode();
        hash.AddBytes(MemoryMarshal.AsBytes(_pass.Output.Values));
        hash.AddBytes(MemoryMarshal.AsBytes(_gradients.Input!.Values));
        for (int i = 0; i < _gradients.Parameters.Count; i++) hash.AddBytes(MemoryMarshal.AsBytes(_gradients.Values(i)));
        return $"{hash.ToHashCode():x}";
    }
}

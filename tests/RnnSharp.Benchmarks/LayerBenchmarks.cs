using BenchmarkDotNet.Attributes;
using RnnSharp.Recurrent;

namespace RnnSharp.Benchmarks;

/// <summary>Forward, Backward, Predict and Step of an LSTM, with the bytes that each allocates once warm.</summary>
[MemoryDiagnoser]
public class LayerBenchmarks
{
    private LstmLayer<float> _layer = null!;
    private Sequence<float> _x = null!;
    private Sequence<float> _dy = null!;
    private Sequence<float> _y = null!;
    private State<float> _state = null!;
    private ForwardPass<float> _pass = null!;
    private Gradients<float> _gradients = null!;
    private float[] _stepInput = null!;
    private float[] _stepOutput = null!;
    private State<float> _stepState = null!;

    [Params(64, 256)]
    public int Hidden { get; set; }

    [Params(1, 32)]
    public int Batch { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _layer = new LstmLayer<float>(64, Hidden, seed: 1);
        _x = new Sequence<float>(64, Batch, 50);
        _dy = new Sequence<float>(Hidden, Batch, 50);
        var random = new RnnSharp.Numerics.FastRandom(1);
        foreach (ref float value in _x.Values) value = (float)random.NextGaussian();
        foreach (ref float value in _dy.Values) value = (float)random.NextGaussian();
        _y = new Sequence<float>(Hidden, Batch, 50);
        _state = _layer.CreateState(Batch);
        _pass = _layer.Forward(_x, _state);
        _gradients = _layer.Backward(_pass, _dy);
        _stepInput = new float[64];
        _stepOutput = new float[Hidden];
        _stepState = _layer.CreateState(1);
    }

    [Benchmark]
    public void Forward() => _layer.Forward(_x, _state, _pass);

    [Benchmark]
    public void Backward() => _layer.Backward(_pass, _dy, reuse: _gradients);

    [Benchmark]
    public void Predict() => _layer.Predict(_x, _state, _y);

    [Benchmark]
    public void Step() => _layer.Step(_stepInput, _stepState, _stepOutput);
}

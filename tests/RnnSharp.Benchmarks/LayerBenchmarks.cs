using System.Numerics;
using BenchmarkDotNet.Attributes;
using RnnSharp.Layers;
using RnnSharp.Recurrent;

namespace RnnSharp.Benchmarks;

/// <summary>The four calls of a recurrent layer, with the bytes that each allocates after the first call.</summary>
[MemoryDiagnoser]
[GenericTypeArguments(typeof(float))]
[GenericTypeArguments(typeof(double))]
public class RecurrentLayerBenchmarks<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private RecurrentLayer<T> _layer = null!;
    private Sequence<T> _x = null!;
    private Sequence<T> _dy = null!;
    private Sequence<T> _y = null!;
    private State<T> _initial = null!;
    private State<T> _state = null!;
    private ForwardPass<T> _pass = null!;
    private Gradients<T> _gradients = null!;

    public static IEnumerable<Shape> Shapes => [new(32, 64, 1, 100), new(64, 128, 32, 50), new(256, 512, 64, 25)];

    [Params(LayerKind.Lstm, LayerKind.Gru, LayerKind.Rnn, LayerKind.CustomGru)]
    public LayerKind Kind { get; set; }

    [ParamsSource(nameof(Shapes))]
    public Shape Shape { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _layer = Workload.Layer<T>(Kind, Shape.Inputs, Shape.Hidden);
        _x = Workload.Gaussian<T>(Shape.Inputs, Shape.Batch, Shape.Steps, seed: 1);
        _dy = Workload.Gaussian<T>(Shape.Hidden, Shape.Batch, Shape.Steps, seed: 2);
        _y = new Sequence<T>(Shape.Hidden, Shape.Batch, Shape.Steps);
        _initial = _layer.CreateState(Shape.Batch);
        _state = _layer.CreateState(Shape.Batch);
        _pass = _layer.Forward(_x, _initial);
        _gradients = _layer.Backward(_pass, _dy);
    }

    [Benchmark]
    public void Forward() => _layer.Forward(_x, _initial, _pass);

    [Benchmark]
    public void Backward() => _layer.Backward(_pass, _dy, reuse: _gradients);

    [Benchmark]
    public void Predict() => _layer.Predict(_x, _state, _y);

    /// <summary>One time step of the whole batch.</summary>
    [Benchmark]
    public void Step() => _layer.Step(_x.Step(0), _state, _y.Step(0));
}

/// <summary>The four calls of a dense layer as the head of a recurrent one, with the bytes that each allocates after the first call.</summary>
[MemoryDiagnoser]
[GenericTypeArguments(typeof(float))]
[GenericTypeArguments(typeof(double))]
public class DenseLayerBenchmarks<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private DenseLayer<T> _layer = null!;
    private Sequence<T> _x = null!;
    private Sequence<T> _dy = null!;
    private Sequence<T> _y = null!;
    private State<T> _state = null!;
    private ForwardPass<T> _pass = null!;
    private Gradients<T> _gradients = null!;

    /// <summary>"Hidden" is the output size of the layer.</summary>
    public static IEnumerable<Shape> Shapes => [new(64, 1, 1, 100), new(100, 27, 32, 27), new(512, 512, 64, 25)];

    [ParamsSource(nameof(Shapes))]
    public Shape Shape { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _layer = new DenseLayer<T>(Shape.Inputs, Shape.Hidden, seed: 0);
        _x = Workload.Gaussian<T>(Shape.Inputs, Shape.Batch, Shape.Steps, seed: 1);
        _dy = Workload.Gaussian<T>(Shape.Hidden, Shape.Batch, Shape.Steps, seed: 2);
        _y = new Sequence<T>(Shape.Hidden, Shape.Batch, Shape.Steps);
        _state = _layer.CreateState(Shape.Batch);
        _pass = _layer.Forward(_x, _state);
        _gradients = _layer.Backward(_pass, _dy);
    }

    [Benchmark]
    public void Forward() => _layer.Forward(_x, _state, _pass);

    [Benchmark]
    public void Backward() => _layer.Backward(_pass, _dy, reuse: _gradients);

    [Benchmark]
    public void Predict() => _layer.Predict(_x, _state, _y);

    /// <summary>One time step of the whole batch.</summary>
    [Benchmark]
    public void Step() => _layer.Step(_x.Step(0), _state, _y.Step(0));
}

/// <summary>A whole training step of a character model, with the bytes that it allocates after the first one.</summary>
[MemoryDiagnoser]
[GenericTypeArguments(typeof(float))]
[GenericTypeArguments(typeof(double))]
public class TrainingStepBenchmarks<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private CharacterModel<T> _model = null!;

    public static IEnumerable<Shape> Shapes => [new(27, 100, 32, 27), new(96, 256, 64, 50)];

    [Params(LayerKind.Lstm, LayerKind.Gru, LayerKind.Rnn)]
    public LayerKind Kind { get; set; }

    [ParamsSource(nameof(Shapes))]
    public Shape Shape { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _model = new CharacterModel<T>(Workload.Layer<T>(Kind, Shape.Inputs, Shape.Hidden), Shape.Batch, Shape.Steps);
        _model.Train();
    }

    [Benchmark]
    public double Train() => _model.Train();
}

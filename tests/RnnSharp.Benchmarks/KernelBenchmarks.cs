using System.Numerics;
using BenchmarkDotNet.Attributes;
using RnnSharp.Numerics;
using RnnSharp.Training;

namespace RnnSharp.Benchmarks;

/// <summary>The size of a product: rows of the weights, depth of the sum, columns of the data.</summary>
public readonly record struct ProductShape(int Rows, int Depth, int Columns)
{
    public override string ToString() => FormattableString.Invariant($"{Rows} x {Depth} x {Columns}");
}

/// <summary>Products with packed weights: an affine map and, of the same size, its weight gradient.</summary>
[MemoryDiagnoser]
[GenericTypeArguments(typeof(float))]
[GenericTypeArguments(typeof(double))]
public unsafe class ProductBenchmarks<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly PanelKernels<T> _kernels = PanelKernels<T>.Instance;
    private readonly AlignedBuffer<T> _weights = new();
    private readonly AlignedBuffer<T> _bias = new();
    private readonly AlignedBuffer<T> _data = new();
    private readonly AlignedBuffer<T> _target = new();
    private readonly AlignedBuffer<T> _panels = new();
    private readonly AlignedBuffer<T> _sums = new();
    private readonly AlignedBuffer<T> _gathered = new();
    private PanelLayout _layout = null!;
    private T[] _matrix = null!;

    /// <summary>A single step, a step of a batch, the head of a character model over all its steps, and two large products.</summary>
    public static IEnumerable<ProductShape> Shapes => [new(64, 64, 1), new(128, 128, 32), new(27, 100, 864), new(512, 512, 64), new(1024, 1024, 32)];

    [ParamsSource(nameof(Shapes))]
    public ProductShape Shape { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        (int rows, int depth, int columns) = Shape;
        _layout = PanelLayout.ForRows(rows, _kernels.VectorLength);
        _matrix = new T[rows * depth];
        Workload.Fill(_matrix.AsSpan(), seed: 1);
        int padded = _layout.Panels * _layout.Width;
        _weights.RequireZero((long)padded * depth);
        _bias.RequireZero(padded);
        _data.Require((long)depth * columns);
        Workload.Fill(_data.Span, seed: 2);
        _target.RequireZero((long)rows * columns);
        _panels.Require((long)padded * columns);
        Workload.Fill(_panels.Span, seed: 3);
        _sums.RequireZero((long)rows * depth);
        _gathered.Require(_kernels.GatherLength(depth, columns));
        Pack();
    }

    [Benchmark]
    public void Affine() => _kernels.Product(
        _layout,
        Shape.Rows,
        new PanelSide<T>(_weights.Pointer, (nint)Shape.Depth * _layout.Width, _layout.Width),
        _bias.Pointer,
        new ColumnSide<T>(_data.Pointer, Shape.Depth, 1, Shape.Depth),
        new Share(0, _layout.Panels, 0, Shape.Columns),
        _target.Pointer,
        add: false);

    [Benchmark]
    public void WeightGradient() => _kernels.Product(
        _layout,
        Shape.Rows,
        new PanelSide<T>(_panels.Pointer, (nint)Shape.Columns * _layout.Width, _layout.Width),
        null,
        new ColumnSide<T>(_data.Pointer, Shape.Columns, Shape.Depth, 1),
        new Share(0, _layout.Panels, 0, Shape.Depth),
        _sums.Pointer,
        add: false,
        _gathered.Pointer);

    /// <summary>The additional cost of the first call after the weights have changed.</summary>
    [Benchmark]
    public void Pack() => _kernels.Pack(_layout, _matrix, Shape.Rows, Shape.Depth, _weights.Pointer);
}

/// <summary>Element-wise functions, at a short odd length, one that fits the L1 cache and one that does not.</summary>
[MemoryDiagnoser]
[GenericTypeArguments(typeof(float))]
[GenericTypeArguments(typeof(double))]
public class FunctionBenchmarks<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private T[] _source = null!;
    private T[] _target = null!;
    private T[] _gradient = null!;
    private T[] _first = null!;
    private T[] _second = null!;
    private Adam<T>.StepOperator _step;

    [Params(27, 1000, 100_000)]
    public int Length { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        (_source, _target, _gradient, _first, _second) = (new T[Length], new T[Length], new T[Length], new T[Length], new T[Length]);
        Workload.Fill(_source.AsSpan(), seed: 1);
        Workload.Fill(_gradient.AsSpan(), seed: 2);
        _step = new Adam<T>.StepOperator(new Adam<T>(), t: 1000, rate: 1e-6, decay: 0);
    }

    [Benchmark]
    public void Sigmoid() => RnnSharp.Numerics.Sigmoid.Of<T>(_source, _target);

    [Benchmark]
    public void SoftmaxColumn() => Softmax.Column<T>(_source, _target);

    [Benchmark]
    public void LogSoftmaxColumn() => Softmax.LogColumn<T>(_source, _target);

    [Benchmark]
    public double SumOfSquares() => Elementwise.SumOfSquares<T>(_source);

    [Benchmark]
    public void Adam() => Elementwise.Update<T, Adam<T>.StepOperator>(_target, _gradient, _first, _second, _step);
}

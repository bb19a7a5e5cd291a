using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Layers;

/// <summary>
/// An affine map of every example at every step, y = W x + b: the notebook's Wya a + by or Wy a + by before its softmax, and
/// PyTorch's Linear. It has no memory, so it streams.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class DenseLayer<T> : Layer<T>, IStreamingLayer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly PanelKernels<T> _kernels = PanelKernels<T>.Instance;
    private readonly PanelLayout _layout;
    private readonly PanelLayout _transposedLayout;
    private readonly PackCache<T, PackedDense> _packs;

    /// <summary>Makes a layer with PyTorch's initial weights, uniform in ±1/√inputSize.</summary>
    /// <param name="inputSize">Features of the input, at least 1.</param>
    /// <param name="outputSize">Features of the output, at least 1.</param>
    /// <param name="seed">Makes the initial weights repeatable; drawn anew when null.</param>
    /// <exception cref="ArgumentException">A size is out of range, or T is neither float nor double.</exception>
    public DenseLayer(int inputSize, int outputSize, int? seed = null)
        : base(inputSize, outputSize)
    {
        Check.ArrayLength((long)outputSize * inputSize, nameof(outputSize));
        Weights = new Parameter<T>("weight", outputSize, inputSize);
        Bias = new Parameter<T>("bias", outputSize, 1);
        Parameters = [Weights, Bias];
        ParameterNames = [Weights.Name, Bias.Name];
        Random random = Initializers.Generator(seed);
        foreach (Parameter<T> parameter in Parameters) Initializers.Uniform(parameter, 1 / Math.Sqrt(inputSize), random);
        _layout = PanelLayout.ForRows(outputSize, _kernels.Lane);
        _transposedLayout = PanelLayout.ForRows(inputSize, _kernels.Lane);
        _layout.CheckPacked<T>(inputSize, _transposedLayout, nameof(inputSize));
        _packs = new PackCache<T, PackedDense>([Weights, Bias], Pack, PackTransposed);
    }

    /// <summary>W, OutputSize × InputSize.</summary>
    public Parameter<T> Weights { get; }

    /// <summary>b, OutputSize × 1.</summary>
    public Parameter<T> Bias { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter<T>> Parameters { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> ParameterNames { get; }

    /// <inheritdoc/>
    public override State<T> CreateState(int batch) => new(batch);

    /// <inheritdoc/>
    public void Step(ReadOnlySpan<T> input, State<T> state, Span<T> output)
    {
        CheckStep(input, default, hasTokens: false, state, output);
        Affine(input, default, state.Batch, output);
    }

    /// <inheritdoc/>
    public void StepTokens(ReadOnlySpan<int> tokens, State<T> state, Span<T> output)
    {
        CheckStep(default, tokens, hasTokens: true, state, output);
        Affine(default, tokens, state.Batch, output);
    }

    /// <inheritdoc/>
    public override ForwardPass<T> CreatePass() => new DensePass(this);

    /// <inheritdoc/>
    protected override void Run(ForwardPass<T> pass, Sequence<T> input, State<T>? initialState)
    {
        Prepare(pass, input);
        pass.Begin(input, AffineOf(input, pass.Output));
    }

    /// <inheritdoc/>
    protected override void RunPredict(Sequence<T> input, State<T> state, Sequence<T> output) => AffineOf(input, output);

    /// <inheritdoc/>
    protected override unsafe void RunBackward(ForwardPass<T> pass, Sequence<T>? outputGradient, State<T>? finalStateGradient, bool inputGradient, bool accumulate, Gradients<T> gradients)
    {
        Sequence<T> input = pass.Input;
        int columns = input.Batch * input.Steps;
        PackedDense packed = _packs.Acquire();
        try
        {
            if (packed.Version != pass.Version || !_packs.EnsureTransposed(packed))
                throw new ArgumentException("Expected a pass made with the parameters as they are now, but a parameter was written during the call.", nameof(pass));
            var scratch = (DenseScratch)(gradients.Scratch ??= new DenseScratch());
            Sequence<T>? dx = gradients.PrepareInput(input, inputGradient);
            nint panel = (nint)columns * _layout.Width;
            T* sums = OutputGradientPanels(input, outputGradient, columns, scratch);
            if (dx is not null)
            {
                fixed (T* target = dx.Values)
                {
                    var data = new PanelData<T>(sums, _layout.Width, _layout.Width, _layout.Panels, panel);
                    _kernels.Affine(_transposedLayout, packed.WeightsTransposed.Pointer, null, data, columns, target);
                }
            }

            if (!Weights.Frozen)
            {
                T* products = scratch.Products.RequireZero((long)_layout.Panels * _layout.Width * InputSize);
                if (input.IsTokens)
                {
                    _kernels.AddToTokens(sums, _layout.Panels, panel, _layout.Width, _layout.Width, input.Tokens, InputSize, products);
                }
                else
                {
                    fixed (T* x = input.Values)
                    {
                        T* data = x;
                        if (input.IsRagged)
                        {
                            data = scratch.Input.Require((long)columns * InputSize);
                            input.CopyWithoutPadding(input.Steps, scratch.Input.Span);
                        }

                        _kernels.Outer(sums, _layout.Panels, panel, _layout.Vectors, _layout.Width, columns, data, InputSize, InputSize, products);
                    }
                }

                _layout.Unpack(products, gradients.Values(0), OutputSize, InputSize, accumulate);
            }
            else if (!accumulate)
            {
                gradients.Values(0).Clear();
            }

            if (!Bias.Frozen)
            {
                T* products = scratch.Products.Require((long)_layout.Panels * _layout.Width);
                _kernels.Sum(sums, _layout.Panels, panel, _layout.Width, columns, products);
                _layout.Unpack(products, gradients.Values(1), OutputSize, 1, accumulate);
            }
            else if (!accumulate)
            {
                gradients.Values(1).Clear();
            }
        }
        finally
        {
            packed.Release();
        }
    }

    private unsafe T* OutputGradientPanels(Sequence<T> input, Sequence<T>? outputGradient, int columns, DenseScratch scratch)
    {
        long length = (long)_layout.Panels * columns * _layout.Width;
        if (outputGradient is null) return scratch.Sums.RequireZero(length);
        T* sums = scratch.Sums.Require(length);
        ReadOnlySpan<T> dy = outputGradient.Values;
        if (input.IsRagged)
        {
            scratch.OutputGradient.Require((long)columns * OutputSize);
            Span<T> copy = scratch.OutputGradient.Span;
            dy.CopyTo(copy);
            input.ZeroPadding(copy, input.Steps, OutputSize);
            dy = copy;
        }

        _layout.Pack(dy, OutputSize, columns, sums);
        return sums;
    }

    private long AffineOf(Sequence<T> input, Sequence<T> output)
    {
        long version = Affine(input.Values, input.Tokens, input.Batch * input.Steps, output.Values);
        input.ZeroPadding(output.Values, input.Steps, OutputSize);
        return version;
    }

    private unsafe long Affine(ReadOnlySpan<T> input, ReadOnlySpan<int> tokens, int columns, Span<T> output)
    {
        PackedDense packed = _packs.Acquire();
        try
        {
            fixed (T* x = input, y = output)
            {
                if (tokens.IsEmpty) _kernels.Affine(_layout, packed.Weights.Pointer, packed.Bias.Pointer, new PanelData<T>(x, InputSize, InputSize), columns, y);
                else PickColumns(packed, tokens, output);
            }

            return packed.Version;
        }
        finally
        {
            packed.Release();
        }
    }

    private unsafe void PickColumns(PackedDense packed, ReadOnlySpan<int> tokens, Span<T> output)
    {
        int width = _layout.Width;
        for (int p = 0; p < _layout.Panels; p++)
        {
            int count = Math.Min(width, OutputSize - p * width);
            T* bias = packed.Bias.Pointer + p * width;
            for (int column = 0; column < tokens.Length; column++)
            {
                T* picked = packed.Weights.Pointer + ((nint)p * InputSize + tokens[column]) * width;
                Span<T> target = output.Slice(column * OutputSize + p * width, count);
                for (int i = 0; i < count; i++) target[i] = bias[i] + picked[i];
            }
        }
    }

    private unsafe void Pack(PackedDense target)
    {
        _layout.Pack(Weights.Values, OutputSize, InputSize, target.Weights.Require((long)_layout.Panels * InputSize * _layout.Width));
        _layout.Pack(Bias.Values, OutputSize, 1, target.Bias.Require((long)_layout.Panels * _layout.Width));
    }

    private unsafe void PackTransposed(PackedDense target) => _layout.PackTransposed(Weights.Values, OutputSize, _transposedLayout,
        target.WeightsTransposed.Require((long)_layout.Panels * _layout.Width * _transposedLayout.Panels * _transposedLayout.Width));

    private sealed class DensePass(DenseLayer<T> layer) : ForwardPass<T>(layer);

    private sealed class PackedDense : PackedSnapshot
    {
        /// <summary>[panel][input feature][vector][lane].</summary>
        public AlignedBuffer<T> Weights { get; } = new();

        /// <summary>[panel][vector][lane].</summary>
        public AlignedBuffer<T> Bias { get; } = new();

        /// <summary>[panel of inputs][panel][vector][lane][vector][lane].</summary>
        public AlignedBuffer<T> WeightsTransposed { get; } = new();
    }

    private sealed class DenseScratch
    {
        /// <summary>The output gradient as [panel][column][vector][lane].</summary>
        public AlignedBuffer<T> Sums { get; } = new();

        /// <summary>[panel][input feature][vector][lane]: the weight gradient before it is unpacked.</summary>
        public AlignedBuffer<T> Products { get; } = new();

        /// <summary>[step][example][feature]: a ragged input with its padding set to zero.</summary>
        public AlignedBuffer<T> Input { get; } = new();

        /// <summary>[step][example][output]: the gradient on a ragged output with its padding set to zero.</summary>
        public AlignedBuffer<T> OutputGradient { get; } = new();
    }
}

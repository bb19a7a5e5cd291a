using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Layers;

/// <summary>
/// An affine map of every example at every step, y = W x + b: the notebook's Wya a + by or Wy a + by before its softmax, and
/// PyTorch's Linear. It is stateless, so it streams.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class DenseLayer<T> : Layer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly PanelKernels<T> _kernels = PanelKernels<T>.Instance;
    private readonly PanelLayout _layout;
    private readonly PanelLayout _transposedLayout;
    private readonly PackCache<T, PackedDense> _packs;

    /// <summary>Creates a layer with PyTorch's initial weights, uniform in ±1/√inputSize.</summary>
    /// <param name="inputSize">Features of the input, at least 1.</param>
    /// <param name="outputSize">Features of the output, at least 1.</param>
    /// <param name="seed">The seed of the initial weights; random when null.</param>
    /// <exception cref="ArgumentException">A size is out of range, or T is neither float nor double.</exception>
    public DenseLayer(int inputSize, int outputSize, int? seed = null)
        : this(WeightsOf(inputSize, outputSize), nameof(inputSize))
    {
        Random random = Initializers.Generator(seed);
        foreach (Parameter<T> parameter in Parameters) Initializers.Uniform(parameter, 1 / Math.Sqrt(inputSize), random);
    }

    /// <summary>
    /// Creates a layer that shares the weights of another layer (tied weights; Press and Wolf 2017, Inan, Khosravi and Socher 2017) and does not
    /// initialize them. With those of an embedding, the scores of a language model are the embedding's rows times the hidden state. The bias is
    /// new, uniform in ±1/√inputSize. A model that contains both layers lists the parameter once, with the sum of their gradients.
    /// </summary>
    /// <param name="weights">W, OutputSize × InputSize: an embedding's is vocabulary × size.</param>
    /// <param name="seed">The seed of the initial bias; random when null.</param>
    /// <exception cref="ArgumentException">The weights are null, or too large.</exception>
    public DenseLayer(Parameter<T> weights, int? seed = null)
        : this(weights, nameof(weights)) => Initializers.Uniform(Bias, 1 / Math.Sqrt(InputSize), Initializers.Generator(seed));

    private DenseLayer(Parameter<T> weights, string argument)
        : base(Check.NotNull(weights).Columns, weights.Rows)
    {
        Weights = weights;
        Bias = new Parameter<T>("bias", OutputSize, 1);
        Parameters = [Weights, Bias];
        ParameterNames = ["weight", "bias"];
        _layout = PanelLayout.ForRows(OutputSize, _kernels.VectorLength);
        _transposedLayout = PanelLayout.ForRows(InputSize, _kernels.VectorLength);
        _layout.CheckPacked<T>(InputSize, _transposedLayout, argument);
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
    public override bool IsStreaming => true;

    /// <inheritdoc/>
    protected override LayerReport<T> Report(int batch, int steps) => base.Report(batch, steps) with { MultiplyAdds = (long)Weights.Count * steps };

    /// <inheritdoc/>
    protected override void Run(ForwardPass<T> pass, Sequence<T> input, State<T>? initialState)
    {
        CapturedInput<T> x = pass.Captured();
        pass.Begin(AffineOf(x, Prepare(pass, x)));
    }

    /// <inheritdoc/>
    protected override void RunPredict(Sequence<T> input, State<T> state, Sequence<T> output)
    {
        var x = new CapturedInput<T>(input, InputSize);
        AffineOf(x, output.ValuesFor(OutputShape(x)));
    }

    /// <inheritdoc/>
    protected override void RunStep(StepInput<T> input, State<T> state, Span<T> output) => Affine(input.FeatureSpan, input.TokenSpan, output.Length / OutputSize, output);

    /// <inheritdoc/>
    protected override unsafe void RunBackward(ForwardPass<T> pass, Sequence<T>? outputGradient, State<T>? finalStateGradient, bool inputGradient, bool accumulate, Gradients<T> gradients)
    {
        CapturedInput<T> input = pass.Captured();
        int columns = input.Columns;
        Check.ArrayLength(_layout.Panels * (long)_layout.Width * columns + AlignedBuffer<T>.Slack, nameof(pass));
        PackedDense packed = _packs.Acquire();
        try
        {
            if (packed.Version != pass.Version || !_packs.EnsureTransposed(packed))
                throw new ArgumentException("Expected a pass made with the current parameters, but a parameter changed during the call.", nameof(pass));
            var scratch = (DenseScratch)(gradients.Scratch ??= new DenseScratch());
            Span<T> dx = gradients.PrepareInput(input, inputGradient);
            if (outputGradient is null) scratch.OutputGradient.RequireZero((long)columns * OutputSize);
            ReadOnlySpan<T> dy = outputGradient is null
                ? scratch.OutputGradient.Span
                : SequencePadding.Cleared(outputGradient.ValuesFor(OutputShape(input)), input.Lengths, input.Shape.Steps, OutputSize, scratch.OutputGradient);
            Span<T> weightGradient = gradients.Begin(0, accumulate);
            ReadOnlySpan<T> x = weightGradient.IsEmpty ? default : SequencePadding.Cleared(input.Values, input.Lengths, input.Shape.Steps, InputSize, scratch.Input);
            Span<T> biasGradient = gradients.Begin(1, accumulate);
            if (input.IsTokens) weightGradient.Clear();
            nint panel = (nint)columns * _layout.Width;
            double cycles = _kernels.Cycles((double)_layout.Panels * panel * (InputSize * (dx.IsEmpty ? 1.0 : 2.0)));
            int members = Team.SizeFor(cycles);
            int gatherLength = _kernels.GatherLength(InputSize, columns);
            fixed (T* target = dx, dw = weightGradient, db = biasGradient)
            fixed (T* data = x, given = dy)
            fixed (int* tokens = input.Tokens)
            {
                var work = new BackwardWork
                {
                    Layer = this,
                    Packed = packed,
                    Columns = columns,
                    OutputGradient = given,
                    Sums = scratch.Sums.Require(_layout.Panels * (long)panel),
                    Input = data,
                    Tokens = tokens,
                    InputGradient = target,
                    WeightGradient = dw,
                    BiasGradient = db,
                    Gathered = scratch.Gathered.Require((long)gatherLength * members),
                    GatherLength = gatherLength,
                };
                Team.Run(ref work, members, cycles);
            }

            gradients.End();
        }
        finally
        {
            packed.Release();
        }
    }

    internal override BoundStep<T> Bind(State<T> state, int batch) => new DenseStep(this, batch);

    /// <summary>Maps columns of features, for a layer that has this one as a projection.</summary>
    internal void Apply(ReadOnlySpan<T> input, int columns, Span<T> output) => Affine(input, default, columns, output);

    /// <summary>Checks the sizes first, so that an exception names the layer's argument and not that of the parameter.</summary>
    private static Parameter<T> WeightsOf(int inputSize, int outputSize)
    {
        Check.ElementType<T>();
        Check.ArrayLength((long)Check.Positive(outputSize) * Check.Positive(inputSize), nameof(outputSize));
        return new Parameter<T>("weight", outputSize, inputSize);
    }

    private unsafe void RunBackward(in BackwardWork work, TeamMember member)
    {
        int columns = work.Columns;
        nint panel = (nint)columns * _layout.Width;
        Share packing = TeamGrid.Share(member, _layout.Panels, 1);
        _kernels.Pack(_layout, work.OutputGradient, OutputSize, columns, work.Sums, packing.FirstPanel, packing.EndPanel);
        if (!member.WaitForAll()) return;
        var sums = new PanelSide<T>(work.Sums, panel, _layout.Width);
        if (work.InputGradient != null)
        {
            var packed = new PanelSide<T>(work.Packed.WeightsTransposed.Pointer, (nint)OutputSize * _transposedLayout.Width, _transposedLayout.Width);
            var data = new ColumnSide<T>(work.OutputGradient, OutputSize, 1, OutputSize);
            _kernels.Product(_transposedLayout, InputSize, packed, null, data, TeamGrid.Share(member, _transposedLayout.Panels, columns), work.InputGradient, add: false);
        }

        bool inBlocks = ColumnSum.IsInBlocks(columns);
        if (work.WeightGradient != null)
            _kernels.InputWeightGradient(member, _layout, OutputSize, sums, work.Input, work.Tokens, columns, InputSize, work.WeightGradient, add: false, work.Gathered + (nint)member.Rank * work.GatherLength, inBlocks);
        if (work.BiasGradient != null) _kernels.BiasGradient(member, _layout, OutputSize, sums, columns, work.BiasGradient, add: false, inBlocks);
    }

    private long AffineOf(in CapturedInput<T> input, Span<T> output)
    {
        long version = Affine(input.Values, input.Tokens, input.Columns, output);
        SequencePadding.Clear(output, input.Lengths, input.Shape.Steps, OutputSize);
        return version;
    }

    private long Affine(ReadOnlySpan<T> input, ReadOnlySpan<int> tokens, int columns, Span<T> output)
    {
        PackedDense packed = _packs.Acquire();
        try
        {
            Affine(packed, input, tokens, columns, output, alone: false);
            return packed.Version;
        }
        finally
        {
            packed.Release();
        }
    }

    private unsafe void Affine(PackedDense packed, ReadOnlySpan<T> input, ReadOnlySpan<int> tokens, int columns, Span<T> output, bool alone)
    {
        if (!tokens.IsEmpty)
        {
            PickColumns(packed, tokens, output);
            return;
        }

        fixed (T* x = input, y = output)
        {
            var weights = new PanelSide<T>(packed.Weights.Pointer, (nint)InputSize * _layout.Width, _layout.Width);
            var data = new ColumnSide<T>(x, InputSize, 1, InputSize);
            if (alone) _kernels.Product(_layout, OutputSize, weights, packed.Bias.Pointer, data, new Share(0, _layout.Panels, 0, columns), y, add: false);
            else _kernels.ProductTogether(_layout, OutputSize, weights, packed.Bias.Pointer, data, columns, y);
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
                int token = tokens[column];
                T* picked = packed.Weights.Pointer + ((nint)p * InputSize + token) * width;
                Span<T> target = output.Slice(column * OutputSize + p * width, count);
                if ((uint)token >= (uint)InputSize) new ReadOnlySpan<T>(bias, count).CopyTo(target);
                else for (int i = 0; i < count; i++) target[i] = bias[i] + picked[i];
            }
        }
    }

    private unsafe void Pack(PackedDense target)
    {
        _kernels.Pack(_layout, Weights.Values, OutputSize, InputSize, target.Weights.Require((long)_layout.Panels * InputSize * _layout.Width));
        _kernels.Pack(_layout, Bias.Values, OutputSize, 1, target.Bias.Require((long)_layout.Panels * _layout.Width));
    }

    private unsafe void PackTransposed(PackedDense target) => PanelKernels<T>.PackTransposed(_layout, Weights.Values, OutputSize, _transposedLayout,
        target.WeightsTransposed.Require((long)OutputSize * _transposedLayout.Panels * _transposedLayout.Width));

    /// <summary>The arguments of Backward, shared by all members of a team.</summary>
    private unsafe struct BackwardWork : ITeamWork
    {
        public DenseLayer<T> Layer;
        public PackedDense Packed;

        /// <summary>Examples times steps.</summary>
        public int Columns;

        /// <summary>[step][example][output].</summary>
        public T* OutputGradient;

        /// <summary>The same values as [panel][column][vector][lane].</summary>
        public T* Sums;

        /// <summary>[step][example][feature], or null for tokens.</summary>
        public T* Input;

        /// <summary>[step][example], or null for features.</summary>
        public int* Tokens;

        /// <summary>[step][example][feature], or null.</summary>
        public T* InputGradient;

        /// <summary>[feature][output], zero for tokens; or null.</summary>
        public T* WeightGradient;

        /// <summary>[output], or null.</summary>
        public T* BiasGradient;

        /// <summary>[member][…]: scratch in which a product gathers its columns.</summary>
        public T* Gathered;

        public int GatherLength;

        public readonly void Run(TeamMember member) => Layer.RunBackward(this, member);
    }

    private sealed class DenseStep(DenseLayer<T> layer, int batch) : BoundStep<T>(takesTokens: true, takesFeatures: true)
    {
        private readonly HeldPack<T, PackedDense> _weights = new(layer._packs);
        private readonly bool _alone = layer._kernels.Cycles((double)layer._layout.Panels * layer._layout.Width * layer.InputSize * batch) < 2 * Team.CyclesPerMember;

        public override void Run(StepInput<T> input, Span<T> output)
        {
            layer.Affine(_weights.Current(), input.FeatureSpan, input.TokenSpan, batch, output, _alone);
            GC.KeepAlive(this);
        }
    }

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

        /// <summary>[member][…]: scratch in which a product gathers the columns that it sums over.</summary>
        public AlignedBuffer<T> Gathered { get; } = new();

        /// <summary>[step][example][feature]: a ragged input with its padding set to zero.</summary>
        public AlignedBuffer<T> Input { get; } = new();

        /// <summary>[step][example][output]: the gradient of a ragged output with its padding set to zero, or a gradient of zeros.</summary>
        public AlignedBuffer<T> OutputGradient { get; } = new();
    }
}

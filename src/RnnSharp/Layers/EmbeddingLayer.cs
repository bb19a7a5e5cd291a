using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Layers;

/// <summary>
/// Maps each token of a vocabulary to a row of weights (PyTorch's Embedding). It accepts only token sequences and is stateless, so it
/// streams. It can share its weights with another layer, such as a <see cref="DenseLayer{T}"/> (tied weights).
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class EmbeddingLayer<T> : Layer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // The features whose gradients are summed in one go: a cache line or two of each column of the output's gradient.
    private const int Block = 16;

    // Larger where the columns of a token are linked, because following the links takes time.
    private const int BlockOfLinked = 32;

    private readonly PanelKernels<T> _kernels = PanelKernels<T>.Instance;
    private readonly PanelLayout _tokens;
    private readonly PanelLayout _features;
    private readonly PackCache<T, PackedRows> _packs;

    /// <summary>Creates a layer with PyTorch's initial weights: standard normal, and zero for the padding token.</summary>
    /// <param name="vocabulary">The number of tokens, at least 1: the input size.</param>
    /// <param name="size">The features of a token, at least 1: the output size.</param>
    /// <param name="seed">The seed of the initial weights; random when null.</param>
    /// <param name="paddingToken">A token whose row gets no gradient, 0 to vocabulary - 1; none when null.</param>
    /// <exception cref="ArgumentException">A size or the token is out of range, or T is neither float nor double.</exception>
    public EmbeddingLayer(int vocabulary, int size, int? seed = null, int? paddingToken = null)
        : this(WeightsOf(vocabulary, size), paddingToken, nameof(vocabulary))
    {
        Initializers.Normal(Weights, 1, Initializers.Generator(seed));
        if (paddingToken is not { } token) return;
        Weights.Update((token, vocabulary), static (values, padding) =>
        {
            for (int i = padding.token; i < values.Length; i += padding.vocabulary) values[i] = T.Zero;
        });
    }

    /// <summary>Creates a layer that shares the weights of another layer (tied weights) and does not initialize them.</summary>
    /// <param name="weights">Vocabulary × size: token k is mapped to row k.</param>
    /// <param name="paddingToken">A token whose row gets no gradient from this layer, 0 to vocabulary - 1; none when null.</param>
    /// <exception cref="ArgumentException">The weights are null or too large, or the token is out of range.</exception>
    public EmbeddingLayer(Parameter<T> weights, int? paddingToken = null)
        : this(weights, paddingToken, nameof(weights))
    {
    }

    private EmbeddingLayer(Parameter<T> weights, int? paddingToken, string argument)
        : base(Check.NotNull(weights).Rows, weights.Columns)
    {
        if (paddingToken is { } token && (uint)token >= (uint)InputSize) throw Check.Shape(nameof(paddingToken), $"a token of 0 to {InputSize - 1}", $"{token}");
        Weights = weights;
        PaddingToken = paddingToken;
        Parameters = [weights];
        _tokens = PanelLayout.ForRows(InputSize, _kernels.VectorLength);
        _features = PanelLayout.ForRows(OutputSize, _kernels.VectorLength);
        _tokens.CheckPacked<T>(OutputSize, _features, argument);
        _packs = new PackCache<T, PackedRows>([weights], Pack, static _ => { });
    }

    /// <summary>A row for each token, InputSize × OutputSize (vocabulary × size).</summary>
    public Parameter<T> Weights { get; }

    /// <summary>
    /// The token whose row gets no gradient from this layer, or null. Its output is its row, as for any other token. A layer that shares the
    /// weights still adds a gradient of its own to that row.
    /// </summary>
    public int? PaddingToken { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter<T>> Parameters { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> ParameterNames { get; } = ["weight"];

    /// <inheritdoc/>
    protected override bool TakesFeatures => false;

    /// <inheritdoc/>
    public override bool IsStreaming => true;

    /// <inheritdoc/>
    protected override LayerReport<T> Report(int batch, int steps) => base.Report(batch, steps) with { MultiplyAdds = 0 };

    /// <inheritdoc/>
    protected override void Run(ForwardPass<T> pass, Sequence<T> input, State<T>? initialState)
    {
        CapturedInput<T> x = pass.Captured();
        pass.Begin(LookUp(x, Prepare(pass, x)));
    }

    /// <inheritdoc/>
    protected override void RunPredict(Sequence<T> input, State<T> state, Sequence<T> output)
    {
        var x = new CapturedInput<T>(input, InputSize);
        LookUp(x, output.ValuesFor(OutputShape(x)));
    }

    /// <inheritdoc/>
    protected override void RunStep(StepInput<T> input, State<T> state, Span<T> output) => LookUp(input.TokenSpan, output);

    /// <inheritdoc/>
    protected override void RunBackward(ForwardPass<T> pass, Sequence<T>? outputGradient, State<T>? finalStateGradient, bool inputGradient, bool accumulate, Gradients<T> gradients)
    {
        CapturedInput<T> x = pass.Captured();
        gradients.PrepareInput(x, inputGradient);
        Span<T> target = gradients.Begin(0, accumulate);
        target.Clear();
        if (!target.IsEmpty && outputGradient is not null) AddToRows(x, outputGradient.ValuesFor(OutputShape(x)), target, gradients);
        gradients.End();
    }

    internal override BoundStep<T> Bind(State<T> state, int batch) => new EmbeddingStep(this);

    /// <summary>Checks the sizes first, so that an exception names the layer's argument and not that of the parameter.</summary>
    private static Parameter<T> WeightsOf(int vocabulary, int size)
    {
        Check.ElementType<T>();
        Check.ArrayLength((long)Check.Positive(vocabulary) * Check.Positive(size), nameof(size));
        return new Parameter<T>("weight", vocabulary, size);
    }

    /// <summary>target[feature][token] += the gradient of each column that holds the token; zero tokens, the padding token and positions past an example's end are skipped.</summary>
    private void AddToRows(in CapturedInput<T> input, ReadOnlySpan<T> gradient, Span<T> target, Gradients<T> gradients)
    {
        ReadOnlySpan<int> tokens = input.Tokens;
        if (ColumnSum.IsInBlocks(tokens.Length))
        {
            var links = (LinkedTokens)(gradients.Scratch ??= new LinkedTokens());
            AddBlocksToRows(links, links.Link(input, InputSize, PaddingToken), gradient, target);
            return;
        }

        for (int first = 0; first < OutputSize; first += Block)
        {
            int count = Math.Min(Block, OutputSize - first);
            for (int column = 0; column < tokens.Length; column++)
            {
                int token = tokens[column];
                if ((uint)token >= (uint)InputSize || token == PaddingToken || !input.Counts(column)) continue;
                ReadOnlySpan<T> from = gradient.Slice(column * OutputSize + first, count);
                Span<T> to = target[(first * InputSize + token)..];
                for (int i = 0; i < from.Length; i++) to[i * InputSize] += from[i];
            }
        }
    }

    /// <summary>The same in blocks of columns: the sum of a token's columns is added to its row.</summary>
    private void AddBlocksToRows(LinkedTokens links, ReadOnlySpan<int> tokens, ReadOnlySpan<T> gradient, Span<T> target)
    {
        ReadOnlySpan<int> next = links.Next;
        Span<T> sum = stackalloc T[BlockOfLinked];
        for (int first = 0; first < OutputSize; first += BlockOfLinked)
        {
            int count = Math.Min(BlockOfLinked, OutputSize - first);
            foreach (int firstColumn in links.Firsts)
            {
                // Checked again, because another thread may have changed it since the columns were linked.
                int token = tokens[firstColumn];
                if ((uint)token >= (uint)InputSize) continue;
                scoped ReadOnlySpan<T> from = gradient.Slice(firstColumn * OutputSize + first, count);
                int column = next[firstColumn];
                if (column >= 0)
                {
                    from.CopyTo(sum);
                    for (; column >= 0; column = next[column])
                    {
                        from = gradient.Slice(column * OutputSize + first, count);
                        for (int i = 0; i < from.Length; i++) sum[i] += from[i];
                    }

                    from = sum[..count];
                }

                Span<T> to = target[(first * InputSize + token)..];
                for (int i = 0; i < from.Length; i++) to[i * InputSize] += from[i];
            }
        }
    }

    private long LookUp(in CapturedInput<T> input, Span<T> output)
    {
        long version = LookUp(input.Tokens, output);
        SequencePadding.Clear(output, input.Lengths, input.Shape.Steps, OutputSize);
        return version;
    }

    private long LookUp(ReadOnlySpan<int> tokens, Span<T> output)
    {
        PackedRows packed = _packs.Acquire();
        try
        {
            LookUp(packed, tokens, output);
            return packed.Version;
        }
        finally
        {
            packed.Release();
        }
    }

    private void LookUp(PackedRows packed, ReadOnlySpan<int> tokens, Span<T> output)
    {
        int width = _features.Width;
        for (int p = 0; p < _features.Panels; p++)
        {
            ReadOnlySpan<T> rows = packed.Rows.Span[(p * InputSize * width)..];
            int first = p * width, count = Math.Min(width, OutputSize - first);
            for (int column = 0; column < tokens.Length; column++)
            {
                int token = tokens[column];
                Span<T> target = output.Slice(column * OutputSize + first, count);
                if ((uint)token < (uint)InputSize) rows.Slice(token * width, count).CopyTo(target);
                else target.Clear();
            }
        }
    }

    private unsafe void Pack(PackedRows target) =>
        PanelKernels<T>.PackTransposed(_tokens, Weights.Values, InputSize, _features, target.Rows.Require((long)InputSize * _features.Panels * _features.Width));

    private sealed class EmbeddingStep(EmbeddingLayer<T> layer) : BoundStep<T>(takesTokens: true, takesFeatures: false)
    {
        private readonly HeldPack<T, PackedRows> _weights = new(layer._packs);

        public override void Run(StepInput<T> input, Span<T> output)
        {
            layer.LookUp(_weights.Current(), input.TokenSpan, output);
            GC.KeepAlive(this);
        }
    }

    /// <summary>The columns of each token, in blocks; kept with the gradients.</summary>
    private sealed class LinkedTokens
    {
        private int[] _next = [];
        private int[] _firsts = [];
        private int[] _counted = [];
        private int _count;

        /// <summary>[column]: the next column of the same token in its block, or -1.</summary>
        public ReadOnlySpan<int> Next => _next;

        /// <summary>The first column of each token in each block.</summary>
        public ReadOnlySpan<int> Firsts => _firsts.AsSpan(0, _count);

        /// <summary>Links the columns whose tokens' rows get their gradient, and returns the tokens by column.</summary>
        public ReadOnlySpan<int> Link(in CapturedInput<T> input, int vocabulary, int? paddingToken)
        {
            int columns = input.Columns;
            if (_next.Length < columns) (_next, _firsts) = (new int[columns], new int[columns]);
            ReadOnlySpan<int> tokens = input.IsRagged ? Counted(input) : input.Tokens;
            _count = 0;
            for (int first = 0; first < columns; first += ColumnSum.Block)
                _count += ColumnSum.Link(tokens, first, Math.Min(first + ColumnSum.Block, columns), vocabulary, _next, _firsts.AsSpan(_count), paddingToken ?? -1);
            return tokens;
        }

        /// <summary>The tokens of a ragged input, with -1 past an example's end.</summary>
        private ReadOnlySpan<int> Counted(in CapturedInput<T> input)
        {
            if (_counted.Length < input.Columns) _counted = new int[input.Columns];
            for (int column = 0; column < input.Columns; column++) _counted[column] = input.Counts(column) ? input.Tokens[column] : -1;
            return _counted;
        }
    }

    private sealed class PackedRows : PackedSnapshot
    {
        /// <summary>[panel of features][token, padded][vector][lane].</summary>
        public AlignedBuffer<T> Rows { get; } = new();
    }
}

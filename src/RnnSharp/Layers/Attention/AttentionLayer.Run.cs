using RnnSharp.Numerics;

namespace RnnSharp.Layers;

public sealed partial class AttentionLayer<T>
{
    /// <inheritdoc/>
    protected override unsafe void Run(ForwardPass<T> pass, Sequence<T> input, State<T>? initialState)
    {
        var tape = (AttentionPass)pass;
        CapturedInput<T> x = pass.Captured();
        int batch = x.Batch, columns = x.Columns;
        if (initialState is null) tape.Memory.CollectNone(batch, MemorySize);
        else tape.Memory.Collect(MemoryOf(initialState, batch), MaskOf(initialState, batch), batch, MemorySize);
        ReadOnlySpan<T> queries = tape.Query is null ? x.Values : ForwardOf(_query!, input, tape.Query);
        ReadOnlySpan<T> keys = tape.Key is null ? tape.Memory.Columns.Values : ForwardOf(_key!, tape.Memory.Columns, tape.Key);
        ReadOnlySpan<T> values = tape.Value is null ? tape.Memory.Columns.Values : ForwardOf(_value!, tape.Memory.Columns, tape.Value);
        tape.Context.Resize(Heads * ValueSize, batch, x.Shape.Steps);
        tape.Context.TakeLengths(x.Lengths);
        tape.Weights.Require((long)columns * Heads * MemorySteps);
        Span<T> contexts = tape.Context.Values;

        // Output and final state are written only when everything has its memory.
        Span<T> y = Prepare(pass, x);
        KeepMemory(initialState, pass.FinalState, batch);
        Attend(queries, keys, values, tape.Memory, x, tape.Weights.Span, contexts, keepsWeights: true);
        SequencePadding.Clear(contexts, x.Lengths, x.Shape.Steps, Heads * ValueSize);
        Join(tape.Projected is null ? contexts : ForwardOf(_output!, tape.Context, tape.Projected), x, y);
    }

    /// <inheritdoc/>
    protected override void RunPredict(Sequence<T> input, State<T> state, Sequence<T> output)
    {
        var x = new CapturedInput<T>(input, InputSize);
        Predict(x, state, output.ValuesFor(OutputShape(x)));
    }

    /// <inheritdoc/>
    protected override void RunStep(StepInput<T> input, State<T> state, Span<T> output)
    {
        var scratch = ScratchOf<AttentionScratch>(state);
        int batch = output.Length / OutputSize;
        scratch.Input.Resize(InputSize, batch, 1);
        input.FeatureSpan.CopyTo(scratch.Input.Values);
        Predict(new CapturedInput<T>(scratch.Input, InputSize), state, output);
    }

    private unsafe void Predict(in CapturedInput<T> x, State<T> state, Span<T> y)
    {
        var scratch = ScratchOf<AttentionScratch>(state);
        int batch = x.Batch, columns = x.Columns;
        AttentionMemory<T> memory = scratch.Memory;
        ReadOnlySpan<T> given = MemoryOf(state, batch), mask = MaskOf(state, batch);
        long version = ParameterVersion();
        if (!memory.Holds(given, mask, this, version))
        {
            memory.Forget();
            memory.Collect(given, mask, batch, MemorySize);
            Project(_key, memory.Columns, memory.Keys);
            Project(_value, memory.Columns, memory.Values);
            memory.Remember(given, mask, this, version);
        }

        ReadOnlySpan<T> queries = x.Values, keys = (_key is null ? memory.Columns : memory.Keys).Values, values = (_value is null ? memory.Columns : memory.Values).Values;
        if (_query is not null)
        {
            scratch.Queries.Require((long)columns * _query.OutputSize);
            _query.Apply(x.Values, columns, scratch.Queries.Span);
            queries = scratch.Queries.Span;
        }

        scratch.Contexts.Require((long)columns * Heads * ValueSize);
        scratch.Weights.Require((long)batch * MemorySteps);
        Span<T> contexts = scratch.Contexts.Span;
        Attend(queries, keys, values, memory, x, scratch.Weights.Span, contexts, keepsWeights: false);
        if (_output is not null)
        {
            SequencePadding.Clear(contexts, x.Lengths, x.Shape.Steps, Heads * ValueSize);
            scratch.Outputs.Require((long)columns * _output.OutputSize);
            _output.Apply(contexts, columns, scratch.Outputs.Span);
            contexts = scratch.Outputs.Span;
        }

        Join(contexts, x, y);
    }

    private static void Project(DenseLayer<T>? projection, Sequence<T> columns, Sequence<T> target)
    {
        if (projection is null) return;
        target.Resize(projection.OutputSize, columns.Batch, 1);
        projection.Apply(columns.Values, columns.Batch, target.Values);
    }

    private static ReadOnlySpan<T> ForwardOf(DenseLayer<T> projection, Sequence<T> input, ForwardPass<T> pass) => projection.Forward(input, reuse: pass).Output.Values;

    private ReadOnlySpan<T> MemoryOf(State<T> state, int batch) => state.LeafArray[0].ValuesFor(batch);

    private ReadOnlySpan<T> MaskOf(State<T> state, int batch) => state.LeafArray[1].ValuesFor(batch);

    /// <summary>Copies the memory to the final state, which may be the initial one itself.</summary>
    private static void KeepMemory(State<T>? from, State<T> to, int batch)
    {
        for (int i = 0; i < to.LeafArray.Length; i++)
        {
            Span<T> target = to.LeafArray[i].ValuesFor(batch);
            if (from is null) target.Clear();
            else from.LeafArray[i].ValuesFor(batch).CopyTo(target);
        }
    }

    private unsafe void Attend(ReadOnlySpan<T> queries, ReadOnlySpan<T> keys, ReadOnlySpan<T> values, AttentionMemory<T> memory, in CapturedInput<T> x, Span<T> weights, Span<T> contexts, bool keepsWeights)
    {
        fixed (T* q = queries, k = keys, v = values, w = weights, c = contexts, score = _score is null ? default : _score.Values)
        fixed (int* lengths = x.Lengths)
        {
            var work = new Work { Layer = this, Memory = memory, Lengths = lengths, Arguments = Arguments(q, k, v, w, c, score, x, keepsWeights) };
            Team.Share(ref work, x.Batch, CyclesOf(memory, x));
        }
    }

    private unsafe AttentionArguments<T> Arguments(T* queries, T* keys, T* values, T* weights, T* contexts, T* score, in CapturedInput<T> x, bool keepsWeights) => new()
    {
        Queries = queries,
        QueryStride = (nint)x.Batch * Heads * KeySize,
        Keys = keys,
        Values = values,
        Weights = weights,

        // What keeps no weights has one row of them for each example, which every step and head overwrites.
        WeightStride = keepsWeights ? (nint)x.Batch * Heads * MemorySteps : 0,
        HeadStride = keepsWeights ? MemorySteps : 0,
        Contexts = contexts,
        ContextStride = (nint)x.Batch * Heads * ValueSize,
        Score = score,
        Scale = _scale,
        Steps = x.Shape.Steps,
        Heads = Heads,
        KeySize = KeySize,
        ValueSize = ValueSize,
    };

    /// <summary>The arguments of one example.</summary>
    private unsafe AttentionArguments<T> Of(int example, AttentionArguments<T> all, AttentionMemory<T> memory, int* lengths)
    {
        int first = memory.StartOf(example);
        all.Queries += (nint)example * Heads * KeySize;
        all.Keys += (nint)first * Heads * KeySize;
        all.Values += (nint)first * Heads * ValueSize;
        all.Weights += (nint)example * MemorySteps * (all.HeadStride == 0 ? 1 : Heads);
        all.Contexts += (nint)example * Heads * ValueSize;
        all.MemorySteps = memory.StartOf(example + 1) - first;
        if (lengths != null) all.Steps = Math.Min(all.Steps, lengths[example]);
        return all;
    }

    private double CyclesOf(AttentionMemory<T> memory, in CapturedInput<T> x)
    {
        // A product reads two numbers of memory for each multiply-add; a tanh takes as long as several.
        const double CyclesOfProduct = 1, CyclesOfTanh = 8;
        double pairs = (double)memory.Count * x.Shape.Steps;
        return pairs * Heads * (KeySize * (_score is null ? CyclesOfProduct : CyclesOfTanh) + ValueSize * CyclesOfProduct) / PanelKernels<T>.Instance.VectorLength;
    }

    /// <summary>The context, followed by the query if the output has it, or zeros past the end of an example.</summary>
    private void Join(ReadOnlySpan<T> contexts, in CapturedInput<T> x, Span<T> y)
    {
        int context = ContextSize;
        for (int column = 0; column < x.Columns; column++)
        {
            Span<T> target = y.Slice(column * OutputSize, OutputSize);
            if (!x.Counts(column))
            {
                target.Clear();
                continue;
            }

            contexts.Slice(column * context, context).CopyTo(target);
            if (!Options.ContextOnly) x.Values.Slice(column * InputSize, InputSize).CopyTo(target[context..]);
        }
    }

    private unsafe struct Work : ITeamWork
    {
        public AttentionLayer<T> Layer;
        public AttentionMemory<T> Memory;
        public int* Lengths;
        public AttentionArguments<T> Arguments;

        public readonly void Run(TeamMember member)
        {
            Share share = TeamGrid.Share(member, 1, Layer.BatchOf(Arguments));
            for (int j = share.FirstColumn; j < share.EndColumn; j++) AttentionKernels.Forward(Layer.Of(j, Arguments, Memory, Lengths));
        }
    }

    private int BatchOf(in AttentionArguments<T> arguments) => (int)(arguments.QueryStride / (Heads * KeySize));

    /// <summary>What Backward needs besides input and output.</summary>
    private sealed class AttentionPass(AttentionLayer<T> layer) : ForwardPass<T>(layer)
    {
        public AttentionMemory<T> Memory { get; } = new();

        public ForwardPass<T>? Query { get; } = layer._query?.CreatePass();

        public ForwardPass<T>? Key { get; } = layer._key?.CreatePass();

        public ForwardPass<T>? Value { get; } = layer._value?.CreatePass();

        public ForwardPass<T>? Projected { get; } = layer._output?.CreatePass();

        /// <summary>Heads · value size × batch × steps.</summary>
        public Sequence<T> Context { get; } = new(1, 1, 0);

        /// <summary>[step][example][head][memory step that counts].</summary>
        public AlignedBuffer<T> Weights { get; } = new();

        /// <summary>The weights by memory step, heads · memory steps × batch × steps.</summary>
        public Sequence<T> CopyWeights()
        {
            CapturedInput<T> x = Captured();
            int steps = layer.MemorySteps, size = layer.Heads * steps;
            var copy = new Sequence<T>(size, x.Batch, x.Shape.Steps);
            copy.TakeLengths(x.Lengths);
            for (int column = 0; column < x.Columns; column++)
            {
                if (!x.Counts(column)) continue;
                int first = Memory.StartOf(column % x.Batch), end = Memory.StartOf(column % x.Batch + 1);
                for (int head = 0; head < layer.Heads; head++)
                {
                    for (int s = first; s < end; s++) copy.Values[column * size + head * steps + Memory.StepOf(s)] = Weights.Span[column * size + head * steps + s - first];
                }
            }

            return copy;
        }
    }

    /// <summary>The memory of Predict and Step; held by the state. The projected memory is used again only if it is found to be that of the same memory.</summary>
    private sealed class AttentionScratch
    {
        public AttentionMemory<T> Memory { get; } = new();

        public Sequence<T> Input { get; } = new(1, 1, 1);

        public AlignedBuffer<T> Queries { get; } = new();

        /// <summary>[example][memory step that counts]: those of one step and head at a time.</summary>
        public AlignedBuffer<T> Weights { get; } = new();

        public AlignedBuffer<T> Contexts { get; } = new();

        public AlignedBuffer<T> Outputs { get; } = new();
    }
}

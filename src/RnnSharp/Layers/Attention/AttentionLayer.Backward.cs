using RnnSharp.Numerics;

namespace RnnSharp.Layers;

public sealed partial class AttentionLayer<T>
{
    /// <inheritdoc/>
    protected override void RunBackward(ForwardPass<T> pass, Sequence<T>? outputGradient, State<T>? finalStateGradient, bool inputGradient, bool accumulate, Gradients<T> gradients)
    {
        var tape = (AttentionPass)pass;
        CapturedInput<T> x = pass.Captured();
        var scratch = (BackwardScratch)(gradients.Scratch ??= new BackwardScratch(this));
        int batch = x.Batch;
        Split(outputGradient, x, scratch);
        Sequence<T> contextGradient = scratch.OutputGradient;
        if (_output is not null) contextGradient = BackwardOf(_output, tape.Projected!, contextGradient, true, scratch.Output!).Input!;
        BackwardOfAttention(tape, x, contextGradient, scratch);
        if (_value is not null) BackwardOf(_value, tape.Value!, scratch.Values, true, scratch.Value!);
        if (_key is not null) BackwardOf(_key, tape.Key!, scratch.Keys, true, scratch.Key!);
        Scatter(tape.Memory, finalStateGradient, gradients.InitialState, batch, scratch);
        if (_query is not null) BackwardOf(_query, tape.Query!, scratch.Queries, inputGradient, scratch.Query!);

        Span<T> dx = gradients.PrepareInput(x, inputGradient);
        if (!dx.IsEmpty)
        {
            Elementwise.Add((_query is null ? scratch.Queries : scratch.Query!.Input!).Values, scratch.Direct.Values, dx);
            SequencePadding.Clear(dx, x.Lengths, x.Shape.Steps, InputSize);
        }

        int next = 0;
        foreach (Gradients<T> part in scratch.Parts)
        {
            for (int p = 0; p < part.Parameters.Count; p++) Take(next++, part.Values(p));
        }

        if (_score is not null) Take(next, scratch.Score.Span[.._score.Count]);
        gradients.End();

        void Take(int index, ReadOnlySpan<T> values)
        {
            Span<T> target = gradients.Begin(index, accumulate);
            if (!target.IsEmpty) values.CopyTo(target);
        }
    }

    private static Gradients<T> BackwardOf(DenseLayer<T> projection, ForwardPass<T> pass, Sequence<T> outputGradient, bool inputGradient, Gradients<T> reuse) =>
        projection.Backward(pass, outputGradient, inputGradient: inputGradient, reuse: reuse);

    /// <summary>Splits the gradient of the output into those of the context and of the query itself, with zeros for padding.</summary>
    private void Split(Sequence<T>? outputGradient, in CapturedInput<T> x, BackwardScratch scratch)
    {
        int context = ContextSize;
        scratch.OutputGradient.Resize(context, x.Batch, x.Shape.Steps);
        scratch.OutputGradient.TakeLengths(x.Lengths);
        scratch.Direct.Resize(InputSize, x.Batch, x.Shape.Steps);
        Span<T> dc = scratch.OutputGradient.Values, dq = scratch.Direct.Values;
        ReadOnlySpan<T> dy = outputGradient is null ? default : outputGradient.ValuesFor(OutputShape(x));
        for (int column = 0; column < x.Columns; column++)
        {
            Span<T> ofContext = dc.Slice(column * context, context), ofQuery = dq.Slice(column * InputSize, InputSize);
            if (dy.IsEmpty || !x.Counts(column))
            {
                ofContext.Clear();
                ofQuery.Clear();
                continue;
            }

            dy.Slice(column * OutputSize, context).CopyTo(ofContext);
            if (Options.ContextOnly) ofQuery.Clear();
            else dy.Slice(column * OutputSize + context, InputSize).CopyTo(ofQuery);
        }
    }

    private unsafe void BackwardOfAttention(AttentionPass tape, in CapturedInput<T> x, Sequence<T> contextGradient, BackwardScratch scratch)
    {
        AttentionMemory<T> memory = tape.Memory;
        ReadOnlySpan<T> queries = tape.Query is null ? x.Values : tape.Query.Output.Values;
        ReadOnlySpan<T> keys = (tape.Key?.Output ?? memory.Columns).Values, values = (tape.Value?.Output ?? memory.Columns).Values;
        int batch = x.Batch, units = _score?.Count ?? 0;
        scratch.Queries.Resize(Heads * KeySize, batch, x.Shape.Steps);
        scratch.Queries.TakeLengths(x.Lengths);
        scratch.Keys.Resize(Heads * KeySize, memory.Columns.Batch, 1);

        // Unprojected, keys and values are the same memory, and so are their gradients.
        bool areOne = _key is null && _value is null;
        Sequence<T> valueGradient = areOne ? scratch.Keys : scratch.Values;
        valueGradient.Resize(Heads * ValueSize, memory.Columns.Batch, 1);
        scratch.Keys.Clear();
        valueGradient.Clear();
        scratch.Queries.Clear();
        scratch.Score.RequireZero((long)units * (batch + 1));
        scratch.WeightGradients.Require((long)batch * MemorySteps);
        fixed (T* q = queries, k = keys, v = values, w = tape.Weights.Span, dc = contextGradient.Values, score = _score is null ? default : _score.Values)
        fixed (T* dq = scratch.Queries.Values, dk = scratch.Keys.Values, dv = valueGradient.Values, ds = scratch.Score.Span, da = scratch.WeightGradients.Span)
        fixed (int* lengths = x.Lengths)
        {
            var work = new BackwardWork
            {
                Layer = this,
                Memory = memory,
                Lengths = lengths,
                Arguments = Arguments(q, k, v, w, dc, score, x, keepsWeights: true),
                Gradients = new() { Queries = dq, Keys = dk, Values = dv, Score = ds + units, WeightGradients = da },
            };
            Team.Share(ref work, batch, 2 * CyclesOf(memory, x));
        }

        for (int j = 0; j < batch && units > 0; j++) Elementwise.Add(scratch.Score.Span[..units], scratch.Score.Span.Slice((j + 1) * units, units));
    }

    /// <summary>The gradient of the memory: that of its columns, added to that of the final state, which is the same memory.</summary>
    private void Scatter(AttentionMemory<T> memory, State<T>? finalStateGradient, State<T> initialState, int batch, BackwardScratch scratch)
    {
        KeepMemory(finalStateGradient, initialState, batch);
        Span<T> target = initialState.LeafArray[0].ValuesFor(batch);
        for (int j = 0; j < batch; j++)
        {
            for (int column = memory.StartOf(j); column < memory.StartOf(j + 1); column++)
            {
                Span<T> own = target.Slice((j * MemorySteps + memory.StepOf(column)) * MemorySize, MemorySize);
                int at = column * MemorySize;
                Elementwise.Add(own, (_key is null ? scratch.Keys : scratch.Key!.Input!).Values.Slice(at, MemorySize));
                if (_value is not null) Elementwise.Add(own, scratch.Value!.Input!.Values.Slice(at, MemorySize));
                else if (_key is not null) Elementwise.Add(own, scratch.Values.Values.Slice(at, MemorySize));
            }
        }
    }

    private unsafe struct BackwardWork : ITeamWork
    {
        public AttentionLayer<T> Layer;
        public AttentionMemory<T> Memory;
        public int* Lengths;
        public AttentionArguments<T> Arguments;
        public AttentionGradients<T> Gradients;

        public readonly void Run(TeamMember member)
        {
            Share share = TeamGrid.Share(member, 1, Layer.BatchOf(Arguments));
            for (int j = share.FirstColumn; j < share.EndColumn; j++)
            {
                AttentionArguments<T> own = Layer.Of(j, Arguments, Memory, Lengths), all = Arguments;
                AttentionGradients<T> gradients = Gradients;
                gradients.Queries += own.Queries - all.Queries;
                gradients.Keys += own.Keys - all.Keys;
                gradients.Values += own.Values - all.Values;
                gradients.Score += (nint)j * (Layer._score?.Count ?? 0);
                gradients.WeightGradients += (nint)j * Layer.MemorySteps;
                AttentionKernels.Backward(own, gradients);
            }
        }
    }

    /// <summary>Kept with the gradients.</summary>
    private sealed class BackwardScratch
    {
        public BackwardScratch(AttentionLayer<T> layer)
        {
            (Query, Key, Value, Output) = (layer._query?.CreateGradients(), layer._key?.CreateGradients(), layer._value?.CreateGradients(), layer._output?.CreateGradients());
            Parts = [.. new[] { Query, Key, Value, Output }.OfType<Gradients<T>>()];
        }

        public Gradients<T>? Query { get; }

        public Gradients<T>? Key { get; }

        public Gradients<T>? Value { get; }

        public Gradients<T>? Output { get; }

        /// <summary>Those that there are, in the order of the layer's parameters.</summary>
        public Gradients<T>[] Parts { get; }

        public Sequence<T> OutputGradient { get; } = new(1, 1, 0);

        /// <summary>The part of the output's gradient that goes to the input directly.</summary>
        public Sequence<T> Direct { get; } = new(1, 1, 0);

        public Sequence<T> Queries { get; } = new(1, 1, 0);

        public Sequence<T> Keys { get; } = new(1, 1, 1);

        public Sequence<T> Values { get; } = new(1, 1, 1);

        /// <summary>The sum over all examples, then the part of each example, [units].</summary>
        public AlignedBuffer<T> Score { get; } = new();

        /// <summary>[example][memory step].</summary>
        public AlignedBuffer<T> WeightGradients { get; } = new();
    }
}

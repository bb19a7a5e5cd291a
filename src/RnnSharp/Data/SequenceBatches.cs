using System.Numerics;
using RnnSharp.Numerics;
using RnnSharp.Training;

namespace RnnSharp.Data;

/// <summary>Batches of the examples of sequences that hold all the data. A batch has the steps of its longest example.</summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class SequenceBatches<T> : IndexedBatches<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Sequence<T> _inputs;
    private readonly Sequence<T> _targets;
    private readonly Sequence<T>? _sources;
    private readonly Sequence<T>? _stepWeights;
    private int[] _lengths = [];

    /// <summary>Creates a source. The sequences are not copied, and must not change while the source is in use.</summary>
    /// <param name="inputs">The inputs of all examples.</param>
    /// <param name="targets">Their targets.</param>
    /// <param name="options">How the examples are put into batches; the defaults when null.</param>
    /// <param name="sources">The inputs of an encoder; none when null.</param>
    /// <param name="stepWeights">1 × examples × steps of the targets: factors of the loss; none when null.</param>
    /// <exception cref="ArgumentException">A sequence is null, has another number of examples or occurs twice; the weights have other steps than the targets; or the options do not fit.</exception>
    public SequenceBatches(Sequence<T> inputs, Sequence<T> targets, BatchOptions? options = null, Sequence<T>? sources = null, Sequence<T>? stepWeights = null)
        : base(Check.ArrayLength(Check.NotNull(inputs).Batch, nameof(inputs)), options)
    {
        ArgumentNullException.ThrowIfNull(targets);
        RequireExamples(targets, nameof(targets));
        if (sources is not null) RequireExamples(sources, nameof(sources));
        if (stepWeights is not null)
        {
            RequireExamples(stepWeights, nameof(stepWeights));
            if (stepWeights.IsTokens || stepWeights.Features != 1 || stepWeights.Steps != targets.Steps)
                throw Check.Shape(nameof(stepWeights), $"1 x {Count} x {targets.Steps} (a factor for each step of the targets)", stepWeights.Describe());
            for (int j = 0; j < Count; j++)
            {
                if (stepWeights.LengthOf(j) != targets.LengthOf(j)) throw Check.Shape(nameof(stepWeights), $"a length of {targets.LengthOf(j)} for example {j} (as in the targets)", $"{stepWeights.LengthOf(j)}");
            }
        }

        (_inputs, _targets, _sources, _stepWeights) = (inputs, targets, sources, stepWeights);

        void RequireExamples(Sequence<T> sequence, string name)
        {
            if (sequence.Batch != inputs.Batch) throw Check.Shape(name, $"{inputs.Batch} examples (as in the inputs)", $"{sequence.Batch}");
        }
    }

    /// <inheritdoc/>
    public override Batch<T> CreateBatch() => new(Like(_inputs), Like(_targets))
    {
        Source = _sources is null ? null : Like(_sources),
        StepWeights = _stepWeights is null ? null : Like(_stepWeights),
    };

    /// <inheritdoc/>
    protected override void Fill(Batch<T> batch, ReadOnlySpan<int> items, FastRandom random)
    {
        if (_lengths.Length < items.Length) _lengths = new int[items.Length];
        Gather(_inputs, items, batch.Input);
        Gather(_targets, items, batch.Target);
        if (_sources is not null) Gather(_sources, items, batch.Source!);
        if (_stepWeights is not null) Gather(_stepWeights, items, batch.StepWeights!);
    }

    /// <inheritdoc/>
    protected override int LengthOf(int item) => Math.Max(_inputs.LengthOf(item), _sources?.LengthOf(item) ?? 0);

    private static Sequence<T> Like(Sequence<T> sequence) => sequence.IsTokens ? Sequence<T>.ForTokens(sequence.Features, 1, 0) : new Sequence<T>(sequence.Features, 1, 0);

    private void Gather(Sequence<T> from, ReadOnlySpan<int> items, Sequence<T> to)
    {
        if (from.Batch != Count) throw new InvalidOperationException($"Expected sequences of {Count} examples, as when the source was created, got {from.Batch}: a sequence has been resized.");
        from.GatherTo(items, to);
        if (!from.IsRagged) return;
        Span<int> lengths = _lengths.AsSpan(0, items.Length);
        for (int j = 0; j < lengths.Length; j++) lengths[j] = from.LengthOf(items[j]);
        StepCopy.SetLengths(to, lengths);
    }
}

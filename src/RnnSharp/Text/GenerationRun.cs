using System.Numerics;

namespace RnnSharp.Text;

/// <summary>Texts that are being generated, each a row of one batch.</summary>
internal sealed class GenerationRun<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Stepper<T> _stepper;
    private readonly int[] _inputs;
    private readonly int _size;
    private int _primed;

    public GenerationRun(LanguageModel<T> model, int[][] prompts, GenerationOptions options, bool withText)
    {
        _stepper = model.Layer.CreateStepper(prompts.Length);
        _size = model.Tokenizer.Size;
        _inputs = new int[prompts.Length];
        Rows = [.. prompts.Select((prompt, row) => new GenerationRow(model.Inputs(prompt), prompt, options, options with { Seed = unchecked(options.Seed + (ulong)row) }, withText || options.StopSequences.Count > 0 ? model.Tokenizer.CreateDecoder() : null))];
        _primed = Rows.Min(row => row.Inputs) - 1;
    }

    public GenerationRow[] Rows { get; }

    /// <summary>Generates a token for each row that is not complete, after those of the prompts. Returns whether there is more to do.</summary>
    public bool Step(CancellationToken cancellationToken)
    {
        if (Rows.All(row => row.IsComplete)) return false;

        // All rows read their prompts as far as the shortest, before one generates.
        for (; _primed > 0; _primed--) Advance(cancellationToken);
        Advance(cancellationToken);
        return Rows.Any(row => !row.IsComplete);
    }

    private void Advance(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        for (int i = 0; i < _inputs.Length; i++) _inputs[i] = Rows[i].IsComplete ? Sequence<T>.ZeroToken : Rows[i].Next;
        ReadOnlySpan<T> scores = _stepper.Step(_inputs);
        for (int i = 0; i < _inputs.Length; i++) Rows[i].Take(scores.Slice(i * _size, _size));
    }
}

using System.Numerics;
using RnnSharp.Numerics;
using RnnSharp.Training;

namespace RnnSharp.Data;

/// <summary>
/// Batches of one long text for a language model that is trained by truncated backpropagation through time. The text is cut into as many
/// contiguous streams as a batch has examples; each batch is the next window of every stream, so that the state of a stream is carried
/// from batch to batch. The target of each token is the next one.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class TokenStreamBatches<T> : BatchSource<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ReadOnlyMemory<int> _tokens;
    private readonly int _vocabulary;
    private readonly int _window;
    private readonly bool _randomOffset;
    private readonly int[] _documents;
    private readonly int[] _positions;
    private readonly int[] _lengths;
    private readonly int _streamLength;
    private readonly FastRandom _random = new(0);
    private long _epoch;
    private bool _fresh = true;

    /// <summary>Creates a source.</summary>
    /// <param name="tokens">The text: tokens of 0 to <paramref name="vocabulary"/> - 1; not copied.</param>
    /// <param name="vocabulary">Size of the vocabulary, at least 1.</param>
    /// <param name="batch">Number of streams, at least 1.</param>
    /// <param name="window">Steps of a batch, at least 1; the last batch of an epoch may have fewer.</param>
    /// <param name="documents">
    /// The positions in the text at which documents start, in ascending order; none when null. A window then ends with its document, so
    /// that batches are ragged, and the next one starts from a zero state. The last token of a document has no target.
    /// </param>
    /// <param name="randomOffset">Whether each epoch starts at another place within the first window, so that windows are cut differently.</param>
    /// <param name="seed">The seed of the offsets.</param>
    /// <exception cref="ArgumentException">A token, a position or a size is out of range, or the text is too short for the streams.</exception>
    public TokenStreamBatches(ReadOnlyMemory<int> tokens, int vocabulary, int batch, int window, IReadOnlyList<int>? documents = null, bool randomOffset = false, ulong seed = 0)
        : base(seed)
    {
        Check.Positive(vocabulary);
        Check.Positive(batch);
        Check.Positive(window);
        foreach (int token in tokens.Span) Sequence<T>.CheckToken(token, vocabulary, nameof(tokens));
        long usable = (long)tokens.Length - 1 - (randomOffset ? window - 1 : 0);
        if (usable < batch) throw Check.Shape(nameof(tokens), $"at least {batch + 1L + (randomOffset ? window - 1 : 0)} tokens for {batch} streams", $"{tokens.Length}");
        for (int i = 0; i < documents?.Count; i++)
        {
            if (documents[i] < 0 || documents[i] >= tokens.Length || (i > 0 && documents[i] <= documents[i - 1]))
                throw Check.Shape(nameof(documents), $"ascending positions of 0 to {tokens.Length - 1}", $"{documents[i]} as number {i}");
        }

        (_tokens, _vocabulary, _window, _randomOffset) = (tokens, vocabulary, window, randomOffset);
        _documents = documents is null ? [] : [.. documents];
        _streamLength = (int)(usable / batch);
        _positions = new int[batch];
        _lengths = new int[batch];
        if (_documents.Length == 0) BatchesPerEpoch = ((long)_streamLength + window - 1) / window;
        else if (!randomOffset) BatchesPerEpoch = CountBatches();
        if (BatchesPerEpoch == 0) throw Check.Shape(nameof(documents), "a document of at least 2 tokens", "none");
    }

    /// <inheritdoc/>
    /// <remarks>Not known with documents and random offsets.</remarks>
    public override long? BatchesPerEpoch { get; }

    /// <inheritdoc/>
    public override bool CarriesState => true;

    /// <summary>Tokens of each stream that have a target in an epoch; with documents, some have none.</summary>
    public int StreamLength => _streamLength;

    private protected override string Settings => $"a text of {_tokens.Length} tokens in {_positions.Length} streams with windows of {_window}{(_documents.Length > 0 ? $", {_documents.Length} documents" : "")}{(_randomOffset ? ", random offset" : "")}";

    private protected override int CursorLength => 2 + _positions.Length;

    /// <inheritdoc/>
    public override Batch<T> CreateBatch() => new(Sequence<T>.ForTokens(_vocabulary, 1, 0), Sequence<T>.ForTokens(_vocabulary, 1, 0));

    /// <inheritdoc/>
    public override void EndEpoch()
    {
        if (_fresh) return;
        _epoch++;
        _fresh = true;
    }

    private protected override bool Read(Batch<T> batch, CancellationToken cancellation)
    {
        int first = Offset(Seed, _epoch), steps = 0;
        for (int j = 0; j < _positions.Length; j++)
        {
            int start = first + j * _streamLength;
            if (_fresh) _positions[j] = start;
            (_positions[j], _lengths[j]) = Window(_positions[j], start + _streamLength);
            steps = Math.Max(steps, _lengths[j]);
        }

        // Never of a fresh epoch, unless documents of one token are all there is.
        if (steps == 0)
        {
            _fresh = false;
            EndEpoch();
            return false;
        }

        ReadOnlySpan<int> tokens = _tokens.Span;
        StepCopy.Resize(batch.Input, _positions.Length, steps);
        StepCopy.Resize(batch.Target, _positions.Length, steps);
        SequenceShape shape = batch.Input.Shape;
        for (int j = 0; j < _positions.Length; j++)
        {
            int position = _positions[j];
            batch.Restarts[j] = position == first + j * _streamLength || Array.BinarySearch(_documents, position) >= 0;
            if (_lengths[j] == 0) continue;
            StepCopy.Tokens(tokens.Slice(position, _lengths[j]), batch.Input.TokenMemoryFor(shape)[j..], shape.Batch, _vocabulary, j);
            StepCopy.Tokens(tokens.Slice(position + 1, _lengths[j]), batch.Target.TokenMemoryFor(shape)[j..], shape.Batch, _vocabulary, j);
        }

        StepCopy.SetLengths(batch.Input, _lengths);
        StepCopy.SetLengths(batch.Target, _lengths);
        for (int j = 0; j < _positions.Length; j++) _positions[j] += _lengths[j];
        _fresh = false;
        return true;
    }

    private protected override void CopyCursor(Span<long> cursor)
    {
        (cursor[0], cursor[1]) = (_epoch, _fresh ? 1 : 0);
        for (int j = 0; j < _positions.Length; j++) cursor[2 + j] = _fresh ? 0 : _positions[j];
    }

    private protected override void CheckCursor(ReadOnlySpan<long> cursor, ulong seed)
    {
        Require(cursor[0], 0, MaxCount, "an epoch");
        Require(cursor[1], 0, 1, "a start of an epoch");
        if (cursor[1] == 1) return;
        int first = Offset(seed, cursor[0]);
        for (int j = 0; j < _positions.Length; j++)
        {
            // A window that ends with its document may end the stream one token early.
            int start = first + j * _streamLength;
            Require(cursor[2 + j], start, start + _streamLength, "a position");
        }
    }

    private protected override void Restore(ReadOnlySpan<long> cursor)
    {
        (_epoch, _fresh) = (cursor[0], cursor[1] == 1);
        for (int j = 0; j < _positions.Length; j++) _positions[j] = (int)cursor[2 + j];
    }

    private int Offset(ulong seed, long epoch)
    {
        if (!_randomOffset) return 0;
        _random.Reseed(seed, (ulong)epoch);
        return _random.Next(_window);
    }

    /// <summary>The next position at or after a given one that has a target in its document, and the number of steps from there.</summary>
    private (int Position, int Length) Window(int position, int end)
    {
        while (position < end && _documents.Length > 0)
        {
            int next = Array.BinarySearch(_documents, position + 1);
            if (next < 0)
            {
                // The document ends with the token before the next one's first, which has no target here.
                next = ~next;
                int last = next < _documents.Length ? _documents[next] - 1 : end;
                return (position, Math.Min(_window, Math.Min(last, end) - position));
            }

            position++; // the document's last token
        }

        return (position, Math.Min(_window, end - position));
    }

    private long CountBatches()
    {
        long most = 0;
        for (int j = 0; j < _positions.Length; j++)
        {
            long count = 0;
            int end = (j + 1) * _streamLength;
            for (int position = j * _streamLength; ;)
            {
                (position, int length) = Window(position, end);
                if (length == 0) break;
                position += length;
                count++;
            }

            most = Math.Max(most, count);
        }

        return most;
    }
}

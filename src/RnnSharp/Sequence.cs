using System.Diagnostics;
using System.Numerics;
using MathNet.Numerics.LinearAlgebra;
using RnnSharp.Numerics;

namespace RnnSharp;

/// <summary>
/// A batch of sequences. It holds either features, features × batch × steps (the notebook's x of n_x × m × T_x), or tokens: one number
/// for each example and time step, which stands for a one-hot column of the vocabulary without storing the zeros.
/// <para>Element (i, j, t) lies at i + Features·(j + Batch·t). A time step is therefore one contiguous block, a column-major
/// Features × Batch matrix as in MathNet.</para>
/// <para>A sequence may be ragged: <see cref="SetLengths"/> gives each example a length of 0 to <see cref="Steps"/>. Values past an
/// example's end are padding: they have no effect, layers write zeros there, and they get no gradient.</para>
/// <para>The storage grows but never shrinks, so that <see cref="Resize(int, int)"/> to a size the sequence has had before allocates
/// nothing.</para>
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
[DebuggerDisplay("{ToString(),nq}")]
public sealed partial class Sequence<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>
    /// The token that stands for a column of zeros instead of a one-hot column, such as the notebook's first input x⟨1⟩ = 0. It adds
    /// nothing to a product, an embedding maps it to zeros, and no weight gets a gradient from it. As a target it is ignored: its
    /// value is the one that PyTorch's cross-entropy ignores by default.
    /// </summary>
    public const int ZeroToken = -100;

    private T[] _values = [];
    private int[] _tokens = [];
    private int[] _lengths = [];
    private bool _ragged;

    /// <summary>Creates a sequence of features × batch × steps zeros.</summary>
    /// <param name="features">Number of features at each time step, at least 1.</param>
    /// <param name="batch">Number of examples, at least 1.</param>
    /// <param name="steps">Number of time steps, at least 0.</param>
    /// <exception cref="ArgumentException">T is neither float nor double, or a size is out of range.</exception>
    public Sequence(int features, int batch, int steps)
        : this(features, batch, steps, tokens: false)
    {
    }

    private Sequence(int features, int batch, int steps, bool tokens)
    {
        Check.ElementType<T>();
        IsTokens = tokens;
        Resize(features, batch, steps);
    }

    /// <summary>Number of features at each time step; for tokens the size of the vocabulary.</summary>
    public int Features { get; private set; }

    /// <summary>Number of examples.</summary>
    public int Batch { get; private set; }

    /// <summary>Number of time steps, including padding.</summary>
    public int Steps { get; private set; }

    /// <summary>Whether the sequence holds tokens instead of features.</summary>
    public bool IsTokens { get; }

    /// <summary>Whether the examples have lengths of their own.</summary>
    public bool IsRagged => _ragged;

    /// <summary>The length of each example, 0 to <see cref="Steps"/>; empty when the sequence is not ragged.</summary>
    public ReadOnlySpan<int> Lengths => LengthsFor(Shape);

    /// <summary>All values, [step][example][feature]; empty for tokens.</summary>
    public Span<T> Values => ValuesFor(Shape);

    /// <summary>All tokens, [step][example]; empty when the sequence holds features.</summary>
    public ReadOnlySpan<int> Tokens => TokensFor(Shape);

    /// <summary>One value. Tokens are read as one-hot columns (zeros for <see cref="ZeroToken"/>) and cannot be written here.</summary>
    /// <param name="feature">0 to <see cref="Features"/> - 1.</param>
    /// <param name="example">0 to <see cref="Batch"/> - 1.</param>
    /// <param name="step">0 to <see cref="Steps"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">An index is out of range.</exception>
    /// <exception cref="InvalidOperationException">The value is set, but the sequence holds tokens.</exception>
    public T this[int feature, int example, int step]
    {
        get
        {
            SequenceShape shape = Shape;
            int column = Column(shape, example, step);
            CheckIndex(feature, shape.Features, nameof(feature));
            if (IsTokens) return TokensFor(shape)[column] == feature ? T.One : T.Zero;
            return ValuesFor(shape)[feature + shape.Features * column];
        }

        set
        {
            SequenceShape shape = Shape;
            int column = Column(shape, example, step);
            CheckIndex(feature, shape.Features, nameof(feature));
            RequireFeatures();
            ValuesFor(shape)[feature + shape.Features * column] = value;
        }
    }

    /// <summary>Creates a token sequence that holds token 0 throughout, to be filled with <see cref="SetToken"/>.</summary>
    /// <param name="features">Size of the vocabulary, at least 1.</param>
    /// <param name="batch">Number of examples, at least 1.</param>
    /// <param name="steps">Number of time steps, at least 0.</param>
    /// <exception cref="ArgumentException">T is neither float nor double, or a size is out of range.</exception>
    public static Sequence<T> ForTokens(int features, int batch, int steps) => new(features, batch, steps, tokens: true);

    /// <summary>The values of one time step, [example][feature]: a column-major Features × Batch matrix. Empty for tokens.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The step is out of range.</exception>
    public Span<T> Step(int step)
    {
        SequenceShape shape = Shape;
        CheckIndex(step, shape.Steps, nameof(step));
        return IsTokens ? default : ValuesFor(shape).Slice(shape.Features * shape.Batch * step, shape.Features * shape.Batch);
    }

    /// <summary>Copies a Features × Batch matrix into one time step.</summary>
    /// <exception cref="ArgumentException">The step is out of range, or the matrix is null or of another shape.</exception>
    /// <exception cref="InvalidOperationException">The sequence holds tokens.</exception>
    public void SetStep(int step, Matrix<T> matrix)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        SequenceShape shape = Shape;
        CheckIndex(step, shape.Steps, nameof(step));
        RequireFeatures();
        if (matrix.RowCount != shape.Features || matrix.ColumnCount != shape.Batch)
            throw Check.Shape(nameof(matrix), $"{shape.Features} x {shape.Batch} (features x batch)", $"{matrix.RowCount} x {matrix.ColumnCount}");
        MatrixCopy.ToColumns(matrix, ValuesFor(shape).Slice(shape.Features * shape.Batch * step, shape.Features * shape.Batch));
    }

    /// <summary>Sets one token.</summary>
    /// <param name="example">0 to <see cref="Batch"/> - 1.</param>
    /// <param name="step">0 to <see cref="Steps"/> - 1.</param>
    /// <param name="token">0 to <see cref="Features"/> - 1, or <see cref="ZeroToken"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">An index or the token is out of range.</exception>
    /// <exception cref="InvalidOperationException">The sequence holds features.</exception>
    public void SetToken(int example, int step, int token)
    {
        SequenceShape shape = Shape;
        int column = Column(shape, example, step);
        if (!IsTokens) throw new InvalidOperationException("The sequence holds features, not tokens.");
        if (!IsToken(token, shape.Features)) throw new ArgumentOutOfRangeException(nameof(token), token, $"Expected {TokenRange(shape.Features)}, got {token}.");
        TokenMemoryFor(shape)[column] = token;
    }

    /// <summary>Gives each example its own length, which makes the sequence ragged.</summary>
    /// <param name="lengths">One length for each example, 0 to <see cref="Steps"/>.</param>
    /// <exception cref="ArgumentException">There is not one length for each example, or a length is out of range.</exception>
    public void SetLengths(ReadOnlySpan<int> lengths)
    {
        SequenceShape shape = Shape;
        if (lengths.Length != shape.Batch) throw Check.Shape(nameof(lengths), $"{shape.Batch} lengths (one for each example)", $"{lengths.Length}");
        for (int j = 0; j < lengths.Length; j++)
        {
            if (lengths[j] < 0 || lengths[j] > shape.Steps)
                throw Check.Shape(nameof(lengths), $"lengths of 0 to {shape.Steps} (the number of steps)", $"{lengths[j]} for example {j}");
        }

        lengths.CopyTo(LengthMemory(lengths.Length));
    }

    /// <summary>Gives every example all steps of the sequence, which is then no longer ragged.</summary>
    public void ClearLengths() => _ragged = false;

    /// <summary>Sets the values past every example's end to zero, as they are in the output of every layer. Does nothing without lengths, and to tokens.</summary>
    public void ClearPadding()
    {
        SequenceShape shape = Shape;
        if (!IsTokens) SequencePadding.Clear(ValuesFor(shape), LengthsFor(shape), shape.Steps, shape.Features);
    }

    /// <summary>The length of one example.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The example is out of range.</exception>
    public int LengthOf(int example)
    {
        SequenceShape shape = Shape;
        CheckIndex(example, shape.Batch, nameof(example));
        ReadOnlySpan<int> lengths = LengthsFor(shape);
        return lengths.IsEmpty ? shape.Steps : lengths[example];
    }

    /// <summary>
    /// Changes the batch and the number of steps; the sequence is then not ragged. Values are kept if only the number of steps
    /// changes, and are otherwise undefined until written.
    /// </summary>
    /// <param name="batch">Number of examples, at least 1.</param>
    /// <param name="steps">Number of time steps, at least 0.</param>
    /// <exception cref="ArgumentException">A size is out of range.</exception>
    public void Resize(int batch, int steps) => Resize(Features, batch, steps);

    /// <summary>Sets every value to zero, or every token to token 0. The lengths are kept.</summary>
    public void Clear()
    {
        SequenceShape shape = Shape;
        ValuesFor(shape).Clear();
        TokenMemoryFor(shape).Clear();
    }

    /// <summary>Copies the sequence, converting its values to another type.</summary>
    /// <exception cref="ArgumentException">TOther is neither float nor double.</exception>
    public Sequence<TOther> ConvertTo<TOther>()
        where TOther : unmanaged, IBinaryFloatingPointIeee754<TOther>
    {
        SequenceShape shape = Shape;
        ReadOnlySpan<T> from = ValuesFor(shape);
        ReadOnlySpan<int> tokens = TokensFor(shape), lengths = LengthsFor(shape);
        var copy = new Sequence<TOther>(shape.Features, shape.Batch, shape.Steps, IsTokens);
        tokens.CopyTo(copy._tokens);
        Span<TOther> to = copy.Values;
        for (int i = 0; i < to.Length; i++) to[i] = TOther.CreateChecked(from[i]);
        if (!lengths.IsEmpty) copy.SetLengths(lengths);
        return copy;
    }

    /// <summary>The shape, such as "3 x 2 x 5 (features x batch x steps)".</summary>
    public override string ToString() =>
        $"{Shape} ({(IsTokens ? "tokens of vocabulary" : "features")} x batch x steps){(IsRagged ? ", ragged" : "")}";

    /// <summary>Throws unless a number is a token of a vocabulary or the zero token.</summary>
    internal static void CheckToken(int number, int vocabulary, string name)
    {
        if (!IsToken(number, vocabulary)) throw Check.Shape(name, TokenRange(vocabulary), $"{number}");
    }

    /// <summary>Changes all sizes. Only a sequence of features can change their number.</summary>
    internal void Resize(int features, int batch, int steps)
    {
        Check.Positive(features);
        Check.Positive(batch);
        Check.NotNegative(steps);
        if (IsTokens && features != Features && Features > 0) throw new InvalidOperationException("The vocabulary of a token sequence cannot change.");

        // Two products, because a single product of three sizes can exceed 64 bits.
        long columns = Check.ArrayLength((long)batch * steps, nameof(steps));
        int length = Check.ArrayLength((IsTokens ? 1 : features) * columns, nameof(steps));
        if (IsTokens) Grow(ref _tokens, length);
        else Grow(ref _values, length);

        Features = features;
        Batch = batch;
        Steps = steps;
        _ragged = false;

        static void Grow<TElement>(ref TElement[] array, int length)
        {
            if (array.Length < length) Array.Resize(ref array, length);
        }
    }

    /// <summary>Exchanges the contents of two sequences of the same kind, without copying them.</summary>
    internal void Exchange(Sequence<T> other)
    {
        (_values, other._values) = (other._values, _values);
        (_tokens, other._tokens) = (other._tokens, _tokens);
        (_lengths, other._lengths) = (other._lengths, _lengths);
        (_ragged, other._ragged) = (other._ragged, _ragged);
        (Features, other.Features) = (other.Features, Features);
        (Batch, other.Batch) = (other.Batch, Batch);
        (Steps, other.Steps) = (other.Steps, Steps);
    }

    /// <summary>Copies the lengths of another sequence of the same batch and steps.</summary>
    internal void TakeLengths<TOther>(Sequence<TOther> other)
        where TOther : unmanaged, IBinaryFloatingPointIeee754<TOther> => TakeLengths(other.Lengths);

    /// <summary>Sets one length for each example, or none for a sequence that is not ragged.</summary>
    internal void TakeLengths(ReadOnlySpan<int> lengths)
    {
        if (lengths.IsEmpty) ClearLengths();
        else SetLengths(lengths);
    }

    /// <summary>The shape in short, for error messages.</summary>
    internal string Describe() => $"{Shape}{(IsTokens ? " (tokens)" : "")}";

    private static bool IsToken(int number, int vocabulary) => (uint)number < (uint)vocabulary || number == ZeroToken;

    private static string TokenRange(int vocabulary) => $"tokens of 0 to {vocabulary - 1}, or {ZeroToken} (a column of zeros)";

    private static void CheckIndex(int index, int count, string name)
    {
        if ((uint)index >= (uint)count) throw new ArgumentOutOfRangeException(name, index, count == 0 ? $"Expected no index, because the sequence has no steps, got {index}." : $"Expected 0 to {count - 1}, got {index}.");
    }

    private static int Column(SequenceShape shape, int example, int step)
    {
        CheckIndex(example, shape.Batch, nameof(example));
        CheckIndex(step, shape.Steps, nameof(step));
        return example + shape.Batch * step;
    }

    private void RequireFeatures()
    {
        if (IsTokens) throw new InvalidOperationException("The sequence holds tokens, not features; use SetToken.");
    }

    /// <summary>Memory for the lengths of a batch, all of which the caller writes.</summary>
    private Span<int> LengthMemory(int batch)
    {
        int[] lengths = _lengths;
        if (lengths.Length < batch) _lengths = lengths = new int[batch];
        _ragged = true;
        return lengths.AsSpan(0, batch);
    }
}

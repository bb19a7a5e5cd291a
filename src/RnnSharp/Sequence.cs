using System.Numerics;
using MathNet.Numerics.LinearAlgebra;
using RnnSharp.Numerics;

namespace RnnSharp;

/// <summary>
/// A batch of sequences: features × batch × steps numbers, or one token number for each example and step (which stands for a
/// one-hot column without the zeros). Element (i, j, t) lies at i + Features·(j + Batch·t): a time step is one contiguous block and
/// the features of an example are contiguous in it, as in MathNet's column-major matrices. This is the notebook's x (n_x, m, T_x).
/// <para>A sequence may be ragged: <see cref="SetLengths"/> gives each example a length of 0 to <see cref="Steps"/>. What lies past
/// an example's end is padding: whatever it holds has no effect, layers give zero for it, and no gradient comes from it.</para>
/// <para>The storage grows and never shrinks; <see cref="Resize(int, int, int)"/> to a size that it has had allocates nothing.</para>
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class Sequence<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>
    /// The token that stands for a column of zeros instead of a one-hot column: an input that says nothing, such as the notebook's
    /// first input x⟨1⟩ = 0. A product with it adds nothing, an embedding gives zeros for it, and no weight gets gradient from it. As
    /// a target it does not count: it is the target that PyTorch's cross-entropy ignores by default.
    /// </summary>
    public const int ZeroToken = -100;

    private T[] _values = [];
    private int[] _tokens = [];
    private int[] _lengths = [];
    private bool _ragged;

    /// <summary>Makes a sequence of features × batch × steps zeros.</summary>
    /// <param name="features">Features of an example at a step, at least 1.</param>
    /// <param name="batch">Examples, at least 1.</param>
    /// <param name="steps">Time steps, 0 or more.</param>
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

    /// <summary>Features of an example at a step; for tokens the size of the vocabulary.</summary>
    public int Features { get; private set; }

    /// <summary>Examples.</summary>
    public int Batch { get; private set; }

    /// <summary>Time steps (of the longest example, when ragged).</summary>
    public int Steps { get; private set; }

    /// <summary>Whether the sequence holds token numbers instead of features.</summary>
    public bool IsTokens { get; }

    /// <summary>Whether each example has a length of its own.</summary>
    public bool IsRagged => _ragged;

    /// <summary>The length of each example, 0 to <see cref="Steps"/>; empty when not ragged.</summary>
    public ReadOnlySpan<int> Lengths => LengthsFor(Shape);

    /// <summary>All values, [step][example][feature]. Empty for tokens.</summary>
    public Span<T> Values => ValuesFor(Shape);

    /// <summary>All token numbers, [step][example]. Empty when the sequence holds features.</summary>
    public ReadOnlySpan<int> Tokens => TokensFor(Shape);

    /// <summary>The sizes, read once: what a call works with from beginning to end.</summary>
    internal SequenceShape Shape => new(Features, Batch, Steps);

    /// <summary>One value, in the notebook's order of indices. A token sequence reads as its one-hot columns and cannot be written here.</summary>
    /// <param name="feature">0 to <see cref="Features"/> - 1.</param>
    /// <param name="example">0 to <see cref="Batch"/> - 1.</param>
    /// <param name="step">0 to <see cref="Steps"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">An index is out of range.</exception>
    /// <exception cref="InvalidOperationException">A write to a token sequence.</exception>
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
            if (IsTokens) throw new InvalidOperationException("This sequence holds token numbers; write them with SetToken.");
            ValuesFor(shape)[feature + shape.Features * column] = value;
        }
    }

    /// <summary>Makes a sequence from one Features × Batch matrix a time step.</summary>
    /// <exception cref="ArgumentException">There is no matrix, one is null, or their shapes differ.</exception>
    public static Sequence<T> FromMatrices(IReadOnlyList<Matrix<T>> steps)
    {
        ArgumentNullException.ThrowIfNull(steps);
        Check.ElementType<T>();
        if (steps.Count == 0) throw Check.Shape(nameof(steps), "at least one matrix (it gives the features and the batch)", "none");
        for (int t = 0; t < steps.Count; t++)
        {
            if (steps[t] is null) throw new ArgumentException($"The matrix of step {t} is null.", nameof(steps));
            if (steps[t].RowCount != steps[0].RowCount || steps[t].ColumnCount != steps[0].ColumnCount)
                throw Check.Shape(nameof(steps), $"{steps[0].RowCount} x {steps[0].ColumnCount} (the shape of step 0) at step {t}", $"{steps[t].RowCount} x {steps[t].ColumnCount}");
        }

        var sequence = new Sequence<T>(steps[0].RowCount, steps[0].ColumnCount, steps.Count);
        for (int t = 0; t < steps.Count; t++) sequence.SetStep(t, steps[t]);
        return sequence;
    }

    /// <summary>Makes a sequence from an array indexed [example, step, feature] (PyTorch's batch_first, Keras' order).</summary>
    /// <exception cref="ArgumentException">The array is null, or has no example or no feature.</exception>
    public static Sequence<T> FromBatchFirst(T[,,] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (values.GetLength(0) == 0 || values.GetLength(2) == 0)
            throw Check.Shape(nameof(values), "at least one example and one feature in [example, step, feature]", $"{values.GetLength(0)} x {values.GetLength(1)} x {values.GetLength(2)}");
        var sequence = new Sequence<T>(values.GetLength(2), values.GetLength(0), values.GetLength(1));
        for (int t = 0; t < sequence.Steps; t++)
        {
            for (int j = 0; j < sequence.Batch; j++)
            {
                Span<T> column = sequence.Step(t).Slice(j * sequence.Features, sequence.Features);
                for (int i = 0; i < column.Length; i++) column[i] = values[j, t, i];
            }
        }

        return sequence;
    }

    /// <summary>Makes a ragged sequence from examples[example][step][feature]; each example's length is its own number of steps.</summary>
    /// <exception cref="ArgumentException">There is no example, none has a step, an item is null, or numbers of features differ.</exception>
    public static Sequence<T> FromJagged(IReadOnlyList<IReadOnlyList<T[]>> examples)
    {
        ArgumentNullException.ThrowIfNull(examples);
        Check.ElementType<T>();
        int features = 0;
        int steps = 0;
        for (int j = 0; j < examples.Count; j++)
        {
            if (examples[j] is null) throw new ArgumentException($"Example {j} is null.", nameof(examples));
            steps = Math.Max(steps, examples[j].Count);
            for (int t = 0; t < examples[j].Count; t++)
            {
                if (examples[j][t] is null) throw new ArgumentException($"Step {t} of example {j} is null.", nameof(examples));
                if (features == 0) features = examples[j][t].Length;
                if (examples[j][t].Length != features || features == 0)
                    throw Check.Shape(nameof(examples), $"{Math.Max(features, 1)} features at step {t} of example {j}", $"{examples[j][t].Length}");
            }
        }

        if (features == 0) throw Check.Shape(nameof(examples), "at least one example with a step (it gives the features)", examples.Count == 0 ? "no example" : "only empty ones");
        var sequence = new Sequence<T>(features, examples.Count, steps);
        var lengths = new int[examples.Count];
        for (int j = 0; j < lengths.Length; j++)
        {
            lengths[j] = examples[j].Count;
            for (int t = 0; t < lengths[j]; t++) examples[j][t].CopyTo(sequence.Step(t).Slice(j * features, features));
        }

        sequence.SetLengths(lengths);
        return sequence;
    }

    /// <summary>
    /// Makes a token sequence from examples[example][step], each 0 to <paramref name="features"/> - 1 or <see cref="ZeroToken"/>;
    /// ragged when their lengths differ.
    /// </summary>
    /// <exception cref="ArgumentException">There is no example, one is null, or a token is out of range.</exception>
    public static Sequence<T> FromTokens(IReadOnlyList<IReadOnlyList<int>> examples, int features)
    {
        ArgumentNullException.ThrowIfNull(examples);
        Check.ElementType<T>();
        Check.Positive(features);
        if (examples.Count == 0) throw Check.Shape(nameof(examples), "at least one example", "none");
        int steps = 0;
        bool ragged = false;
        for (int j = 0; j < examples.Count; j++)
        {
            if (examples[j] is null) throw new ArgumentException($"Example {j} is null.", nameof(examples));
            for (int t = 0; t < examples[j].Count; t++)
            {
                if (!IsToken(examples[j][t], features))
                    throw Check.Shape(nameof(examples), TokenRange(features), $"{examples[j][t]} at step {t} of example {j}");
            }

            ragged |= examples[j].Count != examples[0].Count;
            steps = Math.Max(steps, examples[j].Count);
        }

        Sequence<T> sequence = ForTokens(features, examples.Count, steps);
        var lengths = new int[examples.Count];
        for (int j = 0; j < lengths.Length; j++)
        {
            lengths[j] = examples[j].Count;
            for (int t = 0; t < lengths[j]; t++) sequence._tokens[j + sequence.Batch * t] = examples[j][t];
        }

        if (ragged) sequence.SetLengths(lengths);
        return sequence;
    }

    /// <summary>Makes a token sequence of token 0 throughout, to be filled with <see cref="SetToken"/> (for buffers that are used again).</summary>
    /// <exception cref="ArgumentException">T is neither float nor double, or a size is out of range.</exception>
    public static Sequence<T> ForTokens(int features, int batch, int steps) => new(features, batch, steps, tokens: true);

    /// <summary>The values of one time step, [example][feature]: a Features × Batch matrix, column-major. Empty for tokens.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The step is out of range.</exception>
    public Span<T> Step(int step)
    {
        SequenceShape shape = Shape;
        CheckIndex(step, shape.Steps, nameof(step));
        return IsTokens ? default : ValuesFor(shape).Slice(shape.Features * shape.Batch * step, shape.Features * shape.Batch);
    }

    /// <summary>Copies a Features × Batch matrix into one time step.</summary>
    /// <exception cref="ArgumentException">The step is out of range, or the shape differs.</exception>
    /// <exception cref="InvalidOperationException">The sequence holds tokens.</exception>
    public void SetStep(int step, Matrix<T> matrix)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        CheckIndex(step, Steps, nameof(step));
        if (IsTokens) throw new InvalidOperationException("This sequence holds token numbers; write them with SetToken.");
        if (matrix.RowCount != Features || matrix.ColumnCount != Batch)
            throw Check.Shape(nameof(matrix), $"{Features} x {Batch} (features x batch)", $"{matrix.RowCount} x {matrix.ColumnCount}");
        MatrixCopy.ToColumns(matrix, Step(step));
    }

    /// <summary>A copy of one time step as a Features × Batch matrix (one-hot columns for tokens).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The step is out of range.</exception>
    public Matrix<T> StepMatrix(int step)
    {
        CheckIndex(step, Steps, nameof(step));
        return Matrix<T>.Build.Dense(Features, Batch, (i, j) => this[i, j, step]);
    }

    /// <summary>
    /// All steps side by side as a Features × (Batch·Steps) matrix. It shares this sequence's array where that has exactly this
    /// length, and is a copy otherwise (and for tokens), because MathNet has no view of a part of an array.
    /// </summary>
    /// <exception cref="InvalidOperationException">The sequence has no steps: MathNet has no matrix without columns.</exception>
    public Matrix<T> AsMatrix()
    {
        if (Steps == 0) throw new InvalidOperationException("A sequence of 0 steps has no matrix: MathNet has none without columns.");
        int columns = Batch * Steps;
        if (IsTokens) return Matrix<T>.Build.Dense(Features, columns, (i, column) => _tokens[column] == i ? T.One : T.Zero);
        return Matrix<T>.Build.Dense(Features, columns, _values.Length == Features * columns ? _values : Values.ToArray());
    }

    /// <summary>Gives each example a length of its own, which makes the sequence ragged.</summary>
    /// <param name="lengths">One number an example, 0 to <see cref="Steps"/>.</param>
    /// <exception cref="ArgumentException">Not one length an example, or one out of range.</exception>
    public void SetLengths(ReadOnlySpan<int> lengths)
    {
        SequenceShape shape = Shape;
        if (lengths.Length != shape.Batch) throw Check.Shape(nameof(lengths), $"{shape.Batch} lengths (one an example)", $"{lengths.Length}");
        for (int j = 0; j < lengths.Length; j++)
        {
            if (lengths[j] < 0 || lengths[j] > shape.Steps)
                throw Check.Shape(nameof(lengths), $"lengths of 0 to {shape.Steps} (the steps)", $"{lengths[j]} for example {j}");
        }

        int[] target = _lengths.Length < lengths.Length ? new int[lengths.Length] : _lengths;
        lengths.CopyTo(target);
        _lengths = target;
        _ragged = true;
    }

    /// <summary>Makes every example as long as the sequence has steps.</summary>
    public void ClearLengths() => _ragged = false;

    /// <summary>The number of steps of one example.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The example is out of range.</exception>
    public int LengthOf(int example)
    {
        SequenceShape shape = Shape;
        CheckIndex(example, shape.Batch, nameof(example));
        ReadOnlySpan<int> lengths = LengthsFor(shape);
        return lengths.IsEmpty ? shape.Steps : lengths[example];
    }

    /// <summary>Writes one token number.</summary>
    /// <param name="example">0 to <see cref="Batch"/> - 1.</param>
    /// <param name="step">0 to <see cref="Steps"/> - 1.</param>
    /// <param name="token">0 to <see cref="Features"/> - 1, or <see cref="ZeroToken"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">An index or the token is out of range.</exception>
    /// <exception cref="InvalidOperationException">The sequence holds features.</exception>
    public void SetToken(int example, int step, int token)
    {
        SequenceShape shape = Shape;
        int column = Column(shape, example, step);
        if (!IsTokens) throw new InvalidOperationException("This sequence holds features, not token numbers.");
        if (!IsToken(token, shape.Features)) throw new ArgumentOutOfRangeException(nameof(token), token, $"Expected {TokenRange(shape.Features)}, got {token}.");
        TokenMemoryFor(shape)[column] = token;
    }

    /// <summary>
    /// Changes the number of steps and the batch, and makes every example as long as the steps. Values are kept where only the
    /// steps change; otherwise they are not defined until written.
    /// </summary>
    /// <exception cref="ArgumentException">A size is out of range.</exception>
    public void Resize(int batch, int steps) => Resize(Features, batch, steps);

    /// <summary>Sets every value or token to zero; lengths stay.</summary>
    public void Clear()
    {
        SequenceShape shape = Shape;
        ValuesFor(shape).Clear();
        TokenMemoryFor(shape).Clear();
    }

    /// <summary>A copy with numbers of another type.</summary>
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

    /// <summary>Changes all sizes, as <see cref="Resize(int, int)"/> does.</summary>
    internal void Resize(int features, int batch, int steps)
    {
        Check.Positive(features);
        Check.Positive(batch);
        Check.NotNegative(steps);
        if (IsTokens && features != Features && Features > 0) throw new InvalidOperationException("The vocabulary of a token sequence does not change.");

        // In two products, because one of three sizes can overflow 64 bits.
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

    /// <summary>
    /// All values of a shape that was read before, [step][example][feature]; empty for tokens. The span lies within one array even if
    /// another thread resizes the sequence meanwhile; the values are then not defined.
    /// </summary>
    /// <exception cref="InvalidOperationException">Another thread has changed the sequence: its array does not hold this shape.</exception>
    internal Span<T> ValuesFor(SequenceShape shape)
    {
        if (IsTokens) return default;
        T[] values = _values;
        long length = shape.Length(shape.Features);
        return length <= values.Length ? values.AsSpan(0, (int)length) : throw Changed(shape);
    }

    /// <summary>
    /// All token numbers of a shape that was read before, [step][example]; empty when the sequence holds features. Each is a token of
    /// the vocabulary or <see cref="ZeroToken"/>, whatever other threads do: every write is checked, and the vocabulary of a token
    /// sequence never changes. The kernels do not even rely on that, because the tokens of a streaming step lie in the caller's own
    /// memory, which may be written after the check: they take any number outside their vocabulary for a column of zeros.
    /// </summary>
    /// <exception cref="InvalidOperationException">Another thread has changed the sequence: its array does not hold this shape.</exception>
    internal ReadOnlySpan<int> TokensFor(SequenceShape shape) => TokenMemoryFor(shape);

    /// <summary>The token numbers of a shape, to be overwritten with those of a sequence of the same vocabulary.</summary>
    internal Span<int> TokenMemoryFor(SequenceShape shape)
    {
        if (!IsTokens) return default;
        int[] tokens = _tokens;
        long length = shape.Length(features: 1);
        return length <= tokens.Length ? tokens.AsSpan(0, (int)length) : throw Changed(shape);
    }

    /// <summary>
    /// Copies the examples' lengths, each limited to 0 to the shape's steps, into a buffer of the caller's, which no other thread writes.
    /// </summary>
    /// <param name="shape">A shape of this sequence that was read before.</param>
    /// <param name="lengths">At least <see cref="SequenceShape.Batch"/> elements; left as it is when the sequence is not ragged.</param>
    /// <returns>Whether the sequence is ragged.</returns>
    /// <exception cref="InvalidOperationException">Another thread has changed the sequence: it has no lengths for this shape.</exception>
    internal bool CopyLengths(SequenceShape shape, Span<int> lengths)
    {
        ReadOnlySpan<int> source = LengthsFor(shape);
        for (int j = 0; j < source.Length; j++) lengths[j] = Math.Clamp(source[j], 0, shape.Steps);
        return !source.IsEmpty;
    }

    /// <summary>Takes the lengths of another sequence of the same batch and steps.</summary>
    internal void TakeLengths<TOther>(Sequence<TOther> other)
        where TOther : unmanaged, IBinaryFloatingPointIeee754<TOther>
    {
        if (other.IsRagged) SetLengths(other.Lengths);
        else ClearLengths();
    }

    /// <summary>
    /// [step][example][feature] values of this sequence's lengths with the padding set to zero: a copy where there is padding, which may
    /// hold anything, and NaN times zero is not zero.
    /// </summary>
    internal unsafe ReadOnlySpan<T> WithoutPadding(ReadOnlySpan<T> values, int steps, int features, AlignedBuffer<T> buffer)
    {
        if (!IsRagged || values.IsEmpty) return values;
        buffer.Require((long)steps * Batch * features);
        values[..buffer.Length].CopyTo(buffer.Span);
        ZeroPadding(buffer.Span, steps, features);
        return buffer.Span;
    }

    /// <summary>Sets to zero what lies past the examples' ends in [step][example][feature] values of this sequence's batch.</summary>
    internal void ZeroPadding(Span<T> values, int steps, int features)
    {
        ReadOnlySpan<int> lengths = Lengths;
        for (int j = 0; j < lengths.Length; j++)
        {
            for (int t = lengths[j]; t < steps; t++) values.Slice((t * lengths.Length + j) * features, features).Clear();
        }
    }

    /// <summary>The shape in words, for messages.</summary>
    internal string Describe() => $"{Features} x {Batch} x {Steps}{(IsTokens ? " (tokens)" : "")}";

    /// <summary>Throws unless a number is a token of a vocabulary or the zero token.</summary>
    internal static void CheckToken(int number, int vocabulary, string name)
    {
        if (!IsToken(number, vocabulary)) throw Check.Shape(name, TokenRange(vocabulary), $"{number}");
    }

    private static void CheckIndex(int index, int count, string name)
    {
        if ((uint)index >= (uint)count) throw new ArgumentOutOfRangeException(name, index, $"Expected 0 to {count - 1}, got {index}.");
    }

    private static bool IsToken(int number, int vocabulary) => (uint)number < (uint)vocabulary || number == ZeroToken;

    private static string TokenRange(int vocabulary) => $"tokens of 0 to {vocabulary - 1}, or {ZeroToken} (a column of zeros)";

    private static int Column(SequenceShape shape, int example, int step)
    {
        CheckIndex(example, shape.Batch, nameof(example));
        CheckIndex(step, shape.Steps, nameof(step));
        return example + shape.Batch * step;
    }

    private static InvalidOperationException Changed(SequenceShape shape) =>
        new($"Another thread has resized the sequence during the call: it does not hold the {shape} that the call began with.");

    private ReadOnlySpan<int> LengthsFor(SequenceShape shape)
    {
        if (!_ragged) return default;
        int[] lengths = _lengths;
        return shape.Batch <= lengths.Length ? lengths.AsSpan(0, shape.Batch) : throw Changed(shape);
    }
}

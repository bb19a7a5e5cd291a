using MathNet.Numerics.LinearAlgebra;
using RnnSharp.Numerics;

namespace RnnSharp;

/// <content>
/// Conversions from and to arrays and matrices. All of them copy, except <see cref="AsMatrix"/>. Conversions to values return tokens
/// as one-hot columns.
/// </content>
public sealed partial class Sequence<T>
{
    /// <summary>Creates a sequence from one Features × Batch matrix per time step.</summary>
    /// <exception cref="ArgumentException">There is no matrix, one is null, or their shapes differ.</exception>
    public static Sequence<T> FromMatrices(IReadOnlyList<Matrix<T>> steps)
    {
        ArgumentNullException.ThrowIfNull(steps);
        Check.ElementType<T>();
        if (steps.Count == 0) throw Check.Shape(nameof(steps), "at least one matrix (which determines the features and the batch)", "none");
        for (int t = 0; t < steps.Count; t++)
        {
            if (steps[t] is null) throw new ArgumentException($"The matrix of step {t} is null.", nameof(steps));
            if (steps[t].RowCount != steps[0].RowCount || steps[t].ColumnCount != steps[0].ColumnCount)
                throw Check.Shape(nameof(steps), $"{steps[0].RowCount} x {steps[0].ColumnCount} (the shape of step 0) at step {t}", $"{steps[t].RowCount} x {steps[t].ColumnCount}");
        }

        var sequence = new Sequence<T>(steps[0].RowCount, steps[0].ColumnCount, CheckSize(steps[0].RowCount, steps[0].ColumnCount, steps.Count, nameof(steps)));
        for (int t = 0; t < steps.Count; t++) sequence.SetStep(t, steps[t]);
        return sequence;
    }

    /// <summary>Creates a sequence from an array indexed [feature, example, step], the order of the notebook's x.</summary>
    /// <exception cref="ArgumentException">The array is null, or has no feature or no example.</exception>
    public static Sequence<T> FromArray(T[,,] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        Check.ElementType<T>();
        (int features, int batch, int steps) = (values.GetLength(0), values.GetLength(1), values.GetLength(2));
        if (features == 0 || batch == 0) throw Check.Shape(nameof(values), "at least one feature and one example in [feature, example, step]", $"{features} x {batch} x {steps}");
        var sequence = new Sequence<T>(features, batch, CheckSize(features, batch, steps, nameof(values)));
        Span<T> to = sequence._values;
        for (int t = 0, at = 0; t < steps; t++)
        {
            for (int j = 0; j < batch; j++)
            {
                for (int i = 0; i < features; i++) to[at++] = values[i, j, t];
            }
        }

        return sequence;
    }

    /// <summary>Creates a sequence from an array indexed [example, step, feature]: PyTorch's batch_first, and Keras's order.</summary>
    /// <exception cref="ArgumentException">The array is null, or has no example or no feature.</exception>
    public static Sequence<T> FromBatchFirst(T[,,] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        Check.ElementType<T>();
        (int batch, int steps, int features) = (values.GetLength(0), values.GetLength(1), values.GetLength(2));
        if (features == 0 || batch == 0) throw Check.Shape(nameof(values), "at least one example and one feature in [example, step, feature]", $"{batch} x {steps} x {features}");
        var sequence = new Sequence<T>(features, batch, CheckSize(features, batch, steps, nameof(values)));
        Span<T> to = sequence._values;
        for (int t = 0, at = 0; t < steps; t++)
        {
            for (int j = 0; j < batch; j++)
            {
                for (int i = 0; i < features; i++) to[at++] = values[j, t, i];
            }
        }

        return sequence;
    }

    /// <summary>Creates a ragged sequence from examples[example][step][feature]; the length of an example is its number of steps.</summary>
    /// <exception cref="ArgumentException">No example has a step, an item is null, or the numbers of features differ.</exception>
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

        if (features == 0) throw Check.Shape(nameof(examples), "at least one example with a step (which determines the features)", examples.Count == 0 ? "no example" : "only empty ones");
        var sequence = new Sequence<T>(features, examples.Count, CheckSize(features, examples.Count, steps, nameof(examples)));
        var lengths = new int[examples.Count];
        for (int j = 0; j < lengths.Length; j++)
        {
            lengths[j] = examples[j].Count;
            for (int t = 0; t < lengths[j]; t++) examples[j][t].CopyTo(sequence.Step(t).Slice(j * features, features));
        }

        sequence.SetLengths(lengths);
        return sequence;
    }

    /// <summary>Creates a sequence of one example and one feature from the values of a time series.</summary>
    /// <exception cref="ArgumentException">There is no value, or T is neither float nor double.</exception>
    public static Sequence<T> FromSeries(ReadOnlySpan<T> values)
    {
        if (values.IsEmpty) throw Check.Shape(nameof(values), "at least one value", "none");
        var sequence = new Sequence<T>(1, 1, values.Length);
        values.CopyTo(sequence._values);
        return sequence;
    }

    /// <summary>Creates a sequence of one example from a time series as a matrix, features × steps.</summary>
    /// <exception cref="ArgumentException">The matrix is null or too large.</exception>
    public static Sequence<T> FromSeries(Matrix<T> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        Check.ElementType<T>();
        var sequence = new Sequence<T>(values.RowCount, 1, CheckSize(values.RowCount, 1, values.ColumnCount, nameof(values)));
        MatrixCopy.ToColumns(values, sequence._values);
        return sequence;
    }

    /// <summary>Creates a token sequence from examples[example][step]; it is ragged when the lengths differ.</summary>
    /// <param name="examples">The tokens, each 0 to <paramref name="features"/> - 1 or <see cref="ZeroToken"/>.</param>
    /// <param name="features">Size of the vocabulary, at least 1.</param>
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

        Sequence<T> sequence = ForTokens(features, examples.Count, CheckSize(1, examples.Count, steps, nameof(examples)));
        var lengths = new int[examples.Count];
        for (int j = 0; j < lengths.Length; j++)
        {
            lengths[j] = examples[j].Count;
            for (int t = 0; t < lengths[j]; t++) sequence.SetToken(j, t, examples[j][t]);
        }

        if (ragged) sequence.SetLengths(lengths);
        return sequence;
    }

    /// <summary>Copies the values into an array indexed [feature, example, step], the order of the notebook's x.</summary>
    /// <exception cref="InvalidOperationException">The sequence holds tokens whose one-hot columns are larger than an array can be.</exception>
    public T[,,] ToArray()
    {
        SequenceShape shape = Shape;
        T[] from = OneHotOrValues(shape, 0, shape.Steps);
        RequireArray(shape);
        var values = new T[shape.Features, shape.Batch, shape.Steps];
        for (int t = 0, at = 0; t < shape.Steps; t++)
        {
            for (int j = 0; j < shape.Batch; j++)
            {
                for (int i = 0; i < shape.Features; i++) values[i, j, t] = from[at++];
            }
        }

        return values;
    }

    /// <summary>Throws if an array dimension is too large: a sequence without steps can have a larger batch than an array.</summary>
    private static void RequireArray(SequenceShape shape)
    {
        if (Math.Max(shape.Features, shape.Batch) > Array.MaxLength) throw new InvalidOperationException($"Expected at most {Array.MaxLength} features and examples for an array, got {shape.Features} and {shape.Batch}.");
    }

    /// <summary>Copies the values into an array indexed [example, step, feature]: PyTorch's batch_first, and Keras's order.</summary>
    /// <exception cref="InvalidOperationException">The sequence holds tokens whose one-hot columns are larger than an array can be.</exception>
    public T[,,] ToBatchFirst()
    {
        SequenceShape shape = Shape;
        T[] from = OneHotOrValues(shape, 0, shape.Steps);
        RequireArray(shape);
        var values = new T[shape.Batch, shape.Steps, shape.Features];
        for (int t = 0, at = 0; t < shape.Steps; t++)
        {
            for (int j = 0; j < shape.Batch; j++)
            {
                for (int i = 0; i < shape.Features; i++) values[j, t, i] = from[at++];
            }
        }

        return values;
    }

    /// <summary>Copies the values into arrays indexed [example][step][feature], each example up to its length.</summary>
    /// <exception cref="InvalidOperationException">The sequence holds tokens whose one-hot columns are larger than an array can be, or more examples than an array can.</exception>
    public T[][][] ToJagged()
    {
        SequenceShape shape = Shape;
        T[] from = OneHotOrValues(shape, 0, shape.Steps);
        RequireArray(shape);
        var examples = new T[shape.Batch][][];
        for (int j = 0; j < shape.Batch; j++)
        {
            examples[j] = new T[LengthOf(shape, j)][];
            for (int t = 0; t < examples[j].Length; t++) examples[j][t] = from.AsSpan((j + shape.Batch * t) * shape.Features, shape.Features).ToArray();
        }

        return examples;
    }

    /// <summary>Copies the tokens into arrays indexed [example][step], each example up to its length.</summary>
    /// <exception cref="InvalidOperationException">The sequence holds features, or more examples than an array can.</exception>
    public int[][] ToTokens()
    {
        RequireTokens();
        SequenceShape shape = Shape;
        ReadOnlySpan<int> from = TokensFor(shape);
        RequireArray(shape with { Features = 1 });
        var examples = new int[shape.Batch][];
        for (int j = 0; j < shape.Batch; j++)
        {
            examples[j] = new int[LengthOf(shape, j)];
            for (int t = 0; t < examples[j].Length; t++) examples[j][t] = from[j + shape.Batch * t];
        }

        return examples;
    }

    /// <summary>Copies the values into one Features × Batch matrix per time step.</summary>
    /// <exception cref="InvalidOperationException">The sequence holds tokens whose one-hot columns are larger than an array can be.</exception>
    public Matrix<T>[] ToMatrices()
    {
        var matrices = new Matrix<T>[Steps];
        for (int t = 0; t < matrices.Length; t++) matrices[t] = StepMatrix(t);
        return matrices;
    }

    /// <summary>Copies one time step into a Features × Batch matrix.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The step is out of range.</exception>
    /// <exception cref="InvalidOperationException">The sequence holds tokens whose one-hot columns are larger than an array can be.</exception>
    public Matrix<T> StepMatrix(int step)
    {
        SequenceShape shape = Shape;
        CheckIndex(step, shape.Steps, nameof(step));
        return Matrix<T>.Build.Dense(shape.Features, shape.Batch, OneHotOrValues(shape, step, 1));
    }

    /// <summary>
    /// All time steps side by side as a Features × (Batch·Steps) matrix. It shares the sequence's array if that has exactly this
    /// length. Otherwise, and for tokens, it is a copy, because a MathNet matrix cannot be part of an array.
    /// </summary>
    /// <exception cref="InvalidOperationException">
    /// The sequence has no steps (MathNet has no matrix without columns), or holds tokens whose one-hot columns are larger than an array can be.
    /// </exception>
    public Matrix<T> AsMatrix()
    {
        SequenceShape shape = Shape;
        if (shape.Steps == 0) throw new InvalidOperationException("A sequence of 0 steps has no matrix, because MathNet has no matrix without columns.");
        T[] values = _values;
        T[] shared = !IsTokens && values.Length == shape.Length(shape.Features) ? values : OneHotOrValues(shape, 0, shape.Steps);
        return Matrix<T>.Build.Dense(shape.Features, (int)shape.Columns, shared);
    }

    /// <summary>Throws if a shape is larger than an array can be, naming the argument that it comes from. Returns the steps.</summary>
    private static int CheckSize(int features, int batch, int steps, string name)
    {
        Check.ArrayLength(new SequenceShape(features, batch, steps).Length(features), name);
        return steps;
    }

    private void RequireTokens()
    {
        if (!IsTokens) throw new InvalidOperationException("The sequence holds features, not tokens.");
    }

    private int LengthOf(SequenceShape shape, int example)
    {
        ReadOnlySpan<int> lengths = LengthsFor(shape);
        return lengths.IsEmpty ? shape.Steps : Math.Clamp(lengths[example], 0, shape.Steps);
    }

    /// <summary>Copies some time steps, [step][example][feature], with one-hot columns for tokens.</summary>
    private T[] OneHotOrValues(SequenceShape shape, int firstStep, int steps)
    {
        int step = shape.Batch * firstStep;
        if (!IsTokens) return ValuesFor(shape).Slice(step * shape.Features, shape.Batch * steps * shape.Features).ToArray();
        ReadOnlySpan<int> tokens = TokensFor(shape).Slice(step, shape.Batch * steps);
        long length = (long)tokens.Length * shape.Features;
        if (length > Array.MaxLength) throw new InvalidOperationException($"The one-hot columns of {tokens.Length} tokens of a vocabulary of {shape.Features} are {length} values, more than the {Array.MaxLength} that an array can hold.");
        var values = new T[length];
        for (int column = 0; column < tokens.Length; column++)
        {
            int token = tokens[column];
            if ((uint)token < (uint)shape.Features) values[column * shape.Features + token] = T.One;
        }

        return values;
    }
}

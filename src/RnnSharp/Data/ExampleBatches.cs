using System.Numerics;
using RnnSharp.Numerics;
using RnnSharp.Training;

namespace RnnSharp.Data;

/// <summary>
/// Batches of the examples of a list. Examples of different lengths make a ragged batch. The examples of an array or of a
/// <see cref="List{T}"/> are checked at once, those of another list as they are read, so that it may load them then.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class ExampleBatches<T> : IndexedBatches<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly IReadOnlyList<Example<T>> _examples;
    private readonly ExampleFormat<T> _format;
    private readonly ExampleWriter<T> _writer = new();

    /// <summary>Creates a source of a list's examples, which must not change while the source is in use.</summary>
    /// <param name="examples">At least one; all with the features or vocabularies, and the parts, of the first.</param>
    /// <param name="options">How the examples are put into batches; the defaults when null.</param>
    /// <exception cref="ArgumentException">There is no example, one is null or not like the first, or the options do not fit the examples.</exception>
    public ExampleBatches(IReadOnlyList<Example<T>> examples, BatchOptions? options = null)
        : base(CountOf(examples), options)
    {
        _examples = examples;
        Example<T> first = examples[0] ?? throw new ArgumentException("Example 0 is null.", nameof(examples));
        bool inMemory = examples is Example<T>[] or List<Example<T>>;
        _format = new ExampleFormat<T>(first, inMemory ? examples.Any(example => example?.StepWeights is not null) : first.StepWeights is not null);
        for (int i = 0; inMemory && i < examples.Count; i++)
        {
            if (_format.Mismatch(examples[i], i) is { } mismatch) throw new ArgumentException(mismatch, nameof(examples));
        }
    }

    /// <summary>Creates a source of arrays indexed [step, feature], an input and a target for each example.</summary>
    /// <param name="inputs">At least one; all of the same features.</param>
    /// <param name="targets">One for each input; all of the same features.</param>
    /// <param name="options">How the examples are put into batches; the defaults when null.</param>
    /// <exception cref="ArgumentException">There is no input, or not one target for each; an array is null or has other features; or the options do not fit.</exception>
    public static ExampleBatches<T> FromArrays(IReadOnlyList<T[,]> inputs, IReadOnlyList<T[,]> targets, BatchOptions? options = null)
    {
        (Series<T>[] x, Series<T>[] y) = (Convert(inputs, Series<T>.FromArray, nameof(inputs)), Convert(targets, Series<T>.FromArray, nameof(targets)));
        return From(x, y, options);
    }

    /// <summary>Creates a source of arrays indexed [step][feature], an input and a target for each example.</summary>
    /// <inheritdoc cref="FromArrays"/>
    public static ExampleBatches<T> FromJagged(IReadOnlyList<T[][]> inputs, IReadOnlyList<T[][]> targets, BatchOptions? options = null)
    {
        (Series<T>[] x, Series<T>[] y) = (Convert(inputs, Series<T>.FromJagged, nameof(inputs)), Convert(targets, Series<T>.FromJagged, nameof(targets)));
        return From(x, y, options);
    }

    /// <inheritdoc/>
    public override Batch<T> CreateBatch() => _format.CreateBatch();

    /// <inheritdoc/>
    protected override void Fill(Batch<T> batch, ReadOnlySpan<int> items, FastRandom random)
    {
        _writer.Clear();
        foreach (int item in items)
        {
            Example<T> example = _examples[item];
            if (_format.Mismatch(example, item) is { } mismatch) throw new InvalidDataException(mismatch);
            _writer.Add(example, item);
        }

        _writer.Write(batch);
    }

    /// <inheritdoc/>
    protected override int LengthOf(int item) => _examples[item]?.Length ?? throw new InvalidDataException($"Example {item} is null.");

    private static int CountOf(IReadOnlyList<Example<T>> examples)
    {
        ArgumentNullException.ThrowIfNull(examples);
        return examples.Count > 0 ? examples.Count : throw Check.Shape(nameof(examples), "at least one example", "none");
    }

    private static Series<T>[] Convert<TArray>(IReadOnlyList<TArray> arrays, Func<TArray, Series<T>> convert, string name)
    {
        ArgumentNullException.ThrowIfNull(arrays, name);
        if (arrays.Count == 0) throw Check.Shape(name, "at least one example", "none");
        var series = new Series<T>[arrays.Count];
        for (int i = 0; i < series.Length; i++)
        {
            try
            {
                series[i] = convert(arrays[i]);
            }
            catch (ArgumentException error)
            {
                throw new ArgumentException($"Example {i}: {error.Message}", name, error);
            }

            if (series[i].Features != series[0].Features) throw Check.Shape(name, $"{series[0].Features} features in example {i}, as in the first", $"{series[i].Features}");
        }

        return series;
    }

    private static ExampleBatches<T> From(Series<T>[] inputs, Series<T>[] targets, BatchOptions? options)
    {
        if (targets.Length != inputs.Length) throw Check.Shape(nameof(targets), $"{inputs.Length} targets (one for each input)", $"{targets.Length}");
        return new ExampleBatches<T>([.. inputs.Zip(targets, (input, target) => new Example<T>(input, target))], options);
    }
}

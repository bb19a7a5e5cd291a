using RnnSharp.Data;
using RnnSharp.Numerics;
using RnnSharp.Training;

namespace RnnSharp.Tests;

/// <summary>Series, examples, sources of batches, and splits.</summary>
public sealed partial class BadArgumentTests
{
    private const string NewSequences = "SequenceBatches.new(inputs, targets, options, sources, stepWeights)";
    private const string NewNextTokens = "NextTokenBatches.new(texts, vocabulary, boundary, options, wordDropout, start)";
    private const string NewWindows = "WindowBatches.new(Series`1 series, Int32 length, WindowOptions windows, BatchOptions options)";
    private const string NewWindowsOfSeveral = "WindowBatches.new(IReadOnlyList`1 series, Int32 length, WindowOptions windows, BatchOptions options)";
    private const string NewTokenStreams = "TokenStreamBatches.new(tokens, vocabulary, batch, window, documents, randomOffset, seed)";
    private const string NewSeriesStreams = "SeriesStreamBatches.new(series, batch, window, shuffle, seed)";
    private const string NewStreams = "StreamBatches.new(reader, inputs, targets, batch, window, batchesPerEpoch)";
    private const string NewStreamed = "StreamedExampleBatches.new(IEnumerable`1 examples, Example`1 like, Int32 batchSize, Int32 shuffleBuffer, UInt64 seed, Boolean dropLast)";
    private const string NewStreamedAsync = "StreamedExampleBatches.new(IAsyncEnumerable`1 examples, Example`1 like, Int32 batchSize, Int32 shuffleBuffer, UInt64 seed, Boolean dropLast)";
    private const string NewGenerated = "GeneratedBatches.new(generate, batchSize, batchesPerEpoch, seed)";

    private static readonly Series<double> FiveSteps = Series<double>.FromValues(new double[15], 3);
    private static readonly Example<double> AnExample = new(FiveSteps, FiveSteps);

    private static Row[] Sources() => [.. DataOfExamples(), .. ListSources(), .. StreamSources(), .. Splits()];

    private static ExampleBatches<double> AnySource() => new([AnExample]);

    private static Row[] DataOfExamples() =>
    [
        Bad("Series.FromValues(values, features)", "features", "at least 1", "got 0", _ => Series<double>.FromValues(new double[3], 0)),
        Bad("Series.FromValues(values, features)", "values", "steps of 2 features", "got 3 values", _ => Series<double>.FromValues(new double[3], 2)),
        Null("Series.FromArray(values)", "values", _ => Series<double>.FromArray(null!)),
        Bad("Series.FromArray(values)", "values", "at least one feature", "got 3 x 0", _ => Series<double>.FromArray(new double[3, 0])),
        Null("Series.FromJagged(steps)", "steps", _ => Series<double>.FromJagged(null!)),
        Bad("Series.FromJagged(steps)", "steps", "at least one step", "none", _ => Series<double>.FromJagged([])),
        Bad("Series.FromJagged(steps)", "steps", "Step 1", "null", _ => Series<double>.FromJagged([[1], null!])),
        Bad("Series.FromJagged(steps)", "steps", "1 features at step 1", "got 2", _ => Series<double>.FromJagged([[1], [2, 3]])),
        Bad("Series.FromJagged(steps)", "steps", "1 features at step 0", "got 0", _ => Series<double>.FromJagged([[]])),
        Bad("Series.FromTokens(tokens, vocabulary)", "vocabulary", "at least 1", "got 0", _ => Series<double>.FromTokens(new int[2], 0)),
        Bad("Series.FromTokens(tokens, vocabulary)", "tokens", "tokens of 0 to 1", "got 2", _ => Series<double>.FromTokens(new[] { 1, 2 }, 2)),
        Bad("Series.FromLabel(label, classes)", "classes", "at least 1", "got -1", _ => Series<double>.FromLabel(0, -1)),
        Bad("Series.FromLabel(label, classes)", "label", "0 to 1", "got 2", _ => Series<double>.FromLabel(2, 2)),
        Null("Series.FromSequence(sequence, example)", "sequence", _ => Series<double>.FromSequence(null!, 0)),
        Bad("Series.FromSequence(sequence, example)", "example", "0 to 1", "got 2", f => Series<double>.FromSequence(f.X, 2)),
        Null("Example.new(input, target)", "input", f => _ = new Example<double>(null!, FiveSteps)),
        Null("Example.new(input, target)", "target", f => _ = new Example<double>(FiveSteps, null!)),
        Null("ClassSampling.new(classes, weights, drawsPerEpoch)", "classes", f => _ = new ClassSampling(null!)),
        Bad("ClassSampling.new(classes, weights, drawsPerEpoch)", "classes", "at least one", "none", f => _ = new ClassSampling([])),
        Bad("ClassSampling.new(classes, weights, drawsPerEpoch)", "classes", "0 or more", "got -1 for example 1", f => _ = new ClassSampling([0, -1])),
        Bad("ClassSampling.new(classes, weights, drawsPerEpoch)", "weights", "a weight for class 2", "got 2 weights", f => _ = new ClassSampling([0, 2], [1, 1])),
        Bad("ClassSampling.new(classes, weights, drawsPerEpoch)", "weights", "0 or more", "got -1 for class 1", f => _ = new ClassSampling([0, 1], [1, -1])),
        Bad("ClassSampling.new(classes, weights, drawsPerEpoch)", "weights", "finite", "got NaN for class 2", f => _ = new ClassSampling([0, 1], [1, 1, double.NaN])),
        Bad("ClassSampling.new(classes, weights, drawsPerEpoch)", "weights", "sum above 0", "got 0", f => _ = new ClassSampling([0, 1], [0, 0, 1])),
        Bad("ClassSampling.new(classes, weights, drawsPerEpoch)", "weights", "finite sum", "got", f => _ = new ClassSampling([0, 1], [double.MaxValue, double.MaxValue])),
        Bad("ClassSampling.new(classes, weights, drawsPerEpoch)", "drawsPerEpoch", "at least 1", "got 0", f => _ = new ClassSampling([0], drawsPerEpoch: 0)),
        Bad("ClassSampling.new(classes, weights, drawsPerEpoch)", "drawsPerEpoch", "at most", "got 2147483647", f => _ = new ClassSampling([0], drawsPerEpoch: int.MaxValue)),
        Null("ClassSampling.Of(items, classOf, weights, drawsPerEpoch)", "items", _ => ClassSampling.Of<int>(null!, i => i)),
        Null("ClassSampling.Of(items, classOf, weights, drawsPerEpoch)", "classOf", _ => ClassSampling.Of<int>([1], null!)),
        Bad("ClassSampling.Of(items, classOf, weights, drawsPerEpoch)", "items", "at least one", "none", _ => ClassSampling.Of<int>([], i => i)),
        Bad("ClassSampling.Of(items, classOf, weights, drawsPerEpoch)", "classOf", "0 or more", "got -3 for item 1", _ => ClassSampling.Of([1, 3], i => i == 3 ? -3 : 0)),
        Bad("ClassSampling.Of(items, classOf, weights, drawsPerEpoch)", "weights", "a weight for class 1", "got 1 weights", _ => ClassSampling.Of([1, 3], i => i, [1])),
        Bad("ClassSampling.Of(items, classOf, weights, drawsPerEpoch)", "drawsPerEpoch", "at least 1", "got -1", _ => ClassSampling.Of([1, 3], i => i, drawsPerEpoch: -1)),
    ];

    private static Row[] ListSources() =>
    [
        Null("BatchSource.Next(batch, cancellation)", "batch", _ => AnySource().Next(null!)),
        Bad("BatchSource.Next(batch, cancellation)", "batch", "an input of 3 features", "got tokens of vocabulary 3", f => AnySource().Next(new Batch<double>(f.Tokens, f.X))),
        Null("BatchSource.SetState(state)", "state", _ => AnySource().SetState(null!)),
        Bad("IndexedBatches.new(count, options)", "count", "at least 1", "got 0", f => _ = new BareSource(0)),
        Bad("IndexedBatches.new(count, options)", "count", "at most", "got 2147483647", f => _ = new BareSource(int.MaxValue)),
        Bad("IndexedBatches.new(count, options)", "options", "at most 3 (the items of an epoch)", "got 4", f => _ = new BareSource(3, new() { BatchSize = 4, DropLast = true })),
        Bad("IndexedBatches.new(count, options)", "options", "a sampling of 3 items", "got one of 2", f => _ = new BareSource(3, new() { Sampling = new ClassSampling([0, 1]) })),
        Null("ExampleBatches.new(examples, options)", "examples", f => _ = new ExampleBatches<double>(null!)),
        Bad("ExampleBatches.new(examples, options)", "examples", "at least one", "none", f => _ = new ExampleBatches<double>([])),
        Bad("ExampleBatches.new(examples, options)", "examples", "Example 0", "null", f => _ = new ExampleBatches<double>(new Example<double>[1])),
        Bad("ExampleBatches.new(examples, options)", "examples", "Example 1", "null", f => _ = new ExampleBatches<double>(new List<Example<double>> { AnExample, null! })),
        Bad("ExampleBatches.new(examples, options)", "examples", "an input of 3 features in example 1", "got 5 features", f => _ = new ExampleBatches<double>((Example<double>[])[AnExample, new(Series<double>.FromValues(new double[5], 5), FiveSteps)])),
        Bad("ExampleBatches.new(examples, options)", "examples", "a target of 3 features in example 1", "got tokens of vocabulary 3", f => _ = new ExampleBatches<double>((Example<double>[])[AnExample, new(FiveSteps, Series<double>.FromLabel(1, 3))])),
        Bad("ExampleBatches.new(examples, options)", "examples", "no source in example 1", "got 5 steps", f => _ = new ExampleBatches<double>((Example<double>[])[AnExample, new(FiveSteps, FiveSteps) { Source = FiveSteps }])),
        Bad("ExampleBatches.new(examples, options)", "examples", "a source of 3 features in example 1", "got none", f => _ = new ExampleBatches<double>((Example<double>[])[new(FiveSteps, FiveSteps) { Source = FiveSteps }, AnExample])),
        Bad("ExampleBatches.new(examples, options)", "options", "at most 1", "got 2", f => _ = new ExampleBatches<double>([AnExample], new() { BatchSize = 2, DropLast = true })),
        Null("ExampleBatches.FromArrays(inputs, targets, options)", "inputs", _ => ExampleBatches<double>.FromArrays(null!, [])),
        Null("ExampleBatches.FromArrays(inputs, targets, options)", "targets", _ => ExampleBatches<double>.FromArrays([new double[1, 1]], null!)),
        Bad("ExampleBatches.FromArrays(inputs, targets, options)", "inputs", "at least one", "none", _ => ExampleBatches<double>.FromArrays([], [])),
        Bad("ExampleBatches.FromArrays(inputs, targets, options)", "inputs", "1 features in example 1", "got 2", _ => ExampleBatches<double>.FromArrays([new double[1, 1], new double[1, 2]], [new double[1, 1], new double[1, 1]])),
        Bad("ExampleBatches.FromArrays(inputs, targets, options)", "targets", "Example 1", "null", _ => ExampleBatches<double>.FromArrays([new double[1, 1]], [new double[1, 1], null!])),
        Bad("ExampleBatches.FromArrays(inputs, targets, options)", "targets", "1 targets", "got 2", _ => ExampleBatches<double>.FromArrays([new double[1, 1]], [new double[1, 1], new double[1, 1]])),
        Null("ExampleBatches.FromJagged(inputs, targets, options)", "inputs", _ => ExampleBatches<double>.FromJagged(null!, [])),
        Bad("ExampleBatches.FromJagged(inputs, targets, options)", "inputs", "Example 0", "at least one step", _ => ExampleBatches<double>.FromJagged([[]], [])),
        Bad("ExampleBatches.FromJagged(inputs, targets, options)", "targets", "1 targets", "got 2", _ => ExampleBatches<double>.FromJagged([[[1]]], [[[1]], [[2]]])),
        Null(NewSequences, "inputs", f => _ = new SequenceBatches<double>(null!, f.X)),
        Null(NewSequences, "targets", f => _ = new SequenceBatches<double>(f.X, null!)),
        Bad(NewSequences, "targets", "2 examples", "got 3", f => _ = new SequenceBatches<double>(f.X, new Sequence<double>(1, 3, 5))),
        Bad(NewSequences, "options", "at most 2", "got 32", f => _ = new SequenceBatches<double>(f.X, f.Like(), new() { DropLast = true })),
        Bad(NewSequences, "sources", "2 examples", "got 1", f => _ = new SequenceBatches<double>(f.X, f.Like(), sources: new Sequence<double>(1, 1, 5))),
        Bad(NewSequences, "stepWeights", "1 x 2 x 5", "got 3 x 2 x 5", f => _ = new SequenceBatches<double>(f.X, f.Like(), stepWeights: f.Like())),
        Bad(NewSequences, "stepWeights", "a length of 5 for example 1", "got 4", f => _ = new SequenceBatches<double>(f.X, f.Like(), stepWeights: f.Ragged(new Sequence<double>(1, 2, 5)))),
        Null(NewNextTokens, "texts", f => _ = new NextTokenBatches<double>(null!, 3, 0)),
        Bad(NewNextTokens, "texts", "at least one", "none", f => _ = new NextTokenBatches<double>([], 3, 0)),
        Bad(NewNextTokens, "texts", "Text 1", "null", f => _ = new NextTokenBatches<double>([[], null!], 3, 0)),
        Bad(NewNextTokens, "texts", "tokens of 0 to 2", "got -100 in text 1", f => _ = new NextTokenBatches<double>([[], [-100]], 3, 0)),
        Bad(NewNextTokens, "vocabulary", "at least 1", "got 0", f => _ = new NextTokenBatches<double>([[]], 0, 0)),
        Bad(NewNextTokens, "boundary", "0 to 2", "got 3", f => _ = new NextTokenBatches<double>([[]], 3, 3)),
        Bad(NewNextTokens, "options", "at most 1", "got 32", f => _ = new NextTokenBatches<double>([[]], 3, 0, new() { DropLast = true })),
        Bad(NewNextTokens, "wordDropout", "below 1", "got 1", f => _ = new NextTokenBatches<double>([[]], 3, 0, wordDropout: 1)),
        Bad(NewNextTokens, "wordDropout", "at least 0", "got NaN", f => _ = new NextTokenBatches<double>([[]], 3, 0, wordDropout: double.NaN)),
        Bad(NewNextTokens, "start", "tokens of 0 to 2", "got -1", f => _ = new NextTokenBatches<double>([[]], 3, 0, start: -1)),
        Null(NewWindows, "series", f => _ = new WindowBatches<double>((Series<double>)null!, 1)),
        Bad(NewWindows, "length", "at least 1", "got 0", f => _ = new WindowBatches<double>(FiveSteps, 0)),
        Bad(NewWindows, "length", "at most 5 steps", "got 5 and 1", f => _ = new WindowBatches<double>(FiveSteps, 5)),
        Bad(NewWindows, "windows", "TargetColumns of 0 to 2", "got 3", f => _ = new WindowBatches<double>(FiveSteps, 2, new() { TargetColumns = [3] })),
        Bad(NewWindows, "windows", "at least one of InputColumns", "none", f => _ = new WindowBatches<double>(FiveSteps, 2, new() { InputColumns = [] })),
        Bad(NewWindows, "windows", "features for FollowingFeatures", "tokens of vocabulary 2", f => _ = new WindowBatches<double>(Series<double>.FromTokens(new int[9], 2), 2, new() { Target = WindowTarget.FollowingFeatures })),
        Bad(NewWindows, "windows", "features for InputColumns", "tokens of vocabulary 2", f => _ = new WindowBatches<double>(Series<double>.FromTokens(new int[9], 2), 2, new() { InputColumns = [0] })),
        Bad(NewWindows, "options", "at most 3", "got 32", f => _ = new WindowBatches<double>(FiveSteps, 2, options: new() { DropLast = true })),
        Null(NewWindowsOfSeveral, "series", f => _ = new WindowBatches<double>((IReadOnlyList<Series<double>>)null!, 1)),
        Bad(NewWindowsOfSeveral, "series", "at least one", "none", f => _ = new WindowBatches<double>([], 1)),
        Bad(NewWindowsOfSeveral, "series", "Series 1", "null", f => _ = new WindowBatches<double>([FiveSteps, null!], 1)),
        Bad(NewWindowsOfSeveral, "series", "series 1 to be like the first", "got 2 steps of 1 features", f => _ = new WindowBatches<double>([FiveSteps, Series<double>.FromValues(new double[2])], 1)),
        Bad(NewWindowsOfSeveral, "length", "at most 5 steps", "got 9 and 1", f => _ = new WindowBatches<double>([FiveSteps, FiveSteps], 9)),
        Bad(NewWindowsOfSeveral, "windows", "InputColumns of 0 to 2", "got -1", f => _ = new WindowBatches<double>([FiveSteps, FiveSteps], 2, new() { InputColumns = [-1] })),
        Bad(NewWindowsOfSeveral, "options", "at most 6", "got 32", f => _ = new WindowBatches<double>([FiveSteps, FiveSteps], 2, options: new() { DropLast = true })),
        Bad("WindowBatches.Locate(window)", "window", "0 to 2", "got 3", _ => new WindowBatches<double>(FiveSteps, 2).Locate(3)),
    ];

    private static Row[] StreamSources() =>
    [
        Bad(NewTokenStreams, "tokens", "tokens of 0 to 1", "got 2", f => _ = new TokenStreamBatches<double>(new[] { 0, 2, 1 }, 2, 1, 1)),
        Bad(NewTokenStreams, "tokens", "at least 4 tokens for 3 streams", "got 3", f => _ = new TokenStreamBatches<double>(new int[3], 2, 3, 1)),
        Bad(NewTokenStreams, "tokens", "at least 7 tokens for 3 streams", "got 6", f => _ = new TokenStreamBatches<double>(new int[6], 2, 3, 4, randomOffset: true)),
        Bad(NewTokenStreams, "vocabulary", "at least 1", "got 0", f => _ = new TokenStreamBatches<double>(new int[3], 0, 1, 1)),
        Bad(NewTokenStreams, "batch", "at least 1", "got 0", f => _ = new TokenStreamBatches<double>(new int[3], 2, 0, 1)),
        Bad(NewTokenStreams, "window", "at least 1", "got 0", f => _ = new TokenStreamBatches<double>(new int[3], 2, 1, 0)),
        Bad(NewTokenStreams, "documents", "positions of 0 to 2", "got 3 as number 1", f => _ = new TokenStreamBatches<double>(new int[3], 2, 1, 1, [0, 3])),
        Bad(NewTokenStreams, "documents", "ascending", "got 1 as number 1", f => _ = new TokenStreamBatches<double>(new int[3], 2, 1, 1, [1, 1])),
        Bad(NewTokenStreams, "documents", "at least 2 tokens", "none", f => _ = new TokenStreamBatches<double>(new int[3], 2, 1, 1, [0, 1, 2])),
        Null(NewSeriesStreams, "series", f => _ = new SeriesStreamBatches<double>(null!, 1, 1)),
        Bad(NewSeriesStreams, "series", "at least one", "none", f => _ = new SeriesStreamBatches<double>([], 1, 1)),
        Bad(NewSeriesStreams, "series", "Series 0", "null", f => _ = new SeriesStreamBatches<double>([null!], 1, 1)),
        Bad(NewSeriesStreams, "series", "an input of 3 features in example 1", "got 1 features", f => _ = new SeriesStreamBatches<double>([AnExample, new(Series<double>.FromValues(new double[5]), FiveSteps)], 1, 1)),
        Bad(NewSeriesStreams, "series", "without a source", "series 0", f => _ = new SeriesStreamBatches<double>([new(FiveSteps, FiveSteps) { Source = FiveSteps }], 1, 1)),
        Bad(NewSeriesStreams, "series", "as many targets in series 0", "got 5 and 1", f => _ = new SeriesStreamBatches<double>([new(FiveSteps, Series<double>.FromLabel(0, 2))], 1, 1)),
        Bad(NewSeriesStreams, "series", "at least 1 step", "got 0 and 0", f => _ = new SeriesStreamBatches<double>([new(Series<double>.FromValues(default), Series<double>.FromValues(default))], 1, 1)),
        Bad(NewSeriesStreams, "batch", "at least 1", "got 0", f => _ = new SeriesStreamBatches<double>([AnExample], 0, 1)),
        Bad(NewSeriesStreams, "batch", "at most 1", "got 2", f => _ = new SeriesStreamBatches<double>([AnExample], 2, 1)),
        Bad(NewSeriesStreams, "window", "at least 1", "got 0", f => _ = new SeriesStreamBatches<double>([AnExample], 1, 0)),
        Null(NewGenerated, "generate", f => _ = new GeneratedBatches<double>(null!, 1, 1)),
        Bad(NewGenerated, "generate", "an example", "got null", f => _ = new GeneratedBatches<double>(_ => null!, 1, 1)),
        Bad(NewGenerated, "batchSize", "at least 1", "got 0", f => _ = new GeneratedBatches<double>(_ => AnExample, 0, 1)),
        Bad(NewGenerated, "batchesPerEpoch", "at least 1", "got 0", f => _ = new GeneratedBatches<double>(_ => AnExample, 1, 0)),
        Null(NewStreams, "reader", f => _ = new StreamBatches<double>(null!, 1, 1, 1, 1)),
        Bad(NewStreams, "inputs", "at least 1", "got 0", f => _ = new StreamBatches<double>(NoStep, 0, 1, 1, 1)),
        Bad(NewStreams, "targets", "at least 1", "got 0", f => _ = new StreamBatches<double>(NoStep, 1, 0, 1, 1)),
        Bad(NewStreams, "batch", "at least 1", "got 0", f => _ = new StreamBatches<double>(NoStep, 1, 1, 0, 1)),
        Bad(NewStreams, "batch", "at most", "got", f => _ = new StreamBatches<double>(NoStep, 1, 1, int.MaxValue, 1)),
        Bad(NewStreams, "window", "at least 1", "got 0", f => _ = new StreamBatches<double>(NoStep, 1, 1, 1, 0)),
        Bad(NewStreams, "window", "at most", "got", f => _ = new StreamBatches<double>(NoStep, 1, 3, 1, int.MaxValue / 2)),
        Bad(NewStreams, "batchesPerEpoch", "at least 1", "got 0", f => _ = new StreamBatches<double>(NoStep, 1, 1, 1, 1, 0)),
        Null("EnumeratedStreams.new(streams)", "streams", f => _ = new EnumeratedStreams<double>(null!)),
        Bad("EnumeratedStreams.new(streams)", "streams", "at least one", "none", f => _ = new EnumeratedStreams<double>([])),
        Bad("EnumeratedStreams.new(streams)", "streams", "Stream 1", "null", f => _ = new EnumeratedStreams<double>([[], null!])),
        Bad("EnumeratedStreams.Read(stream, step, input, target)", "stream", "0 to 0", "got 1", _ => new EnumeratedStreams<double>([[]]).Read(1, 0, [], [])),
        Bad("EnumeratedStreams.Read(stream, step, input, target)", "step", "0 or more", "got -1", _ => new EnumeratedStreams<double>([[]]).Read(0, -1, [], [])),
        Null(NewStreamed, "examples", f => _ = new StreamedExampleBatches<double>((IEnumerable<Example<double>>)null!, AnExample)),
        Null(NewStreamed, "like", f => _ = new StreamedExampleBatches<double>(Enumerable.Empty<Example<double>>(), null!)),
        Bad(NewStreamed, "batchSize", "at least 1", "got 0", f => _ = new StreamedExampleBatches<double>(Enumerable.Empty<Example<double>>(), AnExample, 0)),
        Bad(NewStreamed, "shuffleBuffer", "0 or more", "got -1", f => _ = new StreamedExampleBatches<double>(Enumerable.Empty<Example<double>>(), AnExample, 1, -1)),
        Null(NewStreamedAsync, "examples", f => _ = new StreamedExampleBatches<double>((IAsyncEnumerable<Example<double>>)null!, AnExample)),
        Null(NewStreamedAsync, "like", f => _ = new StreamedExampleBatches<double>(AsyncEnumerable.Empty<Example<double>>(), null!)),
        Bad(NewStreamedAsync, "batchSize", "at least 1", "got 0", f => _ = new StreamedExampleBatches<double>(AsyncEnumerable.Empty<Example<double>>(), AnExample, 0)),
        Bad(NewStreamedAsync, "shuffleBuffer", "0 or more", "got -1", f => _ = new StreamedExampleBatches<double>(AsyncEnumerable.Empty<Example<double>>(), AnExample, 1, -1)),
        Null("TransformedBatches.new(source, transform, seed)", "source", f => _ = new TransformedBatches<double>(null!, (_, _) => { })),
        Null("TransformedBatches.new(source, transform, seed)", "transform", f => _ = new TransformedBatches<double>(AnySource(), null!)),
        Null("TransformedBatches.Next(batch, cancellation)", "batch", _ => AnySource().Transform((_, _) => { }).Next(null!)),
        Null("TransformedBatches.SetState(state)", "state", _ => AnySource().Transform((_, _) => { }).SetState(null!)),
        Null("PrefetchedBatches.new(source, capacity)", "source", f => _ = new PrefetchedBatches<double>(null!)),
        Bad("PrefetchedBatches.new(source, capacity)", "capacity", "1 to 1024", "got 0", f => _ = new PrefetchedBatches<double>(AnySource(), 0)),
        Bad("PrefetchedBatches.new(source, capacity)", "capacity", "1 to 1024", "got 1025", f => _ = new PrefetchedBatches<double>(AnySource(), 1025)),
        Null("PrefetchedBatches.Next(batch, cancellation)", "batch", _ => AnySource().Prefetch().Next(null!)),
        Null("PrefetchedBatches.SetState(state)", "state", _ => AnySource().Prefetch().SetState(null!)),
        Null("BatchSources.Transform(source, transform, seed)", "source", _ => BatchSources.Transform<double>(null!, (_, _) => { })),
        Null("BatchSources.Transform(source, transform, seed)", "transform", _ => AnySource().Transform(null!)),
        Null("BatchSources.Prefetch(source, capacity)", "source", _ => BatchSources.Prefetch<double>(null!)),
        Bad("BatchSources.Prefetch(source, capacity)", "capacity", "1 to 1024", "got -1", _ => AnySource().Prefetch(-1)),
    ];

    private static IEnumerable<Row> Splits()
    {
        foreach ((string member, Action<IReadOnlyList<int>, double, double> split) in ((string, Action<IReadOnlyList<int>, double, double>)[])
        [
            ("DataSplit.Shuffled(items, validation, test, seed)", (items, validation, test) => DataSplit.Shuffled(items, validation, test)),
            ("DataSplit.Grouped(items, groupOf, validation, test, seed)", (items, validation, test) => DataSplit.Grouped(items, item => item, validation, test)),
            ("DataSplit.Stratified(items, classOf, validation, test, seed)", (items, validation, test) => DataSplit.Stratified(items, item => item, validation, test)),
            ("DataSplit.InOrder(items, validation, test, gap)", (items, validation, test) => DataSplit.InOrder(items, validation, test)),
        ])
        {
            yield return Null(member, "items", _ => split(null!, 0, 0));
            yield return Bad(member, "validation", "0 to 1", "got -0.1", _ => split([1], -0.1, 0));
            yield return Bad(member, "validation", "0 to 1", "got NaN", _ => split([1], double.NaN, 0));
            yield return Bad(member, "test", "0 to 0.5", "got 0.6", _ => split([1], 0.5, 0.6));
            yield return Bad(member, "test", "0 to 1", "got NaN", _ => split([1], 0, double.NaN));
        }

        yield return Null("DataSplit.Grouped(items, groupOf, validation, test, seed)", "groupOf", _ => DataSplit.Grouped<int, int>([1], null!, 0.5));
        yield return Bad("DataSplit.Grouped(items, groupOf, validation, test, seed)", "groupOf", "null", "item 1", _ => DataSplit.Grouped([1, 2], item => item == 2 ? null! : "a", 0.5));
        yield return Null("DataSplit.Stratified(items, classOf, validation, test, seed)", "classOf", _ => DataSplit.Stratified<int, int>([1], null!, 0.5));
        yield return Bad("DataSplit.Stratified(items, classOf, validation, test, seed)", "classOf", "null", "item 0", _ => DataSplit.Stratified<int, string>([1, 2], item => null!, 0.5));
        yield return Bad("DataSplit.InOrder(items, validation, test, gap)", "gap", "0 or more", "got -1", _ => DataSplit.InOrder([1, 2], 0.5, gap: -1));
        yield return Bad("DataSplit.InOrder(items, validation, test, gap)", "gap", "fewer items than the 1 of the part before it", "got 1", _ => DataSplit.InOrder([1, 2], 0.5, gap: 1));
    }

    private static StreamStep NoStep(int stream, long step, Span<double> input, Span<double> target) => StreamStep.Ends;

    /// <summary>A source without data, to call what derived sources can.</summary>
    private sealed class BareSource(int count, BatchOptions? options = null) : IndexedBatches<double>(count, options)
    {
        public override Batch<double> CreateBatch() => throw new NotSupportedException();

        protected override void Fill(Batch<double> batch, ReadOnlySpan<int> items, FastRandom random) => throw new NotSupportedException();

        protected override int LengthOf(int item) => throw new NotSupportedException();
    }
}

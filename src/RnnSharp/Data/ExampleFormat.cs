using System.Numerics;
using RnnSharp.Training;

namespace RnnSharp.Data;

/// <summary>The kind of examples that a source has: the features or vocabulary of each part, and which parts there are.</summary>
internal sealed class ExampleFormat<T>(Example<T> like, bool hasStepWeights)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // Only the kinds: the contents of the example are not kept alive.
    private readonly Part _input = new(like.Input);
    private readonly Part _target = new(like.Target);
    private readonly Part? _source = like.Source is null ? null : new Part(like.Source);

    public Batch<T> CreateBatch() => new(_input.CreateSequence(), _target.CreateSequence())
    {
        Source = _source?.CreateSequence(),
        StepWeights = hasStepWeights ? new Sequence<T>(1, 1, 0) : null,
    };

    /// <summary>What is wrong with an example; null if it is of this kind.</summary>
    public string? Mismatch(Example<T>? example, long item)
    {
        if (example is null) return $"Example {item} is null.";
        return Mismatch("an input", _input, example.Input, item)
            ?? Mismatch("a target", _target, example.Target, item)
            ?? (_source is { } source ? Mismatch("a source", source, example.Source, item) : example.Source is null ? null : $"Expected no source in example {item}, as in the first, got {example.Source}.")
            ?? (hasStepWeights || example.StepWeights is null ? null : $"Expected no step weights in example {item}, because the source was made for examples without.");
    }

    private static string? Mismatch(string part, Part expected, Series<T>? actual, long item) => expected.Fits(actual)
        ? null
        : $"Expected {part} of {expected} in example {item}, got {(actual is null ? "none" : new Part(actual).ToString())}.";

    private readonly struct Part(Series<T> like)
    {
        private readonly int _features = like.Features;
        private readonly bool _isTokens = like.IsTokens;

        public bool Fits(Series<T>? series) => series is not null && series.Features == _features && series.IsTokens == _isTokens;

        public Sequence<T> CreateSequence() => _isTokens ? Sequence<T>.ForTokens(_features, 1, 0) : new Sequence<T>(_features, 1, 0);

        public override string ToString() => _isTokens ? $"tokens of vocabulary {_features}" : $"{_features} features";
    }
}

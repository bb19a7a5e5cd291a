using System.Globalization;
using System.Text;
using RnnSharp.Training;

namespace RnnSharp.Tests;

/// <summary>All that a batch holds, padding included, as a text that two batches share only if they are equal to the last bit.</summary>
internal static class BatchText
{
    public const string End = "end";

    public static bool IsEnd(string text) => string.Equals(text, End, StringComparison.Ordinal);

    /// <summary>The next batch of a source, or <see cref="End"/>.</summary>
    public static string Next(IBatchSource<float> source, Batch<float> batch, CancellationToken cancellation = default) =>
        source.Next(batch, cancellation) ? Of(batch, source.CarriesState) : End;

    public static string[] Take(IBatchSource<float> source, int calls)
    {
        Batch<float> batch = source.CreateBatch();
        return [.. Enumerable.Range(0, calls).Select(_ => Next(source, batch))];
    }

    public static string Of(Batch<float> batch, bool restarts)
    {
        var text = new StringBuilder();
        Add(text, "input", batch.Input);
        Add(text, "target", batch.Target);
        Add(text, "source", batch.Source);
        Add(text, "weights", batch.StepWeights);
        if (restarts) text.Append("restarts ").AppendJoin(',', batch.Restarts.ToArray());
        return text.ToString();
    }

    public static string Of(StateDictionary state) => string.Join('\n', state.Values.Select(pair => $"{pair.Key} = {(pair.Value is long[] numbers ? string.Join(',', numbers) : pair.Value)}"));

    private static void Add(StringBuilder text, string name, Sequence<float>? sequence)
    {
        if (sequence is null) return;
        text.Append(name).Append(' ').Append(sequence).Append(" lengths ").AppendJoin(',', sequence.Lengths.ToArray()).Append(": ");
        if (sequence.IsTokens) text.AppendJoin(',', sequence.Tokens.ToArray());
        else text.AppendJoin(',', sequence.Values.ToArray().Select(value => BitConverter.SingleToInt32Bits(value).ToString("x", CultureInfo.InvariantCulture)));
        text.AppendLine();
    }
}

using System.Numerics;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Tests.Layers;

namespace RnnSharp.Onnx.Tests.Export;

/// <summary>Compares a model with its export: outputs and states over three calls, ragged and not.</summary>
internal static class ExportCheck
{
    private const double Tolerance = 1e-5;

    public static void Check<T>(ILayer<T> model, int seed, bool tokens, int? inputSteps = null, OnnxExportOptions? options = null, double tolerance = Tolerance, Sequence<T>? first = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        options = (options ?? new()) with { Tokens = tokens };
        using var run = new OnnxRun<T>(OnnxRun<T>.Export(model, options));
        var random = new Random(seed);
        int batch = first?.Batch ?? random.Next(1, 5);
        State<T> ours = model.CreateState(batch), theirs = model.CreateState(batch);
        bool keepsState = options.State;
        if (keepsState && random.Next(2) == 0)
        {
            foreach (StateLeaf<T> leaf in ours.Leaves) Fill(leaf.Values, random);
            theirs.CopyFrom(ours);
        }

        for (int call = 0; call < 3; call++)
        {
            if (!keepsState) ours.Clear();
            int steps = inputSteps ?? random.Next(1, 7);
            bool ragged = options.Lengths && random.Next(3) > 0;
            Sequence<T> x = call == 0 && first is not null ? first : Input<T>(model.InputSize, batch, steps, tokens, ragged, random);
            Sequence<T>? source = model is EncoderDecoder<T> chain ? Input<T>(chain.Encoder.InputSize, batch, random.Next(1, 7), options.SourceTokens ?? false, ragged, random) : null;
            Sequence<T> expected = source is null ? model.Predict(x, ours) : ((EncoderDecoder<T>)model).Predict(source, x, ours);
            string where = $"call {call} of {model} with {x}, lengths {string.Join(',', x.Lengths.ToArray())}";
            T[] actual;
            try
            {
                actual = run.Run(x, keepsState ? theirs : null, source, options.BatchFirst);
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"{where}: {exception.Message}", exception);
            }

            Compare<T>(expected.Values, actual, tolerance, $"output of {where}");
            for (int i = 0; keepsState && i < ours.Leaves.Count; i++) Compare<T>(ours.Leaves[i].Values, theirs.Leaves[i].Values, tolerance, $"{ours.Names[i]} after {where}");
        }
    }

    public static Sequence<T> Input<T>(int size, int batch, int steps, bool tokens, bool ragged, Random random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Sequence<T> x = tokens ? Sequence<T>.ForTokens(size, batch, steps) : new Sequence<T>(size, batch, steps);
        for (int t = 0; tokens && t < steps; t++)
        {
            for (int j = 0; j < batch; j++) x.SetToken(j, t, random.Next(8) == 0 ? Sequence<T>.ZeroToken : random.Next(size));
        }

        Fill(x.Values, random);
        if (!ragged) return x;
        int[] lengths = new int[batch];
        for (int j = 0; j < batch; j++) lengths[j] = random.Next(steps + 1);
        x.SetLengths(lengths);
        if (!tokens) Padding.Spoil(x, lengths);
        return x;
    }

    public static void Fill<T>(Span<T> values, Random random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < values.Length; i++) values[i] = T.CreateChecked(2 * random.NextDouble() - 1);
    }

    private static void Compare<T>(ReadOnlySpan<T> expected, ReadOnlySpan<T> actual, double tolerance, string where)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        actual.Length.Should().Be(expected.Length, where);
        for (int i = 0; i < expected.Length; i++)
        {
            double y = double.CreateChecked(expected[i]), error = Math.Abs(y - double.CreateChecked(actual[i])) / Math.Max(1, Math.Abs(y));
            if (!(error <= tolerance)) error.Should().BeLessThanOrEqualTo(tolerance, $"{where} at {i} is {y}, got {actual[i]}");
        }
    }
}

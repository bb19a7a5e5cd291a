using System.Numerics;
using Microsoft.ML.OnnxRuntime;

namespace RnnSharp.Onnx.Tests.Export;

/// <summary>An exported model in ONNX Runtime.</summary>
internal sealed class OnnxRun<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly InferenceSession _session;

    public OnnxRun(byte[] file)
    {
        using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        _session = new InferenceSession(file, options);
    }

    public IReadOnlyList<string> Inputs => [.. _session.InputNames, .. _session.OverridableInitializerMetadata.Keys];

    public IReadOnlyList<string> Outputs => _session.OutputNames;

    public static byte[] Export(ILayer<T> model, OnnxExportOptions? options = null)
    {
        using var stream = new MemoryStream();
        OnnxFile.Export(model, stream, options);
        byte[] file = stream.ToArray();
        KeptFiles.Keep(file);
        return file;
    }

    /// <summary>Runs the model on a batch, with lengths if it is ragged and with a state, which is advanced.</summary>
    public T[] Run(Sequence<T> input, State<T>? state = null, Sequence<T>? source = null, bool batchFirst = false)
    {
        var names = new List<string>();
        var values = new List<OrtValue>();
        void Give<TElement>(string name, TElement[] data, params long[] shape)
            where TElement : unmanaged
        {
            names.Add(name);
            values.Add(OrtValue.CreateTensorValueFromMemory(data, shape));
        }

        void GiveSequence(string name, string lengths, Sequence<T> sequence)
        {
            if (sequence.IsTokens) Give(name, Order(Array.ConvertAll(sequence.Tokens.ToArray(), token => (long)token), sequence, 1, batchFirst), Shape(sequence, batchFirst));
            else Give(name, Order(sequence.Values.ToArray(), sequence, sequence.Features, batchFirst), [.. Shape(sequence, batchFirst), sequence.Features]);
            if (sequence.IsRagged) Give(lengths, sequence.Lengths.ToArray(), sequence.Batch);
        }

        GiveSequence("input", "lengths", input);
        if (source is not null) GiveSequence("source", "source_lengths", source);
        for (int i = 0; state is not null && i < state.Leaves.Count; i++) Give(state.Names[i], state.Leaves[i].Values.ToArray(), state.Batch, state.Leaves[i].Size);
        string[] outputs = ["output", .. state is null ? [] : state.Names.Select(name => $"{name}.final")];
        try
        {
            using var run = new RunOptions();
            using IDisposableReadOnlyCollection<OrtValue> results = _session.Run(run, names, values, outputs);
            for (int i = 1; i < outputs.Length; i++) results[i].GetTensorDataAsSpan<T>().CopyTo(state!.Leaves[i - 1].Values);
            T[] y = results[0].GetTensorDataAsSpan<T>().ToArray();
            if (!batchFirst) return y;
            long[] shape = results[0].GetTensorTypeAndShape().Shape;
            return Transposed(y, (int)shape[0], (int)shape[1], (int)shape[2]);
        }
        finally
        {
            values.ForEach(value => value.Dispose());
        }
    }

    public void Dispose() => _session.Dispose();

    private static long[] Shape(Sequence<T> sequence, bool batchFirst) => batchFirst ? [sequence.Batch, sequence.Steps] : [sequence.Steps, sequence.Batch];

    private static TElement[] Order<TElement>(TElement[] values, Sequence<T> sequence, int features, bool batchFirst) => batchFirst ? Transposed(values, sequence.Steps, sequence.Batch, features) : values;

    /// <summary>Exchanges the first two of three dimensions.</summary>
    private static TElement[] Transposed<TElement>(TElement[] values, int first, int second, int size)
    {
        var target = new TElement[values.Length];
        for (int i = 0; i < first; i++)
        {
            for (int j = 0; j < second; j++) Array.Copy(values, (i * second + j) * size, target, (j * first + i) * size, size);
        }

        return target;
    }
}

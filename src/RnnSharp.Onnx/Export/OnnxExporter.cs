using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Layers;
using RnnSharp.Numerics;
using RnnSharp.Onnx.Schema;
using static RnnSharp.Onnx.Schema.TensorProto.Types;

namespace RnnSharp.Onnx;

/// <summary>Turns a model into an ONNX model. The same model and options give the same bytes.</summary>
internal static class OnnxExporter
{
    public const string Input = "input";
    public const string Lengths = "lengths";
    public const string Source = "source";
    public const string SourceLengths = "source_lengths";
    public const string Output = "output";
    public const string FinalSuffix = ".final";

    private const string StepsName = "steps";
    private const string SourceStepsName = "source_steps";
    private const string OutputStepsName = "output_steps";

    /// <summary>The length in bytes that no ONNX file exceeds, less room for all but the parameters.</summary>
    private const long LargestFile = int.MaxValue - (64L << 20);

    /// <exception cref="ArgumentException">The model or the options are invalid, or a layer cannot be exported.</exception>
    /// <exception cref="InvalidOperationException">A parameter changed during the call.</exception>
    public static ModelProto ToModel<T>(ILayer<T> model, OnnxExportOptions options)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check.ElementType<T>();
        OnnxMetadata.Require(options);
        long bytes = model.Parameters.Sum(parameter => (long)parameter.Count) * Unsafe.SizeOf<T>();
        if (bytes > LargestFile) throw Check.Shape(nameof(model), $"parameters of at most {LargestFile} bytes, because an ONNX file is shorter than 2 GiB", $"{bytes}");
        long[] versions = Versions();
        ModelProto result = Build(model, options);

        // The version of a parameter is odd while it is being written.
        if (versions.Any(version => version % 2 != 0) || !versions.AsSpan().SequenceEqual(Versions())) throw new InvalidOperationException("A parameter of the model changed while the model was being exported.");
        return result;

        long[] Versions() => [.. model.Parameters.Select(parameter => parameter.Version)];
    }

    private static ModelProto Build<T>(ILayer<T> model, OnnxExportOptions options)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        GraphBuilder graph = GraphBuilder.CreateMain("rnnsharp", options.MostNodes);
        State<T> shape = model.CreateState(1);
        foreach (string name in (string[])[Input, Lengths, Source, SourceLengths, Output, .. shape.Names, .. shape.Names.Select(name => name + FinalSuffix)]) graph.Reserve(name);
        var context = new ModelContext<T>(model, options, graph);
        OnnxSequence input = Declare(graph, model, options, Input, Lengths, StepsName, options.Tokens ?? ReadsTokens(model));
        string batch = SequenceNodes.Batch(graph, input.Values);
        string[] state = new string[shape.Leaves.Count];
        context.DeclareSource = encoder => Declare(graph, encoder, options, Source, SourceLengths, SourceStepsName, options.SourceTokens ?? ReadsTokens(encoder));
        for (int i = 0; i < state.Length; i++) state[i] = InitialState<T>(graph, options, shape.Names[i], shape.Leaves[i].Size, batch);

        OnnxSequence output = OnnxLayerContext<T>.Export(context, graph, model, "", input, state, out IReadOnlyList<string> final);
        if (output.HasPadding && SequenceNodes.Mask(graph, output) is { } mask) output = output with { Values = graph.Add("", "Where", [mask, output.Values, graph.Number(T.Zero)]) };
        Finish(graph, "", options.BatchFirst ? "Transpose" : "Identity", output.Values, Output, options.BatchFirst ? [OnnxAttribute.Of("perm", [1L, 0, 2])] : []);
        graph.Graph.Output.Add(GraphBuilder.Describe(Output, GraphBuilder.TypeOf<T>(), options.BatchFirst ? [GraphBuilder.Batch, OutputStepsName, model.OutputSize] : [OutputStepsName, GraphBuilder.Batch, model.OutputSize]));
        for (int i = 0; i < state.Length && options.State; i++)
        {
            string name = shape.Names[i] + FinalSuffix;
            Finish(graph, shape.Names[i], "Identity", final[i], name, []);
            graph.Graph.Output.Add(GraphBuilder.Describe(name, GraphBuilder.TypeOf<T>(), GraphBuilder.Batch, shape.Leaves[i].Size));
        }

        var result = new ModelProto { IrVersion = OnnxFile.FormatVersion, ProducerName = "RnnSharp", ProducerVersion = typeof(OnnxFile).Assembly.GetName().Version!.ToString(3), Graph = graph.Graph };
        result.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = OnnxFile.OperatorSet });
        OnnxMetadata.Add(result, model, options);
        return result;
    }

    /// <summary>Declares a sequence that the caller gives, with its optional lengths.</summary>
    private static OnnxSequence Declare<T>(GraphBuilder graph, ILayer<T> reader, OnnxExportOptions options, string name, string lengthsName, string stepsName, bool isTokens)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        object[] dimensions = options.BatchFirst ? [GraphBuilder.Batch, stepsName] : [stepsName, GraphBuilder.Batch];
        graph.Graph.Input.Add(isTokens ? GraphBuilder.Describe(name, DataType.Int64, dimensions) : GraphBuilder.Describe(name, GraphBuilder.TypeOf<T>(), [.. dimensions, reader.InputSize]));
        long[] order = isTokens ? [1, 0] : [1, 0, 2];
        string values = options.BatchFirst ? graph.Add(name, "Transpose", [name], OnnxAttribute.Of("perm", order)) : name;
        if (!options.Lengths) return new OnnxSequence(values, Lengths: null, isTokens, HasPadding: false);

        // An initializer of an input's name is its default. It has one example, so the dimension has a name of its own.
        graph.Graph.Input.Add(GraphBuilder.Describe(lengthsName, DataType.Int32, $"{lengthsName}.{GraphBuilder.Batch}"));
        graph.Store<int>(lengthsName, [1], [0xff, 0xff, 0xff, 0xff]);
        string steps = graph.Add(lengthsName, "Cast", [SequenceNodes.Steps(graph, values)], OnnxAttribute.Of("to", (long)DataType.Int32));
        string given = graph.Add(lengthsName, "Where", [graph.Add(lengthsName, "Less", [lengthsName, graph.Int32Scalar(0)]), steps, lengthsName]);
        return new OnnxSequence(values, graph.Add(lengthsName, "Expand", [given, SequenceNodes.Batch(graph, values)]), isTokens, HasPadding: true);
    }

    /// <summary>A leaf of the state before the first step: an optional input, zeros by default.</summary>
    private static string InitialState<T>(GraphBuilder graph, OnnxExportOptions options, string name, int size, string batch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        string start = graph.Number(T.Zero);
        if (options.State)
        {
            start = name;
            graph.Graph.Input.Add(GraphBuilder.Describe(name, GraphBuilder.TypeOf<T>(), $"{name}.{GraphBuilder.Batch}", size));
            graph.Store<T>(name, [1, size], new byte[size * Unsafe.SizeOf<T>()]);
        }

        return graph.Add(name, "Expand", [start, graph.Add(name, "Concat", [batch, graph.Whole(size)], OnnxAttribute.Of("axis", 0))]);
    }

    /// <summary>Adds the node that gives a value the name of an output.</summary>
    private static void Finish(GraphBuilder graph, string path, string type, string value, string name, OnnxAttribute[] attributes)
    {
        var node = new NodeProto { Name = $"{(path.Length == 0 ? name : path)}/{type}", OpType = type, Input = { value }, Output = { name } };
        foreach (OnnxAttribute attribute in attributes) node.Attribute.Add(attribute.Proto);
        graph.Add(node);
    }

    /// <summary>Whether the layer that reads the input takes only tokens.</summary>
    private static bool ReadsTokens<T>(ILayer<T> layer)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (layer is EncoderDecoder<T> chain) return ReadsTokens(chain.Decoder);
        return layer is EmbeddingLayer<T> || (layer.Parts.Count > 0 && ReadsTokens(layer.Parts[0].Layer));
    }
}

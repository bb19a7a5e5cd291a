using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Google.Protobuf;
using RnnSharp.Onnx.Schema;

namespace RnnSharp.Onnx.Import;

/// <summary>
/// Finds out where an exporter puts each value of a model's parameters: each gets the bits of a number of its own, from 1, and the number is
/// looked for in the exported tensors.
/// </summary>
internal static class ParameterMarks
{
    private const int ChunkBytes = 2048;
    private const int WriterBytes = 512;

    /// <summary>Numbers all values of a model's parameters. Returns how many there are.</summary>
    public static int Mark<T>(ILayer<T> model)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int next = 0;
        foreach (Parameter<T> parameter in model.Parameters)
        {
            parameter.Update(next, static (values, first) =>
            {
                for (int i = 0; i < values.Length; i++) values[i] = Number<T>(first + i + 1);
            });
            next = checked(next + parameter.Count);
        }

        return next;
    }

    /// <summary>
    /// Compares a file's graph with the one that was exported from the numbered model, and reads the values where the numbers are. Everything
    /// else must be the same byte for byte.
    /// </summary>
    /// <param name="model">The numbered model, whose parameters get the values.</param>
    /// <param name="marked">What was exported.</param>
    /// <param name="graph">The file.</param>
    /// <param name="count">Values of all parameters.</param>
    /// <returns>Whether the graphs are the same, and the file has one value for each number.</returns>
    public static bool TryRead<T>(ILayer<T> model, GraphProto marked, OnnxGraph graph, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var filler = new ParameterFiller<T>(model.Parameters, count);
        if (!HasSameMessages(marked, graph) || marked.Initializer.Count != graph.Initializers.Count) return false;
        foreach (TensorProto tensor in marked.Initializer)
        {
            if (!graph.Initializers.TryGetValue(graph.Names.NumberOf(tensor.Name), out StoredTensor? stored) || (int)stored.Type != tensor.DataType || !stored.IsRaw || !stored.Shape.AsSpan().SequenceEqual(tensor.Dims.ToArray())) return false;
            bool isSame = tensor.DataType == (int)GraphBuilder.TypeOf<T>() ? TryScatter(MemoryMarshal.Cast<byte, T>(tensor.RawData.Span), stored, filler) : IsSame(tensor.RawData.Span, stored);
            if (!isSame) return false;
        }

        return filler.IsComplete;
    }

    /// <summary>Whether nodes, inputs, outputs and the name of a graph are the same as the file's.</summary>
    private static bool HasSameMessages(GraphProto marked, OnnxGraph graph)
    {
        WireReader file = graph.File;
        file.Move(graph.At.Position, graph.At.End);
        using var comparison = new ComparingStream(file);
        using var writer = new CodedOutputStream(comparison, WriterBytes, leaveOpen: true);
        int nodes = 0, inputs = 0, outputs = 0, tensors = 0;
        while (file.Next(out Field field))
        {
            bool isSame = field.Number switch
            {
                GraphProto.NodeFieldNumber => IsNext(marked.Node, ref nodes, field, file, comparison, writer),
                GraphProto.InputFieldNumber => IsNext(marked.Input, ref inputs, field, file, comparison, writer),
                GraphProto.OutputFieldNumber => IsNext(marked.Output, ref outputs, field, file, comparison, writer),
                GraphProto.NameFieldNumber => string.Equals(file.Text(field), marked.Name, StringComparison.Ordinal),
                GraphProto.InitializerFieldNumber => tensors++ < marked.Initializer.Count,
                _ => false,
            };
            if (!isSame) return false;
            if (field.Number == GraphProto.InitializerFieldNumber) file.Skip(field);
        }

        return nodes == marked.Node.Count && inputs == marked.Input.Count && outputs == marked.Output.Count && tensors == marked.Initializer.Count;
    }

    private static bool IsNext<TMessage>(IList<TMessage> messages, ref int index, Field field, WireReader file, ComparingStream comparison, CodedOutputStream writer)
        where TMessage : IMessage
    {
        if (index == messages.Count) return false;
        TMessage message = messages[index++];
        long length = file.Size(field), position = file.Position;
        file.Skip(length);
        if (message.CalculateSize() != length) return false;
        comparison.MoveTo(position);
        message.WriteTo(writer);
        writer.Flush();
        return comparison.IsSame;
    }

    private static bool IsSame(ReadOnlySpan<byte> bytes, StoredTensor stored)
    {
        Span<byte> chunk = stackalloc byte[ChunkBytes];
        for (int start = 0; start < bytes.Length; start += ChunkBytes)
        {
            Span<byte> read = chunk[..Math.Min(ChunkBytes, bytes.Length - start)];
            stored.ReadRaw(start, read);
            if (!read.SequenceEqual(bytes.Slice(start, read.Length))) return false;
        }

        return true;
    }

    /// <summary>Copies the values of a tensor to the places that its numbers stand for; false if another one is there, or a number that stands for none differs.</summary>
    private static bool TryScatter<T>(ReadOnlySpan<T> numbers, StoredTensor stored, ParameterFiller<T> filler)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Span<byte> bytes = stackalloc byte[ChunkBytes];
        Span<T> chunk = MemoryMarshal.Cast<byte, T>(bytes);
        for (int start = 0; start < numbers.Length; start += chunk.Length)
        {
            Span<T> read = chunk[..Math.Min(chunk.Length, numbers.Length - start)];
            stored.ReadRaw((long)start * Unsafe.SizeOf<T>(), MemoryMarshal.AsBytes(read));
            for (int i = 0; i < read.Length; i++)
            {
                long number = NumberOf(numbers[start + i]);
                bool isSame = number >= 1 && number <= filler.Count ? filler.TrySet((int)number - 1, read[i]) : number == NumberOf(read[i]);
                if (!isSame) return false;
            }

            if (!filler.Flush()) return false;
        }

        return true;
    }

    private static T Number<T>(int number)
        where T : unmanaged => Unsafe.SizeOf<T>() == sizeof(double) ? Unsafe.BitCast<long, T>(number) : Unsafe.BitCast<int, T>(number);

    /// <summary>The bits of a value as a number.</summary>
    internal static long NumberOf<T>(T value)
        where T : unmanaged => Unsafe.SizeOf<T>() == sizeof(double) ? Unsafe.BitCast<T, long>(value) : Unsafe.BitCast<T, int>(value);
}

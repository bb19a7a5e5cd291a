using System.Collections;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using RnnSharp.Onnx.Schema;

namespace RnnSharp.Onnx.Import;

/// <summary>
/// Finds out where an exporter puts each value of a model's parameters: each gets the bits of a number of its own, from 1, and the number is
/// looked for in the exported tensors.
/// </summary>
internal static class ParameterMarks
{
    /// <summary>Numbers all values of a model's parameters. Returns how many there are.</summary>
    public static long Mark<T>(ILayer<T> model)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        long next = 0;
        foreach (Parameter<T> parameter in model.Parameters)
        {
            parameter.Update(next, static (values, first) =>
            {
                for (int i = 0; i < values.Length; i++) values[i] = Number<T>(first + i + 1);
            });
            next += parameter.Count;
        }

        return next;
    }

    /// <summary>Reads the parameters' values from a file whose graph was exported from the numbered model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="marked">What was exported.</param>
    /// <param name="graph">The file.</param>
    /// <param name="count">Values of all parameters.</param>
    /// <returns>Whether the file has a value for each of them.</returns>
    public static bool Read<T>(ILayer<T> model, GraphProto marked, OnnxGraph graph, long count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var values = new T[count];
        var isFound = new BitArray((int)count);
        foreach (TensorProto tensor in marked.Initializer)
        {
            if (tensor.DataType != (int)GraphBuilder.TypeOf<T>()) continue;
            if (!graph.Initializers.TryGetValue(graph.Names.NumberOf(tensor.Name), out StoredTensor? stored) || !stored.Shape.AsSpan().SequenceEqual(tensor.Dims.ToArray()) || (int)stored.Type != tensor.DataType) return false;
            ReadOnlySpan<T> numbers = MemoryMarshal.Cast<byte, T>(tensor.RawData.Span);
            Scatter(numbers, stored, values, isFound);
        }

        if (!isFound.HasAllSet()) return false;
        int start = 0;
        foreach (Parameter<T> parameter in model.Parameters)
        {
            parameter.Set(values.AsSpan(start, parameter.Count));
            start += parameter.Count;
        }

        return true;
    }

    /// <summary>Copies the values of a tensor to the places that its numbers stand for.</summary>
    private static void Scatter<T>(ReadOnlySpan<T> numbers, StoredTensor stored, T[] values, BitArray isFound)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        const int Chunk = 256;
        Span<T> chunk = stackalloc T[Chunk];
        for (int start = 0; start < numbers.Length; start += Chunk)
        {
            Span<T> read = chunk[..Math.Min(Chunk, numbers.Length - start)];
            stored.Read(start, read);
            for (int i = 0; i < read.Length; i++)
            {
                long number = NumberOf(numbers[start + i]);
                if (number < 1 || number > values.Length) continue;
                values[number - 1] = read[i];
                isFound[(int)number - 1] = true;
            }
        }
    }

    private static T Number<T>(long number)
        where T : unmanaged => Unsafe.SizeOf<T>() == sizeof(double) ? Unsafe.BitCast<long, T>(number) : Unsafe.BitCast<int, T>((int)number);

    private static long NumberOf<T>(T value)
        where T : unmanaged => Unsafe.SizeOf<T>() == sizeof(double) ? Unsafe.BitCast<T, long>(value) : Unsafe.BitCast<T, int>(value);
}

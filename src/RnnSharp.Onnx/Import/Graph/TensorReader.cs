using RnnSharp.Onnx.Schema;
using RnnSharp.Serialization;
using DataType = RnnSharp.Onnx.Schema.TensorProto.Types.DataType;

namespace RnnSharp.Onnx.Import;

/// <summary>Reads tensor messages: shape, type and the position of the values, which stay in the file.</summary>
internal static class TensorReader
{
    private const int HighestRank = 8;
    private const int CostOfTensor = 140;

    /// <summary>Reads a tensor.</summary>
    /// <exception cref="InvalidDataException">It is not valid, or its values are text, sparse or in another file.</exception>
    public static StoredTensor Read(Field field, OnnxGraph graph)
    {
        WireReader file = graph.File;
        graph.Budget.Charge(CostOfTensor);
        long outer = file.Enter(field);
        Span<long> shape = stackalloc long[HighestRank];
        int rank = 0, dataField = 0;
        DataType type = DataType.Undefined;
        string name = "";
        long position = 0, length = 0, varints = 0;
        while (file.Next(out Field inner))
        {
            switch (inner.Number)
            {
                case TensorProto.DimsFieldNumber when inner.Type == WireType.Varint:
                    Add(shape, ref rank, (long)file.Varint(), file);
                    break;
                case TensorProto.DimsFieldNumber:
                    long outside = file.Enter(inner);
                    while (file.Position < file.End) Add(shape, ref rank, (long)file.Varint(), file);
                    file.Leave(outside);
                    break;
                case TensorProto.DataTypeFieldNumber:
                    type = (DataType)file.Int32(inner);
                    break;
                case TensorProto.NameFieldNumber:
                    name = file.Text(inner);
                    graph.Budget.Charge(2 * name.Length);
                    break;
                case TensorProto.FloatDataFieldNumber or TensorProto.DoubleDataFieldNumber or TensorProto.RawDataFieldNumber or TensorProto.Int32DataFieldNumber or TensorProto.Int64DataFieldNumber or TensorProto.Uint64DataFieldNumber:
                    if (dataField != 0) throw file.Invalid($"a tensor whose values are in more than one piece, {ErrorText.Quote(name)}");
                    dataField = inner.Number;
                    long around = file.Enter(inner);
                    position = file.Position;
                    length = file.End - position;
                    bool counts = inner.Number is TensorProto.Int32DataFieldNumber or TensorProto.Int64DataFieldNumber or TensorProto.Uint64DataFieldNumber;
                    for (; counts && file.Position < file.End; varints++) file.Varint();
                    file.Skip(file.End - file.Position);
                    file.Leave(around);
                    break;
                case TensorProto.ExternalDataFieldNumber:
                    throw new InvalidDataException($"Tensor {ErrorText.Quote(name)}: expected values in the ONNX file itself, got external data. No path in a file is followed.");
                case TensorProto.DataLocationFieldNumber:
                    if (file.Int32(inner) != 0) throw new InvalidDataException($"Tensor {ErrorText.Quote(name)}: expected values in the ONNX file itself, got external data. No path in a file is followed.");
                    break;
                case TensorProto.StringDataFieldNumber:
                    throw new InvalidDataException($"Tensor {ErrorText.Quote(name)}: expected numbers, got text.");
                case TensorProto.DocStringFieldNumber or GraphReader.TensorMetadataFieldNumber:
                    file.Skip(inner);
                    break;
                default:
                    throw file.Invalid($"a tensor with the field {inner.Number}");
            }
        }

        file.Leave(outer);
        var tensor = new StoredTensor(file, name, type, shape[..rank].ToArray(), dataField, position, length, varints);
        graph.StoredElements += tensor.Count;
        return tensor;
    }

    private static void Add(Span<long> shape, ref int rank, long size, WireReader file)
    {
        if (rank == shape.Length) throw file.Invalid($"a tensor of more than {HighestRank} dimensions");
        shape[rank++] = size;
    }
}

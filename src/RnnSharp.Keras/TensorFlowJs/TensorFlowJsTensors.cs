using System.Numerics;
using RnnSharp.Serialization;

namespace RnnSharp.Keras;

/// <summary>The weights of a TensorFlow.js model as tensors.</summary>
internal sealed class TensorFlowJsTensors(TensorFlowJsManifest manifest, Stream shards) : TensorSource(manifest.Tensors.ConvertAll(tensor => tensor.Info))
{
    protected override void ReadCore<T>(int index, long first, Span<T> target)
    {
        StoredTensor tensor = manifest.Tensors[index];
        TensorInfo stored = tensor.Quantization is { } quantized ? new TensorInfo(tensor.Info.Name, quantized.Type, tensor.Info.Shape) : tensor.Info;
        shards.Position = tensor.Start + first * TensorBytes.SizeOf(stored.Type);
        try
        {
            TensorBytes.Read(shards, stored, isBigEndian: false, target);
        }
        catch (EndOfStreamException exception)
        {
            throw new InvalidDataException("The files of weights became shorter while they were read.", exception);
        }

        if (tensor.Quantization is { } quantization) Restore(tensor.Info.Name, quantization, target);
    }

    protected override void Dispose(bool disposing)
    {
        shards.Dispose();
        base.Dispose(disposing);
    }

    private static void Restore<T>(string name, Quantization quantization, Span<T> values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (ref T value in values)
        {
            double restored = double.CreateChecked(value) * quantization.Scale + quantization.Minimum;
            value = T.CreateTruncating(restored);
            if (!T.IsFinite(value)) throw new InvalidDataException($"The weight {ErrorText.Quote(name)}: the value {restored} is out of {typeof(T).Name}'s range.");
        }
    }
}

using System.Numerics;
using System.Text.Json;
using RnnSharp.Layers;
using RnnSharp.Numerics;

namespace RnnSharp.Serialization;

/// <summary>What the formats of quantized layers share.</summary>
internal static class QuantizedFormat
{
    private const string Weights = "weights";

    // In the order of QuantizedType.
    private static readonly string[] Names = ["int8", "bfloat16", "float16"];

    private static readonly TensorType[] Types = [TensorType.Int8, TensorType.BFloat16, TensorType.Float16];

    public static QuantizedType Read(LayerFields fields) => (QuantizedType)fields.Choice(Weights, Names);

    public static void Write(Utf8JsonWriter writer, QuantizedType type) => writer.WriteString(Weights, Names[(int)type]);

    /// <summary>A matrix, with the scales of its rows if it has any.</summary>
    public static IEnumerable<TensorLayout> Matrix(QuantizedType type, string name, long units, long columns, int blocks = 1, bool byRows = false)
    {
        yield return TensorLayout.Held(name, Types[(int)type], QuantizedMatrix.BytesOfWeights(type, units, columns, blocks, byRows), blocks * units, columns, type == QuantizedType.Int8 ? -Int8Format.Largest : null);
        if (type == QuantizedType.Int8) yield return TensorLayout.Held(name + QuantizedMatrix.ScaleSuffix, TensorType.Float32, sizeof(float) * QuantizedMatrix.PaddedRows(units, blocks, byRows), blocks * units, columns: null, least: 0);
    }

    /// <summary>A vector that stays float: a number for each unit in each of the blocks.</summary>
    public static TensorLayout Vector(string name, long units, int blocks = 1) =>
        TensorLayout.Held(name, TensorType.Float32, sizeof(float) * (blocks > 1 ? QuantizedMatrix.PaddedRows(units, blocks) : QuantizedMatrix.PaddedUnits(units)), blocks * units, columns: null, least: null);

    /// <summary>Returns a new layer as one of T.</summary>
    /// <exception cref="ArgumentException">T is not float.</exception>
    public static ILayer<T> Create<T>(Func<ILayer<float>> create)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
#pragma warning disable MA0015 // The invalid argument is the type argument.
        return typeof(T) == typeof(float) ? (ILayer<T>)create() : throw new ArgumentException($"Expected float (System.Single) as the type argument T, because quantized layers compute in float, got {typeof(T)}.", nameof(T));
#pragma warning restore MA0015
    }
}

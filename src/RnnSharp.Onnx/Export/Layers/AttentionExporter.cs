using System.Numerics;
using RnnSharp.Layers;

namespace RnnSharp.Onnx;

/// <summary>Attention over the memory in the state, for all examples, heads, steps and memory steps at once.</summary>
internal sealed class AttentionExporter : OnnxLayerExporter
{
    // A score whose exponential is zero next to any other, and not one where all are masked.
    private const double Masked = -1e30;

    protected internal override OnnxSequence? Export<T>(ILayer<T> layer, OnnxSequence input, OnnxLayerContext<T> context)
    {
        if (layer is not AttentionLayer<T> attention) return null;
        string x = context.RequireFeatures(input);
        int heads = attention.Heads, steps = attention.MemorySteps;
        string memory = context.Add("Reshape", [context.State[0], context.Whole(-1, steps, attention.MemorySize)]);
        string mask = context.Add("Greater", [context.State[1], context.Number(T.Zero)]);

        // Steps that are masked may be anything.
        memory = context.Add("Where", [context.Add("Unsqueeze", [mask, context.Whole(2)]), memory, context.Number(T.Zero)]);

        // [example][head][step][...] and [example][head][memory step][...].
        string query = Affine(attention.QueryProjection, x, context), key = Affine(attention.KeyProjection, memory, context), value = Affine(attention.ValueProjection, memory, context);
        int keySize = (attention.QueryProjection?.OutputSize ?? attention.MemorySize) / heads, valueSize = (attention.ValueProjection?.OutputSize ?? attention.MemorySize) / heads;
        query = context.Add("Transpose", [context.Add("Reshape", [query, context.Whole(0, 0, heads, keySize)])], OnnxAttribute.Of("perm", [1L, 2, 0, 3]));
        string keys = context.Add("Reshape", [key, context.Whole(0, 0, heads, keySize)]);
        string values = context.Add("Transpose", [context.Add("Reshape", [value, context.Whole(0, 0, heads, valueSize)])], OnnxAttribute.Of("perm", [0L, 2, 1, 3]));
        string scores = attention.ScoreVector is { } vector ? Additive(query, keys, vector, context) : Products(query, keys, attention.Options.Score == AttentionScore.MultiHead ? 1 / Math.Sqrt(keySize) : 1, context);
        string counts = context.Add("Unsqueeze", [mask, context.Whole(1, 2)]);
        string weights = context.Add("Softmax", [context.Add("Where", [counts, scores, context.Number(T.CreateChecked(Masked))])], OnnxAttribute.Of("axis", -1));
        weights = context.Add("Where", [counts, weights, context.Number(T.Zero)]);
        string sums = context.Add("Transpose", [context.Add("MatMul", [weights, values])], OnnxAttribute.Of("perm", [2L, 0, 1, 3]));
        string output = Affine(attention.OutputProjection, context.Add("Reshape", [sums, context.Whole(0, 0, heads * valueSize)]), context);
        return input.With(attention.Options.ContextOnly ? output : context.Add("Concat", [output, x], OnnxAttribute.Of("axis", -1)));
    }

    private static string Affine<T>(DenseLayer<T>? projection, string input, OnnxLayerContext<T> context)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => projection is null
        ? input
        : context.Add("Add", [context.Add("MatMul", [input, context.Transposed(projection.Weights)]), context.Vector(projection.Bias)]);

    private static string Products<T>(string query, string keys, double scale, OnnxLayerContext<T> context)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        string products = context.Add("MatMul", [query, context.Add("Transpose", [keys], OnnxAttribute.Of("perm", [0L, 2, 3, 1]))]);
        return scale == 1 ? products : context.Add("Mul", [products, context.Number(T.CreateChecked(scale))]);
    }

    private static string Additive<T>(string query, string keys, Parameter<T> vector, OnnxLayerContext<T> context)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        string key = context.Add("Unsqueeze", [context.Add("Transpose", [keys], OnnxAttribute.Of("perm", [0L, 2, 1, 3])), context.Whole(2)]);
        string sums = context.Add("Tanh", [context.Add("Add", [context.Add("Unsqueeze", [query, context.Whole(3)]), key])]);
        return context.Add("Squeeze", [context.Add("MatMul", [sums, context.Matrix(vector)]), context.Whole(-1)]);
    }
}

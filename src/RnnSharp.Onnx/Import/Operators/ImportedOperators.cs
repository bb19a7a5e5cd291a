using System.Collections.Frozen;

namespace RnnSharp.Onnx.Import;

/// <summary>The operators that are imported. A new one is its own file and a line here.</summary>
internal static class ImportedOperators
{
    private static readonly IOperator[] All =
    [
        new LstmOperator(),
        new GruOperator(),
        new RnnOperator(),
        new GemmOperator(),
        new MatMulOperator(),
        new LayerNormalizationOperator(),
        .. ActivationOperator.All,
        new SoftmaxOperator("Softmax"),
        new SoftmaxOperator("LogSoftmax"),
        new ReduceOperator("ReduceMean", Layers.Pooling.Mean),
        new ReduceOperator("ReduceMax", Layers.Pooling.Max),
        new GlobalPoolOperator("GlobalAveragePool", Layers.Pooling.Mean),
        new GlobalPoolOperator("GlobalMaxPool", Layers.Pooling.Max),
        new WholePoolOperator("AveragePool", Layers.Pooling.Mean),
        new WholePoolOperator("MaxPool", Layers.Pooling.Max),
        new AddOperator(),
        new SubOperator(),
        new MulOperator(),
        new DivOperator(),
        new PowOperator(),
        new SqrtOperator(),
        new ConstantOperator(),
        new ConstantOfShapeOperator(),
        new ShapeOperator(),
        new GatherOperator(),
        new SliceOperator(),
        new ConcatOperator(),
        new ReshapeOperator(),
        new FlattenOperator(),
        new EqualOperator(),
        new WhereOperator(),
        new TransposeOperator(),
        new SqueezeOperator(),
        new UnsqueezeOperator(),
        new ExpandOperator(),
        new CastOperator(),
        new IdentityOperator(),
        new DropoutOperator(),
    ];

    private static readonly FrozenDictionary<string, IOperator> ByName = All.ToFrozenDictionary(item => item.Name, StringComparer.Ordinal);

    /// <summary>The importer of an operator; null if there is none.</summary>
    public static IOperator? Find(ReadOnlySpan<char> name) => ByName.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out IOperator? found) ? found : null;
}

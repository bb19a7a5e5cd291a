namespace RnnSharp.Keras;

/// <summary>The classes of Keras layers that are supported.</summary>
internal static class KerasKinds
{
    /// <summary>The recurrent classes.</summary>
    public static IReadOnlyList<CellKind> Cells { get; } = [new LstmKind(), new GruKind(), new SimpleRnnKind()];

    private static readonly KerasKind[] Stepwise = [new DenseKind(), new LayerNormalizationKind(), new DropoutKind(), new ActivationKind()];

    public static IReadOnlyList<KerasKind> All { get; } =
    [
        .. Cells,
        .. Stepwise,
        new BidirectionalKind(Cells),
        new EmbeddingKind(),
        new PoolingKind(),
        new TimeDistributedKind(Stepwise),
    ];

    public static KerasKind? Find(string className)
    {
        foreach (KerasKind kind in All)
        {
            if (kind.ClassNames.Contains(className, StringComparer.Ordinal)) return kind;
        }

        return null;
    }
}

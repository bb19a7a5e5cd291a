using System.Text.Json;

namespace RnnSharp.Keras;

/// <summary>Keras's TimeDistributed of a layer that the library applies to every step anyway.</summary>
/// <param name="inner">The classes that may be in it.</param>
internal sealed class TimeDistributedKind(IReadOnlyList<KerasKind> inner) : KerasKind("TimeDistributed")
{
    public override KerasLayer Read(KerasFields fields, KerasShape input)
    {
        if (!input.IsSequence) throw fields.Refused("needs steps, but what enters it has none");
        KerasFields layer = fields.Inner("layer");
        KerasKind kind = inner.FirstOrDefault(known => known.ClassNames.Contains(layer.ClassName, StringComparer.Ordinal)) ?? throw layer.Refused($"is in a TimeDistributed, which is supported for {string.Join(", ", inner.SelectMany(known => known.ClassNames))}");
        KerasLayer read = kind.Read(layer, input with { IsSequence = false });
        layer.RequireRead();
        return new KerasTimeDistributed(fields.Name, read);
    }

    private sealed class KerasTimeDistributed(string name, KerasLayer layer) : KerasLayer(name, "TimeDistributed")
    {
        public override string GroupName => "time_distributed";

        public override KerasShape Output => layer.Output with { IsSequence = true };

        public override KerasActivation Activation => layer.Activation;

        public override int Layers => layer.Layers;

        public override long UnheldElements => layer.UnheldElements;

        public override void Place(int first, bool isReversed)
        {
            base.Place(first, isReversed);
            layer.Place(first, isReversed);
        }

        public override IReadOnlyList<ILayer<T>> Create<T>(int seed) => layer.Create<T>(seed);

        public override IReadOnlyList<KerasWeight> Weights() => [.. layer.Weights().Select(weight => weight with { Layer = Name, Location = $"layer/{weight.Location}" })];

        public override void WriteConfig(Utf8JsonWriter writer) => throw new InvalidOperationException("Dense layers are written without a TimeDistributed.");
    }
}

using System.Text.Json;
using RnnSharp.Layers;

namespace RnnSharp.Keras;

/// <summary>Keras's GlobalAveragePooling1D and GlobalMaxPooling1D.</summary>
internal sealed class PoolingKind() : KerasKind(Average, Largest, "GlobalAvgPool1D", "GlobalMaxPool1D")
{
    private const string Average = "GlobalAveragePooling1D";
    private const string Largest = "GlobalMaxPooling1D";

    public override KerasLayer Read(KerasFields fields, KerasShape input)
    {
        if (!input.IsSequence) throw fields.Refused("needs steps, but what enters it has none");
        if (fields.Text("data_format", "channels_last") is not "channels_last") throw fields.Refused("has another data_format than channels_last");
        bool keeps = fields.Boolean("keepdims", false);
        return new KerasPooling(fields.Name, input with { IsSequence = keeps }, fields.ClassName.Contains("Max", StringComparison.Ordinal) ? Pooling.Max : Pooling.Mean);
    }

    public override KerasLayer? Describe<T>(ILayer<T> layer, string prefix, string path) => layer is PoolingLayer<T> { Kind: not Pooling.Last } pooling
        ? new KerasPooling("pooling", new KerasShape(pooling.InputSize, false), pooling.Kind)
        : null;

    private sealed class KerasPooling(string name, KerasShape output, Pooling kind) : KerasLayer(name, kind == Pooling.Max ? Largest : Average)
    {
        public override string GroupName => "global_pooling1d";

        public override KerasShape Output => output;

        public override bool IsReversedAfter(bool isReversed) => false;

        public override IReadOnlyList<ILayer<T>> Create<T>(int seed) => [new PoolingLayer<T>(output.Features, kind)];

        public override void WriteConfig(Utf8JsonWriter writer) => writer.WriteString("data_format", "channels_last");
    }
}

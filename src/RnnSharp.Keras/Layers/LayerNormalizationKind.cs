using System.Text.Json;
using RnnSharp.Layers;

namespace RnnSharp.Keras;

/// <summary>Keras's LayerNormalization over the features.</summary>
internal sealed class LayerNormalizationKind() : KerasKind("LayerNormalization")
{
    private const double DefaultEpsilon = 1e-3;

    public override KerasLayer Read(KerasFields fields, KerasShape input)
    {
        fields.RequireOff("rms_scaling");
        RequireFeatures(fields, input);
        double epsilon = fields.Double("epsilon", DefaultEpsilon);
        if (!((float)epsilon > 0 && float.IsFinite((float)epsilon))) throw fields.Refused($"has an epsilon of {epsilon}: expected a number above 0 within float's range");
        return new KerasLayerNormalization(fields.Name, input, epsilon, fields.Boolean("center", true), fields.Boolean("scale", true)) { IsTrainable = fields.IsTrainable };
    }

    public override KerasLayer? Describe<T>(ILayer<T> layer, string prefix, string path) => layer is LayerNormalizationLayer<T> normalization
        ? new KerasLayerNormalization("layer_normalization", new KerasShape(normalization.InputSize, true), normalization.Epsilon, !DenseKind.IsFixedAt(normalization.Bias, T.Zero), !DenseKind.IsFixedAt(normalization.Gain, T.One))
        {
            Prefix = prefix,
            IsTrainable = !normalization.Gain.Frozen || !normalization.Bias.Frozen,
        }
        : null;

    private static void RequireFeatures(KerasFields fields, KerasShape input)
    {
        if (fields.Find("axis") is not { } axis) return;
        KerasJson only = axis;
        if (axis.Kind == JsonTokenType.StartArray)
        {
            List<KerasJson> axes = axis.ShortList();
            if (axes.Count != 1) throw fields.Refused($"normalizes {axes.Count} axes: expected only the features");
            only = axes[0];
        }

        long value = only.Int64(), last = input.IsSequence ? 2 : 1;
        if (value != -1 && value != last) throw fields.Refused($"normalizes the axis {value}: expected the features, -1 or {last}");
    }

    private sealed class KerasLayerNormalization(string name, KerasShape input, double epsilon, bool centers, bool scales) : KerasLayer(name, "LayerNormalization")
    {
        public override string GroupName => "layer_normalization";

        public override bool IsStepwise => true;

        public override KerasShape Output => input;

        public override long UnheldElements => (centers ? 0L : input.Features) + (scales ? 0L : input.Features);

        public override IReadOnlyList<ILayer<T>> Create<T>(int seed)
        {
            var layer = new LayerNormalizationLayer<T>(input.Features, epsilon);
            layer.Gain.Frozen = !IsTrainable || !scales;
            layer.Bias.Frozen = !IsTrainable || !centers;
            return [layer];
        }

        public override IReadOnlyList<KerasWeight> Weights()
        {
            var weights = new List<KerasWeight>();
            if (scales) weights.Add(KerasWeights.Vector(Name, "gamma", "vars/0", input.Features, $"{Prefix}weight"));
            if (centers) weights.Add(KerasWeights.Vector(Name, "beta", scales ? "vars/1" : "vars/0", input.Features, $"{Prefix}bias"));
            return weights;
        }

        public override void WriteConfig(Utf8JsonWriter writer)
        {
            writer.WriteNumber("axis", -1);
            writer.WriteNumber("epsilon", epsilon);
            writer.WriteBoolean("center", centers);
            writer.WriteBoolean("scale", scales);
        }
    }
}

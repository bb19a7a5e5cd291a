using System.Numerics;
using System.Text.Json;
using RnnSharp.Layers;

namespace RnnSharp.Keras;

/// <summary>Keras's Dense: y = x K + b, with K of inputs × units.</summary>
internal sealed class DenseKind() : KerasKind("Dense")
{
    public override KerasLayer Read(KerasFields fields, KerasShape input)
    {
        fields.RequireOff("lora_rank", "quantization_config");
        return new KerasDense(fields.Name, input, fields.Size("units"), fields.Boolean("use_bias", true), fields.Activation("activation", KerasActivation.Linear)) { IsTrainable = fields.IsTrainable };
    }

    public override KerasLayer? Describe<T>(ILayer<T> layer, string prefix, string path) => layer is DenseLayer<T> dense
        ? new KerasDense("dense", new KerasShape(dense.InputSize, true), dense.OutputSize, !IsFixedAt(dense.Bias, T.Zero), KerasActivation.Linear) { Prefix = prefix, IsTrainable = !dense.Weights.Frozen }
        : null;

    /// <summary>Whether a parameter stands for one that Keras does not have: frozen, and the same number everywhere.</summary>
    public static bool IsFixedAt<T>(Parameter<T> parameter, T value)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => parameter.Frozen && !parameter.Values.ContainsAnyExcept(value);

    private sealed class KerasDense(string name, KerasShape input, int units, bool usesBias, KerasActivation activation) : KerasLayer(name, "Dense")
    {
        public override string GroupName => "dense";

        public override bool IsStepwise => true;

        public override KerasShape Output => input with { Features = units };

        public override KerasActivation Activation => activation;

        public override IReadOnlyList<ILayer<T>> Create<T>(int seed)
        {
            var layer = new DenseLayer<T>(input.Features, units, seed);
            layer.Bias.Update(0, static (values, _) => values.Clear());
            layer.Weights.Frozen = !IsTrainable;
            layer.Bias.Frozen = !IsTrainable || !usesBias;
            return [layer];
        }

        public override IReadOnlyList<KerasWeight> Weights()
        {
            KerasWeight kernel = KerasWeights.Kernel(Name, "vars/0", input.Features, units, $"{Prefix}weight");
            return usesBias ? [kernel, KerasWeights.Vector(Name, "bias", "vars/1", units, $"{Prefix}bias")] : [kernel];
        }

        public override void WriteConfig(Utf8JsonWriter writer)
        {
            writer.WriteNumber("units", units);
            writer.WriteString("activation", KerasActivations.NameOf(activation));
            writer.WriteBoolean("use_bias", usesBias);
        }
    }
}

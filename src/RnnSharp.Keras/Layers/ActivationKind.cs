using System.Text.Json;
using RnnSharp.Layers;

namespace RnnSharp.Keras;

/// <summary>Keras's layers that are only an activation function, which the library leaves to the loss at the end of a model and has a layer for within it.</summary>
internal sealed class ActivationKind() : KerasKind("Activation", "Softmax", "ReLU")
{
    public override KerasLayer Read(KerasFields fields, KerasShape input)
    {
        KerasActivation activation = fields.ClassName switch
        {
            "Softmax" => KerasActivation.Softmax,
            "ReLU" => KerasActivation.Relu,
            _ => fields.Activation("activation", KerasActivation.Linear),
        };
        fields.RequireOff("max_value", "negative_slope", "threshold");
        if (fields.Find("axis") is { } axis && !IsFeatures(axis, input)) throw fields.Refused("has an axis other than the features");
        return new KerasActivationLayer(fields.Name, fields.ClassName, input, activation);
    }

    public override KerasLayer? Describe<T>(ILayer<T> layer, string prefix, string path)
    {
        if (layer is not ActivationLayer<T> activation) return null;
        if (KerasActivations.Of(activation.Activation) is null) throw Refusal.OfModel($"Keras has no activation {activation.Activation}, which {path} has.");
        return new InnerActivation("activation", new KerasShape(activation.InputSize, true), activation.Activation) { Prefix = prefix };
    }

    private static bool IsFeatures(KerasJson axis, KerasShape input)
    {
        if (axis.Kind == JsonTokenType.StartArray)
        {
            List<KerasJson> axes = axis.ShortList();
            return axes.Count == 1 && IsFeatures(axes[0], input);
        }

        long value = axis.Int64();
        return value == -1 || value == (input.IsSequence ? 2 : 1);
    }

    private sealed class KerasActivationLayer(string name, string className, KerasShape input, KerasActivation activation) : KerasLayer(name, className)
    {
        public override string GroupName => "activation";

        public override KerasShape Output => input;

        public override KerasActivation Activation => activation;

        public override int Layers => 0;

        public override IReadOnlyList<ILayer<T>> Create<T>(int seed) => [];

        public override void WriteConfig(Utf8JsonWriter writer) => writer.WriteString("activation", KerasActivations.NameOf(activation));
    }
}

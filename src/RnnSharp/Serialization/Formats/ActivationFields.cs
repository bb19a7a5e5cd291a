using System.Text.Json;
using RnnSharp.Recurrent;

namespace RnnSharp.Serialization;

/// <summary>An activation in a file: a field with the function's name, and fields with its constants.</summary>
internal static class ActivationFields
{
    /// <summary>Reads an activation that is omitted if it is the default.</summary>
    public static Activation OptionalActivation(this LayerFields fields, string field, Activation standard) => fields.Has(field) ? fields.Activation(field) : standard;

    public static Activation Activation(this LayerFields fields, string field)
    {
        var kind = (ActivationKind)fields.Choice(field, [.. Recurrent.Activation.AllNames]);
        return kind switch
        {
            ActivationKind.Sigmoid => Recurrent.Activation.Sigmoid,
            ActivationKind.Tanh => Recurrent.Activation.Tanh,
            ActivationKind.Relu => Recurrent.Activation.Relu,
            ActivationKind.Linear => Recurrent.Activation.Linear,
            ActivationKind.Softsign => Recurrent.Activation.Softsign,
            ActivationKind.Softplus => Recurrent.Activation.Softplus,
            ActivationKind.HardSigmoid => Recurrent.Activation.HardSigmoid(Alpha(), Beta()),
            ActivationKind.Elu => Recurrent.Activation.Elu(Alpha()),
            ActivationKind.LeakyRelu => Recurrent.Activation.LeakyRelu(Alpha()),
            ActivationKind.ThresholdedRelu => Recurrent.Activation.ThresholdedRelu(Alpha()),
            ActivationKind.ScaledTanh => Recurrent.Activation.ScaledTanh(Alpha(), Beta()),
            _ => Recurrent.Activation.Affine(Alpha(), Beta()),
        };

        double Alpha() => fields.Number(AlphaOf(field));

        double Beta() => fields.Number(BetaOf(field));
    }

    public static void WriteActivation(this Utf8JsonWriter writer, string field, Activation activation)
    {
        writer.WriteString(field, activation.Name);
        if (activation.HasAlpha) writer.WriteNumber(AlphaOf(field), activation.Alpha);
        if (activation.HasBeta) writer.WriteNumber(BetaOf(field), activation.Beta);
    }

    /// <summary>Writes an activation unless it is the default.</summary>
    public static void WriteOption(this Utf8JsonWriter writer, string field, Activation activation, Activation standard)
    {
        if (activation != standard) writer.WriteActivation(field, activation);
    }

    private static string AlphaOf(string field) => $"{field}_alpha";

    private static string BetaOf(string field) => $"{field}_beta";
}

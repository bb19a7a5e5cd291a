using System.Text.Json;
using RnnSharp.Serialization;

namespace RnnSharp.Keras;

/// <summary>The names of activation functions in configurations.</summary>
internal static class KerasActivations
{
    private static readonly (string Name, KerasActivation Value)[] All =
    [
        ("linear", KerasActivation.Linear), ("tanh", KerasActivation.Tanh), ("sigmoid", KerasActivation.Sigmoid), ("softmax", KerasActivation.Softmax),
        ("relu", KerasActivation.Relu), ("hard_sigmoid", KerasActivation.HardSigmoid), ("hard_sigmoid", KerasActivation.LegacyHardSigmoid), ("softsign", KerasActivation.Softsign), ("softplus", KerasActivation.Softplus),
    ];

    /// <summary>Reads a name, or the object that Keras 3 writes for a function: {"class_name": "function", "config": "tanh"}.</summary>
    public static KerasActivation Read(KerasJson value, KerasFields layer)
    {
        if (value.Kind == JsonTokenType.StartObject) value = value.Get("config");
        string name = value.Text();
        foreach ((string known, KerasActivation activation) in All)
        {
            if (!string.Equals(known, name, StringComparison.Ordinal)) continue;
            return activation == KerasActivation.HardSigmoid && layer.Version == KerasVersion.Two ? KerasActivation.LegacyHardSigmoid : activation;
        }

        throw layer.Refused($"has the activation {ErrorText.Quote(name)}, which is not supported");
    }

    public static string NameOf(KerasActivation activation) => Array.Find(All, pair => pair.Value == activation).Name;
}

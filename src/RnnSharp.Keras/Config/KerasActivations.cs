using System.Text.Json;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;

namespace RnnSharp.Keras;

/// <summary>The names of activation functions in configurations.</summary>
internal static class KerasActivations
{
    private static readonly (string Name, KerasActivation Value, Activation? Library)[] All =
    [
        ("linear", KerasActivation.Linear, Activation.Linear),
        ("tanh", KerasActivation.Tanh, Activation.Tanh),
        ("sigmoid", KerasActivation.Sigmoid, Activation.Sigmoid),
        ("softmax", KerasActivation.Softmax, null),
        ("relu", KerasActivation.Relu, Activation.Relu),
        ("hard_sigmoid", KerasActivation.HardSigmoid, Activation.HardSigmoid(1.0 / 6)),
        ("hard_sigmoid", KerasActivation.LegacyHardSigmoid, Activation.HardSigmoid()),
        ("softsign", KerasActivation.Softsign, Activation.Softsign),
        ("softplus", KerasActivation.Softplus, Activation.Softplus),
        ("elu", KerasActivation.Elu, Activation.Elu()),
    ];

    /// <summary>Reads a name, or the object that Keras 3 writes for a function: {"class_name": "function", "config": "tanh"}.</summary>
    public static KerasActivation Read(KerasJson value, KerasFields layer)
    {
        if (value.Kind == JsonTokenType.StartObject) value = value.Get("config");
        string name = value.Text();
        foreach ((string known, KerasActivation activation, _) in All)
        {
            if (!string.Equals(known, name, StringComparison.Ordinal)) continue;
            return activation == KerasActivation.HardSigmoid && layer.Version != KerasVersion.Three ? KerasActivation.LegacyHardSigmoid : activation;
        }

        throw layer.Refused($"has the activation {ErrorText.Quote(name)}, which is not supported");
    }

    /// <summary>The library's function for recurrent layers; null if there is none.</summary>
    public static Activation? InLibrary(KerasActivation activation) => Array.Find(All, known => known.Value == activation).Library;

    /// <summary>Keras's function for one of the library's; null if there is none.</summary>
    public static KerasActivation? Of(Activation activation) => Array.FindIndex(All, known => known.Library == activation) is >= 0 and int at ? All[at].Value : null;

    /// <inheritdoc cref="KerasLayer.TensorFlowJsFault"/>
    public static string? TensorFlowJsFault(KerasActivation activation) => activation == KerasActivation.HardSigmoid ? "the hard sigmoid of Keras 3" : null;

    public static string NameOf(KerasActivation activation) => Array.Find(All, pair => pair.Value == activation).Name;
}

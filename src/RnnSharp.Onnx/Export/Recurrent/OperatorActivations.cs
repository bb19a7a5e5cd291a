using System.Collections.Frozen;
using RnnSharp.Recurrent;

namespace RnnSharp.Onnx;

/// <summary>The activation functions of ONNX's recurrent operators.</summary>
internal static class OperatorActivations
{
    private static readonly FrozenDictionary<ActivationKind, Function> Functions = new Dictionary<ActivationKind, Function>
    {
        [ActivationKind.Sigmoid] = new("Sigmoid"),
        [ActivationKind.Tanh] = new("Tanh"),
        [ActivationKind.Relu] = new("Relu"),
        [ActivationKind.Linear] = new("Affine", HasAlpha: true, HasBeta: true),
        [ActivationKind.HardSigmoid] = new("HardSigmoid", HasAlpha: true, HasBeta: true),
        [ActivationKind.Softsign] = new("Softsign"),
        [ActivationKind.Softplus] = new("Softplus"),
        [ActivationKind.Elu] = new("Elu", HasAlpha: true),
        [ActivationKind.LeakyRelu] = new("LeakyRelu", HasAlpha: true),
        [ActivationKind.ThresholdedRelu] = new("ThresholdedRelu", HasAlpha: true),
        [ActivationKind.ScaledTanh] = new("ScaledTanh", HasAlpha: true, HasBeta: true),
        [ActivationKind.Affine] = new("Affine", HasAlpha: true, HasBeta: true),
    }.ToFrozenDictionary();

    /// <summary>The attributes for a list of functions; constants are listed for the functions that have them.</summary>
    public static IEnumerable<OnnxAttribute> Attributes(IReadOnlyList<Activation> activations)
    {
        // ONNX's name for the identity is an affine function.
        Activation[] used = [.. activations.Select(activation => activation.Kind == ActivationKind.Linear ? Activation.Affine() : activation)];
        string[] names = [.. used.Select(activation => Functions[activation.Kind].Name)];
        float[] alphas = [.. used.Where(activation => Functions[activation.Kind].HasAlpha).Select(activation => (float)activation.Alpha)];
        float[] betas = [.. used.Where(activation => Functions[activation.Kind].HasBeta).Select(activation => (float)activation.Beta)];
        yield return OnnxAttribute.Of("activations", names);
        if (alphas.Length > 0) yield return OnnxAttribute.Of("activation_alpha", alphas);
        if (betas.Length > 0) yield return OnnxAttribute.Of("activation_beta", betas);
    }

    private sealed record Function(string Name, bool HasAlpha = false, bool HasBeta = false);
}

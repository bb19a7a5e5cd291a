using RnnSharp.Serialization;

namespace RnnSharp.Onnx.Import;

/// <summary>The activation functions of a recurrent node.</summary>
internal static class RecurrentActivations
{
    /// <summary>The activations of a direction, in ONNX's order, with their parameters.</summary>
    public static RecurrentActivation[] Of(NodeContext node, RecurrentShape shape, params string[] defaults)
    {
        List<string>? given = node.Texts("activations");
        List<float> alphas = node.Numbers("activation_alpha") ?? [], betas = node.Numbers("activation_beta") ?? [];
        if (given is not null && given.Count != shape.Directions * defaults.Length) throw node.Refuse($"expected {shape.Directions * defaults.Length} activations, got {given.Count}.");
        var found = new RecurrentActivation[shape.Directions * defaults.Length];
        int alpha = 0, beta = 0;
        for (int i = 0; i < found.Length; i++)
        {
            string name = given?[i] ?? defaults[i % defaults.Length];
            (bool takesAlpha, bool takesBeta) = name.ToUpperInvariant() switch
            {
                "LEAKYRELU" or "THRESHOLDEDRELU" or "ELU" => (true, false),
                "HARDSIGMOID" or "SCALEDTANH" or "AFFINE" => (true, true),
                _ => (false, false),
            };
            found[i] = new RecurrentActivation(name, takesAlpha && alpha < alphas.Count ? alphas[alpha++] : null, takesBeta && beta < betas.Count ? betas[beta++] : null);
        }

        return found[(shape.Direction * defaults.Length)..((shape.Direction + 1) * defaults.Length)];
    }

    /// <summary>Requires the usual activations.</summary>
    public static void Require(NodeContext node, RecurrentShape shape, params string[] defaults)
    {
        foreach ((RecurrentActivation activation, string usual) in Of(node, shape, defaults).Zip(defaults))
        {
            if (!string.Equals(activation.Name, usual, StringComparison.OrdinalIgnoreCase)) throw node.Refuse($"the activation {ErrorText.Quote(activation.Name)} is not imported where {usual} is usual.");
        }
    }
}

/// <summary>An activation function by its name in ONNX.</summary>
/// <param name="Name">The name.</param>
/// <param name="Alpha">Its first parameter; null for the usual one.</param>
/// <param name="Beta">Its second parameter; null for the usual one.</param>
internal readonly record struct RecurrentActivation(string Name, float? Alpha, float? Beta);

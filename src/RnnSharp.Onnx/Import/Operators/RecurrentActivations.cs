using RnnSharp.Recurrent;
using RnnSharp.Serialization;

namespace RnnSharp.Onnx.Import;

/// <summary>The activation functions of a recurrent node.</summary>
internal static class RecurrentActivations
{
    /// <summary>
    /// The activations of one direction, in ONNX's order. Constants are taken in the order of the functions that have them, as in ONNX Runtime;
    /// a function without takes its default.
    /// </summary>
    /// <param name="node">The node.</param>
    /// <param name="shape">Its direction.</param>
    /// <param name="usual">The names of the functions of a direction if the node does not give any.</param>
    public static Activation[] Of(NodeContext node, RecurrentShape shape, params string[] usual)
    {
        List<string>? given = node.Texts("activations");
        var alphas = new Queue<float>((IEnumerable<float>?)node.Numbers("activation_alpha") ?? []);
        var betas = new Queue<float>((IEnumerable<float>?)node.Numbers("activation_beta") ?? []);
        int count = shape.Directions * usual.Length;
        if (given is not null && given.Count != count) throw node.Refuse($"expected {count} activations, got {given.Count}.");
        var found = new Activation[count];
        for (int i = 0; i < count; i++)
        {
            string name = given?[i] ?? usual[i % usual.Length];
            try
            {
                found[i] = Function(name, alphas, betas) ?? throw node.Refuse($"the activation {ErrorText.Quote(name)} is not imported.");
            }
            catch (ArgumentException exception)
            {
                throw new InvalidDataException($"{node.Description}: the activation {ErrorText.Quote(name)} is not imported with its constants: {exception.Message}", exception);
            }
        }

        if (alphas.Count + betas.Count > 0) throw node.Refuse($"expected constants of activations that have them, got {alphas.Count} more values of activation_alpha and {betas.Count} of activation_beta.");
        return found[(shape.Direction * usual.Length)..((shape.Direction + 1) * usual.Length)];
    }

    private static Activation? Function(string name, Queue<float> alphas, Queue<float> betas) => name.ToUpperInvariant() switch
    {
        "SIGMOID" => Activation.Sigmoid,
        "TANH" => Activation.Tanh,
        "RELU" => Activation.Relu,
        "SOFTSIGN" => Activation.Softsign,
        "SOFTPLUS" => Activation.Softplus,
        "HARDSIGMOID" => Activation.HardSigmoid(Next(alphas) ?? 0.2, Next(betas) ?? 0.5),
        "ELU" => Activation.Elu(Next(alphas) ?? 1),
        "LEAKYRELU" => Activation.LeakyRelu(Next(alphas) ?? 0.01),
        "THRESHOLDEDRELU" => Activation.ThresholdedRelu(Next(alphas) ?? 1),
        "SCALEDTANH" => Activation.ScaledTanh(Next(alphas) ?? 1, Next(betas) ?? 1),
        "AFFINE" => Activation.Affine(Next(alphas) ?? 1, Next(betas) ?? 0),
        _ => null,
    };

    private static double? Next(Queue<float> constants) => constants.TryDequeue(out float constant) ? Decimal.Shortest(constant) : null;
}

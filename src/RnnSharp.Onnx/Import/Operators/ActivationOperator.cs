using RnnSharp.Layers;
using RnnSharp.Recurrent;

namespace RnnSharp.Onnx.Import;

/// <summary>An operator that is a function of each element.</summary>
/// <param name="name">The operator.</param>
/// <param name="read">Reads the function with its constants.</param>
internal sealed class ActivationOperator(string name, Func<NodeContext, Activation> read) : IOperator
{
    public static IEnumerable<IOperator> All { get; } =
    [
        new ActivationOperator("Sigmoid", _ => Activation.Sigmoid),
        new ActivationOperator("Tanh", _ => Activation.Tanh),
        new ActivationOperator("Relu", _ => Activation.Relu),
        new ActivationOperator("Softsign", _ => Activation.Softsign),
        new ActivationOperator("Softplus", _ => Activation.Softplus),
        new ActivationOperator("HardSigmoid", node => Activation.HardSigmoid(Constant(node, "alpha", 0.2f), Constant(node, "beta", 0.5f))),
        new ActivationOperator("Elu", node => Activation.Elu(Constant(node, "alpha", 1))),
        new ActivationOperator("LeakyRelu", node => Activation.LeakyRelu(Constant(node, "alpha", 0.01f))),
        new ActivationOperator("ThresholdedRelu", node => Activation.ThresholdedRelu(Constant(node, "alpha", 1))),
    ];

    public string Name => name;

    public void Import(NodeContext node)
    {
        FlowValue x = node.Importer.FlowOf(node.Input(0), node) ?? throw node.Refuse($"expected the output of a layer as the input, got {node.Input(0).Kind}.");
        Activation function;
        try
        {
            function = read(node);
        }
        catch (ArgumentException exception)
        {
            throw new InvalidDataException($"{node.Description}: the function is not imported with its constants: {exception.Message}", exception);
        }

        var plan = new ActivationPlan(function, Sizes.Features(x.Point, node)) { Node = node.Description };
        node.Set(0, new FlowValue(node.Importer.Then(x.Point, plan, x.Point.Features), x.Axes));
    }

    private static double Constant(NodeContext node, string attribute, float missing) => Decimal.Shortest(node.Number(attribute, missing));
}

/// <summary>An <see cref="ActivationLayer{T}"/>.</summary>
internal sealed class ActivationPlan(Activation function, int size) : LayerPlan
{
    public override ILayer<T> Create<T>(LayerBuilder<T> builder) => new ActivationLayer<T>(size, function);
}

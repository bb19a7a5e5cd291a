using System.Numerics;
using RnnSharp.Layers;
using RnnSharp.Recurrent;

namespace RnnSharp.Onnx;

/// <summary>
/// An element-wise function: ONNX's operator where it has one for T, and otherwise the function's own operations, which keep every digit of
/// constants in double precision.
/// </summary>
internal sealed class ActivationExporter : OnnxLayerExporter
{
    protected internal override OnnxSequence? Export<T>(ILayer<T> layer, OnnxSequence input, OnnxLayerContext<T> context)
    {
        if (layer is not ActivationLayer<T> activation) return null;
        string x = context.RequireFeatures(input);
        Activation function = activation.Activation;
        if (function.Kind == ActivationKind.Linear) return input;
        string? name = function.Kind switch
        {
            ActivationKind.Sigmoid => "Sigmoid",
            ActivationKind.Tanh => "Tanh",
            ActivationKind.Relu => "Relu",
            _ when typeof(T) != typeof(float) => null,
            ActivationKind.HardSigmoid => "HardSigmoid",
            ActivationKind.Softsign => "Softsign",
            ActivationKind.Softplus => "Softplus",
            ActivationKind.Elu => "Elu",
            ActivationKind.LeakyRelu => "LeakyRelu",
            ActivationKind.ThresholdedRelu => "ThresholdedRelu",
            _ => null,
        };
        return input.With(name is null ? Traced(x, function, context) : context.Add(name, [x], [.. Constants(function)]));
    }

    private static IEnumerable<OnnxAttribute> Constants(Activation function)
    {
        if (function.Kind is ActivationKind.HardSigmoid or ActivationKind.Elu or ActivationKind.LeakyRelu or ActivationKind.ThresholdedRelu) yield return OnnxAttribute.Of("alpha", (float)function.Alpha);
        if (function.Kind is ActivationKind.HardSigmoid) yield return OnnxAttribute.Of("beta", (float)function.Beta);
    }

    private static string Traced<T>(string x, Activation function, OnnxLayerContext<T> context)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var tracer = new EquationTracer<T>(context.Graph, context.Path);
        string value = "";
        bool dependsOnInput = false;
        tracer.Record(() =>
        {
            TracedVector<T> y = function.Value<T, TracedVector<T>>(tracer.Step(x));
            value = tracer.NameOf(y);
            dependsOnInput = tracer.IsStep(y);
        });

        // A slope of zero leaves a number.
        return dependsOnInput ? value : context.Add("Expand", [value, context.Add("Shape", [x])]);
    }
}

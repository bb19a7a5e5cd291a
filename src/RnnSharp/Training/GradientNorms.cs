using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>
/// How large gradients are in each layer and at each time step: whether they vanish or explode on their way back through time (Bengio, Simard
/// and Frasconi 1994).
/// </summary>
public static class GradientNorms
{
    /// <summary>The Euclidean norm of the gradient of each layer's parameters, by the path of the layer: "0", "1.forward"; "" for a model without parts.</summary>
    /// <exception cref="ArgumentNullException">The gradients are null.</exception>
    public static IReadOnlyDictionary<string, double> PerLayer<T>(Gradients<T> gradients)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(gradients);
        var squares = new Dictionary<string, double>(StringComparer.Ordinal);
        for (int p = 0; p < gradients.Parameters.Count; p++)
        {
            string name = gradients.Names[p];
            string layer = name[..Math.Max(name.LastIndexOf('.'), 0)];
            squares[layer] = squares.GetValueOrDefault(layer) + Elementwise.SumOfSquares<T>(gradients.Values(p));
        }

        return squares.ToDictionary(pair => pair.Key, pair => Math.Sqrt(pair.Value), StringComparer.Ordinal);
    }

    /// <summary>
    /// The Euclidean norm, over batch and units, of the gradient of the loss with respect to each state before each time step: result["0.h"][t] is that
    /// of ∂loss/∂h⟨t-1⟩ of layer 0. To see how far a single step reaches back, give a weight to that step only.
    /// </summary>
    /// <param name="model">A model that streams. Random masks are drawn anew at each step.</param>
    /// <param name="input">InputSize × batch × steps, without lengths.</param>
    /// <param name="target">The targets of the loss.</param>
    /// <param name="loss">The loss.</param>
    /// <param name="stepWeights">1 × batch × steps: a factor for the loss of each position; 1 when null.</param>
    /// <returns>The norms by the name of the state, one for each time step.</returns>
    /// <exception cref="ArgumentException">An argument is null or does not fit, the model does not stream, or the input is ragged.</exception>
    public static IReadOnlyDictionary<string, double[]> OverTime<T>(ILayer<T> model, Sequence<T> input, Sequence<T> target, ILoss<T> loss, Sequence<T>? stepWeights = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(loss);
        if (!model.IsStreaming) throw Check.Shape(nameof(model), "a model that streams", LayerReport<T>.KindOf(model));
        if (input.IsRagged) throw Check.Shape(nameof(input), "a sequence without lengths", "a ragged one");

        // Every time step is a pass of its own, so that Backward gives the gradient of the state between any two of them.
        var passes = new ForwardPass<T>[input.Steps];
        var output = new Sequence<T>(model.OutputSize, input.Batch, input.Steps);
        for (int t = 0; t < passes.Length; t++)
        {
            passes[t] = model.Forward(input.SliceSteps(t, 1), t == 0 ? null : passes[t - 1].FinalState);
            passes[t].Output.Step(0).CopyTo(output.Step(t));
        }

        var outputGradient = new Sequence<T>(model.OutputSize, input.Batch, input.Steps);
        loss.Compute(output, target, outputGradient, stepWeights);
        State<T> state = model.CreateState(input.Batch);
        var norms = state.Names.ToDictionary(name => name, _ => new double[input.Steps], StringComparer.Ordinal);
        Gradients<T>? gradients = null;
        for (int t = passes.Length - 1; t >= 0; t--)
        {
            gradients = model.Backward(passes[t], outputGradient.SliceSteps(t, 1), t == passes.Length - 1 ? null : state, inputGradient: false, reuse: gradients);
            state.CopyFrom(gradients.InitialState);
            for (int i = 0; i < state.Leaves.Count; i++) norms[state.Names[i]][t] = Math.Sqrt(Elementwise.SumOfSquares<T>(state.Leaves[i].Values));
        }

        return norms;
    }
}

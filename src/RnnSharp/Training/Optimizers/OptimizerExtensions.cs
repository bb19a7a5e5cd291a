using System.Numerics;

namespace RnnSharp.Training;

/// <summary>Calls of an optimizer for all parameters of a layer.</summary>
public static class OptimizerExtensions
{
    /// <summary>Updates every parameter of a layer that is not frozen by one step.</summary>
    /// <param name="optimizer">The optimizer.</param>
    /// <param name="layer">The layer to train.</param>
    /// <param name="gradients">The gradients of its parameters.</param>
    /// <exception cref="ArgumentException">An argument is null, a parameter has no gradient, or a gradient is not finite. Nothing is changed in that case.</exception>
    public static void Step<T>(this IOptimizer<T> optimizer, ILayer<T> layer, Gradients<T> gradients)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        ArgumentNullException.ThrowIfNull(layer);
        optimizer.Step(layer.Parameters, gradients);
    }

    /// <summary>Copies the state of a layer's parameters, under their names in the layer.</summary>
    /// <exception cref="ArgumentException">An argument is null.</exception>
    public static StateDictionary GetState<T>(this IOptimizer<T> optimizer, ILayer<T> layer)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        ArgumentNullException.ThrowIfNull(layer);
        return optimizer.GetState(layer.Parameters, layer.ParameterNames);
    }

    /// <summary>Restores a state of a layer of the same shape, in place of the current state of the layer's parameters.</summary>
    /// <exception cref="ArgumentException">An argument is null.</exception>
    /// <exception cref="InvalidDataException">A value is missing, unknown, of another length or out of range. Nothing is changed in that case.</exception>
    public static void SetState<T>(this IOptimizer<T> optimizer, ILayer<T> layer, StateDictionary state)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        ArgumentNullException.ThrowIfNull(layer);
        optimizer.SetState(layer.Parameters, layer.ParameterNames, state);
    }
}

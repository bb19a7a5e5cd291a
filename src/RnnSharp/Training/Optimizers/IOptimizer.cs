using System.Numerics;

namespace RnnSharp.Training;

/// <summary>Updates parameters from their gradients.</summary>
/// <typeparam name="T">float or double.</typeparam>
public interface IOptimizer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The learning rate; a schedule sets it between steps. Finite and 0 or more.</summary>
    double LearningRate { get; set; }

    /// <summary>Updates every parameter that is not frozen by one step.</summary>
    /// <param name="parameters">The parameters to train: all of a layer's, or some.</param>
    /// <param name="gradients">Their gradients.</param>
    /// <exception cref="ArgumentException">A parameter has no gradient, or a gradient is not finite. Nothing is changed in that case.</exception>
    void Step(IReadOnlyList<Parameter<T>> parameters, Gradients<T> gradients);
}

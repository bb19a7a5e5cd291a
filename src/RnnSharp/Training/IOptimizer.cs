using System.Numerics;

namespace RnnSharp.Training;

/// <summary>What turns gradients into new parameter values.</summary>
/// <typeparam name="T">float or double.</typeparam>
public interface IOptimizer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The learning rate; a schedule sets it between steps. Finite and 0 or more.</summary>
    double LearningRate { get; set; }

    /// <summary>Makes one step on every parameter that is not frozen.</summary>
    /// <param name="parameters">The parameters to train: all of a layer's, or some.</param>
    /// <param name="gradients">Their gradients.</param>
    /// <exception cref="ArgumentException">A parameter has no gradient here, or a gradient is not finite; then nothing has changed.</exception>
    void Step(IReadOnlyList<Parameter<T>> parameters, Gradients<T> gradients);
}

using System.Numerics;

namespace RnnSharp.Training;

/// <summary>Updates parameters from their gradients. <see cref="Optimizer{T}"/> is a base class that needs only the formula.</summary>
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

    /// <summary>Copies what the optimizer remembers: training that resumes from it continues as if never interrupted.</summary>
    /// <param name="parameters">The parameters whose state to copy, each once.</param>
    /// <param name="names">Their names in the state, each once.</param>
    /// <returns>
    /// The learning rate as "learning_rate", and for each parameter that has been updated PyTorch's names after its own, such as
    /// "0.weight_ih.step" and "0.weight_ih.exp_avg", whose arrays are column-major like the parameter.
    /// </returns>
    /// <exception cref="ArgumentException">A list is null or has a null or an entry twice, or their lengths differ.</exception>
    StateDictionary GetState(IReadOnlyList<Parameter<T>> parameters, IReadOnlyList<string> names);

    /// <summary>Restores a state that <see cref="GetState"/> of an optimizer with the same options returned, in place of the current state of the parameters.</summary>
    /// <param name="parameters">The parameters, with the shapes that they had then.</param>
    /// <param name="names">Their names in the state.</param>
    /// <param name="state">The state; it is copied.</param>
    /// <exception cref="ArgumentException">A list is null or has a null or an entry twice, their lengths differ, or the state is null.</exception>
    /// <exception cref="InvalidDataException">A value is missing, unknown, of another length or out of range. Nothing is changed in that case.</exception>
    void SetState(IReadOnlyList<Parameter<T>> parameters, IReadOnlyList<string> names, StateDictionary state);
}

using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>
/// Parameters that an optimizer treats differently. The first group of an optimizer that contains a parameter applies; it is asked once for
/// each parameter.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class ParameterGroup<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Func<Parameter<T>, bool> _contains;

    /// <summary>Creates a group.</summary>
    /// <param name="contains">Whether a parameter belongs to the group.</param>
    /// <param name="learningRateFactor">What the optimizer's learning rate is multiplied by: finite, and 0 or more.</param>
    /// <param name="weightDecay">The weight decay in place of the optimizer's: finite, and 0 or more. Null keeps it.</param>
    /// <exception cref="ArgumentException">The predicate is null, a number is out of range, or T is neither float nor double.</exception>
    public ParameterGroup(Func<Parameter<T>, bool> contains, double learningRateFactor = 1, double? weightDecay = null)
    {
        Check.ElementType<T>();
        ArgumentNullException.ThrowIfNull(contains);
        _contains = contains;
        LearningRateFactor = Check.FiniteAs<T>(learningRateFactor);
        WeightDecay = weightDecay is { } decay ? Check.FiniteAs<T>(decay, nameof(weightDecay)) : null;
    }

    /// <summary>
    /// Biases and the gains of normalizations, without weight decay: the parameters of one column, except input and recurrent weights. The
    /// weights of a <see cref="Layers.DenseLayer{T}"/> with a single input, which look like gains, are among them.
    /// </summary>
    public static ParameterGroup<T> WithoutDecay() => new(static parameter => parameter.Columns == 1 && parameter.Name is not ("weight_ih" or "weight_hh"), weightDecay: 0);

    /// <summary>What the optimizer's learning rate is multiplied by.</summary>
    public double LearningRateFactor { get; }

    /// <summary>The weight decay in place of the optimizer's, if any.</summary>
    public double? WeightDecay { get; }

    /// <summary>Whether a parameter belongs to the group.</summary>
    /// <exception cref="ArgumentNullException">The parameter is null.</exception>
    public bool Contains(Parameter<T> parameter)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        return _contains(parameter);
    }
}

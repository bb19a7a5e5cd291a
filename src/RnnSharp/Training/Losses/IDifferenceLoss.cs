using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>The formula of a loss that is a sum, over features, of a function of output - target.</summary>
/// <typeparam name="T">float or double.</typeparam>
public interface IDifferenceLoss<T> : ISumOperator
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>scale · f′(difference). Mark the implementation for aggressive inlining, and that of <see cref="ISumOperator.Add"/>, which adds f(difference).</summary>
    TVector Gradient<TVector>(TVector difference, TVector scale)
        where TVector : unmanaged, ISimdVector<TVector, T>;
}

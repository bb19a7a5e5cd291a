using System.Numerics;

namespace RnnSharp.Training;

/// <summary>
/// Adam with decoupled weight decay (Loshchilov and Hutter 2019), with the defaults of PyTorch's AdamW. It is the same as
/// <see cref="Adam{T}"/> with a weight decay.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class AdamW<T> : Adam<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Creates an optimizer.</summary>
    /// <param name="learningRate">0 or more.</param>
    /// <param name="beta1">The decay of the mean of the gradient, at least 0 and below 1.</param>
    /// <param name="beta2">The decay of the mean of the squared gradient, at least 0 and below 1.</param>
    /// <param name="epsilon">Above 0.</param>
    /// <param name="weightDecay">The decoupled decay, 0 or more.</param>
    /// <param name="amsGrad">Whether to divide by the largest mean of the squared gradient so far.</param>
    /// <param name="groups">Parameters with settings of their own.</param>
    /// <exception cref="ArgumentException">A value is out of its range or not finite, or T is neither float nor double.</exception>
    public AdamW(double learningRate = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8, double weightDecay = 0.01, bool amsGrad = false, IReadOnlyList<ParameterGroup<T>>? groups = null)
        : base(learningRate, beta1, beta2, epsilon, weightDecay, amsGrad: amsGrad, groups: groups)
    {
    }

    /// <summary>The settings, such as "AdamW (learning rate 0.001, beta 0.9 and 0.999, epsilon 1E-08, weight decay 0.01)".</summary>
    public override string ToString() => $"AdamW{base.ToString()["Adam".Length..]}";
}

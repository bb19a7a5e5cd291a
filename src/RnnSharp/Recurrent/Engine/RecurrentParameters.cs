using System.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>The parameters of a recurrent layer, in the order in which the layer lists them.</summary>
/// <param name="InputWeights">[gates · hidden] × [input].</param>
/// <param name="RecurrentWeights">[gates · hidden] × [features of h].</param>
/// <param name="Bias">[gates · hidden].</param>
internal sealed record RecurrentParameters<T>(Parameter<T> InputWeights, Parameter<T> RecurrentWeights, Parameter<T> Bias)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>[hidden]: the recurrent bias of the candidate, of a kind that keeps the candidate's two products apart.</summary>
    public Parameter<T>? CandidateBias { get; init; }

    /// <summary>[features of h] × [hidden], where h is projected.</summary>
    public Parameter<T>? Projection { get; init; }

    /// <summary>[peepholes · hidden].</summary>
    public Parameter<T>? Peepholes { get; init; }

    /// <summary>[sums · hidden]: the gains of normalised sums.</summary>
    public Parameter<T>? Gains { get; init; }

    public Parameter<T>[] All()
    {
        Parameter<T>?[] all = [InputWeights, RecurrentWeights, Bias, CandidateBias, Projection, Peepholes, Gains];
        return [.. all.OfType<Parameter<T>>()];
    }
}

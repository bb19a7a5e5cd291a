using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>Makes the engines whose steps run in stages.</summary>
internal static class StagedEngine
{
    /// <summary>Makes the engine of a kind with options.</summary>
    public static RecurrentEngine<T> Create<T, TKind>(RecurrentParameters<T> parameters, StagedOptions options)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TKind : struct, IStagedEquations =>
        VectorDispatch.Invoke<T, Factory<T, TKind>, RecurrentEngine<T>>(new Factory<T, TKind>(parameters, options));

    private readonly struct Factory<T, TKind>(RecurrentParameters<T> parameters, StagedOptions options) : IVectorFunction<T, RecurrentEngine<T>>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TKind : struct, IStagedEquations
    {
        public RecurrentEngine<T> Invoke<TVector>()
            where TVector : unmanaged, IKernelVector<TVector, T>
        {
            var context = new StepContext<T>(TKind.Shape, parameters, TVector.Count, isStaged: true);
            return new RecurrentEngine<T>(context, new StagedStep<T, TKind, TVector>(context, options), options.Seed);
        }
    }
}

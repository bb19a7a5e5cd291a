using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>Creates the engines whose steps run in stages.</summary>
internal static class StagedEngine
{
    /// <summary>Creates the engine of a cell with options.</summary>
    public static RecurrentEngine<T> Create<T, TEquations>(RecurrentParameters<T> parameters, StagedOptions options, int? checkpointSteps)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TEquations : struct, IRecurrentEquations =>
        VectorDispatch.Invoke<T, Factory<T, TEquations>, RecurrentEngine<T>>(new Factory<T, TEquations>(parameters, options, checkpointSteps));

    private readonly struct Factory<T, TEquations>(RecurrentParameters<T> parameters, StagedOptions options, int? checkpointSteps) : IVectorFunction<T, RecurrentEngine<T>>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TEquations : struct, IRecurrentEquations
    {
        public RecurrentEngine<T> Invoke<TVector>()
            where TVector : unmanaged, IKernelVector<TVector, T>
        {
            var context = new StepContext<T>(parameters, TVector.Count, isStaged: true, checkpointSteps);
            return new RecurrentEngine<T>(context, new StagedStep<T, TEquations, TVector>(context, options), options.Seed);
        }
    }
}

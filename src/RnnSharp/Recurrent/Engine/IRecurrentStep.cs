using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>One time step of a recurrent layer, forward and backward, compiled for this processor's vector width. The schedules call it for every step and every member of a team.</summary>
internal interface IRecurrentStep<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Whether a backward step leaves part of the gradient of the previous h in <see cref="BackwardWork{T}.CarriedHidden"/>, to which the next one adds the product with the recurrent weights.</summary>
    bool CarriesHidden { get; }

    /// <summary>Packs the parameters for the products of Forward.</summary>
    void Pack(PackedWeights<T> target);

    /// <summary>Packs the transposed parameters for the products of Backward.</summary>
    void PackTransposed(PackedWeights<T> target);

    /// <summary>Prepares the tape of a Forward call before its first step.</summary>
    void BeginForward(RecurrentPass<T> pass, in ColumnMap columns);

    /// <summary>Prepares a Forward call whose tape holds one segment at a time.</summary>
    void BeginSegments(RecurrentPass<T> pass, in ColumnMap columns)
    {
        // A step without masks draws none.
    }

    /// <summary>Draws the masks of a segment.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="random">A generator to draw with.</param>
    /// <param name="tape">Receives the masks.</param>
    /// <param name="columns">All steps.</param>
    /// <param name="steps">Those of the segment.</param>
    /// <param name="segment">The segment.</param>
    void DrawSegment(RecurrentPass<T> pass, FastRandom random, WorkMemory<T> tape, in ColumnMap columns, in ColumnMap steps, int segment)
    {
        // A step without masks draws none.
    }

    /// <summary>Runs one step on a share of the units and examples.</summary>
    void Forward(ref StepArguments<T> run, Share share);

    /// <summary>Binds the step of a single example to a state, if it has a special form of it; otherwise returns null.</summary>
    BoundStep<T>? Bind(PackCache<T, PackedWeights<T>> packs, State<T> state) => null;

    /// <summary>Computes the input products of the columns of the next few steps for the panels of a share.</summary>
    void SumInputsAhead(ref StepArguments<T> run, Share share, int columns);

    /// <summary>Runs one step backward on a share: the gradient of h first, then those of the sums.</summary>
    void Backward(ref BackwardArguments<T> run, Share share);

    /// <summary>Adds the contribution of a block of steps to the gradients of the input and of the parameters.</summary>
    void AddWeightGradients(in BackwardWork<T> work, TeamMember member, in BackwardBlock<T> block);
}

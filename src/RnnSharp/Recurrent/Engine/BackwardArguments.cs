using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>The arguments of a Backward call, shared by all members of a team. Pointers to values of several steps start at the first step.</summary>
internal unsafe struct BackwardWork<T> : ITeamWork
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public BackwardSchedule<T> Schedule;
    public PackedWeights<T> Weights;

    /// <summary>The values that Forward saved.</summary>
    public WorkMemory<T> Tape;

    public WorkMemory<T> Scratch;
    public CallShape Call;
    public int Batch;
    public int Steps;

    /// <summary>The steps of a block, whose gradients are held at once.</summary>
    public int BlockSteps;

    /// <summary>Whether the gradients of the parameters are summed in blocks of columns.</summary>
    public bool SumsInBlocks;

    /// <summary>[example], or null when not ragged.</summary>
    public int* Lengths;

    /// <summary>[half][panel, stride SumPanel][step of the block][example][slot][unit vector][lane]: the gradients of the sums.</summary>
    public T* Sums;

    public nint SumPanel;

    /// <summary>[half][step of the block][example, stride RowLength][slot][unit]: the same values, in the order that the products with the transposed weights read.</summary>
    public T* Rows;

    /// <summary>[panel, stride SlotPanel][step][example][slot][unit vector][lane]: the tape, or null.</summary>
    public T* Slots;

    public nint SlotPanel;

    /// <summary>[step][example][feature of h], or null.</summary>
    public T* OutputGradient;

    /// <summary>[step][example][feature of h]: h after each step.</summary>
    public T* Output;

    /// <summary>[example][feature of h].</summary>
    public T* InitialHidden;

    /// <summary>Whether the initial hidden state may be nonzero.</summary>
    public bool HasInitialState;

    /// <summary>[step + 1][example][unit]: the initial c, then c after each step; or null.</summary>
    public T* Cells;

    /// <summary>[example][feature of h, padded].</summary>
    public T* CarriedHidden;

    /// <summary>[example][unit], or null.</summary>
    public T* CarriedCell;

    /// <summary>[example][feature of h], or null.</summary>
    public T* FinalHiddenGradient;

    /// <summary>[example][unit], or null.</summary>
    public T* FinalCellGradient;

    /// <summary>[example][feature of h].</summary>
    public T* InitialHiddenGradient;

    /// <summary>[step][example][feature], zero past an example's end; or null for tokens.</summary>
    public T* Input;

    /// <summary>[step][example], or null for features.</summary>
    public int* Tokens;

    /// <summary>[step][example][feature], or null.</summary>
    public T* InputGradient;

    /// <summary>[feature][gate][unit], zero for tokens; or null.</summary>
    public T* InputWeightGradient;

    /// <summary>[feature of h][gate][unit], or null.</summary>
    public T* RecurrentWeightGradient;

    /// <summary>[row of the stacked biases].</summary>
    public T* BiasGradient;

    /// <summary>[member, stride GatherLength]: scratch in which a product gathers its columns.</summary>
    public T* Gathered;

    public int GatherLength;

    public readonly void Run(TeamMember member) => Schedule.Run(this, member);
}

/// <summary>A block of consecutive steps whose sum gradients are complete.</summary>
/// <param name="sums">[panel, stride SumPanel][column][slot][unit vector][lane], from the first of the steps on.</param>
/// <param name="rows">[column, stride RowLength][slot][unit], from the first of the steps on.</param>
/// <param name="half">Which half of the block buffers holds it: 0 or 1.</param>
/// <param name="firstStep">The first of the steps.</param>
/// <param name="endStep">The step after the last.</param>
internal readonly unsafe struct BackwardBlock<T>(T* sums, T* rows, int half, int firstStep, int endStep)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public T* Sums { get; } = sums;

    public T* Rows { get; } = rows;

    public int Half { get; } = half;

    public int FirstStep { get; } = firstStep;

    public int EndStep { get; } = endStep;
}

/// <summary>Where one backward step reads and writes. All pointers are [example][…], starting at this step.</summary>
internal unsafe struct BackwardArguments<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public BackwardWork<T> Work;

    /// <summary>The time step, or -1 for the initial state.</summary>
    public int Step;

    /// <summary>The step's index among the steps of both halves of the block buffers.</summary>
    public int BlockStep;

    /// <summary>Whether the gradient of h starts from <see cref="BackwardWork{T}.CarriedHidden"/>; otherwise from zero.</summary>
    public bool StartsFromCarried;

    /// <summary>[panel, stride SumPanel][example][slot][unit vector][lane]: receives the gradients of the sums.</summary>
    public T* Sums;

    /// <summary>[example, stride RowLength][slot][unit]: receives the same values.</summary>
    public T* Rows;

    /// <summary>The rows of the next time step, or null at the last one.</summary>
    public T* LaterRows;

    /// <summary>[panel, stride SlotPanel][example][slot][unit vector][lane]: from the tape.</summary>
    public T* Slots;

    /// <summary>[example][feature of h], or null.</summary>
    public T* OutputGradient;

    /// <summary>[example][feature of h]: h after the step.</summary>
    public T* Output;

    /// <summary>[example][feature of h]: h before the step.</summary>
    public T* PreviousHidden;

    /// <summary>[example][unit]: c after the step.</summary>
    public T* Cell;

    /// <summary>[example][unit]: c before the step.</summary>
    public T* PreviousCell;
}

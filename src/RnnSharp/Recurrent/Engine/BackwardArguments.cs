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
    public ColumnMap Columns;

    /// <summary>The first of the steps that the tape holds.</summary>
    public int FirstStep;

    /// <summary>The step after the last of them.</summary>
    public int EndStep;

    /// <summary>The most columns of a block, whose gradients are held at once.</summary>
    public int BlockLength;

    /// <summary>The half of the block buffers that receives the last block of the tape: 0 or 1.</summary>
    public int FirstHalf;

    /// <summary>The rows of the step after the last, or null.</summary>
    public T* LaterRows;

    /// <summary>Whether the gradients of the parameters are summed in blocks of columns.</summary>
    public bool SumsInBlocks;

    /// <summary>[half][panel, stride SumPanel][column of the block][slot][unit vector][lane]: the gradients of the sums.</summary>
    public T* Sums;

    public nint SumPanel;

    /// <summary>[half][column of the block, stride RowLength][slot][unit]: the same values, in the order that the products with the transposed weights read.</summary>
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

    /// <summary>Whether the carried gradients start from those of the final state, not from zero.</summary>
    public bool HasFinalGradient;

    /// <summary>[column][feature of h].</summary>
    public T* InitialHiddenGradient;

    /// <summary>[step][example][feature], or null for tokens.</summary>
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

    /// <summary>Where a ragged batch keeps columns in order; otherwise null.</summary>
    public OrderedColumns<T> Ordered;

    public readonly void Run(TeamMember member) => Schedule.Run(this, member);
}

/// <summary>Where Backward keeps the columns of a ragged batch in their order (<see cref="ColumnMap"/>).</summary>
internal unsafe struct OrderedColumns<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>[half][column of the block][feature], or null for tokens.</summary>
    public T* Input;

    /// <summary>[half][column of the block], or null for features.</summary>
    public int* Tokens;

    /// <summary>[half][column of the block][feature of h]: h before the step.</summary>
    public T* PreviousHidden;

    /// <summary>[column of the block][feature].</summary>
    public T* InputGradient;

    /// <summary>[column][feature of h]: h after a step, or null if the equations do not read it.</summary>
    public T* Output;

    /// <summary>[column][feature of h]: the output's gradient at a step.</summary>
    public T* OutputGradient;
}

/// <summary>A block of consecutive steps whose sum gradients are complete.</summary>
internal unsafe struct BackwardBlock<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>[panel, stride SumPanel][column][slot][unit vector][lane], from the first of the steps on.</summary>
    public T* Sums;

    /// <summary>[column, stride RowLength][slot][unit], from the first of the steps on.</summary>
    public T* Rows;

    /// <summary>Which half of the block buffers holds it: 0 or 1.</summary>
    public int Half;

    /// <summary>The first of the steps.</summary>
    public int FirstStep;

    /// <summary>The step after the last.</summary>
    public int EndStep;

    /// <summary>The first column on the tape.</summary>
    public nint FirstColumn;

    public int Columns;

    /// <summary>Whether it adds to the gradients of a later block.</summary>
    public bool Adds;
}

/// <summary>Where one backward step reads and writes. All pointers are [column][…], starting at this step.</summary>
internal unsafe struct BackwardArguments<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public BackwardWork<T> Work;

    /// <summary>The time step, or -1 for the initial state.</summary>
    public int Step;

    /// <summary>The step's first column on the tape.</summary>
    public nint FirstColumn;

    /// <summary>The step's first column among those of both halves of the block buffers.</summary>
    public nint BlockColumn;

    /// <summary>Whether the gradient of h starts from <see cref="BackwardWork{T}.CarriedHidden"/>; otherwise from zero.</summary>
    public bool StartsFromCarried;

    /// <summary>[panel, stride SumPanel][example][slot][unit vector][lane]: receives the gradients of the sums.</summary>
    public T* Sums;

    /// <summary>[example, stride RowLength][slot][unit]: receives the same values.</summary>
    public T* Rows;

    /// <summary>The rows of the next time step, or null for columns that end with this one.</summary>
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

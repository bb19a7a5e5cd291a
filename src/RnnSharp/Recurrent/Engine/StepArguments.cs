using System.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>Where one forward step reads and writes. All pointers are [example][…], starting at this step.</summary>
internal unsafe struct StepArguments<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public PackedWeights<T> Weights;

    /// <summary>The tape in Forward, scratch in Predict and Step.</summary>
    public WorkMemory<T> Memory;

    /// <summary>Whether each step has its own place in <see cref="Memory"/>, as Backward needs; otherwise all steps share one.</summary>
    public bool HasTape;

    public int Batch;

    /// <summary>Examples times the steps that have their own place in <see cref="Memory"/>.</summary>
    public nint KeptColumns;

    /// <summary>[example], or null when not ragged.</summary>
    public int* Lengths;

    /// <summary>[example][feature], or null for tokens.</summary>
    public T* Input;

    /// <summary>[example], or null for features.</summary>
    public int* Tokens;

    /// <summary>[example][feature of h]: h before the step.</summary>
    public T* Hidden;

    /// <summary>[example][unit]: c before the step; c after it is <see cref="CellStep"/> elements later.</summary>
    public T* Cell;

    /// <summary>Elements from the c of one step to the next; 0 where c is updated in place.</summary>
    public nint CellStep;

    /// <summary>[example][unit]: where c is updated in place, receives the c of an example after its last step; or null.</summary>
    public T* EndedCells;

    /// <summary>[example][feature of h]: h after the step.</summary>
    public T* Output;

    /// <summary>[panel, SlotPanel apart][example][slot][unit vector][lane], or null where no step keeps its slots.</summary>
    public T* Slots;

    public nint SlotPanel;

    /// <summary>Elements from the slots of one step to the next; 0 where all steps share one place.</summary>
    public nint SlotStep;

    /// <summary>The step's number.</summary>
    public int Step;

    /// <summary>[panel, AheadPanel apart][step][example][slot][unit vector][lane]: memory for the input's part of the sums of a few steps, or null.</summary>
    public T* AheadSums;

    /// <summary>The same starting at this step, once it is computed; or null.</summary>
    public T* Ahead;

    public nint AheadPanel;

    /// <summary>Whether the step starts with the last panel.</summary>
    public bool Backwards;
}

using System.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>Where one forward step reads and writes. All pointers are [example][…], starting at this step.</summary>
internal unsafe struct StepArguments<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public PackedWeights<T> Weights;

    /// <summary>The tape in Forward, scratch in Predict and Step.</summary>
    public WorkMemory<T> Memory;

    /// <summary>Whether <see cref="Memory"/> keeps the values of every step, as Backward needs; otherwise each step overwrites those of the last.</summary>
    public bool HasTape;

    public int Batch;

    /// <summary>Examples times the steps that <see cref="Memory"/> keeps.</summary>
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

    /// <summary>Elements from the c of one step to the next; 0 if c is updated in place.</summary>
    public nint CellStep;

    /// <summary>[example][unit]: where c is updated in place, receives the c of an example after its last step; or null.</summary>
    public T* EndedCells;

    /// <summary>[example][feature of h]: h after the step.</summary>
    public T* Output;

    /// <summary>[panel, stride SlotPanel][example][slot][unit vector][lane], or null if no step saves its slots.</summary>
    public T* Slots;

    public nint SlotPanel;

    /// <summary>Elements from the slots of one step to the next; 0 if only one step is kept.</summary>
    public nint SlotStep;

    /// <summary>The time step.</summary>
    public int Step;

    /// <summary>[panel, stride AheadPanel][step][example][slot][unit vector][lane]: memory for the input products of a few steps, or null.</summary>
    public T* AheadSums;

    /// <summary>The input products of this step, if they were computed ahead; or null.</summary>
    public T* Ahead;

    public nint AheadPanel;

    /// <summary>Whether the step starts with the last panel.</summary>
    public bool Backwards;
}

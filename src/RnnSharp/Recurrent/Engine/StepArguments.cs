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

    /// <summary>The columns that <see cref="Memory"/> keeps: those of all steps, or of one.</summary>
    public nint KeptColumns;

    /// <summary>The first of these columns that belongs to the step.</summary>
    public nint FirstColumn;

    /// <summary>[example][feature], or null for tokens.</summary>
    public T* Input;

    /// <summary>[example], or null for features.</summary>
    public int* Tokens;

    /// <summary>[example][feature of h]: h before the step.</summary>
    public T* Hidden;

    /// <summary>[example][unit]: c before the step; c after it is <see cref="CellStep"/> elements later.</summary>
    public T* Cell;

    /// <summary>Elements from the c before the step to the c after it; 0 if c is updated in place.</summary>
    public nint CellStep;

    /// <summary>[example][feature of h]: h after the step.</summary>
    public T* Output;

    /// <summary>[panel, stride SlotPanel][example][slot][unit vector][lane], or null if no step saves its slots.</summary>
    public T* Slots;

    public nint SlotPanel;

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

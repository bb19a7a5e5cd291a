using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>The arguments of a call of Forward, Predict or Step, shared by all members of a team. Pointers start at the first step.</summary>
internal unsafe struct ForwardWork<T> : ITeamWork
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public ForwardLoop<T> Loop;
    public ColumnMap Columns;

    /// <summary>The first step.</summary>
    public StepArguments<T> First;

    /// <summary>[step][example][feature], or null for tokens.</summary>
    public T* Input;

    /// <summary>[step][example], or null for features.</summary>
    public int* Tokens;

    /// <summary>[step][example][feature of h]; null if the output is not wanted.</summary>
    public T* Output;

    /// <summary>[half][column][feature of h]: h of the current and the previous step, of a ragged batch or without an output; otherwise null.</summary>
    public T* OrderedHidden;

    /// <summary>[half][column of a few steps, up to WindowColumns][feature]: the input of the current and the next steps of a ragged batch; otherwise null.</summary>
    public T* OrderedInput;

    /// <summary>[half][column of a few steps, up to WindowColumns]; or null.</summary>
    public int* OrderedTokens;

    public int WindowColumns;

    public readonly void Run(TeamMember member) => Loop.Run(this, member);
}

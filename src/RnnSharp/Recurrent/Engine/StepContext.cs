using System.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>What a step and the schedules that run it share: sizes, plan, buffers and weight gradients.</summary>
internal sealed class StepContext<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <param name="parameters">The layer's parameters.</param>
    /// <param name="vectorLength">Elements of a vector.</param>
    /// <param name="isStaged">Whether the step runs in stages: each member of a team then processes whole examples, and the sums of a step are stored in memory.</param>
    public StepContext(RecurrentParameters<T> parameters, int vectorLength, bool isStaged)
    {
        Parameters = parameters;
        Layouts = new StepLayouts<T>(parameters, vectorLength, singleVectors: isStaged);
        Plan = new StepPlan<T>(Layouts, wholeExamples: isStaged);
        Workspace = new Workspace();
        Buffers = new EngineBuffers<T>(Workspace, Layouts, Plan, keepsSums: isStaged);
        WeightGradients = new WeightGradients<T>(Layouts, parameters, Buffers);
    }

    public RecurrentParameters<T> Parameters { get; }

    public StepLayouts<T> Layouts { get; }

    public StepPlan<T> Plan { get; }

    public Workspace Workspace { get; }

    public EngineBuffers<T> Buffers { get; }

    public WeightGradients<T> WeightGradients { get; }
}

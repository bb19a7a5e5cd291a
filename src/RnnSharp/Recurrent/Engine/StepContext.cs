using System.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>What a step and the schedules that run it share: sizes, plan, buffers and weight gradients.</summary>
internal sealed class StepContext<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <param name="parameters">The layer's parameters.</param>
    /// <param name="vectorLength">Elements of a vector.</param>
    /// <param name="isStaged">Whether the step runs in stages: each member of a team then processes whole examples, and the sums of a step are stored in memory.</param>
    /// <param name="checkpointSteps"><see cref="RecurrentOptions.CheckpointSteps"/>.</param>
    public StepContext(RecurrentParameters<T> parameters, int vectorLength, bool isStaged, int? checkpointSteps)
    {
        Parameters = parameters;
        Layouts = new StepLayouts<T>(parameters, vectorLength, isStaged);
        Plan = new StepPlan<T>(Layouts, wholeExamples: isStaged, checkpointSteps);
        Workspace = new Workspace();
        Buffers = new EngineBuffers<T>(Workspace, Layouts, Plan, keepsSums: isStaged);
        WeightGradients = new WeightGradients<T>(Layouts, parameters, Buffers);
    }

    public readonly RecurrentParameters<T> Parameters;

    public readonly StepLayouts<T> Layouts;

    public readonly StepPlan<T> Plan;

    public readonly Workspace Workspace;

    public readonly EngineBuffers<T> Buffers;

    public readonly WeightGradients<T> WeightGradients;
}

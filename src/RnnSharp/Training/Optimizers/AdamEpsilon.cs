namespace RnnSharp.Training;

/// <summary>Where Adam adds ε.</summary>
public enum AdamEpsilon
{
    /// <summary>v̂ / (√ŝ + ε): the published method (Kingma and Ba 2015), PyTorch, and the course's later test.</summary>
    OutsideRoot,

    /// <summary>v̂ / √(ŝ + ε): the notebook's form.</summary>
    InsideRoot,
}

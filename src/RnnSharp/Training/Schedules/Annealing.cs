namespace RnnSharp.Training;

/// <summary>How a rate goes from one value to another.</summary>
public enum Annealing
{
    /// <summary>Along half a cosine.</summary>
    Cosine,

    /// <summary>Along a straight line.</summary>
    Linear,
}

namespace RnnSharp.Training;

/// <summary>How precision, recall and F1 of single classes are averaged.</summary>
public enum ClassAveraging
{
    /// <summary>The mean over the classes that occur as a target or as a prediction, each counting the same.</summary>
    Macro,

    /// <summary>From the sums over all classes. As each position has one class and one prediction, all three equal the accuracy.</summary>
    Micro,

    /// <summary>The mean over the classes, each counting as often as it is the target.</summary>
    Weighted,
}

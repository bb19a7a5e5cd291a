namespace RnnSharp.Layers;

/// <summary>How a <see cref="PoolingLayer{T}"/> makes one step of an example's steps.</summary>
public enum Pooling
{
    /// <summary>The example's own last step.</summary>
    Last,

    /// <summary>Each feature's mean over the example's steps.</summary>
    Mean,

    /// <summary>Each feature's largest value over the example's steps.</summary>
    Max,
}

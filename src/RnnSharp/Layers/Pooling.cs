namespace RnnSharp.Layers;

/// <summary>How a <see cref="PoolingLayer{T}"/> reduces the steps of an example to one.</summary>
public enum Pooling
{
    /// <summary>The example's own last step.</summary>
    Last,

    /// <summary>Each feature's mean over the example's steps.</summary>
    Mean,

    /// <summary>Each feature's largest value over the example's steps.</summary>
    Max,
}

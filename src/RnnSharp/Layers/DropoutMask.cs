namespace RnnSharp.Layers;

/// <summary>How often a <see cref="DropoutLayer{T}"/> draws a mask.</summary>
public enum DropoutMask
{
    /// <summary>A mask for every step, example and feature (Srivastava et al. 2014; PyTorch's Dropout).</summary>
    EachStep,

    /// <summary>A mask for every example and feature, the same at every step: variational dropout (Gal and Ghahramani 2016).</summary>
    WholeSequence,
}

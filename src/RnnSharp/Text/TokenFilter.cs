namespace RnnSharp.Text;

/// <summary>Decides which tokens may come next, such as those that a grammar allows.</summary>
/// <param name="previous">The tokens so far: those of the prompt and those generated.</param>
/// <param name="allowed">One element per token, true for those that are allowed so far. Set elements to forbid or allow tokens.</param>
public delegate void TokenFilter(ReadOnlySpan<int> previous, Span<bool> allowed);

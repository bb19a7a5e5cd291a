namespace RnnSharp.Numerics;

/// <summary>A member's share of an output: a rectangle of panels by columns. The default is empty.</summary>
/// <param name="FirstPanel">The first panel.</param>
/// <param name="EndPanel">The panel after the last.</param>
/// <param name="FirstColumn">The first column.</param>
/// <param name="EndColumn">The column after the last.</param>
internal readonly record struct Share(int FirstPanel, int EndPanel, int FirstColumn, int EndColumn);

namespace RnnSharp.Recurrent;

/// <summary>
/// Receives the equations of a recurrent layer as a type argument, from <see cref="RecurrentLayer{T}.Accept{TResult}"/>: for code that must
/// work for every cell, such as an exporter that runs <see cref="IRecurrentEquations.Forward{T, TVector}"/> over a vector that records the
/// operations instead of computing them.
/// </summary>
/// <typeparam name="TResult">What the visitor returns.</typeparam>
public interface IEquationsVisitor<out TResult>
{
    /// <summary>Visits the equations of a layer.</summary>
    /// <typeparam name="TEquations">The equations, with the structure of the cell in their static members.</typeparam>
    TResult Visit<TEquations>()
        where TEquations : struct, IRecurrentEquations;
}

/// <summary>The equations of a cell as an object.</summary>
internal abstract class EquationsType
{
    public abstract TResult Accept<TResult>(IEquationsVisitor<TResult> visitor);
}

/// <inheritdoc/>
internal sealed class EquationsType<TEquations> : EquationsType
    where TEquations : struct, IRecurrentEquations
{
    public static EquationsType<TEquations> Instance { get; } = new();

    public override TResult Accept<TResult>(IEquationsVisitor<TResult> visitor) => visitor.Visit<TEquations>();
}

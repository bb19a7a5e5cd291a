using System.Globalization;

namespace RnnSharp.Training;

/// <summary>Where the first number that is not finite was found.</summary>
public enum NonFiniteSource
{
    /// <summary>A parameter of the model.</summary>
    Parameter,

    /// <summary>The input of the batch.</summary>
    Input,

    /// <summary>The state that a stream continues from.</summary>
    State,

    /// <summary>A gate, state or output that a layer computed.</summary>
    Activation,

    /// <summary>The loss of a position, whose output is finite: the target, or an overflow.</summary>
    Loss,

    /// <summary>The gradient of the loss with respect to the model's output.</summary>
    OutputGradient,

    /// <summary>The gradient of a parameter, although that of the output is finite.</summary>
    ParameterGradient,
}

/// <summary>Where a number that is not finite first appeared in a batch. No parameter has been changed by the batch.</summary>
/// <param name="Source">What the number is.</param>
/// <param name="Layer">The path and kind of the layer, such as "1 (LstmLayer)"; for a loss or its gradient, that of the layer whose output it is.</param>
/// <param name="Name">The parameter, gate or state, such as "weight_hh" or "forget_gate"; otherwise "input", "output", "loss" or "output gradient".</param>
/// <param name="TimeStep">The time step of the batch in which it first appears; null if it could not be found.</param>
/// <param name="Example">The example of the batch; null if it could not be found.</param>
/// <param name="Number">The number: NaN, ∞ or -∞.</param>
/// <param name="Step">The completed parameter updates.</param>
public sealed record NonFiniteReport(NonFiniteSource Source, string Layer, string Name, int? TimeStep, int? Example, double Number, long Step)
{
    /// <summary>The report as a sentence.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Number} in {Description()} of layer {Layer}{(TimeStep is { } t ? $", time step {t}" : "")}{(Example is { } j ? $", example {j}" : "")}, after {Step} updates; no parameter was changed.");

    private string Description() => Source switch
    {
        NonFiniteSource.Parameter => $"the parameter {Name}",
        NonFiniteSource.Input => "the input",
        NonFiniteSource.State => $"the initial state {Name}",
        NonFiniteSource.Activation => Name,
        NonFiniteSource.Loss => "the loss (of a finite output)",
        NonFiniteSource.OutputGradient => "the loss's gradient of the output",
        _ => $"the gradient of {Name}",
    };
}

/// <summary>A loss, gradient or output was not finite. The message tells where the number first appeared; no parameter was changed by the batch.</summary>
/// <param name="report">Where.</param>
public sealed class NonFiniteException(NonFiniteReport report) : InvalidOperationException(report?.ToString())
{
    /// <summary>Where the number first appeared.</summary>
    public NonFiniteReport Report { get; } = report ?? throw new ArgumentNullException(nameof(report));
}

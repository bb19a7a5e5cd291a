namespace RnnSharp.Training;

/// <summary>The largest difference that a gradient check found.</summary>
/// <param name="RelativeError">|analytic - numeric| / max(|analytic|, |numeric|, 10⁻⁴).</param>
/// <param name="Tensor">The parameter's name in its layer, "input", or "initial_state." and the leaf's name.</param>
/// <param name="Index">The element, column-major (of the input: feature + features·(example + batch·step)).</param>
/// <param name="Analytic">Backward's value.</param>
/// <param name="Numeric">The central difference.</param>
/// <param name="Checked">Elements compared.</param>
public sealed record GradientCheckResult(double RelativeError, string Tensor, int Index, double Analytic, double Numeric, int Checked)
{
    /// <inheritdoc/>
    public override string ToString() =>
        FormattableString.Invariant($"{Tensor}[{Index}]: analytic {Analytic:R}, numeric {Numeric:R}, relative error {RelativeError:E2} (worst of {Checked})");
}

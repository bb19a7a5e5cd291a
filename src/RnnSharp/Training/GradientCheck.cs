using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>A loss of a pass, for <see cref="GradientCheck"/>: returns its value and writes its gradients.</summary>
/// <param name="pass">The pass: output and final state.</param>
/// <param name="outputGradient">Receives the gradient of the output; zeros in its shape.</param>
/// <param name="finalStateGradient">Receives the gradient of the final state; zeros in its shape.</param>
/// <typeparam name="T">float or double.</typeparam>
public delegate double GradientCheckLoss<T>(ForwardPass<T> pass, Sequence<T> outputGradient, State<T> finalStateGradient)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;

/// <summary>
/// Compares a layer's Backward with central differences of a loss, for every parameter that is not frozen, the input and the initial
/// state. The five-point formula (f(x-2h) - 8 f(x-h) + 8 f(x+h) - f(x+2h)) / 12h has an error of order h⁴ (Abramowitz and Stegun
/// 25.3.6), which leaves about ten digits in double precision. Random masks stay those of a single draw throughout.
/// </summary>
public static class GradientCheck
{
    /// <summary>Runs the check. Parameters are changed while it runs and restored afterwards; nothing else may use the layer in the meantime.</summary>
    /// <param name="layer">Any layer.</param>
    /// <param name="input">The input; it is not changed.</param>
    /// <param name="loss">The loss; it must be the same function at every call.</param>
    /// <param name="initialState">The initial state, whose gradient is then checked as well; zero when null.</param>
    /// <param name="step">h; 10⁻³ in double and 10⁻² in float when null. Use a smaller one near a kink.</param>
    /// <returns>The worst element; its error is below 10⁻⁶ for a correct gradient in double, away from kinks.</returns>
    /// <exception cref="ArgumentException">An argument is null or does not fit the layer, or the step is not above 0.</exception>
    public static GradientCheckResult Run<T>(ILayer<T> layer, Sequence<T> input, GradientCheckLoss<T> loss, State<T>? initialState = null, double? step = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(layer);
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(loss);
        double h = Check.Positive(step ?? (typeof(T) == typeof(double) ? 1e-3 : 1e-2), nameof(step));
        Sequence<T> x = input.ConvertTo<T>();
        State<T>? state = initialState?.Clone();
        ForwardPass<T> pass = layer.CreatePass();
        long draw = pass.Draw;
        pass = layer.Forward(x, state, pass);
        var outputGradient = new Sequence<T>(pass.Output.Features, pass.Output.Batch, pass.Output.Steps);
        State<T> finalGradient = layer.CreateState(input.Batch);
        loss(pass, outputGradient, finalGradient);
        Gradients<T> gradients = layer.Backward(pass, outputGradient, finalGradient);

        var worst = new GradientCheckResult(0, "", 0, 0, 0, 0);
        for (int p = 0; p < gradients.Parameters.Count; p++)
        {
            Parameter<T> parameter = gradients.Parameters[p];
            if (parameter.Frozen) continue;
            for (int i = 0; i < parameter.Count; i++)
            {
                T kept = parameter.Values[i];
                try
                {
                    Compare(gradients.Names[p], i, gradients.Values(p)[i], kept, value => parameter.Update((i, value), static (values, a) => values[a.i] = a.value));
                }
                finally
                {
                    parameter.Update((i, kept), static (values, a) => values[a.i] = a.kept);
                }
            }
        }

        if (gradients.Input is { } dx)
        {
            for (int i = 0; i < x.Values.Length; i++)
            {
                T kept = x.Values[i];
                Compare("input", i, dx.Values[i], kept, value => x.Values[i] = value);
                x.Values[i] = kept;
            }
        }

        for (int leaf = 0; state is not null && leaf < state.Leaves.Count; leaf++)
        {
            for (int i = 0; i < state.Leaves[leaf].Values.Length; i++)
            {
                T kept = state.Leaves[leaf].Values[i];
                Compare($"initial_state.{state.Names[leaf]}", i, gradients.InitialState.Leaves[leaf].Values[i], kept, value => state.Leaves[leaf].Values[i] = value);
                state.Leaves[leaf].Values[i] = kept;
            }
        }

        return worst;

        void Compare(string tensor, int index, T gradient, T at, Action<T> set)
        {
            double analytic = double.CreateChecked(gradient);
            double numeric = (LossAt(-2) - 8 * LossAt(-1) + 8 * LossAt(1) - LossAt(2)) / (12 * h);
            double error = Math.Abs(analytic - numeric) / Math.Max(1e-4, Math.Max(Math.Abs(analytic), Math.Abs(numeric)));
            worst = error > worst.RelativeError || double.IsNaN(error)
                ? new GradientCheckResult(error, tensor, index, analytic, numeric, worst.Checked + 1)
                : worst with { Checked = worst.Checked + 1 };

            double LossAt(int steps)
            {
                set(at + T.CreateChecked(steps * h));
                pass.Draw = draw; // the masks of the pass whose gradient is compared
                pass = layer.Forward(x, state, pass);
                outputGradient.Clear();
                finalGradient.Clear();
                return loss(pass, outputGradient, finalGradient);
            }
        }
    }
}

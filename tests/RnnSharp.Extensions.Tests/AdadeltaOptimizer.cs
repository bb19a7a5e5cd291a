using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;
using RnnSharp.Training;

namespace RnnSharp.Extensions.Tests;

/// <summary>
/// Adadelta (Zeiler 2012), with PyTorch's slots: s = ρ s + (1-ρ) g², d = √(u + ε) / √(s + ε) · g, u = ρ u + (1-ρ) d², W -= lr d. The base class
/// does all but the formula.
/// </summary>
internal sealed class AdadeltaOptimizer<T>(double learningRate = 1, double rho = 0.9, double epsilon = 1e-6, IReadOnlyList<ParameterGroup<T>>? groups = null)
    : Optimizer<T>(learningRate, weightDecay: 0, [new("square_avg", notNegative: true), new("acc_delta", notNegative: true)], groups)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    protected override void Update(Span<T> weights, ReadOnlySpan<T> gradient, ParameterState<T> state) =>
        Elementwise.Update(weights, gradient, state.Slot(0), state.Slot(1), new StepOperator(T.CreateChecked(state.LearningRate), T.CreateChecked(rho), T.CreateChecked(epsilon)));

    private readonly struct StepOperator(T rate, T rho, T epsilon) : IUpdateOperator2<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke<TVector>(ref TVector weights, TVector gradient, ref TVector squares, ref TVector deltas)
            where TVector : unmanaged, ISimdVector<TVector, T>
        {
            TVector keep = TVector.Broadcast(rho), rest = TVector.Broadcast(T.One - rho), small = TVector.Broadcast(epsilon);
            squares = keep * squares + rest * gradient * gradient;
            TVector delta = TVector.Sqrt(deltas + small) / TVector.Sqrt(squares + small) * gradient;
            deltas = keep * deltas + rest * delta * delta;
            weights -= TVector.Broadcast(rate) * delta;
        }
    }
}

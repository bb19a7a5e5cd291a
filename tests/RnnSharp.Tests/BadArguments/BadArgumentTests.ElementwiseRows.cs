using RnnSharp.Numerics;

namespace RnnSharp.Tests;

/// <summary>Loops over the elements of spans.</summary>
public sealed partial class BadArgumentTests
{
    private const string UpdateState = "Elementwise.Update(weights, gradient, state, op)";
    private const string UpdateTwoStates = "Elementwise.Update(weights, gradient, first, second, op)";
    private const string UpdateThreeStates = "Elementwise.Update(weights, gradient, first, second, third, op)";

    private static Row[] ElementwiseCalls()
    {
        const string Map = "Elementwise.Map(source, target, op)", Zip = "Elementwise.Zip(x, y, target, op)";
        return
        [
            Bad(Map, "target", "3 values (as many as source)", "got 2", _ => Elementwise.Map(new double[3], new double[2], default(NoOperator))),
            Bad(Map, "target", "same memory as source", "does not overlap", _ => Elementwise.Map(Memory.AsSpan(0, 3), Memory.AsSpan(1, 3), default(NoOperator))),
            Bad(Zip, "target", "3 values (as many as x)", "got 2", _ => Elementwise.Zip(new double[3], new double[3], new double[2], default(NoOperator))),
            Bad(Zip, "target", "4 values (as many as y)", "got 3", _ => Elementwise.Zip(new double[3], new double[4], new double[3], default(NoOperator))),
            Bad(Zip, "target", "same memory as x", "does not overlap", _ => Elementwise.Zip(Memory.AsSpan(0, 3), new double[3], Memory.AsSpan(1, 3), default(NoOperator))),
            Bad(Zip, "target", "same memory as y", "does not overlap", _ => Elementwise.Zip(new double[3], Memory.AsSpan(2, 3), Memory.AsSpan(1, 3), default(NoOperator))),
            Bad(UpdateState, "gradient", "3 values (as many as weights)", "got 2", _ => Elementwise.Update(new double[3], new double[2], new double[3], default(NoOperator))),
            Bad(UpdateState, "state", "3 values (as many as weights)", "got 4", _ => Elementwise.Update(new double[3], new double[3], new double[4], default(NoOperator))),
            Bad(UpdateState, "gradient", "overlap", "weights", _ => Elementwise.Update(Memory.AsSpan(0, 3), Memory.AsSpan(0, 3), new double[3], default(NoOperator))),
            Bad(UpdateState, "state", "overlap", "weights", _ => Elementwise.Update(Memory.AsSpan(0, 3), new double[3], Memory.AsSpan(2, 3), default(NoOperator))),
            Bad(UpdateState, "state", "overlap", "gradient", _ => Elementwise.Update(new double[3], Memory.AsSpan(0, 3), Memory.AsSpan(0, 3), default(NoOperator))),
            Bad(UpdateTwoStates, "gradient", "3 values (as many as weights)", "got 2", _ => Elementwise.Update(new double[3], new double[2], new double[3], new double[3], default(NoOperator))),
            Bad(UpdateTwoStates, "first", "3 values (as many as weights)", "got 4", _ => Elementwise.Update(new double[3], new double[3], new double[4], new double[3], default(NoOperator))),
            Bad(UpdateTwoStates, "second", "3 values (as many as weights)", "got 4", _ => Elementwise.Update(new double[3], new double[3], new double[3], new double[4], default(NoOperator))),
            Bad(UpdateTwoStates, "first", "overlap", "gradient", _ => Elementwise.Update(new double[3], Memory.AsSpan(0, 3), Memory.AsSpan(0, 3), new double[3], default(NoOperator))),
            Bad(UpdateTwoStates, "second", "overlap", "weights", _ => Elementwise.Update(Memory.AsSpan(0, 3), new double[3], new double[3], Memory.AsSpan(0, 3), default(NoOperator))),
            Bad(UpdateTwoStates, "second", "overlap", "first", _ => Elementwise.Update(new double[3], new double[3], Memory.AsSpan(0, 3), Memory.AsSpan(1, 3), default(NoOperator))),
            Bad(UpdateThreeStates, "gradient", "3 values (as many as weights)", "got 2", _ => Elementwise.Update(new double[3], new double[2], new double[3], new double[3], new double[3], default(NoOperator))),
            Bad(UpdateThreeStates, "first", "overlap", "weights", _ => Elementwise.Update(Memory.AsSpan(0, 3), new double[3], Memory.AsSpan(1, 3), new double[3], new double[3], default(NoOperator))),
            Bad(UpdateThreeStates, "second", "3 values (as many as weights)", "got 4", _ => Elementwise.Update(new double[3], new double[3], new double[3], new double[4], new double[3], default(NoOperator))),
            Bad(UpdateThreeStates, "third", "3 values (as many as weights)", "got 4", _ => Elementwise.Update(new double[3], new double[3], new double[3], new double[3], new double[4], default(NoOperator))),
            Bad(UpdateThreeStates, "third", "overlap", "weights", _ => Elementwise.Update(Memory.AsSpan(0, 3), new double[3], new double[3], new double[3], Memory.AsSpan(2, 3), default(NoOperator))),
            Bad(UpdateThreeStates, "third", "overlap", "gradient", _ => Elementwise.Update(new double[3], Memory.AsSpan(0, 3), new double[3], new double[3], Memory.AsSpan(2, 3), default(NoOperator))),
            Bad(UpdateThreeStates, "third", "overlap", "first", _ => Elementwise.Update(new double[3], new double[3], Memory.AsSpan(0, 3), new double[3], Memory.AsSpan(2, 3), default(NoOperator))),
            Bad(UpdateThreeStates, "third", "overlap", "second", _ => Elementwise.Update(new double[3], new double[3], new double[3], Memory.AsSpan(0, 3), Memory.AsSpan(2, 3), default(NoOperator))),
        ];
    }

    /// <summary>Operators that no call here reaches.</summary>
    private readonly struct NoOperator : IMapOperator<double>, IZipOperator<double>, IUpdateOperator<double>, IUpdateOperator2<double>, IUpdateOperator3<double>, IMapOperator<Half>, IZipOperator<Half>, IUpdateOperator<Half>, IUpdateOperator2<Half>, IUpdateOperator3<Half>, ISumOperator
    {
        TVector IMapOperator<double>.Invoke<TVector>(TVector x) => x;

        TVector IZipOperator<double>.Invoke<TVector>(TVector x, TVector y) => x;

        void IUpdateOperator<double>.Invoke<TVector>(ref TVector weights, TVector gradient, ref TVector state) => weights = gradient;

        void IUpdateOperator2<double>.Invoke<TVector>(ref TVector weights, TVector gradient, ref TVector first, ref TVector second) => weights = gradient;

        void IUpdateOperator3<double>.Invoke<TVector>(ref TVector weights, TVector gradient, ref TVector first, ref TVector second, ref TVector third) => weights = gradient;

        TVector IMapOperator<Half>.Invoke<TVector>(TVector x) => x;

        TVector IZipOperator<Half>.Invoke<TVector>(TVector x, TVector y) => x;

        void IUpdateOperator<Half>.Invoke<TVector>(ref TVector weights, TVector gradient, ref TVector state) => weights = gradient;

        void IUpdateOperator2<Half>.Invoke<TVector>(ref TVector weights, TVector gradient, ref TVector first, ref TVector second) => weights = gradient;

        void IUpdateOperator3<Half>.Invoke<TVector>(ref TVector weights, TVector gradient, ref TVector first, ref TVector second, ref TVector third) => weights = gradient;

        TVector ISumOperator.Add<TVector>(TVector sum, TVector x) => sum;
    }
}

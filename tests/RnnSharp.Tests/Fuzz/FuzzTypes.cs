using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;

namespace RnnSharp.Tests.Fuzz;

/// <summary>User-defined types for the fuzzer: type arguments, and layers besides the library's.</summary>
internal static class FuzzTypes
{
    /// <summary>h = tanh(W x + U h + b), with another cell state that counts along.</summary>
    public readonly struct CountingUnit : IRecurrentEquations
    {
        public static int Gates => 1;

        public static bool HasCellState => true;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Forward<T, TVector>(ref TVector s0, ref TVector s1, ref TVector s2, ref TVector s3, in UnitWeights<TVector> weights, TVector hPrevious, TVector cPrevious, out TVector c)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where TVector : unmanaged, ISimdVector<TVector, T>
        {
            s0 = TVector.Tanh(s0);
            c = s0 + cPrevious;
            return s0;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Backward<T, TVector>(ref TVector s0, ref TVector s1, ref TVector s2, ref TVector s3, ref UnitWeights<TVector> weights, TVector dh, TVector h, TVector hPrevious, TVector c, TVector cPrevious, ref TVector dc)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where TVector : unmanaged, ISimdVector<TVector, T>
        {
            s0 = (dh + dc) * (TVector.Broadcast(T.One) - s0 * s0);
            return default;
        }
    }

    /// <summary>A user's layer without parameters that doubles its input.</summary>
    public sealed class DoublingLayer<T>(int size) : Layer<T>(size, size)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public override IReadOnlyList<Parameter<T>> Parameters => [];

        public override bool IsStreaming => true;

        protected override bool TakesTokens => false;

        public override State<T> CreateState(int batch) => new(batch, ("doubled", OutputSize));

        protected override void Run(ForwardPass<T> pass, Sequence<T> input, State<T>? initialState)
        {
            Prepare(pass, input);
            Double(input.Values, pass.Output.Values);
            pass.FinalState.Clear();
        }

        protected override void RunPredict(Sequence<T> input, State<T> state, Sequence<T> output) => Double(input.Values, output.Values);

        protected override void RunStep(StepInput<T> input, State<T> state, Span<T> output) => Double(input.FeatureSpan, output);

        protected override void RunBackward(ForwardPass<T> pass, Sequence<T>? outputGradient, State<T>? finalStateGradient, bool inputGradient, bool accumulate, Gradients<T> gradients)
        {
            gradients.InitialState.Clear();
            if (gradients.PrepareInput(pass.Input, inputGradient) is not { } input) return;
            if (outputGradient is null) input.Clear();
            else Double(outputGradient.Values, input.Values);
        }

        private static void Double(ReadOnlySpan<T> source, Span<T> target)
        {
            for (int i = 0; i < source.Length; i++) target[i] = source[i] + source[i];
        }
    }
}

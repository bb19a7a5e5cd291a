using System.Numerics;
using System.Runtime.CompilerServices;
using FluentAssertions;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;
using RnnSharp.Tests.Layers;
using RnnSharp.Tests.Numerics;
using Xunit;

namespace RnnSharp.Tests.Recurrent;

/// <summary>The equations of a custom cell throw, on a helper thread, on the calling thread or on both.</summary>
[Collection(nameof(ThreadSettings))]
public sealed class ThrowingEquationsTests : IDisposable
{
    // Enough work for two members at every vector width.
    private const int Hidden = 200;

    private readonly ThreadSettings _settings = new();

    public enum Thrower
    {
        Helpers,
        Caller,
        Everybody,
    }

    // Divided by panels, with a wait at every step; by columns, without one; and over several blocks of steps backward.
    public static TheoryData<Thrower, int, int> Cases
    {
        get
        {
            var cases = new TheoryData<Thrower, int, int>();
            foreach (Thrower thrower in Enum.GetValues<Thrower>())
            {
                foreach ((int batch, int steps) in ((int, int)[])[(1, 24), (32, 6), (64, 30)]) cases.Add(thrower, batch, steps);
            }

            return cases;
        }
    }

    public void Dispose()
    {
        Fault.Clear();
        _settings.Dispose();
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Forward_and_Predict_throw_on_the_caller_and_work_again(Thrower thrower, int batch, int steps)
    {
        var layer = new CustomRecurrentLayer<float, FaultyGru>(40, Hidden, seed: 1);
        Sequence<float> x = Make.Sequence<float>(40, batch, steps, new Random(1)), y = new(Hidden, batch, steps);
        Compute.MaxDegreeOfParallelism = 1;
        ForwardPass<float> expected = layer.Forward(x), pass = layer.Forward(x);
        State<float> state = layer.CreateState(batch);
        foreach (int threads in (int[])[2, 3, 8])
        {
            Compute.MaxDegreeOfParallelism = threads;
            ThrowAgainAndAgain(thrower, seed: threads, Evaluations(batch, steps), () => layer.Forward(x, reuse: pass));
            layer.Invoking(it => it.Backward(pass, null)).Should().Throw<ArgumentException>("the pass is incomplete").WithParameterName("pass");
            ThrowAgainAndAgain(thrower, seed: -threads, Evaluations(batch, steps), () => layer.Predict(x, state, y));
            long helped = Team.Helped;
            layer.Forward(x, reuse: pass);
            state.Clear();
            layer.Predict(x, state, y);
            (Team.Helped - helped).Should().BeGreaterThanOrEqualTo(2, "the helpers are free again");
            Bits.ShouldBeSame<float>(pass.Output.Values, expected.Output.Values, "output");
            Bits.ShouldBeSame<float>(y.Values, expected.Output.Values, "prediction");
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Backward_throws_on_the_caller_and_works_again(Thrower thrower, int batch, int steps)
    {
        var layer = new CustomRecurrentLayer<float, FaultyGru>(40, Hidden, seed: 1);
        var random = new Random(1);
        Sequence<float> x = Make.Sequence<float>(40, batch, steps, random), dy = Make.Sequence<float>(Hidden, batch, steps, random);
        Compute.MaxDegreeOfParallelism = 1;
        ForwardPass<float> pass = layer.Forward(x);
        Gradients<float> expected = layer.Backward(pass, dy), gradients = layer.Backward(pass, dy);
        foreach (int threads in (int[])[2, 3, 8])
        {
            Compute.MaxDegreeOfParallelism = threads;
            ThrowAgainAndAgain(thrower, seed: threads, Evaluations(batch, steps), () => layer.Backward(pass, dy, reuse: gradients));
            long helped = Team.Helped;
            layer.Backward(pass, dy, reuse: gradients);
            (Team.Helped - helped).Should().BePositive("the helpers are free again");
            Bits.ShouldBeSame(gradients, expected);
        }
    }

    [Fact]
    public void Warm_calls_allocate_nothing_after_a_failure()
    {
        Compute.MaxDegreeOfParallelism = 2;
        var layer = new CustomRecurrentLayer<float, FaultyGru>(40, Hidden, seed: 1);
        Sequence<float> x = Make.Sequence<float>(40, 1, 12, new Random(1));
        Warm.ShouldAllocateNothing(() =>
        {
            ForwardPass<float> pass = layer.Forward(x);
            Gradients<float> gradients = layer.Backward(pass, pass.Output);
            ThrowAgainAndAgain(Thrower.Everybody, seed: 1, Evaluations(1, 12), () => layer.Forward(x, reuse: pass));
            return [("Forward", () => layer.Forward(x, reuse: pass)), ("Backward", () => layer.Backward(pass, pass.Output, reuse: gradients))];
        });
    }

    /// <summary>Evaluations of the equations that the smallest share has at least: one vector of units at every step.</summary>
    private static int Evaluations(int batch, int steps) => steps * ((batch + 7) / 8);

    private static void ThrowAgainAndAgain(Thrower thrower, int seed, int evaluations, Action call)
    {
        var random = new Random(seed);
        for (int round = 0; round < 15; round++)
        {
            Fault.Set(thrower, after: random.Next(evaluations));
            call.Should().Throw<FaultException>();
        }

        Fault.Clear();
    }

    private sealed class FaultException : Exception;

    /// <summary>When the equations throw next.</summary>
    private static class Fault
    {
        private static bool s_isSet;
        private static bool s_onHelpers;
        private static bool s_onCaller;
        private static int s_left;

        public static void Set(Thrower thrower, int after)
        {
            s_onHelpers = thrower != Thrower.Caller;
            s_onCaller = thrower != Thrower.Helpers;
            s_left = after;
            s_isSet = true;
        }

        public static void Clear() => s_isSet = false;

        public static void Check()
        {
            if (s_isSet) ThrowIfDue();
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private static void ThrowIfDue()
        {
            bool isHelper = Thread.CurrentThread.Name?.StartsWith("RnnSharp helper", StringComparison.Ordinal) ?? false;
            if ((isHelper ? s_onHelpers : s_onCaller) && Interlocked.Decrement(ref s_left) < 0) throw new FaultException();
        }
    }

    private readonly struct FaultyGru : IRecurrentEquations
    {
        public static int Gates => 3;

        public static bool SplitsLastGate => true;

        public static bool UsesPreviousHidden => true;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Forward<T, TVector>(ref TVector n, ref TVector r, ref TVector z, ref TVector m, in UnitWeights<TVector> weights, TVector hPrevious, TVector cPrevious, out TVector c)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where TVector : unmanaged, ISimdVector<TVector, T>
        {
            Fault.Check();
            return GruEquations.Forward<T, TVector>(ref n, ref r, ref z, ref m, weights, hPrevious, cPrevious, out c);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Backward<T, TVector>(ref TVector n, ref TVector r, ref TVector z, ref TVector m, ref UnitWeights<TVector> weights, TVector dh, TVector h, TVector hPrevious, TVector c, TVector cPrevious, ref TVector dc)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where TVector : unmanaged, ISimdVector<TVector, T>
        {
            Fault.Check();
            return GruEquations.Backward<T, TVector>(ref n, ref r, ref z, ref m, ref weights, dh, h, hPrevious, c, cPrevious, ref dc);
        }
    }
}

using System.Numerics;
using System.Runtime.CompilerServices;
using FluentAssertions;
using RnnSharp.Recurrent;
using RnnSharp.Tests.Numerics;
using Xunit;

namespace RnnSharp.Tests.Recurrent;

/// <summary>What the README says of memory, counted in bytes that calls with fresh objects allocate.</summary>
[Collection(nameof(ThreadSettings))]
public sealed class MemoryTests : IDisposable
{
    private const int Inputs = 5;
    private const int Hidden = 48;
    private const int Batch = 20;
    private const int Short = 100;
    private const int Long = 2000;

    private readonly ThreadSettings _settings = new();

    public MemoryTests() => Compute.MaxDegreeOfParallelism = 1;

    public void Dispose() => _settings.Dispose();

    [Theory]
    [InlineData(RecurrentKind.Lstm, 6)]
    [InlineData(RecurrentKind.Gru, 5)]
    [InlineData(RecurrentKind.RnnTanh, 1)]
    [InlineData(RecurrentKind.RnnRelu, 1)]
    public void A_pass_keeps_the_documented_number_of_values_for_each_unit_example_and_step(RecurrentKind kind, int numbers)
    {
        Check<float>();
        Check<double>();

        void Check<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            RecurrentLayer<T> layer = Make.Layer<T>(kind, Inputs, Hidden);
            double bytes = Growth(Hidden, steps =>
            {
                Sequence<T> x = Input<T>(steps);
                return () => layer.Forward(x);
            });
            bytes.Should().BeApproximately(numbers * Unsafe.SizeOf<T>(), 0.02);
        }
    }

    [Theory]
    [InlineData(RecurrentKind.Lstm)]
    [InlineData(RecurrentKind.Gru)]
    [InlineData(RecurrentKind.RnnTanh)]
    [InlineData(RecurrentKind.RnnRelu)]
    [InlineData(RecurrentKind.LstmPeepholeClip)]
    [InlineData(RecurrentKind.LstmCoupled)]
    [InlineData(RecurrentKind.LstmNormalized)]
    [InlineData(RecurrentKind.GruResetBefore)]
    [InlineData(RecurrentKind.GruNormalized)]
    [InlineData(RecurrentKind.RnnNormalized)]
    public void Scratch_memory_of_Backward_and_Predict_does_not_grow_with_the_steps(RecurrentKind kind)
    {
        Check<float>();
        Check<double>();

        void Check<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            RecurrentLayer<T> layer = Make.Layer<T>(kind, Inputs, Hidden);

            // Blocks of steps are of about even length, so that a shorter sequence may have shorter ones.
            foreach (bool ragged in (bool[])[false, true])
            {
                Growth(1, steps =>
                {
                    Sequence<T> x = Input<T>(steps), dy = Make.Sequence<T>(Hidden, Batch, steps, new Random(2));
                    if (ragged) x.SetLengths([.. Enumerable.Range(0, Batch).Select(j => steps - j)]);
                    ForwardPass<T> pass = layer.Forward(x);
                    return () => layer.Backward(pass, dy, inputGradient: false);
                }).Should().BeLessThan(0.5, "not a number for each example and step");
            }

            foreach (bool ragged in (bool[])[false, true])
            {
                Growth(1, steps =>
                {
                    Sequence<T> x = Input<T>(steps), y = new(Hidden, Batch, steps);
                    if (ragged) x.SetLengths([.. Enumerable.Range(0, Batch).Select(j => steps - j)]);
                    return () => layer.Predict(x, reuse: y);
                }).Should().BeLessThan(0.5, "not a number for each example and step");
            }
        }
    }

    private static Sequence<T> Input<T>(int steps)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Make.Sequence<T>(Inputs, Batch, steps, new Random(1));

    /// <summary>
    /// Bytes that a call on a long sequence allocates more than on a short one, for each of some units, each example and each step. A
    /// collection in between can count up to 8 KB that the call did not allocate, which is little beside a number for each step.
    /// </summary>
    private static double Growth(int units, Func<int, Action> prepare) => (double)(Allocated(prepare, Long) - Allocated(prepare, Short)) / ((long)units * Batch * (Long - Short));

    /// <summary>Of the second of two calls with objects of their own: the first one packs the weights.</summary>
    private static long Allocated(Func<int, Action> prepare, int steps)
    {
        long allocated = 0;
        for (int attempt = 0; attempt < 2; attempt++)
        {
            Action call = prepare(steps);
            long before = GC.GetAllocatedBytesForCurrentThread();
            call();
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        return allocated;
    }
}

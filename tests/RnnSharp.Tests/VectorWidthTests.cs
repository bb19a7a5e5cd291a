using System.Globalization;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using FluentAssertions;
using RnnSharp.Numerics;
using Xunit;

namespace RnnSharp.Tests;

/// <summary>
/// A switch that the runtime does not know changes nothing and says nothing, so that a run of the tests for one vector width has to
/// see for itself that it ran at that width. <c>.ci/run</c> names the width in the variable RNNSHARP_EXPECT_BITS.
/// </summary>
public sealed class VectorWidthTests
{
    private const string ExpectedBits = "RNNSHARP_EXPECT_BITS";

    [Fact]
    public void Kernels_run_at_the_expected_width()
    {
        string? expected = Environment.GetEnvironmentVariable(ExpectedBits);
        if (expected is null) VectorDispatch.Bits.Should().BeOneOf(WidthsForThisProcessor(), "those are the widths for the instructions that this processor has");
        else VectorDispatch.Bits.Should().Be(int.Parse(expected, NumberStyles.None, CultureInfo.InvariantCulture), "this run of the tests is for that width ({0})", ExpectedBits);
    }

    [Fact]
    public void Every_kernel_is_made_for_that_width()
    {
        PanelKernels<float>.Instance.VectorLength.Should().Be(Lanes(sizeof(float)));
        PanelKernels<double>.Instance.VectorLength.Should().Be(Lanes(sizeof(double)));
        VectorDispatch.Invoke<float, VectorBytes<float>, int>(default).Should().Be(Lanes(sizeof(float)) * sizeof(float));
        VectorDispatch.Invoke<double, VectorBytes<double>, int>(default).Should().Be(Lanes(sizeof(double)) * sizeof(double));
        VectorDispatch.Sum<float, DoubleBytes<float>>(default).Should().Be(Lanes(sizeof(double)) * sizeof(double));

        static int Lanes(int bytes) => VectorDispatch.Bits == 0 ? 1 : VectorDispatch.Bits / (8 * bytes);
    }

    /// <summary>Told from the instruction sets alone, apart from what the library asks.</summary>
    private static int[] WidthsForThisProcessor()
    {
        // The runtime passes 512 bits over on processors that slow down their clock for them.
        if (Avx512F.IsSupported && Avx512BW.IsSupported && Avx512DQ.IsSupported && Avx512F.VL.IsSupported) return [512, 256];
        if (Avx2.IsSupported) return [256];
        return Sse2.IsSupported || AdvSimd.IsSupported ? [128] : [0];
    }

    private readonly struct VectorBytes<T> : IVectorFunction<T, int>
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        public unsafe int Invoke<TVector>()
            where TVector : unmanaged, IKernelVector<TVector, T> => TVector.Count * sizeof(T);
    }

    private readonly struct DoubleBytes<T> : IVectorSum<T>
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        public unsafe double Invoke<TVector, TDouble>()
            where TVector : unmanaged, IKernelVector<TVector, T>
            where TDouble : unmanaged, IKernelVector<TDouble, double> => TDouble.Count * sizeof(double);
    }
}

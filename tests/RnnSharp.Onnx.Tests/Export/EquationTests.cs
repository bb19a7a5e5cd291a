using System.Numerics;
using System.Runtime.CompilerServices;
using FluentAssertions;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;
using Xunit;

namespace RnnSharp.Onnx.Tests.Export;

/// <summary>Equations of an app that use every operation, or hardly any, become the body of a scan.</summary>
public sealed class EquationTests
{
    [Fact]
    public void Every_operation_is_recorded()
    {
        for (int seed = 0; seed < 4; seed++)
        {
            ExportCheck.Check(new CustomRecurrentLayer<float, EveryOperation>(3, 5, seed), seed, tokens: false);
            ExportCheck.Check(new CustomRecurrentLayer<double, EveryOperation>(3, 5, seed), seed, tokens: false, tolerance: 1e-7);
        }

        Types(new CustomRecurrentLayer<float, EveryOperation>(3, 5, 1)).Should().Contain(["Add", "Sub", "Mul", "Div", "Abs", "Sqrt", "Max", "Min", "Greater", "Where", "Exp", "Log", "Sigmoid", "Tanh", "Relu", "Neg"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Numbers_and_weights_are_repeated_for_each_example(bool lengths)
    {
        var options = new OnnxExportOptions { Lengths = lengths };
        for (int seed = 0; seed < 3; seed++) ExportCheck.Check(new CustomRecurrentLayer<float, NumbersAlone>(2, 3, seed), seed, tokens: false, options: options);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void States_may_pass_through(bool lengths)
    {
        var options = new OnnxExportOptions { Lengths = lengths };
        for (int seed = 0; seed < 3; seed++) ExportCheck.Check(new CustomRecurrentLayer<float, Exchange>(2, 3, seed), seed, tokens: false, options: options);
    }

    [Fact]
    public void Operations_that_change_nothing_are_left_out()
    {
        string[] plain = Types(new LstmLayer<double>(2, 3, 1)), withoutPeepholes = Types(new LstmLayer<double>(2, 3, 1, new() { ProjectionSize = 2 }));
        plain.Should().NotContain(["Min", "Max"]);
        withoutPeepholes.Where(type => type is "Mul").Should().HaveSameCount(plain.Where(type => type is "Mul"), "peepholes of zero are not multiplied");
        withoutPeepholes.Should().NotContain(["Min", "Max"], "a cell without a limit is not clipped");
        Types(new LstmLayer<double>(2, 3, 1, new() { CellClip = 2 })).Should().Contain(["Min", "Max"]);
    }

    /// <summary>The operators of the body of a layer's scan.</summary>
    private static string[] Types<T>(ILayer<T> layer)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => [.. Graphs.Of(layer).Single("Scan").Attribute("body")!.G.Node.Select(node => node.OpType)];

    private readonly struct EveryOperation : IRecurrentEquations
    {
        public static int Gates => 3;

        public static bool HasCellState => true;

        public static bool UsesPreviousHidden => true;

        public static int UnitWeights => 2;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Forward<T, TVector>(ref TVector s0, ref TVector s1, ref TVector s2, ref TVector s3, in UnitWeights<TVector> weights, TVector hPrevious, TVector cPrevious, out TVector c)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where TVector : unmanaged, ISimdVector<TVector, T>
        {
            TVector one = TVector.Broadcast(T.One), three = one + one * TVector.Broadcast(T.CreateChecked(2));
            TVector smooth = TVector.Log(one + TVector.Exp(TVector.Min(s0, weights.First)));
            TVector kinked = TVector.WherePositive(s1 - hPrevious, TVector.Sqrt(TVector.Abs(s2)), TVector.Max(default, s0) - TVector.Max(s1, weights.Second));
            c = TVector.Sigmoid(s0) * cPrevious + TVector.Tanh(default(TVector) - s2);
            return TVector.MultiplyAdd(smooth, kinked, c) / (three + TVector.Abs(hPrevious));
        }

        public static TVector Backward<T, TVector>(ref TVector s0, ref TVector s1, ref TVector s2, ref TVector s3, ref UnitWeights<TVector> weights, TVector dh, TVector h, TVector hPrevious, TVector c, TVector cPrevious, ref TVector dc)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where TVector : unmanaged, ISimdVector<TVector, T> => throw new NotSupportedException();
    }

    /// <summary>h is a number and c a weight, whatever the input.</summary>
    private readonly struct NumbersAlone : IRecurrentEquations
    {
        public static int Gates => 1;

        public static bool HasCellState => true;

        public static int UnitWeights => 1;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Forward<T, TVector>(ref TVector s0, ref TVector s1, ref TVector s2, ref TVector s3, in UnitWeights<TVector> weights, TVector hPrevious, TVector cPrevious, out TVector c)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where TVector : unmanaged, ISimdVector<TVector, T>
        {
            c = TVector.Abs(weights.First);
            return TVector.Exp(TVector.Broadcast(T.CreateChecked(0.5)));
        }

        public static TVector Backward<T, TVector>(ref TVector s0, ref TVector s1, ref TVector s2, ref TVector s3, ref UnitWeights<TVector> weights, TVector dh, TVector h, TVector hPrevious, TVector c, TVector cPrevious, ref TVector dc)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where TVector : unmanaged, ISimdVector<TVector, T> => throw new NotSupportedException();
    }

    /// <summary>Exchanges h and c at every step.</summary>
    private readonly struct Exchange : IRecurrentEquations
    {
        public static int Gates => 1;

        public static bool HasCellState => true;

        public static bool UsesPreviousHidden => true;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Forward<T, TVector>(ref TVector s0, ref TVector s1, ref TVector s2, ref TVector s3, in UnitWeights<TVector> weights, TVector hPrevious, TVector cPrevious, out TVector c)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where TVector : unmanaged, ISimdVector<TVector, T>
        {
            c = hPrevious;
            return cPrevious;
        }

        public static TVector Backward<T, TVector>(ref TVector s0, ref TVector s1, ref TVector s2, ref TVector s3, ref UnitWeights<TVector> weights, TVector dh, TVector h, TVector hPrevious, TVector c, TVector cPrevious, ref TVector dc)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where TVector : unmanaged, ISimdVector<TVector, T> => throw new NotSupportedException();
    }
}

using System.Numerics;
using FluentAssertions;
using MathNet.Numerics.LinearAlgebra;
using RnnSharp.Recurrent;
using RnnSharp.Tests.References;
using Xunit;

namespace RnnSharp.Tests.Recurrent;

/// <summary>The options of recurrent layers against References/variants.py, under the masks that were drawn there.</summary>
public sealed class VariantGoldenTests
{
    private const double Double = 1e-12;
    private const double Single = 2e-5;

    public static TheoryData<int> Every => VariantCases.Numbers(_ => true);

    [Theory]
    [MemberData(nameof(Every))]
    public void Layers_equal_the_reference(int number)
    {
        Compare<double>(VariantCases.All[number], Double);
        Compare<float>(VariantCases.All[number], Single);
    }

    private static void Compare<T>(VariantCase it, double tolerance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        RecurrentLayer<T> layer = Create<T>(it);
        foreach (Parameter<T> parameter in layer.Parameters) parameter.Set(GoldenCases.Convert<T>(Stacked(it, parameter.Name, it.Parameters)));
        var pass = (RecurrentPass<T>)layer.CreatePass();
        if (it.Options is not { ZoneoutHidden: 0, ZoneoutCell: 0, RecurrentDropout: 0 })
        {
            pass.HasGivenMasks = true;
            Fill("hidden zoneout masks", it.Masks.ZoneoutHidden, it.Lengths);
            Fill("cell zoneout masks", it.Masks.ZoneoutCell, it.Lengths);
            Fill("recurrent masks", it.Masks.RecurrentDropout, null);
        }

        layer.Forward(it.Input<T>(), it.StateOf<T>(it.Initial), pass).Should().BeSameAs(pass);
        GoldenCases.ShouldBeNear<T>(pass.Output.Values, it.Output, tolerance, $"{it} output");
        foreach (StateLeaf<T> leaf in pass.FinalState.Leaves) GoldenCases.ShouldBeNear<T>(leaf.Values, it.Final[leaf.Name], tolerance, $"{it} final {leaf.Name}");

        Gradients<T> gradients = layer.Backward(pass, it.OutputGradientSequence<T>(), it.StateOf<T>(it.FinalGradient));
        GoldenCases.ShouldBeNear<T>(gradients.Input!.Values, it.XGradient, tolerance, $"{it} gradient of the input");
        foreach (StateLeaf<T> leaf in gradients.InitialState.Leaves) GoldenCases.ShouldBeNear<T>(leaf.Values, it.InitialGradient[leaf.Name], tolerance, $"{it} gradient of initial {leaf.Name}");
        foreach (string name in layer.ParameterNames)
            GoldenCases.ShouldBeNear<T>(gradients[name].ToColumnMajorArray(), Stacked(it, name, it.ParameterGradients).ToColumnMajorArray(), tolerance, $"{it} gradient of {name}");

        void Fill(string name, double[]? values, int[]? lengths)
        {
            if (values is null) return;
            T[] onTape = GoldenCases.Convert<T>(InTapeOrder(it, values, lengths));
            WorkBuffer buffer = layer.BufferNamed(name);
            pass.Tape.Require(buffer, onTape.Length);
            onTape.CopyTo(pass.Tape.Span(buffer));
        }
    }

    /// <summary>Masks in the order of the tape: the longest example first, and without the steps past an example's end. The lengths are null for masks that stay the same at every step.</summary>
    private static double[] InTapeOrder(VariantCase it, double[] masks, int[]? lengths)
    {
        if (it.Lengths is null) return masks;
        int[] order = [.. Enumerable.Range(0, it.Batch).OrderByDescending(j => it.Lengths[j])];
        int rows = lengths is null ? it.Gates : it.Steps, size = masks.Length / (rows * it.Batch);
        return [.. Enumerable.Range(0, rows).SelectMany(row => order.Where(j => lengths is null || row < lengths[j]).SelectMany(j => masks.Skip((row * it.Batch + j) * size).Take(size)))];
    }

    private static RecurrentLayer<T> Create<T>(VariantCase it)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        VariantOptions on = it.Options;
        var plain = new RnnOptions { LayerNormalization = on.LayerNorm, RecurrentDropout = on.RecurrentDropout, HiddenZoneout = on.ZoneoutHidden };
        return it.Kind switch
        {
            "lstm" => new LstmLayer<T>(it.Inputs, it.Hidden, seed: 1, new LstmOptions
            {
                LayerNormalization = on.LayerNorm,
                RecurrentDropout = on.RecurrentDropout,
                HiddenZoneout = on.ZoneoutHidden,
                CellZoneout = on.ZoneoutCell,
                Peepholes = on.Peepholes,
                CoupledGates = on.Coupled,
                CellClip = on.CellClip,
                ProjectionSize = on.Projection,
            }),
            "rnn_tanh" => new RnnLayer<T>(it.Inputs, it.Hidden, seed: 1, options: plain),
            "rnn_relu" => new RnnLayer<T>(it.Inputs, it.Hidden, seed: 1, Activation.Relu, plain),
            _ => new GruLayer<T>(it.Inputs, it.Hidden, seed: 1, new GruOptions
            {
                LayerNormalization = on.LayerNorm,
                RecurrentDropout = on.RecurrentDropout,
                HiddenZoneout = on.ZoneoutHidden,
                ResetBefore = it.Kind is "gru_reset_before",
            }),
        };
    }

    /// <summary>A parameter of the library's from the reference's, which has each peephole by itself.</summary>
    private static Matrix<double> Stacked(VariantCase it, string name, IReadOnlyDictionary<string, double[]> values)
    {
        string[] parts = name switch
        {
            "weight_norm" => ["gain"],
            "weight_peephole" => it.Options.Coupled ? ["peephole_i", "peephole_o"] : ["peephole_i", "peephole_f", "peephole_o"],
            _ => [name],
        };
        (int rows, int columns) = it.ShapeOf(parts[0]);
        return Matrix<double>.Build.DenseOfRowMajor(parts.Length * rows, columns, parts.SelectMany(part => values[part]));
    }
}

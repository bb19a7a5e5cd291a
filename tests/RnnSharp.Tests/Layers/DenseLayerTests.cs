using System.Numerics;
using FluentAssertions;
using MathNet.Numerics.LinearAlgebra;
using RnnSharp.Layers;
using RnnSharp.Tests.Recurrent;
using RnnSharp.Tests.References;
using Xunit;

namespace RnnSharp.Tests.Layers;

/// <summary>y = W x + b and its gradients against MathNet's own products.</summary>
public sealed class DenseLayerTests
{
    private const double Double = 1e-13;
    private const double Single = 2e-6;
    private const int Steps = 3;
    private static readonly int[] Sizes = [1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 64, 65, 100];

    /// <summary>Input and output sizes around the edges of vectors and panels.</summary>
    public static TheoryData<int, int> SizePairs
    {
        get
        {
            var data = new TheoryData<int, int>();
            for (int i = 0; i < Sizes.Length; i++)
            {
                data.Add(5, Sizes[i]);
                data.Add(Sizes[i], 6);
                data.Add(Sizes[i], Sizes[(i * 5 + 3) % Sizes.Length]);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(SizePairs))]
    public void Forward_and_Backward_equal_products_of_matrices(int inputs, int outputs)
    {
        Check<double>(Double);
        Check<float>(Single);

        void Check<T>(double tolerance)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var layer = new DenseLayer<T>(inputs, outputs, seed: 1);
            foreach (int batch in (int[])[1, 2, 4, 7])
            {
                var random = new Random(batch);
                Sequence<T> features = Make.Sequence<T>(inputs, batch, Steps, random), tokens = Make.Tokens<T>(inputs, batch, Steps, random);
                Sequence<T> dy = Make.Sequence<T>(outputs, batch, Steps, random);
                CompareWithMathNet(layer, features, dy, tolerance);
                CompareWithMathNet(layer, tokens, dy, tolerance);
                int[] lengths = [.. Enumerable.Range(0, batch).Select(_ => random.Next(Steps + 1))];
                features.SetLengths(lengths);
                tokens.SetLengths(lengths);
                FillPadding(features, lengths);
                FillPadding(dy, lengths);
                CompareWithMathNet(layer, features, dy, tolerance);
                CompareWithMathNet(layer, tokens, dy, tolerance);
            }
        }
    }

    [Theory]
    [MemberData(nameof(SizePairs))]
    public void Forward_Predict_and_Step_give_the_same_bits(int inputs, int outputs)
    {
        Check<double>();
        Check<float>();

        void Check<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var layer = new DenseLayer<T>(inputs, outputs, seed: 1);
            for (int batch = 1; batch <= 13; batch++)
            {
                var random = new Random(batch);
                Sequence<T> tokens = Make.Tokens<T>(inputs, batch, Steps, random), oneHot = Make.OneHot(tokens), x = Make.Sequence<T>(inputs, batch, Steps, random);
                ForwardPass<T> pass = layer.Forward(x), byTokens = layer.Forward(tokens), byColumns = layer.Forward(oneHot);
                Bits.ShouldBeSame<T>(layer.Predict(x).Values, pass.Output.Values, "predicted output");
                Bits.ShouldBeSame<T>(byTokens.Output.Values, byColumns.Output.Values, "output for tokens");
                Sequence<T> dy = Make.Sequence<T>(outputs, batch, Steps, random);
                Bits.ShouldBeSame(layer.Backward(byTokens, dy), layer.Backward(byColumns, dy, inputGradient: false));

                State<T> state = layer.CreateState(batch), alone = layer.CreateState(1);
                T[] output = new T[outputs * batch], outputAlone = new T[outputs];
                for (int t = 0; t < Steps; t++)
                {
                    layer.Step(x.Step(t), state, output);
                    Bits.ShouldBeSame<T>(output, pass.Output.Step(t), "output of a step");
                    layer.Step(tokens.Tokens.Slice(t * batch, batch), state, output);
                    Bits.ShouldBeSame<T>(output, byTokens.Output.Step(t), "output of a step on tokens");
                    layer.Step(x.Step(t)[^inputs..], alone, outputAlone);
                    Bits.ShouldBeSame<T>(outputAlone, pass.Output.Step(t)[^outputs..], "output of the last example alone");
                }
            }
        }
    }

    private static void CompareWithMathNet<T>(DenseLayer<T> layer, Sequence<T> x, Sequence<T> dy, double tolerance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ForwardPass<T> pass = layer.Forward(x);
        Gradients<T> gradients = layer.Backward(pass, dy);
        Matrix<double> w = layer.Weights.ToMatrix().Map(double.CreateChecked), b = layer.Bias.ToMatrix().Map(double.CreateChecked);
        Matrix<double> dw = w * 0, db = b * 0;
        pass.Output.IsRagged.Should().Be(x.IsRagged);
        for (int t = 0; t < Steps; t++)
        {
            Matrix<double> y = Matrix<double>.Build.Dense(layer.OutputSize, x.Batch), dx = Matrix<double>.Build.Dense(layer.InputSize, x.Batch);
            for (int j = 0; j < x.Batch; j++)
            {
                if (t >= x.LengthOf(j)) continue;
                Matrix<double> column = Column(x, j, t), gradient = Column(dy, j, t);
                y.SetSubMatrix(0, j, w * column + b);
                dx.SetSubMatrix(0, j, w.Transpose() * gradient);
                dw += gradient * column.Transpose();
                db += gradient;
            }

            GoldenCases.ShouldBeNear<T>(pass.Output.Step(t), y.ToColumnMajorArray(), tolerance, "output");
            if (x.IsTokens) gradients.Input.Should().BeNull();
            else GoldenCases.ShouldBeNear<T>(gradients.Input!.Step(t), dx.ToColumnMajorArray(), tolerance, "gradient of the input");
        }

        GoldenCases.ShouldBeNear<T>(gradients.Values(0), dw.ToColumnMajorArray(), tolerance, "gradient of the weight");
        GoldenCases.ShouldBeNear<T>(gradients.Values(1), db.ToColumnMajorArray(), tolerance, "gradient of the bias");
    }

    private static Matrix<double> Column<T>(Sequence<T> sequence, int example, int step)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Matrix<double>.Build.Dense(sequence.Features, 1, (i, _) => double.CreateChecked(sequence[i, example, step]));

    private static void FillPadding<T>(Sequence<T> sequence, int[] lengths)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int j = 0; j < lengths.Length; j++)
        {
            for (int t = lengths[j]; t < sequence.Steps; t++) sequence.Step(t).Slice(j * sequence.Features, sequence.Features).Fill(t % 2 == 0 ? T.NaN : T.PositiveInfinity);
        }
    }
}

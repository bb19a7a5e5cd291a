using System.Numerics;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Numerics;
using RnnSharp.Tests.Numerics;
using RnnSharp.Tests.Recurrent;
using Xunit;

namespace RnnSharp.Tests.Layers;

/// <summary>SegRNN at sizes that several threads share: the catalogue's are too small for that.</summary>
[Collection(nameof(ThreadSettings))]
public sealed class SegRnnThreadTests : IDisposable
{
    private readonly ThreadSettings _settings = new();

    public void Dispose() => _settings.Dispose();

    [Theory]
    [InlineData(7, 100, 33, true)]
    [InlineData(4, 512, 1, true)]
    [InlineData(1, 65, 130, false)]
    public void Any_number_of_threads_gives_the_same_bits(int columns, int units, int batch, bool perColumn)
    {
        Check<float>();
        Check<double>();

        void Check<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var options = new SegRnnOptions { SegmentLength = 5, HiddenSize = units, ColumnEmbedding = perColumn, Dropout = 0.3 };
            var layer = new SegRnnLayer<T>(columns, 15, 20, seed: 1, options);
            Sequence<T> x = Make.Sequence<T>(columns, batch, 15, new Random(1)), dy = Make.Sequence<T>(columns, batch, 20, new Random(2));
            Compute.MaxDegreeOfParallelism = 1;
            T[][] expected = Results();
            long helped = Team.Helped;
            foreach (int threads in (int[])[2, 3, 8])
            {
                Compute.MaxDegreeOfParallelism = threads;
                foreach ((T[] values, T[] actual) in expected.Zip(Results())) Bits.ShouldBeSame<T>(actual, values, $"results of {threads} threads");
            }

            (Team.Helped - helped).Should().BeGreaterThan(0);

            T[][] Results()
            {
                ForwardPass<T> pass = layer.CreatePass();
                pass.Draw = 0;
                layer.Forward(x, reuse: pass);
                Gradients<T> gradients = layer.Backward(pass, dy);
                return [pass.Output.Values.ToArray(), layer.Predict(x).Values.ToArray(), gradients.Input!.Values.ToArray(), .. layer.Parameters.Select((_, i) => gradients.Values(i).ToArray())];
            }
        }
    }

    [Fact]
    public void Gradients_of_many_examples_are_summed_without_loss()
    {
        // Every example is the same, so that each gradient is that of one, times their number. The tolerance is that of LongSumTests.
        const int Examples = 200_000;
        var layer = new SegRnnLayer<float>(1, 2, 2, seed: 1, new() { SegmentLength = 1, HiddenSize = 2, Dropout = 0 });
        Sequence<float> one = new(1, 1, 2), x = new(1, Examples, 2), dyOfOne = new(1, 1, 2), dy = new(1, Examples, 2);
        one.Values[0] = 0.7f;
        x.Values[..Examples].Fill(0.7f);
        dyOfOne.Values.Fill(0.3f);
        dy.Values.Fill(0.3f);
        Gradients<float> expected = layer.Backward(layer.Forward(one), dyOfOne), actual = layer.Backward(layer.Forward(x), dy);
        for (int p = 0; p < layer.Parameters.Count; p++)
        {
            double largest = expected.Values(p).ToArray().Max(Math.Abs);
            for (int i = 0; i < layer.Parameters[p].Count; i++)
                ((double)actual.Values(p)[i] / Examples).Should().BeApproximately(expected.Values(p)[i], 1e-4 * largest, "{0} {1}", layer.ParameterNames[p], i);
        }
    }
}

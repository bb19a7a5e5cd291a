using System.Numerics;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Tests.Recurrent;
using Xunit;

namespace RnnSharp.Tests.Catalogue;

/// <summary>The summary of every layer against the layer: its parameters, its output, and the bytes that a call allocates.</summary>
public sealed class LayerSummaryTests
{
    private const int Steps = 20;

    // Objects, lengths, and the slack of aligned buffers of one pass: what is not the numbers of its tape themselves.
    private const long Overhead = 6000;

    public static TheoryData<string> Names => CatalogueData.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void Tape_bytes_are_what_a_forward_pass_allocates(string name)
    {
        Check(LayerCatalogue<float>.Row(name));
        Check(LayerCatalogue<double>.Row(name));

        static void Check<T>(LayerRow<T> row)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            Layer<T> layer = row.Create(11, 50);
            int steps = row.InputSteps ?? Steps, batch = 2;
            long most = layer.Summary(batch, steps).Rows.Count * row.Repeats * Overhead;

            // A batch so wide that the numbers are far more than the overhead, which would hide them.
            while (layer.Summary(batch, steps).Total.TapeBytes < 4 * most) batch *= 2;
            Compare(batch);
            Compare(5 * batch);

            void Compare(int batch)
            {
                long bytes = layer.Summary(batch, steps).Total.TapeBytes, least = long.MaxValue;
                var call = new LayerCase<T>(row, layer, new CallShape(batch, steps, Tokens: row.Reads == Reads.Tokens));
                Sequence<T> source = Make.Sequence<T>(3, batch, steps, new Random(2));

                // All steps of a memory count.
                State<T> full = layer.CreateState(batch);
                foreach (StateLeaf<T> leaf in full.Leaves) leaf.Values.Fill(T.One);
                Forward();

                // The least of a few: a collection that another thread causes adds the rest of this thread's allocation block.
                for (int attempt = 0; attempt < 5; attempt++)
                {
                    long before = GC.GetAllocatedBytesForCurrentThread();
                    ForwardPass<T> pass = Forward();
                    least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
                    GC.KeepAlive(pass);
                }

                (least - bytes).Should().BeInRange(0, most, "the summary has {0} bytes, and {1} are allocated", bytes, least);

                // The summary is for a source of as many steps as the input.
                ForwardPass<T> Forward() => layer is EncoderDecoder<T> both ? both.Forward(source, call.Input) : layer.Forward(call.Input, full);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Sizes_steps_and_parameters_are_the_layers_own(string name)
    {
        Check(LayerCatalogue<float>.Row(name), sizeof(float));
        Check(LayerCatalogue<double>.Row(name), sizeof(double));

        static void Check<T>(LayerRow<T> row, int bytes)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            Layer<T> layer = row.Create(5, 7);
            if (layer.Parameters.Count > 0) layer.Parameters[0].Frozen = true;
            var call = new LayerCase<T>(row, layer, new CallShape(Batch: 3, Steps: 4, Tokens: row.Reads == Reads.Tokens));
            Sequence<T> output = layer.Predict(call.Input);
            ModelSummary summary = layer.Summary(3, call.Input.Steps);
            LayerSummary total = summary.Total;
            (total.OutputSize, total.OutputSteps).Should().Be((output.Features, output.Steps));
            total.Parameters.Should().Be(layer.Parameters.Sum(parameter => (long)parameter.Count));
            total.ParameterBytes.Should().Be(bytes * total.Parameters);
            total.FrozenParameters.Should().Be(layer.Parameters.Count > 0 ? layer.Parameters[0].Count : 0);
            total.Kind.Should().StartWith(layer.GetType().Name.Split('`')[0]);
            summary.Rows.Count.Should().Be(Count(layer));
            summary.Rows.Should().OnlyContain(row => row.TapeBytes > 0 && row.MultiplyAddsPerStep >= 0);
        }

        static int Count<T>(ILayer<T> layer)
            where T : unmanaged, IBinaryFloatingPointIeee754<T> => 1 + layer.Parts.Sum(part => Count(part.Layer));
    }
}

using System.Numerics;
using FluentAssertions;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;
using RnnSharp.Tests.Numerics;
using RnnSharp.Tests.Recurrent;
using Xunit;

namespace RnnSharp.Tests.Catalogue;

/// <summary>The number of threads changes no bit of any layer's results, and any number of callers may share a layer.</summary>
[Collection(nameof(ThreadSettings))]
public sealed class LayerThreadTests : IDisposable
{
    // Divided by columns, by panels (a batch of one), and by both; panels that do not divide evenly; several blocks of steps. Layers that
    // have no schedule of their own run at the first two.
    private static readonly (int Inputs, int Outputs, int Batch, int Steps)[] Shapes = [(27, 100, 32, 9), (32, 320, 1, 20), (64, 192, 3, 24), (40, 72, 64, 7), (16, 48, 70, 33)];

    private readonly ThreadSettings _settings = new();

    public static TheoryData<string> Names => CatalogueData.Names;

    public void Dispose() => _settings.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void Any_number_of_threads_gives_the_same_bits(string name)
    {
        long helped = Team.Helped;
        Check(LayerCatalogue<float>.Row(name), ragged: true);
        Check(LayerCatalogue<double>.Row(name), ragged: false);
        if (LayerCatalogue<float>.Row(name).EverySize)
        {
            Check(LayerCatalogue<float>.Row(name), ragged: false);
            Check(LayerCatalogue<double>.Row(name), ragged: true);
        }

        // A layer that only copies or sums, or that has one step, is not worth a second thread.
        LayerRow<float> row = LayerCatalogue<float>.Row(name);
        bool divides = row.Reads.HasFlag(Reads.Features) && row.InputSteps is null && row.Create(27, 100).Parameters.Any(parameter => parameter.Columns > 1);
        if (divides) (Team.Helped - helped).Should().BeGreaterThan(0, "the work must be worth several threads for the test to mean anything");

        static void Check<T>(LayerRow<T> row, bool ragged)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            foreach ((int inputs, int outputs, int batch, int steps) in row.EverySize ? Shapes : Shapes[..2])
            {
                Layer<T> layer = row.Create(inputs, outputs);
                bool divides = row.EverySize && (batch > 1 ? layer.CreateState(1).Leaves.Count > 0 : SharesExamples(layer));
                foreach (bool tokens in CatalogueData.TokensOrNot(row))
                {
                    Compute.MaxDegreeOfParallelism = 1;
                    var call = new LayerCase<T>(row, layer, new CallShape(batch, steps, tokens, ragged));
                    List<(string Name, T[] Values)> alone = Results(row, call);
                    foreach (int threads in row.EverySize ? (int[])[2, 3, 8] : [2, 8])
                    {
                        Compute.MaxDegreeOfParallelism = threads;
                        long helped = Team.Helped;
                        foreach (((string what, T[] expected), (_, T[] actual)) in alone.Zip(Results(row, call))) Bits.ShouldBeSame<T>(actual, expected, $"{what} with {threads} threads");
                        if (divides) (Team.Helped - helped).Should().BeGreaterThan(0, "the work must be worth {0} threads for the test to mean anything", threads);
                    }
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Concurrent_callers_of_one_layer_get_the_bits_of_one(string name)
    {
        Check(LayerCatalogue<float>.Row(name), new(CatalogueData.Inputs, 65, Batch: 9, Steps: 4));
        Check(LayerCatalogue<double>.Row(name), new(CatalogueData.Inputs, 33, Batch: 9, Steps: 4));
        if (!LayerCatalogue<float>.Row(name).EverySize) return;

        // Large enough for the callers to compete for helpers too.
        long helped = Team.Helped;
        Check(LayerCatalogue<float>.Row(name), new(40, 128, Batch: 8, Steps: 19));
        if (LayerCatalogue<float>.Row(name).Create(40, 128).CreateState(1).Leaves.Count > 0) (Team.Helped - helped).Should().BeGreaterThan(0, "the work must be worth several threads for the test to mean anything");

        static void Check<T>(LayerRow<T> row, Sizes most)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            int callers = row.EverySize ? 64 : 16;

            // A twin gives the expected bits, so that the threads find the shared layer with nothing packed yet.
            Layer<T> shared = row.Create(most.Inputs, most.Outputs), twin = row.Create(most.Inputs, most.Outputs);
            Compute.MaxDegreeOfParallelism = 1;
            LayerCase<T>[] alone = [.. Enumerable.Range(0, callers).Select(number => Caller(twin, number))];
            List<(string, T[])>[] expected = [.. alone.Select(call => Results(row, call))];
            LayerCase<T>[] calls = [.. alone.Select(call => call.On(shared))];
            Compute.MaxDegreeOfParallelism = 8;
            using var start = new Barrier(callers);
            var failures = new Exception?[callers];
            Thread[] threads = [.. calls.Select((call, number) => new Thread(() => failures[number] = Record.Exception(() => Repeat(call, expected[number]))))];
            foreach (Thread thread in threads) thread.Start();
            foreach (Thread thread in threads) thread.Join();
            failures.Should().OnlyContain(failure => failure == null);

            LayerCase<T> Caller(Layer<T> layer, int number)
            {
                bool[] reads = [.. CatalogueData.TokensOrNot(row)];
                return new LayerCase<T>(row, layer, new CallShape(1 + number % most.Batch, 1 + number % most.Steps, reads[number % reads.Length], Ragged: number % 3 == 0), number);
            }

            void Repeat(LayerCase<T> call, List<(string Name, T[] Values)> expected)
            {
                start.SignalAndWait();
                for (int repeat = 0; repeat < 3; repeat++)
                {
                    foreach (((string what, T[] values), (_, T[] actual)) in expected.Zip(Results(row, call))) Bits.ShouldBeSame<T>(actual, values, what);
                }
            }
        }
    }

    /// <summary>Whether threads share the units of one example. Where a stage follows the product, a thread has whole examples.</summary>
    private static bool SharesExamples<T>(Layer<T> layer)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        layer is RnnLayer<T> { Options.IsPlain: true } or LstmLayer<T> { Options.IsPlain: true } or GruLayer<T> { Options.IsPlain: true };

    private static List<(string Name, T[] Values)> Results<T>(LayerRow<T> row, LayerCase<T> call)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Layer<T> layer = call.Layer;
        var results = new List<(string, T[])>();
        ForwardPass<T> pass = call.Forward();
        Gradients<T> gradients = call.Backward(pass);
        call.Backward(pass, accumulate: true, reuse: gradients);
        State<T> state = layer.CreateState(call.Input.Batch);
        Add("output", pass.Output.Values);
        Add("predicted output", call.Predict(state).Values);
        for (int i = 0; i < state.Leaves.Count; i++)
        {
            Add("final state", pass.FinalState.Leaves[i].Values);
            Add("predicted final state", state.Leaves[i].Values);
            Add("gradient of the initial state", gradients.InitialState.Leaves[i].Values);
        }

        for (int p = 0; p < layer.Parameters.Count; p++) Add($"gradient of {layer.ParameterNames[p]}", gradients.Values(p));
        if (gradients.Input is not null) Add("gradient of the input", gradients.Input.Values);
        var step = new T[layer.OutputSize * call.Input.Batch];
        for (int t = 0; t < Math.Min(3, call.Input.Steps) && row.Streams && !call.Input.IsRagged; t++)
        {
            call.Step(t, state, step);
            Add("output of a step", step);
        }

        return results;

        void Add(string name, ReadOnlySpan<T> values) => results.Add((name, values.ToArray()));
    }

    /// <summary>A layer's sizes, and the most examples and steps of a call.</summary>
    private sealed record Sizes(int Inputs, int Outputs, int Batch, int Steps);
}

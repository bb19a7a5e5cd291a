using System.Diagnostics;
using System.Globalization;
using FluentAssertions;
using RnnSharp.Tests.Catalogue;
using RnnSharp.Tests.Numerics;
using RnnSharp.Training;
using Xunit;
using Xunit.Abstractions;

namespace RnnSharp.Tests.Recurrent;

/// <summary>
/// Backward of random networks of everything there is against central differences: every parameter, input and initial state. A
/// share of them by default, all with RNNSHARP_EXHAUSTIVE=1.
/// </summary>
public sealed class RandomNetworkTests(ITestOutputHelper log)
{
    private const int Networks = 1200;
    private const int Share = 8;

    [Fact]
    public void Gradients_agree_with_central_differences()
    {
        long start = Stopwatch.GetTimestamp();
        int networks = 0, compared = 0, redrawn = 0;
        var worst = new GradientCheckResult(0, "", 0, 0, 0, 0);
        var failures = new List<string>();
        for (int seed = 0; seed < Networks; seed += VectorFunctions.Exhaustive ? 1 : Share)
        {
            GradientCheckResult? result = null;
            for (int attempt = 0; result is null; attempt++)
            {
                var network = new RandomNetwork(seed, attempt);
                attempt.Should().BeLessThan(1000, "there must be numbers away from the kinks of network {0}, {1}", seed, network);
                result = CheckAwayFromKinks(network);
                if (result is null) redrawn++;
                else if (!(result.RelativeError < 1e-6)) failures.Add(string.Create(CultureInfo.InvariantCulture, $"Network {seed}, attempt {attempt}: {result} in {network}"));
            }

            networks++;
            compared += result.Checked;
            if (result.RelativeError > worst.RelativeError) worst = result;
        }

        log.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{networks} networks, {compared} elements, {redrawn} redrawn, {Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s; worst: {worst}"));
        failures.Should().BeEmpty();
    }

    /// <summary>What the networks cover: each thing, and each pair of things that can be there together.</summary>
    [Fact]
    public void Every_option_and_every_pair_of_options_appears()
    {
        var singles = new Dictionary<string, int>(StringComparer.Ordinal);
        var shared = new Dictionary<string, int>(StringComparer.Ordinal);
        var pairs = new Dictionary<(string, string), int>();
        var within = new Dictionary<(string, string), int>();
        for (int seed = 0; seed < Networks; seed++)
        {
            var network = new RandomNetwork(seed);
            CountPairs(network.Features, pairs);
            foreach (IReadOnlySet<string> layer in network.Recurrent) CountPairs(layer, within);
            foreach (string feature in network.Features)
            {
                singles[feature] = singles.GetValueOrDefault(feature) + 1;
                if (seed % Share == 0) shared[feature] = shared.GetValueOrDefault(feature) + 1;
            }
        }

        string[] all = [.. RandomNetwork.AllFeatures.Order(StringComparer.Ordinal)];
        singles.Keys.Should().BeEquivalentTo(all);
        string[] layers = [.. all.Where(RandomNetwork.IsOfLayer)];
        (string, string)[] possible = [.. Pairs(all).Where(pair => RandomNetwork.CanMeet(pair.First, pair.Second))];
        (string, string)[] possibleWithin = [.. Pairs(layers).Where(pair => RandomNetwork.CanMeetInLayer(pair.First, pair.Second))];
        log.WriteLine(string.Join(", ", all.Select(feature => $"{feature} {singles[feature]} ({shared.GetValueOrDefault(feature)})")));
        log.WriteLine("Least pairs: " + string.Join(", ", possible.OrderBy(pair => pairs.GetValueOrDefault(pair)).Take(12).Select(pair => $"{pair} {pairs.GetValueOrDefault(pair)}")));
        log.WriteLine("Least pairs within a layer: " + string.Join(", ", possibleWithin.OrderBy(pair => within.GetValueOrDefault(pair)).Take(12).Select(pair => $"{pair} {within.GetValueOrDefault(pair)}")));
        Enumerable.Range(0, Networks / Share).Select(i => new RandomNetwork(Share * i).FromCatalogue).Distinct().Should().BeEquivalentTo(RandomNetwork.Rows.Select(row => row.Name));
        singles.Should().OnlyContain(count => count.Value >= 60);
        shared.Should().HaveCount(all.Length).And.OnlyContain(count => count.Value >= 4);
        possible.Should().OnlyContain(pair => pairs.GetValueOrDefault(pair) >= 4);
        possibleWithin.Should().OnlyContain(pair => within.GetValueOrDefault(pair) >= 12);

        static void CountPairs(IReadOnlySet<string> features, Dictionary<(string, string), int> counts)
        {
            foreach ((string, string) pair in Pairs([.. features.Order(StringComparer.Ordinal)])) counts[pair] = counts.GetValueOrDefault(pair) + 1;
        }

        static IEnumerable<(string First, string Second)> Pairs(string[] features) =>
            features.SelectMany((first, i) => features.Skip(i + 1).Select(second => (first, second)));
    }

    /// <returns>Null where the numbers are too near a kink.</returns>
    private static GradientCheckResult? CheckAwayFromKinks(RandomNetwork network)
    {
        try
        {
            return GradientCheck.Run(network.Model, network.Input, new KinkDetector(Loss).Compute, network.Initial, KinkDetector.Step);
        }
        catch (KinkException)
        {
            return null;
        }

        double Loss(ForwardPass<double> pass, Sequence<double> outputGradient, State<double> finalStateGradient)
        {
            double loss = 0;
            for (int j = 0; j < pass.Output.Batch; j++)
            {
                for (int t = 0; t < pass.Output.Steps; t++)
                {
                    int at = j * pass.Output.Features, count = pass.Output.Features;
                    Span<double> gradient = outputGradient.Step(t).Slice(at, count);
                    if (t >= pass.Output.LengthOf(j)) gradient.Fill(double.NaN);
                    else loss += Add(pass.Output.Step(t).Slice(at, count), network.OutputWeights.Step(t).Slice(at, count), gradient);
                }
            }

            for (int leaf = 0; leaf < pass.FinalState.Leaves.Count; leaf++)
                loss += Add(pass.FinalState.Leaves[leaf].Values, network.FinalStateWeights.Leaves[leaf].Values, finalStateGradient.Leaves[leaf].Values);
            return loss;
        }

        static double Add(ReadOnlySpan<double> values, ReadOnlySpan<double> weights, Span<double> gradient)
        {
            weights.CopyTo(gradient);
            double sum = 0;
            for (int i = 0; i < values.Length; i++) sum += weights[i] * values[i];
            return sum;
        }
    }
}

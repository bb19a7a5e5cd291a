using FluentAssertions;
using RnnSharp.Recurrent;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Recurrent;

/// <summary>Backward of random combinations of recurrent options against central differences.</summary>
public sealed class VariantGradientTests
{
    [Theory]
    [InlineData("lstm")]
    [InlineData("gru")]
    [InlineData("rnn")]
    public void BackwardAgreesWithCentralDifferences(string kind)
    {
        for (int seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            int inputs = random.Next(1, 6), hidden = random.Next(2, 10), batch = random.Next(1, 5), steps = random.Next(1, 7);
            (RecurrentLayer<double> layer, string options) = Draw(kind, inputs, hidden, random);
            foreach (Parameter<double> parameter in layer.Parameters) parameter.Update(random, static (values, r) =>
            {
                foreach (ref double value in values) value = r.NextDouble() * 2 - 1;
            });
            Sequence<double> x = random.Next(3) == 0 ? Make.Tokens<double>(inputs, batch, steps, random) : Make.Sequence<double>(inputs, batch, steps, random);
            if (random.Next(2) == 0) x.SetLengths([.. Enumerable.Range(0, batch).Select(_ => random.Next(steps + 1))]);
            Sequence<double> dy = Make.Sequence<double>(layer.OutputSize, batch, steps, random);
            State<double> dstate = Make.State(layer, batch, random);
            State<double>? initial = random.Next(2) == 0 ? Make.State(layer, batch, random) : null;
            GradientCheckResult result = GradientCheck.Run(layer, x, (pass, outputGradient, finalGradient) =>
            {
                pass.Draw = 0;
                double loss = 0;
                for (int j = 0; j < batch; j++)
                {
                    for (int t = 0; t < x.LengthOf(j); t++)
                    {
                        for (int i = 0; i < layer.OutputSize; i++) loss += dy[i, j, t] * pass.Output[i, j, t];
                    }
                }

                dy.Values.CopyTo(outputGradient.Values);
                for (int leaf = 0; leaf < dstate.Leaves.Count; leaf++)
                {
                    for (int i = 0; i < dstate.Leaves[leaf].Values.Length; i++) loss += dstate.Leaves[leaf].Values[i] * pass.FinalState.Leaves[leaf].Values[i];
                }

                finalGradient.CopyFrom(dstate);
                return loss;
            }, initial, step: 2e-5);
            result.RelativeError.Should().BeLessThan(1e-6, "{0} in {1} {2}: {3} {4} {5} x {6}{7}", result, kind, options, inputs, hidden, batch, steps, x.IsRagged ? " ragged" : "");
        }
    }

    private static (RecurrentLayer<double> Layer, string Options) Draw(string kind, int inputs, int hidden, Random random)
    {
        bool normalization = random.Next(3) == 0;
        double dropout = random.Next(3) == 0 ? 0.4 : 0, zoneout = random.Next(3) == 0 ? 0.3 : 0;
        switch (kind)
        {
            case "lstm":
                var lstm = new LstmOptions
                {
                    LayerNormalization = normalization,
                    RecurrentDropout = dropout,
                    HiddenZoneout = zoneout,
                    CellZoneout = random.Next(3) == 0 ? 0.3 : 0,
                    Peepholes = random.Next(2) == 0,
                    CoupledGates = random.Next(3) == 0,
                    ProjectionSize = random.Next(2) == 0 ? random.Next(1, hidden + 1) : null,
                    CellClip = random.Next(3) == 0 ? 0.8 : null,
                };
                return (new LstmLayer<double>(inputs, hidden, 1, lstm), lstm.ToString());
            case "gru":
                bool before = random.Next(2) == 0;
                var gru = new GruOptions { LayerNormalization = normalization && !before, RecurrentDropout = dropout, HiddenZoneout = zoneout, ResetBefore = before };
                return (new GruLayer<double>(inputs, hidden, 1, gru), gru.ToString());
            default:
                var rnn = new RecurrentOptions { LayerNormalization = normalization, RecurrentDropout = dropout, HiddenZoneout = zoneout };
                return (new RnnLayer<double>(inputs, hidden, 1, options: rnn), rnn.ToString());
        }
    }
}

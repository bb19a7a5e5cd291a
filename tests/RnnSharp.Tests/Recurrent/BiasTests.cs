using FluentAssertions;
using RnnSharp.Recurrent;
using RnnSharp.Tests.Serialization;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Recurrent;

/// <summary>One merged bias, PyTorch's two, and none.</summary>
public sealed class BiasTests
{
    public static TheoryData<string> Kinds => ["lstm", "gru", "gru reset before", "rnn"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Separate_biases_compute_the_outputs_of_their_sum(string kind)
    {
        RecurrentLayer<double> merged = Layer(kind, RecurrentBias.Merged), separate = Layer(kind, RecurrentBias.Separate);
        separate.InputWeights.Set(merged.InputWeights.Values);
        separate.RecurrentWeights.Set(merged.RecurrentWeights.Values);
        Fill(separate.InputBias!, 1);
        Fill(separate.HiddenBias!, 2);
        double[] sum = [.. separate.InputBias!.Values.ToArray().Zip(separate.HiddenBias!.Values.ToArray(), (a, b) => a + b)];
        if (merged is GruLayer<double> { CandidateBias: { } candidate })
        {
            int hidden = merged.HiddenSize;
            candidate.Set(separate.HiddenBias.Values[^hidden..]);
            separate.InputBias.Values[^hidden..].CopyTo(sum.AsSpan(sum.Length - hidden));
        }

        merged.Bias.Set(sum);
        Sequence<double> x = Models.Input<double>(3, 2, 6, seed: 3);
        separate.Predict(x).Values.ToArray().Should().Equal(merged.Predict(x).Values.ToArray());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Parameters_have_the_names_and_shapes_of_PyTorch(string kind)
    {
        RecurrentLayer<double> separate = Layer(kind, RecurrentBias.Separate), none = Layer(kind, RecurrentBias.None);
        separate.ParameterNames.Should().Equal("weight_ih", "weight_hh", "bias_ih", "bias_hh");
        separate.HiddenBias!.Rows.Should().Be(separate.InputWeights.Rows);
        none.ParameterNames.Should().Equal("weight_ih", "weight_hh");
        none.InputBias.Should().BeNull();
        none.Invoking(layer => layer.Bias).Should().Throw<InvalidOperationException>().WithMessage("*no bias*");
        separate.Invoking(layer => layer.Bias).Should().Throw<InvalidOperationException>().WithMessage("*two biases*");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Model_files_keep_every_bias(string kind)
    {
        foreach (RecurrentBias bias in Enum.GetValues<RecurrentBias>())
        {
            RecurrentLayer<double> layer = Layer(kind, bias);
            ILayer<double> loaded = ModelBytes.Load<double>(ModelBytes.Save(layer)).Model;
            Models.Describe(loaded).Should().Be(Models.Describe<double>(layer));
        }

        string[] names = [.. ModelBytes.TensorsOf(ModelBytes.Save(Layer(kind, RecurrentBias.Separate))).Select(tensor => tensor.Split(' ')[0])];
        names.Should().Equal("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0");
    }

    [Fact]
    public void Two_biases_move_twice_as_far_as_one_under_Adam()
    {
        double one = Moved(RecurrentBias.Merged), two = Moved(RecurrentBias.Separate);
        two.Should().BeApproximately(2 * one, 1e-9);

        static double Moved(RecurrentBias bias)
        {
            RecurrentLayer<double> layer = Layer("lstm", bias);
            double before = Sum(layer);
            Gradients<double> gradients = layer.CreateGradients();
            for (int p = 2; p < gradients.Parameters.Count; p++) gradients.Values(p).Fill(1);
            new Adam<double>(1e-2).Step(layer.Parameters, gradients);
            return Sum(layer) - before;
        }

        static double Sum(RecurrentLayer<double> layer) => layer.Parameters.Skip(2).Sum(parameter => parameter.Values.ToArray().Sum());
    }

    [Theory]
    [InlineData(RecurrentBias.Merged)]
    [InlineData(RecurrentBias.Separate)]
    public void Chrono_biases_spread_the_memory_of_units_up_to_the_longest(RecurrentBias kind)
    {
        const int Units = 200, Longest = 500;
        var layer = new LstmLayer<double>(2, Units, seed: 1, new LstmOptions { Bias = kind });
        double[] rest = (layer.InputBias ?? layer.Bias).Values[(2 * Units)..].ToArray();
        layer.SetChronoBias(Longest, seed: 2);
        double[] bias = (layer.InputBias ?? layer.Bias).Values.ToArray(), forget = bias[Units..(2 * Units)];

        forget.Should().OnlyContain(value => value >= 0 && value <= Math.Log(Longest - 1));
        forget.Average(Math.Exp).Should().BeApproximately(Longest / 2.0, 25, "e^b is uniform");
        bias[..Units].Should().Equal(forget.Select(value => -value));
        bias[(2 * Units)..].Should().Equal(rest);
        layer.HiddenBias?.Values[..(2 * Units)].ToArray().Should().OnlyContain(value => value == 0);
        var again = new LstmLayer<double>(2, Units, seed: 1, new LstmOptions { Bias = kind });
        again.SetChronoBias(Longest, seed: 2);
        (again.InputBias ?? again.Bias).Values.ToArray().Should().Equal(bias);
    }

    private static RecurrentLayer<double> Layer(string kind, RecurrentBias bias) => kind switch
    {
        "lstm" => new LstmLayer<double>(3, 4, seed: 1, new LstmOptions { Bias = bias }),
        "gru" => new GruLayer<double>(3, 4, seed: 1, new GruOptions { Bias = bias }),
        "gru reset before" => new GruLayer<double>(3, 4, seed: 1, new GruOptions { ResetBefore = true, Bias = bias }),
        _ => new RnnLayer<double>(3, 4, seed: 1, options: new RnnOptions { Bias = bias }),
    };

    private static void Fill(Parameter<double> parameter, int seed) => Initializers.Uniform(parameter, 1, new Random(seed));
}

using System.Numerics;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Tests.Recurrent;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Layers;

/// <summary>A parameter that several layers of a model have is one parameter, and its gradient the sum over its uses, each counted once.</summary>
public sealed class TiedWeightsTests
{
    private const int Vocabulary = 6;
    private const int Size = 4;

    public static TheoryData<string> Shapes => ["flat", "dense nested", "embedding nested", "both nested apart", "both nested together", "nested twice", "three uses", "middle of three frozen apart"];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Gradients_of_shared_parameters_agree_with_central_differences(string shape)
    {
        LayerStack<double> model = Model<double>(shape);
        Sequence<double> tokens = Make.Tokens<double>(Vocabulary, batch: 3, steps: 4, new Random(3));
        tokens.SetLengths([4, 0, 2]);
        GradientCheckResult result = GradientCheck.Run(model, tokens, Losses.OfEverything, Make.State(model, 3, new Random(4)));
        result.RelativeError.Should().BeLessThan(1e-6, result.ToString());
        result.Checked.Should().BeGreaterThan(Vocabulary * Size);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_shared_parameter_is_listed_once_under_its_first_name(string shape)
    {
        LayerStack<double> model = Model<double>(shape);
        model.Parameters.Should().OnlyHaveUniqueItems();
        model.ParameterNames.Should().OnlyHaveUniqueItems().And.HaveCount(model.Parameters.Count);
        Gradients<double> gradients = model.CreateGradients();
        gradients.Parameters.Should().Equal(model.Parameters);
        gradients.Names.Should().Equal(model.ParameterNames);
        model.Parameters.Count(parameter => parameter.Rows == Vocabulary && parameter.Columns == Size).Should().Be(1);
        model.ParameterNames[0].Should().EndWith("0.weight");
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Accumulating_and_reuse_count_every_use_of_every_call_once(string shape)
    {
        Check<double>(1e-13);
        Check<float>(1e-5);

        void Check<T>(double tolerance)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            LayerStack<T> model = Model<T>(shape);
            var random = new Random(5);
            Sequence<T> first = Make.Tokens<T>(Vocabulary, 3, 4, random), second = Make.Tokens<T>(Vocabulary, 2, 5, random);
            Sequence<T> dyFirst = Make.Sequence<T>(model.OutputSize, 3, 4, random), dySecond = Make.Sequence<T>(model.OutputSize, 2, 5, random);
            Gradients<T> one = model.Backward(model.Forward(first), dyFirst), two = model.Backward(model.Forward(second), dySecond);

            Gradients<T> sum = model.CreateGradients();
            for (int p = 0; p < sum.Parameters.Count; p++) sum.Values(p).Fill(T.One);
            model.Backward(model.Forward(first), dyFirst, accumulate: true, reuse: sum);
            model.Backward(model.Forward(second), dySecond, accumulate: true, reuse: sum);
            Compare(sum, p => [.. one.Values(p).ToArray().Zip(two.Values(p).ToArray(), (a, b) => 1 + double.CreateChecked(a) + double.CreateChecked(b))]);

            // A call that overwrites leaves nothing of those before it.
            model.Backward(model.Forward(second), dySecond, reuse: sum);
            for (int p = 0; p < sum.Parameters.Count; p++) Bits.ShouldBeSame<T>(sum.Values(p), two.Values(p), sum.Names[p]);

            sum.Add(one);
            Compare(sum, p => [.. one.Values(p).ToArray().Zip(two.Values(p).ToArray(), (a, b) => double.CreateChecked(a) + double.CreateChecked(b))]);
            sum.Scale(T.CreateChecked(0.5));
            Compare(sum, p => [.. one.Values(p).ToArray().Zip(two.Values(p).ToArray(), (a, b) => (double.CreateChecked(a) + double.CreateChecked(b)) / 2)]);
            double squares = Enumerable.Range(0, sum.Parameters.Count).Sum(p => sum.Values(p).ToArray().Sum(value => double.CreateChecked(value) * double.CreateChecked(value)));
            sum.Norm().Should().BeApproximately(Math.Sqrt(squares), 1e-6);
            sum.Clear();
            sum.Norm().Should().Be(0);

            void Compare(Gradients<T> actual, Func<int, double[]> expected)
            {
                for (int p = 0; p < actual.Parameters.Count; p++) References.GoldenCases.ShouldBeNear<T>(actual.Values(p), expected(p), tolerance, actual.Names[p]);
            }
        }
    }

    [Fact]
    public void The_gradient_equals_the_sum_over_two_separate_parameters()
    {
        var embedding = new EmbeddingLayer<double>(Vocabulary, Size, paddingToken: 0, seed: 1);
        var lstm = new LstmLayer<double>(Size, Size, seed: 2);
        var tied = new DenseLayer<double>(embedding.Weights, seed: 3);
        var free = new DenseLayer<double>(Size, Vocabulary);
        free.Weights.Set(embedding.Weights.Values);
        free.Bias.Set(tied.Bias.Values);
        Sequence<double> tokens = Make.Tokens<double>(Vocabulary, 3, 5, new Random(1)), dy = Make.Sequence<double>(Vocabulary, 3, 5, new Random(2));
        var one = new LayerStack<double>(embedding, lstm, tied);
        var two = new LayerStack<double>(embedding, lstm, free);
        Gradients<double> sum = one.Backward(one.Forward(tokens), dy), apart = two.Backward(two.Forward(tokens), dy);
        double[] expected = [.. apart["2.weight"].ToColumnMajorArray().Zip(apart["0.weight"].ToColumnMajorArray(), (output, input) => output + input)];
        Bits.ShouldBeSame<double>(sum["0.weight"].ToColumnMajorArray(), expected, "gradient");

        // The embedding leaves its padding token out; the output layer has it among its classes, as in PyTorch.
        sum["0.weight"].Row(0).ToArray().Should().Equal(apart["2.weight"].Row(0).ToArray()).And.NotContain(0);
    }

    [Fact]
    public void A_frozen_shared_parameter_gets_no_gradient()
    {
        LayerStack<double> model = Model<double>("nested twice");
        Sequence<double> tokens = Make.Tokens<double>(Vocabulary, 3, 4, new Random(1)), dy = Make.Sequence<double>(model.OutputSize, 3, 4, new Random(2));
        ForwardPass<double> pass = model.Forward(tokens);
        Gradients<double> gradients = model.Backward(pass, dy);
        model.Parameters[0].Frozen = true;
        model.Backward(pass, dy, reuse: gradients);
        gradients.Values(0).ToArray().Should().OnlyContain(value => value == 0);
        gradients.Values(0).Fill(2);
        model.Backward(pass, dy, accumulate: true, reuse: gradients);
        gradients.Values(0).ToArray().Should().OnlyContain(value => value == 2);
    }

    [Fact]
    public void The_same_layer_twice_is_rejected_at_any_depth()
    {
        var square = new GruLayer<double>(4, 4, seed: 1);
        var alone = new LayerStack<double>(square);
        Refused(() => new LayerStack<double>(square, new DenseLayer<double>(4, 4), square), "the same GruLayer as 0 and as 2.");
        Refused(() => new LayerStack<double>(square, new LayerStack<double>(new DenseLayer<double>(4, 4), square)), "the same GruLayer as 0 and as 1.1.");
        Refused(() => new LayerStack<double>(alone, new LayerStack<double>(new LayerStack<double>(square))), "the same GruLayer as 0.0 and as 1.0.0.");
        Refused(() => new LayerStack<double>(square, new ResidualLayer<double>(square)), "the same GruLayer as 0 and as 1.0.");
        Refused(() => new LayerStack<double>(new FeedbackLayer<double>(square, 3), new ReverseLayer<double>(alone)), "the same GruLayer as 0.0 and as 1.0.");
        Refused(() => new LayerStack<double>(new BidirectionalLayer<double>(square, new GruLayer<double>(4, 4), BidirectionalMerge.Sum), square), "the same GruLayer as 0.forward and as 1.");

        static void Refused(Action make, string words) => make.Should().Throw<ArgumentException>().WithParameterName("layers").WithMessage($"*{words}*");
    }

    [Fact]
    public void Gradients_joined_from_the_same_part_twice_are_rejected()
    {
        LayerStack<double> model = Model<double>("flat");
        var part = new Gradients<double>(model.Layers[0]);
        FluentActions.Invoking(() => new Gradients<double>(model.Layers[0], [part, part])).Should().Throw<ArgumentException>().WithParameterName("parts").WithMessage("*twice*");
    }

    [Fact]
    public void Adam_updates_a_shared_parameter_once_a_step()
    {
        LayerStack<double> model = Model<double>("flat");
        double[] before = model.Parameters[0].Values.ToArray();
        Sequence<double> tokens = Make.Tokens<double>(Vocabulary, 3, 6, new Random(1)), dy = Make.Sequence<double>(Vocabulary, 3, 6, new Random(2));
        new Adam<double>(1e-3).Step(model.Parameters, model.Backward(model.Forward(tokens), dy));
        double[] moved = [.. model.Parameters[0].Values.ToArray().Zip(before, (after, was) => Math.Abs(after - was))];
        moved.Should().OnlyContain(distance => Math.Abs(distance - 1e-3) < 1e-6, "the first step of Adam is the learning rate");
    }

    private static LayerStack<T> Model<T>(string shape)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var embedding = new EmbeddingLayer<T>(Vocabulary, Size, seed: 1);
        var gru = new GruLayer<T>(Size, Size, seed: 2);
        var dense = new DenseLayer<T>(embedding.Weights, seed: 3);
        switch (shape)
        {
            case "flat": return new(embedding, gru, dense);
            case "dense nested": return new(embedding, gru, new LayerStack<T>(dense));
            case "embedding nested": return new(new LayerStack<T>(embedding, gru), dense);
            case "both nested apart": return new(new LayerStack<T>(embedding), gru, new LayerStack<T>(new DenseLayer<T>(Size, Size, seed: 4), dense));
            case "both nested together": return new(new LayerStack<T>(embedding, gru, dense), new DenseLayer<T>(Vocabulary, 2, seed: 5));
            case "nested twice": return new(new LayerStack<T>(new LayerStack<T>(embedding), gru), new LayerStack<T>(new LayerStack<T>(dense)));
        }

        // Scores, one more way down, and scores again: a parameter used three times, once as another dense layer's weights.
        var down = new DenseLayer<T>(Vocabulary, Size, seed: 6);
        var again = new DenseLayer<T>(embedding.Weights, seed: 7);
        if (shape.StartsWith("middle", StringComparison.Ordinal)) down.Weights.Frozen = true;
        return new(new LayerStack<T>(embedding, gru, dense), down, new LayerStack<T>(again));
    }
}

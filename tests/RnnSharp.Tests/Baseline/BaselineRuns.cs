using System.Numerics;
using RnnSharp.Layers;
using RnnSharp.Notebook;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;
using RnnSharp.Training;
using Aspects = System.Collections.Generic.OrderedDictionary<string, string>;

namespace RnnSharp.Tests.Baseline;

/// <summary>What is not one layer's call: training, generated text, and the functions beside the layers.</summary>
internal static class BaselineRuns<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const string Letters = ".abcdefghijklmnopqrstuvwxyz"; // the point ends a word, and is what comes before its first letter
    private const int LongestWord = 10;

    private static readonly string[] Words =
    [
        "apple", "apricot", "banana", "barley", "bean", "beet", "carrot", "celery", "cherry", "cress", "damson", "date", "elder", "endive",
        "fennel", "fig", "garlic", "grape", "hazel", "kale", "leek", "lemon", "lentil", "lime", "mango", "melon", "olive", "onion",
        "orange", "parsley", "pea", "peach", "pear", "plum", "radish", "rhubarb", "sage", "spinach", "tomato", "turnip",
    ];

    public static readonly (string Name, Func<Aspects> Run)[] All =
    [
        ("training, cross-entropy", () => Training(CrossEntropy, gradients => GradientClipping.ByNorm(gradients, 0.25), new(0.01, weightDecay: 0.1), tokens: true)),
        ("training, cross-entropy of tokens", () => Training(CrossEntropyOfTokens, _ => 0, new(0.01, epsilon: 1e-6, epsilonPlacement: AdamEpsilon.InsideRoot), tokens: true)),
        ("training, squared error", () => Training(SquaredError, ClipByValue, new(0.02, beta1: 0.8, beta2: 0.95, epsilonPlacement: AdamEpsilon.InsideRoot, weightDecay: 0.01), tokens: false)),
        ("generated names", GeneratedNames),
        ("softmax and sigmoid", Functions),
        ("clipped gradients", ClippedGradients),
        ("initial weights", InitialWeights),
    ];

    public static Aspects NumpyGenerator()
    {
        var random = new NumpyRandom(7);
        double[] shares = [0.125, 0.5, 0.25, 0.125];
        double[] normal = random.RandN(101);
        byte[] state = random.GetState();
        var aspects = new Aspects(StringComparer.Ordinal)
        {
            ["normal"] = new BitHash().Add<double>(normal).ToString(),
            ["uniform"] = new BitHash().Add<double>([.. Enumerable.Range(0, 50).Select(_ => random.Uniform(-2, 3)), random.NextDouble(), random.NextGaussian()]).ToString(),
            ["integers"] = new BitHash().Add<int>(random.RandInt(-5, 1000, 50)).Add<long>(random.RandInt(0L, 1L << 40, 50)).ToString(),
            ["choice"] = new BitHash().Add<int>(random.Choice(4, shares, 50)).Add<int>([random.Choice(4, shares)]).ToString(),
            ["permutation"] = new BitHash().Add<int>(random.Permutation(50)).ToString(),
        };
        random.SetState(state);
        int[] shuffled = [.. Enumerable.Range(0, 50)];
        random.Shuffle(shuffled);
        aspects["shuffle"] = new BitHash().Add<byte>(state).Add<int>(shuffled).ToString();
        return aspects;
    }

    /// <summary>Thirty steps on one ragged batch, with masks that go on from draw 0.</summary>
    private static Aspects Training(Func<Sequence<T>, Sequence<T>, LossValue> loss, Func<Gradients<T>, double> clip, Adam<T> adam, bool tokens)
    {
        const int Steps = 30;
        ILayer<T> model = BaselineModels<T>.Stack(new LstmLayer<T>(7, 17, seed: 1, new() { RecurrentDropout = 0.25 }), new DropoutLayer<T>(17, 0.25, seed: 2), new DenseLayer<T>(17, 5, seed: 3));
        Sequence<T> x = BaselineTests.Input<T>(7, batch: 6, steps: 8, ragged: true, tokens, seed: 8);
        var dy = new Sequence<T>(5, 6, 8);
        State<T> initial = model.CreateState(6);
        ForwardPass<T> pass = model.CreatePass();
        pass.Draw = 0;
        Gradients<T> gradients = model.CreateGradients();
        var values = new double[3 * Steps];
        for (int step = 0; step < Steps; step++)
        {
            pass = model.Forward(x, initial, pass);
            LossValue value = loss(pass.Output, dy);
            gradients = model.Backward(pass, dy, inputGradient: false, reuse: gradients);
            (values[3 * step], values[3 * step + 1], values[3 * step + 2]) = (value.Sum, value.Count, clip(gradients));
            adam.Step(model.Parameters, gradients);
        }

        return new(StringComparer.Ordinal) { ["losses"] = new BitHash().Add<double>(values).ToString(), ["parameters"] = BitHash.OfParameters(model) };
    }

    private static LossValue CrossEntropy(Sequence<T> scores, Sequence<T> gradient)
    {
        var numbers = new Numbers(9);
        int[] targets = [.. Enumerable.Range(0, scores.Batch * scores.Steps).Select(i => i % 11 == 3 ? SoftmaxCrossEntropy.DefaultIgnored : numbers.Below(scores.Features))];
        return SoftmaxCrossEntropy.Compute(scores, targets, gradient);
    }

    private static LossValue CrossEntropyOfTokens(Sequence<T> scores, Sequence<T> gradient)
    {
        Sequence<T> targets = BaselineTests.Input<T>(scores.Features, scores.Batch, scores.Steps, ragged: false, tokens: true, seed: 15);
        targets.SetLengths(scores.Lengths);
        return SoftmaxCrossEntropy.Compute(scores, targets, gradient, LossReduction.Sum);
    }

    private static LossValue SquaredError(Sequence<T> output, Sequence<T> gradient)
    {
        var targets = new Sequence<T>(output.Features, output.Batch, output.Steps);
        new Numbers(10).Fill(targets.Values);
        targets.SetLengths(output.Lengths);
        return MeanSquaredError.Compute(output, targets, gradient);
    }

    private static double ClipByValue(Gradients<T> gradients)
    {
        GradientClipping.ByValue(gradients, 0.002);
        return gradients.Norm();
    }

    private static Aspects GeneratedNames()
    {
        const int Units = 24, Epochs = 40, Examples = 8;
        ILayer<T> model = BaselineModels<T>.Stack(new LstmLayer<T>(Letters.Length, Units, seed: 4), new DenseLayer<T>(Units, Letters.Length, seed: 5));
        Sequence<T> x = Sequence<T>.ForTokens(Letters.Length, Words.Length, LongestWord);
        var targets = new int[Words.Length * LongestWord];
        for (int j = 0; j < Words.Length; j++)
        {
            for (int t = 0; t <= Words[j].Length; t++)
            {
                x.SetToken(j, t, t == 0 ? 0 : Letters.IndexOf(Words[j][t - 1], StringComparison.Ordinal));
                targets[t * Words.Length + j] = t == Words[j].Length ? 0 : Letters.IndexOf(Words[j][t], StringComparison.Ordinal);
            }
        }

        x.SetLengths([.. Words.Select(word => word.Length + 1)]);
        var adam = new Adam<T>(0.03);
        var dy = new Sequence<T>(Letters.Length, Words.Length, LongestWord);
        for (int epoch = 0; epoch < Epochs; epoch++)
        {
            ForwardPass<T> pass = model.Forward(x);
            SoftmaxCrossEntropy.Compute(pass.Output, targets, dy);
            Gradients<T> gradients = model.Backward(pass, dy, inputGradient: false);
            GradientClipping.ByNorm(gradients, 1);
            adam.Step(model.Parameters, gradients);
        }

        var numbers = new Numbers(11);
        return new(StringComparer.Ordinal)
        {
            ["greedy"] = Text([.. Enumerable.Range(1, Examples).Select(j => 2 * j)], null),
            ["sampled"] = Text(new int[Examples], Sample),
            ["parameters"] = BitHash.OfParameters(model),
        };

        string Text(int[] first, TokenChoice<T>? choose)
        {
            Sequence<T> tokens = Sequence<T>.ForTokens(Letters.Length, first.Length, LongestWord);
            BaselineModels<T>.Generate(model, first, model.CreateState(first.Length), tokens, choose, endToken: 0);
            return string.Join(' ', first.Select((token, j) => Word([token, .. Enumerable.Range(0, tokens.LengthOf(j)).Select(t => tokens.Tokens[t * first.Length + j])])));
        }

        static string Word(IEnumerable<int> tokens) => string.Concat(tokens.Where(token => token > 0).Select(token => Letters[token]));

        int Sample(Span<T> scores, int example, int step)
        {
            var shares = new T[scores.Length];
            Softmax.Column<T>(scores, shares);
            double left = (numbers.Next() + 1) / 2;
            for (int i = 0; i < shares.Length - 1; i++)
            {
                left -= double.CreateChecked(shares[i]);
                if (left < 0) return i;
            }

            return shares.Length - 1;
        }
    }

    private static Aspects Functions()
    {
        BitHash softmax = new(), logarithms = new(), sigmoid = new();
        var numbers = new Numbers(12);
        for (int count = 1; count <= 40; count++)
        {
            T[] source = new T[count], target = new T[count];
            for (int i = 0; i < count; i++) source[i] = T.CreateChecked(count * numbers.Next());
            Softmax.Column<T>(source, target);
            softmax.Add<T>(target);
            Softmax.LogColumn<T>(source, target);
            logarithms.Add<T>(target);
            Sigmoid.Of<T>(source, target);
            sigmoid.Add<T>(target);
        }

        var matrix = new Parameter<T>("matrix", 13, 7);
        var values = new T[matrix.Count];
        numbers.Fill<T>(values);
        matrix.Set(values);
        softmax.Add<T>(Softmax.Columns(matrix.ToMatrix()).ToColumnMajorArray());
        logarithms.Add<T>(Softmax.LogColumns(matrix.ToMatrix()).ToColumnMajorArray());
        sigmoid.Add<T>(Sigmoid.Of(matrix.ToMatrix()).ToColumnMajorArray());
        return new(StringComparer.Ordinal) { ["softmax"] = softmax.ToString(), ["logarithms"] = logarithms.ToString(), ["sigmoid"] = sigmoid.ToString() };
    }

    private static Aspects ClippedGradients()
    {
        var layer = new LstmLayer<T>(9, 17, seed: 6);
        return new(StringComparer.Ordinal)
        {
            ["by_value"] = Clipped(gradients => GradientClipping.ByValue(gradients, 0.3)),
            ["by_norm"] = Clipped(gradients => GradientClipping.ByNorm(gradients, 0.7)),
            ["by_larger_norm"] = Clipped(gradients => GradientClipping.ByNorm(gradients, 1000)),
            ["scaled"] = Clipped(gradients => gradients.Scale(T.CreateChecked(0.3))),
            ["added"] = Clipped(gradients => gradients.Add(gradients)),
        };

        string Clipped(Action<Gradients<T>> clip)
        {
            Gradients<T> gradients = layer.CreateGradients();
            var numbers = new Numbers(13);
            for (int p = 0; p < gradients.Parameters.Count; p++) numbers.Fill(gradients.Values(p));
            BitHash hash = new BitHash().Add<double>([gradients.Norm()]);
            clip(gradients);
            for (int p = 0; p < gradients.Parameters.Count; p++) hash.Add<T>(gradients.Values(p));
            return hash.Add<double>([gradients.Norm()]).ToString();
        }
    }

    private static Aspects InitialWeights()
    {
        return new(StringComparer.Ordinal)
        {
            ["uniform"] = Weights((parameter, random) => Initializers.Uniform(parameter, 0.3, random)),
            ["normal"] = Weights((parameter, random) => Initializers.Normal(parameter, 0.3, random)),
            ["glorot"] = Weights(Initializers.GlorotUniform),
            ["orthogonal"] = Weights(Initializers.Orthogonal),
        };

        static string Weights(Action<Parameter<T>, Random> initialize)
        {
            var hash = new BitHash();
            foreach ((int rows, int columns) in ((int, int)[])[(1, 1), (7, 7), (12, 5), (5, 12)])
            {
                var parameter = new Parameter<T>("weight", rows, columns);
                initialize(parameter, new NumpyRandom(14));
                hash.Add(parameter.Values);
            }

            return hash.ToString();
        }
    }
}

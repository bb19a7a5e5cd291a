using RnnSharp.Data;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Training;

namespace ReadmeExamples;

internal static class SequenceLabels
{
    public static (LayerStack<float> Model, FitResult Result, Evaluation Evaluation) Run()
    {
        // <readme>
        // Labelling: a class for every step, here whether a digit is larger than both of its neighbours.
        var random = new Random(1);
        Example<float> Digits(int length)
        {
            int[] digits = [.. Enumerable.Range(0, length).Select(_ => random.Next(10))];
            int[] peaks = [.. Enumerable.Range(0, length).Select(t => t > 0 && t < length - 1 && digits[t] > digits[t - 1] && digits[t] > digits[t + 1] ? 1 : 0)];
            return new(Series<float>.FromTokens(digits, vocabulary: 10), Series<float>.FromTokens(peaks, vocabulary: 2));
        }

        SplitParts<Example<float>> parts = DataSplit.Shuffled([.. Enumerable.Range(0, 400).Select(_ => Digits(random.Next(5, 20)))], validation: 0.2, seed: 1);
        var model = new LayerStack<float>(Bidirectional.Of(seed => new GruLayer<float>(10, 16, seed), seed: 1), new DenseLayer<float>(32, 2, seed: 3));
        var trainer = new Trainer<float>(model, new Adam<float>(0.02), new SoftmaxCrossEntropy<float>(), new() { MaxEpochs = 15, Metrics = [new Accuracy<float>()] });
        var validation = new ExampleBatches<float>(parts.Validation);
        FitResult result = trainer.Fit(new ExampleBatches<float>(parts.Train, new() { BatchSize = 16, BucketBatches = 10, Seed = 1 }), validation);
        Evaluation evaluation = trainer.Evaluate(validation);
        Console.WriteLine($"accuracy {evaluation.Metrics["accuracy"]:P1} on sequences that it has not seen");

        // </readme>
        return (model, result, evaluation);
    }
}

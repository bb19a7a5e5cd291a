using RnnSharp;
using RnnSharp.Data;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Text;
using RnnSharp.Training;

namespace ReadmeExamples;

internal static class TextClassification
{
    public static (LayerStack<float> Model, Trainer<float> Trainer, Evaluation Evaluation, Sequence<float> Scores) Run()
    {
        // <readme>
        // Classification: texts of different lengths, one class for each.
        string[] good = ["a warm and funny film", "great actors and a clever story", "funny clever and never dull", "warm from the first minute"];
        string[] bad = ["dull and far too long", "a weak story and bad actors", "never funny and far too loud", "bad from the first minute"];
        WordVocabulary words = WordVocabulary.FromTexts([.. good, .. bad], new() { UnknownToken = true });
        Example<float> Review(string text, int label) => new(Series<float>.FromTokens(words.Encode(text), words.Size), Series<float>.FromLabel(label, classes: 2));
        var reviews = new ExampleBatches<float>([.. good.Select(text => Review(text, 1)), .. bad.Select(text => Review(text, 0))], new() { BatchSize = 4, Seed = 1 });

        var model = new LayerStack<float>(
            new EmbeddingLayer<float>(words.Size, 16, seed: 1),
            new DropoutLayer<float>(16, rate: 0.2, seed: 2),
            Bidirectional.Of(seed => new LstmLayer<float>(16, 24, seed, new LstmOptions { Peepholes = true, RecurrentDropout = 0.1 }), seed: 3),
            new GruLayer<float>(48, 24, seed: 5, new GruOptions { LayerNormalization = true }),
            new PoolingLayer<float>(24, Pooling.Last),
            new DenseLayer<float>(24, 2, seed: 6));

        var trainer = new Trainer<float>(model, new AdamW<float>(0.01), new SoftmaxCrossEntropy<float>(labelSmoothing: 0.05), new() { MaxEpochs = 30, Metrics = [new Accuracy<float>()] });
        trainer.Fit(reviews);
        Evaluation evaluation = trainer.Evaluate(reviews);
        Console.WriteLine($"accuracy {evaluation.Metrics["accuracy"]:P0} on the texts it was trained on");
        Sequence<float> scores = model.Predict(Sequence<float>.FromTokens([words.Encode("warm and clever")], words.Size));
        Console.WriteLine(scores[1, 0, 0] > scores[0, 0, 0] ? "good" : "bad");

        // </readme>
        return (model, trainer, evaluation, scores);
    }
}

using RnnSharp;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Training;

namespace ReadmeExamples;

internal static class SequenceLabels
{
    public static (LayerStack<float> Model, ForwardPass<float> Pass, LossValue Loss, Gradients<float> Gradients) Run()
    {
        // <readme>
        // Two bidirectional layers and a regularized LSTM over a ragged batch of tokens; one of 5 classes for each example.
        var model = new LayerStack<float>(
            new EmbeddingLayer<float>(100, 16, seed: 1),
            Bidirectional.Of(seed => new LstmLayer<float>(16, 32, seed, new LstmOptions { Peepholes = true, ProjectionSize = 16 }), seed: 2),
            new DropoutLayer<float>(32, rate: 0.2, seed: 3),
            Bidirectional.Of(seed => new GruLayer<float>(32, 24, seed), seed: 4, BidirectionalMerge.Sum),
            new LstmLayer<float>(24, 24, seed: 5, new LstmOptions { LayerNormalization = true, RecurrentDropout = 0.1, HiddenZoneout = 0.05 }),
            new PoolingLayer<float>(24, Pooling.Last),
            new DenseLayer<float>(24, 5, seed: 6));
        Console.WriteLine(model.Summary(batch: 3, steps: 7));

        Sequence<float> sentences = Sequence<float>.FromTokens([[7, 3, 99, 4], [12], [5, 5, 81, 0, 2, 61, 8]], features: 100);
        int[] classes = [0, 4, 2];
        ForwardPass<float> pass = model.Forward(sentences);
        var outputGradient = new Sequence<float>(5, 3, 1);
        LossValue loss = SoftmaxCrossEntropy.Compute(pass.Output, classes, outputGradient);
        Gradients<float> gradients = model.Backward(pass, outputGradient, inputGradient: false);

        // </readme>
        return (model, pass, loss, gradients);
    }
}

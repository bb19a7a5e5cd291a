using RnnSharp.Data;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Text;
using RnnSharp.Training;

namespace RnnSharp.Results.Rows;

/// <summary>Tiny Shakespeare, character by character.</summary>
internal static class Shakespeare
{
    private const string Loss = "validation loss, nats per character";
    private const string Minutes = "minutes of training";

    public static ResultRow ThreeMinutes { get; } = Row("shakespeare-3min", "Tiny Shakespeare in three minutes, LSTM",
        "1.88", "3.0", "nanoGPT's README: a small transformer after about 3 minutes on a CPU", new(Units: 256, Layers: 1, Dropout: 0.2, Epochs: 10));

    public static ResultRow Hour { get; } = Row("shakespeare", "Tiny Shakespeare, LSTM",
        "1.548", "60.0", "Feng et al. 2024, \"Were RNNs all we needed?\" (minGRU 1.548); wanted within an hour", new(Units: 512, Layers: 2, Dropout: 0.4, Epochs: 20));

    private static ResultRow Row(string name, string title, string published, string minutes, string source, Size size) => new(name, title)
    {
        Figures = [new Figure(Loss, published), new Figure(Minutes, minutes)],
        Source = source,
        Protocol = "The first 90 % of the characters are trained, the loss is the mean over the last 10 %, in 8 streams whose state is carried. Truncated backpropagation through 128 steps in 32 streams. The published figures are of the best weights by the same 10 %, and so are ours.",
        Data = "Tiny Shakespeare, 1,115,394 characters (karpathy/char-rnn, data/tinyshakespeare/input.txt).",
        Run = run => Run(run, size),
    };

    private static void Run(RowRun run, Size size)
    {
        string text = File.ReadAllText(run.Data);
        CharacterVocabulary vocabulary = CharacterVocabulary.FromText(text);
        ReadOnlyMemory<int> tokens = vocabulary.Encode(text).AsMemory(0, run.Count(text.Length, quick: 20_000));
        int split = (int)(tokens.Length * 0.9);
        var training = new TokenStreamBatches<float>(tokens[..split], vocabulary.Size, batch: 32, window: 128, randomOffset: true, seed: (ulong)run.Seed);
        var layers = new List<ILayer<float>>();
        for (int i = 0; i < size.Layers; i++)
        {
            layers.Add(new LstmLayer<float>(i == 0 ? vocabulary.Size : size.Units, size.Units, run.Seed + 2 * i));
            layers.Add(new DropoutLayer<float>(size.Units, size.Dropout, run.Seed + 2 * i + 1));
        }

        var model = new LayerStack<float>([.. layers, new DenseLayer<float>(size.Units, vocabulary.Size, run.Seed + 1000)]);
        long steps = size.Epochs * training.BatchesPerEpoch!.Value;
        var trainer = new Trainer<float>(model, new Adam<float>(), new SoftmaxCrossEntropy<float>(), new()
        {
            MaxEpochs = size.Epochs,
            MaxGradientNorm = 1,
            Schedule = new WarmUpSchedule(steps / 50 + 1, new CosineSchedule(2e-3, steps, 2e-5)),
        });
        trainer = run.Fit(trainer, training, new TokenStreamBatches<float>(tokens[split..], vocabulary.Size, batch: 8, window: 128));
        run.Report(Loss, trainer.BestLoss);
        run.Report(Minutes, trainer.Elapsed.TotalMinutes);
    }

    private sealed record Size(int Units, int Layers, double Dropout, int Epochs);
}

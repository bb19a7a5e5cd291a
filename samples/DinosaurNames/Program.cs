using System.CommandLine;
using System.Runtime.InteropServices;
using DinosaurNames;
using RnnSharp;
using RnnSharp.Data;
using RnnSharp.Layers;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;
using RnnSharp.Text;
using RnnSharp.Training;
using Samples;
using static DinosaurNames.CommandLine;
using static DinosaurNames.TrainingReport;

const int NamesForStatistics = 1000;

return await Sample.RunAsync(CommandLine.Create(Run), args).ConfigureAwait(false);

static void Run(ParseResult options)
{
    var random = new FastRandom((ulong)options.GetValue(Sample.Seed));
    if (options.GetValue(Load) is not { } path)
        TrainAndWriteNames(options, random);
    else
        foreach (string name in NameModel.Load(path).Write(options.GetValue(Count), options.GetValue(Temperature), random.NextUInt64())) Console.WriteLine(name);
}

static void TrainAndWriteNames(ParseResult options, FastRandom random)
{
    (string curve, string? save, int count, double temperature) = (options.GetValue(Curve)!, options.GetValue(Save), options.GetValue(Count), options.GetValue(Temperature));
    Sample.RequireWritable(curve, save);

    (string[] names, bool capitalized) = NameList.Read(options.GetValue(Data) ?? Path.Combine(AppContext.BaseDirectory, "dinosaurs.txt"));
    SplitParts<string> parts = DataSplit.Shuffled(names, validation: 0.1, test: 0.1, seed: random.NextUInt64());
    var vocabulary = CharacterVocabulary.FromTexts(names, new() { ReservedTokens = [NameModel.Boundary] });
    int boundary = vocabulary.ReservedToken(NameModel.Boundary);
    var evaluation = new BatchOptions { BatchSize = 128, Shuffle = false, BucketBatches = 10 };
    var training = Batches(parts.Train, new() { BatchSize = options.GetValue(Batch), Seed = random.NextUInt64() }, options.GetValue(Dropout));
    var validation = Batches(parts.Validation, evaluation);
    var network = CreateNetwork(vocabulary.Size, options, random);
    var model = new NameModel(new LanguageModel<float>(network, vocabulary, boundary), capitalized, names.Max(name => vocabulary.Encode(name).Length));
    var report = new TrainingReport(model, Batches(parts.Train, evaluation), temperature);

    // The network that is validated and kept has the running average of the weights, those of the start included (Polyak and Juditsky 1992).
    // It overfits later and needs no learning rate decay.
    var average = new WeightAverage<float>(network, recency: 4);
    average.Update();
    var trainer = new Trainer<float>(network, new AdamW<float>(options.GetValue(LearningRate), weightDecay: options.GetValue(WeightDecay)), new SoftmaxCrossEntropy<float>(), new()
    {
        MaxEpochs = options.GetValue(Epochs),
        Patience = options.GetValue(Patience),
        MaxGradientNorm = 1,
        Average = average,
        Metrics = [new Perplexity<float>()],
        Callbacks = [report],
    });
    Print($"{parts.Train.Count} training, {parts.Validation.Count} validation and {parts.Test.Count} test names; {vocabulary.Symbols.Count} characters");
    Print($"{options.GetValue(Layers)} x {options.GetValue(Hidden)} {options.GetValue(Cell)}, {network.Parameters.Sum(parameter => parameter.Count)} parameters, seed {options.GetValue(Sample.Seed)}");

    // Ctrl-C ends training; a second one ends the program at once, as usual.
    using var stop = new CancellationTokenSource();
    using (PosixSignalRegistration.Create(PosixSignal.SIGINT, signal =>
    {
        signal.Cancel = !stop.IsCancellationRequested;
        stop.Cancel();
    }))
        report.Show(options.GetValue(Epochs) * training.BatchesPerEpoch!.Value, () => trainer.Fit(training, validation, cancellation: stop.Token));
    IReadOnlyList<TrainingRecord> epochs = trainer.History.Records;
    if (epochs.LastOrDefault(epoch => epoch.IsBest) is not { } best) return;
    Print($"best of {epochs.Count} epochs: {best.Epoch}, validation perplexity {best.Metrics["perplexity"]:0.000}; total time {trainer.Elapsed.TotalSeconds:0.0} s");
    Print($"test perplexity per character: {trainer.Evaluate(Batches(parts.Test, evaluation)).Metrics["perplexity"]:0.000}");
    foreach (int order in (int[])[1, 2, 3]) Print($"  of an n-gram model that sees {order} before: {Perplexity(NGramModel.Fit([.. parts.Train.Select(Bounded)], vocabulary.Size, order), parts.Test):0.000}");
    if (save is not null) model.Save(save);
    File.WriteAllText(curve, LearningCurve.Draw(report.TrainingPerplexities, [.. epochs.Select(epoch => epoch.Metrics["perplexity"])]));

    string[] written = [.. model.Write(Math.Max(count, NamesForStatistics), temperature, random.NextUInt64())];
    HashSet<string> known = [.. parts.Train.Select(model.Spell)];
    Print($"\n{count} names at temperature {temperature}:");
    foreach (string name in written.AsSpan(0, count)) Print($"  {name}");
    Print($"\nnot in the training names: {PercentNew(written[..count]):0.0} % of these, {PercentNew(written):0.0} % of {written.Length}");
    Print($"learning curve: {curve}");
    if (save is not null) Print($"network: {save}");

    NextTokenBatches<float> Batches(IReadOnlyList<string> part, BatchOptions options, double dropout = 0) => new([.. part.Select(vocabulary.Encode)], vocabulary.Size, boundary, options, dropout);

    int[] Bounded(string name) => [boundary, .. vocabulary.Encode(name), boundary];

    double Perplexity(NGramModel model, IReadOnlyList<string> names) => Math.Exp(-names.SelectMany(name => model.LogProbabilities(Bounded(name).AsSpan(1), [boundary])).Average());

    double PercentNew(string[] names) => 100.0 * names.Count(name => !known.Contains(name)) / names.Length;
}

static LayerStack<float> CreateNetwork(int characters, ParseResult options, FastRandom random)
{
    (int count, int hidden) = (options.GetValue(Layers), options.GetValue(Hidden));
    IEnumerable<ILayer<float>> layers = Enumerable.Range(0, count).Select(i => i == 0 ? characters : hidden).Select<int, ILayer<float>>(inputSize => options.GetValue(Cell) switch
    {
        "rnn" => new RnnLayer<float>(inputSize, hidden, random.Next()),
        "gru" => new GruLayer<float>(inputSize, hidden, random.Next()),
        _ => new LstmLayer<float>(inputSize, hidden, random.Next()),
    });
    return new LayerStack<float>([.. layers, new DenseLayer<float>(hidden, characters, random.Next())]);
}

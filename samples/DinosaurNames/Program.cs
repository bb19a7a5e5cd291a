using System.Diagnostics;
using System.Text;
using DinosaurNames;
using RnnSharp;
using RnnSharp.Numerics;
using RnnSharp.Serialization;
using static DinosaurNames.ConsoleReport;

const int NamesForStatistics = 1000;

Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
try
{
    var options = Options.Parse(args);
    if (options.Help) Console.WriteLine(Options.HelpText);
    else if (options.Load is { } path) WriteNames(path, options);
    else TrainAndWriteNames(options);
    return 0;
}
catch (UsageException exception)
{
    Console.Error.WriteLine($"{exception.Message} (--help shows the options)");
    return 2;
}
catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException or ArithmeticException)
{
    Console.Error.WriteLine(exception.Message);
    return 1;
}

static void TrainAndWriteNames(Options options)
{
    RequireWritable(options.Curve);
    if (options.Save is not null) RequireWritable(options.Save);

    // Each purpose has its own random numbers, so that the number of names shown does not affect training.
    var random = new FastRandom((ulong)options.Seed);
    NameData data = NameData.Read(options.Data ?? Path.Combine(AppContext.BaseDirectory, "dinosaurs.txt"), random.Split());
    var trainer = new Trainer(options, data, random.Split());
    var writer = new NameWriter(trainer.Network, data.Vocabulary, options.Temperature, random.Split());
    Print($"{data.Training.Length} training, {data.Validation.Length} validation and {data.Test.Length} test names; {data.Vocabulary.Size - 1} characters");
    Print($"{options.Layers} x {options.Hidden} {$"{options.Cell}".ToLowerInvariant()}, {trainer.Network.Parameters.Sum(parameter => parameter.Count)} parameters, seed {options.Seed}");

    long start = Stopwatch.GetTimestamp();
    IReadOnlyList<Epoch> epochs = TrainUntilCtrlC(trainer, writer, options);
    if (epochs.Count == 0) return;
    Epoch best = epochs.MinBy(epoch => epoch.Validation)!;
    Print($"best of {epochs.Count} epochs: {best.Number}, validation perplexity {best.Validation:0.000}; total time {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s");
    Print($"test perplexity per character: {trainer.Perplexity(data.Test):0.000}");
    if (options.Save is not null) ModelFile.Save(trainer.Network, options.Save, new() { Metadata = data.Vocabulary.Metadata });
    File.WriteAllText(options.Curve, LearningCurve.Draw(epochs));

    string[] names = [.. writer.Write(Math.Max(options.Count, NamesForStatistics))];
    Print($"\n{options.Count} names at temperature {options.Temperature}:");
    foreach (string name in names.AsSpan(0, options.Count)) Print($"  {name}");
    Print($"\nnot in the training names: {PercentNew(names[..options.Count]):0.0} % of these, {PercentNew(names):0.0} % of {names.Length}");
    Print($"learning curve: {options.Curve}");
    if (options.Save is not null) Print($"network: {options.Save}");

    double PercentNew(string[] names) => 100.0 * names.Count(name => !data.IsInTraining(name)) / names.Length;
}

static void WriteNames(string path, Options options)
{
    LoadedModel<float> loaded = ModelFile.Load<float>(path);
    try
    {
        var vocabulary = Vocabulary.FromMetadata(loaded.Metadata);
        ILayer<float> network = loaded.Model;
        if (!network.IsStreaming || network.InputSize != vocabulary.Size || network.OutputSize != vocabulary.Size)
            throw new InvalidDataException($"its network does not fit its vocabulary of {vocabulary.Size - 1} characters");
        var writer = new NameWriter(network, vocabulary, options.Temperature, new FastRandom((ulong)options.Seed));
        foreach (string name in writer.Write(options.Count)) Console.WriteLine(name);
    }
    catch (InvalidDataException exception)
    {
        throw new InvalidDataException($"{path} cannot be used: {exception.Message}", exception);
    }
}

static IReadOnlyList<Epoch> TrainUntilCtrlC(Trainer trainer, NameWriter writer, Options options)
{
    using var stop = new CancellationTokenSource();
    Console.CancelKeyPress += Stop;
    try
    {
        return Train(trainer, writer, options, stop.Token);
    }
    finally
    {
        Console.CancelKeyPress -= Stop;
    }

    // A second Ctrl-C ends the program at once, as usual.
    void Stop(object? sender, ConsoleCancelEventArgs e)
    {
        e.Cancel = !stop.IsCancellationRequested;
        stop.Cancel();
    }
}

// Report an invalid path before training, not after it.
static void RequireWritable(string path)
{
    bool isNew = !File.Exists(path);
    new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write).Dispose();
    if (isNew) File.Delete(path);
}

using System.CommandLine;
using CharacterLanguageModel;
using RnnSharp.Text;
using Samples;

Option<string?> data = Sample.Path("--data", "the text to learn from, UTF-8 (default: the one that comes with the sample)");
Option<int> hidden = Sample.Number("--hidden", "units per layer", 1, 8192, 192, quick: 32);
Option<int> layers = Sample.Number("--layers", "LSTM layers", 1, 16, 1);
Option<double> dropout = Sample.Number("--dropout", "dropout after each LSTM layer", 0, 0.9, 0.5);
Option<int> batch = Sample.Number("--batch", "streams that the text is cut into", 1, 4096, 8);
Option<int> window = Sample.Number("--window", "characters that gradients flow back through", 1, 4096, 64);
Option<int> epochs = Sample.Number("--epochs", "passes over the text, or 0 for as many as make about 2,200 steps", 0, 1_000_000, 0, quick: 2);
Option<double> rate = Sample.Number("--learning-rate", "the highest learning rate of Adam", 0.000_001, 1, 0.01);
Option<double> average = Sample.Number("--average", "how much the running average of the weights prefers recent ones, or 0 for no average", 0, 1000.0, 4);
Option<double> minutes = Sample.Number("--minutes", "the longest training time, or 0 for any; the learning rate still falls over all of the epochs", 0, 100_000.0, 0);
Option<string?> checkpoints = Sample.Path("--checkpoints", "a folder for checkpoints; a run that was interrupted continues from the last one", kind: "FOLDER");
Option<string?> curve = Sample.Path("--curve", "write the learning curve to this SVG file", "text-curve.svg");
Option<string?> save = Sample.Path("--save", "save the model to this file");
Option<string?> load = Sample.Path("--load", "load a model that was saved, instead of training one");
Option<string> prompt = new("--prompt") { Description = "the beginning of the generated text", HelpName = "TEXT", DefaultValueFactory = _ => "\n" };
Option<double> temperature = Sample.Number("--temperature", "0 writes the likeliest characters, 1 draws from the predictions as they are", 0.0, 10, 0.8);
Option<int> length = Sample.Number("--length", "characters to write", 0, 10_000_000, 500);

RootCommand command = new("Trains a character-level language model on a text and writes more of it. Ctrl-C ends training early, with the best weights.")
{
    data, hidden, layers, dropout, batch, window, epochs, rate, average, minutes, checkpoints, curve, save, load, prompt, temperature, length, Sample.Seed, Sample.Quick,
};
Sample.RequireWithout(command, load, data, hidden, layers, dropout, batch, window, epochs, rate, average, minutes, checkpoints, curve, save, Sample.Quick);
Sample.RequireDifferent(command, data, curve, save, load);
command.SetAction(RunAsync);
return await Sample.RunAsync(command, args).ConfigureAwait(false);

async Task RunAsync(ParseResult result, CancellationToken stop)
{
    LanguageModel<float> model = result.GetValue(load) is { } path ? CharacterModel.Load(path, result.GetValue(prompt)!) : Train(result, stop);
    var options = new GenerationOptions { Temperature = result.GetValue(temperature), MaxTokens = result.GetValue(length), Seed = (ulong)result.GetValue(Sample.Seed) };
    Console.Write(result.GetValue(prompt));

    // Ctrl-C has ended training early: the best weights write all the same.
    CancellationToken stopWriting = stop.IsCancellationRequested ? CancellationToken.None : stop;
    await foreach (string text in model.GenerateAsync(result.GetValue(prompt)!, options, stopWriting).ConfigureAwait(false)) Console.Write(text);
    Console.WriteLine();
}

LanguageModel<float> Train(ParseResult result, CancellationToken stop)
{
    (string picture, string? file) = (result.GetValue(curve)!, result.GetValue(save));
    Sample.RequireWritable(picture, file);
    if (result.GetValue(checkpoints) is { } folder) Sample.RequireFolder(folder);
    var settings = new TrainingSettings(
        result.GetValue(hidden), result.GetValue(layers), result.GetValue(dropout), result.GetValue(batch), result.GetValue(window), result.GetValue(epochs),
        result.GetValue(rate), result.GetValue(average), result.GetValue(minutes), result.GetValue(Sample.Seed), result.GetValue(checkpoints));
    TrainedModel trained = CharacterModel.Train(File.ReadAllText(result.GetValue(data) ?? Path.Combine(AppContext.BaseDirectory, "text.txt")), result.GetValue(prompt)!, settings, stop);
    if (file is not null) CharacterModel.Save(trained.Model, file);
    if (trained.Records.Count > 0)
    {
        Console.WriteLine($"The best n-gram model, of 1 to 5 characters before, has {trained.Baseline:F4} nats per character.");
        File.WriteAllText(picture, LearningCurve.Draw(trained.Records, trained.Baseline));
        Console.WriteLine($"The learning curve is in {picture}.");
        Sample.WarnIfQuick(result);
    }

    return trained.Model;
}

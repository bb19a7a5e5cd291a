using System.CommandLine;
using CharacterLanguageModel;
using RnnSharp.Text;

Option<FileInfo?> data = new("--data") { Description = "The text to learn from, UTF-8; by default the one that comes with the sample." };
Option<int> hidden = new("--hidden") { Description = "Units per layer.", DefaultValueFactory = _ => 256 };
Option<int> layers = new("--layers") { Description = "LSTM layers.", DefaultValueFactory = _ => 1 };
Option<double> dropout = new("--dropout") { Description = "Dropout after each LSTM layer, at least 0 and below 1.", DefaultValueFactory = _ => 0.2 };
Option<int> batch = new("--batch") { Description = "Streams that the text is cut into.", DefaultValueFactory = _ => 32 };
Option<int> window = new("--window") { Description = "Characters that gradients flow back through.", DefaultValueFactory = _ => 128 };
Option<int?> epochs = new("--epochs") { Description = "Passes over the text; by default as many as make about 2,200 steps." };
Option<double> rate = new("--learning-rate") { Description = "The highest learning rate of Adam.", DefaultValueFactory = _ => 0.002 };
Option<double?> minutes = new("--minutes") { Description = "The longest training time; the learning rate still falls over all of the epochs." };
Option<int> seed = new("--seed") { Description = "The seed of weights, masks and generated text.", DefaultValueFactory = _ => 1 };
Option<string?> checkpoints = new("--checkpoints") { Description = "A folder for checkpoints; a run that was interrupted continues from the last one." };
Option<string?> save = new("--save") { Description = "Saves the model to this file." };
Option<string?> load = new("--load") { Description = "Loads a model that was saved, instead of training one." };
Option<string> prompt = new("--prompt") { Description = "The beginning of the generated text.", DefaultValueFactory = _ => "\n" };
Option<double> temperature = new("--temperature") { Description = "0 writes the likeliest characters, 1 draws from the predictions as they are.", DefaultValueFactory = _ => 0.8 };
Option<int> length = new("--length") { Description = "Characters to write.", DefaultValueFactory = _ => 500 };

RootCommand command = new("Trains a character-level language model on a text and writes more of it.")
{
    data, hidden, layers, dropout, batch, window, epochs, rate, minutes, seed, checkpoints, save, load, prompt, temperature, length,
};
command.SetAction(async (ParseResult result, CancellationToken stop) =>
{
    // An invalid path is reported before training, not after it.
    if (result.GetValue(save) is { } file) new FileStream(file, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, bufferSize: 0, File.Exists(file) ? FileOptions.None : FileOptions.DeleteOnClose).Dispose();
    LanguageModel<float> model = result.GetValue(load) is { } path
        ? CharacterModel.Load(path)
        : CharacterModel.Train(
            File.ReadAllText(result.GetValue(data)?.FullName ?? Path.Combine(AppContext.BaseDirectory, "text.txt")),
            result.GetValue(prompt)!,
            new TrainingSettings(
                result.GetValue(hidden), result.GetValue(layers), result.GetValue(dropout), result.GetValue(batch), result.GetValue(window), result.GetValue(epochs),
                result.GetValue(rate), result.GetValue(minutes), result.GetValue(seed), result.GetValue(checkpoints)),
            stop);
    if (result.GetValue(save) is { } target) CharacterModel.Save(model, target);
    var options = new GenerationOptions { Temperature = result.GetValue(temperature), MaxTokens = result.GetValue(length), Seed = (ulong)result.GetValue(seed) };
    Console.Write(result.GetValue(prompt));

    // Ctrl-C has ended training early: the best weights write all the same.
    CancellationToken stopWriting = stop.IsCancellationRequested ? CancellationToken.None : stop;
    await foreach (string text in model.GenerateAsync(result.GetValue(prompt)!, options, stopWriting).ConfigureAwait(false)) Console.Write(text);
    Console.WriteLine();
    return 0;
});
return await command.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromMinutes(1) }).ConfigureAwait(false);

using System.Globalization;
using RnnSharp.Data;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;
using RnnSharp.Text;
using RnnSharp.Training;
using Samples;

namespace CharacterLanguageModel;

/// <summary>The settings of a training run.</summary>
internal sealed record TrainingSettings(int Hidden, int Layers, double Dropout, int Batch, int Window, int Epochs, double LearningRate, double Average, double Minutes, int Seed, string? Checkpoints);

/// <summary>A model, what its training has measured, and the validation loss of the best n-gram model, in nats per character.</summary>
internal sealed record TrainedModel(LanguageModel<float> Model, IReadOnlyList<TrainingRecord> Records, double Baseline);

/// <summary>A character-level language model: stacked LSTMs that predict the next character of a text.</summary>
internal static class CharacterModel
{
    private const string VocabularyKey = "vocabulary";
    private const long DefaultSteps = 2200;
    private const int Patience = 30;

    /// <summary>Trains on the first 90 % of a text and validates on the rest.</summary>
    /// <param name="text">The text.</param>
    /// <param name="prompt">What the model will be asked to continue; its characters become part of the vocabulary.</param>
    /// <param name="settings">The settings.</param>
    /// <param name="stop">Ends training early, with the best weights.</param>
    /// <exception cref="InvalidDataException">The text is too short.</exception>
    public static TrainedModel Train(string text, string prompt, TrainingSettings settings, CancellationToken stop)
    {
        CharacterVocabulary vocabulary = CharacterVocabulary.FromTexts([text, prompt]);
        int[] tokens = vocabulary.Encode(text);
        int split = tokens.Length * 9 / 10, needed = 10 * (settings.Batch + settings.Window);
        if (tokens.Length < needed) throw new InvalidDataException($"The text has {tokens.Length} characters; at least {needed} are needed for {settings.Batch} streams and windows of {settings.Window}.");
        var training = new TokenStreamBatches<float>(tokens.AsMemory(0, split), vocabulary.Size, settings.Batch, settings.Window, randomOffset: true, seed: (ulong)settings.Seed);
        var validation = new TokenStreamBatches<float>(tokens.AsMemory(split), vocabulary.Size, batch: 8, settings.Window);

        LayerStack<float> network = Create(vocabulary.Size, settings);
        long perEpoch = training.BatchesPerEpoch!.Value;
        long epochs = settings.Epochs > 0 ? settings.Epochs : (DefaultSteps + perEpoch - 1) / perEpoch;
        long steps = epochs * perEpoch;
        var bar = new TrainingBar<float>(Describe, every: 1 + epochs / 50);

        // The running average of the weights, those of the start included, overfits later (Polyak and Juditsky 1992).
        WeightAverage<float>? average = settings.Average > 0 ? new(network, recency: settings.Average) : null;
        average?.Update();
        var trainer = new Trainer<float>(network, new Adam<float>(settings.LearningRate), new SoftmaxCrossEntropy<float>(), new()
        {
            MaxEpochs = epochs,
            Patience = Patience,
            MaxTime = settings.Minutes > 0 ? TimeSpan.FromMinutes(settings.Minutes) : null,
            MaxGradientNorm = 1,
            Average = average,
            Schedule = new WarmUpSchedule(steps / 50 + 1, new CosineSchedule(settings.LearningRate, steps, settings.LearningRate / 100)),
            Metrics = [new BitsPerCharacter<float>()],
            Checkpoints = settings.Checkpoints is { } folder ? new CheckpointOptions(folder) : null,
            Callbacks = [bar],
        });
        if (settings.Checkpoints is not null && trainer.ResumeLatest()) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"continuing after epoch {trainer.Epoch}"));
        bar.Show(steps, () => trainer.Fit(training, validation, cancellation: stop));
        if (trainer.History.Records.LastOrDefault(record => record.IsBest) is { } best) Console.WriteLine($"The weights are those of {Describe(best)}.");
        double baseline = Enumerable.Range(1, 5).Min(order => Math.Log(NGramModel.Fit([tokens[..split]], vocabulary.Size, order).Perplexity(tokens.AsSpan(split))));
        return new TrainedModel(new LanguageModel<float>(network, vocabulary), trainer.History.Records, baseline);
    }

    /// <summary>Saves the network with its vocabulary in one file.</summary>
    public static void Save(LanguageModel<float> model, string path) => ModelFile.Save(model.Layer, path, new()
    {
        Metadata = new Dictionary<string, string> { [VocabularyKey] = ((CharacterVocabulary)model.Tokenizer).ToJson() },
    });

    /// <exception cref="InvalidDataException">The file is not a model of this program, or its vocabulary lacks a character of the prompt.</exception>
    public static LanguageModel<float> Load(string path, string prompt)
    {
        LoadedModel<float> loaded = ModelFile.LoadStreaming<float>(path);
        if (!loaded.Metadata.TryGetValue(VocabularyKey, out string? json)) throw new InvalidDataException($"{path} has no vocabulary: it is not a model that this program saved.");
        CharacterVocabulary vocabulary = CharacterVocabulary.FromJson(json);
        if (prompt.EnumerateRunes().Select(rune => rune.ToString()).FirstOrDefault(character => !vocabulary.Symbols.Contains(character)) is { } unknown) throw new InvalidDataException($"The model has never seen the character \"{unknown}\" of the prompt.");
        return new LanguageModel<float>(loaded.Model, vocabulary);
    }

    private static LayerStack<float> Create(int characters, TrainingSettings settings)
    {
        var layers = new List<RnnSharp.ILayer<float>>();
        for (int i = 0; i < settings.Layers; i++)
        {
            layers.Add(new LstmLayer<float>(i == 0 ? characters : settings.Hidden, settings.Hidden, settings.Seed + 2 * i));
            if (settings.Dropout > 0) layers.Add(new DropoutLayer<float>(settings.Hidden, settings.Dropout, seed: settings.Seed + 2 * i + 1));
        }

        layers.Add(new DenseLayer<float>(settings.Hidden, characters, settings.Seed + 1000));
        return new LayerStack<float>(layers);
    }

    private static string Describe(TrainingRecord record) => string.Create(
        CultureInfo.InvariantCulture,
        $"epoch {record.Epoch,3}   training {record.TrainingLoss:F4}   validation {record.ValidationLoss:F4} nats per character ({record.Metrics["bits per character"]:F3} bits)   {record.Elapsed.TotalSeconds,6:F0} s{(record.IsBest ? "   best" : "")}");
}

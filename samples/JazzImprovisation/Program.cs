using System.CommandLine;
using System.Diagnostics;
using JazzImprovisation;
using RnnSharp.Data;
using RnnSharp.Numerics;
using RnnSharp.Training;
using Samples;
using Spectre.Console;

const string Blues = "Bb7 Eb7 Bb7 Fm7,Bb7 Eb7 Edim7 Bb7 Dm7b5,G7b9 Cm7 F7 Bb7,G7b9 Cm7,F7";
const int BatchSize = 32, BatchesPerEpoch = 25;

Option<Chart> chords = new("--chords")
{
    Description = $"the chords to improvise over: a bar each, or 2 or 4 in a bar with commas between; kinds {string.Join(' ', Chord.Kinds)}",
    HelpName = "CHORDS",
    DefaultValueFactory = _ => Chart.TryParse(Blues, out Chart? blues) ? blues : throw new InvalidOperationException(),
    CustomParser = result =>
    {
        if (Chart.TryParse(result.Tokens[0].Value, out Chart? chart)) return chart;
        result.AddError($"--chords expects bars such as \"Dm7 G7 Cmaj7,A7\" with chords of the kinds {string.Join(' ', Chord.Kinds)}, got \"{result.Tokens[0].Value}\".");
        return null;
    },
};
Option<int> choruses = Sample.Number("--choruses", "how often the chords are played", 1, 20, 2);
Option<double> tempo = Sample.Number("--tempo", "quarter notes per minute", 40.0, 400, 160);
Option<double> temperature = Sample.Number("--temperature", "of the improvisation: below 1 for safer notes, above 1 for wilder ones", 0.01, 10, 0.8);
Option<int> units = Sample.Number("--units", "units of the LSTM", 1, 1024, 128, quick: 64);
Option<int> epochs = Sample.Number("--epochs", "epochs of training", 1, 10_000, 50, quick: 14);
Option<string?> midi = Sample.Path("--midi", "write the improvisation with its accompaniment to this MIDI file", "improvisation.mid");
Option<string?> picture = Sample.Path("--picture", "write the piano roll to this SVG file", "improvisation.svg");
var command = new RootCommand("Learns jazz phrases with an LSTM and improvises over chords.") { chords, choruses, tempo, temperature, units, epochs, Sample.Seed, midi, picture, Sample.Quick };
Sample.RequireDifferent(command, midi, picture);
command.SetAction(Run);
return await Sample.RunAsync(command, args).ConfigureAwait(false);

void Run(ParseResult options)
{
    string midiFile = options.GetValue(midi)!, pictureFile = options.GetValue(picture)!;
    Sample.RequireWritable(midiFile, pictureFile);
    var clock = Stopwatch.StartNew();
    var random = new FastRandom((ulong)options.GetValue(Sample.Seed));
    IReadOnlyList<Phrase> phrases = AbcNotation.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "phrases.abc")));
    SplitParts<Phrase> parts = DataSplit.Stratified(phrases, phrase => phrase.Kind, validation: 0.1, test: 0.15, seed: random.NextUInt64());
    var vocabulary = new NoteVocabulary(phrases);
    Console.WriteLine($"{phrases.Count} phrases of {phrases.Sum(phrase => phrase.Chart.Bars)} bars with {phrases.Sum(phrase => phrase.Notes.Count)} notes and rests: {parts.Train.Count} to learn, {parts.Validation.Count} to validate and {parts.Test.Count} to test, in 12 keys");

    var lstm = new NeuralSoloist(vocabulary, options.GetValue(units), random);
    Train(lstm, parts, options.GetValue(epochs), random);
    ISoloist[] soloists = [lstm, .. Enumerable.Range(1, 3).Select(order => new MarkovSoloist(vocabulary, parts.Train, order)), new MarkovSoloist(vocabulary, parts.Train, order: 3, knowsTime: true)];
    Compare(soloists, vocabulary, parts, solosPerPhrase: options.GetValue(Sample.Quick) ? 1 : 8, random);

    Chart chart = options.GetValue(chords)!.Repeat(options.GetValue(choruses));
    Phrase solo = Improviser.Play(lstm, vocabulary, chart, options.GetValue(temperature), random.NextUInt64());
    Console.WriteLine($"The LSTM's improvisation, at a temperature of {options.GetValue(temperature)}:");
    Console.WriteLine(AbcNotation.Write(solo));
    MidiWriter.Write(midiFile, "Improvisation of an LSTM", options.GetValue(tempo), [Band.Solo(solo, random.NextUInt64()), .. Band.Accompany(chart, random.NextUInt64())]);
    File.WriteAllText(pictureFile, PianoRoll.Draw(solo, "Improvisation of an LSTM"));
    Console.WriteLine($"{solo.Notes.Count(note => note.Pitch is not null)} notes over {chart.Bars} bar{(chart.Bars == 1 ? "" : "s")}, with piano, bass and drums: {midiFile}; piano roll: {pictureFile}; {clock.Elapsed.TotalSeconds:0} s");
    Sample.WarnIfQuick(options);
}

static void Train(NeuralSoloist lstm, SplitParts<Phrase> parts, int epochs, FastRandom random)
{
    // The network that is validated and kept has the running average of the weights (Polyak and Juditsky 1992). It is the last and not that of the lowest
    // perplexity: solos become more like the phrases after that, while phrases that are new surprise the network a little more.
    var average = new WeightAverage<float>(lstm.Model, recency: 2);
    average.Update();
    var bar = new TrainingBar<float>(record => $"epoch {record.Epoch,3}   perplexity: training {Math.Exp(record.TrainingLoss),5:0.00}, validation {Math.Exp(record.ValidationLoss),5:0.00}   {record.Elapsed.TotalSeconds,5:0.0} s", every: 5);
    var trainer = new Trainer<float>(lstm.Model, new AdamW<float>(0.005, weightDecay: 0.2), new SoftmaxCrossEntropy<float>(), new()
    {
        MaxEpochs = epochs,
        RestoreBest = false,
        MaxGradientNorm = 1,
        Average = average,
        Callbacks = [bar],
    });
    var training = lstm.Training(parts.Train, BatchSize, BatchesPerEpoch, random.NextUInt64());
    bar.Show(epochs * BatchesPerEpoch, () => trainer.Fit(training, lstm.Validation(parts.Validation)));
}

// Plays over the chords of every phrase, with a temperature of 1: as the models are, and not as they sound best.
static void Compare(ISoloist[] soloists, NoteVocabulary vocabulary, SplitParts<Phrase> parts, int solosPerPhrase, FastRandom random)
{
    Phrase[] test = [.. NeuralSoloist.InAllKeys(parts.Test)], all = [.. parts.Train, .. parts.Validation, .. parts.Test];
    Chart[] charts = [.. all.SelectMany(phrase => Enumerable.Repeat(phrase.Chart, solosPerPhrase)).Select(chart => chart.Transpose(random.Next(12)))];
    ulong seed = random.NextUInt64();
    var results = soloists.Select(soloist => (soloist.Name, Perplexity: Improviser.Perplexity(soloist, vocabulary, test),
        Solos: Judgement.Of([.. charts.Select((chart, i) => Improviser.Play(soloist, vocabulary, chart, temperature: 1, seed + (ulong)i))], parts.Train))).ToArray();
    Judgement phrases = Judgement.Of(all, parts.Train) with { Copied = Judgement.Of(parts.Test, parts.Train).Copied };
    Table table = Sample.Table("", "perplexity", "in chord: beats 1, 3", "other notes", "copied", "repeated", "range", "leaps", "notes a bar");
    Row("phrases", "", phrases);
    foreach ((string name, double perplexity, Judgement judgement) in results) Row(name, $"{perplexity:0.00}", judgement);
    AnsiConsole.Write(table);
    Console.WriteLine("Perplexity: of the test phrases, lower is better. All else is best where it is like the phrases. In chord: the share of notes that");
    Console.WriteLine("belong to the chord. Copied: the share of four notes in a row that the training phrases have (for the phrases, those of the test).");
    Console.WriteLine("Repeated: that the same solo has had before. Range: semitones in four bars. Leaps: the share of intervals above a fifth.");
    Console.WriteLine();
    Console.WriteLine($"Perplexity: the LSTM {results[0].Perplexity:0.00}, the best chain {results[1..].Min(result => result.Perplexity):0.00}. In chord on beats 1 and 3: the LSTM is {Away(results[0].Solos):0.0} points away from the phrases, the nearest chain {results[1..].Min(result => Away(result.Solos)):0.0}.");
    Console.WriteLine();

    double Away(Judgement judgement) => 100 * Math.Abs(judgement.OnStrongBeats - phrases.OnStrongBeats);
    void Row(string name, string perplexity, Judgement judged) =>
        table.AddRow(name, perplexity, $"{judged.OnStrongBeats:P1}", $"{judged.Elsewhere:P1}", $"{judged.Copied:P1}", $"{judged.Repeated:P1}", $"{judged.Range:0.0}", $"{judged.Leaps:P1}", $"{judged.NotesPerBar:0.00}");
}

using System.CommandLine;
using System.Diagnostics;
using NAudio.Wave;
using Samples;
using ScottPlot;
using Spectre.Console;
using StreamingSignal;

const int Rate = 16_000;
Option<int> hidden = Sample.Number("--hidden", "units of the LSTM", 1, 256, 16, quick: 8);
Option<int> epochs = Sample.Number("--epochs", "passes over the sounds to learn from", 1, 10_000, 40, quick: 40);
Option<string?> folder = Sample.Path("--folder", "write sounds and pictures into this folder", ".", "FOLDER");
var command = new RootCommand("Learns to sound like a guitar amplifier, and then plays live: one sample in, one out.") { hidden, epochs, Sample.Seed, folder, Sample.Quick };
command.SetAction(Run);
return await Sample.RunAsync(command, args).ConfigureAwait(false);

void Run(ParseResult options)
{
    (int seed, bool quick) = (options.GetValue(Sample.Seed), options.GetValue(Sample.Quick));
    string[] paths = [.. new[] { "before.wav", "device.wav", "network.wav", "latency.svg", "waves.svg" }.Select(file => Sample.FileIn(options.GetValue(folder)!, file))];
    Sample.RequireFolder(options.GetValue(folder)!);
    Sample.RequireWritable(paths);
    (float[] Input, float[] Output)[] training = Sounds(quick ? 8 : 32, 1, 1000), validation = Sounds(4, 1, 2000);
    (float[] input, float[] device) = Sounds(1, quick ? 2 : 8, 3000)[0];

    var network = new Network(options.GetValue(hidden), seed);
    network.Learn(training, validation, options.GetValue(epochs), Rate);
    float[] output = new float[input.Length];
    long[] ticks = new long[input.Length];
    long allocated = network.Stream(input, output, ticks);

    LinearFilter filter = LinearFilter.Choose(training, validation), volume = new(training, 1);
    float[] filtered = filter.Process(input);
    Table table = Sample.Table($"{input.Length / Rate} seconds of new sound", "error to signal", "in decibels");
    Show($"network of {network.Weights:N0} weights", output);
    Show($"linear filter of {filter.Taps} taps, least squares", filtered);
    Show("volume control alone", volume.Process(input));
    Console.WriteLine();
    AnsiConsole.Write(table);

    double[] times = [.. ticks.Select(time => time * 1e6 / Stopwatch.Frequency)], sorted = [.. times.Order()];
    double median = sorted[sorted.Length / 2], p99 = sorted[(int)(0.99 * sorted.Length)], budget = 1e6 / Rate;
    Table latency = Sample.Table($"time of a step, {times.Length:N0} steps", "microseconds", $"of a sample at {Rate / 1000.0} kHz", "at 44.1 kHz");
    foreach ((string name, double time) in new[] { ("median", median), ("99th percentile", p99), ("99.9th percentile", sorted[(int)(0.999 * sorted.Length)]), ("longest", sorted[^1]) }) latency.AddRow(name, $"{time:F2}", $"{time / budget:P1}", $"{time * 44_100 / 1e6:P1}");
    AnsiConsole.Write(latency);
    Console.WriteLine($"{times.Count(time => time > budget):N0} steps took longer than a sample; the loop allocated {allocated} bytes");

    foreach ((string path, float[] samples) in paths.Zip(new[] { input, device, output })) Save(path, samples);
    File.WriteAllText(paths[3], Pictures.Latency(times, median, p99, budget));
    System.Range piece = (input.Length / 2)..(input.Length / 2 + Rate / 50);
    File.WriteAllText(paths[4], Pictures.Waves(Rate, ("device", device[piece], Colors.LightGray, 7), ("linear filter", filtered[piece], Colors.C1, 2), ("network", output[piece], Colors.C0, 2)));
    Console.WriteLine($"Sounds and pictures: {string.Join(", ", paths)}");
    Sample.WarnIfQuick(options);

    (float[], float[])[] Sounds(int count, double seconds, int first) => [.. Enumerable.Range(0, count).Select(i =>
    {
        float[] sound = Guitar.Play(seconds, Rate, (ulong)(10_000 * seed + first + i));
        return (sound, Amplifier.Process(sound, Rate));
    })];

    void Show(string name, float[] samples)
    {
        double error = Errors.ErrorToSignal(samples, device);
        table.AddRow(name, $"{error:P2}", $"{10 * Math.Log10(error):F1}");
    }
}

static void Save(string path, float[] samples)
{
    using var file = new WaveFileWriter(path, new WaveFormat(Rate, bits: 16, channels: 1));
    file.WriteSamples([.. samples.Select(sample => Math.Clamp(sample, -1, 1))], 0, samples.Length);
}

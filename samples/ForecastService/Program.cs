using System.CommandLine;
using ForecastService;
using Samples;

Option<string?> folder = Sample.Path("--folder", "where the model and the sessions are kept", "forecast-service", "FOLDER");
Option<int> port = Sample.Number("--port", "port of this computer that the service listens on; 0 for a free one", 0, 65535, 5080);
Option<int> sessions = Sample.Number("--sessions", "sessions", 1, 10_000, 1000);
Option<int> connections = Sample.Number("--connections", "connections that push points at the same time", 1, 1000, 64);
Option<int> seconds = Sample.Number("--seconds", "duration", 1, 3600, 30, quick: 5);

var root = new RootCommand("Serves forecasts and anomaly scores of many live series with one recurrent network, and a page that shows them: open http://localhost:5080.")
{
    folder, port, Sample.Seed, Sample.Quick,
};
root.SetAction((options, cancellation) => Service.RunAsync(options.GetRequiredValue(folder)!, options.GetValue(port), options.GetValue(Sample.Seed), options.GetValue(Sample.Quick), cancellation));

var train = new Command("train", "Trains the model anew and compares it with baselines; a running service loads it.") { folder, Sample.Seed, Sample.Quick };
train.SetAction(options =>
{
    string path = options.GetRequiredValue(folder)!;
    Sample.RequireFolder(path);
    Training.Run(Service.ModelPath(path), options.GetValue(Sample.Seed), options.GetValue(Sample.Quick));
    return 0;
});

var load = new Command("load", "Starts the service in a process of its own, and tests it under load: bits, reloads, refusals, memory, a kill and a restart.") { sessions, connections, seconds, Sample.Seed, Sample.Quick };
load.SetAction((options, cancellation) => LoadTest.RunAsync(new(options.GetValue(sessions), options.GetValue(connections), options.GetValue(seconds), options.GetValue(Sample.Seed)), cancellation));

var throughput = new Command("throughput", "Measures steps per second in batches and one call a step, for networks of several sizes.") { connections, Sample.Quick };
throughput.SetAction((options, cancellation) => Throughput.RunAsync(options.GetValue(connections), options.GetValue(Sample.Quick), cancellation));

root.Add(train);
root.Add(load);
root.Add(throughput);
return await Sample.RunAsync(root, args).ConfigureAwait(false);

using System.Diagnostics;
using System.Globalization;

namespace ForecastService;

/// <summary>The service in a process of its own, on a free port.</summary>
internal sealed class ServiceProcess : IDisposable
{
    private const string Listening = "Now listening on: ";

    private readonly Process _process;

    private ServiceProcess(Process process, Uri address) => (_process, Address) = (process, address);

    public Uri Address { get; }

    /// <summary>Whether the test has killed it.</summary>
    public bool IsKilled { get; private set; }

    /// <summary>The memory that it occupies.</summary>
    public double Megabytes
    {
        get
        {
            _process.Refresh();
            return _process.HasExited ? throw new LoadFailedException("the service has ended by itself") : _process.WorkingSet64 / 1e6;
        }
    }

    public static async Task<ServiceProcess> StartAsync(string folder, CancellationToken cancellation)
    {
        // The program itself, also when it is started by "dotnet".
        string program = Environment.ProcessPath ?? throw new LoadFailedException("the program's path is unknown");
        bool isHost = string.Equals(Path.GetFileNameWithoutExtension(program), "dotnet", StringComparison.OrdinalIgnoreCase);
        string[] arguments = ["--folder", folder, "--port", "0"];
        var start = new ProcessStartInfo(program, isHost ? [Path.Combine(AppContext.BaseDirectory, "ForecastService.dll"), .. arguments] : arguments) { RedirectStandardOutput = true, UseShellExecute = false };
        Process process = Process.Start(start) ?? throw new LoadFailedException("the service does not start");
        while (await process.StandardOutput.ReadLineAsync(cancellation).ConfigureAwait(false) is { } line)
        {
            int at = line.IndexOf(Listening, StringComparison.Ordinal);
            if (at < 0) continue;

            // The rest is read so that the service never waits for its output.
            _ = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
            return new ServiceProcess(process, new Uri(line[(at + Listening.Length)..].Trim(), UriKind.Absolute));
        }

        await process.WaitForExitAsync(cancellation).ConfigureAwait(false);
        throw new LoadFailedException(string.Create(CultureInfo.InvariantCulture, $"the service has ended with {process.ExitCode}"));
    }

    /// <summary>Asks it to end, as Ctrl+C does, and waits until it has. Not on Windows, where a process cannot ask another.</summary>
    public async Task StopAsync(CancellationToken cancellation)
    {
        using (Process signal = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)])) await signal.WaitForExitAsync(cancellation).ConfigureAwait(false);
        await _process.WaitForExitAsync(cancellation).ConfigureAwait(false);
        if (_process.ExitCode != 0) throw new LoadFailedException(string.Create(CultureInfo.InvariantCulture, $"the service was stopped and has ended with {_process.ExitCode}"));
    }

    /// <summary>Ends it at once, as a crash would.</summary>
    public void Kill()
    {
        IsKilled = true;
        if (!_process.HasExited) _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>Ends it if it still runs.</summary>
    public void Dispose()
    {
        Kill();
        _process.Dispose();
    }
}

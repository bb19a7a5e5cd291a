using System.Globalization;
using System.Text.Json;
using RnnSharp.Peers;

// TorchSharp and ONNX Runtime from C#, as peers of the comparison: see README.md in the folder above, and protocol.py for the lines.
if (args is not ["torchsharp" or "onnxruntime"] and not ["torchsharp" or "onnxruntime", "--version" or "--check"])
{
    Console.Error.WriteLine("Expected torchsharp or onnxruntime, alone or with --version or --check.");
    return 2;
}

IPeer peer;
try
{
    peer = args[0] is "torchsharp" ? new TorchPeer() : new OrtPeer();
}
catch (Exception exception) when (exception is DllNotFoundException or BadImageFormatException or TypeInitializationException)
{
    // After an introduction, a line for each place in which the library was searched; the first is where it is.
    Console.Error.WriteLine(exception.GetBaseException().Message.Split('\n').ElementAtOrDefault(1) ?? exception.GetBaseException().Message);
    return 1;
}

switch (args)
{
    case [_, "--version"]:
        Console.Out.WriteLine(JsonSerializer.Serialize(new { name = peer.Name, detail = peer.Detail }));
        return 0;
    case [_, "--check"]:
        return OutputCheck.Run(peer, Console.Out) ? 0 : 1;
    default:
        Serve(peer);
        return 0;
}

static void Serve(IPeer peer)
{
    while (Console.In.ReadLine() is { } line)
    {
        Cell cell = JsonSerializer.Deserialize<Cell>(line, JsonSerializerOptions.Web) ?? throw new InvalidDataException("Expected a cell, got null.");
        using PeerCall? call = peer.Prepare(cell);
        string answer = "{\"median_ms\": null}";
        if (call is not null)
        {
            (double milliseconds, int runs) = Clock.MedianTime(call.Run, cell.Seconds);
            if (cell.Streams) milliseconds /= Cell.StreamSteps;
            answer = string.Create(CultureInfo.InvariantCulture, $"{{\"median_ms\": {milliseconds:R}, \"runs\": {runs}}}");
        }

        Console.Out.WriteLine(answer);
        Console.Out.Flush();
    }
}

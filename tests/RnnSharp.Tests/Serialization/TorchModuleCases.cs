using System.IO.Compression;
using System.Text.Json;
using RnnSharp.Layers;
using RnnSharp.Recurrent;

namespace RnnSharp.Tests.Serialization;

/// <summary>The modules of References/torch_modules.py: files that PyTorch wrote, and what it computes.</summary>
internal static class TorchModuleCases
{
    private static readonly Lazy<Dictionary<string, byte[]>> Entries = new(ReadEntries);
    private static readonly Lazy<JsonElement> Cases = new(() => JsonDocument.Parse(File("cases.json")).RootElement);

    public static int Count => Cases.Value.GetArrayLength();

    public static JsonElement Case(int number) => Cases.Value[number];

    public static byte[] File(string name) => Entries.Value[name];

    public static Sequence<double> Input(int number)
    {
        JsonElement steps = Case(number).GetProperty("input");
        JsonElement first = Case(number).GetProperty("parts")[0];
        if (first[1].GetString() is not "Embedding") return FromJson(steps);
        Sequence<double> tokens = Sequence<double>.ForTokens(first[2][0].GetInt32(), steps[0].GetArrayLength(), steps.GetArrayLength());
        for (int t = 0; t < tokens.Steps; t++)
        {
            for (int j = 0; j < tokens.Batch; j++) tokens.SetToken(j, t, steps[t][j].GetInt32());
        }

        return tokens;
    }

    public static Sequence<double> Output(int number) => FromJson(Case(number).GetProperty("output"));

    /// <summary>The nonlinearity of the case's RNN modules.</summary>
    public static Activation Nonlinearity(int number) =>
        Case(number).GetProperty("parts").EnumerateArray().Any(part => part[3].TryGetProperty("nonlinearity", out JsonElement value) && value.GetString() is "relu") ? Activation.Relu : Activation.Tanh;

    /// <summary>The names of the modules as in the state dictionary.</summary>
    public static string[] Names(int number) => [.. Case(number).GetProperty("parts").EnumerateArray().Select(part => (Case(number).GetProperty("wrapped").GetBoolean() ? "inner." : "") + part[0].GetString())];

    /// <summary>The names again, one for each layer.</summary>
    public static string[] LayerNames(int number) => [.. Case(number).GetProperty("parts").EnumerateArray().Zip(Names(number), (part, name) => Enumerable.Repeat(name, Number(part[3], "num_layers") ?? 1)).SelectMany(name => name)];

    /// <summary>What Python would print for each module.</summary>
    public static string[] Descriptions(int number) => [.. Case(number).GetProperty("parts").EnumerateArray().Zip(Names(number), (part, name) =>
    {
        int[] sizes = [.. part[2].EnumerateArray().Select(size => size.GetInt32())];
        JsonElement options = part[3];
        string text = $"{name}: {part[1].GetString()}({string.Join(", ", sizes)}";
        if (Number(options, "num_layers") is > 1 and int layers) text += $", num_layers={layers}";
        if (IsFalse(options, "bias")) text += ", bias=False";
        if (options.TryGetProperty("bidirectional", out JsonElement both) && both.GetBoolean()) text += ", bidirectional=True";
        if (Number(options, "proj_size") is { } projection) text += $", proj_size={projection}";
        return $"{text})";
    })];

    /// <summary>A model of the case's shape as a .NET program would create it, with merged biases.</summary>
    public static LayerStack<double> Fresh(int number, int seed)
    {
        var layers = new List<ILayer<double>>();
        var random = new Random(seed);
        foreach (JsonElement part in Case(number).GetProperty("parts").EnumerateArray())
        {
            int[] sizes = [.. part[2].EnumerateArray().Select(size => size.GetInt32())];
            JsonElement options = part[3];
            switch (part[1].GetString())
            {
                case "Embedding":
                    layers.Add(new EmbeddingLayer<double>(sizes[0], sizes[1], seed: random.Next()));
                    break;
                case "Linear":
                    layers.Add(new DenseLayer<double>(sizes[0], sizes[1], random.Next()));
                    break;
                case "LayerNorm":
                    layers.Add(new LayerNormalizationLayer<double>(sizes[0]));
                    break;
                default:
                    RecurrentBias bias = IsFalse(options, "bias") ? RecurrentBias.None : RecurrentBias.Merged;
                    bool isBidirectional = options.GetProperty("bidirectional").GetBoolean();
                    for (int k = 0, inputs = sizes[0]; k < options.GetProperty("num_layers").GetInt32(); k++)
                    {
                        int size = inputs;
                        if (k > 0 && random.Next(2) == 0) layers.Add(new DropoutLayer<double>(size, 0.5));
                        layers.Add(isBidirectional ? Bidirectional.Of(drawn => Layer(part, size, sizes[1], bias, drawn), random.Next()) : Layer(part, size, sizes[1], bias, random.Next()));
                        inputs = layers[^1].OutputSize;
                    }

                    break;
            }
        }

        var stack = new LayerStack<double>(layers);
        foreach (Parameter<double> parameter in stack.Parameters)
        {
            if (IsFalseBias(number, stack, parameter)) parameter.Set(new double[parameter.Count]);
            else parameter.Set([.. Enumerable.Range(0, parameter.Count).Select(_ => random.NextDouble() - 0.5)]);
        }

        return stack;
    }

    private static ILayer<double> Layer(JsonElement part, int inputs, int hidden, RecurrentBias bias, int seed) => part[1].GetString() switch
    {
        "LSTM" => new LstmLayer<double>(inputs, hidden, seed, new LstmOptions { Bias = bias, ProjectionSize = Number(part[3], "proj_size") }),
        "GRU" => new GruLayer<double>(inputs, hidden, seed, new GruOptions { Bias = bias }),
        _ => new RnnLayer<double>(inputs, hidden, seed, part[3].GetProperty("nonlinearity").GetString() is "relu" ? Activation.Relu : Activation.Tanh, new RnnOptions { Bias = bias }),
    };

    /// <summary>Whether a parameter is a dense layer's bias that the PyTorch module does not have.</summary>
    private static bool IsFalseBias(int number, LayerStack<double> stack, Parameter<double> parameter) =>
        stack.Layers[^1] is DenseLayer<double> dense && ReferenceEquals(dense.Bias, parameter) && IsFalse(Case(number).GetProperty("parts").EnumerateArray().Last()[3], "bias");

    private static bool IsFalse(JsonElement options, string name) => options.TryGetProperty(name, out JsonElement value) && !value.GetBoolean();

    private static int? Number(JsonElement options, string name) => options.TryGetProperty(name, out JsonElement value) ? value.GetInt32() : null;

    private static Sequence<double> FromJson(JsonElement steps)
    {
        var sequence = new Sequence<double>(steps[0][0].GetArrayLength(), steps[0].GetArrayLength(), steps.GetArrayLength());
        int at = 0;
        foreach (JsonElement value in steps.EnumerateArray().SelectMany(step => step.EnumerateArray()).SelectMany(example => example.EnumerateArray())) sequence.Values[at++] = value.GetDouble();
        return sequence;
    }

    private static Dictionary<string, byte[]> ReadEntries()
    {
        using ZipArchive archive = ZipFile.OpenRead(Path.Combine(AppContext.BaseDirectory, "References", "torch_modules.zip"));
        return archive.Entries.ToDictionary(entry => entry.FullName, entry =>
        {
            using var copy = new MemoryStream();
            using Stream stream = entry.Open();
            stream.CopyTo(copy);
            return copy.ToArray();
        }, StringComparer.Ordinal);
    }
}

using System.Text.Json;
using RnnSharp.Data;

namespace RnnSharp.Results.Files;

/// <summary>
/// The chorales of a JSON file {"train": [[[keys], …], …], "validation": …, "test": …}: for each chorale its frames, and for each frame the
/// sounding keys, 0 to 87. An example predicts each frame from those before it.
/// </summary>
internal sealed record ChoraleFile(Example<float>[] Train, Example<float>[] Validation, Example<float>[] Test)
{
    public const int Keys = 88;

    /// <exception cref="InvalidDataException">The file is not of this form.</exception>
    public static ChoraleFile Read(string path)
    {
        Dictionary<string, int[][][]>? parts;
        try
        {
            parts = JsonSerializer.Deserialize<Dictionary<string, int[][][]>>(File.ReadAllBytes(path));
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{path} is not a file of chorales: {exception.Message}", exception);
        }

        return new ChoraleFile(Part("train"), Part("validation"), Part("test"));

        Example<float>[] Part(string name) => parts is not null && parts.TryGetValue(name, out int[][][]? chorales) && chorales is { Length: > 0 }
            ? [.. chorales.Select((chorale, i) => ExampleOf(chorale, $"chorale {i} of {name} in {path}"))]
            : throw new InvalidDataException($"Expected chorales under \"{name}\" in {path}, got none.");
    }

    private static Example<float> ExampleOf(int[][]? frames, string what)
    {
        if (frames is null || frames.Length < 2) throw new InvalidDataException($"Expected at least 2 frames in {what}, got {frames?.Length ?? 0}.");
        var keys = new float[frames.Length * Keys];
        for (int t = 0; t < frames.Length; t++)
        {
            foreach (int key in frames[t] ?? throw new InvalidDataException($"Expected keys in frame {t} of {what}, got null."))
            {
                if ((uint)key >= Keys) throw new InvalidDataException($"Expected a key of 0 to {Keys - 1} in frame {t} of {what}, got {key}.");
                keys[t * Keys + key] = 1;
            }
        }

        return new(Series<float>.FromValues(keys.AsMemory(..^Keys), Keys), Series<float>.FromValues(keys.AsMemory(Keys..), Keys));
    }
}

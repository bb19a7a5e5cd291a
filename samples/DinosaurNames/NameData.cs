using System.Text;
using RnnSharp.Numerics;

namespace DinosaurNames;

/// <summary>A list of names as tokens, split 80/10/10 for training, validation and test.</summary>
internal sealed class NameData
{
    private const int MinNames = 20;

    private readonly HashSet<string> _trainingNames;

    private NameData(string[] names, FastRandom random)
    {
        Vocabulary = Vocabulary.Of(names);
        random.Shuffle(names);
        int tenth = names.Length / 10;
        Test = Encode(names[..tenth]);
        Validation = Encode(names[tenth..(2 * tenth)]);
        Training = Encode(names[(2 * tenth)..]);
        _trainingNames = [.. names[(2 * tenth)..]];
    }

    public Vocabulary Vocabulary { get; }

    public int[][] Training { get; }

    public int[][] Validation { get; }

    public int[][] Test { get; }

    /// <exception cref="InvalidDataException">The file is not a list of names, or has too few names.</exception>
    public static NameData Read(string path, FastRandom random)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(path, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
        }
        catch (DecoderFallbackException exception)
        {
            throw new InvalidDataException($"{path} is not UTF-8 text.", exception);
        }

        for (int i = 0; i < lines.Length; i++)
        {
            lines[i] = lines[i].Trim();
            if (lines[i].EnumerateRunes().Any(Rune.IsControl)) throw new InvalidDataException($"{path}, line {i + 1}: expected a name, got a control character (is it a list with one name per line?).");
            int length = lines[i].EnumerateRunes().Count();
            if (length > Vocabulary.LongestAllowed) throw new InvalidDataException($"{path}, line {i + 1}: expected a name of at most {Vocabulary.LongestAllowed} characters, got {length}.");
        }

        string[] names = [.. lines.Where(line => line.Length > 0).Distinct(StringComparer.Ordinal)];
        return names.Length >= MinNames
            ? new NameData(names, random)
            : throw new InvalidDataException($"{path} has {(names.Length == 0 ? "no names" : $"too few different names ({names.Length})")}: at least {MinNames} are needed.");
    }

    public bool IsInTraining(string name) => _trainingNames.Contains(name);

    private int[][] Encode(string[] names) => [.. names.Select(Vocabulary.Encode)];
}

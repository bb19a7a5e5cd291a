using System.Globalization;
using System.Text;
using RnnSharp.Serialization;
using RnnSharp.Text;

namespace DinosaurNames;

/// <summary>Writes names, one character at a time.</summary>
/// <param name="Model">Predicts the next character. A boundary, its start token, comes before and after every name.</param>
/// <param name="Capitalize">Whether the model knows names in lower case, and a capital first letter is to be restored.</param>
/// <param name="Longest">The most characters of a name.</param>
internal sealed record NameModel(LanguageModel<float> Model, bool Capitalize, int Longest)
{
    public const string Boundary = "boundary";

    private const string VocabularyKey = "vocabulary", CapitalizeKey = "capitalize", LongestKey = "longest_name";
    private const int NamesAtOnce = 100;

    /// <exception cref="InvalidDataException">The file is not a network that <see cref="Save"/> has saved.</exception>
    public static NameModel Load(string path)
    {
        LoadedModel<float> loaded = ModelFile.Load<float>(path);
        try
        {
            if (!loaded.Metadata.TryGetValue(VocabularyKey, out string? json) || !bool.TryParse(loaded.Metadata.GetValueOrDefault(CapitalizeKey), out bool capitalize)
                || !int.TryParse(loaded.Metadata.GetValueOrDefault(LongestKey), CultureInfo.InvariantCulture, out int longest) || longest is < 1 or > NameList.LongestAllowed)
                throw new InvalidDataException("It was not saved by this sample.");
            var vocabulary = CharacterVocabulary.FromJson(json);
            if (vocabulary.Symbols.Any(symbol => symbol.EnumerateRunes().Any(Rune.IsControl))) throw new InvalidDataException("Its vocabulary has a control character.");
            return new NameModel(new LanguageModel<float>(loaded.Model, vocabulary, vocabulary.ReservedToken(Boundary)), capitalize, longest);
        }
        catch (Exception exception) when (exception is InvalidDataException or ArgumentException)
        {
            throw new InvalidDataException($"{path} cannot be used. {exception.Message}", exception);
        }
    }

    /// <summary>Saves the network with all that <see cref="Load"/> needs, in one file.</summary>
    public void Save(string path) => ModelFile.Save(Model.Layer, path, new()
    {
        Metadata = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [VocabularyKey] = ((CharacterVocabulary)Model.Tokenizer).ToJson(),
            [CapitalizeKey] = $"{Capitalize}",
            [LongestKey] = Longest.ToString(CultureInfo.InvariantCulture),
        },
    });

    /// <summary>Writes names. The same seed gives the same names.</summary>
    public IEnumerable<string> Write(int count, double temperature, ulong seed)
    {
        int boundary = Model.StartToken!.Value;
        var options = new GenerationOptions { Temperature = temperature, MaxTokens = Longest, StopTokens = [boundary], Filter = (name, allowed) => allowed[boundary] = !name.IsEmpty };
        return Enumerable.Range(0, count).Chunk(NamesAtOnce)
            .SelectMany(numbers => Model.GenerateBatch([.. numbers.Select(_ => "")], options with { Seed = unchecked(seed + (ulong)numbers[0]) }))
            .Select(Spell);
    }

    /// <summary>A name as it is written, from one as the model knows it.</summary>
    public string Spell(string name) => Capitalize ? NameList.Capitalized(name) : name;
}

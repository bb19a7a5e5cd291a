using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using RnnSharp.Serialization;

namespace RnnSharp.Text;

/// <summary>What a vocabulary's JSON holds. It may come from outside, and takes memory in proportion to its length.</summary>
internal sealed class VocabularyData
{
    public const string Characters = "characters";
    public const string Words = "words";
    public const string Punctuation = "punctuation";
    public const string Whitespace = "whitespace";

    private static readonly VocabularyJson Json = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        AllowDuplicateProperties = false,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        RespectNullableAnnotations = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    /// <summary>Characters or words.</summary>
    public required string Kind { get; init; }

    /// <summary>The names of the reserved tokens.</summary>
    public required string[] Reserved { get; init; }

    /// <summary>Whether there is a token for unknown symbols.</summary>
    public required bool Unknown { get; init; }

    /// <summary>Of words: punctuation or whitespace.</summary>
    public string? Splitting { get; init; }

    /// <summary>Of words.</summary>
    public bool? LowerCase { get; init; }

    /// <summary>The symbols in the order of their tokens.</summary>
    public required string[] Symbols { get; init; }

    /// <exception cref="InvalidDataException">The text is invalid.</exception>
    public static VocabularyData Read(string json, string kind)
    {
        ArgumentNullException.ThrowIfNull(json);
        VocabularyData? data;
        try
        {
            data = JsonSerializer.Deserialize(json, Json.VocabularyData);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or ArgumentException)
        {
            // A text with an unpaired surrogate is an invalid operation or an invalid argument of the JSON reader.
            throw new InvalidDataException($"The vocabulary is invalid: {exception.Message}", exception);
        }

        if (data is null) throw Invalid("expected an object, got null");
        if (!string.Equals(data.Kind, kind, StringComparison.Ordinal)) throw Invalid($"expected the kind {kind}, got {ErrorText.Quote(data.Kind)}");
        if (!string.Equals(kind, Words, StringComparison.Ordinal) && (data.Splitting is not null || data.LowerCase is not null)) throw Invalid("only words have splitting and lowerCase");
        RequireDistinct(data.Reserved, "reserved");
        RequireDistinct(data.Symbols, "symbols");
        if (data.Reserved.Length + data.Symbols.Length == 0 && !data.Unknown) throw Invalid("expected at least one token");
        return data;
    }

    public static InvalidDataException Invalid(string problem) => new($"The vocabulary is invalid: {problem}.");

    public string Write() => JsonSerializer.Serialize(this, Json.VocabularyData);

    private static void RequireDistinct(string[] texts, string name)
    {
        var seen = new HashSet<string>(texts.Length, StringComparer.Ordinal);
        for (int i = 0; i < texts.Length; i++)
        {
            if (string.IsNullOrEmpty(texts[i])) throw Invalid($"expected a text in {name}[{i}]");
            if (!Vocabulary.IsText(texts[i])) throw Invalid($"expected valid Unicode in {name}[{i}]");
            if (!seen.Add(texts[i])) throw Invalid($"{ErrorText.Quote(texts[i])} occurs twice in {name}");
        }
    }
}

[JsonSerializable(typeof(VocabularyData))]
internal sealed partial class VocabularyJson : JsonSerializerContext;

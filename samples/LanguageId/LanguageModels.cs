using RnnSharp.Text;

namespace LanguageId;

/// <summary>A model of the characters of each language, which predicts each from those before it by counting; the language whose model finds a text likeliest is named.</summary>
internal sealed class LanguageModels
{
    private readonly CharacterVocabulary _characters;
    private readonly NGramModel[] _models;

    /// <summary>Counts the n-grams of texts.</summary>
    /// <param name="texts">The training texts.</param>
    /// <param name="order">The characters before one that it is predicted from.</param>
    public LanguageModels(IReadOnlyList<Snippet> texts, int order)
    {
        _characters = CharacterVocabulary.FromTexts(texts.Select(text => text.Characters), new() { UnknownToken = true });
        _models = [.. Texts.Languages.Select((_, language) => NGramModel.Fit([.. texts.Where(text => text.Language == language).Select(text => _characters.Encode(text.Characters))], _characters.Size, order))];
        Order = order;
    }

    public int Order { get; }

    /// <summary>The order that is best on other texts.</summary>
    public static LanguageModels Choose(IReadOnlyList<Snippet> training, IReadOnlyList<Snippet> validation) =>
        Enumerable.Range(1, 5).Select(order => new LanguageModels(training, order)).MaxBy(models => models.Accuracy(validation))!;

    public double Accuracy(IReadOnlyList<Snippet> texts) => texts.Count(text => LanguageOf(text) == text.Language) / (double)texts.Count;

    private int LanguageOf(Snippet text)
    {
        int[] tokens = _characters.Encode(text.Characters);
        return Enumerable.Range(0, _models.Length).MaxBy(language => _models[language].LogProbabilities(tokens).Sum());
    }
}

namespace LanguageId;

/// <summary>
/// Naive Bayes: the language under which the n-grams of a text are likeliest, as if each were drawn on its own, with additive smoothing
/// (Cavnar and Trenkle 1994 rank the same counts). All languages are equally likely beforehand.
/// </summary>
internal sealed class NaiveBayes
{
    private readonly Dictionary<string, int>[] _counts;
    private readonly double[] _totals;
    private readonly int _kinds;
    private readonly int _length;
    private readonly double _smoothing;

    /// <summary>Counts the n-grams of texts.</summary>
    /// <param name="texts">The training texts.</param>
    /// <param name="length">n, the characters of an n-gram.</param>
    /// <param name="smoothing">What is added to each count.</param>
    public NaiveBayes(IReadOnlyList<Snippet> texts, int length, double smoothing)
    {
        (_length, _smoothing) = (length, smoothing);
        _counts = [.. Texts.Languages.Select(_ => new Dictionary<string, int>(StringComparer.Ordinal))];
        foreach (Snippet text in texts)
        {
            foreach (string gram in Grams(text)) _counts[text.Language][gram] = _counts[text.Language].GetValueOrDefault(gram) + 1;
        }

        _totals = [.. _counts.Select(counts => (double)counts.Values.Sum())];
        _kinds = _counts.SelectMany(counts => counts.Keys).Distinct(StringComparer.Ordinal).Count();
    }

    /// <summary>The name of the baseline, such as "naive Bayes, n-grams of 3 characters, smoothing 0.03".</summary>
    public string Name => $"naive Bayes, n-grams of {_length} character{(_length == 1 ? "" : "s")}, smoothing {_smoothing}";

    /// <summary>The smoothing that is best on other texts.</summary>
    public static NaiveBayes Choose(IReadOnlyList<Snippet> training, IReadOnlyList<Snippet> validation, int length) =>
        new double[] { 0.01, 0.03, 0.1, 0.3, 1 }.Select(smoothing => new NaiveBayes(training, length, smoothing)).MaxBy(model => model.Accuracy(validation))!;

    public double Accuracy(IReadOnlyList<Snippet> texts) => texts.Count(text => LanguageOf(text) == text.Language) / (double)texts.Count;

    public int LanguageOf(Snippet text)
    {
        string[] grams = [.. Grams(text)];
        return Enumerable.Range(0, _counts.Length).MaxBy(language => grams.Sum(gram => Math.Log((_counts[language].GetValueOrDefault(gram) + _smoothing) / (_totals[language] + _smoothing * _kinds))));
    }

    private IEnumerable<string> Grams(Snippet text)
    {
        for (int start = 0; start + _length <= text.Characters.Length; start++) yield return text.Characters.Substring(start, _length);
    }
}

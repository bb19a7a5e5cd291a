using RnnSharp.Training;

namespace TokenTagger;

/// <summary>
/// A baseline with context: naive Bayes, from left to right. The tag of a word is the likeliest one given the word, its looks, the words beside it and the tag before,
/// as if these were independent of each other, with additive smoothing. A word that is not frequent is the unknown one, as for the network.
/// </summary>
internal sealed class ContextTags
{
    private const string Unknown = "<unknown>", Outside = "<outside>";
    private const int MinimumCount = 15;

    private readonly Dictionary<string, int> _words;
    private readonly Dictionary<(int Feature, string Value), double[]> _counts = [];
    private readonly double[] _tags = new double[Sentence.Tags.Count];
    private readonly HashSet<string>[] _values;

    /// <summary>Counts sentences.</summary>
    /// <param name="training">The sentences.</param>
    /// <param name="reach">How many words on each side are looked at.</param>
    /// <param name="smoothing">What is added to each count.</param>
    public ContextTags(IReadOnlyList<Sentence> training, int reach, double smoothing)
    {
        (Reach, Smoothing) = (reach, smoothing);
        _words = training.SelectMany(sentence => sentence.Words.Select(word => Plain(sentence, word))).CountBy(word => word, StringComparer.Ordinal).Where(pair => pair.Value >= MinimumCount).ToDictionary(StringComparer.Ordinal);
        _values = [.. Enumerable.Range(0, 3 + 2 * reach).Select(_ => new HashSet<string>(StringComparer.Ordinal))];
        foreach (Sentence sentence in training)
        {
            string[] words = Known(sentence);
            for (int i = 0; i < words.Length; i++)
            {
                int tag = sentence.Words[i].Tag;
                _tags[tag]++;
                foreach ((int feature, string value) in Features(sentence, words, i, i == 0 ? Outside : Sentence.Tags[sentence.Words[i - 1].Tag]).Index())
                {
                    _values[feature].Add(value);
                    if (!_counts.TryGetValue((feature, value), out double[]? counts)) _counts[(feature, value)] = counts = new double[_tags.Length];
                    counts[tag]++;
                }
            }
        }
    }

    /// <summary>How many words on each side are looked at.</summary>
    public int Reach { get; }

    /// <summary>What is added to each count.</summary>
    public double Smoothing { get; }

    /// <summary>The sentences to count, the reach and the smoothing that have the highest mean F1 on other sentences.</summary>
    public static ContextTags Choose(IReadOnlyList<IReadOnlyList<Sentence>> trainings, IReadOnlyList<Sentence> validation)
    {
        IEnumerable<ContextTags> all =
            from training in trainings
            from reach in (int[])[1, 2]
            from smoothing in (double[])[0.1, 1, 10]
            select new ContextTags(training, reach, smoothing);
        return all.MaxBy(tags => tags.F1(validation))!;
    }

    public IReadOnlyList<Sentence> Tag(IReadOnlyList<Sentence> sentences) => [.. sentences.Select(Tag)];

    private Sentence Tag(Sentence sentence)
    {
        string[] words = Known(sentence);
        int[] tags = new int[words.Length];
        for (int i = 0; i < words.Length; i++)
        {
            double[] scores = [.. _tags.Select(count => Math.Log(count))];
            foreach ((int feature, string value) in Features(sentence, words, i, i == 0 ? Outside : Sentence.Tags[tags[i - 1]]).Index())
            {
                if (!_counts.TryGetValue((feature, value), out double[]? counts)) continue;
                for (int tag = 0; tag < scores.Length; tag++) scores[tag] += Math.Log((counts[tag] + Smoothing) / (_tags[tag] + Smoothing * _values[feature].Count));
            }

            tags[i] = Enumerable.Range(0, scores.Length).MaxBy(tag => scores[tag]);
        }

        return sentence.With(tags);
    }

    private double F1(IReadOnlyList<Sentence> sentences)
    {
        var counts = new ConfusionMatrix<float>(Sentence.Tags.Count);
        foreach (Sentence sentence in sentences)
        {
            foreach ((Word word, Word tagged) in sentence.Words.Zip(Tag(sentence).Words)) counts.Add(tagged.Tag, word.Tag);
        }

        return counts.F1(ClassAveraging.Macro);
    }

    private IEnumerable<string> Features(Sentence sentence, string[] words, int i, string before)
    {
        yield return words[i];
        yield return $"{WordTags.Look(sentence.TextOf(sentence.Words[i]))} {i == 0}";
        yield return before;
        for (int away = 1; away <= Reach; away++)
        {
            yield return i - away < 0 ? Outside : words[i - away];
            yield return i + away >= words.Length ? Outside : words[i + away];
        }
    }

    private string[] Known(Sentence sentence) => [.. sentence.Words.Select(word => Plain(sentence, word)).Select(word => _words.ContainsKey(word) ? word : Unknown)];

    private static string Plain(Sentence sentence, Word word) => Sentence.Plain(sentence.TextOf(word)).ToLowerInvariant();
}

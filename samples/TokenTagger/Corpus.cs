using System.Globalization;
using System.Text.RegularExpressions;
using RnnSharp.Data;
using RnnSharp.Numerics;

namespace TokenTagger;

/// <summary>Sentences from templates, whose places are filled with names, dates, times and amounts; and others that were written by hand.</summary>
/// <param name="Templates">Sentences with places to fill.</param>
/// <param name="Cities">The names of cities.</param>
/// <param name="People">The names of people.</param>
internal sealed partial record Corpus(IReadOnlyList<string> Templates, IReadOnlyList<string> Cities, IReadOnlyList<string> People)
{
    private static readonly string[] Weekdays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    private static readonly string[] Months = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
    private static readonly string[] Numbers = ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    private static readonly string[] Tens = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
    private static readonly string[] Titles = ["Mister", "Mrs", "Doctor", "Uncle", "Aunt", "Professor"];
    private static readonly string[] Onsets = ["b", "br", "c", "ch", "d", "f", "fr", "g", "gr", "h", "j", "k", "l", "m", "n", "p", "r", "s", "st", "t", "tr", "v", "w", "y", "z", ""];
    private static readonly string[] Vowels = ["a", "e", "i", "o", "u", "ai", "ea", "ie", "oo"];
    private static readonly string[] Ends = ["", "", "", "n", "r", "s", "l", "m", "t", "nd", "rk", "ck"];
    private static readonly string[] Currencies = ["euros", "dollars", "pounds"];

    /// <summary>Sentences to judge, none of which comes from a template. Their names are in no list.</summary>
    public static IReadOnlyList<Sentence> Handwritten { get; } = [.. Lines("handwritten").Select(line => Sentence.Parse(line, _ => throw new InvalidDataException($"A place without words: {line}")))];

    /// <summary>Parts without a template or a name in common, so that names to be judged are new.</summary>
    public static (Corpus Train, Corpus Validation, Corpus Test) Split(int seed)
    {
        SplitParts<string> templates = Split("templates"), cities = Split("cities"), people = Split("people");
        return (new(templates.Train, cities.Train, people.Train), new(templates.Validation, cities.Validation, people.Validation), new(templates.Test, cities.Test, people.Test));

        SplitParts<string> Split(string file) => DataSplit.Shuffled(Lines(file), validation: 0.15, test: 0.15, (ulong)seed);
    }

    /// <summary>Draws a sentence; one of four has no capitals.</summary>
    public Sentence Draw(FastRandom random)
    {
        var sentence = Sentence.Parse(Pick(Templates, random), place => Fill(place, random));
        return random.Next(4) == 0 ? sentence.ToLower() : sentence;
    }

    /// <summary>Draws a sentence to learn from, with names and other words that do not exist, so that they cannot be learned by heart.</summary>
    public Sentence DrawNoisy(FastRandom random)
    {
        const double InventedNames = 0.7, InventedWords = 0.15;
        var sentence = Sentence.Parse(
            Words().Replace(Template(random), word => random.NextDouble() < InventedWords ? Invented(random) : word.Value),
            place => random.NextDouble() < InventedNames && Name(place, random) is { } name ? name : Fill(place, random));
        return random.Next(4) == 0 ? sentence.ToLower() : sentence;
    }

    // One template, or two as one sentence.
    private string Template(FastRandom random)
    {
        const double Joined = 0.3;
        string template = Pick(Templates, random);
        return random.NextDouble() < Joined ? template.TrimEnd('.', '?') + Pick([", and ", " and ", ", but ", " because ", ", ", ". "], random) + Pick(Templates, random) : template;
    }

    /// <summary>Draws sentences.</summary>
    public IReadOnlyList<Sentence> Draw(int count, int seed) => Draw(count, seed, Draw);

    /// <summary>Draws sentences to learn from, with invented names and words.</summary>
    public IReadOnlyList<Sentence> DrawNoisy(int count, int seed) => Draw(count, seed, DrawNoisy);

    private static IReadOnlyList<Sentence> Draw(int count, int seed, Func<FastRandom, Sentence> draw)
    {
        var random = new FastRandom((ulong)seed);
        return [.. Enumerable.Range(0, count).Select(_ => draw(random))];
    }

    private static string[] Lines(string file) => File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "data", $"{file}.txt"));

    private static string Pick(IReadOnlyList<string> items, FastRandom random) => items[random.Next(items.Count)];

    private static string? Name(string place, FastRandom random)
    {
        string invented = Invented(random);
        string name = char.ToUpperInvariant(invented[0]) + invented[1..];
        return (place, random.Next(8)) switch
        {
            ("person", 0) => $"{Pick(Titles, random)} {name}",
            ("person", 1) => $"{name} {Name("other", random)}",
            ("from" or "to" or "other", 0) => $"{Pick(["New", "San", "Santa", "Port", "El"], random)} {name}",
            ("person" or "from" or "to" or "other", _) => name,
            _ => null,
        };
    }

    private static string Invented(FastRandom random)
    {
        string word = "";
        for (int syllables = 1 + random.Next(3); syllables > 0; syllables--) word += Pick(Onsets, random) + Pick(Vowels, random) + Pick(Ends, random);
        return word;
    }

    private string Fill(string place, FastRandom random) => place switch
    {
        "from" or "to" or "other" => Pick(Cities, random),
        "person" => Pick(People, random),
        "date" => Date(random),
        "time" => Time(random),
        "amount" => Amount(random),
        _ => throw new InvalidDataException($"Expected a place for a tag in a template, got {place}."),
    };

    private static string Date(FastRandom random)
    {
        string month = Pick(Months, random), weekday = Pick(Weekdays, random), number = Pick(Numbers, random);
        int day = random.Next(1, 32);
        string ordinal = $"{day}{(day / 10 == 1 ? "th" : (day % 10) switch { 1 => "st", 2 => "nd", 3 => "rd", _ => "th" })}";
        return random.Next(12) switch
        {
            0 => "today",
            1 => "tomorrow",
            2 => "tonight",
            3 => $"on {weekday}",
            4 => $"{Pick(["next", "this", "last"], random)} {weekday}",
            5 => $"on {month} {ordinal}",
            6 => $"on the {ordinal} of {month}",
            7 => $"in {month}",
            8 => $"in {number} {Pick(["days", "weeks", "months"], random)}",
            9 => $"{Pick(["next", "this", "last"], random)} {Pick(["week", "month", "weekend", "night"], random)}",
            10 => Pick(["the day after tomorrow", "at the weekend", "yesterday", "at Christmas"], random),
            _ => weekday,
        };
    }

    private static string Time(FastRandom random)
    {
        string number = Pick(Numbers, random), minutes = (5 * random.Next(12)).ToString("00", CultureInfo.InvariantCulture);
        int hour = random.Next(24);
        return random.Next(8) switch
        {
            0 => Pick(["noon", "midnight"], random),
            1 => $"half past {number}",
            2 => $"a quarter {Pick(["past", "to"], random)} {number}",
            3 => $"{number} o'clock",
            4 => $"{hour % 12 + 1} {Pick(["am", "pm"], random)}",
            5 => number,
            _ => $"{hour}:{minutes}",
        };
    }

    private static string Amount(FastRandom random)
    {
        int whole = random.Next(2, random.Next(2) == 0 ? 100 : 1000);
        string cents = random.Next(100).ToString("00", CultureInfo.InvariantCulture), currency = Pick(Currencies, random);
        return random.Next(7) switch
        {
            0 => $"${whole}",
            1 => $"${whole}.{cents}",
            2 => $"{whole}.{cents} {currency}",
            3 => $"{Pick(Numbers, random)} {currency}",
            4 => $"{Pick(Tens, random)} {currency}",
            5 => $"{Pick(Numbers, random)} hundred {currency}",
            _ => $"{whole} {currency}",
        };
    }

    // Words outside of the places in braces.
    [GeneratedRegex(@"(?<![{:\w])[a-z]{2,}(?![}\w'])", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Words();
}

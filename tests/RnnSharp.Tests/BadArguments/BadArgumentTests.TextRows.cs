using RnnSharp.Layers;
using RnnSharp.Text;
using Xunit;

namespace RnnSharp.Tests;

/// <summary>Tokenizers, samplers and generation of text.</summary>
public sealed partial class BadArgumentTests
{
    private const string Unpaired = "ab\ud800";

    private static IEnumerable<Row> Texts()
    {
        const string FromText = "CharacterVocabulary.FromText(text, options)", FromTexts = "CharacterVocabulary.FromTexts(texts, options)", Words = "WordVocabulary.FromTexts(texts, options)";
        yield return Null(FromText, "text", _ => CharacterVocabulary.FromText(null!));
        yield return Bad(FromText, "text", "at least one character", "got none", _ => CharacterVocabulary.FromText(""));
        yield return Bad(FromText, "text", "valid Unicode", "at character 2", _ => CharacterVocabulary.FromText(Unpaired));
        yield return Null(FromTexts, "texts", _ => CharacterVocabulary.FromTexts(null!));
        yield return Bad(FromTexts, "texts", "texts", "got null", _ => CharacterVocabulary.FromTexts([null!]));
        yield return Bad(FromTexts, "texts", "valid Unicode", "at character 2", _ => CharacterVocabulary.FromTexts(["a", Unpaired]));
        yield return Bad(FromTexts, "texts", "at least one character", "got none", _ => CharacterVocabulary.FromTexts([]));
        yield return Null(Words, "texts", _ => WordVocabulary.FromTexts(null!));
        yield return Bad(Words, "texts", "texts", "got null", _ => WordVocabulary.FromTexts([null!]));
        yield return Bad(Words, "texts", "valid Unicode", "at character 2", _ => WordVocabulary.FromTexts([Unpaired]));
        yield return Bad(Words, "texts", "at least one word that occurs 2 times", "got none", _ => WordVocabulary.FromTexts(["a b"], new() { MinimumCount = 2, UnknownToken = false }));
        yield return Bad(Words, "options", "at least 2", "got 1", _ => WordVocabulary.FromTexts(["a b"], new() { MaximumSize = 1, ReservedTokens = ["<s>"] }));
        yield return Null("CharacterVocabulary.FromJson(json)", "json", _ => CharacterVocabulary.FromJson(null!));
        yield return Null("WordVocabulary.FromJson(json)", "json", _ => WordVocabulary.FromJson(null!));
        yield return Null("WordVocabulary.Split(text)", "text", _ => WordVocabulary.FromTexts(["a"]).Split(null!));
        yield return Bad("ByteTokenizer.new(reservedTokens)", "reservedTokens", "0 or more", "got -1", f => _ = new ByteTokenizer(-1));
        yield return Bad("ByteTokenizer.new(reservedTokens)", "reservedTokens", "at most 2147483391", "got 2147483647", f => _ = new ByteTokenizer(int.MaxValue));
        yield return Bad("ByteTokenizer.Encode(text)", "text", "valid Unicode", "at character 2", _ => new ByteTokenizer().Encode(Unpaired));
        foreach ((string type, ITokenizer tokenizer) in (IEnumerable<(string, ITokenizer)>)[("ByteTokenizer", new ByteTokenizer()), ("CharacterVocabulary", CharacterVocabulary.FromText("ab")), ("WordVocabulary", WordVocabulary.FromTexts(["a b"], new() { UnknownToken = false }))])
        {
            yield return Null($"{type}.Encode(text)", "text", _ => tokenizer.Encode(null!));
            yield return Bad($"{type}.Decode(tokens)", "tokens", $"0 to {tokenizer.Size - 1}", "got -1", _ => tokenizer.Decode([0, -1]));
            yield return Bad($"{type}.Decode(tokens)", "tokens", $"0 to {tokenizer.Size - 1}", $"got {tokenizer.Size}", _ => tokenizer.Decode([tokenizer.Size]));
        }

        yield return Bad("CharacterVocabulary.Encode(text)", "text", "symbols of the vocabulary", "\"c\" at character 1", _ => CharacterVocabulary.FromText("ab").Encode("acb"));
        yield return Bad("WordVocabulary.Encode(text)", "text", "words of the vocabulary", "\"c\" as word 1", _ => WordVocabulary.FromTexts(["a b"], new() { UnknownToken = false }).Encode("a c b"));
        yield return Null("Vocabulary.ReservedToken(name)", "name", _ => CharacterVocabulary.FromText("ab").ReservedToken(null!));
        yield return Bad("Vocabulary.ReservedToken(name)", "name", "no token is reserved", "got \"<s>\"", _ => CharacterVocabulary.FromText("ab").ReservedToken("<s>"));
        yield return Bad("Vocabulary.ReservedToken(name)", "name", "\"<s>\"", "got \"a\"", _ => CharacterVocabulary.FromText("ab", new() { ReservedTokens = ["<s>"] }).ReservedToken("a"));
        foreach (Row row in Samplers().Concat(LanguageModels()).Concat(NGramModels())) yield return row;
    }

    /// <summary>Settings that options refuse, which are properties and not members with arguments.</summary>
    public static TheoryData<string, Action> TextSettings => new()
    {
        { "got -1", () => _ = new SamplingOptions { Temperature = -1 } },
        { "got NaN", () => _ = new SamplingOptions { Temperature = double.NaN } },
        { "got 0", () => _ = new SamplingOptions { TopK = 0 } },
        { "got 1.5", () => _ = new SamplingOptions { TopP = 1.5 } },
        { "got NaN", () => _ = new SamplingOptions { TopP = double.NaN } },
        { "got -0.5", () => _ = new SamplingOptions { MinP = -0.5 } },
        { "got 0", () => _ = new SamplingOptions { RepetitionPenalty = 0 } },
        { "got 0", () => _ = new SamplingOptions { RepetitionWindow = 0 } },
        { "got none", () => _ = new SamplingOptions { AllowedTokens = [] } },
        { "got -1", () => _ = new SamplingOptions { AllowedTokens = [0, -1] } },
        { "got -1", () => _ = new GenerationOptions { MaxTokens = -1 } },
        { "null", () => _ = new GenerationOptions { StopTokens = null! } },
        { "got -1", () => _ = new GenerationOptions { StopTokens = [-1] } },
        { "null", () => _ = new GenerationOptions { StopSequences = null! } },
        { "got an empty one", () => _ = new GenerationOptions { StopSequences = ["a", ""] } },
        { "got null", () => _ = new GenerationOptions { StopSequences = [null!] } },
        { "got 0", () => _ = new BeamSearchOptions { Width = 0 } },
        { "got 0", () => _ = new BeamSearchOptions { Results = 0 } },
        { "got 0", () => _ = new BeamSearchOptions { MaxTokens = 0 } },
        { "got -1", () => _ = new BeamSearchOptions { LengthPenalty = -1 } },
        { "null", () => _ = new BeamSearchOptions { StopTokens = null! } },
        { "got -2", () => _ = new BeamSearchOptions { AllowedTokens = [-2] } },
        { "null", () => _ = new CharacterVocabularyOptions { ReservedTokens = null! } },
        { "got null", () => _ = new CharacterVocabularyOptions { ReservedTokens = [null!] } },
        { "got an empty one", () => _ = new WordVocabularyOptions { ReservedTokens = [""] } },
        { "\"a\" twice", () => _ = new WordVocabularyOptions { ReservedTokens = ["a", "b", "a"] } },
        { "valid Unicode", () => _ = new WordVocabularyOptions { ReservedTokens = [Unpaired] } },
        { "got 5", () => _ = new WordVocabularyOptions { Splitting = (WordSplitting)5 } },
        { "got 0", () => _ = new WordVocabularyOptions { MinimumCount = 0 } },
        { "got 0", () => _ = new WordVocabularyOptions { MaximumSize = 0 } },
    };

    private static IEnumerable<Row> Samplers()
    {
        const string Sample = "Sampler.Sample(scores, previous)", Probabilities = "Sampler.Probabilities(scores, probabilities, previous)";
        yield return Null("Sampler.SetState(state)", "state", _ => new Sampler().SetState(null!));
        yield return Bad(Probabilities, "probabilities", "2 values", "got 3", _ => new Sampler().Probabilities<double>([1, 2], new double[3]));
        foreach ((string member, Action<Sampler, double[], int[]> call) in (IEnumerable<(string, Action<Sampler, double[], int[]>)>)[
            (Sample, (sampler, scores, previous) => sampler.Sample<double>(scores, previous)),
            (Probabilities, (sampler, scores, previous) => sampler.Probabilities<double>(scores, new double[scores.Length], previous))])
        {
            yield return Bad(member, "scores", "a score above negative infinity", "got no scores", _ => call(new(), [], []));
            yield return Bad(member, "scores", "a score above negative infinity", "got none", _ => call(new(), [double.NegativeInfinity], []));
            yield return Bad(member, "scores", "numbers below infinity", "NaN for token 1", _ => call(new(), [1, double.NaN], []));
            yield return Bad(member, "scores", "numbers below infinity", "for token 0", _ => call(new(), [double.PositiveInfinity, 1], []));
            yield return Bad(member, "scores", "up to 2", "got 2 scores", _ => call(new(new() { AllowedTokens = [0, 2] }), [1, 2], []));
            yield return Bad(member, "previous", "0 to 1", "got 2", _ => call(new(new() { RepetitionPenalty = 2 }), [1, 2], [0, 2]));
        }

        yield return Bad(Sample, "T", "float", "Half", _ => new Sampler().Sample<Half>([(Half)1]));
        yield return Bad(Probabilities, "T", "float", "Half", _ => new Sampler().Probabilities<Half>([(Half)1], new double[1]));
    }

    private static IEnumerable<Row> NGramModels()
    {
        const string Fit = "NGramModel.Fit(sequences, vocabularySize, order)";
        var model = NGramModel.Fit([[0, 1, 2]], 3, 1);
        yield return Null(Fit, "sequences", _ => NGramModel.Fit(null!, 3, 1));
        yield return Bad(Fit, "sequences", "sequences", "null", _ => NGramModel.Fit([[0], null!], 3, 1));
        yield return Bad(Fit, "sequences", "0 to 2", "got 3", _ => NGramModel.Fit([[0, 3]], 3, 1));
        yield return Bad(Fit, "vocabularySize", "at least 1", "0", _ => NGramModel.Fit([], 0, 1));
        yield return Bad(Fit, "order", "0 to 100", "-1", _ => NGramModel.Fit([], 3, -1));
        yield return Bad(Fit, "order", "0 to 100", "101", _ => NGramModel.Fit([], 3, 101));
        yield return Bad("NGramModel.Predict(context, probabilities)", "context", "0 to 2", "got -1", _ => model.Predict([-1], new double[3]));
        yield return Bad("NGramModel.Predict(context, probabilities)", "probabilities", "3 probabilities", "2", _ => model.Predict([], new double[2]));
        yield return Bad("NGramModel.LogProbabilities(tokens, prompt)", "tokens", "0 to 2", "got 3", _ => model.LogProbabilities([3]));
        yield return Bad("NGramModel.LogProbabilities(tokens, prompt)", "prompt", "0 to 2", "got 3", _ => model.LogProbabilities([0], [3]));
        yield return Bad("NGramModel.Perplexity(tokens, prompt)", "tokens", "at least one token", "none", _ => model.Perplexity([]));
        yield return Bad("NGramModel.Perplexity(tokens, prompt)", "tokens", "0 to 2", "got 3", _ => model.Perplexity([3]));
        yield return Bad("NGramModel.Perplexity(tokens, prompt)", "prompt", "0 to 2", "got 3", _ => model.Perplexity([0], [3]));
    }

    private static IEnumerable<Row> LanguageModels()
    {
        const string New = "LanguageModel.new(layer, tokenizer, startToken)";
        ITokenizer three = CharacterVocabulary.FromText("abc");
        var model = new LanguageModel<double>(new DenseLayer<double>(3, 3, seed: 1), three);
        yield return Null(New, "layer", f => _ = new LanguageModel<double>(null!, three));
        yield return Null(New, "tokenizer", f => _ = new LanguageModel<double>(f.Lstm, null!));
        yield return Bad(New, "layer", "size of 3", "got 3 and 4", f => _ = new LanguageModel<double>(f.Lstm, three));
        yield return Bad(New, "layer", "a layer that streams", "which does not", f => _ = new LanguageModel<double>(f.Reverse, three));
        yield return Bad(New, "layer", "a layer that takes tokens", "which does not", f => _ = new LanguageModel<double>(new LayerNormalizationLayer<double>(3), three));
        yield return Bad(New, "startToken", "0 to 2", "got 3", f => _ = new LanguageModel<double>(new DenseLayer<double>(3, 3, seed: 1), three, startToken: 3));

        const string Prompt = "prompt", Options = "options", Unknown = "\"d\" at character 1";
        foreach ((string member, Action<string, GenerationOptions> call) in (IEnumerable<(string, Action<string, GenerationOptions>)>)[
            ("LanguageModel.Generate(prompt, options, cancellationToken)", (prompt, options) => model.Generate(prompt, options)),
            ("LanguageModel.GenerateAsync(prompt, options, cancellationToken)", (prompt, options) => model.GenerateAsync(prompt, options)),
            ("LanguageModel.BeamSearch(String prompt, BeamSearchOptions options, CancellationToken cancellationToken)", (prompt, options) => model.BeamSearch(prompt, new() { AllowedTokens = options.AllowedTokens, StopTokens = options.StopTokens }))])
        {
            yield return Null(member, Prompt, _ => call(null!, new()));
            yield return Bad(member, Prompt, "symbols of the vocabulary", Unknown, _ => call("ad", new()));
            yield return Bad(member, Options, "allowed tokens of 0 to 2", "got 3", _ => call("a", new() { AllowedTokens = [3] }));
            yield return Bad(member, Options, "stop tokens of 0 to 2", "got 3", _ => call("a", new() { StopTokens = [1, 3] }));
        }

        foreach ((string member, Action<int[], GenerationOptions> call) in (IEnumerable<(string, Action<int[], GenerationOptions>)>)[
            ("LanguageModel.GenerateTokens(prompt, options, cancellationToken)", (prompt, options) => model.GenerateTokens(prompt, options)),
            ("LanguageModel.GenerateTokensAsync(prompt, options, cancellationToken)", (prompt, options) => model.GenerateTokensAsync(prompt, options)),
            ("LanguageModel.BeamSearch(ReadOnlySpan`1 prompt, BeamSearchOptions options, CancellationToken cancellationToken)", (prompt, options) => model.BeamSearch(prompt.AsSpan(), new() { AllowedTokens = options.AllowedTokens, StopTokens = options.StopTokens }))])
        {
            yield return Bad(member, Prompt, "0 to 2", "got 3", _ => call([0, 3], new()));
            yield return Bad(member, Options, "allowed tokens of 0 to 2", "got 3", _ => call([0], new() { AllowedTokens = [3] }));
            yield return Bad(member, Options, "stop tokens of 0 to 2", "got 3", _ => call([0], new() { StopTokens = [3] }));
        }

        yield return Bad("LanguageModel.BeamSearch(String prompt, BeamSearchOptions options, CancellationToken cancellationToken)", Options, "at most 715827863", "got 715827864", _ => model.BeamSearch("a", new() { Width = 715827864 }));
        yield return Null("LanguageModel.GenerateTokensAsync(prompt, options, cancellationToken)", Prompt, _ => model.GenerateTokensAsync(null!));
        const string Batch = "LanguageModel.GenerateBatch(prompts, options, cancellationToken)";
        yield return Null(Batch, "prompts", _ => model.GenerateBatch(null!));
        yield return Null(Batch, "prompts", _ => model.GenerateBatch(["a", null!]));
        yield return Bad(Batch, "prompts", "at least one prompt", "got none", _ => model.GenerateBatch([]));
        yield return Bad(Batch, "prompts", "symbols of the vocabulary", Unknown, _ => model.GenerateBatch(["a", "ad"]));
        yield return Bad(Batch, Options, "stop tokens of 0 to 2", "got 3", _ => model.GenerateBatch(["a"], new() { StopTokens = [3] }));
        foreach ((string member, Action<string, string> call) in (IEnumerable<(string, Action<string, string>)>)[
            ("LanguageModel.LogProbabilities(text, prompt)", (text, prompt) => model.LogProbabilities(text, prompt)),
            ("LanguageModel.LogProbability(text, prompt)", (text, prompt) => model.LogProbability(text, prompt)),
            ("LanguageModel.Perplexity(text, prompt)", (text, prompt) => model.Perplexity(text, prompt))])
        {
            yield return Null(member, "text", _ => call(null!, ""));
            yield return Null(member, Prompt, _ => call("a", null!));
            yield return Bad(member, "text", "symbols of the vocabulary", Unknown, _ => call("ad", ""));
            yield return Bad(member, Prompt, "symbols of the vocabulary", Unknown, _ => call("a", "ad"));
        }

        yield return Bad("LanguageModel.Perplexity(text, prompt)", "text", "at least one token", "got none", _ => model.Perplexity(""));
        yield return Bad("LanguageModel.LogProbabilities(tokens, prompt)", "tokens", "0 to 2", "got 3", _ => model.LogProbabilities([3]));
        yield return Bad("LanguageModel.LogProbabilities(tokens, prompt)", "prompt", "0 to 2", "got -1", _ => model.LogProbabilities([0], [-1]));
    }
}

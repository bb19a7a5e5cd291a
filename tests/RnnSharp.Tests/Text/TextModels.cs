using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Text;

namespace RnnSharp.Tests.Text;

/// <summary>Small models of text with weights large enough that some continuations are much likelier than others.</summary>
internal static class TextModels
{
    public static LanguageModel<T> Characters<T>(string characters, int seed, int? startToken = null)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T> => Of<T>(CharacterVocabulary.FromText(characters), seed, startToken);

    public static LanguageModel<T> Of<T>(ITokenizer tokenizer, int seed, int? startToken = null, int hidden = 6, double scale = 3)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        var layer = new LayerStack<T>(new LstmLayer<T>(tokenizer.Size, hidden, seed: seed), new DenseLayer<T>(hidden, tokenizer.Size, seed: seed + 1));
        foreach (Parameter<T> parameter in layer.Parameters) parameter.Set([.. parameter.Values.ToArray().Select(value => value * T.CreateChecked(scale))]);
        return new LanguageModel<T>(layer, tokenizer, startToken);
    }

    /// <summary>The log-probabilities of the next token after a prompt and tokens that were generated, by a softmax of its own.</summary>
    public static double[] Next<T>(LanguageModel<T> model, IReadOnlyList<int> prompt, IReadOnlyList<int> generated)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T> =>
        [.. NaiveSampling.Softmax([.. Scores(model, prompt, generated).Select(score => double.CreateChecked(score))]).Select(probability => Math.Log(probability))];

    /// <summary>The scores of the next token after a prompt and tokens that were generated, by single steps.</summary>
    public static T[] Scores<T>(LanguageModel<T> model, IReadOnlyList<int> prompt, IReadOnlyList<int> generated)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        int[] inputs = model.StartToken is { } start ? [start, .. prompt, .. generated] : prompt.Count == 0 ? [Sequence<T>.ZeroToken, .. generated] : [.. prompt, .. generated];
        State<T> state = model.Layer.CreateState(1);
        var scores = new T[model.Tokenizer.Size];
        foreach (int input in inputs) model.Layer.Step(StepInput<T>.Tokens([input]), state, scores);
        return scores;
    }
}

using RnnSharp.Data;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Text;
using RnnSharp.Training;

namespace ReadmeExamples;

internal static class CharacterModel
{
    public static (LanguageModel<float> Writer, FitResult Result, string Text) Run()
    {
        // <readme>
        // Language model: 8 streams of one long text, state carried from window to window (truncated BPTT).
        string text = string.Concat(Enumerable.Repeat("she sells sea shells by the sea shore. the shells she sells are sea shells. ", 40));
        CharacterVocabulary characters = CharacterVocabulary.FromText(text);
        var data = new TokenStreamBatches<float>(characters.Encode(text), characters.Size, batch: 8, window: 25);
        var network = new LayerStack<float>(new LstmLayer<float>(characters.Size, 64, seed: 1), new DenseLayer<float>(64, characters.Size, seed: 2));
        var trainer = new Trainer<float>(network, new Adam<float>(0.01), new SoftmaxCrossEntropy<float>(), new() { MaxEpochs = 20, MaxGradientNorm = 1 });
        FitResult result = trainer.Fit(data);
        var writer = new LanguageModel<float>(network, characters);
        string written = writer.Generate("she ", new() { Temperature = 0.5, MaxTokens = 60, Seed = 1 });
        Console.WriteLine($"she {written} (perplexity of a sentence: {writer.Perplexity("sells sea shells", prompt: "she "):F2})");

        // </readme>
        return (writer, result, written);
    }
}

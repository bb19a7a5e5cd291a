using RnnSharp.Serialization;

namespace RnnSharp.Keras.Tests.Readme;

/// <summary>The examples of the package's README, as printed there.</summary>
internal static class Examples
{
    public static (KerasModel<float> Loaded, Sequence<float> Output) Load(Sequence<float> input, Sequence<float> kerasOutput)
    {
        // <load>
        // An input and what Keras's predict returned for it: a file that computes anything else is refused.
        var probe = new ModelProbe<float>(input, kerasOutput, tolerance: 1e-5);
        KerasModel<float> loaded = KerasFile.Load<float>("classifier.keras", probe: probe);
        Sequence<float> probabilities = loaded.Predict(input);
        ModelFile.Save(loaded.Model, "classifier.safetensors");

        // </load>
        return (loaded, probabilities);
    }

    public static void Save(KerasModel<float> loaded)
    {
        // <save>
        TensorFlowJsFile.Save(loaded.Model, "model.json", new() { FinalActivation = loaded.FinalActivation });
        KerasFile.SaveWeights(loaded.Model, "weights.npz");

        // </save>
    }
}

using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;

namespace ReadmeExamples;

internal static class PyTorchWeights
{
    public static LayerStack<float> Run()
    {
        // <readme>
        // In Python: safetensors.torch.save_file(module.state_dict(), "tagger.safetensors"), where the module has
        // self.lstm = nn.LSTM(12, 32, num_layers=2) and self.fc = nn.Linear(32, 5).
        var options = new LstmOptions { Bias = RecurrentBias.Separate };
        var model = new LayerStack<float>(
            new LstmLayer<float>(12, 32, options: options),
            new LstmLayer<float>(32, 32, options: options),
            new DenseLayer<float>(32, 5));
        ModelFile.LoadInto(model, "tagger.safetensors", new() { Names = NameMap.InTurn(NameMap.PyTorchLayers("lstm."), NameMap.Prefix("fc.", "2.")) });

        // </readme>
        return model;
    }
}

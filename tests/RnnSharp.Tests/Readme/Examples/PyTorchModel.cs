using RnnSharp;
using RnnSharp.Layers;
using RnnSharp.Serialization;

namespace ReadmeExamples;

internal static class PyTorchModel
{
    public static (LayerStack<float> Model, Sequence<float> Scores) Run(float[,,] x)
    {
        // <readme>
        // In Python: torch.save(module.state_dict(), "tagger.pt"), where the module has
        // self.lstm = nn.LSTM(12, 32, num_layers=2, batch_first=True) and self.fc = nn.Linear(32, 5). x is a float[,,] of examples, steps and 12 features.
        foreach (PyTorchModule module in PyTorchFile.Describe("tagger.pt")) Console.WriteLine(module);
        LayerStack<float> model = PyTorchFile.CreateModel<float>("tagger.pt");
        Sequence<float> scores = model.Predict(Sequence<float>.FromBatchFirst(x));

        // </readme>
        return (model, scores);
    }
}

using System.Numerics;
using RnnSharp.Serialization;

namespace RnnSharp.Tool.Formats;

/// <summary>RnnSharp's own model files, and the tensors of a PyTorch module.</summary>
internal sealed class SafetensorsFormat() : ModelFormat("safetensors", ".safetensors")
{
    public override TensorSource OpenTensors(string path) => SafetensorsFile.Open(path);

    public override LoadedFile<T> Load<T>(string path)
    {
        if (!HasModel(path)) return PyTorchFormat.LoadModel<T>(path);
        LoadedModel<T> loaded = ModelFile.Load<T>(path);
        return new(loaded.Model, loaded.Metadata);
    }

    public override void Save<T>(LoadedFile<T> file, string path) => ModelFile.Save(file.Model, path, new() { Metadata = file.Metadata });
}

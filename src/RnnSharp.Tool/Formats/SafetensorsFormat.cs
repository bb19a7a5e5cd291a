using RnnSharp.Serialization;

namespace RnnSharp.Tool.Formats;

/// <summary>RnnSharp's own model files, and other files with the tensors of a PyTorch state dictionary.</summary>
internal sealed class SafetensorsFormat() : ModelFormat("safetensors", ".safetensors")
{
    public override TensorSource OpenTensors(string path) => SafetensorsFile.Open(path);

    public override LoadedFile<T> Load<T>(string path)
    {
        using TensorSource tensors = SafetensorsFile.Open(path);
        if (!ModelFile.DescribesModel(tensors)) return new(PyTorchFile.CreateModel<T>(tensors), tensors.Metadata);
        LoadedModel<T> loaded = ModelFile.Load<T>(path);
        return new(loaded.Model, loaded.Metadata);
    }

    public override void Save<T>(LoadedFile<T> file, string path) => ModelFile.Save(file.Model, path, new() { Metadata = file.Metadata });
}

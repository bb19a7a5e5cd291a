using RnnSharp.Serialization;

namespace RnnSharp.Tool.Formats;

/// <summary>Archives with the description of a model, and others with the arrays of a PyTorch state dictionary.</summary>
internal sealed class NumpyFormat() : ModelFormat("NumPy", ".npz")
{
    public override TensorSource OpenTensors(string path) => NumpyFile.Open(path);

    public override LoadedFile<T> Load<T>(string path)
    {
        using TensorSource tensors = NumpyFile.Open(path);
        return new(ModelFile.DescribesModel(tensors) ? NumpyFile.LoadModel<T>(path) : PyTorchFile.CreateModel<T>(tensors), tensors.Metadata);
    }

    public override void Save<T>(LoadedFile<T> file, string path) => NumpyFile.SaveModel(file.Model, path);
}

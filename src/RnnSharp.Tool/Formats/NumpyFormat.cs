using RnnSharp.Serialization;

namespace RnnSharp.Tool.Formats;

/// <summary>An archive of arrays under the names of a PyTorch state dictionary.</summary>
internal sealed class NumpyFormat() : ModelFormat("NumPy", ".npz")
{
    public override TensorSource OpenTensors(string path) => NumpyFile.Open(path);

    public override LoadedFile<T> Load<T>(string path)
    {
        using TensorSource tensors = NumpyFile.Open(path);
        if (ModelFile.DescribesModel(tensors)) return new(NumpyFile.LoadModel<T>(path), tensors.Metadata);
        return new(PyTorchFile.CreateModel<T>(tensors), tensors.Metadata);
    }

    public override void Save<T>(LoadedFile<T> file, string path) => NumpyFile.SaveModel(file.Model, path);
}

using System.Collections.ObjectModel;
using RnnSharp.Serialization;

namespace RnnSharp.Tool.Formats;

/// <summary>What torch.save writes. It is only read: PyTorch loads its state dictionaries from safetensors and NumPy files as well.</summary>
internal sealed class PyTorchFormat() : ModelFormat("PyTorch", ".pt", ".pth")
{
    public override bool CanSave => false;

    public override TensorSource OpenTensors(string path) => PyTorchFile.Open(path);

    public override LoadedFile<T> Load<T>(string path) => new(PyTorchFile.CreateModel<T>(path), ReadOnlyDictionary<string, string>.Empty);

    public override void Save<T>(LoadedFile<T> file, string path) => throw new NotSupportedException();
}

using System.Numerics;
using RnnSharp.Serialization;

namespace RnnSharp.Tool.Formats;

/// <summary>What torch.save writes. PyTorch's own format is only read: its state dictionaries are also safetensors files.</summary>
internal sealed class PyTorchFormat() : ModelFormat("PyTorch", ".pt", ".pth")
{
    public override bool CanSave => false;

    public override TensorSource OpenTensors(string path) => PyTorchFile.Open(path);

    public override LoadedFile<T> Load<T>(string path) => LoadModel<T>(path);

    public override void Save<T>(LoadedFile<T> file, string path) => throw new NotSupportedException();

    /// <summary>The model that the names and shapes of a state dictionary tell.</summary>
    public static LoadedFile<T> LoadModel<T>(string path)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        return new(PyTorchFile.Describe(path).CreateModel<T>(), new Dictionary<string, string>());
    }
}

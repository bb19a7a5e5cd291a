using System.Numerics;
namespace RnnSharp.Serialization;
/// <summary>x</summary>
public static class PyTorchFile
{
    /// <summary>x</summary>
    public static void Save<T>(ILayer<T> model, string path, TensorSaveOptions? options = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> { }
}

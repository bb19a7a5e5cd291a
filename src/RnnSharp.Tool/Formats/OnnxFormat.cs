using RnnSharp.Onnx;
using RnnSharp.Serialization;

namespace RnnSharp.Tool.Formats;

internal sealed class OnnxFormat() : ModelFormat("ONNX", ".onnx")
{
    public override LoadedFile<T> Load<T>(string path)
    {
        OnnxModel<T> imported = OnnxFile.Import<T>(path);
        string? lost = imported.HasInitialState ? "an initial state that is not zero" : imported.Lengths.IsEmpty ? null : "constant lengths";
        return new(imported.Model, imported.Metadata) { Beside = lost, IsDouble = imported.ElementType == TensorType.Float64 };
    }

    public override void Save<T>(LoadedFile<T> file, string path) => OnnxFile.Export(file.Model, path, new() { Metadata = file.Metadata });
}

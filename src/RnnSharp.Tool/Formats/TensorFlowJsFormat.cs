using RnnSharp.Keras;

namespace RnnSharp.Tool.Formats;

/// <summary>Layers models of TensorFlow.js: a model.json with its weights beside it.</summary>
internal sealed class TensorFlowJsFormat() : ModelFormat("TensorFlow.js", ".json")
{
    public override IEnumerable<string> FilesOf(string path) => [path, Path.ChangeExtension(path, ".weights.bin")];

    public override LoadedFile<T> Load<T>(string path) => KerasFormat.Of(TensorFlowJsFile.Load<T>(path));

    public override void Save<T>(LoadedFile<T> file, string path) => TensorFlowJsFile.Save(file.Model, path);
}

using RnnSharp.Serialization;
using RnnSharp.Tool.Formats;

namespace RnnSharp.Tool.Commands;

/// <summary>The tensors of two files under names that can be compared: those of the models if both hold one, otherwise those of the files.</summary>
internal sealed class ComparedFiles : IDisposable
{
    private readonly Stream?[] _streams;

    private ComparedFiles(TensorSource first, TensorSource second, params Stream?[] streams) => (First, Second, _streams) = (first, second, streams);

    public TensorSource First { get; }

    public TensorSource Second { get; }

    /// <exception cref="InvalidDataException">A file is damaged, or only one of the two holds tensors without a model.</exception>
    public static ComparedFiles Open(string first, string second)
    {
        ModelFormat a = ModelFormats.Of(first), b = ModelFormats.Of(second);
        try
        {
            Stream x = Saved(a.Load<double>(first).Model), y = Saved(b.Load<double>(second).Model);
            return new(SafetensorsFile.Open(x), SafetensorsFile.Open(y), x, y);
        }
        catch (InvalidDataException)
        {
            TensorSource? x = a.OpenTensors(first), y = b.OpenTensors(second);
            if (x is not null && y is not null) return new(x, y);
            x?.Dispose();
            y?.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        First.Dispose();
        Second.Dispose();
        foreach (Stream? stream in _streams) stream?.Dispose();
    }

    /// <summary>The model with PyTorch's tensors, which do not depend on how its layers hold them, such as one bias or two.</summary>
    private static FileStream Saved(ILayer<double> model)
    {
        var file = new FileStream(Path.GetTempFileName(), FileMode.Create, FileAccess.ReadWrite, FileShare.None, bufferSize: 1 << 16, FileOptions.DeleteOnClose);
        ModelFile.Save(model, file, new() { AllowNonFinite = true });
        file.Position = 0;
        return file;
    }
}

using System.Text.Json;
using RnnSharp.Serialization;

namespace RnnSharp.Tests.Fuzz;

/// <summary>A user's format that hands out what the library passes to formats, which nobody else gets.</summary>
internal sealed class CapturingFormat(Action<object> capture) : LayerFormat("doubling")
{
    public static void Capture(Action<object> capture)
    {
        LayerFormats formats = LayerFormats.BuiltIn.Add(new CapturingFormat(capture));
        RoundTrip(new FuzzTypes.DoublingLayer<float>(3));
        RoundTrip(new FuzzTypes.DoublingLayer<double>(3));
        capture(formats);

        void RoundTrip<T>(ILayer<T> layer)
            where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
        {
            using var stream = new MemoryStream();
            ModelFile.Save(layer, stream, new ModelSaveOptions { Formats = formats });
            stream.Position = 0;
            ModelFile.Load<T>(stream, new ModelLoadOptions { Formats = formats });
        }
    }

    protected internal override LayerDescription? Describe<T>(ILayer<T> layer, LayerDescriber<T> describer)
    {
        capture(describer);
        return layer is FuzzTypes.DoublingLayer<T> ? new Description(layer.InputSize, capture) : null;
    }

    protected internal override LayerDescription Read(LayerFields fields)
    {
        capture(fields);
        return new Description(fields.Size("size"), capture);
    }

    private sealed class Description(int size, Action<object> capture) : LayerDescription(size, size)
    {
        protected internal override void Write(Utf8JsonWriter writer) => writer.WriteNumber("size", InputSize);

        protected internal override ILayer<T> Create<T>(LayerFactory<T> factory)
        {
            capture(factory);
            return new FuzzTypes.DoublingLayer<T>(InputSize);
        }
    }
}

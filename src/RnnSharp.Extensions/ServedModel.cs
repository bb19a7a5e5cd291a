using System.Numerics;
using RnnSharp.Numerics;
using RnnSharp.Serialization;

namespace RnnSharp.Serving;

/// <summary>A model, as it is served from one reload to the next.</summary>
internal sealed class ServedModel<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private static readonly Dictionary<string, string> NoMetadata = [];

    public ServedModel(ILayer<T> model, IReadOnlyDictionary<string, string>? metadata, LayerFormats formats, int version)
    {
        if (!model.IsStreaming) throw Check.Shape(nameof(model), "a model that streams", $"{model}, which cannot run one step at a time");
        Model = model;
        Metadata = metadata ?? NoMetadata;
        Version = version;
        Description = ModelFile.Describe(model, formats);
        Fingerprint = SessionBytes.Fingerprint(Description);
        TakesFeatures = Takes(new T[model.InputSize]);
        TakesTokens = Takes(new[] { 0 });
    }

    public ILayer<T> Model { get; }

    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>1, and one more after each reload.</summary>
    public int Version { get; }

    /// <summary>The layers, their sizes and options: the states of models with the same description fit each other.</summary>
    public string Description { get; }

    public byte[] Fingerprint { get; }

    public bool TakesFeatures { get; }

    public bool TakesTokens { get; }

    /// <summary>Tries a step, which also prepares the model: its weights are packed before the first request.</summary>
    private bool Takes(StepInput<T> input)
    {
        try
        {
            Model.Step(input, Model.CreateState(1), new T[Model.OutputSize]);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}

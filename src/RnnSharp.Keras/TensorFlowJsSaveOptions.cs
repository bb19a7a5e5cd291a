namespace RnnSharp.Keras;

/// <summary>How <see cref="TensorFlowJsFile"/> saves a model.</summary>
public sealed record TensorFlowJsSaveOptions
{
    internal static readonly TensorFlowJsSaveOptions Default = new();

    /// <summary>The name of the model in TensorFlow.js; "model" by default.</summary>
    /// <exception cref="ArgumentException">Set to null or an empty text.</exception>
    public string Name
    {
        get;
        init
        {
            ArgumentException.ThrowIfNullOrEmpty(value);
            field = value;
        }
    } = "model";

    /// <summary>A function that TensorFlow.js applies to the model's output, such as the softmax of a classifier; none by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to one that TensorFlow.js does not have.</exception>
    public KerasActivation FinalActivation
    {
        get;
        init => field = Enum.IsDefined(value) && value != KerasActivation.HardSigmoid ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"Expected an activation of TensorFlow.js, got {value}.");
    }
}

namespace RnnSharp.Keras;

/// <summary>Exceptions for arguments of public methods that are found to be invalid in internal ones.</summary>
internal static class Refusal
{
    /// <summary>For a model that Keras or TensorFlow.js cannot have.</summary>
    public static ArgumentException OfModel(string message) => Of("model", message);

    public static ArgumentException Of(string argument, string message) => new(message, argument);
}

using System.Text.Json;

namespace RnnSharp.Keras;

/// <summary>Reads the shape of a model's input.</summary>
internal static class KerasInput
{
    public const string ClassName = "InputLayer";
    public const string Masking = "Masking";

    /// <summary>The shape that the first layer states, with 0 features if they are not fixed; null if it states none.</summary>
    public static KerasShape? Shape(KerasFields fields, KerasJson? built)
    {
        if ((fields.Find("batch_shape") ?? fields.Find("batch_input_shape") ?? built) is not { } shape) return null;
        List<KerasJson> sizes = shape.ShortList();

        // Keras 3 writes the shapes of several inputs as a list of lists.
        if (sizes.Count == 1 && sizes[0].Kind == JsonTokenType.StartArray) sizes = sizes[0].ShortList();
        if (sizes.Count is not (2 or 3)) throw fields.Refused($"has an input of {sizes.Count} dimensions: expected [batch, steps, features] or [batch, features]");
        foreach (KerasJson size in sizes)
        {
            if (!size.IsNull) size.Size();
        }

        return new KerasShape(sizes[^1].IsNull ? 0 : sizes[^1].Size(), sizes.Count == 3);
    }
}

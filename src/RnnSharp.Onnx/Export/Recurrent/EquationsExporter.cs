using RnnSharp.Recurrent;

namespace RnnSharp.Onnx;

/// <summary>Any other recurrent layer, with equations of the library or of an app: a scan.</summary>
internal sealed class EquationsExporter : RecurrentExporter
{
    public override RecurrentNode<T>? NodeOf<T>(ILayer<T> layer) => null;

    private protected override bool Supports<T>(ILayer<T> layer) => layer is RecurrentLayer<T>;
}

namespace RnnSharp.Onnx.Import;

/// <summary>Imports the nodes of one operator: from what is known of a node's inputs, it tells what its outputs are.</summary>
internal interface IOperator
{
    /// <summary>The operator's name in ONNX.</summary>
    string Name { get; }

    /// <summary>Sets the outputs of a node.</summary>
    /// <exception cref="InvalidDataException">The node does something that no layer of the library does.</exception>
    void Import(NodeContext node);
}

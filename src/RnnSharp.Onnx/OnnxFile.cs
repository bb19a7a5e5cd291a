namespace RnnSharp.Onnx;

/// <summary>ONNX files: models of RnnSharp as graphs of ONNX operators, and back.</summary>
public static partial class OnnxFile
{
    /// <summary>The version of ONNX's operators that files are written for.</summary>
    internal const int OperatorSet = 17;

    /// <summary>The version of the file format that files are written in, the one that came with the operators.</summary>
    internal const int FormatVersion = 8;
}

using RnnSharp.Serialization;

namespace RnnSharp.Keras;

/// <summary>What is being read, for exceptions: the text is made only when one is thrown.</summary>
/// <param name="kind">What it is.</param>
/// <param name="of">What it belongs to, or the path of an object.</param>
internal sealed class Hdf5Part(string kind, object of)
{
    public override string ToString() => of is string path ? path.Length == 0 ? kind : $"{kind} {ErrorText.Quote(path)}" : $"{kind} of {of}";
}

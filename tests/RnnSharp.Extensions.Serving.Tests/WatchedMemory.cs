using System.Buffers;

namespace RnnSharp.Serving.Tests;

/// <summary>Memory for the output of a call that tells when the server writes to it; then the test can hold the server, or fail.</summary>
internal sealed class WatchedMemory(int length, Action onWrite) : MemoryManager<float>
{
    private readonly float[] _values = new float[length];

    public override Memory<float> Memory => CreateMemory(length);

    public override Span<float> GetSpan()
    {
        onWrite();
        return _values;
    }

    public override MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException();

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
    }
}

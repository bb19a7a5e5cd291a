using RnnSharp.Serialization;

namespace RnnSharp.Onnx.Import;

/// <summary>Reads a stream that does not support seeking into memory.</summary>
internal static class SeekableCopy
{
    private const int SmallestChunk = 1 << 12;
    private const int LargestChunk = 1 << 20;

    /// <summary>Copies a stream in chunks, so that nothing is copied more than once.</summary>
    /// <exception cref="InvalidDataException">It is longer than the limits allow, or than an ONNX file can be.</exception>
    public static Stream Of(Stream stream, ModelLimits limits)
    {
        long limit = Math.Min(int.MaxValue - LargestChunk, long.CreateSaturating((Int128)2 * limits.ParameterBytes + limits.HeaderBytes));
        var chunks = new List<byte[]>();
        long length = 0;
        while (true)
        {
            byte[] chunk = new byte[Math.Clamp(length / 4, SmallestChunk, LargestChunk)];
            int filled = stream.ReadAtLeast(chunk, chunk.Length, throwOnEndOfStream: false);
            length += filled;
            if (length > limit) throw new InvalidDataException($"Expected an ONNX file of at most {limit} bytes, got a longer stream.");
            chunks.Add(chunk);
            if (filled < chunk.Length) break;
        }

        byte[] all = new byte[length];
        int at = 0;
        foreach (byte[] chunk in chunks)
        {
            int count = Math.Min(chunk.Length, all.Length - at);
            chunk.AsSpan(0, count).CopyTo(all.AsSpan(at));
            at += count;
        }

        return new MemoryStream(all, writable: false);
    }
}

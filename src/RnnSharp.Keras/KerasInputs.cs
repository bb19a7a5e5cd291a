using RnnSharp.Serialization;

namespace RnnSharp.Keras;

/// <summary>Reads files and streams whose length is not trusted.</summary>
internal static class KerasInputs
{
    /// <summary>A stream that can seek: the same one, or a copy in memory of what is left of it.</summary>
    /// <exception cref="InvalidDataException">What is left of a stream that cannot seek is longer than allowed.</exception>
    public static Stream Seekable(Stream stream, ModelLimits limits)
    {
        OpenedFile.RequireReadable(stream);
        return ChunkedCopy.Seekable(stream, limits);
    }

    /// <summary>Reads a text from a stream's position to its end.</summary>
    /// <exception cref="InvalidDataException">It is longer than allowed.</exception>
    public static byte[] ReadText(Stream stream, ModelLimits limits, string what)
    {
        Stream source = stream.CanSeek ? stream : ChunkedCopy.Of(stream, limits.HeaderBytes + 1L);
        long length = source.Length - source.Position;
        if (length > limits.HeaderBytes) throw new InvalidDataException($"{what} has more than {limits.HeaderBytes} bytes (ModelLimits.HeaderBytes).");
        byte[] text = new byte[length];
        source.ReadExactly(text);
        return text;
    }

    /// <summary>Which Keras a version text such as 3.4.1 or "tfjs-layers 4.22.0" belongs to.</summary>
    public static KerasVersion VersionOf(string? version) => version is not null && version.StartsWith("3.", StringComparison.Ordinal) ? KerasVersion.Three : KerasVersion.Two;
}

using System.Globalization;
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

    /// <summary>Which Keras a version text such as 3.4.1, 2.2.4-tf or "tfjs-layers 4.22.0" belongs to.</summary>
    /// <param name="version">The text; null if the file has none.</param>
    /// <param name="isArchive">Whether the file is a .keras archive, which states a version and is never older than Keras 2. Other files without one are.</param>
    /// <exception cref="InvalidDataException">The version is not known or, in an archive, missing.</exception>
    public static KerasVersion VersionOf(string? version, bool isArchive)
    {
        const int FirstOfTensorFlow = 4;
        if (!isArchive && (version is null || version.StartsWith("tfjs-layers ", StringComparison.Ordinal))) return KerasVersion.Two;
        string[] numbers = version?.Split('.') ?? [];
        if (numbers.Length > 1 && int.TryParse(numbers[1], NumberStyles.None, CultureInfo.InvariantCulture, out int minor))
        {
            switch (numbers[0])
            {
                case "1" when !isArchive:
                    return KerasVersion.Two;
                case "2":
                    return minor < FirstOfTensorFlow ? KerasVersion.Two : KerasVersion.TwoOfTensorFlow;
                case "3":
                    return KerasVersion.Three;
            }
        }

        throw new InvalidDataException($"The file has {(version is null ? "no version of Keras" : $"the version {ErrorText.Quote(version)} of Keras")}: expected one of Keras 2 or 3.");
    }
}

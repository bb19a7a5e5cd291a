using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;

namespace RnnSharp.Serving;

/// <summary>The names of sessions, which come from clients.</summary>
internal static class SessionId
{
    /// <summary>In bytes of UTF-8, so that a file's name in hexadecimal digits stays below the usual limit of 255.</summary>
    public const int Longest = 100;

    private const int RandomBytes = 16;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>A name that nobody can guess.</summary>
    public static string Create() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(RandomBytes));

    /// <summary>Returns a valid name.</summary>
    /// <exception cref="ArgumentException">It is null, empty, too long, or not valid Unicode.</exception>
    public static string Check([NotNull] string? id, [CallerArgumentExpression(nameof(id))] string name = "")
    {
        ArgumentException.ThrowIfNullOrEmpty(id, name);
        if (id.Length > Longest || Encoding.UTF8.GetByteCount(id) > Longest) throw Numerics.Check.Shape(name, $"a session id of at most {Longest} bytes of UTF-8", id.Length > Longest ? $"{id.Length} characters" : $"{Encoding.UTF8.GetByteCount(id)} bytes");
        for (int i = 0; i < id.Length; i++)
        {
            if (!char.IsSurrogate(id[i])) continue;
            if (i + 1 == id.Length || !char.IsSurrogatePair(id[i], id[i + 1])) throw Numerics.Check.Shape(name, "a session id of valid Unicode", "an unpaired surrogate");
            i++;
        }

        return id;
    }

    /// <summary>The name in hexadecimal digits of its UTF-8, which is safe in every file system.</summary>
    public static string Encode(string id) => Convert.ToHexStringLower(Utf8.GetBytes(id));

    /// <summary>The name that <see cref="Encode"/> encoded, or null if it is not such a text.</summary>
    public static string? Decode(string encoded)
    {
        try
        {
            string id = Utf8.GetString(Convert.FromHexString(encoded));
            return id.Length > 0 && string.Equals(Encode(id), encoded, StringComparison.Ordinal) ? id : null;
        }
        catch (Exception exception) when (exception is FormatException or DecoderFallbackException)
        {
            return null;
        }
    }
}

using System.Text;
using RnnSharp.Numerics;
using RnnSharp.Text;

namespace RnnSharp.Tests.Text;

/// <summary>Texts of code points of every length, with combining marks and line ends.</summary>
internal static class RandomText
{
    private static readonly int[] Special = ['\r', '\n', 0, 0x301, 0x200d, 0x1f469, 0xfffd, 0x10ffff, 0xd7ff, 0xe000, 0x7f, 0x80, 0x7ff, 0x800, 0xffff, 0x10000];

    public static string Create(FastRandom random, int length)
    {
        var text = new StringBuilder();
        while (length-- > 0)
        {
            int point = random.Next(4) switch
            {
                0 => random.Next(0x20, 0x7f),
                1 => random.Next(0xd800),
                2 => random.Next(0xe000, 0x110000),
                _ => Special[random.Next(Special.Length)],
            };
            text.Append(new Rune(point));
        }

        return text.ToString();
    }

    /// <summary>The text of tokens that are decoded one by one. No part of it may end within a surrogate pair.</summary>
    public static string Streamed(TokenDecoder decoder, IEnumerable<int> tokens)
    {
        var text = new StringBuilder();
        foreach (int token in tokens) Append(decoder.Add(token));
        Append(decoder.Flush());
        return text.ToString();

        void Append(string part)
        {
            if (part.Length > 0 && (char.IsLowSurrogate(part[0]) || char.IsHighSurrogate(part[^1]))) throw new InvalidOperationException("A character was split.");
            text.Append(part);
        }
    }
}

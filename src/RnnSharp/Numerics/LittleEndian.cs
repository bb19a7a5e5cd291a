using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace RnnSharp.Numerics;

/// <summary>Converts numbers to and from little-endian bytes, on any platform.</summary>
internal static class LittleEndian
{
    public static void Write<T>(ReadOnlySpan<T> values, Span<byte> target)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        MemoryMarshal.AsBytes(values).CopyTo(target);
        if (!BitConverter.IsLittleEndian) ReverseEach<T>(target[..(values.Length * Unsafe.SizeOf<T>())]);
    }

    public static void Read<T>(ReadOnlySpan<byte> source, Span<T> values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Span<byte> target = MemoryMarshal.AsBytes(values);
        source[..target.Length].CopyTo(target);
        if (!BitConverter.IsLittleEndian) ReverseEach<T>(target);
    }

    private static void ReverseEach<T>(Span<byte> numbers)
        where T : unmanaged
    {
        for (int at = 0; at < numbers.Length; at += Unsafe.SizeOf<T>()) numbers.Slice(at, Unsafe.SizeOf<T>()).Reverse();
    }
}

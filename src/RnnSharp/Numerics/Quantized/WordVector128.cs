using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace RnnSharp.Numerics;

/// <summary>Four words.</summary>
internal unsafe struct WordVector128 : IWordVector<WordVector128>
{
    private Vector128<int> _words;

    public static int Count => Vector128<int>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordVector128 LoadBytes(byte* source) => new() { _words = Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(long*)source).AsSByte()).AsInt32() };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordVector128 LoadShorts(byte* source) => new() { _words = Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(long*)source).AsInt16()) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordVector128 LoadFloats(float* source) => new() { _words = Vector128.Load(source).AsInt32() };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFloats(WordVector128 value, float* target) => value._words.AsSingle().Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordVector128 Broadcast(int word) => new() { _words = Vector128.Create(word) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordVector128 AddPairProducts(WordVector128 a, WordVector128 b, WordVector128 sum) => new()
    {
        _words = sum._words + (Sse2.IsSupported
            ? Sse2.MultiplyAddAdjacent(a._words.AsInt16(), b._words.AsInt16())
            : (a._words << 16 >> 16) * (b._words << 16 >> 16) + (a._words >> 16) * (b._words >> 16)),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordVector128 ShiftLeft(WordVector128 a, int bits) => new() { _words = a._words << bits };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordVector128 And(WordVector128 a, WordVector128 b) => new() { _words = a._words & b._words };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordVector128 ToFloats(WordVector128 a) => new() { _words = Vector128.ConvertToSingle(a._words).AsInt32() };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordVector128 MultiplyFloats(WordVector128 a, WordVector128 b) => new() { _words = (a._words.AsSingle() * b._words.AsSingle()).AsInt32() };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordVector128 AddFloats(WordVector128 a, WordVector128 b) => new() { _words = (a._words.AsSingle() + b._words.AsSingle()).AsInt32() };
}

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace RnnSharp.Numerics;

/// <summary>Eight words.</summary>
internal unsafe struct WordVector256 : IWordVector<WordVector256>
{
    private Vector256<int> _words;

    public static int Count => Vector256<int>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordVector256 LoadBytes(byte* source) => new() { _words = Avx2.ConvertToVector256Int16((sbyte*)source).AsInt32() };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordVector256 LoadShorts(byte* source) => new() { _words = Avx2.ConvertToVector256Int32((short*)source) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordVector256 LoadFloats(float* source) => new() { _words = Vector256.Load(source).AsInt32() };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFloats(WordVector256 value, float* target) => value._words.AsSingle().Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordVector256 Broadcast(int word) => new() { _words = Vector256.Create(word) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordVector256 AddPairProducts(WordVector256 a, WordVector256 b, WordVector256 sum) => new() { _words = Avx2.MultiplyAddAdjacent(a._words.AsInt16(), b._words.AsInt16()) + sum._words };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordVector256 ShiftLeft(WordVector256 a, int bits) => new() { _words = a._words << bits };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordVector256 And(WordVector256 a, WordVector256 b) => new() { _words = a._words & b._words };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordVector256 ToFloats(WordVector256 a) => new() { _words = Vector256.ConvertToSingle(a._words).AsInt32() };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordVector256 MultiplyFloats(WordVector256 a, WordVector256 b) => new() { _words = (a._words.AsSingle() * b._words.AsSingle()).AsInt32() };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordVector256 AddFloats(WordVector256 a, WordVector256 b) => new() { _words = (a._words.AsSingle() + b._words.AsSingle()).AsInt32() };
}

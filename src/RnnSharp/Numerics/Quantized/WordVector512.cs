using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace RnnSharp.Numerics;

/// <summary>Sixteen words.</summary>
internal unsafe struct WordVector512 : IWordVector<WordVector512>
{
    private Vector512<int> _words;

    public static int Count => Vector512<int>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordVector512 LoadBytes(byte* source) => new() { _words = Avx512BW.ConvertToVector512Int16(Vector256.Load((sbyte*)source)).AsInt32() };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordVector512 LoadShorts(byte* source) => new() { _words = Avx512F.ConvertToVector512Int32(Vector256.Load((short*)source)) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordVector512 LoadFloats(float* source) => new() { _words = Vector512.Load(source).AsInt32() };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFloats(WordVector512 value, float* target) => value._words.AsSingle().Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordVector512 Broadcast(int word) => new() { _words = Vector512.Create(word) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordVector512 AddPairProducts(WordVector512 a, WordVector512 b, WordVector512 sum) => new() { _words = Avx512BW.MultiplyAddAdjacent(a._words.AsInt16(), b._words.AsInt16()) + sum._words };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordVector512 ShiftLeft(WordVector512 a, int bits) => new() { _words = a._words << bits };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordVector512 And(WordVector512 a, WordVector512 b) => new() { _words = a._words & b._words };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordVector512 ToFloats(WordVector512 a) => new() { _words = Vector512.ConvertToSingle(a._words).AsInt32() };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordVector512 MultiplyFloats(WordVector512 a, WordVector512 b) => new() { _words = (a._words.AsSingle() * b._words.AsSingle()).AsInt32() };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordVector512 AddFloats(WordVector512 a, WordVector512 b) => new() { _words = (a._words.AsSingle() + b._words.AsSingle()).AsInt32() };
}

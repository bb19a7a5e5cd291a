using System.Runtime.CompilerServices;

namespace RnnSharp.Numerics;

/// <summary>A single word, for processors without vectors.</summary>
internal unsafe struct ScalarWord : IWordVector<ScalarWord>
{
    private int _word;

    public static int Count => 1;

    public static ScalarWord LoadBytes(byte* source) => new() { _word = ((sbyte)source[1] << 16) + (ushort)(sbyte)source[0] };

    public static ScalarWord LoadShorts(byte* source) => new() { _word = *(short*)source };

    public static ScalarWord LoadFloats(float* source) => new() { _word = *(int*)source };

    public static void StoreFloats(ScalarWord value, float* target) => *target = Float(value);

    public static ScalarWord Broadcast(int word) => new() { _word = word };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarWord AddPairProducts(ScalarWord a, ScalarWord b, ScalarWord sum) => new() { _word = sum._word + (short)a._word * (short)b._word + (a._word >> 16) * (b._word >> 16) };

    public static ScalarWord ShiftLeft(ScalarWord a, int bits) => new() { _word = a._word << bits };

    public static ScalarWord And(ScalarWord a, ScalarWord b) => new() { _word = a._word & b._word };

    public static ScalarWord ToFloats(ScalarWord a) => Of(a._word);

    public static ScalarWord MultiplyFloats(ScalarWord a, ScalarWord b) => Of(Float(a) * Float(b));

    public static ScalarWord AddFloats(ScalarWord a, ScalarWord b) => Of(Float(a) + Float(b));

    private static float Float(ScalarWord a) => BitConverter.Int32BitsToSingle(a._word);

    private static ScalarWord Of(float value) => new() { _word = BitConverter.SingleToInt32Bits(value) };
}

using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace RnnSharp;

/// <summary>
/// The input of one time step: features, or token numbers that stand for one-hot columns. Arrays and spans of either convert
/// implicitly, so <c>layer.Step(features, state, output)</c> and <c>layer.Step(tokens, state, output)</c> both compile.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public readonly ref struct StepInput<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // One reference and two scalars, so that the input is passed in registers.
    private readonly ref readonly byte _first;
    private readonly int _length;

    private StepInput(ref readonly byte first, int length, bool isTokens)
    {
        _first = ref first;
        _length = length;
        IsTokens = isTokens;
    }

    /// <summary>Whether the input holds token numbers instead of features.</summary>
    public bool IsTokens { get; }

    /// <summary>The features, [example][feature]. Empty for tokens.</summary>
    public ReadOnlySpan<T> FeatureSpan => IsTokens ? default : MemoryMarshal.CreateReadOnlySpan(in Unsafe.As<byte, T>(ref Unsafe.AsRef(in _first)), _length);

    /// <summary>One token number per example. Empty for features.</summary>
    public ReadOnlySpan<int> TokenSpan => IsTokens ? MemoryMarshal.CreateReadOnlySpan(in Unsafe.As<byte, int>(ref Unsafe.AsRef(in _first)), _length) : default;

    /// <summary>How many features or tokens the input has.</summary>
    public override string ToString() => $"{_length} {(IsTokens ? "tokens" : "features")}";

    /// <summary>Uses an array of features as the input.</summary>
    /// <param name="features">[example][feature].</param>
    public static implicit operator StepInput<T>(T[] features) => Features(features);

    /// <summary>Uses a span of features as the input.</summary>
    /// <param name="features">[example][feature].</param>
    public static implicit operator StepInput<T>(Span<T> features) => Features(features);

    /// <summary>Uses a span of features as the input.</summary>
    /// <param name="features">[example][feature].</param>
    public static implicit operator StepInput<T>(ReadOnlySpan<T> features) => Features(features);

    /// <summary>Uses an array of token numbers as the input.</summary>
    /// <param name="tokens">One per example.</param>
    public static implicit operator StepInput<T>(int[] tokens) => Tokens(tokens);

    /// <summary>Uses a span of token numbers as the input.</summary>
    /// <param name="tokens">One per example.</param>
    public static implicit operator StepInput<T>(Span<int> tokens) => Tokens(tokens);

    /// <summary>Uses a span of token numbers as the input.</summary>
    /// <param name="tokens">One per example.</param>
    public static implicit operator StepInput<T>(ReadOnlySpan<int> tokens) => Tokens(tokens);

    /// <summary>Creates an input of features.</summary>
    /// <param name="values">[example][feature]; the input refers to this memory.</param>
    public static StepInput<T> Features(ReadOnlySpan<T> values) => new(in Unsafe.As<T, byte>(ref MemoryMarshal.GetReference(values)), values.Length, isTokens: false);

    /// <summary>Creates an input of token numbers: <c>StepInput&lt;float&gt;.Tokens([token])</c>.</summary>
    /// <param name="numbers">One per example; the input refers to this memory.</param>
    public static StepInput<T> Tokens(ReadOnlySpan<int> numbers) => new(in Unsafe.As<int, byte>(ref MemoryMarshal.GetReference(numbers)), numbers.Length, isTokens: true);
}

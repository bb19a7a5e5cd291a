using System.Numerics;
using System.Runtime.InteropServices;
using FluentAssertions;
using Xunit;

namespace RnnSharp.Tests.Recurrent;

/// <summary>Comparisons to the last bit.</summary>
internal static class Bits
{
    public static void ShouldBeSame<T>(ReadOnlySpan<T> actual, ReadOnlySpan<T> expected, string what)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        actual.Length.Should().Be(expected.Length, what);
        if (MemoryMarshal.AsBytes(actual).SequenceEqual(MemoryMarshal.AsBytes(expected))) return;
        for (int i = 0; i < actual.Length; i++)
        {
            if (!MemoryMarshal.AsBytes(actual.Slice(i, 1)).SequenceEqual(MemoryMarshal.AsBytes(expected.Slice(i, 1))))
                Assert.Fail($"{what}: expected {expected[i]} at {i} of {actual.Length}, got {actual[i]}.");
        }
    }

    public static void ShouldBeSame<T>(State<T> actual, State<T> expected, string what)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        actual.Names.Should().Equal(expected.Names);
        for (int leaf = 0; leaf < actual.Leaves.Count; leaf++) ShouldBeSame<T>(actual.Leaves[leaf].Values, expected.Leaves[leaf].Values, $"{what} {actual.Names[leaf]}");
    }

    public static void ShouldBeSame<T>(Gradients<T> actual, Gradients<T> expected)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (expected.Input is null) actual.Input.Should().BeNull();
        else ShouldBeSame<T>(actual.Input!.Values, expected.Input.Values, "gradient of the input");
        ShouldBeSame(actual.InitialState, expected.InitialState, "gradient of the initial state");
        for (int p = 0; p < expected.Parameters.Count; p++) ShouldBeSame<T>(actual.Values(p), expected.Values(p), $"gradient of {expected.Names[p]}");
    }
}

using System.Text;
using FluentAssertions;
using Xunit;

namespace RnnSharp.TensorBoard.Tests;

public sealed class Crc32CTests
{
    /// <summary>The examples of RFC 3720, appendix B.4, and the check value of the polynomial.</summary>
    [Fact]
    public void The_published_examples_are_reproduced()
    {
        byte[] counting = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
        Crc32C.Compute(new byte[32]).Should().Be(0x8a9136aa);
        Crc32C.Compute(Enumerable.Repeat((byte)255, 32).ToArray()).Should().Be(0x62a8ab43);
        Crc32C.Compute(counting).Should().Be(0x46dd794e);
        Crc32C.Compute(counting.Reverse().ToArray()).Should().Be(0x113fdb5c);
        Crc32C.Compute(Encoding.ASCII.GetBytes("123456789")).Should().Be(0xe3069283);
        Crc32C.Compute([]).Should().Be(0);
    }

    [Fact]
    public void Every_length_equals_the_definition()
    {
        byte[] data = new byte[200];
        new Random(1).NextBytes(data);
        for (int length = 0; length <= data.Length; length++) Crc32C.Compute(data.AsSpan(0, length)).Should().Be(EventFile.Checksum(data.AsSpan(0, length)));
    }
}

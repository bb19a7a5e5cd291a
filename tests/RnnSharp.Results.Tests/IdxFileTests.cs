using System.IO.Compression;
using FluentAssertions;
using RnnSharp.Data;
using RnnSharp.Results.Files;
using RnnSharp.Tests.Serialization;
using Xunit;

namespace RnnSharp.Results.Tests;

/// <summary>IDX files, and folders of digits made of them.</summary>
public sealed class IdxFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Sizes_and_values_are_read_plain_or_compressed(bool compressed)
    {
        byte[] values = [.. Enumerable.Range(0, 24).Select(i => (byte)(10 * i))];
        byte[] file = Idx([2, 3, 4], values);
        IdxFile read = IdxFile.Read(_folder.Write("a", compressed ? Compressed(file) : file));
        read.Sizes.Should().Equal(2, 3, 4);
        read.Values.Should().Equal(values);
    }

    [Fact]
    public void A_file_of_several_chunks_is_read()
    {
        var values = new byte[(1 << 21) + 12345];
        new Random(1).NextBytes(values);
        IdxFile.Read(_folder.Write("a", Compressed(Idx([values.Length], values)))).Values.AsSpan().SequenceEqual(values).Should().BeTrue();
    }

    [Theory]
    [InlineData(new byte[] { 0, 0 }, "is not an IDX file")]
    [InlineData(new byte[] { 0, 0, 9, 1, 0, 0, 0, 1, 5 }, "is not an IDX file of unsigned bytes")]
    [InlineData(new byte[] { 0, 0, 8, 4, 0, 0, 0, 1 }, "1 to 3 dimensions*got 4")]
    [InlineData(new byte[] { 0, 0, 8, 2, 0, 0, 0, 1 }, "ends within its sizes")]
    [InlineData(new byte[] { 0, 0, 8, 1, 0, 0, 0, 3, 5, 5 }, "Expected 3 values*got 2")]
    [InlineData(new byte[] { 0, 0, 8, 1, 0, 0, 0, 3, 5, 5, 5, 5 }, "Expected 3 values*got more")]
    [InlineData(new byte[] { 0, 0, 8, 1, 0, 0, 0, 0 }, "sizes of at least 1*got 0")]
    [InlineData(new byte[] { 0, 0, 8, 1, 255, 255, 255, 255 }, "got -1 as size 0")]
    [InlineData(new byte[] { 0, 0, 8, 2, 0, 1, 0, 0, 0, 1, 0, 0 }, "at most*got 65536 as size 1")]
    public void A_damaged_file_is_refused(byte[] file, string message)
    {
        foreach (byte[] contents in (byte[][])[file, Compressed(file)])
        {
            Action read = () => IdxFile.Read(_folder.Write("a", contents));
            read.Should().Throw<InvalidDataException>().WithMessage($"*{message}*");
        }
    }

    [Fact]
    public void A_file_that_pretends_to_be_large_reserves_no_memory()
    {
        string path = _folder.Write("a", Compressed([0, 0, 8, 1, 15, 255, 255, 255, 1, 2, 3])); // 268 million values, of which there are 3
        Action read = () => IdxFile.Read(path);
        read.Should().Throw<InvalidDataException>();
        long before = GC.GetAllocatedBytesForCurrentThread();
        read.Should().Throw<InvalidDataException>();
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(16 << 20);
    }

    [Fact]
    public void Digits_are_read_in_an_order_of_pixels()
    {
        WriteDigits(_folder, "train", count: 3);
        int[] order = [.. Enumerable.Range(0, 784).Reverse()];
        Example<float>[] digits = DigitFolder.Read(_folder.FullName, "train", order);
        digits.Select(digit => digit.Target.Tokens.Span[0]).Should().Equal(0, 1, 2);
        digits[1].Input.Steps.Should().Be(784);
        digits[1].Input.Values.Span[783].Should().BeApproximately((1 / 255f - 0.1307f) / 0.3081f, 1e-6f, "pixel 0 comes last and is the image's number");
        DigitFolder.Read(_folder.FullName, "train", order, most: 2).Should().HaveCount(2);
    }

    [Fact]
    public void Digits_that_do_not_fit_are_refused()
    {
        int[] order = [.. Enumerable.Range(0, 784)];
        Action read = () => DigitFolder.Read(_folder.FullName, "t10k", order);
        read.Should().Throw<FileNotFoundException>().WithMessage("Expected t10k-images-idx3-ubyte or t10k-images-idx3-ubyte.gz*");
        WriteDigits(_folder, "t10k", count: 3);
        _folder.Write("t10k-labels-idx1-ubyte.gz", Compressed(Idx([2], [1, 2])));
        read.Should().Throw<InvalidDataException>().WithMessage("Expected 3 labels*");
        _folder.Write("t10k-labels-idx1-ubyte.gz", Compressed(Idx([3], [1, 2, 10])));
        read.Should().Throw<InvalidDataException>().WithMessage("Expected labels of 0 to 9*got 10 as number 2*");
        _folder.Write("t10k-images-idx3-ubyte", Idx([3, 2, 2], new byte[12]));
        read.Should().Throw<InvalidDataException>().WithMessage("Expected images of 28 x 28*3 x 2 x 2*");
    }

    /// <summary>Images whose pixels are all the number of the image, plain, and their labels, compressed.</summary>
    internal static void WriteDigits(TemporaryFolder folder, string part, int count)
    {
        folder.Write($"{part}-images-idx3-ubyte", Idx([count, 28, 28], [.. Enumerable.Range(0, count * 784).Select(i => (byte)(i / 784))]));
        folder.Write($"{part}-labels-idx1-ubyte.gz", Compressed(Idx([count], [.. Enumerable.Range(0, count).Select(i => (byte)(i % 10))])));
    }

    private static byte[] Idx(int[] sizes, byte[] values) => [0, 0, 8, (byte)sizes.Length, .. sizes.SelectMany(size => (byte[])[(byte)(size >> 24), (byte)(size >> 16), (byte)(size >> 8), (byte)size]), .. values];

    private static byte[] Compressed(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(bytes);
        return packed.ToArray();
    }
}

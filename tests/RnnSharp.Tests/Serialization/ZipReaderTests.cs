using System.IO.Compression;
using System.Text;
using FluentAssertions;
using RnnSharp.Serialization;
using Xunit;

namespace RnnSharp.Tests.Serialization;

public sealed class ZipReaderTests
{
    private static readonly byte[] Short = [1, 2, 3];
    private static readonly byte[] Long = [.. Enumerable.Range(0, 100_000).Select(i => (byte)(i * i >> 7))];

    public static TheoryData<string> Hostile => [.. Attacks.Keys];

    /// <summary>Archives that are refused when they are opened, and a word of the reason.</summary>
    private static Dictionary<string, (byte[] File, string Reason)> Attacks { get; } = new(StringComparer.Ordinal)
    {
        ["no archive"] = (new byte[100], "does not end with"),
        ["an empty file"] = ([], "0 bytes"),
        ["a comment"] = ([.. ZipBytes.Of(("a", Short))[..^2], 1, 0, 65], "without a comment"),
        ["bytes after the end"] = ([.. ZipBytes.Of(("a", Short)), 0], "does not end with"),
        ["bytes before the first entry"] = (new ZipBytes().AddHole(1, 2, 3, 4).Add("a", Short).ToArray(), "4 bytes before"),
        ["a hole between entries"] = (new ZipBytes().Add("a", Short).AddHole(9).Add("b", Short).ToArray(), "1 bytes after it"),
        ["a hole before the directory"] = (new ZipBytes().Add("a", Short).AddHole(new byte[12]).ToArray(), "12 bytes after it"),
        ["a wrong descriptor"] = (new ZipBytes().Add("a", Short, flags: 8, central: entry => entry[16] ^= 1).ToArray(), "16 bytes after it"),
        ["two entries of one name"] = (new ZipBytes().Add("a", Short).Add("a", Short).ToArray(), "two entries"),
        ["entries that share data"] = (new ZipBytes().Add("a", Short).Add("a", Short, central: entry => ZipBytes.Set(entry, 42, 0)).ToArray(), "overlaps"),
        ["an entry that holds another"] = (new ZipBytes().Add("a", Long, central: entry => ZipBytes.Set(entry, 20, (uint)Long.Length + 40)).Add("b", Short).ToArray(), "cannot be"),
        ["an overlong entry"] = (new ZipBytes().Add("a", Long, central: entry => { ZipBytes.Set(entry, 20, (uint)Long.Length + 40); ZipBytes.Set(entry, 24, (uint)Long.Length + 40); }).Add("b", Short).ToArray(), "overlaps"),
        ["an encrypted entry"] = (new ZipBytes().Add("a", Short, flags: 1).ToArray(), "encrypted"),
        ["a patched entry"] = (new ZipBytes().Add("a", Short, flags: 32).ToArray(), "flags 0020"),
        ["an unknown compression"] = (new ZipBytes().Add("a", Short, local: header => header[8] = 12, central: entry => entry[10] = 12).ToArray(), "method 12"),
        ["another local name"] = (new ZipBytes().Add("a", Short, local: header => header[30] = (byte)'b').ToArray(), "local header differs"),
        ["another local checksum"] = (new ZipBytes().Add("a", Short, local: header => header[14] ^= 1).ToArray(), "local header differs"),
        ["another local length"] = (new ZipBytes().Add("a", Short, local: header => header[22]++).ToArray(), "local header differs"),
        ["another local method"] = (new ZipBytes().Add("a", Short, local: header => header[8] = 8).ToArray(), "local header differs"),
        ["no local header"] = (new ZipBytes().Add("a", Short, local: header => header[0] = 0).ToArray(), "local header differs"),
        ["a bomb beyond the limit"] = (new ZipBytes().Add("a", Long, deflate: true, length: 100_000_001).ToArray(), "cannot be"),
        ["an archive that inflates too far"] = (new ZipBytes().Add("a", new byte[200_000], deflate: true, length: 90_000_000, raw: new byte[90_000]).Add("b", new byte[1], deflate: true, length: 90_000_000, raw: new byte[90_000]).ToArray(), "inflates to 180000000"),
        ["a length that deflate cannot give"] = (new ZipBytes().Add("a", new byte[3000], deflate: true, length: 0xFFFFFFF0).ToArray(), "cannot be"),
        ["a stored entry of another length"] = (new ZipBytes().Add("a", Short, length: 4).ToArray(), "cannot be"),
        ["a name that is not UTF-8"] = (new ZipBytes().Add("a", Short, local: header => header[30] = 0xFF, central: entry => entry[46] = 0xFF).ToArray(), "UTF-8"),
        ["an empty name"] = (new ZipBytes().Add("", Short).ToArray(), "no name"),
        ["damaged extra fields"] = (new ZipBytes().Add("a", Short, extra: [1, 0, 9, 0, 0]).ToArray(), "extra fields"),
        ["missing 64-bit sizes"] = (new ZipBytes().Add("a", Short, central: entry => ZipBytes.Set(entry, 20, uint.MaxValue)).ToArray(), "64-bit sizes"),
        ["64-bit sizes twice"] = (new ZipBytes().Add("a", Short, extra: [1, 0, 1, 0, 0, 1, 0, 1, 0, 0]).ToArray(), "two extra fields"),
        ["huge 64-bit sizes"] = (new ZipBytes().Add("a", Short, extra: [1, 0, 16, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255], central: entry => { ZipBytes.Set(entry, 20, uint.MaxValue); ZipBytes.Set(entry, 24, uint.MaxValue); }).ToArray(), "beyond the end"),
        ["an offset beyond the end"] = (new ZipBytes().Add("a", Short, central: entry => ZipBytes.Set(entry, 42, 99_999)).ToArray(), "beyond the end"),
        ["more entries than a directory has room for"] = (new ZipBytes { ChangeEnd = end => (end[8], end[9], end[10], end[11]) = (255, 255, 255, 255) }.Add("a", Short).ToArray(), "cannot have 65535"),
        ["fewer entries than the directory has"] = (new ZipBytes { ChangeEnd = end => (end[8], end[10]) = (1, 1) }.Add("a", Short).Add("b", Short).ToArray(), "follow the entries"),
        ["several parts"] = (new ZipBytes { ChangeEnd = end => end[4] = 1 }.Add("a", Short).ToArray(), "several parts"),
        ["a damaged directory"] = (new ZipBytes { ChangeDirectory = directory => directory[0] = 0 }.Add("a", Short).ToArray(), "damaged"),
        ["a directory elsewhere"] = (new ZipBytes { ChangeEnd = end => end[16]-- }.Add("a", Short).ToArray(), "does not end where"),
        ["a wrong locator"] = (new ZipBytes { HasEnd64 = true, ChangeEnd = end => end[64]++ }.Add("a", Short).ToArray(), "locator"),
        ["two end records that differ"] = (new ZipBytes { HasEnd64 = true, ChangeEnd = end => (end[24], end[32]) = (2, 2) }.Add("a", Short).ToArray(), "two end records"),
        ["a 64-bit end record of another size"] = (new ZipBytes { HasEnd64 = true, ChangeEnd = end => end[4]++ }.Add("a", Short).ToArray(), "64-bit end record"),
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Hostile_archive_is_refused_before_anything_is_read(string name)
    {
        (byte[] file, string reason) = Attacks[name];
        FluentActions.Invoking(() => new ZipReader(new MemoryStream(file), new ModelLimits { ParameterBytes = 200_000_000 })).Should().Throw<InvalidDataException>().WithMessage($"*{reason}*");
    }

    [Fact]
    public void Entries_are_read_stored_or_deflated_from_any_position()
    {
        byte[] file = new ZipBytes().Add("a/b", Short).Add("long", Long, deflate: true).Add("ä", Long, flags: 8).Add("empty", []).Add("packed with descriptor", Long, deflate: true, flags: 8).ToArray();
        using var zip = new ZipReader(new MemoryStream(file), new ModelLimits());
        zip.Entries.ToArray().Select(entry => (entry.Name, entry.Length)).Should().Equal(("a/b", 3), ("long", Long.Length), ("ä", Long.Length), ("empty", 0), ("packed with descriptor", Long.Length));
        zip.IndexOf("long").Should().Be(1);
        zip.IndexOf("LONG").Should().Be(-1);
        zip.ReadAll(0, 3).Should().Equal(Short);
        zip.ReadAll(3, 3).Should().BeEmpty();
        for (int i = 1; i < 5; i++)
        {
            if (i == 3) continue;
            zip.ReadAll(i, Long.Length).Should().Equal(Long);
            var part = new byte[1000];
            foreach (int at in (int[])[50_000, 10, 20_000, 99_000])
            {
                zip.Read(i, at, part);
                part.Should().Equal(Long[at..(at + 1000)]);
            }

            using Stream stream = zip.Open(i);
            stream.Length.Should().Be(Long.Length);
            stream.Seek(-5, SeekOrigin.End);
            var copy = new MemoryStream();
            stream.CopyTo(copy);
            copy.ToArray().Should().Equal(Long[^5..]);
        }
    }

    [Fact]
    public void Archive_starts_at_the_position_of_the_stream()
    {
        var stream = new MemoryStream([7, 7, 7, .. ZipBytes.Of(("a", Short))]) { Position = 3 };
        new ZipReader(stream, new ModelLimits()).ReadAll(0, 3).Should().Equal(Short);
    }

    [Theory]
    [InlineData(CompressionLevel.NoCompression)]
    [InlineData(CompressionLevel.Optimal)]
    public void Archives_of_NET_are_read(CompressionLevel level)
    {
        var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, byte[] data) in ((string, byte[])[])[("a.npy", Long), ("ü", Short)])
            {
                using Stream entry = archive.CreateEntry(name, level).Open();
                entry.Write(data);
            }
        }

        stream.Position = 0;
        using var zip = new ZipReader(stream, new ModelLimits());
        zip.ReadAll(0, Long.Length).Should().Equal(Long);
        zip.ReadAll(1, 3).Should().Equal(Short);
    }

    [Fact]
    public void Sixty_four_bit_records_are_read()
    {
        byte[] sizes = [1, 0, 16, 0, .. ZipBytes.Bytes(3UL), .. ZipBytes.Bytes(3UL)];
        byte[] file = new ZipBytes { HasEnd64 = true, ChangeEnd = end => end.AsSpan(^14..^2).Fill(0xFF) }
            .Add("a", Short, extra: sizes, local: Fill(18), central: Fill(20)).ToArray();
        using var zip = new ZipReader(new MemoryStream(file), new ModelLimits());
        zip.ReadAll(0, 3).Should().Equal(Short);

        static Action<byte[]> Fill(int at) => header => header.AsSpan(at, 8).Fill(0xFF);
    }

    [Theory]
    [InlineData("stored")]
    [InlineData("deflated")]
    [InlineData("longer")]
    [InlineData("shorter")]
    [InlineData("followed")]
    [InlineData("garbage")]
    public void Damaged_entry_is_refused_whichever_part_is_read(string damage)
    {
        var zip = new ZipBytes();
        byte[] packed = ZipBytes.Deflate(Long);
        switch (damage)
        {
            case "stored":
                zip.Add("a", Long, raw: [.. Long[..^1], (byte)(Long[^1] ^ 1)]);
                break;
            case "deflated":
                zip.Add("a", Long, deflate: true, raw: ZipBytes.Deflate([.. Long[..^1], (byte)(Long[^1] ^ 1)]));
                break;
            case "longer":
                zip.Add("a", Long, deflate: true, raw: ZipBytes.Deflate([.. Long, 1]));
                break;
            case "shorter":
                zip.Add("a", Long, deflate: true, raw: ZipBytes.Deflate(Long[..^1]));
                break;
            case "followed":
                zip.Add("a", Long, deflate: true, raw: [.. packed, 1, 2, 3]);
                break;
            default:
                zip.Add("a", Long, deflate: true, raw: [.. packed[..50], .. new byte[500]]);
                break;
        }

        using var reader = new ZipReader(new MemoryStream(zip.ToArray()), new ModelLimits());
        FluentActions.Invoking(() => reader.Read(0, 0, new byte[1])).Should().Throw<InvalidDataException>();
        FluentActions.Invoking(() => reader.ReadAll(0, Long.Length)).Should().Throw<InvalidDataException>();
        FluentActions.Invoking(() => reader.Open(0).ReadByte()).Should().Throw<InvalidDataException>();
    }

    [Fact]
    public void Every_truncation_is_refused()
    {
        byte[] file = new ZipBytes { HasEnd64 = true }.Add("a", Short).Add("b", Short, deflate: true, flags: 8).ToArray();
        for (int length = 0; length < file.Length; length++)
        {
            byte[] truncated = file[..length];
            FluentActions.Invoking(() => new ZipReader(new MemoryStream(truncated), new ModelLimits())).Should().Throw<InvalidDataException>($"only {length} bytes");
        }
    }

    [Fact]
    public void Limits_are_checked_before_the_directory_is_read()
    {
        byte[] file = new ZipBytes().Add(new string('a', 5000), Long, deflate: true).Add("b", Long).ToArray();
        FluentActions.Invoking(() => new ZipReader(new MemoryStream(file), new ModelLimits { HeaderBytes = 5000 })).Should().Throw<InvalidDataException>().WithMessage("*HeaderBytes*");
        FluentActions.Invoking(() => new ZipReader(new MemoryStream(file), new ModelLimits { ParameterBytes = 2 * Long.Length - 1 })).Should().Throw<InvalidDataException>().WithMessage("*ParameterBytes*");
        using var zip = new ZipReader(new MemoryStream(file), new ModelLimits { ParameterBytes = 2 * Long.Length });
        FluentActions.Invoking(() => zip.ReadAll(0, Long.Length - 1)).Should().Throw<InvalidDataException>().WithMessage("*at most*");
    }

    [Fact]
    public void Many_small_entries_take_little_memory()
    {
        var writer = new ZipBytes();
        for (int i = 0; i < 20_000; i++) writer.Add($"{i}", []);
        byte[] file = writer.ToArray();
        _ = new ZipReader(new MemoryStream(ZipBytes.Of(("a", Short))), new ModelLimits());
        long before = GC.GetAllocatedBytesForCurrentThread();
        _ = new ZipReader(new MemoryStream(file), new ModelLimits());
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan((64 << 10) + 4L * file.Length);
    }

    [Fact]
    public void Checksum_is_the_one_of_zip()
    {
        ZipCrc32.Append(0, Encoding.ASCII.GetBytes("123456789")).Should().Be(0xCBF43926);
        for (int length = 0; length < 40; length++) ZipCrc32.Append(0, Long.AsSpan(5, length)).Should().Be(ZipBytes.Crc(Long.AsSpan(5, length)));
        ZipCrc32.Append(ZipCrc32.Append(0, Long.AsSpan(0, 333)), Long.AsSpan(333)).Should().Be(ZipBytes.Crc(Long));
    }
}

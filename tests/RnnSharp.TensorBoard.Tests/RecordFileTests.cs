using FluentAssertions;
using Xunit;

namespace RnnSharp.TensorBoard.Tests;

public sealed class RecordFileTests
{
    [Fact]
    public void Records_of_every_size_come_back()
    {
        byte[][] records = [[], [1], [.. Enumerable.Range(0, 5000).Select(i => (byte)i)], .. Enumerable.Range(0, 300).Select(i => new byte[i])];
        var stream = new FullDisk(int.MaxValue);
        using (var file = new RecordFile(stream))
        {
            foreach (byte[] record in records) file.Add(record);
        }

        EventFile.Records(stream.ToArray()).Should().BeEquivalentTo(records, options => options.WithStrictOrdering());
    }

    [Fact]
    public void A_full_disk_loses_no_record_once_it_has_room_again()
    {
        var stream = new FullDisk(limit: 200);
        var file = new RecordFile(stream);
        file.Add(new byte[100]);
        file.Flush();
        file.Add(new byte[300]);
        file.Invoking(f => f.Flush()).Should().Throw<IOException>();
        file.Invoking(f => f.Flush()).Should().Throw<IOException>();
        stream.Limit = int.MaxValue;
        file.Add(new byte[10]);
        file.Dispose();
        EventFile.Records(stream.ToArray()).Select(record => record.Length).Should().Equal(100, 300, 10);
    }

    [Fact]
    public void Memory_does_not_grow_while_nothing_can_be_written()
    {
        var stream = new FullDisk(limit: 0);
        var file = new RecordFile(stream);
        int added = 0;
        file.Invoking(f =>
        {
            for (; added < 1000; added++) f.Add(new byte[1000]);
        }).Should().Throw<IOException>();
        added.Should().BeInRange(64, 66);
        file.Invoking(f => f.Add([])).Should().Throw<IOException>();
        stream.Limit = int.MaxValue;
        file.Dispose();
        EventFile.Records(stream.ToArray()).Should().HaveCount(added);
    }

    [Fact]
    public void The_file_is_closed_even_if_the_last_records_cannot_be_written()
    {
        var stream = new FullDisk(limit: 0);
        var file = new RecordFile(stream);
        file.Add(new byte[10]);
        file.Invoking(f => f.Dispose()).Should().Throw<IOException>();
        stream.CanWrite.Should().BeFalse();
        file.Invoking(f => f.Dispose()).Should().NotThrow();
        file.Invoking(f => f.Add([])).Should().Throw<ObjectDisposedException>();
        file.Invoking(f => f.Flush()).Should().Throw<ObjectDisposedException>();
    }

    /// <summary>Takes so many bytes and writes the part that fits, as a disk does.</summary>
    private sealed class FullDisk(int limit) : MemoryStream
    {
        public int Limit { get; set; } = limit;

        public override void Write(byte[] buffer, int offset, int count)
        {
            base.Write(buffer, offset, (int)Math.Min(count, Math.Max(0, Limit - Position)));
            if (Position >= Limit) throw new IOException("No space left on device.");
        }
    }
}

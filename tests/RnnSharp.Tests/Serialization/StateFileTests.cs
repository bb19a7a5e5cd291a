using System.Buffers.Binary;
using System.Security.Cryptography;
using FluentAssertions;
using RnnSharp.Serialization;
using Xunit;

namespace RnnSharp.Tests.Serialization;

public sealed class StateFileTests
{
    [Fact]
    public void Every_kind_of_value_survives_exactly()
    {
        StateDictionary state = Sample();
        StateDictionary loaded = Loaded(Saved(state));
        loaded.Names.Should().Equal(state.Names);
        loaded.GetInt64("whole").Should().Be(long.MinValue);
        BitConverter.DoubleToInt64Bits(loaded.GetDouble("number")).Should().Be(BitConverter.DoubleToInt64Bits(double.NaN));
        double.IsNegative(loaded.GetDouble("minus zero")).Should().BeTrue();
        loaded.GetBoolean("truth").Should().BeTrue();
        loaded.GetString("text").Should().Be("ünïcode 🦕");
        loaded.GetArray<float>("part.singles").Should().Equal(1.5f, float.NegativeInfinity, -0f);
        loaded.GetArray<double>("part.doubles").Should().HaveCount(70_000).And.HaveElementAt(69_999, Math.Sqrt(69_999));
        loaded.GetArray<int>("part.ints").Should().Equal(int.MinValue, 7);
        loaded.GetArray<long>("part.longs").Should().Equal(long.MaxValue);
        loaded.GetArray<byte>("part.bytes").Should().Equal(0, 255);
        loaded.GetArray<float>("part.none").Should().BeEmpty();
        Saved(loaded).Should().Equal(Saved(state));
    }

    [Fact]
    public void A_stream_that_cannot_seek_and_returns_few_bytes_is_read()
    {
        StateDictionary state = Sample();
        using var slow = new SlowStream(Saved(state));
        Saved(StateFile.Load(slow)).Should().Equal(Saved(state));
    }

    [Fact]
    public void Every_flipped_bit_is_refused()
    {
        byte[] bytes = Saved(Small());
        for (int bit = 0; bit < 8 * bytes.Length; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << bit % 8);
            Refused(bytes);
            bytes[bit / 8] ^= (byte)(1 << bit % 8);
        }

        Loaded(bytes).Names.Should().HaveCount(4);
    }

    [Fact]
    public void Every_truncation_and_a_longer_file_are_refused()
    {
        byte[] bytes = Saved(Small());
        for (int length = 0; length < bytes.Length; length++) Refused(bytes[..length]);
        Refused([.. bytes, 0]);
    }

    [Fact]
    public void A_huge_length_does_not_allocate_memory()
    {
        // One value, an array of 2 billion doubles, in a file of 60 bytes.
        byte[] bytes = [.. "RnnTrain"u8, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, (byte)'a', 5, 0, 0, 0, 0, 0, 0, 0, 0, .. new byte[32]];
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(22), 8L * 2_000_000_000);
        Refused(bytes);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Refused(bytes);
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(2_000_000);
    }

    [Theory]
    [InlineData(new byte[] { 1, 0, 0, 0, (byte)'b', 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, (byte)'a', 0, 1, 0, 0, 0, 0, 0, 0, 0 }, 2, "ascending order")]
    [InlineData(new byte[] { 1, 0, 0, 0, (byte)'a', 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, (byte)'a', 0, 1, 0, 0, 0, 0, 0, 0, 0 }, 2, "ascending order")]
    [InlineData(new byte[] { 1, 0, 0, 0, (byte)'a', 2, 2, 0, 0, 0, 0, 0, 0, 0 }, 1, "0 or 1")]
    [InlineData(new byte[] { 1, 0, 0, 0, (byte)'a', 9, 2, 0, 0, 0, 0, 0, 0, 0 }, 1, "unknown kind")]
    [InlineData(new byte[] { 1, 0, 0, 0, (byte)'a', 4, 2, 0, 0, 0, 0, 0, 0, 0, 1, 1 }, 1, "out of range")]
    [InlineData(new byte[] { 1, 0, 0, 0, 255, 0, 1, 0, 0, 0, 0, 0, 0, 0 }, 1, "UTF-8")]
    [InlineData(new byte[] { 0, 0, 0, 0 }, 1, "1 to 4096 bytes")]
    public void Invalid_values_are_refused_although_the_checksum_matches(byte[] values, int count, string expected)
    {
        byte[] body = [.. "RnnTrain"u8, 1, 0, 0, 0, (byte)count, 0, 0, 0, .. values];
        Refused([.. body, .. SHA256.HashData(body)]).Should().Contain(expected);
    }

    [Fact]
    public void A_failed_save_keeps_the_old_file_and_a_message_names_the_path()
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            string path = Path.Combine(folder, "run.ckpt");
            StateFile.Save(Small(), path);
            var bad = new StateDictionary();
            bad.Set(new string('x', 5000), 1);
            FluentActions.Invoking(() => StateFile.Save(bad, path)).Should().Throw<ArgumentException>().WithMessage("*4096*");
            StateFile.Load(path).GetInt64("a").Should().Be(1);
            Directory.GetFiles(folder).Should().ContainSingle("no temporary file is left");
            File.WriteAllText(path, "no state");
            FluentActions.Invoking(() => StateFile.Load(path)).Should().Throw<InvalidDataException>().WithMessage($"*run.ckpt*not a state file*");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Async_overloads_do_the_same()
    {
        string path = Path.GetTempFileName();
        try
        {
            await StateFile.SaveAsync(Small(), path);
            Saved(await StateFile.LoadAsync(path)).Should().Equal(Saved(Small()));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_part_is_copied_under_its_name_and_replaces_the_values_that_it_had()
    {
        var state = new StateDictionary();
        state.Set("optimizer.old", 1);
        state.Set("optimizers", 2);
        state.Set("optimizer", Small());
        state.Names.Should().Equal("optimizer.a", "optimizer.b", "optimizer.c", "optimizer.d", "optimizers");
        state.ContainsPart("optimizer").Should().BeTrue();
        state.ContainsPart("optim").Should().BeFalse();
        Saved(state.GetPart("optimizer")).Should().Equal(Saved(Small()));
        state.ToString().Should().Be("state of 5 values");
    }

    [Fact]
    public void Missing_values_and_values_of_another_kind_are_named()
    {
        StateDictionary state = Small();
        FluentActions.Invoking(() => state.GetInt64("e")).Should().Throw<InvalidDataException>().WithMessage("*a whole number as e, but*no such value*");
        FluentActions.Invoking(() => state.GetDouble("a")).Should().Throw<InvalidDataException>().WithMessage("*a number as a, got Int64*");
        FluentActions.Invoking(() => state.GetArray<float>("c")).Should().Throw<InvalidDataException>().WithMessage("*an array of Single as c, got an array of Double*");
        FluentActions.Invoking(() => state.GetArray<double>("c", 3)).Should().Throw<InvalidDataException>().WithMessage("*3 values in c, got 2*");
        FluentActions.Invoking(() => state.GetInt64("a", 2, 3)).Should().Throw<InvalidDataException>().WithMessage("*a of 2 to 3, got 1*");
        FluentActions.Invoking(() => state.GetString("b")).Should().Throw<InvalidDataException>();
        FluentActions.Invoking(() => state.GetBoolean("b")).Should().Throw<InvalidDataException>();
    }

    [Fact]
    public void Null_arguments_are_named()
    {
        FluentActions.Invoking(() => StateFile.Save(null!, "path")).Should().Throw<ArgumentNullException>().WithParameterName("state");
        FluentActions.Invoking(() => StateFile.Save(Small(), (string)null!)).Should().Throw<ArgumentNullException>().WithParameterName("path");
        FluentActions.Invoking(() => StateFile.Save(null!, Stream.Null)).Should().Throw<ArgumentNullException>().WithParameterName("state");
        FluentActions.Invoking(() => StateFile.Save(Small(), (Stream)null!)).Should().Throw<ArgumentNullException>().WithParameterName("stream");
        FluentActions.Invoking(() => StateFile.Load((string)null!)).Should().Throw<ArgumentNullException>().WithParameterName("path");
        FluentActions.Invoking(() => StateFile.Load((Stream)null!)).Should().Throw<ArgumentNullException>().WithParameterName("stream");
        FluentActions.Invoking(() => { _ = StateFile.SaveAsync(null!, "path"); }).Should().Throw<ArgumentNullException>().WithParameterName("state");
        FluentActions.Invoking(() => { _ = StateFile.SaveAsync(Small(), null!); }).Should().Throw<ArgumentNullException>().WithParameterName("path");
        FluentActions.Invoking(() => { _ = StateFile.LoadAsync(null!); }).Should().Throw<ArgumentNullException>().WithParameterName("path");
    }

    private static StateDictionary Small()
    {
        var state = new StateDictionary();
        state.Set("a", 1);
        state.Set("b", 0.25);
        state.Set<double>("c", [1, 2]);
        state.Set("d", "text");
        return state;
    }

    private static StateDictionary Sample()
    {
        var part = new StateDictionary();
        part.Set<float>("singles", [1.5f, float.NegativeInfinity, -0f]);
        part.Set<double>("doubles", [.. Enumerable.Range(0, 70_000).Select(i => Math.Sqrt(i))]);
        part.Set<int>("ints", [int.MinValue, 7]);
        part.Set<long>("longs", [long.MaxValue]);
        part.Set<byte>("bytes", [0, 255]);
        part.Set<float>("none", []);
        var state = new StateDictionary();
        state.Set("whole", long.MinValue);
        state.Set("number", double.NaN);
        state.Set("minus zero", -0.0);
        state.Set("truth", true);
        state.Set("text", "ünïcode 🦕");
        state.Set("part", part);
        return state;
    }

    private static byte[] Saved(StateDictionary state)
    {
        using var stream = new MemoryStream();
        StateFile.Save(state, stream);
        return stream.ToArray();
    }

    private static StateDictionary Loaded(byte[] bytes)
    {
        using var stream = new MemoryStream(bytes);
        return StateFile.Load(stream);
    }

    private static string Refused(byte[] bytes) => FluentActions.Invoking(() => Loaded(bytes)).Should().Throw<InvalidDataException>().Which.Message;

    private sealed class SlowStream(byte[] bytes) : Stream
    {
        private int _position;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            int count = Math.Min(Math.Min(buffer.Length, 1 + _position % 7), bytes.Length - _position);
            bytes.AsSpan(_position, count).CopyTo(buffer);
            _position += count;
            return count;
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}

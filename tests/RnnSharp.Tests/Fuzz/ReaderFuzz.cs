using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using FluentAssertions;
using Xunit.Abstractions;

namespace RnnSharp.Tests.Fuzz;

/// <summary>
/// Reads files with random changes: a reader may throw nothing but <see cref="InvalidDataException"/>, takes little memory and less than a
/// second, and leaves its target as it was when it refuses a file. RNNSHARP_EXHAUSTIVE=1 tries 5 million files instead of 100,000,
/// RNNSHARP_FUZZ_RUNS any other number. Test projects of other packages compile this file as well, so it uses nothing of this one.
/// </summary>
/// <param name="originals">Good files, small ones: a few kilobytes.</param>
/// <param name="read">
/// Reads a file as far as a reader can. The number is random, for a choice among several ways to read. Returns the bytes of memory that are
/// none of the reader's, such as those of the model that it was asked to create.
/// </param>
internal sealed class ReaderFuzz(IReadOnlyList<byte[]> originals, Func<Stream, int, long> read)
{
    private const int DefaultFiles = 100_000;
    private const int ExhaustiveFiles = 5_000_000;
    private const int MostFailures = 10;
    private const int Attempts = 3;
    private const long SpareBytes = 64 << 10;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);
    private static readonly ulong[] Numbers = [0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x100000000, 0x7FFFFFFFFFFFFFFF, 0x8000000000000000, ulong.MaxValue];

    /// <summary>Changes a file in a way of its format, so that the change comes past checksums and lengths; half of all changes are of this kind.</summary>
    public Func<byte[], Random, byte[]>? Mutate { get; init; }

    /// <summary>Describes the target of reading, bit by bit.</summary>
    public Func<string> Target { get; init; } = static () => "";

    /// <summary>Texts of the format, put in place of bytes.</summary>
    public string[] Words { get; init; } = [];

    /// <summary>Tries changed files.</summary>
    public void Run(ITestOutputHelper output)
    {
        // What the first calls allocate belongs to no file.
        for (int i = 0; i < 8; i++)
        {
            foreach (byte[] original in originals)
            {
                TryRead(original, i, out _);
                TryRead(original[..^1], i, out _);
            }
        }

        int files = Files();
        (long refused, long most) = (0, long.MinValue);
        var failures = new List<string>();
        for (int i = 0; i < files && failures.Count < MostFailures; i++)
        {
            var random = new Random(i);
            byte[] file = originals[random.Next(originals.Count)];
            for (int changes = random.Next(4) == 0 ? random.Next(2, 5) : 1; changes > 0; changes--) file = Changed(file, random);
            (bool isRefused, long extra, string? problem) = Measure(file, random.Next());
            if (isRefused) refused++;
            most = Math.Max(most, extra);
            if (problem is not null) failures.Add($"file {i}: {problem}");
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{files} files, {refused} refused, at most {most} bytes above four times a file's size"));
        failures.Should().BeEmpty();
        refused.Should().BeGreaterThan(files / 4, "most changes damage a file");
    }

    /// <summary>Tries every beginning of every file.</summary>
    public void RunTruncations()
    {
        foreach (byte[] original in originals)
        {
            for (int length = 0; length < original.Length; length++)
            {
                string before = Target();
                TryRead(original[..length], length, out Exception? exception);
                exception.Should().BeOfType<InvalidDataException>($"a file of {original.Length} bytes was cut after {length}");
                if (length % 50 == 0) Target().Should().Be(before);
            }
        }
    }

    private (bool IsRefused, long Extra, string? Problem) Measure(byte[] file, int choice)
    {
        long extra = 0;
        for (int attempt = 1; ; attempt++)
        {
            string before = Target();
            long allocated = GC.GetAllocatedBytesForCurrentThread(), start = Stopwatch.GetTimestamp();
            long own = TryRead(file, choice, out Exception? exception);
            TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
            extra = GC.GetAllocatedBytesForCurrentThread() - allocated - own - 4 * file.Length;
            if (exception is not (null or InvalidDataException)) return (true, extra, $"{exception.GetType().Name}: {exception.Message} {exception.StackTrace?.Split('\n')[0].Trim()}");
            if (exception is not null && !string.Equals(before, Target(), StringComparison.Ordinal)) return (true, extra, $"refused, but the target changed: {exception.Message}");

            // A second try tells what a file takes from what a pool that was emptied, or a machine that paused, takes once.
            bool isLong = elapsed > Longest, isLarge = extra > SpareBytes;
            if (!isLong && !isLarge) return (exception is not null, extra, null);
            if (attempt == Attempts) return (exception is not null, extra, isLong ? $"took {elapsed}" : $"{file.Length} bytes took {extra} more than four times as many: {exception?.Message ?? "read"}");
        }
    }

    private long TryRead(byte[] file, int choice, out Exception? exception)
    {
        exception = null;
        try
        {
            return read(choice % 8 == 0 ? new OneWay(file) : new MemoryStream(file), choice);
        }
        catch (Exception caught)
        {
            exception = caught;
            return 0;
        }
    }

    private byte[] Changed(byte[] file, Random random)
    {
        if (Mutate is { } mutate && random.Next(2) == 0) return mutate(file, random);
        return ChangedBytes(file, random, Words);
    }

    /// <summary>One random change of bytes.</summary>
    public static byte[] ChangedBytes(byte[] file, Random random, string[] words)
    {
        if (file.Length == 0) return [1];
        int at = random.Next(file.Length), end = random.Next(at, Math.Min(file.Length, at + 100));
        switch (random.Next(words.Length > 0 ? 9 : 8))
        {
            case 0:
                return With(file, at, [(byte)(file[at] ^ 1 << random.Next(8))]);
            case 1:
                return With(file, at, [(byte)random.Next(256)]);
            case 2:
                return file[..at];
            case 3:
                var inserted = new byte[random.Next(1, 20)];
                random.NextBytes(inserted);
                return [.. file[..at], .. inserted, .. file[at..]];
            case 4:
                return [.. file[..at], .. file[end..]];
            case 5:
                return [.. file[..end], .. file[at..]];
            case 6:
                int from = random.Next(file.Length - (end - at));
                return With(file, at, file[from..(from + end - at)]);
            case 7:
                var number = new byte[sizeof(ulong)];
                BinaryPrimitives.WriteUInt64LittleEndian(number, Numbers[random.Next(Numbers.Length)]);
                return With(file, at, number[..(1 << random.Next(4))]);
            default:
                byte[] word = Encoding.Latin1.GetBytes(words[random.Next(words.Length)]);
                return random.Next(2) == 0 ? With(file, at, word) : [.. file[..at], .. word, .. file[at..]];
        }
    }

    private static byte[] With(byte[] file, int at, byte[] bytes)
    {
        byte[] copy = [.. file];
        bytes.AsSpan(0, Math.Min(bytes.Length, copy.Length - at)).CopyTo(copy.AsSpan(at));
        return copy;
    }

    private static int Files() => int.TryParse(Environment.GetEnvironmentVariable("RNNSHARP_FUZZ_RUNS"), CultureInfo.InvariantCulture, out int runs)
        ? runs
        : Environment.GetEnvironmentVariable("RNNSHARP_EXHAUSTIVE") is "1" ? ExhaustiveFiles : DefaultFiles;

    /// <summary>A stream that does not seek and gives a few bytes at a time.</summary>
    private sealed class OneWay(byte[] file) : MemoryStream(file)
    {
        public override bool CanSeek => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, 100));

        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, 100)]);
    }
}

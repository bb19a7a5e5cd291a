using System.Text;
using FluentAssertions;
using RnnSharp.Layers;
using Xunit;

namespace RnnSharp.Keras.Tests;

/// <summary>Files that are made to do harm, or that Keras would not write (References/keras_files.py).</summary>
public sealed class HostileFileTests
{
    private const long SpareBytes = 64 << 10;

    private static readonly Dictionary<string, byte[]> Files = References.Files("keras_files.zip");

    [Theory]
    [InlineData("bomb", "no values")] // CVE-2026-0897
    [InlineData("deflate_bomb", "more memory than the file")] // CVE-2026-0897
    [InlineData("inflation_bomb", "would inflate to 40000000")]
    [InlineData("contiguous_bomb", "no values")] // CVE-2026-0897
    [InlineData("soft", "soft link")]
    [InlineData("external", "external")]
    [InlineData("storage", "another file")]
    [InlineData("hard", "shares bytes")]
    [InlineData("filtered", "the filter 3")]
    [InlineData("integers", "floating-point")]
    [InlineData("big_endian", "class Float")]
    [InlineData("other_shape", "[16, 3], expected [3, 16]")]
    [InlineData("missing", "2 weights")]
    [InlineData("infinite", "finite")]
    public void A_hostile_file_is_refused(string name, string reason)
    {
        LayerStack<float> target = KerasFile.Load<float>(new MemoryStream(Files["lstm.keras"])).Model;
        float[][] before = [.. target.Parameters.Select(parameter => parameter.Values.ToArray())];
        Refuse(Files[$"hostile.{name}.keras"], file => KerasFile.Load<float>(file), reason);
        Refuse(Files[$"hostile.{name}.weights.h5"], file => KerasFile.LoadInto(target, file), reason);
        for (int i = 0; i < before.Length; i++) target.Parameters[i].Values.ToArray().Should().Equal(before[i]);
    }

    [Fact]
    public void A_group_that_contains_itself_ends()
    {
        // Every node of a B-tree points to itself.
        byte[] file = [.. Files["lstm.weights.h5"]];
        foreach (int at in Find(file, Encoding.ASCII.GetBytes("TREE")))
        {
            file[at + 5] = 3;
            BitConverter.TryWriteBytes(file.AsSpan(at + 32), (long)at);
        }

        LayerStack<float> target = KerasFile.Load<float>(new MemoryStream(Files["lstm.keras"])).Model;
        Refuse(file, stream => KerasFile.LoadInto(target, stream), "level");
    }

    [Fact]
    public void A_header_that_continues_in_itself_ends()
    {
        byte[] file = [.. Files["lstm.latest.weights.h5"]];
        LayerStack<float> target = KerasFile.Load<float>(new MemoryStream(Files["lstm.keras"])).Model;
        byte[] old = [.. Files["lstm.weights.h5"]];

        // A message of the root's header becomes a continuation at the header itself.
        int header = (int)BitConverter.ToInt64(old, 64);
        old[header + 16] = 0x10;
        old[header + 17] = 0;
        BitConverter.TryWriteBytes(old.AsSpan(header + 24), (long)header + 16);
        BitConverter.TryWriteBytes(old.AsSpan(header + 32), 24L);
        Refuse(old, stream => KerasFile.LoadInto(target, stream), "");
        file[20] ^= 1;
        Refuse(file, stream => KerasFile.LoadInto(target, stream), "");
    }

    [Fact]
    public void A_stream_without_end_is_refused()
    {
        const int Most = 100_000, Spare = 1 << 15;
        var limits = new Serialization.ModelLimits { ParameterBytes = Most };
        LayerStack<float> target = KerasFile.Load<float>(new MemoryStream(Files["lstm.keras"])).Model;
        foreach (string name in (string[])["lstm.keras", "lstm.h5"])
        {
            FluentActions.Invoking(() => KerasFile.Load<float>(new EndlessStream(Files[name], Most + Spare), new KerasLoadOptions { Limits = limits })).Should().Throw<InvalidDataException>().WithMessage("*ParameterBytes*");
            FluentActions.Invoking(() => KerasFile.LoadInto(target, new EndlessStream(Files[name], Most + Spare), new KerasLoadIntoOptions { Limits = limits })).Should().Throw<InvalidDataException>().WithMessage("*ParameterBytes*");
        }
    }

    [Fact]
    public void Every_truncation_is_refused()
    {
        LayerStack<float> target = KerasFile.Load<float>(new MemoryStream(Files["lstm.keras"])).Model;
        foreach (string name in (string[])["lstm.latest.weights.h5", "lstm.deflated.keras"])
        {
            byte[] file = Files[name];
            for (int length = 0; length < file.Length; length++)
            {
                IsRefused(() => KerasFile.LoadInto(target, new MemoryStream(file, 0, length))).Should().BeTrue("{0} bytes of {1} are not the file", length, name);
            }

            FluentActions.Invoking(() => KerasFile.LoadInto(target, new MemoryStream([.. file, 0]))).Should().Throw<InvalidDataException>();
        }
    }

    /// <summary>Loads a file that must be refused for a reason, with little memory.</summary>
    private static void Refuse(byte[] file, Action<Stream> load, string reason)
    {
        // The first call compiles.
        FluentActions.Invoking(() => load(new MemoryStream(file))).Should().Throw<InvalidDataException>().WithMessage($"*{reason}*");
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            load(new MemoryStream(file));
        }
        catch (InvalidDataException)
        {
            (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(SpareBytes + 4 * file.Length);
        }
    }

    private static bool IsRefused(Action load)
    {
        try
        {
            load();
            return false;
        }
        catch (InvalidDataException)
        {
            return true;
        }
    }

    private static List<int> Find(byte[] file, byte[] pattern)
    {
        var found = new List<int>();
        for (int at = 0; at + pattern.Length + 16 < file.Length; at++)
        {
            if (file.AsSpan(at).StartsWith(pattern)) found.Add(at);
        }

        return found;
    }
}

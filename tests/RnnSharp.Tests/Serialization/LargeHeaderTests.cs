using System.Buffers.Binary;
using System.Text;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Serialization;
using Xunit;

namespace RnnSharp.Tests.Serialization;

/// <summary>A large header takes little memory to refuse, and no message grows with the file.</summary>
public sealed class LargeHeaderTests
{
    private const int LongestMessage = 3000;
    private const long SpareBytes = 64 << 10;
    private const int Count = 20_000;

    private static readonly string Long = new('x', 2_000_000);

    public static TheoryData<string> Headers => [.. Make.Keys];

    /// <summary>Headers that are long for the reason that their name says.</summary>
    private static Dictionary<string, Func<string>> Make { get; } = new(StringComparer.Ordinal)
    {
        ["a tensor's name"] = () => $"{{{Tensor(Long)}}}",
        ["a tensor's name in an error of its own"] = () => $"{{\"{Long}\":1}}",
        ["a tensor's name that is occurs twice"] = () => $"{{{Tensor(Long[..1_000_000])},{Tensor(Long[..1_000_000])}}}",
        ["a name of control characters"] = () => $"{{\"{string.Concat(Enumerable.Repeat("\\u0007", 200_000))}\":1}}",
        ["a number type"] = () => $"{{\"a\":{{\"dtype\":\"{Long}\",\"shape\":[1],\"data_offsets\":[0,0]}}}}",
        ["a field of a tensor"] = () => $"{{\"a\":{{\"{Long}\":1}}}}",
        ["a size of many digits"] = () => $"{{\"a\":{{\"dtype\":\"F32\",\"shape\":[{new string('9', 2_000_000)}],\"data_offsets\":[0,0]}}}}",
        ["a shape of many sizes"] = () => $"{{\"a\":{{\"dtype\":\"F32\",\"shape\":[{Repeated(Count, _ => "1")}],\"data_offsets\":[0,0]}}}}",
        ["many tensors"] = () => $"{{{Repeated(Count, i => Tensor($"t{i}"))}}}",
        ["many tensors of unknown number types"] = () => $"{{{Repeated(Count, i => $"\"t{i}\":{{\"dtype\":\"Q{i}\",\"shape\":[0],\"data_offsets\":[0,0]}}")}}}",
        ["a metadata key"] = () => $"{{\"__metadata__\":{{\"{Long}\":1}}}}",
        ["a metadata value"] = () => $"{{\"__metadata__\":{{\"a\":\"{Long}\"}}}}",
        ["a reserved metadata key"] = () => $"{{\"__metadata__\":{{\"rnnsharp{Long}\":\"\"}}}}",
        ["a checksum"] = () => $"{{\"__metadata__\":{{\"rnnsharp.sha256\":\"{Long}\"}}}}",
        ["many metadata keys"] = () => $"{{\"__metadata__\":{{{Repeated(Count, i => $"\"k{i}\":\"\"")}}}}}",
        ["text that is not JSON"] = () => $"{{{Long}",
        ["spaces"] = () => $"{{{new string(' ', 2_000_000)}}}",
        ["a kind of layer"] = () => Described($"{{\"kind\":\"{Long}\"}}"),
        ["a field's name"] = () => Described($"{{\"kind\":\"dense\",\"{Long}\":1}}"),
        ["a field's text"] = () => Described($"{{\"kind\":\"rnn\",\"input\":1,\"hidden\":1,\"activation\":\"{Long}\"}}"),
        ["a field's number"] = () => Described($"{{\"kind\":\"dense\",\"input\":{new string('9', 2_000_000)},\"output\":1}}"),
        ["many fields"] = () => Described($"{{\"kind\":\"dense\",{Repeated(Count, i => $"\"f{i}\":1")}}}"),
        ["many layers"] = () => Described($"{{\"kind\":\"stack\",\"layers\":[{Repeated(Count, _ => "{\"kind\":\"pooling\",\"size\":1,\"pooling\":\"last\"}")}]}}"),
        ["layers inside one another"] = () => Described(string.Concat(Enumerable.Repeat("{\"kind\":\"reverse\",\"layers\":[", Count))),
        ["a tied name"] = () => Described($"{{\"kind\":\"dense\",\"input\":1,\"output\":1,\"tied\":\"{Long}\"}}"),
        ["a version"] = () => Described("{}").Replace("\\\"format\\\":2", $"\\\"format\\\":{new string('9', 2_000_000)}", StringComparison.Ordinal),
    };

    [Theory]
    [MemberData(nameof(Headers))]
    public void Load_and_LoadInto_refuse_a_long_header_in_few_words_and_little_memory(string name)
    {
        byte[] file = ModelBytes.Of(Make[name]());
        file.Length.Should().BeGreaterThan(40_000);
        var target = new DenseLayer<float>(1, 1, seed: 1);
        string before = Models.Describe(target);
        Refused(file, () => ModelFile.Load<float>(new MemoryStream(file)));
        Refused(file, () => ModelFile.LoadInto(target, new MemoryStream(file)));
        Refused(file, () => ModelFile.LoadInto(target, new MemoryStream(file), new ModelLoadIntoOptions { Names = tensor => tensor }));
        Models.Describe(target).Should().Be(before);
    }

    [Fact]
    public void Header_of_40_million_bytes_is_refused_before_it_is_read_unless_the_limit_is_raised()
    {
        string header = $"{{{Repeated(200_000, i => Tensor($"tensor {i}"))}}}".PadRight(40_000_000);
        byte[] file = ModelBytes.Of(header);
        long allocated = Refused(file, () => ModelFile.Load<float>(new MemoryStream(file)), "*40000000 bytes: expected at most 8388608 (ModelLimits.HeaderBytes)*");
        allocated.Should().BeLessThan(SpareBytes);
        Refused(file, () => ModelFile.Load<float>(new MemoryStream(file), new ModelLoadOptions { Limits = new ModelLimits { HeaderBytes = 100_000_000 } }), "*describes no model*");
    }

    [Fact]
    public void Header_that_is_longer_than_its_file_takes_little_memory()
    {
        var file = new byte[100];
        BinaryPrimitives.WriteUInt64LittleEndian(file, 8_000_000);
        Refused(file, () => ModelFile.Load<float>(new MemoryStream(file)), "*truncated*");
        Refused(file, () => ModelFile.Load<float>(new OneWayStream(new MemoryStream(file))), "*truncated*");
    }

    [Fact]
    public void Save_refuses_long_metadata_in_few_words()
    {
        foreach ((string key, string value) in ((string, string)[])[($"rnnsharp{Long}", ""), (Long, "\ud800"), (string.Concat(Enumerable.Repeat(Long, 5)), "")])
        {
            FluentActions.Invoking(() => ModelBytes.Save(new DenseLayer<float>(1, 1), new ModelSaveOptions { Metadata = new Dictionary<string, string> { [key] = value } }))
                .Should().Throw<ArgumentException>().Which.Message.Length.Should().BeLessThan(LongestMessage);
        }
    }

    private static long Refused(byte[] file, Action load, string message = "*")
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        string? actual = null;
        try
        {
            load();
        }
        catch (InvalidDataException exception)
        {
            actual = exception.Message + exception.InnerException?.Message;
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        actual.Should().NotBeNull("such a file is no model").And.Match(message);
        actual!.Length.Should().BeLessThan(LongestMessage);
        allocated.Should().BeLessThan(SpareBytes + 4L * file.Length);
        return allocated;
    }

    private static string Tensor(string name) => $"\"{name}\":{{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}";

    private static string Repeated(int count, Func<int, string> item) => string.Join(',', Enumerable.Range(0, count).Select(item));

    /// <summary>The header of a file with a good checksum, so that the description is read.</summary>
    private static string Described(string model)
    {
        var text = new StringBuilder("{\"__metadata__\":{\"rnnsharp.sha256\":\"").Append('0', 64).Append("\",\"rnnsharp\":\"{\\\"format\\\":2,\\\"model\\\":");
        return text.Append(model.Replace("\"", "\\\"", StringComparison.Ordinal)).Append("}\"}}").ToString();
    }
}

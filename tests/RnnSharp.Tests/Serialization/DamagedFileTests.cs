using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;
using Xunit;

namespace RnnSharp.Tests.Serialization;

/// <summary>A damaged model file is refused, wherever the damage is: the checksum covers the length, the header and the data.</summary>
public sealed class DamagedFileTests
{
    private const int MostReported = 10;

    // NaN is allowed, so that no number is refused for its value.
    private static readonly ModelLoadOptions Load = new() { AllowNonFinite = true };
    private static readonly ModelLoadIntoOptions LoadInto = new() { AllowNonFinite = true };

    private static readonly byte[] Good = ModelBytes.Save(Model(seed: 1), new ModelSaveOptions { Metadata = new Dictionary<string, string> { ["note"] = "für später", ["vocabulary"] = "a\"\\\n" } });

    [Fact]
    public void Undamaged_file_loads()
    {
        Good.Length.Should().BeInRange(1000, 4000, "the other tests are to see several kinds of layers, and to be quick");
        LayerStack<float> target = Model(seed: 2);
        ModelFile.LoadInto(target, new MemoryStream(Good), LoadInto);
        Models.Describe(target).Should().Be(Models.Describe(ModelBytes.Load<float>(Good, Load).Model));
    }

    [Fact]
    public void Every_file_with_one_bit_flipped_is_refused() =>
        EveryFileIsRefused(Enumerable.Range(0, 8 * Good.Length).Select(bit =>
        {
            byte[] file = [.. Good];
            file[bit / 8] ^= (byte)(1 << bit % 8);
            return ($"bit {bit % 8} of byte {bit / 8}", file);
        }));

    [Fact]
    public void Every_file_that_is_cut_off_is_refused() =>
        EveryFileIsRefused(Enumerable.Range(0, Good.Length).Select(length => ($"the first {length} bytes", Good[..length])));

    [Theory]
    [InlineData(0)]
    [InlineData(' ')]
    [InlineData('}')]
    [InlineData(0xff)]
    public void Every_file_that_goes_on_is_refused(byte filler) =>
        EveryFileIsRefused(Enumerable.Range(1, 300).Select(count => ($"{count} bytes of {filler} after the end", (byte[])[.. Good, .. Enumerable.Repeat(filler, count)])));

    [Fact]
    public void Every_file_with_a_space_put_in_is_refused() =>
        EveryFileIsRefused(Enumerable.Range(0, Good.Length).Select(at => ($"a space at {at}", (byte[])[.. Good[..at], (byte)' ', .. Good[at..]])));

    [Fact]
    public void Every_file_with_a_byte_left_out_is_refused() =>
        EveryFileIsRefused(Enumerable.Range(0, Good.Length).Select(at => ($"without byte {at}", (byte[])[.. Good[..at], .. Good[(at + 1)..]])));

    /// <summary>By Load and by LoadInto, from a stream that seeks and from one that does not; the target of LoadInto stays as it is.</summary>
    private static void EveryFileIsRefused(IEnumerable<(string Damage, byte[] File)> files)
    {
        LayerStack<float> target = Model(seed: 2);
        string before = Models.Describe(target);
        long[] versions = [.. target.Parameters.Select(parameter => parameter.Version)];
        var accepted = new List<string>();
        int count = 0;
        foreach ((string damage, byte[] file) in files)
        {
            count++;
            if (accepted.Count == MostReported) break;
            if (!IsRefused(() => ModelFile.Load<float>(Stream(), Load))) accepted.Add($"Load: {damage}");
            if (!IsRefused(() => ModelFile.LoadInto(target, Stream(), LoadInto))) accepted.Add($"LoadInto: {damage}");

            Stream Stream() => count % 2 == 0 ? new MemoryStream(file) : new OneWayStream(new MemoryStream(file));
        }

        accepted.Should().BeEmpty();
        count.Should().BePositive();
        Models.Describe(target).Should().Be(before);
        target.Parameters.Select(parameter => parameter.Version).Should().Equal(versions);

        static bool IsRefused(Action load)
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
    }

    private static LayerStack<float> Model(int seed) => new(
        new LstmLayer<float>(2, 3, seed, new LstmOptions { Peepholes = true }),
        new ResidualLayer<float>(new LayerStack<float>(new LayerNormalizationLayer<float>(3), new DropoutLayer<float>(3, 0.25, seed: 5))),
        Bidirectional.Of(drawn => new GruLayer<float>(3, 1, drawn), seed + 1),
        new PoolingLayer<float>(2, Pooling.Last),
        new FeedbackLayer<float>(new DenseLayer<float>(2, 2, seed + 2), 3));
}

using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using FluentAssertions;
using Xunit;

namespace RnnSharp.Tests.Quantization;

/// <summary>
/// The results of quantized models are the same bits at every vector width and without vectors: one file of hashes holds for all of them,
/// and <c>.ci/run</c> runs this test at each. RNNSHARP_WRITE_BASELINE=1 rewrites the file.
/// </summary>
public sealed class QuantizedBitsTests
{
    [Fact]
    public void Results_are_the_same_bits_at_every_vector_width()
    {
        string path = RepositoryRoot.PathOf("tests/RnnSharp.Tests/Quantization/bits.txt");
        string[] actual = [.. QuantizedModels.All.Keys.SelectMany(name => Enum.GetValues<QuantizedType>().Select(type => string.Create(CultureInfo.InvariantCulture, $"{HashOf(name, type)}  {name}, {type}")))];
        if (string.Equals(Environment.GetEnvironmentVariable("RNNSHARP_WRITE_BASELINE"), "1", StringComparison.Ordinal)) File.WriteAllLines(path, actual);
        actual.Should().Equal(File.ReadAllLines(path));
    }

    private static string HashOf(string name, QuantizedType type)
    {
        // Layers that stay float are as exact as their vectors are wide, which is not what this test is about.
        if (string.Equals(name, "stack", StringComparison.Ordinal)) name = "gru";
        ILayer<float> model = QuantizedModels.Quantized(name, type);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (bool tokens in (bool[])[false, true])
        {
            State<float> state = model.CreateState(5);
            hash.AppendData(MemoryMarshal.AsBytes(model.Predict(QuantizedModels.InputFor(name, 5, 9, ragged: true, tokens), state).Values));
            foreach (StateLeaf<float> leaf in state.Leaves) hash.AppendData(MemoryMarshal.AsBytes(leaf.Values));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..32];
    }
}

using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Serialization;
using Xunit;

namespace RnnSharp.Tests.Serialization;

public sealed class SafetensorsRetryTests
{
    [Fact]
    public void Read_after_a_failed_one_verifies_the_file_too()
    {
        byte[] file = ModelBytes.Save(new DenseLayer<float>(3, 2, seed: 1));
        Values(file).Should().HaveCount(6);
        file[^1] ^= 1;
        FluentActions.Invoking(() => Values(file)).Should().Throw<InvalidDataException>().WithMessage("*checksum does not match*");

        static float[] Values(byte[] file)
        {
            var stream = new FailingStream(file);
            using TensorSource tensors = SafetensorsFile.Open(stream);
            stream.FailsOnce = true;
            FluentActions.Invoking(() => tensors.ReadAll<float>(0)).Should().Throw<IOException>();
            return tensors.ReadAll<float>(0);
        }
    }

    private sealed class FailingStream(byte[] file) : MemoryStream(file)
    {
        public bool FailsOnce { get; set; }

        public override int Read(Span<byte> buffer)
        {
            if (!FailsOnce) return base.Read(buffer);
            FailsOnce = false;
            throw new IOException("The disk does not answer.");
        }
    }
}

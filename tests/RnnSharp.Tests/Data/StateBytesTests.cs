using System.Buffers.Binary;
using System.Security.Cryptography;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Tests.Layers;
using Xunit;

namespace RnnSharp.Tests;

/// <summary>States as bytes: what is written is read again, and anything else is rejected without a change.</summary>
public sealed class StateBytesTests
{
    private static readonly LayerStack<float> Model = new(new LstmLayer<float>(2, 3, seed: 1), new GruLayer<float>(3, 5, seed: 2), new DenseLayer<float>(5, 2, seed: 3));

    [Fact]
    public void A_state_is_read_as_it_was_written_and_with_its_batch()
    {
        State<float> state = Filled(3), read = Model.CreateState(1);
        state["0.c"].Values[0] = float.NaN;
        read.ReadFrom(state.ToBytes());
        ShouldBeSame(read, state);

        using var stream = new MemoryStream();
        stream.WriteByte(9);
        state.WriteTo(stream);
        stream.WriteByte(7);
        stream.Position = 1;
        State<float> streamed = Model.CreateState(5);
        streamed.ReadFrom(stream);
        ShouldBeSame(streamed, state);
        stream.ReadByte().Should().Be(7);
    }

    [Fact]
    public void A_stream_goes_on_from_a_state_that_was_saved()
    {
        var x = new Sequence<float>(2, 2, 6);
        x.Values.Fill(0.5f);
        State<float> state = Model.CreateState(2), restored = Model.CreateState(2);
        Model.Predict(x, state);
        restored.ReadFrom(state.ToBytes());
        Model.Predict(x, restored).Values.ToArray().Should().Equal(Model.Predict(x, state).Values.ToArray());
    }

    [Fact]
    public void One_example_moves_from_batch_to_batch()
    {
        State<float> source = Filled(4), target = Model.CreateState(2), expected = Model.CreateState(2);
        target.ReadExample(1, source.ToBytes(3));
        expected.CopyExample(source, 3, 1);
        ShouldBeSame(target, expected);

        // One example is a state of batch 1, both ways.
        State<float> alone = Model.CreateState(3);
        alone.ReadFrom(source.ToBytes(2));
        alone.Batch.Should().Be(1);
        target.ReadExample(0, alone.ToBytes());
        target["1.h"].ToMatrix().Column(0).Should().Equal(source["1.h"].ToMatrix().Column(2));
        target.Invoking(it => it.ReadExample(0, source.ToBytes())).Should().Throw<InvalidDataException>().WithMessage("*one example*batch of 4*");
    }

    [Fact]
    public void A_state_without_leaves_has_bytes_too()
    {
        State<float> state = new DenseLayer<float>(2, 2, seed: 1).CreateState(3), read = new DenseLayer<float>(2, 2, seed: 1).CreateState(1);
        read.ReadFrom(state.ToBytes());
        read.Batch.Should().Be(3);
    }

    [Fact]
    public void The_format_is_what_the_documentation_says()
    {
        var state = new State<double>(2, ("h", 1));
        state["h"].Values[0] = 1;
        state["h"].Values[1] = -2;
        byte[] head = [.. "RnnState"u8, 1, 0, 8, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, (byte)'h', 0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0xc0];
        state.ToBytes().Should().Equal([.. head, .. SHA256.HashData(head)]);
        state.ByteCount.Should().Be(head.Length + 32);
    }

    [Fact]
    public void Every_flipped_bit_and_every_truncation_is_rejected_without_a_change()
    {
        byte[] bytes = Filled(2).ToBytes();
        State<float> target = Filled(3), before = target.Clone();
        for (int bit = 0; bit < 8 * bytes.Length; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << bit % 8);
            target.Invoking(it => it.ReadFrom(bytes)).Should().Throw<InvalidDataException>($"bit {bit} is flipped");
            bytes[bit / 8] ^= (byte)(1 << bit % 8);
        }

        for (int length = 0; length < bytes.Length; length++)
        {
            byte[] part = bytes[..length];
            target.Invoking(it => it.ReadFrom(part)).Should().Throw<InvalidDataException>($"only {length} bytes are left");
            target.Invoking(it => it.ReadFrom(new MemoryStream(part))).Should().Throw<InvalidDataException>($"only {length} bytes are left");
        }

        target.Invoking(it => it.ReadFrom([.. bytes, 0])).Should().Throw<InvalidDataException>("a byte too many");
        ShouldBeSame(target, before);
        target.ReadFrom(bytes);
    }

    [Fact]
    public void The_state_of_another_layer_or_type_is_rejected()
    {
        State<float> target = Model.CreateState(2);
        target.Invoking(it => it.ReadFrom(new GruLayer<float>(1, 1, seed: 1).CreateState(2).ToBytes())).Should().Throw<InvalidDataException>().WithMessage("*leaves*0.h 3 x 2*");
        target.Invoking(it => it.ReadFrom(new State<float>(2, ("0.h", 3), ("0.c", 3), ("1.h", 6)).ToBytes())).Should().Throw<InvalidDataException>().WithMessage("*other leaves*");
        target.Invoking(it => it.ReadFrom(new State<float>(2, ("0.h", 3), ("0.c", 3), ("1.x", 5)).ToBytes())).Should().Throw<InvalidDataException>().WithMessage("*other leaves*");
        target.Invoking(it => it.ReadFrom(target.ConvertTo<double>().ToBytes())).Should().Throw<InvalidDataException>().WithMessage("*4 bytes (Single), got 8*");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(100_000_000)]
    [InlineData(int.MaxValue)]
    public void A_batch_that_the_bytes_do_not_hold_is_rejected_before_memory_is_allocated(int batch)
    {
        byte[] bytes = Filled(2).ToBytes();
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), batch);
        SHA256.HashData(bytes.AsSpan(..^32)).CopyTo(bytes.AsSpan(^32));
        State<float> target = Model.CreateState(1);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Rejected(() => target.ReadFrom(bytes));
        Rejected(() => target.ReadFrom(new MemoryStream(bytes)));
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(1 << 18);
        target.Batch.Should().Be(1);

        static void Rejected(Action read)
        {
            bool rejected = false;
            try
            {
                read();
            }
            catch (InvalidDataException)
            {
                rejected = true;
            }

            rejected.Should().BeTrue();
        }
    }

    [Fact]
    public void Warm_calls_allocate_nothing()
    {
        State<float> state = Filled(4);
        var all = new byte[state.ByteCount];
        var one = new byte[state.ExampleByteCount];
        Warm.Allocated(RoundTrip).Should().Be(0);

        void RoundTrip()
        {
            state.WriteTo(all);
            state.WriteExample(2, one);
            state.ReadExample(1, one);
            state.ReadFrom(all);
        }
    }

    private static State<float> Filled(int batch)
    {
        State<float> state = Model.CreateState(batch);
        float next = 0;
        foreach (StateLeaf<float> leaf in state.Leaves)
        {
            foreach (ref float value in leaf.Values) value = ++next / 7;
        }

        return state;
    }

    private static void ShouldBeSame(State<float> actual, State<float> expected)
    {
        actual.ToString().Should().Be(expected.ToString());
        for (int i = 0; i < expected.Leaves.Count; i++) actual.Leaves[i].Values.ToArray().Should().Equal(expected.Leaves[i].Values.ToArray());
    }
}

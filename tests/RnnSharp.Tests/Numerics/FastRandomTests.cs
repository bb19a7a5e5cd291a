using System.Buffers.Binary;
using System.Text.Json;
using FluentAssertions;
using RnnSharp.Notebook;
using RnnSharp.Numerics;
using Xunit;

namespace RnnSharp.Tests.Numerics;

/// <summary>Expected values come from a second implementation of xoshiro256** in References/numpy_random.py, which is itself checked against published outputs.</summary>
public sealed class FastRandomTests
{
    private static readonly JsonElement Reference = JsonDocument
        .Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "References", "numpy_random.json")))
        .RootElement;

    public static TheoryData<ulong> Seeds => [0ul, 1ul, 42ul, 123456789ul, ulong.MaxValue];

    [Fact]
    public void Outputs_from_the_state_1_to_4_equal_the_published_ones()
    {
        var random = new FastRandom(0);
        byte[] state = random.GetState();
        for (int i = 0; i < 4; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(state.AsSpan(8 + (8 * i)), i + 1);
        }

        random.SetState(state);

        Repeat(10, random.NextUInt64).Should().Equal(ULongs(Reference, "published"));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Streams_equal_the_reference(ulong seed)
    {
        JsonElement stream = Stream(seed);
        byte[] state = new FastRandom(seed).GetState();
        Enumerable.Range(0, 4).Select(i => BinaryPrimitives.ReadUInt64LittleEndian(state.AsSpan(8 + (8 * i)))).Should().Equal(ULongs(stream, "words"));
        Repeat(20, new FastRandom(seed).NextUInt64).Should().Equal(ULongs(stream, "outputs"));
        Repeat(8, new FastRandom(seed).NextDouble).Should().Equal(Doubles(stream, "uniforms"));

        FastRandom singles = new(seed), ofArray = new(seed), ofSpan = new(seed);
        Repeat(8, () => (double)singles.NextSingle()).Should().Equal(Doubles(stream, "singles"));
        byte[] array = new byte[21], span = new byte[21];
        ofArray.NextBytes(array);
        ofSpan.NextBytes(span.AsSpan());
        array.Should().Equal(stream.GetProperty("bytes").EnumerateArray().Select(value => value.GetByte()));
        span.Should().Equal(array);
    }

    [Theory]
    [InlineData(0ul)]
    [InlineData(1ul)]
    [InlineData(1ul << 63)]
    [InlineData(3ul << 62)]
    [InlineData(0x5555_5555_5555_5555ul)]
    [InlineData(0x0123_4567_89ab_cdeful)]
    [InlineData(ulong.MaxValue)]
    public void Bits_are_set_where_a_number_is_below_the_threshold(ulong threshold)
    {
        for (ulong seed = 0; seed < 50; seed++)
        {
            // The number at each position consists of its bit of successive outputs, the highest first.
            var outputs = new FastRandom(seed);
            var numbers = new ulong[64];
            for (int bit = 63; bit >= 0; bit--)
            {
                ulong output = outputs.NextUInt64();
                for (int place = 0; place < 64; place++) numbers[place] |= ((output >> place) & 1) << bit;
            }

            ulong expected = 0;
            for (int place = 0; place < 64; place++) expected |= numbers[place] < threshold ? 1ul << place : 0;
            new FastRandom(seed).NextBits(threshold).Should().Be(expected);
        }
    }

    [Fact]
    public void Streams_by_seed_and_number_are_repeated_and_all_different()
    {
        var random = new FastRandom(9);
        random.NextGaussian();
        var seen = new HashSet<ulong>();
        ulong[] seeds = [0, 1, 2, 3, 42, ulong.MaxValue], numbers = [0, 1, 2, 3, 4, 1ul << 40, long.MaxValue];
        foreach (ulong seed in seeds)
        {
            foreach (ulong number in numbers)
            {
                random.Reseed(seed, number);
                ulong[] first = Repeat(4, random.NextUInt64);
                foreach (ulong output in first) seen.Add(output).Should().BeTrue("no output comes twice by chance, least of all in its own place");
                double normal = random.NextGaussian();
                random.Reseed(seed, number);
                Repeat(4, random.NextUInt64).Should().Equal(first);
                random.NextGaussian().Should().Be(normal, "nothing is left from before");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Normal_numbers_equal_the_reference(ulong seed)
    {
        JsonElement expected = Stream(seed).GetProperty("gaussians");
        var random = new FastRandom(seed);
        Repeat(7, random.NextGaussian).Should().Equal(Doubles(expected, "values"));
        random.NextDouble().Should().Be(expected.GetProperty("uniform").GetDouble());
        random.NextGaussian().Should().Be(expected.GetProperty("next").GetDouble());
        random.NextDouble().Should().Be(expected.GetProperty("then").GetDouble());
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Bounded_integers_equal_the_reference(ulong seed)
    {
        foreach (JsonElement expected in Stream(seed).GetProperty("bounded").EnumerateArray())
        {
            long low = expected.GetProperty("low").GetInt64(), high = expected.GetProperty("high").GetInt64();
            long[] values = [.. expected.GetProperty("values").EnumerateArray().Select(value => value.GetInt64())];
            double then = expected.GetProperty("then").GetDouble();
            var random = new FastRandom(seed);
            Repeat(values.Length, () => random.NextInt64(low, high)).Should().Equal(values);
            random.NextDouble().Should().Be(then);
            if (low >= int.MinValue && high <= int.MaxValue)
            {
                var narrow = new FastRandom(seed);
                Repeat(values.Length, () => (long)narrow.Next((int)low, (int)high)).Should().Equal(values);
                narrow.NextDouble().Should().Be(then);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Split_jumps_as_far_as_the_step_matrix_says(ulong seed)
    {
        JsonElement expected = Stream(seed).GetProperty("family");
        var root = new FastRandom(seed);
        FastRandom first = root.Split(), second = root.Split();
        FastRandom grandchild = second.Split(), sibling = second.Split();

        Repeat(4, first.NextUInt64).Should().Equal(ULongs(expected, "first"));
        Repeat(4, grandchild.NextUInt64).Should().Equal(ULongs(expected, "grandchild"));
        Repeat(4, sibling.NextUInt64).Should().Equal(ULongs(expected, "sibling"));
        Repeat(4, second.NextUInt64).Should().Equal(ULongs(expected, "second"));
        Repeat(4, root.NextUInt64).Should().Equal(ULongs(expected, "root"));
    }

    [Fact]
    public void Split_throws_for_a_grandchild_even_after_a_round_trip()
    {
        FastRandom grandchild = new FastRandom(1).Split().Split();
        byte[] state = grandchild.GetState();
        grandchild.Invoking(it => it.Split()).Should().Throw<InvalidOperationException>().WithMessage("Expected*got*");
        grandchild.GetState().Should().Equal(state);

        var restored = new FastRandom(2);
        restored.SetState(state);
        restored.Invoking(it => it.Split()).Should().Throw<InvalidOperationException>().WithMessage("*child of a child*");
    }

    [Fact]
    public void A_kept_normal_number_stays_with_the_parent()
    {
        FastRandom parent = new(6), twin = new(6);
        parent.NextGaussian();
        twin.NextGaussian();
        FastRandom child = parent.Split();
        double kept = twin.NextGaussian();

        child.NextGaussian().Should().Be(twin.NextGaussian());
        parent.NextGaussian().Should().Be(kept);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(77)]
    public void SetState_continues_the_stream_of_a_saved_state(int normalsBefore)
    {
        var random = new FastRandom(99);
        Repeat(normalsBefore, random.NextGaussian);
        byte[] state = random.GetState();
        var other = new FastRandom(7);
        other.NextGaussian();

        other.SetState(state);

        other.GetState().Should().Equal(state);
        double[] expected = Repeat(50, random.NextGaussian);
        Repeat(50, other.NextGaussian).Should().Equal(expected);
        random.SetState(state);
        Repeat(50, random.NextGaussian).Should().Equal(expected, "an instance can go back to its own past");
    }

    [Fact]
    public void SetState_rejects_invalid_states_and_changes_nothing()
    {
        var random = new FastRandom(11);
        random.NextGaussian();
        byte[] state = random.GetState();
        byte[][] foreign =
        [
            [],
            state[..^1],
            [.. state, 0],
            new NumpyRandom(11).GetState(),
            With(state, 0, 0),
            With(state, 4, 3),
            With(state, 7, 0xff),
            [.. state[..8], .. new byte[32], .. state[^9..]],
            With(state, state.Length - 9, 2),
            With(state, state.Length - 9, 0),
            With(With(state, state.Length - 1, 0x7f), state.Length - 2, 0xf8),
        ];

        foreach (byte[] blob in foreign)
        {
            random.Invoking(it => it.SetState(blob)).Should().Throw<ArgumentException>().WithParameterName("state").WithMessage("Expected*got*");
            random.GetState().Should().Equal(state);
        }
    }

    [Fact]
    public void Invalid_arguments_throw_before_anything_is_drawn()
    {
        var random = new FastRandom(1);
        (string Name, Action Call)[] bad =
        [
            ("buffer", () => random.NextBytes(null!)),
            ("maxValue", () => random.Next(-1)),
            ("minValue", () => random.Next(1, 0)),
            ("maxValue", () => random.NextInt64(-1)),
            ("minValue", () => random.NextInt64(1, 0)),
        ];
        byte[] before = random.GetState();

        foreach ((string name, Action call) in bad)
        {
            call.Should().Throw<ArgumentException>().WithParameterName(name);
            random.GetState().Should().Equal(before);
        }
    }

    [Fact]
    public void Empty_requests_draw_nothing()
    {
        var random = new FastRandom(1);
        byte[] before = random.GetState();

        random.NextBytes([]);
        random.Next(0).Should().Be(0);
        random.Next(1).Should().Be(0);
        random.Next(-4, -4).Should().Be(-4);
        random.NextInt64(long.MinValue, long.MinValue).Should().Be(long.MinValue);

        random.GetState().Should().Equal(before);
    }

    [Fact]
    public void Every_member_of_Random_draws_from_the_stream()
    {
        static object[] Draw(Random random)
        {
            byte[] bytes = new byte[5];
            random.NextBytes(bytes);
            int[] shuffled = [1, 2, 3, 4, 5, 6];
            random.Shuffle(shuffled);
            return [random.Next(), random.Next(10), random.Next(-3, 3), random.NextInt64(), random.NextInt64(1L << 40), random.NextInt64(-9, 9), random.NextSingle(), random.NextDouble(), .. bytes, .. shuffled, .. random.GetItems([1, 2, 3], 4)];
        }

        Draw(new FastRandom(8)).Should().Equal(Draw(new FastRandom(8))).And.NotEqual(Draw(new FastRandom(9)));
    }

    [Theory]
    [InlineData(3, 1)]
    [InlineData(10, 1)]
    [InlineData(100, 1)]
    [InlineData(3, 1L << 61)]
    public void Bounded_integers_are_uniformly_distributed(int classes, long scale)
    {
        // With 3·2⁶¹ values, a remainder or a product without rejection would favor two of the three residues by half.
        const int Draws = 50_000;
        int[] counts = new int[classes];
        var random = new FastRandom(2026);
        for (int i = 0; i < Draws; i++)
        {
            counts[random.NextInt64(classes * scale) % classes]++;
        }

        double expected = (double)Draws / classes, deviation = counts.Sum(count => (count - expected) * (count - expected) / expected);
        deviation.Should().BeLessThan(classes - 1 + (4 * Math.Sqrt(2 * (classes - 1))), "χ² has mean k - 1 and variance 2(k - 1)");
    }

    [Fact]
    public void Normal_numbers_have_the_moments_of_the_normal_distribution()
    {
        const int Draws = 100_000;
        double[] values = Repeat(Draws, new FastRandom(2026).NextGaussian);
        double error = 4 / Math.Sqrt(Draws);
        values.Average().Should().BeApproximately(0.0, error);
        values.Average(value => value * value).Should().BeApproximately(1.0, error * Math.Sqrt(2));
        values.Average(value => Math.Pow(value, 4)).Should().BeApproximately(3.0, error * Math.Sqrt(96));
    }

    private static JsonElement Stream(ulong seed) => Reference.GetProperty("fast").EnumerateArray().Single(stream => stream.GetProperty("seed").GetUInt64() == seed);

    private static double[] Doubles(JsonElement owner, string name) => [.. owner.GetProperty(name).EnumerateArray().Select(value => value.GetDouble())];

    private static ulong[] ULongs(JsonElement owner, string name) => [.. owner.GetProperty(name).EnumerateArray().Select(value => value.GetUInt64())];

    private static T[] Repeat<T>(int count, Func<T> draw) => [.. Enumerable.Range(0, count).Select(_ => draw())];

    private static byte[] With(byte[] state, int index, byte value)
    {
        byte[] changed = [.. state];
        changed[index] = value;
        return changed;
    }
}

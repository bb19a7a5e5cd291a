using System.Buffers.Binary;
using System.Text.Json;
using FluentAssertions;
using RnnSharp.Notebook;
using RnnSharp.Numerics;
using Xunit;

namespace RnnSharp.Tests.Notebook;

/// <summary>Expected values come from NumPy itself, by References/numpy_random.py.</summary>
public sealed class NumpyRandomTests
{
    private static readonly JsonElement Streams = JsonDocument
        .Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "References", "numpy_random.json")))
        .RootElement.GetProperty("streams");

    public static TheoryData<uint> Seeds => [0u, 1u, 42u, 123456789u, 4294967295u];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Uniform_numbers_equal_NumPy(uint seed)
    {
        JsonElement stream = Stream(seed);
        Repeat(10, new NumpyRandom(seed).NextDouble).Should().Equal(Doubles(stream, "uniforms"));

        var late = new NumpyRandom(seed);
        Repeat(5000, late.NextDouble);
        Repeat(8, late.NextDouble).Should().Equal(Doubles(stream, "late"), "the words have been renewed many times by then");

        foreach (JsonElement expected in stream.GetProperty("uniform").EnumerateArray())
        {
            var random = new NumpyRandom(seed);
            double low = expected.GetProperty("low").GetDouble(), high = expected.GetProperty("high").GetDouble();
            Repeat(8, () => random.Uniform(low, high)).Should().Equal(Doubles(expected, "values"));
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Normal_numbers_equal_NumPy(uint seed)
    {
        foreach (JsonElement expected in Stream(seed).GetProperty("randn").EnumerateArray())
        {
            int n = expected.GetProperty("n").GetInt32();
            var random = new NumpyRandom(seed);
            random.RandN(n).Should().Equal(Doubles(expected, "values"));
            random.NextDouble().Should().Be(expected.GetProperty("uniform").GetDouble());
            random.NextGaussian().Should().Be(expected.GetProperty("next").GetDouble(), "an odd count leaves a number for later, an even one does not");
            ThenIs(random, expected);
        }
    }

    [Fact]
    public void Normal_numbers_fill_a_span_in_the_same_order()
    {
        double[] values = new double[9];
        var random = new NumpyRandom(5);
        random.RandN(values.AsSpan(0, 4));
        random.RandN(values.AsSpan(4));
        values.Should().Equal(new NumpyRandom(5).RandN(9));
    }

    [Fact]
    public void Normal_numbers_fill_a_matrix_and_a_sequence_in_C_order()
    {
        double[] drawn = new NumpyRandom(5).RandN(24);
        new NumpyRandom(5).RandN(4, 6).ToRowMajorArray().Should().Equal(drawn);
        double[,,] array = new NumpyRandom(5).RandN(2, 3, 4).ToArray();
        array.Cast<double>().Should().Equal(drawn);
        (array.GetLength(0), array.GetLength(1), array.GetLength(2)).Should().Be((2, 3, 4));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Integers_equal_NumPy(uint seed)
    {
        foreach (JsonElement expected in Stream(seed).GetProperty("randint").EnumerateArray())
        {
            int low = expected.GetProperty("low").GetInt32(), high = expected.GetProperty("high").GetInt32();
            int[] values = [.. Longs(expected, "values").Select(value => (int)value)];
            NumpyRandom single = new(seed), array = new(seed), wide = new(seed), next = new(seed);
            Repeat(values.Length, () => single.RandInt(low, high)).Should().Equal(values);
            Repeat(values.Length, () => next.Next(low, high)).Should().Equal(values);
            array.RandInt(low, high, values.Length).Should().Equal(values);
            wide.RandInt((long)low, high, values.Length).Should().Equal(Longs(expected, "values"));
            Array.ForEach([single, array, wide, next], random => ThenIs(random, expected));
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Wide_integers_equal_NumPy(uint seed)
    {
        foreach (JsonElement expected in Stream(seed).GetProperty("long").EnumerateArray())
        {
            long low = expected.GetProperty("low").GetInt64(), high = expected.GetProperty("high").GetInt64();
            long[] values = Longs(expected, "values");
            NumpyRandom single = new(seed), array = new(seed), next = new(seed);
            Repeat(values.Length, () => single.RandInt(low, high)).Should().Equal(values);
            Repeat(values.Length, () => next.NextInt64(low, high)).Should().Equal(values);
            array.RandInt(low, high, values.Length).Should().Equal(values);
            Array.ForEach([single, array, next], random => ThenIs(random, expected));
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Choices_equal_NumPy(uint seed)
    {
        foreach (JsonElement expected in Stream(seed).GetProperty("choice").EnumerateArray())
        {
            double[] p = Doubles(expected, "p");
            int[] values = Ints(expected, "values");
            NumpyRandom single = new(seed), array = new(seed);
            Repeat(values.Length, () => single.Choice(p.Length, p)).Should().Equal(values);
            array.Choice(p.Length, p, values.Length).Should().Equal(values);
            Array.ForEach([single, array], random => ThenIs(random, expected));
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Shuffles_and_permutations_equal_NumPy(uint seed)
    {
        foreach (JsonElement expected in Stream(seed).GetProperty("shuffle").EnumerateArray())
        {
            int n = expected.GetProperty("n").GetInt32();
            int[] values = [.. Enumerable.Range(0, n)], span = [.. Enumerable.Range(0, n)];
            NumpyRandom ofArray = new(seed), ofSpan = new(seed);
            ofArray.Shuffle(values);
            ofSpan.Shuffle(span.AsSpan());
            values.Should().Equal(Ints(expected, "values"));
            span.Should().Equal(values);
            Array.ForEach([ofArray, ofSpan], random => ThenIs(random, expected));
        }

        foreach (JsonElement expected in Stream(seed).GetProperty("permutation").EnumerateArray())
        {
            var random = new NumpyRandom(seed);
            random.Permutation(expected.GetProperty("n").GetInt32()).Should().Equal(Ints(expected, "values"));
            ThenIs(random, expected);
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Bytes_equal_NumPy(uint seed)
    {
        foreach (JsonElement expected in Stream(seed).GetProperty("bytes").EnumerateArray())
        {
            byte[] array = new byte[expected.GetProperty("n").GetInt32()], span = new byte[array.Length];
            NumpyRandom ofArray = new(seed), ofSpan = new(seed);
            ofArray.NextBytes(array);
            ofSpan.NextBytes(span.AsSpan());
            array.Select(value => (int)value).Should().Equal(Ints(expected, "values"));
            span.Should().Equal(array);
            Array.ForEach([ofArray, ofSpan], random => ThenIs(random, expected));
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Mixed_calls_equal_NumPy(uint seed)
    {
        var random = new NumpyRandom(seed);
        double[] p = [0.1, 0.2, 0.3, 0.4];
        int call = 0;
        foreach (JsonElement expected in Stream(seed).GetProperty("interleaved").EnumerateArray())
        {
            string name = expected.GetProperty("call").GetString()!;
            object actual = name switch
            {
                "randn" => random.NextGaussian(),
                "random" => random.NextDouble(),
                "randint" => random.RandInt(-7, 90),
                "long" => random.RandInt(0, 1L << 35),
                "uniform" => random.Uniform(-0.5, 2.0),
                "choice" => random.Choice(4, p),
                "permutation" => random.Permutation(5),
                _ => throw new InvalidOperationException(name),
            };
            JsonElement value = expected.GetProperty("value");
            object golden = actual switch
            {
                double => value.GetDouble(),
                int => value.GetInt32(),
                long => value.GetInt64(),
                _ => Ints(expected, "value"),
            };
            actual.Should().BeEquivalentTo(golden, options => options.WithStrictOrdering(), "call {0} is {1}", call++, name);
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_saved_state_holds_what_NumPy_saves(uint seed)
    {
        JsonElement expected = Stream(seed).GetProperty("saved");
        var random = new NumpyRandom(seed);
        random.RandN(301);
        byte[] state = random.GetState();
        uint[] key = [.. Enumerable.Range(0, 624).Select(i => BinaryPrimitives.ReadUInt32LittleEndian(state.AsSpan(8 + (4 * i))))];

        BinaryPrimitives.ReadInt32LittleEndian(state.AsSpan(4)).Should().Be(expected.GetProperty("position").GetInt32());
        key.Where((_, i) => i % 25 == 0).Select(word => (long)word).Should().Equal(Longs(expected, "key"));
        state[8 + (4 * 624)].Should().Be(expected.GetProperty("has_gauss").GetByte());
        BinaryPrimitives.ReadDoubleLittleEndian(state.AsSpan(9 + (4 * 624))).Should().Be(expected.GetProperty("gauss").GetDouble());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(311)]
    [InlineData(624)]
    [InlineData(1001)]
    public void SetState_continues_the_stream_of_a_saved_state(int normalsBefore)
    {
        var random = new NumpyRandom(99);
        random.RandN(normalsBefore);
        byte[] state = random.GetState();
        var other = new NumpyRandom(7);
        other.NextGaussian();

        other.SetState(state);

        other.GetState().Should().Equal(state);
        double[] expected = random.RandN(700);
        other.RandN(700).Should().Equal(expected);
        random.SetState(state);
        random.RandN(700).Should().Equal(expected, "an instance can go back to its own past");
    }

    [Fact]
    public void Equal_states_give_equal_bytes_whatever_was_kept_before()
    {
        var random = new NumpyRandom(3);
        random.NextGaussian();
        byte[] kept = random.GetState();
        random.NextGaussian();
        byte[] taken = random.GetState();

        taken.Should().NotEqual(kept);
        random.SetState(kept);
        random.NextGaussian();
        random.GetState().Should().Equal(taken);
    }

    [Fact]
    public void SetState_rejects_invalid_states_and_changes_nothing()
    {
        var random = new NumpyRandom(11);
        random.NextGaussian();
        byte[] state = random.GetState();
        byte[][] foreign =
        [
            [],
            state[..^1],
            [.. state, 0],
            new FastRandom(11).GetState(),
            With(state, 0, 0),
            With(state, 7, 0xff),
            With(With(state, 4, 0x71), 5, 0x02),
            [.. state[..8], .. new byte[624 * 4], .. state[^9..]],
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
    public void Bad_arguments_are_rejected_before_anything_is_drawn()
    {
        var random = new NumpyRandom(1);
        (string Name, Action Call)[] bad =
        [
            ("low", () => random.Uniform(1.0, 0.5)),
            ("low", () => random.Uniform(double.NaN, 0.5)),
            ("low", () => random.Uniform(double.NegativeInfinity, 0.5)),
            ("high", () => random.Uniform(0.5, double.PositiveInfinity)),
            ("high", () => random.Uniform(double.MinValue, double.MaxValue)),
            ("count", () => random.RandN(-1)),
            ("columns", () => random.RandN(2, 0)),
            ("steps", () => random.RandN(2, 3, 0)),
            ("low", () => random.RandInt(2, 2)),
            ("low", () => random.RandInt(3, 2)),
            ("low", () => random.RandInt(3L, 3L)),
            ("low", () => random.RandInt(3, 3, 1)),
            ("low", () => random.RandInt(long.MaxValue, long.MinValue, 1)),
            ("size", () => random.RandInt(0, 3, -1)),
            ("size", () => random.RandInt(0L, 3L, -1)),
            ("p", () => random.Choice(0, [])),
            ("p", () => random.Choice(2, [])),
            ("n", () => random.Choice(0, [1.0])),
            ("n", () => random.Choice(-1, [1.0], 1)),
            ("p", () => random.Choice(3, [0.5, 0.5])),
            ("p", () => random.Choice(1, [0.5, 0.5])),
            ("p", () => random.Choice(2, [1.5, -0.5])),
            ("p", () => random.Choice(2, [1.0, double.NaN])),
            ("p", () => random.Choice(2, [1.0, double.PositiveInfinity])),
            ("p", () => random.Choice(2, [0.5, 0.5 + 2e-8])),
            ("p", () => random.Choice(2, [0.5, 0.4], 1)),
            ("p", () => random.Choice(1001, [1.0 + Math.ScaleB(1.0, -26), .. Enumerable.Repeat(Math.ScaleB(1.0, -54), 1000)])),
            ("p", () => random.Choice(2, [double.MaxValue, double.MaxValue], 1)),
            ("size", () => random.Choice(2, [0.5, 0.5], -1)),
            ("n", () => random.Permutation(-1)),
            ("values", () => random.Shuffle((int[])null!)),
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
        var random = new NumpyRandom(1);
        byte[] before = random.GetState();

        random.RandN(0).Should().BeEmpty();
        random.RandInt(0, 9, 0).Should().BeEmpty();
        random.RandInt(0L, 9L, 0).Should().BeEmpty();
        random.Choice(1, [1.0], 0).Should().BeEmpty();
        random.Permutation(0).Should().BeEmpty();
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
            return [random.Next(), random.Next(10), random.Next(-3, 3), random.NextInt64(), random.NextInt64(1L << 40), random.NextInt64(-9, 9), random.NextSingle(), random.NextDouble(), .. bytes, .. random.GetItems([1, 2, 3], 4)];
        }

        Draw(new NumpyRandom(8)).Should().Equal(Draw(new NumpyRandom(8))).And.NotEqual(Draw(new NumpyRandom(9)));
        new NumpyRandom(8).Next().Should().Be(new NumpyRandom(8).RandInt(0, int.MaxValue));
        new NumpyRandom(8).NextInt64().Should().Be(new NumpyRandom(8).RandInt(0, long.MaxValue));
        new NumpyRandom(8).NextSingle().Should().Be((new NumpyRandom(8).RandInt(0, 1L << 32) >> 8) / 16777216f);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(10)]
    [InlineData(100)]
    public void Bounded_integers_are_uniformly_distributed(int bound)
    {
        const int Draws = 50_000;
        int[] counts = new int[bound];
        Array.ForEach(new NumpyRandom(2026).RandInt(0, bound, Draws), value => counts[value]++);
        double expected = (double)Draws / bound, deviation = counts.Sum(count => (count - expected) * (count - expected) / expected);
        deviation.Should().BeLessThan(bound - 1 + (4 * Math.Sqrt(2 * (bound - 1))), "χ² has mean k - 1 and variance 2(k - 1)");
    }

    private static JsonElement Stream(uint seed) => Streams.EnumerateArray().Single(stream => stream.GetProperty("seed").GetUInt32() == seed);

    private static double[] Doubles(JsonElement owner, string name) => [.. owner.GetProperty(name).EnumerateArray().Select(value => value.GetDouble())];

    private static long[] Longs(JsonElement owner, string name) => [.. owner.GetProperty(name).EnumerateArray().Select(value => value.GetInt64())];

    private static int[] Ints(JsonElement owner, string name) => [.. owner.GetProperty(name).EnumerateArray().Select(value => value.GetInt32())];

    private static T[] Repeat<T>(int count, Func<T> draw) => [.. Enumerable.Range(0, count).Select(_ => draw())];

    // The next uniform number shows whether the same number of words was drawn as by NumPy.
    private static void ThenIs(NumpyRandom random, JsonElement expected) => random.NextDouble().Should().Be(expected.GetProperty("then").GetDouble());

    private static byte[] With(byte[] state, int index, byte value)
    {
        byte[] changed = [.. state];
        changed[index] = value;
        return changed;
    }
}

using System.Numerics;
using System.Runtime.InteropServices;
using FluentAssertions;
using RnnSharp.Numerics;
using Xunit;

namespace RnnSharp.Tests.Numerics;

/// <summary>
/// Compares the packed products and layouts with plain loops, at every edge of a vector, a panel and a block of columns. All values are small
/// integers, so that every order of summation gives the same result and the comparison is exact.
/// </summary>
public sealed unsafe class ProductTests
{
    private const int Largest = 70;

    // The value of memory that a call must not write, and of memory that it must not read.
    private const double Guard = -7777;

    public static TheoryData<int> Widths => [512, 256, 128, 0];

    [Theory]
    [MemberData(nameof(Widths))]
    public void Products_of_packed_weights_are_exact_at_every_edge(int width)
    {
        Run(width, new Map<float>());
        Run(width, new Map<double>());
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Weight_gradients_are_exact_at_every_edge(int width)
    {
        Run(width, new Gradient<float>());
        Run(width, new Gradient<double>());
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Packed_rows_are_where_the_layout_says(int width)
    {
        Run(width, new Packing<float>());
        Run(width, new Packing<double>());
    }

    [Fact]
    public void Layouts_hold_every_row_without_an_empty_panel()
    {
        foreach (int lane in (int[])[1, 2, 4, 8, 16])
        {
            for (int rows = 1; rows <= 300; rows++)
            {
                PanelLayout layout = PanelLayout.ForRows(rows, lane);
                layout.Vectors.Should().BeInRange(1, 4);
                layout.Width.Should().Be(layout.Vectors * lane);
                (layout.Panels * layout.Width).Should().BeGreaterThanOrEqualTo(rows);
                ((layout.Panels - 1) * layout.Width).Should().BeLessThan(rows);
            }
        }
    }

    [Fact]
    public void Blocks_are_few_and_of_similar_size()
    {
        for (int max = 3; max <= 6; max++)
        {
            for (int columns = 1; columns <= Largest; columns++)
            {
                var blocks = new List<int>();
                for (int left = columns; left > 0; left -= blocks[^1]) blocks.Add(VectorPanelKernels<float, ScalarVector<float>>.NextBlock(left, max));
                blocks.Sum().Should().Be(columns);
                blocks.Should().HaveCount((columns + max - 1) / max);
                (blocks.Max() - blocks.Min()).Should().BeLessThanOrEqualTo(1);
                blocks.Max().Should().BeLessThanOrEqualTo(max);
            }
        }
    }

    private interface IWork<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        /// <summary>Makes every n-th comparison.</summary>
        void Run<TVector>(int stride)
            where TVector : unmanaged, IKernelVector<TVector, T>;
    }

    private static void Run<T>(int width, IWork<T> work)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // Emulated vectors are hundreds of times slower.
        int stride = width <= VectorDispatch.Bits ? 1 : 53;
        switch (width)
        {
            case 512: work.Run<SimdVector512<T>>(stride); break;
            case 256: work.Run<SimdVector256<T>>(stride); break;
            case 128: work.Run<SimdVector128<T>>(stride); break;
            default: work.Run<ScalarVector<T>>(stride); break;
        }
    }

    /// <summary>Each of three sizes takes every value while the other two are drawn at random, mostly at the edges.</summary>
    private static IEnumerable<(int First, int Second, int Third)> Sizes(int lane, int stride)
    {
        int[] edges = [.. Enumerable.Range(1, 4).SelectMany(n => (int[])[n * lane - 1, n * lane, n * lane + 1, 6 * n - 1, 6 * n, 6 * n + 1]).Where(n => n is >= 1 and <= Largest).Distinct()];
        var random = new Random(lane);
        int at = 0;
        for (int n = 1; n <= Largest; n++)
        {
            for (int repeat = 0; repeat < 3; repeat++)
            {
                (int a, int b) = (Other(), Other());
                foreach ((int, int, int) sizes in ((int, int, int)[])[(n, a, b), (a, n, b), (a, b, n)])
                {
                    if (at++ % stride == 0) yield return sizes;
                }
            }
        }

        int Other() => random.Next(4) == 0 ? random.Next(1, Largest + 1) : edges[random.Next(edges.Length)];
    }

    private static T[] Draw<T>(long length, Random random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var values = new T[length];
        for (int i = 0; i < values.Length; i++) values[i] = T.CreateChecked(random.Next(-3, 4));
        return values;
    }

    /// <summary>Memory with a guard of a cache line on each side, so that a write past either end is detected.</summary>
    private sealed class Guarded<T> : IDisposable
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private const int Line = 64;
        private readonly T* _memory;
        private readonly int _length;

        public Guarded(long length, ReadOnlySpan<T> values = default)
        {
            _length = (int)length;
            _memory = (T*)NativeMemory.AlignedAlloc((nuint)((length + 2 * Line) * sizeof(T)), Line);
            new Span<T>(_memory, _length + 2 * Line).Fill(T.CreateChecked(Guard));
            values.CopyTo(Span);
        }

        public T* Pointer => _memory + Line;

        public Span<T> Span => new(Pointer, _length);

        public void Dispose()
        {
            bool whole = !new Span<T>(_memory, Line).ContainsAnyExcept(T.CreateChecked(Guard))
                && !new Span<T>(_memory + Line + _length, Line).ContainsAnyExcept(T.CreateChecked(Guard));
            NativeMemory.AlignedFree(_memory);
            whole.Should().BeTrue("nothing may be written outside of the memory given");
        }
    }

    private static void ShouldBe<T>(ReadOnlySpan<T> actual, ReadOnlySpan<T> expected, FormattableString what)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (actual.SequenceEqual(expected)) return;
        actual.Length.Should().Be(expected.Length);
        int at = actual.CommonPrefixLength(expected);
        Assert.Fail(FormattableString.Invariant($"Expected {expected[at]} at {at} of {actual.Length}, got {actual[at]}: {FormattableString.Invariant(what)}."));
    }

    /// <summary>Divides a rectangle of panels by columns into up to three by three parts, as the members of a team would.</summary>
    private static IEnumerable<Share> Parts(int panels, int columns, Random random)
    {
        int[] rows = [0, random.Next(panels + 1), random.Next(panels + 1), panels], cuts = [0, random.Next(columns + 1), random.Next(columns + 1), columns];
        Array.Sort(rows);
        Array.Sort(cuts);
        foreach (int r in Enumerable.Range(0, 3))
        {
            foreach (int c in Enumerable.Range(0, 3)) yield return new Share(rows[r], rows[r + 1], cuts[c], cuts[c + 1]);
        }
    }

    private sealed class Map<T> : IWork<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run<TVector>(int stride)
            where TVector : unmanaged, IKernelVector<TVector, T>
        {
            int number = 0;
            foreach ((int rows, int columns, int k) in Sizes(TVector.Count, stride)) Compare<TVector>(rows, columns, k, ++number);

            // The products are blocked by 512 (double) or 1024 (float) indices k and by 96 columns.
            int depth = VectorPanelKernels<T, TVector>.Depth;
            foreach ((int columns, int k) in ((int, int)[])[(7, depth - 1), (7, depth), (7, depth + 1), (5, 2 * depth), (3, 2 * depth + 1), (95, 3), (96, 3), (97, 3), (193, 2), (100, depth + 88)])
            {
                for (int repeat = 0; repeat < 6; repeat++)
                {
                    if (++number % stride == 0) Compare<TVector>(2 * TVector.Count + 1, columns, k, number);
                }
            }
        }

        private static void Compare<TVector>(int rows, int columns, int k, int number)
            where TVector : unmanaged, IKernelVector<TVector, T>
        {
            // A panel of 1 to 4 vectors, or the library's choice; with or without a gap between the columns; starting from a bias, from zero or
            // from the target's values; as a whole or in parts.
            var kernels = new VectorPanelKernels<T, TVector>();
            int lane = TVector.Count;
            var random = new Random(number);
            PanelLayout layout = number % 5 == 0 ? PanelLayout.ForRows(rows, lane) : new PanelLayout(rows, lane, number % 5, 0);
            nint columnStep = k + random.Next(3);
            T[] weights = Draw<T>((long)rows * k, random), bias = Draw<T>(rows, random), data = Draw<T>(columns * columnStep, random), before = Draw<T>((long)rows * columns, random);
            using var packed = new Guarded<T>((long)layout.Panels * k * layout.Width);
            using var start = new Guarded<T>((long)layout.Panels * layout.Width);
            using var source = new Guarded<T>(data.Length, data);
            using var target = new Guarded<T>(before.Length, before);
            kernels.Pack(layout, weights, rows, k, packed.Pointer);
            kernels.Pack(layout, bias, rows, 1, start.Pointer);
            bool biased = number % 4 != 0, add = number % 4 == 3;
            foreach (Share share in number % 2 == 0 ? [new Share(0, layout.Panels, 0, columns)] : Parts(layout.Panels, columns, random))
            {
                kernels.Product(layout, rows, new PanelSide<T>(packed.Pointer, (nint)k * layout.Width, layout.Width), biased ? start.Pointer : null,
                    new ColumnSide<T>(source.Pointer, k, 1, columnStep), share, target.Pointer, add);
            }

            var expected = new T[rows * columns];
            for (int column = 0; column < columns; column++)
            {
                for (int row = 0; row < rows; row++)
                {
                    T sum = add ? before[row + column * rows] : biased ? bias[row] : T.Zero;
                    for (int i = 0; i < k; i++) sum += weights[row + i * rows] * data[column * columnStep + i];
                    expected[row + column * rows] = sum;
                }
            }

            ShouldBe<T>(target.Span, expected, $"{rows} rows, {columns} columns of {k}, {layout.Vectors} vectors of {lane}");
        }
    }

    private sealed class Gradient<T> : IWork<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private static readonly int[][] Blocks = [[0, 1, 2, 3], [2, 0, 1], [0, 1, 2]];

        public void Run<TVector>(int stride)
            where TVector : unmanaged, IKernelVector<TVector, T>
        {
            int number = 0;
            foreach ((int rows, int columns, int dataRows) in Sizes(TVector.Count, stride)) Compare<TVector>(rows, columns, dataRows, ++number);
            int depth = VectorPanelKernels<T, TVector>.Depth;
            foreach (int columns in (int[])[depth - 1, depth, depth + 1, 2 * depth, 2 * depth + 1])
            {
                foreach (int dataRows in (int[])[1, 2, 5, 6, 7, 13, 97])
                {
                    if (++number % stride == 0) Compare<TVector>(2 * TVector.Count + 1, columns, dataRows, number);
                }
            }
        }

        private static void Compare<TVector>(int units, int columns, int dataRows, int number)
            where TVector : unmanaged, IKernelVector<TVector, T>
        {
            // One slot or several gates; the panels may be wider than the vectors used and have gaps in memory, the data may be one number for
            // all columns (as for a bias), and the product is added to the target.
            var random = new Random(number);
            var kernels = new VectorPanelKernels<T, TVector>();
            int lane = TVector.Count;
            int[] blocks = number % 2 == 0 ? [0] : Blocks[number % Blocks.Length];
            PanelLayout layout = blocks.Length > 1 ? new PanelLayout(units, lane, 1, blocks) : number % 5 == 0 ? PanelLayout.ForRows(units, lane) : new PanelLayout(units, lane, number % 5, 0);
            int rows = units * blocks.Length, used = layout.Width, width = used + random.Next(2) * lane;
            nint panelStep = (nint)columns * width + random.Next(2) * lane;
            bool one = number % 7 == 0, add = number % 3 == 0, inBlocks = number % 4 >= 2;
            if (one) dataRows = 1;
            nint dataColumn = one ? 0 : dataRows + random.Next(3);
            T[] panels = Draw<T>(layout.Panels * panelStep, random), data = Draw<T>(one ? 1 : dataColumn * (columns - 1) + dataRows, random), before = Draw<T>((long)rows * dataRows, random);
            using var source = new Guarded<T>(panels.Length, panels);
            using var values = new Guarded<T>(data.Length, data);
            using var target = new Guarded<T>(before.Length, before);
            using var gathered = new Guarded<T>(kernels.GatherLength(dataRows, columns));
            foreach (Share share in number % 4 == 0 ? [new Share(0, layout.Panels, 0, dataRows)] : Parts(layout.Panels, dataRows, random))
                kernels.Product(layout, rows, new PanelSide<T>(source.Pointer, panelStep, width), null, new ColumnSide<T>(values.Pointer, columns, dataColumn, 1), share, target.Pointer, add, gathered.Pointer, inBlocks);

            T[] expected = add ? [.. before] : new T[before.Length];
            for (int p = 0; p < layout.Panels; p++)
            {
                for (int v = 0; v < layout.Vectors; v++)
                {
                    int row = layout.Row(p, v, out int count);
                    for (int j = 0; j < dataRows; j++)
                    {
                        for (int i = 0; i < count; i++)
                        {
                            for (int column = 0; column < columns; column++) expected[row + i + j * rows] += panels[p * panelStep + column * width + v * lane + i] * data[column * dataColumn + j];
                        }
                    }
                }
            }

            ShouldBe<T>(target.Span, expected, $"{rows} rows, {columns} columns, {dataRows} rows of data, {layout.Vectors} vectors of {lane}");
            if (columns > Largest) return;

            // The same with one-hot columns, or zero columns for -1; tokens occur more than once.
            int[] tokens = [.. Enumerable.Range(0, columns).Select(_ => random.Next(-1, dataRows))];
            before.CopyTo(target.Span);
            int middle = random.Next(layout.Panels + 1);
            kernels.AddToTokens(layout, rows, new PanelSide<T>(source.Pointer, panelStep, width), tokens, dataRows, 0, middle, target.Pointer, inBlocks);
            kernels.AddToTokens(layout, rows, new PanelSide<T>(source.Pointer, panelStep, width), tokens, dataRows, middle, layout.Panels, target.Pointer, inBlocks);
            before.CopyTo(expected, 0);
            for (int p = 0; p < layout.Panels; p++)
            {
                for (int v = 0; v < layout.Vectors; v++)
                {
                    int row = layout.Row(p, v, out int count);
                    for (int column = 0; column < columns; column++)
                    {
                        for (int i = 0; i < count && tokens[column] >= 0; i++) expected[row + i + tokens[column] * rows] += panels[p * panelStep + column * width + v * lane + i];
                    }
                }
            }

            ShouldBe<T>(target.Span, expected, $"{rows} rows, {columns} columns of {dataRows} tokens, {layout.Vectors} vectors of {lane}");
        }
    }

    private sealed class Packing<T> : IWork<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // One slot, the gates of an LSTM, those of a GRU on the input and the hidden side, and a selection that skips a block.
        private static readonly int[][] Blocks = [[0], [0, 1, 2, 3], [2, 0, 1], [0, 1, 2], [3, 1]];

        public void Run<TVector>(int stride)
            where TVector : unmanaged, IKernelVector<TVector, T>
        {
            int lane = TVector.Count, number = 0;
            foreach ((int units, int columns, int others) in Sizes(lane, stride))
            {
                int[] blocks = Blocks[++number % Blocks.Length];
                int vectors = blocks.Length == 1 ? number / Blocks.Length % 4 + 1 : 1;
                var layout = new PanelLayout(units, lane, vectors, blocks);
                Compare<TVector>(layout, blocks, columns, PanelLayout.ForRows(columns, lane), new Random(number));
                Compare<TVector>(layout, blocks, columns, new PanelLayout(columns, lane, others % 4 + 1, 0), new Random(number));
            }
        }

        private static void Compare<TVector>(PanelLayout layout, int[] blocks, int columns, PanelLayout transposed, Random random)
            where TVector : unmanaged, IKernelVector<TVector, T>
        {
            var kernels = new VectorPanelKernels<T, TVector>();
            int rows = (blocks.Max() + 1) * layout.Units;
            T[] matrix = Draw<T>((long)rows * columns, random);
            for (int i = 0; i < matrix.Length; i++) matrix[i] += T.CreateChecked(10 * (i + 1));
            using var packed = new Guarded<T>((long)layout.Panels * columns * layout.Width);
            kernels.Pack(layout, matrix, rows, columns, packed.Pointer);
            using var turned = new Guarded<T>((long)layout.Rows * transposed.Panels * transposed.Width);
            PanelKernels<T>.PackTransposed(layout, matrix, rows, transposed, turned.Pointer);

            // Element i of a panel's width belongs to slot i / (vectors · vector length), and the remainder gives the unit.
            T[] expected = new T[packed.Span.Length], expectedTurned = new T[turned.Span.Length];
            int slotWidth = layout.UnitVectors * layout.VectorLength;
            for (int p = 0; p < layout.Panels; p++)
            {
                for (int i = 0; i < layout.Width; i++)
                {
                    int unit = p * slotWidth + i % slotWidth;
                    if (unit >= layout.Units) continue;
                    int row = blocks[i / slotWidth] * layout.Units + unit;
                    for (int column = 0; column < columns; column++)
                    {
                        expected[(p * columns + column) * layout.Width + i] = matrix[row + column * rows];
                        int depth = layout.Slots * layout.Units, k = i / slotWidth * layout.Units + unit, panel = column / transposed.Width;
                        expectedTurned[(panel * depth + k) * transposed.Width + column % transposed.Width] = matrix[row + column * rows];
                    }
                }
            }

            FormattableString what = $"{layout.Units} units in {layout.Slots} slots of {layout.UnitVectors} vectors of {layout.VectorLength}, {columns} columns, turned into {transposed.Vectors} vectors";
            ShouldBe<T>(packed.Span, expected, what);
            ShouldBe<T>(turned.Span, expectedTurned, what);
        }
    }
}

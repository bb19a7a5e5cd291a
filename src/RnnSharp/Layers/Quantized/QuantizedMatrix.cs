using RnnSharp.Numerics;

namespace RnnSharp.Layers;

/// <summary>
/// A matrix of quantized weights, packed for products: [panel][word][vector][lane] with two bytes per lane (see <see cref="IWeightFormat"/>).
/// There is no other copy of the weights. It never changes after it has been filled.
/// </summary>
internal sealed unsafe class QuantizedMatrix
{
    private readonly WeightKernels _kernels;
    private readonly AlignedBuffer<float> _weights = new();
    private readonly AlignedBuffer<float> _scales = new();
    private readonly int[] _slots;
    private readonly int _words;

    /// <summary>Creates a matrix of zeros.</summary>
    /// <param name="type">How the weights are stored.</param>
    /// <param name="units">Rows of a block.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="blocks">The block of rows that each slot of a panel holds: see <see cref="PanelLayout"/>. One for a plain matrix.</param>
    /// <param name="byRows">Whether single rows are read instead of products computed: the packed form is then that of rows, one after another.</param>
    /// <exception cref="ArgumentException">The matrix is too large.</exception>
    public QuantizedMatrix(QuantizedType type, int units, int columns, int[] blocks, bool byRows = false)
    {
        Type = type;
        Columns = columns;
        Rows = Check.ArrayLength((long)units * blocks.Length, nameof(units));
        _kernels = KernelsOf(type);
        int length = byRows ? 1 : _kernels.VectorLength;
        int unitVectors = blocks.Length > 1 || byRows ? 1 : UnitVectors(units, length);
        Layout = new PanelLayout(units, length, unitVectors, blocks);
        _slots = new int[blocks.Length];
        for (int slot = 0; slot < blocks.Length; slot++) _slots[blocks[slot]] = slot;
        _words = (columns + _kernels.WordColumns - 1) / _kernels.WordColumns;

        // Two lanes of 16 bits in each element of the buffer; a row of one lane may end in the middle of one.
        _weights.RequireZero((StoredRows * _words + 1) / 2);
        _scales.RequireZero(HasScales ? StoredRows : 0);
    }

    public QuantizedType Type { get; }

    public int Rows { get; }

    public int Columns { get; }

    public PanelLayout Layout { get; }

    public int VectorLength => Layout.VectorLength;

    public int MostColumns => _kernels.MostColumns;

    /// <summary>The vectors of products that a column takes: an estimate of the cycles.</summary>
    public double Cycles => (double)(StoredRows / VectorLength) * _words;

    /// <summary>Bytes of the packed form.</summary>
    public long Bytes => sizeof(float) * ((long)_weights.Length + _scales.Length);

    private bool HasScales => Type == QuantizedType.Int8;

    /// <summary>Rows, with those that fill up the last vectors. Vectors of the last panel that contain no rows are not stored.</summary>
    private long StoredRows => (long)VectorLength * ((Layout.Panels - 1L) * Layout.Vectors + Layout.LastVectors);

    /// <summary>The bytes that the weights of a matrix take on this processor, without their scales. The arguments are those of the constructor.</summary>
    public static long BytesOfWeights(QuantizedType type, long units, long columns, int blocks, bool byRows = false)
    {
        WeightKernels kernels = KernelsOf(type);
        Int128 words = (columns + kernels.WordColumns - 1) / kernels.WordColumns, pairs = (words * PaddedRows(units, blocks, byRows) + 1) / 2;
        return long.CreateSaturating(pairs * sizeof(float));
    }

    /// <summary>The rows of a matrix, with those that fill up vectors.</summary>
    public static long PaddedRows(long units, int blocks, bool byRows = false)
    {
        int length = byRows ? 1 : KernelsOf(QuantizedType.Int8).VectorLength;
        return blocks * ((units + length - 1) / length * length);
    }

    /// <summary>The units of a plain matrix, with those that fill up its panels.</summary>
    public static long PaddedUnits(long units)
    {
        int length = KernelsOf(QuantizedType.Int8).VectorLength;
        long panel = (long)length * UnitVectors((int)Math.Min(units, int.MaxValue - length), length);
        return (units + panel - 1) / panel * panel;
    }

    private static int UnitVectors(int units, int length) => Math.Min(PanelLayout.ForRows(units, length).UnitVectors, (units + length - 1) / length);

    /// <summary>Quantizes a matrix.</summary>
    /// <param name="values">Column-major values.</param>
    /// <exception cref="ArgumentException">A value is not finite, or out of the type's range.</exception>
    public void Fill(ReadOnlySpan<float> values)
    {
        if (!Elementwise.AllFinite(values))
        {
            int bad = 0;
            while (float.IsFinite(values[bad])) bad++;
            throw OutOfRange(values[bad], bad % Rows, bad / Rows);
        }

        for (int row = 0; row < Rows; row++)
        {
            float scale = 1;
            if (HasScales)
            {
                float largest = 0;
                for (int k = row; k < values.Length; k += Rows) largest = MathF.Max(largest, MathF.Abs(values[k]));
                *ScaleOf(row) = scale = largest / Int8Format.Largest;
            }

            for (int column = 0; column < Columns; column++)
            {
                float value = values[row + Rows * column], code = Code(value, scale);
                if (!float.IsFinite(code)) throw OutOfRange(value, row, column);
                Write(row, column, code);
            }
        }
    }

    /// <summary>Copies a row, widened and scaled.</summary>
    public void CopyRow(int row, Span<float> target)
    {
        float scale = HasScales ? *ScaleOf(row) : 1;
        for (int column = 0; column < target.Length; column++) target[column] = _kernels.Read(Address(row, column)) * scale;
    }

    /// <summary>Prepares columns of activations for products.</summary>
    /// <param name="x">[column][row]; for 16-bit weights, the products read it.</param>
    /// <param name="count">Number of columns.</param>
    /// <param name="buffer">Holds the result for 8-bit weights.</param>
    public ActivationWords Prepare(float* x, int count, ActivationBuffer buffer)
    {
        if (!HasScales) return new ActivationWords((int*)x, Columns, null);
        int* words = buffer.Require((long)_words * count, count, out float* scales);
        for (int j = 0; j < count; j++) scales[j] = WeightKernels.Quantize(x + (nint)j * Columns, Columns, words + (nint)j * _words);
        return new ActivationWords(words, _words, scales);
    }

    /// <summary>Adds the products of a panel's rows with some columns to sums.</summary>
    /// <param name="panel">The panel.</param>
    /// <param name="activations">What <see cref="Prepare"/> returned.</param>
    /// <param name="column">The first column.</param>
    /// <param name="columns">1, 2 or 4 columns, at most <see cref="MostColumns"/>.</param>
    /// <param name="sums">[column][vector][lane].</param>
    /// <param name="sumColumn">Elements from one column of sums to the next.</param>
    public void Multiply(int panel, in ActivationWords activations, int column, int columns, float* sums, nint sumColumn)
    {
        var call = new WeightCall
        {
            Weights = Panel(panel),
            RowScales = Scales(panel),
            Activations = activations.Words + column * activations.Column,
            ActivationColumn = activations.Column,
            ColumnScales = activations.Scales == null ? null : activations.Scales + column,
            Words = _words,
            Sums = sums,
            SumColumn = sumColumn,
        };
        _kernels.Multiply(Layout.VectorsIn(panel), columns, &call);
    }

    /// <summary>Adds one column of a panel's weights to sums.</summary>
    public void AddColumn(int panel, int column, float* sums)
    {
        int word = column / _kernels.WordColumns;
        int one = !HasScales ? BitConverter.SingleToInt32Bits(1f) : column % 2 == 0 ? 1 : 1 << 16;
        var call = new WeightCall
        {
            Weights = Panel(panel) + (nint)word * WidthOf(panel) * sizeof(short),
            RowScales = Scales(panel),
            Activations = &one,
            Words = 1,
            Sums = sums,
        };
        _kernels.Multiply(Layout.VectorsIn(panel), 1, &call);
    }

    /// <summary>The tensors that hold the matrix in a file: the weights, and the scales of its rows if there are any.</summary>
    public IEnumerable<HeldTensor> Tensors(string name)
    {
        yield return new Codes(this, name);
        if (HasScales) yield return new RowScales(this, name + ScaleSuffix);
    }

    /// <summary>Follows the name of a matrix in that of its scales.</summary>
    public const string ScaleSuffix = "_scale";

    private ArgumentException OutOfRange(float value, int row, int column) => Check.Shape("model", $"weights within the range of {Type}", $"{value} in row {row}, column {column}");

    private static float Round(float value) => Math.Clamp(MathF.Round(value), -Int8Format.Largest, Int8Format.Largest);

    private float Code(float value, float scale) => Type switch
    {
        QuantizedType.Int8 => scale == 0 ? 0 : Round(value / scale),
        QuantizedType.BFloat16 => ToBFloat16(value),
        _ => (float)(Half)value,
    };

    /// <summary>The nearest float whose lower 16 bits are zero; of two, the one whose last bit is zero.</summary>
    private static float ToBFloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return BitConverter.UInt32BitsToSingle((bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000);
    }

    private static WeightKernels KernelsOf(QuantizedType type) => type switch
    {
        QuantizedType.Int8 => WeightKernels.Create<Int8Format>(),
        QuantizedType.BFloat16 => WeightKernels.Create<BFloat16Format>(),
        _ => WeightKernels.Create<Float16Format>(),
    };

    /// <summary>Stored rows of a panel.</summary>
    private int WidthOf(int panel) => Layout.VectorsIn(panel) * VectorLength;

    private byte* Panel(int panel) => (byte*)_weights.Pointer + (nint)panel * _words * Layout.Width * sizeof(short);

    private float* Scales(int panel) => HasScales ? _scales.Pointer + (nint)panel * Layout.Width : null;

    /// <summary>The place of a row in a panel: the index of its vector and lane.</summary>
    private int Place(int row, out int panel)
    {
        int unit = row % Layout.Units, vector = unit / Layout.VectorLength;
        panel = vector / Layout.UnitVectors;
        return (_slots[row / Layout.Units] * Layout.UnitVectors + vector % Layout.UnitVectors) * Layout.VectorLength + unit % Layout.VectorLength;
    }

    private float* ScaleOf(int row)
    {
        int place = Place(row, out int panel);
        return Scales(panel) + place;
    }

    private byte* Address(int row, int column)
    {
        int place = Place(row, out int panel);
        int word = column / _kernels.WordColumns;
        return Panel(panel) + ((nint)word * WidthOf(panel) + place) * sizeof(short) + (column - word * _kernels.WordColumns);
    }

    private void Write(int row, int column, float code) => _kernels.Write(code, Address(row, column));

    /// <summary>The weights without their scales.</summary>
    private sealed class Codes(QuantizedMatrix matrix, string name) : HeldTensor(name, matrix.Rows, matrix.Columns)
    {
        public override float this[int row, int column]
        {
            get => matrix._kernels.Read(matrix.Address(row, column));
            set => matrix.Write(row, column, value);
        }
    }

    private sealed class RowScales(QuantizedMatrix matrix, string name) : HeldTensor(name, matrix.Rows, 1)
    {
        public override float this[int row, int column]
        {
            get => *matrix.ScaleOf(row);
            set => *matrix.ScaleOf(row) = value;
        }
    }
}

/// <summary>Columns of activations as words, which a <see cref="QuantizedMatrix"/> multiplies.</summary>
/// <param name="words">[column][word].</param>
/// <param name="column">Words from one column to the next.</param>
/// <param name="scales">[column]; null without scales.</param>
internal readonly unsafe struct ActivationWords(int* words, nint column, float* scales)
{
    public readonly int* Words = words;
    public readonly nint Column = column;
    public readonly float* Scales = scales;
}

/// <summary>The memory of converted activations; it is kept from call to call.</summary>
internal sealed unsafe class ActivationBuffer
{
    private readonly AlignedBuffer<float> _words = new();
    private readonly AlignedBuffer<float> _scales = new();

    public int* Require(long words, int columns, out float* scales)
    {
        scales = _scales.Require(columns);
        return (int*)_words.Require(words);
    }
}

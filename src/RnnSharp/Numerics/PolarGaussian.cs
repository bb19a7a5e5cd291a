using System.Buffers.Binary;

namespace RnnSharp.Numerics;

/// <summary>Standard normal numbers by Marsaglia's polar method, with the second number of each pair kept for the next call.</summary>
/// <remarks>
/// G. Marsaglia and T. A. Bray, "A convenient method for generating normal variables", SIAM Review 6 (1964): for (x, y) uniform
/// in the unit disc and r² = x² + y², both x·√(-2 ln r² / r²) and y·√(-2 ln r² / r²) are standard normal and independent.
/// </remarks>
internal struct PolarGaussian
{
    /// <summary>Bytes taken by <see cref="Write"/>: one flag and the kept number.</summary>
    public const int StateLength = 1 + sizeof(double);

    private bool _hasKept;
    private double _kept;

    /// <summary>The next number; the order of the draws and of the pair is that of NumPy's <c>legacy_gauss</c>.</summary>
    /// <param name="uniforms">Provides the uniform numbers in [0, 1).</param>
    /// <returns>A number with mean 0 and variance 1.</returns>
    public double Next(Random uniforms)
    {
        if (_hasKept)
        {
            _hasKept = false;
            return _kept;
        }

        double x, y, r2;
        do
        {
            x = (2.0 * uniforms.NextDouble()) - 1.0;
            y = (2.0 * uniforms.NextDouble()) - 1.0;
            r2 = (x * x) + (y * y);
        }
        while (r2 is >= 1.0 or 0.0);

        double scale = Math.Sqrt(-2.0 * Math.Log(r2) / r2);
        _kept = scale * x;
        _hasKept = true;
        return scale * y;
    }

    /// <summary>Writes the kept number, or zeros if there is none, so that equal states give equal bytes.</summary>
    /// <param name="target">At least <see cref="StateLength"/> bytes.</param>
    public readonly void Write(Span<byte> target)
    {
        target[0] = _hasKept ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteDoubleLittleEndian(target[1..], _hasKept ? _kept : 0.0);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <param name="source">At least <see cref="StateLength"/> bytes.</param>
    /// <param name="gaussian">The state read.</param>
    /// <returns>Whether <see cref="Write"/> can have written the bytes.</returns>
    public static bool TryRead(ReadOnlySpan<byte> source, out PolarGaussian gaussian)
    {
        double kept = BinaryPrimitives.ReadDoubleLittleEndian(source[1..]);
        gaussian = new PolarGaussian { _hasKept = source[0] == 1, _kept = kept };
        return source[0] == 1 ? double.IsFinite(kept) : source[0] == 0 && BitConverter.DoubleToInt64Bits(kept) == 0;
    }
}

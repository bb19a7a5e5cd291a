using RnnSharp.Recurrent;

namespace RnnSharp.Results;

/// <summary>Layers for tasks of several hundred steps.</summary>
internal static class LongMemory
{
    // σ(3) = 0.95: an untrained cell keeps half of its state for about 14 steps, and one with a bias of 0 for one.
    private const float ForgetGateBias = 3;

    public static LstmLayer<float> Lstm(int inputs, int units, int seed)
    {
        var layer = new LstmLayer<float>(inputs, units, seed);
        layer.SetForgetGateBias(ForgetGateBias);
        return layer;
    }
}

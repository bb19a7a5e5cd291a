namespace RnnSharp.Peers;

/// <summary>Compares what a peer computes in each mode with what RnnSharp computes from the same weights and data.</summary>
internal static class OutputCheck
{
    /// <summary>Writes the largest difference of each cell, and returns whether all are within the precision of the numbers.</summary>
    public static bool Run(IPeer peer, TextWriter output)
    {
        bool passed = true;
        foreach (string mode in (string[])["infer", "train", "ragged-train", "bi-infer", "bi-train", "stream", "tiny-stream", "int8-infer", "int8-stream"])
        {
            foreach (string kind in (string[])["lstm", "gru", "rnn"])
            {
                foreach (string dtype in (string[])["float32", "float64"])
                {
                    var cell = new Cell(mode, dtype, kind, Inputs: 7, Hidden: 20, Batch: 5, Steps: 9, Seconds: 0.1);
                    using PeerCall? call = peer.Prepare(cell);
                    if (call?.Results is not { } results) continue;
                    bool single = dtype is "float32";
                    double[][] expected = single ? new CellData<float>(cell).Expected() : new CellData<double>(cell).Expected();
                    double error = Difference(results(), expected);
                    double allowed = mode.StartsWith("int8", StringComparison.Ordinal) ? 0.02 : single ? 1e-5 : 1e-13;

                    // It must also run as it is measured.
                    call.Run();
                    passed &= error <= allowed;
                    output.WriteLine(FormattableString.Invariant($"{(error <= allowed ? "ok    " : "FAILED")} {mode,-12} {kind,-4} {dtype}: largest difference {error:G2}, at most {allowed}"));
                }
            }
        }

        return passed;
    }

    /// <summary>The largest difference of any number, relative to the largest magnitude among those of its array, or infinity if shapes differ.</summary>
    private static double Difference(double[][] actual, double[][] expected)
    {
        if (actual.Length != expected.Length) return double.PositiveInfinity;
        double largest = 0;
        for (int k = 0; k < expected.Length; k++)
        {
            if (actual[k].Length != expected[k].Length) return double.PositiveInfinity;
            double scale = expected[k].Max(Math.Abs);
            for (int i = 0; i < expected[k].Length; i++)
            {
                double difference = Math.Abs(actual[k][i] - expected[k][i]) / Math.Max(scale, 1);
                if (!(difference <= largest)) largest = difference;
            }
        }

        return largest;
    }
}

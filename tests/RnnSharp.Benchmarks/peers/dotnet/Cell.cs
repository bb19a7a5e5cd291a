namespace RnnSharp.Peers;

/// <summary>A request of the line protocol. Unknown names are ignored.</summary>
internal sealed record Cell(string Mode, string Dtype, string Kind, int Inputs, int Hidden, int Batch, int Steps, double Seconds)
{
    /// <summary>The steps that a call runs in the streaming modes: a single one is too short to time.</summary>
    public const int StreamSteps = 100;

    public int Threads { get; init; } = 1;

    public bool Streams => Mode is "stream" or "tiny-stream" or "int8-stream";

    public bool IsBidirectional => Mode is "bi-infer" or "bi-train";

    /// <summary>The lengths of a ragged batch: evenly spread over 1 to Steps, in a mixed order (see protocol.py).</summary>
    public int[] Lengths()
    {
        int[] lengths = new int[Batch];
        for (int j = 0; j < Batch; j++) lengths[j] = Batch == 1 ? Steps : 1 + 5 * j % Batch * (Steps - 1) / (Batch - 1);
        return lengths;
    }
}

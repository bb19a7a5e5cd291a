using RnnSharp.Serialization;

namespace RnnSharp.Keras;

/// <summary>The shards of a model, one after the other, as one stream that can seek.</summary>
internal sealed class ShardStream : Stream
{
    private readonly List<Stream> _shards = [];
    private readonly List<long> _ends = [];
    private int _current;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => _ends.Count == 0 ? 0 : _ends[^1];

    public override long Position { get; set; }

    /// <summary>Opens the shards of a manifest, each of which must have the bytes that its tensors need.</summary>
    /// <exception cref="InvalidDataException">A shard is missing, or there are more or fewer bytes.</exception>
    public static ShardStream Open(TensorFlowJsManifest manifest, Func<string, Stream> open, ModelLimits limits)
    {
        var stream = new ShardStream();
        try
        {
            int group = 0;
            for (int i = 0; i <= manifest.Shards.Count; i++)
            {
                for (; group < manifest.Groups.Count && manifest.Groups[group].Shards == i; group++) stream.Require(manifest.Groups[group].Bytes, isEnd: true);
                if (i == manifest.Shards.Count) break;
                stream.Add(open(manifest.Shards[i]) ?? throw new ArgumentException($"Expected a stream for {ErrorText.Quote(manifest.Shards[i])}, got null.", nameof(open)), manifest.Groups[group].Bytes, limits);
                stream.Require(manifest.Groups[group].Bytes, isEnd: false);
            }

            return stream;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    public override int Read(Span<byte> buffer)
    {
        if (Position >= Length || buffer.IsEmpty) return 0;
        if (Position >= _ends[_current] || Position < Start(_current)) _current = _ends.FindIndex(end => Position < end);
        Stream shard = _shards[_current];
        int count = (int)Math.Min(buffer.Length, _ends[_current] - Position);
        shard.Position = Position - Start(_current) + _offsets[_current];
        shard.ReadExactly(buffer[..count]);
        Position += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        foreach (Stream shard in _shards) shard.Dispose();
        base.Dispose(disposing);
    }

    private readonly List<long> _offsets = [];

    /// <summary>Adds a shard. Of one that cannot seek, no more is copied than shows that it is too long.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="bytes">What all shards up to the end of its group have.</param>
    /// <param name="limits">The limits of what is copied.</param>
    private void Add(Stream shard, long bytes, ModelLimits limits)
    {
        _shards.Add(shard);
        OpenedFile.RequireReadable(shard);
        Stream seekable = shard;
        if (!shard.CanSeek)
        {
            long most = Math.Min(bytes - Length, Math.Min(limits.ParameterBytes, long.MaxValue - 1));
            seekable = ChunkedCopy.Of(shard, most + 1);
            if (seekable.Length > limits.ParameterBytes) throw new InvalidDataException($"A file of weights has more than {limits.ParameterBytes} bytes (ModelLimits.ParameterBytes), which cannot be read from a stream that does not seek.");
            shard.Dispose();
            _shards[^1] = seekable;
        }

        _offsets.Add(seekable.Position);
        _ends.Add(Length + seekable.Length - seekable.Position);
    }

    private long Start(int shard) => shard == 0 ? 0 : _ends[shard - 1];

    private void Require(long bytes, bool isEnd)
    {
        if (Length > bytes || (isEnd && Length < bytes)) throw new InvalidDataException($"The files of weights have {Length} bytes up to here: expected {bytes}.");
    }
}

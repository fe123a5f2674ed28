namespace IppanFleet.Libp2p.Tests.Fuzz;

/// <summary>A channel that has its input already and ends behind it: nothing on it ever waits. What is written to it is dropped.</summary>
internal sealed class BytesChannel(ReadOnlyMemory<byte> input, int piece = int.MaxValue) : ByteChannel
{
    private ReadOnlyMemory<byte> _rest = input;
    private ChannelException? _end;

    /// <summary>Bytes not yet read.</summary>
    internal int Remaining => _rest.Length;

    /// <summary>Bytes written.</summary>
    internal long Written { get; private set; }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_end is not null) return ValueTask.FromException<int>(_end);
        var size = Math.Min(Math.Min(buffer.Length, piece), _rest.Length);
        _rest.Span[..size].CopyTo(buffer.Span);
        _rest = _rest[size..];
        return new(size);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        Written += data.Length;
        return _end is null ? ValueTask.CompletedTask : ValueTask.FromException(_end);
    }

    public override ValueTask CloseWriteAsync(CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

    public override void Abort(ChannelFault fault = ChannelFault.Aborted, string? rule = null) => _end ??= new ChannelException(fault, rule);
}

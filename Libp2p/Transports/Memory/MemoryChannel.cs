using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace IppanFleet.Libp2p.Transports.Memory;

/// <summary>One end of an in-memory connection: bounded both ways.</summary>
internal sealed class MemoryChannel : ByteChannel
{
    private static readonly PipeOptions Options = new(pauseWriterThreshold: 256 * 1024, resumeWriterThreshold: 128 * 1024, useSynchronizationContext: false);

    private readonly PipeReader _reader;
    private readonly PipeWriter _writer;
    private MemoryChannel? _other;
    private volatile ChannelException? _end;

    private MemoryChannel(PipeReader reader, PipeWriter writer) => (_reader, _writer) = (reader, writer);

    internal static (MemoryChannel, MemoryChannel) CreatePair()
    {
        Pipe forth = new(Options), back = new(Options);
        var a = new MemoryChannel(back.Reader, forth.Writer);
        var b = new MemoryChannel(forth.Reader, back.Writer);
        (a._other, b._other) = (b, a);
        return (a, b);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var result = await _reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        if (_end is { } end)
        {
            _reader.AdvanceTo(result.Buffer.Start);
            throw end;
        }
        var size = (int)Math.Min(buffer.Length, result.Buffer.Length);
        var part = result.Buffer.Slice(0, size);
        part.CopyTo(buffer.Span);
        _reader.AdvanceTo(part.End);
        return size;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        if (_end is { } end) throw end;
        FlushResult result;
        try
        {
            result = await _writer.WriteAsync(data, cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidOperationException)
        {
            throw _end ?? new ChannelException(ChannelFault.WriteClosed);
        }
        if (_end is { } ended) throw ended;
        if (result.IsCompleted) throw new ChannelException(ChannelFault.ConnectionLost);
    }

    public override ValueTask CloseWriteAsync(CancellationToken cancellationToken = default) => _writer.CompleteAsync();

    public override void Abort(ChannelFault fault = ChannelFault.Aborted, string? rule = null)
    {
        EndWith(new ChannelException(fault, rule));
        _other!.EndWith(new ChannelException(ChannelFault.ConnectionLost));
    }

    private void EndWith(ChannelException end)
    {
        if (Interlocked.CompareExchange(ref _end, end, null) is not null) return;
        // Wakes both waiters; the pipes' memory goes with the last reference.
        _reader.CancelPendingRead();
        _writer.CancelPendingFlush();
    }
}

using System.Threading.Channels;

namespace IppanFleet.Libp2p.Tests.Channels;

/// <summary>A channel whose remote is the test: it decides what comes, in which pieces, and how long writes take; what was written is kept.</summary>
internal sealed class ScriptedChannel : ByteChannel
{
    private readonly Channel<byte[]> _input = Channel.CreateBounded<byte[]>(100_000);
    private readonly MemoryStream _output = new();
    private readonly TaskCompletionSource _aborted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ReadOnlyMemory<byte> _piece;
    private TaskCompletionSource? _held;

    internal ChannelFault? Fault { get; private set; }

    internal string? Rule { get; private set; }

    internal int LargestReadBuffer { get; private set; }

    internal int EmptyReads { get; private set; }

    internal byte[] Written
    {
        get
        {
            lock (_output) return _output.ToArray();
        }
    }

    internal static ScriptedChannel Of(params IEnumerable<byte[]> pieces)
    {
        var channel = new ScriptedChannel();
        foreach (var piece in pieces) channel.Send(piece);
        return channel;
    }

    internal ScriptedChannel Send(byte[] piece)
    {
        if (piece.Length > 0) _input.Writer.TryWrite(piece).ShouldBeTrue();
        return this;
    }

    internal ScriptedChannel End()
    {
        _input.Writer.TryComplete();
        return this;
    }

    /// <summary>From now on writes wait.</summary>
    internal void Hold() => _held ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    internal void Release()
    {
        var held = _held;
        _held = null;
        held?.TrySetResult();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        LargestReadBuffer = Math.Max(LargestReadBuffer, buffer.Length);
        while (_piece.IsEmpty)
        {
            var ready = _input.Reader.WaitToReadAsync(cancellationToken).AsTask();
            await Task.WhenAny(ready, _aborted.Task);
            if (_aborted.Task.IsCompleted) throw new ChannelException(Fault!.Value, Rule);
            if (!await ready) return 0;
            _input.Reader.TryRead(out var piece).ShouldBeTrue();
            _piece = piece;
        }
        if (buffer.IsEmpty) EmptyReads++;
        var size = Math.Min(buffer.Length, _piece.Length);
        _piece[..size].CopyTo(buffer);
        _piece = _piece[size..];
        return size;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        if (_held is { } held) await Task.WhenAny(held.Task, _aborted.Task).WaitAsync(cancellationToken);
        if (Fault is { } fault) throw new ChannelException(fault, Rule);
        lock (_output) _output.Write(data.Span);
    }

    public override ValueTask CloseWriteAsync(CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

    public override void Abort(ChannelFault fault = ChannelFault.Aborted, string? rule = null)
    {
        if (Fault is not null) return;
        (Fault, Rule) = (fault, rule);
        _aborted.TrySetResult();
    }
}

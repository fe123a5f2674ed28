using System.Diagnostics.CodeAnalysis;

namespace IppanFleet.Libp2p.Muxers.Yamux;

/// <summary>A rule of Yamux that the remote broke; any of them ends the connection.</summary>
internal enum YamuxFault
{
    None,
    UnknownVersion,
    UnknownType,
    StreamZero,
    WrongParity,
    StreamExists,
    WindowExceeded,
    CreditOverflow,
    DataAfterClose,
    SessionFrameOnStream,
    TooManyResets,
    RemoteError,
}

/// <summary>What the shell does for a frame that came in.</summary>
internal enum YamuxAction
{
    /// <summary>Nothing; a body, if any, is skipped.</summary>
    None,

    /// <summary>Give the body to the stream.</summary>
    Deliver,

    /// <summary>Answer a ping.</summary>
    AnswerPing,

    /// <summary>Our ping was answered.</summary>
    PingAnswered,

    /// <summary>Refuse the stream with a reset.</summary>
    RefuseStream,
}

/// <summary>The verdict on one frame: the action, and what became of its stream.</summary>
internal readonly record struct YamuxVerdict(YamuxFault Fault, YamuxAction Action = YamuxAction.None, YamuxStreamState? Stream = null, bool Opened = false, bool CreditAdded = false, bool Closed = false, bool WasReset = false);

/// <summary>The pure state machine of a Yamux session: which streams exist and what each frame means. No I/O, no clock, no locks; its owner serialises the calls.</summary>
internal sealed class YamuxSession(bool initiator, YamuxOptions options, IWindowBudget? windows = null)
{
    private readonly Dictionary<uint, YamuxStreamState> _streams = [];
    private uint _nextId = initiator ? 1u : 2u;
    private int _inbound, _outbound;
    private int _resets;
    private long _resetPeriod;
    private long _grown;

    internal int StreamCount => _streams.Count;

    internal bool RemoteGoingAway { get; private set; }

    /// <summary>What the windows of all streams have grown by, in bytes.</summary>
    internal long Grown => _grown;

    /// <summary>Opens a stream of ours; false when there are as many as allowed, ids are used up, or the remote is going away.</summary>
    internal bool TryOpen([NotNullWhen(true)] out YamuxStreamState? stream)
    {
        stream = null;
        if (RemoteGoingAway || _outbound >= options.MaxOutboundStreams || _nextId > uint.MaxValue - 2) return false;
        stream = new YamuxStreamState(_nextId, inbound: false);
        _nextId += 2;
        _streams.Add(stream.Id, stream);
        _outbound++;
        return true;
    }

    /// <summary>Judges a frame. The time is only used to refill the reset budget.</summary>
    internal YamuxVerdict Receive(in YamuxHeader frame, long nowMilliseconds)
    {
        if (frame.Version != 0) return new(YamuxFault.UnknownVersion);
        return frame.Type switch
        {
            YamuxType.Data or YamuxType.WindowUpdate => ReceiveStreamFrame(frame, nowMilliseconds),
            YamuxType.Ping when frame.StreamId == 0 => new(YamuxFault.None, frame.Has(YamuxFlags.Syn) ? YamuxAction.AnswerPing : YamuxAction.PingAnswered),
            YamuxType.GoAway when frame.StreamId == 0 => ReceiveGoAway(frame.Length),
            YamuxType.Ping or YamuxType.GoAway => new(YamuxFault.SessionFrameOnStream),
            _ => new(YamuxFault.UnknownType),
        };
    }

    /// <summary>Forgets a stream on which nothing more can happen.</summary>
    internal void RemoveIfDone(YamuxStreamState stream)
    {
        if (!stream.Done || !_streams.Remove(stream.Id)) return;
        if (stream.Inbound) _inbound--;
        else _outbound--;
        var grown = stream.ReceiveLimit - YamuxOptions.InitialWindow;
        if (grown == 0) return;
        _grown -= grown;
        windows?.Release(grown);
    }

    /// <summary>Counts <paramref name="bytes"/> that a stream's reader took; answers the credit to send now. The window grows only as far as the connection's bounds and the budget allow.</summary>
    internal uint Consume(YamuxStreamState stream, uint bytes, long nowTicks, long roundTripTicks)
    {
        var before = stream.ReceiveLimit;
        var credit = stream.Consume(bytes, nowTicks, roundTripTicks, options.MaxReceiveWindow, options.MaxGrownWindows - _grown, windows);
        _grown += stream.ReceiveLimit - before;
        return credit;
    }

    /// <summary>The session is over: gives back what windows had grown by.</summary>
    internal void ReleaseGrowth()
    {
        if (_grown > 0) windows?.Release(_grown);
        _grown = 0;
    }

    private YamuxVerdict ReceiveGoAway(uint code)
    {
        RemoteGoingAway = true;
        return new(code == 0 ? YamuxFault.None : YamuxFault.RemoteError);
    }

    private YamuxVerdict ReceiveStreamFrame(in YamuxHeader frame, long nowMilliseconds)
    {
        if (frame.StreamId == 0) return new(YamuxFault.StreamZero);
        var opened = false;
        _streams.TryGetValue(frame.StreamId, out var stream);
        if (frame.Has(YamuxFlags.Syn))
        {
            var fault = CheckOpening(frame, stream);
            if (fault != YamuxFault.None) return new(fault);
            if (_inbound >= options.MaxInboundStreams) return frame.Has(YamuxFlags.Rst) ? CountReset(nowMilliseconds) : new(YamuxFault.None, YamuxAction.RefuseStream);
            stream = new YamuxStreamState(frame.StreamId, inbound: true);
            _streams.Add(stream.Id, stream);
            _inbound++;
            opened = true;
        }
        if (stream is null)
        {
            // A stream that we have ended may still have frames under way; their number is bounded by the window it had.
            return frame.Type == YamuxType.Data && frame.Length > options.MaxReceiveWindow ? new(YamuxFault.WindowExceeded) : new(YamuxFault.None);
        }
        return Apply(frame, stream, opened, nowMilliseconds);
    }

    /// <summary>All of a SYN frame is checked before any state is made for it (CVE-2026-32314).</summary>
    private YamuxFault CheckOpening(in YamuxHeader frame, YamuxStreamState? existing)
    {
        if (frame.StreamId % 2 == (initiator ? 1u : 0u)) return YamuxFault.WrongParity;
        if (existing is not null) return YamuxFault.StreamExists;
        if (frame.Type == YamuxType.Data && frame.Length > YamuxOptions.InitialWindow) return YamuxFault.WindowExceeded;
        return frame.Type == YamuxType.WindowUpdate && frame.Length > uint.MaxValue - YamuxOptions.InitialWindow ? YamuxFault.CreditOverflow : YamuxFault.None;
    }

    private YamuxVerdict Apply(in YamuxHeader frame, YamuxStreamState stream, bool opened, long nowMilliseconds)
    {
        var action = YamuxAction.None;
        if (frame.Type == YamuxType.WindowUpdate)
        {
            if (!stream.TryAddSendWindow(frame.Length)) return new(YamuxFault.CreditOverflow);
        }
        else if (frame.Length > 0)
        {
            if (stream.RemoteClosed) return new(YamuxFault.DataAfterClose);
            if (!stream.TryTakeReceiveWindow(frame.Length)) return new(YamuxFault.WindowExceeded);
            action = YamuxAction.Deliver;
        }
        if (frame.Has(YamuxFlags.Rst))
        {
            // A remote that refuses the streams we open is within its rights.
            var verdict = stream.Inbound ? CountReset(nowMilliseconds) : default;
            if (verdict.Fault != YamuxFault.None) return verdict;
            stream.MarkReset();
            RemoveIfDone(stream);
            return new(YamuxFault.None, YamuxAction.None, stream, opened, WasReset: true);
        }
        var closed = frame.Has(YamuxFlags.Fin);
        if (closed)
        {
            stream.CloseRemote();
            RemoveIfDone(stream);
        }
        return new(YamuxFault.None, action, stream, opened, frame.Type == YamuxType.WindowUpdate && frame.Length > 0, closed);
    }

    private YamuxVerdict CountReset(long nowMilliseconds)
    {
        if (nowMilliseconds - _resetPeriod >= (long)options.ResetBudgetPeriod.TotalMilliseconds) (_resetPeriod, _resets) = (nowMilliseconds, 0);
        return ++_resets > options.ResetBudget ? new(YamuxFault.TooManyResets) : new(YamuxFault.None);
    }
}

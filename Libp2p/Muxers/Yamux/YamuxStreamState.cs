namespace IppanFleet.Libp2p.Muxers.Yamux;

/// <summary>The pure state of one stream: windows and which directions are open. All sizes in bytes.</summary>
internal sealed class YamuxStreamState(uint id, bool inbound)
{
    private YamuxFlags _firstFlags = inbound ? YamuxFlags.Ack : YamuxFlags.Syn;
    private uint _consumed;
    private long _lastUpdate;

    internal uint Id { get; } = id;

    internal bool Inbound { get; } = inbound;

    /// <summary>The shell's object for this stream.</summary>
    internal YamuxStream? Stream { get; set; }

    /// <summary>What we may still send.</summary>
    internal long SendWindow { get; private set; } = YamuxOptions.InitialWindow;

    /// <summary>What the remote may still send.</summary>
    internal long ReceiveWindow { get; private set; } = YamuxOptions.InitialWindow;

    /// <summary>What the receive window is refilled to.</summary>
    internal uint ReceiveLimit { get; private set; } = YamuxOptions.InitialWindow;

    internal bool LocalClosed { get; private set; }

    internal bool RemoteClosed { get; private set; }

    internal bool Reset { get; private set; }

    /// <summary>Whether nothing more can happen on it.</summary>
    internal bool Done => Reset || (LocalClosed && RemoteClosed);

    /// <summary>Whether the remote may have heard of it.</summary>
    internal bool Announced => Inbound || _firstFlags == YamuxFlags.None;

    /// <summary>SYN or ACK on the first frame that we send, nothing afterwards.</summary>
    internal YamuxFlags TakeFirstFlags()
    {
        var flags = _firstFlags;
        _firstFlags = YamuxFlags.None;
        return flags;
    }

    /// <summary>Takes up to <paramref name="wanted"/> bytes of send window.</summary>
    internal int TakeSendWindow(int wanted)
    {
        var taken = (int)Math.Min(wanted, SendWindow);
        SendWindow -= taken;
        return taken;
    }

    /// <summary>Takes back what was taken for a frame that was never queued.</summary>
    internal void Return(int size, YamuxFlags firstFlags)
    {
        SendWindow += size;
        _firstFlags |= firstFlags;
    }

    /// <summary>Adds credit; false when the sum leaves 32 bits (CVE-2026-31814).</summary>
    internal bool TryAddSendWindow(uint delta)
    {
        if (SendWindow + delta > uint.MaxValue) return false;
        SendWindow += delta;
        return true;
    }

    /// <summary>Takes receive window for a body; false when the remote exceeds it.</summary>
    internal bool TryTakeReceiveWindow(uint length)
    {
        if (length > ReceiveWindow) return false;
        ReceiveWindow -= length;
        return true;
    }

    /// <summary>Counts <paramref name="bytes"/> that the reader took; answers the credit to send now, 0 until half the window was used.
    /// While a half is used within four round trips the window doubles, by at most <paramref name="growth"/> bytes and up to <paramref name="max"/>,
    /// if <paramref name="windows"/> grants it.</summary>
    internal uint Consume(uint bytes, long nowTicks, long roundTripTicks, uint max, long growth, IWindowBudget? windows = null)
    {
        _consumed += bytes;
        if (_consumed < ReceiveLimit / 2 || RemoteClosed) return 0;
        var fast = _lastUpdate != 0 && nowTicks - _lastUpdate < 4 * roundTripTicks;
        _lastUpdate = nowTicks;
        var extra = fast ? (uint)Math.Max(0, Math.Min(Math.Min(ReceiveLimit, growth), (long)max - ReceiveLimit)) : 0;
        if (extra > 0 && windows?.TryGrow(extra) == false) extra = 0;
        ReceiveLimit += extra;
        var delta = _consumed + extra;
        _consumed = 0;
        ReceiveWindow += delta;
        return delta;
    }

    internal void CloseLocal() => LocalClosed = true;

    internal void CloseRemote() => RemoteClosed = true;

    internal void MarkReset() => Reset = true;
}

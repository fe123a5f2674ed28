namespace IppanFleet.Libp2p.Muxers;

/// <summary>A protocol that carries many streams over one channel.</summary>
public interface IMuxer
{
    /// <summary>Its protocol id.</summary>
    string Protocol { get; }

    /// <summary>Takes a secured channel over; nothing is read before <see cref="IMuxedConnection.Start"/>. Streams that the remote opens are given to <paramref name="onStream"/> on the read loop: it must return at once.
    /// <paramref name="windows"/> is asked before windows grow; null: the muxer's own bounds alone hold.</summary>
    IMuxedConnection Create(ByteChannel channel, bool initiator, Action<ByteChannel> onStream, IWindowBudget? windows = null);
}

/// <summary>A connection that carries streams.</summary>
public interface IMuxedConnection : IAsyncDisposable
{
    /// <summary>Streams that are open now.</summary>
    int StreamCount { get; }

    /// <summary>Round-trip time as last measured, or null before the first answer.</summary>
    TimeSpan? RoundTripTime { get; }

    /// <summary>Ends when the connection has ended, with why; never faults.</summary>
    Task<ChannelException> Completion { get; }

    /// <summary>Begins to read; called once.</summary>
    void Start();

    /// <summary>Opens a stream. What is written first travels with the opening.</summary>
    /// <exception cref="ChannelException">The connection ended, or has as many streams as allowed.</exception>
    ByteChannel OpenStream();

    /// <summary>Does what the passing of time asks for: pings the remote, ends the connection when it is dead, resets streams that we disposed of and whose remote has neither read nor closed for too long.
    /// Called every few seconds, by one timer for all connections of a host.</summary>
    void Tend();

    /// <summary>Says goodbye and ends the connection.</summary>
    ValueTask CloseAsync(CancellationToken cancellationToken = default);

    /// <summary>Ends the connection and all its streams at once.</summary>
    void Abort(ChannelFault fault = ChannelFault.Aborted, string? rule = null);
}

namespace IppanFleet.Libp2p.Muxers.Yamux;

/// <summary>Yamux, <c>/yamux/1.0.0</c> (https://github.com/hashicorp/yamux/blob/master/spec.md).</summary>
public sealed class YamuxMuxer(YamuxOptions? options = null, TimeProvider? time = null) : IMuxer
{
    private readonly YamuxOptions _options = options ?? new YamuxOptions();

    /// <inheritdoc/>
    public string Protocol => "/yamux/1.0.0";

    /// <inheritdoc/>
    public IMuxedConnection Create(ByteChannel channel, bool initiator, Action<ByteChannel> onStream, IWindowBudget? windows = null) =>
        new YamuxConnection(channel, initiator, _options, time ?? TimeProvider.System, onStream, windows);
}

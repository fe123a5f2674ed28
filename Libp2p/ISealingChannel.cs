namespace IppanFleet.Libp2p;

/// <summary>A channel that seals bytes apart from sending them: its owner seals from wherever the bytes are, gathers what was sealed, and sends it in few writes.</summary>
/// <remarks>What was sealed goes out once, whole, and in the order of the calls; nothing else may be written meanwhile.</remarks>
internal interface ISealingChannel
{
    /// <summary>Bytes that one frame carries at most.</summary>
    int LargestFrame { get; }

    /// <summary>Bytes that a frame has more than what it carries.</summary>
    int FrameOverhead { get; }

    /// <summary>Makes one frame of <paramref name="data"/> (1 to <see cref="LargestFrame"/> bytes) in <paramref name="output"/>, of which it takes <see cref="FrameOverhead"/> bytes more; answers its size.</summary>
    /// <exception cref="ChannelException">The channel has ended.</exception>
    int Seal(ReadOnlySpan<byte> data, Span<byte> output);

    /// <summary>Sends what was sealed.</summary>
    /// <exception cref="ChannelException">The channel has ended.</exception>
    ValueTask WriteSealedAsync(ReadOnlyMemory<byte> frames, CancellationToken cancellationToken = default);
}

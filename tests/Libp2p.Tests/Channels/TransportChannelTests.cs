using IppanFleet.Libp2p.Tests.Muxers;

namespace IppanFleet.Libp2p.Tests.Channels;

/// <summary>What every channel of a transport does, and the secured one over it.</summary>
[Trait("area", "libp2p")]
public sealed class TransportChannelTests
{
    public static TheoryData<string> Kinds => ["memory", "tcp", "noise over memory", "noise over tcp"];

    /// <summary>An empty read waits for something to read, again and again: whoever waits so holds no buffer.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task EmptyRead_NothingThere_WaitsWithoutABuffer(string kind)
    {
        var (near, far) = await ChannelPairs.CreateAsync(kind);
        for (var i = 0; i < 50; i++)
        {
            var waiting = far.ReadAsync(Memory<byte>.Empty, TestHosts.Deadline).AsTask();
            await Task.Yield();
            waiting.IsCompleted.ShouldBeFalse($"round {i}: nothing was sent");
            await near.WriteAsync(new byte[10]);
            (await waiting).ShouldBe(0);
            (await far.ReadAsync(Memory<byte>.Empty, TestHosts.Deadline)).ShouldBe(0, "it is still there");
            await far.ReadExactlyAsync(10);
        }
        near.Abort();
        far.Abort();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task EmptyRead_RemoteClosed_Returns_AndTheNextReadIsTheEnd(string kind)
    {
        var (near, far) = await ChannelPairs.CreateAsync(kind);
        var waiting = far.ReadAsync(Memory<byte>.Empty, TestHosts.Deadline).AsTask();
        await near.CloseWriteAsync();
        (await waiting).ShouldBe(0);
        (await far.ReadAsync(new byte[10], TestHosts.Deadline)).ShouldBe(0);
        await far.WriteAsync("still open"u8.ToArray());
        (await near.ReadExactlyAsync(10)).ShouldBe("still open"u8.ToArray());
        near.Abort();
        far.Abort();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Abort_PendingRead_FailsAtBothEnds(string kind)
    {
        foreach (var size in new[] { 0, 10 })
        {
            var (near, far) = await ChannelPairs.CreateAsync(kind);
            var reading = near.ReadAsync(new byte[size], TestHosts.Deadline).AsTask();
            var other = far.ReadAsync(new byte[10], TestHosts.Deadline).AsTask();
            near.Abort(ChannelFault.LimitExceeded, "enough");
            near.Abort();
            (await Should.ThrowAsync<ChannelException>(reading)).Rule.ShouldBe("enough");
            await Should.ThrowAsync<ChannelException>(near.WriteAsync(new byte[1]).AsTask());
            try
            {
                (await other).ShouldBe(0);
            }
            catch (ChannelException e)
            {
                e.Fault.ShouldBeOneOf(ChannelFault.ConnectionLost, ChannelFault.Reset);
            }
            far.Abort();
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Read_Cancelled_LosesNothing(string kind)
    {
        var (near, far) = await ChannelPairs.CreateAsync(kind);
        for (var i = 0; i < 20; i++)
        {
            using var cancel = new CancellationTokenSource();
            var reading = far.ReadAsync(new byte[10], cancel.Token).AsTask();
            await cancel.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(reading);
        }
        await near.WriteAsync("all of it"u8.ToArray());
        (await far.ReadExactlyAsync(9)).ShouldBe("all of it"u8.ToArray());
        near.Abort();
        far.Abort();
    }
}

using IppanFleet.Libp2p;

namespace IppanFleet.Testing.Tests.Network;

/// <summary>What separates two nodes, over both transports.</summary>
public sealed class PartitionTests
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(100);

    public static TheoryData<string> Transports => ["memory", "tcp"];

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task NoFaults_BytesGoStraightThroughBothWays(string transport)
    {
        await using var wire = await Wire.StartAsync(transport);
        var (dialer, listener) = await wire.ConnectAsync();
        await dialer.WriteAsync(new byte[] { 1, 2, 3 });
        (await Wire.ReadAsync(listener, 3)).ShouldBe([1, 2, 3]);
        await listener.WriteAsync(new byte[] { 4 });
        (await Wire.ReadAsync(dialer, 1)).ShouldBe([4]);
        await dialer.CloseWriteAsync();
        (await listener.ReadAsync(new byte[1])).ShouldBe(0);
        await Should.ThrowAsync<ChannelException>(async () => await dialer.WriteAsync(new byte[] { 5 }));
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Blackhole_HoldsBothDirectionsUntilItHeals(string transport)
    {
        await using var wire = await Wire.StartAsync(transport);
        var (dialer, listener) = await wire.ConnectAsync();
        wire.Separate();
        await dialer.WriteAsync(new byte[] { 1, 2 });
        await dialer.WriteAsync(new byte[] { 3 });
        await listener.WriteAsync(new byte[] { 9 });
        var (atListener, atDialer) = (Wire.ReadAsync(listener, 3), Wire.ReadAsync(dialer, 1));
        await Should.ThrowAsync<TimeoutException>(atListener.WaitAsync(Moment));
        atDialer.IsCompleted.ShouldBeFalse();
        wire.Network.Heal();
        (await atListener).ShouldBe([1, 2, 3]);
        (await atDialer).ShouldBe([9]);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Blackhole_EndOfOneSide_IsHeardBehindItsBytesOnceItHeals(string transport)
    {
        await using var wire = await Wire.StartAsync(transport);
        var (dialer, listener) = await wire.ConnectAsync();
        wire.Separate();
        await dialer.WriteAsync(new byte[] { 1, 2 });
        var reading = dialer.ReadAsync(new byte[1]).AsTask();
        dialer.Abort();
        (await Should.ThrowAsync<ChannelException>(reading.WaitAsync(Wire.Patience))).Fault.ShouldBe(ChannelFault.Aborted);
        var atListener = listener.ReadAsync(new byte[2]).AsTask();
        await Should.ThrowAsync<TimeoutException>(atListener.WaitAsync(Moment));
        wire.Network.Heal();
        // A memory channel that is aborted drops what was not read; a socket keeps it.
        if (transport == "tcp") (await atListener.WaitAsync(Wire.Patience)).ShouldBe(2);
        else await Task.WhenAny(atListener).WaitAsync(Wire.Patience);
        await EndsAsync(listener.ReadAsync(new byte[1]).AsTask());
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Blackhole_NodeThatDies_IsNotMissedBeforeItHeals(string transport)
    {
        await using var wire = await Wire.StartAsync(transport);
        var (dialer, listener) = await wire.ConnectAsync();
        wire.Separate();
        await dialer.WriteAsync(new byte[] { 1 });
        await wire.A.SeverAsync();
        var atListener = listener.ReadAsync(new byte[1]).AsTask();
        await Should.ThrowAsync<TimeoutException>(atListener.WaitAsync(Moment));
        wire.Network.Heal();
        await EndsAsync(atListener);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Blackhole_DialWaitsUntilItHealsOrPatienceEnds(string transport)
    {
        await using var wire = await Wire.StartAsync(transport);
        wire.Separate();
        using var impatient = new CancellationTokenSource(Moment);
        await Should.ThrowAsync<OperationCanceledException>(async () => await wire.A.DialAsync(wire.Address, impatient.Token));
        var dialing = wire.ConnectAsync();
        dialing.IsCompleted.ShouldBeFalse();
        wire.Network.Heal();
        await dialing;
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Cut_ResetsConnectionsAndRefusesDials(string transport)
    {
        await using var wire = await Wire.StartAsync(transport);
        var (dialer, listener) = await wire.ConnectAsync();
        var atDialer = dialer.ReadAsync(new byte[1]).AsTask();
        var atListener = listener.ReadAsync(new byte[1]).AsTask();
        wire.Separate(PartitionKind.Cut);
        await EndsAsync(atDialer);
        await EndsAsync(atListener);
        (await Should.ThrowAsync<IOException>(async () => await wire.A.DialAsync(wire.Address, CancellationToken.None))).Message.ShouldContain("a is cut off from b");
        wire.Network.Heal();
        await Should.ThrowAsync<ChannelException>(async () => await dialer.WriteAsync(new byte[] { 1 }));
        await wire.ConnectAsync();
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Sever_EndsConnectionsAndTheListener(string transport)
    {
        await using var wire = await Wire.StartAsync(transport);
        var (dialer, listener) = await wire.ConnectAsync();
        var atDialer = dialer.ReadAsync(new byte[1]).AsTask();
        await wire.B.SeverAsync();
        await EndsAsync(atDialer);
        await Should.ThrowAsync<ChannelException>(async () => await listener.WriteAsync(new byte[] { 1 }));
        await Should.ThrowAsync<IOException>(async () => await wire.A.DialAsync(wire.Address, CancellationToken.None));
        await Should.ThrowAsync<IOException>(async () => await wire.B.DialAsync(wire.Address, CancellationToken.None));
    }

    [Fact]
    public void Partition_NodesOfNeitherGroup_ReachBoth()
    {
        var network = new NetworkConditions();
        network.Partition(["a", "b"], ["c"]);
        network.Between("a", "b").ShouldBeNull();
        network.Between("d", "c").ShouldBeNull();
        network.Between("a", null).ShouldBeNull();
        network.Between("c", "b").ShouldBe(PartitionKind.Blackhole);
        network.Partition(["a"], ["c"], PartitionKind.Cut);
        network.Between("c", "a").ShouldBe(PartitionKind.Cut);
        network.ToString().ShouldBe("partition a b | c (Blackhole); partition a | c (Cut)");
        Should.Throw<ArgumentException>(() => network.Partition(["a"], ["b", "a"]));
    }

    /// <summary>The read comes to an end of the connection, whichever: a death may look like a close.</summary>
    private static async Task EndsAsync(Task<int> reading)
    {
        try
        {
            (await reading.WaitAsync(Wire.Patience)).ShouldBe(0);
        }
        catch (ChannelException)
        {
            // A reset.
        }
    }
}

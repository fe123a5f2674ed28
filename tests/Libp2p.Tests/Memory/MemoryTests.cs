using IppanFleet.Libp2p.Multiformats;
using IppanFleet.Libp2p.Swarm;
using IppanFleet.Libp2p.Tests.Muxers;

namespace IppanFleet.Libp2p.Tests.Memory;

/// <summary>Memory is counted for the whole process: these tests run while no other does.</summary>
[CollectionDefinition(nameof(MemoryTests), DisableParallelization = true)]
public sealed class AloneCollection;

[Collection(nameof(MemoryTests))]
[Trait("area", "libp2p")]
public sealed class MemoryTests
{
    /// <summary>64 KiB there and back, over and over: what it allocates are a few small objects where something had to wait, no buffers.
    /// (Without optimisation every asynchronous call is such an object.)</summary>
    [Theory]
    [InlineData("noise over memory", 16 * 1024)]
    [InlineData("noise over tcp", 16 * 1024)]
    public async Task Echo_Of64KiB_AllocatesNoBuffers(string kind, int bound)
    {
        const int Size = 64 * 1024, Rounds = 2000;
        await using var pair = await MuxedPair.CreateAsync(kind, echo: true);
        var stream = pair.Dialer.OpenStream();
        var (data, back) = (ChannelExtensions.Random(Size), new byte[Size]);
        for (var i = 0; i < 200; i++) await RoundAsync();
        var before = GC.GetTotalAllocatedBytes(precise: true);
        for (var i = 0; i < Rounds; i++) await RoundAsync();
        var each = (GC.GetTotalAllocatedBytes(precise: true) - before) / Rounds;
        TestContext.Current.TestOutputHelper?.WriteLine($"{kind}: {each} bytes allocated for 64 KiB there and back");
        each.ShouldBeLessThan(bound);

        async Task RoundAsync()
        {
            await stream.WriteAsync(data);
            for (var at = 0; at < Size;) at += await stream.ReadAsync(back.AsMemory(at));
        }
    }

    /// <summary>The memory that an idle connection holds, both ends in this process, after Identify has run on it.</summary>
    [Theory]
    [InlineData("memory", 10 * 1024)]
    [InlineData("tcp", 10 * 1024)]
    public async Task IdleConnections_HoldLittle(string transport, int bound)
    {
        const int Count = 500;
        await using var hosts = new TestHosts(transport);
        var options = new SwarmOptions { MaxConnections = 2 * Count, MaxConnectionsPerPeer = 2 * Count, MaxPendingInbound = Count };
        var alice = await hosts.StartAsync(o => o with { Swarm = options });
        var bob = await hosts.StartAsync(o => o with { Swarm = options });
        var address = bob.Swarm.ListenAddresses[0];
        await DialAsync(address, alice, 20);
        await SettleAsync(20);
        var before = Managed();
        await DialAsync(address, alice, Count);
        await SettleAsync(20 + Count);
        var each = (Managed() - before) / (2 * Count);
        TestContext.Current.TestOutputHelper?.WriteLine($"{transport}: {each} bytes of managed memory for each end of an idle connection");
        each.ShouldBeLessThan(bound);

        Task SettleAsync(int count) => TestHosts.UntilAsync(
            () => alice.Swarm.ConnectionCount == count && bob.Swarm.ConnectionCount == count && alice.Swarm.Connections.Concat(bob.Swarm.Connections).All(c => c.StreamCount == 0),
            "all connections are idle");
    }

    private static async Task DialAsync(Multiaddr address, Libp2pHost from, int count)
    {
        for (var i = 0; i < count; i++) await from.Swarm.DialAsync(address, TestHosts.Deadline);
    }

    private static long Managed()
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        return GC.GetTotalMemory(forceFullCollection: true);
    }
}

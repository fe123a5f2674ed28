using System.Diagnostics;
using System.Reflection;
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
    /// <summary>64 KiB there and back, over and over: nothing is allocated for it, in whichever thread. (Without optimisation an asynchronous call that completes at once is an object,
    /// so the bound is for the optimised build; the other one holds no buffers.)</summary>
    [Theory]
    [InlineData("memory")]
    [InlineData("tcp")]
    [InlineData("noise over memory")]
    [InlineData("noise over tcp")]
    public async Task Echo_Of64KiB_AllocatesNothing(string kind)
    {
        const int Size = 64 * 1024;
        await using var pair = await MuxedPair.CreateAsync(kind, echo: true);
        var stream = pair.Dialer.OpenStream();
        var (data, back) = (ChannelExtensions.Random(Size), new byte[Size]);
        await HoldsAsync($"{kind}: 64 KiB there and back", 2000, Optimised ? 32 : 16 * 1024, async rounds =>
        {
            for (var i = 0; i < rounds; i++)
            {
                await stream.WriteAsync(data);
                for (var at = 0; at < Size;) at += await stream.ReadAsync(back.AsMemory(at));
            }
        });
    }

    /// <summary>One direction at full speed, so that windows, room and socket are waited for: nothing is allocated for a frame.</summary>
    [Theory]
    [InlineData("noise over memory", 64 * 1024)]
    [InlineData("noise over tcp", 64 * 1024)]
    [InlineData("noise over memory", 200)]
    [InlineData("noise over tcp", 200)]
    public async Task Transfer_AtFullSpeed_AllocatesNothingForAFrame(string kind, int size)
    {
        await using var pair = await MuxedPair.CreateAsync(kind);
        var (near, far) = await pair.OpenAsync();
        var (data, target) = (new byte[size], new byte[64 * 1024]);
        await HoldsAsync($"{kind}: a frame of {size} bytes", 10_000, Optimised ? Math.Max(16, size / 100) : 8 * 1024, async rounds =>
        {
            var writing = WriteAllAsync(rounds);
            for (var read = 0L; read < (long)rounds * size;) read += await far.ReadAsync(target);
            await writing;
        });

        async Task WriteAllAsync(int rounds)
        {
            for (var i = 0; i < rounds; i++) await near.WriteAsync(data);
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

    private static bool Optimised { get; } = !typeof(Libp2pHost).Assembly.GetCustomAttributes<DebuggableAttribute>().Any(a => a.IsJITOptimizerDisabled);

    /// <summary>What a round allocates in the whole process, once pools are filled: the median of several measurements, for the runtime compiles now and then.</summary>
    private static async Task HoldsAsync(string what, int rounds, long bound, Func<int, Task> run)
    {
        var each = new List<long>();
        for (var i = 0; i < 7; i++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            await run(rounds);
            each.Add((GC.GetTotalAllocatedBytes(precise: true) - before) / rounds);
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{what}: {string.Join(", ", each)} bytes allocated");
        each.Sort();
        each[each.Count / 2].ShouldBeLessThan(bound);
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

using IppanFleet.Libp2p.Swarm;

namespace IppanFleet.Libp2p.Tests.Swarm;

[Trait("area", "libp2p")]
public sealed class StreamServingTests
{
    [Fact]
    public async Task Handler_ThatBlocks_DoesNotHoldUpOtherStreamsOfItsConnection()
    {
        await using var hosts = new TestHosts("memory");
        using var handler = new Blocking();
        var alice = await hosts.StartAsync();
        var bob = await hosts.StartAsync(prepare: host => host.Add(handler));
        await alice.Swarm.DialAsync(bob.Addresses[0], TestHosts.Deadline);
        await using var stream = await alice.Swarm.OpenStreamAsync(bob.Id, handler.Protocols, TestHosts.Deadline);
        // The proposal and the data come in one frame: the protocol is agreed on while the read loop runs.
        await stream.WriteAsync(new byte[1], TestHosts.Deadline);
        await handler.Entered.WaitAsync(TestHosts.Deadline);

        (await alice.Ping.PingAsync(bob.Id, TestHosts.Deadline)).ShouldBeGreaterThan(TimeSpan.Zero);

        handler.Release();
        (await stream.ReadAsync(new byte[1], TestHosts.Deadline)).ShouldBe(1);
    }

    private sealed class Blocking : IProtocolHandler, IDisposable
    {
        private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ManualResetEventSlim _open = new();

        public IReadOnlyList<string> Protocols { get; } = ["/block/1"];

        internal Task Entered => _entered.Task;

        internal void Release() => _open.Set();

        public async ValueTask HandleAsync(PeerStream stream, CancellationToken cancellationToken)
        {
            _entered.TrySetResult();
            _open.Wait(TestHosts.Deadline);
            await stream.WriteAsync(new byte[1], cancellationToken);
        }

        public void Dispose() => _open.Dispose();
    }
}

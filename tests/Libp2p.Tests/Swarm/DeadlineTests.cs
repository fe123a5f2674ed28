using System.Net;
using System.Net.Sockets;
using IppanFleet.Libp2p.Multiformats;
using IppanFleet.Libp2p.Protocols.RequestResponse;
using IppanFleet.Libp2p.Swarm;
using IppanFleet.Libp2p.Transports.Tcp;

namespace IppanFleet.Libp2p.Tests.Swarm;

[Trait("area", "libp2p")]
public sealed class DeadlineTests
{
    [Fact]
    public void Deadline_TimePasses_EndsThenAndNotBefore()
    {
        var clock = new FakeTime();
        using var deadline = new Deadline(clock, TimeSpan.FromSeconds(5), CancellationToken.None);

        clock.Advance(TimeSpan.FromSeconds(5) - TimeSpan.FromTicks(1));
        deadline.Token.IsCancellationRequested.ShouldBeFalse();
        clock.Advance(TimeSpan.FromTicks(1));
        deadline.Token.IsCancellationRequested.ShouldBeTrue();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Deadline_OneOfItsTokensEnds_EndsWithIt(int which)
    {
        using var first = new CancellationTokenSource();
        using var second = new CancellationTokenSource();
        using var deadline = new Deadline(new FakeTime(), TimeSpan.FromSeconds(5), first.Token, second.Token);

        (which == 0 ? first : second).Cancel();

        deadline.Token.IsCancellationRequested.ShouldBeTrue();
    }

    [Fact]
    public void Deadline_DisposedOf_LeavesItsTokensAlone()
    {
        using var first = new CancellationTokenSource();
        new Deadline(new FakeTime(), TimeSpan.FromSeconds(5), first.Token).Dispose();
        Should.NotThrow(first.Cancel);
    }

    [Fact]
    public async Task Identify_NoAnswer_EndsByTheHostsClock()
    {
        await using var hosts = new TestHosts("memory");
        using var log = new LogCapture();
        var clock = new FakeTime();
        var silent = new Silent("/ipfs/id/1.0.0");
        var alice = await hosts.StartAsync(o => o with { Time = clock, LoggerFactory = log });
        var bob = await hosts.StartAsync(prepare: host => host.Add(silent));
        await alice.Swarm.DialAsync(bob.Addresses[0], TestHosts.Deadline);
        await silent.Asked.WaitAsync(TestHosts.Deadline);

        clock.Advance(TimeSpan.FromSeconds(4.9));
        log.Lines.ShouldNotContain(line => line.StartsWith("Identify with"));
        clock.Advance(TimeSpan.FromSeconds(0.1));

        await log.UntilAsync("Identify with", "failed");
    }

    [Fact]
    public async Task Request_NoAnswer_TimesOutByTheHostsClock()
    {
        await using var hosts = new TestHosts("memory");
        var clock = new FakeTime();
        var silent = new Silent("/test/1");
        var alice = await hosts.StartAsync(o => o with { Time = clock });
        var bob = await hosts.StartAsync(prepare: host => host.Add(silent));
        var requests = new RequestResponseProtocol(alice.Swarm, ["/test/1"], static (_, request, _) => ValueTask.FromResult(request));
        await alice.Swarm.DialAsync(bob.Addresses[0], TestHosts.Deadline);
        var asking = requests.RequestAsync(bob.Id, new byte[3], TestHosts.Deadline);
        await silent.Asked.WaitAsync(TestHosts.Deadline);

        clock.Advance(TimeSpan.FromSeconds(9.9));
        asking.IsCompleted.ShouldBeFalse();
        clock.Advance(TimeSpan.FromSeconds(0.1));

        (await Should.ThrowAsync<SwarmException>(asking)).Fault.ShouldBe(SwarmFault.TimedOut);
    }

    [Fact]
    public async Task InboundHandshake_RemoteSaysNothing_EndsByTheHostsClock()
    {
        await using var hosts = new TestHosts("tcp");
        using var log = new LogCapture();
        var clock = new FakeTime();
        var alice = await hosts.StartAsync(o => o with { Time = clock, LoggerFactory = log });
        var raw = await new TcpTransport().DialAsync(alice.Swarm.ListenAddresses[0], TestHosts.Deadline);

        await TestHosts.UntilAsync(
            () =>
            {
                if (alice.Swarm.Ledger.Used(ResourceKind.Handshakes) == 1) clock.Advance(TimeSpan.FromSeconds(1));
                return log.Lines.Any(line => line.Contains("the handshake took more than 15 s"));
            },
            "the handshake is given up");

        await TestHosts.UntilAsync(() => alice.Swarm.Ledger.Used(ResourceKind.Handshakes) == 0, "its place is given back");
        raw.Channel.Abort();
    }

    [Fact]
    public async Task Dial_NameServiceSaysNothing_TimesOutByTheHostsClock()
    {
        await using var hosts = new TestHosts("tcp");
        var clock = new FakeTime();
        var names = new SilentNames();
        var alice = await hosts.StartAsync(o => o with { Time = clock, Swarm = new SwarmOptions { Names = names } });
        var dialing = alice.Swarm.DialAsync(Multiaddr.Parse("/dns4/nobody.example/tcp/1"), TestHosts.Deadline);
        await names.Asked.WaitAsync(TestHosts.Deadline);

        clock.Advance(TimeSpan.FromSeconds(9.9));
        dialing.IsCompleted.ShouldBeFalse();
        clock.Advance(TimeSpan.FromSeconds(0.1));

        (await Should.ThrowAsync<SwarmException>(dialing)).Fault.ShouldBe(SwarmFault.TimedOut);
    }

    /// <summary>Takes streams and never answers.</summary>
    private sealed class Silent(string protocol) : IProtocolHandler
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public IReadOnlyList<string> Protocols { get; } = [protocol];

        internal Task Asked => _asked.Task;

        public async ValueTask HandleAsync(PeerStream stream, CancellationToken cancellationToken)
        {
            _asked.TrySetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
    }

    /// <summary>A name service that never answers.</summary>
    private sealed class SilentNames : INameService
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal Task Asked => _asked.Task;

        public async Task<IPAddress[]> FindAddressesAsync(string name, AddressFamily family, CancellationToken cancellationToken)
        {
            _asked.TrySetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return [];
        }

        public Task<IReadOnlyList<string>> FindTextsAsync(string name, int max, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<string>>([]);
    }
}

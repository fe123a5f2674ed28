using System.Diagnostics;
using System.Globalization;
using IppanFleet.Libp2p;
using IppanFleet.Libp2p.Crypto;
using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Multiformats;
using IppanFleet.Libp2p.Swarm;

namespace IppanFleet.Bench;

/// <summary>Dial, Noise XX, Yamux, Identify in both directions, close: between two processes, against the elliptic-curve operations of both ends alone.</summary>
internal static class HandshakeBench
{
    private const int Lanes = 8;

    internal static async Task<BenchReport> RunAsync()
    {
        await using var server = Worker.Start("handshake-server");
        await using var client = Worker.Start("handshake-client", (string)(await server.ReadAsync())["address"]!);
        await using var first = Worker.Start("handshake-operations");
        await using var second = Worker.Start("handshake-operations");
        await using var js = Worker.JsAvailable ? Worker.StartJs("serve", "handshakes") : null;
        var jsAddress = js is null ? null : (string)(await js.ReadAsync())["address"]!;
        await client.AskAsync("3000");
        await first.AskAsync("500");

        var medians = await Rounds.MediansAsync(
            async () => (double)(await client.AskAsync("4000"))["rate"]!,
            async () =>
            {
                // One end's operations on each of the two cores, at the same time.
                var rates = await Task.WhenAll(first.AskAsync("3000"), second.AskAsync("3000"));
                return rates.Average(r => (double)r["rate"]!);
            },
            async () =>
            {
                if (jsAddress is null) return double.NaN;
                var result = await Worker.RunJsAsync("run", "handshakes", "--address", jsAddress, "--count", "200", "--concurrency", Lanes.ToString(CultureInfo.InvariantCulture));
                return result is null ? double.NaN : (double)result["count"]! / (double)result["seconds"]!;
            });

        var peer = double.IsNaN(medians[2]) ? (double?)null : medians[2];
        return new BenchReport("handshakes",
            [
                new Figure("handshakes", "1/s", HigherIsBetter: true, medians[0], peer, medians[1], "≥ 60 % of the limit; ≥ 10 × js",
                    static (us, peer, limit) => Math.Min(us / (0.6 * limit!.Value), peer is { } p ? us / (10 * p) : double.MaxValue)),
            ],
            "the limit is, at each end: 1 X25519 key generation, 3 X25519 agreements, 1 Ed25519 verification (the static key's signature is made once a host)");
    }

    internal static int LaneCount => Lanes;
}

/// <summary>The two processes of our own measurement, and the limit's.</summary>
internal static class HandshakeRoles
{
    internal static async Task<int> ServeAsync()
    {
        await using var host = new Libp2pHost(new Libp2pHostOptions { ListenAddresses = [Multiaddr.Parse("/ip4/127.0.0.1/tcp/0")] });
        await host.StartAsync();
        Roles.Answer(new { address = host.Addresses[0].ToString() });
        await Console.In.ReadToEndAsync();
        return 0;
    }

    internal static async Task<int> MeasureAsync(string address)
    {
        var lanes = Enumerable.Range(0, HandshakeBench.LaneCount).Select(_ => new Lane(Multiaddr.Parse(address))).ToArray();
        var result = await Roles.AnswerLinesAsync(async command =>
        {
            var count = int.Parse(command[0], CultureInfo.InvariantCulture) / lanes.Length;
            var start = Stopwatch.GetTimestamp();
            await Task.WhenAll(lanes.Select(lane => lane.RunAsync(count)));
            return new { rate = count * lanes.Length / Stopwatch.GetElapsedTime(start).TotalSeconds };
        });
        foreach (var lane in lanes) await lane.DisposeAsync();
        return result;
    }

    internal static async Task<int> OperationsAsync()
    {
        using var identity = PeerIdentity.Generate();
        using var remoteStatic = X25519PrivateKey.Generate();
        using var ownStatic = X25519PrivateKey.Generate();
        var message = new byte[56];
        var signature = identity.Sign(message);
        var secret = new byte[32];
        return await Roles.AnswerLinesAsync(command =>
        {
            var count = int.Parse(command[0], CultureInfo.InvariantCulture);
            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < count; i++)
            {
                using var ephemeral = X25519PrivateKey.Generate();
                var right = ephemeral.TryDerive(remoteStatic.PublicKey, secret) && ephemeral.TryDerive(ownStatic.PublicKey, secret) && ownStatic.TryDerive(remoteStatic.PublicKey, secret)
                    && Ed25519.Verify(identity.PublicKey.Data, message, signature);
                if (!right) throw new InvalidOperationException("an operation failed");
            }
            return Task.FromResult<object>(new { rate = count / Stopwatch.GetElapsedTime(start).TotalSeconds });
        });
    }

    /// <summary>A host that dials the same peer again and again.</summary>
    private sealed class Lane : IPeerObserver, IProtocolHandler, IAsyncDisposable
    {
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

        private readonly Libp2pHost _host = new(new Libp2pHostOptions { ListenAddresses = [] });
        private readonly Multiaddr _address;
        private TaskCompletionSource _asked = null!, _answered = null!, _gone = null!;

        internal Lane(Multiaddr address)
        {
            _address = address;
            _host.Add(this);
        }

        public IReadOnlyList<string> Protocols => ["/ipfs/id/1.0.0"];

        public bool IsPrompt => true;

        internal async Task RunAsync(int count)
        {
            for (var i = 0; i < count; i++)
            {
                (_asked, _answered, _gone) = (New(), New(), New());
                var connection = await _host.Swarm.DialAsync(_address);
                await WithinAsync(_asked.Task, "the remote was not identified");
                await WithinAsync(_answered.Task, "the remote did not ask who we are");
                await connection.CloseAsync();
                await WithinAsync(_gone.Task, "the connection's end was not told");

                async Task WithinAsync(Task step, string failure)
                {
                    try
                    {
                        await step.WaitAsync(Patience);
                    }
                    catch (TimeoutException e)
                    {
                        throw new InvalidOperationException($"handshake {i}: {failure} within {Patience.TotalSeconds} s; the connection is {(connection.Closed.IsCancellationRequested ? "closed" : "open")}", e);
                    }
                }
            }
        }

        public async ValueTask HandleAsync(PeerStream stream, CancellationToken cancellationToken)
        {
            await _host.Identify.HandleAsync(stream, cancellationToken);
            _answered.TrySetResult();
        }

        public void PeerConnected(PeerId peer, PeerConnection connection)
        {
        }

        public void PeerIdentified(PeerId peer, PeerInfo info) => _asked.TrySetResult();

        public void PeerDisconnected(PeerId peer) => _gone.TrySetResult();

        public ValueTask DisposeAsync() => _host.DisposeAsync();

        private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

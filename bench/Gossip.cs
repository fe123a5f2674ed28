using System.Diagnostics;
using System.Globalization;
using IppanFleet.Ippan;
using IppanFleet.Libp2p;
using IppanFleet.Libp2p.Crypto;
using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Multiformats;
using IppanFleet.Libp2p.Protocols.GossipSub;
using Microsoft.Extensions.Logging.Abstractions;

namespace IppanFleet.Bench;

/// <summary>Signed messages of 1 KiB from one publisher to one subscriber, two processes, against one Ed25519 signature and one verification a message.</summary>
internal static class GossipBench
{
    internal const int MessageSize = 1024;

    private const int Count = 20_000;
    private const int JsCount = 5_000;

    internal static async Task<BenchReport> RunAsync()
    {
        await using var subscriber = Worker.Start("gossip-subscriber");
        await using var publisher = Worker.Start("gossip-publisher", (string)(await subscriber.ReadAsync())["address"]!);
        await publisher.ReadAsync();
        await using var first = Worker.Start("gossip-operations");
        await using var second = Worker.Start("gossip-operations");
        await using var js = Worker.JsAvailable ? Worker.StartJs("serve", "gossip", "--count", Text(JsCount)) : null;
        var jsAddress = js is null ? null : (string)(await js.ReadAsync())["address"]!;
        await MeasureAsync(subscriber, publisher, 5_000);
        await first.AskAsync("500");

        var medians = await Rounds.MediansAsync(
            () => MeasureAsync(subscriber, publisher, Count),
            async () =>
            {
                // Each core signs and verifies its share of the messages.
                var rates = await Task.WhenAll(first.AskAsync("4000"), second.AskAsync("4000"));
                return rates.Sum(r => (double)r["rate"]!);
            },
            async () =>
            {
                if (jsAddress is null) return double.NaN;
                var receiving = js!.ReadAsync();
                await Worker.RunJsAsync("run", "gossip", "--address", jsAddress, "--count", Text(JsCount), "--size", Text(MessageSize), "--signed");
                var result = await receiving;
                return (double)result["received"]! / (double)result["seconds"]!;
            });

        return new BenchReport("gossip",
        [
            new Figure("signed 1 KiB, 1 to 1", "messages/s", HigherIsBetter: true, medians[0], double.IsNaN(medians[2]) ? null : medians[2], medians[1], "≥ 70 % of the limit; ≥ 2.5 × js",
                static (us, peer, limit) => Math.Min(us / (0.7 * limit!.Value), peer is { } p ? us / (2.5 * p) : double.MaxValue)),
        ]);
    }

    /// <summary>Messages a second at the subscriber, from the first to the last.</summary>
    private static async Task<double> MeasureAsync(Worker subscriber, Worker publisher, int count)
    {
        // It counts before the first message is sent.
        await subscriber.AskAsync($"count {count}");
        await publisher.AskAsync(Text(count));
        return (double)(await subscriber.AskAsync("wait"))["rate"]!;
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>The two processes of our own measurement, and the limit's.</summary>
internal static class GossipRoles
{
    private static readonly Topic Topic = new("bench");

    internal static async Task<int> SubscribeAsync()
    {
        var counter = new Counter();
        await using var host = new Libp2pHost(new Libp2pHostOptions { ListenAddresses = [Multiaddr.Parse("/ip4/127.0.0.1/tcp/0")] });
        await using var gossip = Join(host, counter);
        await host.StartAsync();
        Roles.Answer(new { address = host.Addresses[0].ToString() });
        return await Roles.AnswerLinesAsync(async command =>
        {
            if (command[0] == "wait") return new { rate = await counter.RateAsync() };
            counter.Begin(int.Parse(command[1], CultureInfo.InvariantCulture));
            return new { counting = true };
        });
    }

    internal static async Task<int> PublishAsync(string address)
    {
        await using var host = new Libp2pHost(new Libp2pHostOptions { ListenAddresses = [] });
        await using var gossip = Join(host, new Counter());
        await host.Swarm.DialAsync(Multiaddr.Parse(address));
        while (gossip.MeshPeers(Topic).Count == 0) await Task.Delay(20);
        Roles.Answer(new { meshed = true });
        var sequence = 0L;
        return await Roles.AnswerLinesAsync(async command =>
        {
            var data = new byte[GossipBench.MessageSize];
            for (var left = int.Parse(command[0], CultureInfo.InvariantCulture); left > 0; left--)
            {
                BitConverter.TryWriteBytes(data, ++sequence);
                var outcome = await gossip.PublishAsync(Topic, data);
                if (!outcome.IsPublished) throw new InvalidOperationException($"not published: {outcome.Status}");
            }
            return new { published = sequence };
        });
    }

    internal static async Task<int> OperationsAsync()
    {
        using var identity = PeerIdentity.Generate();
        var message = new byte[GossipBench.MessageSize + 80];
        return await Roles.AnswerLinesAsync(command =>
        {
            var count = int.Parse(command[0], CultureInfo.InvariantCulture);
            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < count; i++)
            {
                BitConverter.TryWriteBytes(message, i);
                if (!Ed25519.Verify(identity.PublicKey.Data, message, identity.Sign(message))) throw new InvalidOperationException("a signature is wrong");
            }
            return Task.FromResult<object>(new { rate = count / Stopwatch.GetElapsedTime(start).TotalSeconds });
        });
    }

    private static GossipSubProtocol Join(Libp2pHost host, IMessageHandler handler)
    {
        var gossip = new GossipSubProtocol(host.Swarm, new GossipSubOptions { MessageIdFunction = Blake3OfData }, handler, NullLogger<GossipSubProtocol>.Instance);
        host.Add(gossip);
        gossip.Subscribe(Topic);
        return gossip;
    }

    private static MessageId Blake3OfData(MessageContent content)
    {
        Span<byte> hash = stackalloc byte[Blake3.HashSize];
        Blake3.Hash(content.Data, hash);
        return new MessageId(hash);
    }

    /// <summary>Accepts everything and measures the time between the first and the last of a number of messages.</summary>
    private sealed class Counter : IMessageHandler
    {
        private TaskCompletionSource<TimeSpan> _done = new();
        private long _start;
        private int _seen, _wanted;

        public MessageVerdict Validate(in GossipMessage message, out object? decoded)
        {
            decoded = null;
            return MessageVerdict.Accept;
        }

        public void Receive(in GossipMessage message, object? decoded)
        {
            var seen = Interlocked.Increment(ref _seen);
            if (seen == 1) _start = Stopwatch.GetTimestamp();
            if (seen == _wanted) _done.TrySetResult(Stopwatch.GetElapsedTime(_start));
        }

        internal void Begin(int count)
        {
            _done = new TaskCompletionSource<TimeSpan>(TaskCreationOptions.RunContinuationsAsynchronously);
            (_seen, _wanted) = (0, count);
        }

        internal async Task<double> RateAsync() => (_wanted - 1) / (await _done.Task).TotalSeconds;
    }
}

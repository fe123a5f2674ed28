using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using IppanFleet.Libp2p;
using IppanFleet.Libp2p.Multiformats;

namespace IppanFleet.Bench;

/// <summary>One stream over TCP, Noise and Yamux between two processes on loopback, against a bare loop that only seals frames into a socket.</summary>
internal static class ThroughputBench
{
    private const ulong Size = 1UL << 30;
    private const ulong JsSize = 1UL << 28;

    internal static async Task<BenchReport> RunAsync()
    {
        await using var server = Worker.Start("perf-server");
        await using var client = Worker.Start("perf-client", (string)(await server.ReadAsync())["address"]!);
        await using var sealServer = Worker.Start("seal-server");
        await using var sealClient = Worker.Start("seal-client", (string)(await sealServer.ReadAsync())["address"]!);
        await using var js = Worker.JsAvailable ? Worker.StartJs("serve", "throughput") : null;
        var jsAddress = js is null ? null : (string)(await js.ReadAsync())["address"]!;
        await client.AskAsync(Line("up", Size / 4));
        await client.AskAsync(Line("down", Size / 4));
        await sealClient.AskAsync(Line("up", Size / 4));

        var medians = await Rounds.MediansAsync(
            () => RateAsync(client, "up"),
            () => RateAsync(client, "down"),
            () => RateAsync(sealClient, "up"),
            () => RateAsync(sealClient, "down"),
            () => JsRateAsync(jsAddress, "up"),
            () => JsRateAsync(jsAddress, "down"));

        return new BenchReport("throughput",
        [
            Row("up", medians[0], medians[2], medians[4]),
            Row("down", medians[1], medians[3], medians[5]),
        ]);
    }

    private static Figure Row(string name, double us, double limit, double peer) => new(name, "MB/s", HigherIsBetter: true, us, double.IsNaN(peer) ? null : peer, limit, "≥ 75 % of the limit; ≥ 2.5 × js",
        static (us, peer, limit) => Math.Min(us / (0.75 * limit!.Value), peer is { } p ? us / (2.5 * p) : double.MaxValue));

    private static string Line(string direction, ulong size) => string.Create(CultureInfo.InvariantCulture, $"{direction} {size}");

    private static async Task<double> RateAsync(Worker client, string direction) => Size / (double)(await client.AskAsync(Line(direction, Size)))["seconds"]! / 1e6;

    private static async Task<double> JsRateAsync(string? address, string direction)
    {
        if (address is null) return double.NaN;
        var result = await Worker.RunJsAsync("run", "throughput", "--address", address, "--bytes", JsSize.ToString(CultureInfo.InvariantCulture), "--direction", direction);
        return result is null ? double.NaN : (double)result["bytes"]! / (double)result["seconds"]! / 1e6;
    }
}

/// <summary>The two processes of our own measurement.</summary>
internal static class ThroughputRoles
{
    internal static async Task<int> ServeAsync()
    {
        await using var host = new Libp2pHost(new Libp2pHostOptions { ListenAddresses = [Multiaddr.Parse("/ip4/127.0.0.1/tcp/0")], ServePerf = true });
        await host.StartAsync();
        Roles.Answer(new { address = host.Addresses[0].ToString() });
        await Console.In.ReadToEndAsync();
        return 0;
    }

    internal static async Task<int> MeasureAsync(string address)
    {
        await using var host = new Libp2pHost(new Libp2pHostOptions { ListenAddresses = [] });
        var connection = await host.Swarm.DialAsync(Multiaddr.Parse(address));
        return await Roles.AnswerLinesAsync(async command =>
        {
            var size = ulong.Parse(command[1], CultureInfo.InvariantCulture);
            var (up, down) = await host.Perf.MeasureAsync(connection.RemotePeer, command[0] == "up" ? size : 0, command[0] == "down" ? size : 0);
            return new { seconds = (command[0] == "up" ? up : down).TotalSeconds };
        });
    }
}

/// <summary>The limit: 64 KiB frames sealed with ChaCha20-Poly1305 into a socket and opened at the other end, nothing else.</summary>
internal static class SealedSocket
{
    private const int Frame = 64 * 1024;
    private const int Tag = 16;

    internal static async Task<int> ServeAsync()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        Roles.Answer(new { address = listener.LocalEndPoint!.ToString() });
        using var socket = await listener.AcceptAsync();
        socket.NoDelay = true;
        var head = new byte[9];
        while (ReadExactly(socket, head))
        {
            var frames = (int)(BitConverter.ToUInt64(head, 1) / Frame);
            if (head[0] == 'u')
            {
                Open(socket, frames);
                SendAll(socket, [1]);
            }
            else
            {
                Seal(socket, frames);
            }
        }
        return 0;
    }

    internal static async Task<int> MeasureAsync(string address)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPEndPoint.Parse(address));
        return await Roles.AnswerLinesAsync(command =>
        {
            var size = ulong.Parse(command[1], CultureInfo.InvariantCulture);
            var head = new byte[9];
            head[0] = (byte)command[0][0];
            BitConverter.TryWriteBytes(head.AsSpan(1), size);
            var start = Stopwatch.GetTimestamp();
            SendAll(socket, head);
            if (command[0] == "up")
            {
                Seal(socket, (int)(size / Frame));
                ReadExactly(socket, new byte[1]);
            }
            else
            {
                Open(socket, (int)(size / Frame));
            }
            return Task.FromResult<object>(new { seconds = Stopwatch.GetElapsedTime(start).TotalSeconds });
        });
    }

    private static void Seal(Socket socket, int frames)
    {
        using var cipher = new ChaCha20Poly1305(new byte[32]);
        byte[] plain = new byte[Frame], output = new byte[Frame + Tag], nonce = new byte[12];
        for (var i = 0; i < frames; i++)
        {
            BitConverter.TryWriteBytes(nonce.AsSpan(4), i);
            cipher.Encrypt(nonce, plain, output.AsSpan(0, Frame), output.AsSpan(Frame));
            SendAll(socket, output);
        }
    }

    private static void Open(Socket socket, int frames)
    {
        using var cipher = new ChaCha20Poly1305(new byte[32]);
        byte[] plain = new byte[Frame], input = new byte[Frame + Tag], nonce = new byte[12];
        for (var i = 0; i < frames; i++)
        {
            if (!ReadExactly(socket, input)) throw new InvalidOperationException("the other end closed early");
            BitConverter.TryWriteBytes(nonce.AsSpan(4), i);
            cipher.Decrypt(nonce, input.AsSpan(0, Frame), input.AsSpan(Frame), plain);
        }
    }

    private static void SendAll(Socket socket, ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty) data = data[socket.Send(data)..];
    }

    private static bool ReadExactly(Socket socket, Span<byte> target)
    {
        while (!target.IsEmpty)
        {
            var read = socket.Receive(target);
            if (read == 0) return false;
            target = target[read..];
        }
        return true;
    }
}

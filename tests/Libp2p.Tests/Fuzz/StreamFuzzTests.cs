using System.Buffers.Binary;
using IppanFleet.Libp2p.Crypto;
using IppanFleet.Libp2p.Muxers.Yamux;
using IppanFleet.Libp2p.Negotiation;
using IppanFleet.Libp2p.Security.Noise;

namespace IppanFleet.Libp2p.Tests.Fuzz;

/// <summary>What reads from a channel: length prefixes, multistream-select, Noise, Yamux. The one exception that may leave them is a <see cref="ChannelException"/>, which ends the channel.</summary>
[Trait("area", "libp2p")]
[Trait("area", "attack")]
[Trait("area", "fuzz")]
public sealed class StreamFuzzTests
{
    private static readonly YamuxMuxer Muxer = new(new YamuxOptions { MaxInboundStreams = 16 });
    private static readonly X25519PrivateKey[] Keys = [.. Enumerable.Range(1, 4).Select(i => X25519PrivateKey.FromBytes([.. Enumerable.Repeat((byte)i, 32)]))];

    [Fact]
    public Task LengthPrefixes_AnyBytes_AreReadOrRefused() => Fuzzer.RunAsync(new FuzzTarget("length-prefix", [[3, 1, 2, 3, 0, 1, 7], [0x80, 0x01, .. new byte[128], 1, 1]], 6000, 8, static async input =>
    {
        var channel = new BytesChannel(input, piece: 50);
        using var reader = new LengthPrefixedReader(channel, 200);
        var messages = 0;
        try
        {
            while (await reader.ReadAsync() is { } message)
            {
                if (message.Length > 200) throw new InvalidOperationException("a message over the limit");
                messages++;
            }
            return new FuzzOutcome(0, messages);
        }
        catch (ChannelException e)
        {
            return new FuzzOutcome(1 + (int)e.Fault, messages);
        }
    })
    {
        Inputs = 100_000,
    });

    [Fact]
    public Task MultistreamListener_AnyBytes_AreReadOrRefused() => Fuzzer.RunAsync(new FuzzTarget("multistream-listen", [MultistreamSelect.Propose("/noise"), MultistreamSelect.Propose("/other")], 16_000, 60, static input =>
        CaughtAsync(input, static async channel => await MultistreamSelect.ListenAsync(channel, static p => p == "/noise") is null ? 1 : 0))
    {
        Inputs = 100_000,
    });

    [Fact]
    public Task MultistreamDialer_AnyBytes_AreReadOrRefused() => Fuzzer.RunAsync(new FuzzTarget("multistream-dial", [MultistreamSelect.Propose("/noise"), [.. MultistreamSelect.Propose("na"), .. MultistreamSelect.Propose("/b")[20..]]], 16_000, 60, static input =>
        CaughtAsync(input, static async channel => await MultistreamSelect.DialAsync(channel, ["/noise", "/b"]) is null ? 1 : 0))
    {
        Inputs = 100_000,
    });

    /// <summary>Bytes where sealed frames should be: the first that is none ends the channel.</summary>
    [Fact]
    public Task NoiseFrames_AnyBytes_AreOpenedOrRefused() => Fuzzer.RunAsync(new FuzzTarget("noise-frames", [Sealed(1, 2, 3), Sealed([]), Sealed([0, 0, 0, 0, 50, 0, 0])], 8000, 16, static async input =>
    {
        using NoiseCipher send = new(new byte[32]), receive = new(new byte[32]);
        var inner = new BytesChannel(input);
        await using var channel = new NoiseChannel(inner, send, receive);
        var buffer = new byte[64];
        var opened = 0;
        try
        {
            for (int read; (read = await channel.ReadAsync(buffer)) > 0;) opened += read;
            return new FuzzOutcome(0, opened);
        }
        catch (ChannelException e)
        {
            return new FuzzOutcome(1 + (int)e.Fault, opened);
        }
    })
    {
        Inputs = 100_000,
    });

    /// <summary>The first byte chooses the role and how many messages are right before the one that is anything.</summary>
    [Fact]
    public Task NoiseHandshake_AnyMessage_IsReadOrRefused() => Fuzzer.RunAsync(new FuzzTarget("noise-handshake", [[0, .. HandshakeMessage(0)], [1, .. HandshakeMessage(1)], [2, .. HandshakeMessage(2)]], 6000, 8, static input =>
    {
        if (input.IsEmpty) return new(new FuzzOutcome(9, 0));
        var turn = input.Span[0] % 3;
        using var near = new NoiseHandshake(initiator: true, Keys[0], Keys[1], []);
        using var far = new NoiseHandshake(initiator: false, Keys[2], Keys[3], []);
        Span<byte> message = stackalloc byte[200], payload = stackalloc byte[700];
        for (var i = 0; i < turn; i++)
        {
            (i % 2 == 0 ? near : far).TryWrite([], message, out var size);
            (i % 2 == 0 ? far : near).Read(message[..size], payload, out _);
        }
        if (turn == 1) far.TryWrite([], message, out _);
        var fault = (turn % 2 == 0 ? far : near).Read(input.Span[1..], payload, out var plain);
        return new(new FuzzOutcome((int)fault, (100 * turn) + Math.Min(plain, 99)));
    })
    {
        Inputs = 50_000,
    });

    /// <summary>The session alone: headers in any order, none of which may make more state than the limits say.</summary>
    [Fact]
    public Task YamuxSession_AnyHeaders_KeepTheBooks() => Fuzzer.RunAsync(new FuzzTarget("yamux-session", [.. Conversations()], 20_000, 24, static input =>
    {
        var session = new YamuxSession(initiator: false, Options);
        session.TryOpen(out _);
        var frames = 0;
        for (var rest = input.Span; rest.Length >= YamuxHeader.Size; rest = rest[YamuxHeader.Size..], frames++)
        {
            var verdict = session.Receive(YamuxHeader.Read(rest), frames);
            if (session.StreamCount > 17 || session.Grown != 0) throw new InvalidOperationException("more than the limits allow");
            if (verdict.Stream is { } stream && (stream.SendWindow is < 0 or > uint.MaxValue || stream.ReceiveWindow is < 0 or > YamuxOptions.InitialWindow)) throw new InvalidOperationException("a window is out of its bounds");
            if (verdict.Fault != YamuxFault.None) return new(new FuzzOutcome((int)verdict.Fault, frames));
        }
        return new(new FuzzOutcome(0, frames + (100 * session.StreamCount)));
    }));

    /// <summary>The connection around it: whatever comes, it ends with a reason, and what was delivered is never more than came.</summary>
    [Fact]
    public Task YamuxConnection_AnyBytes_EndsWithItsReason() => Fuzzer.RunAsync(new FuzzTarget("yamux-connection", [.. Conversations()], 30_000, 60, static async input =>
    {
        var channel = new BytesChannel(input);
        var streams = 0;
        await using var muxed = Muxer.Create(channel, initiator: false, _ => streams++);
        muxed.Start();
        var end = await muxed.Completion;
        if (end.InnerException is not (null or ChannelException)) throw new InvalidOperationException("an exception of ours", end.InnerException);
        return new FuzzOutcome(1 + (int)end.Fault, (100 * streams) + channel.Remaining);
    }));

    private static YamuxOptions Options { get; } = new() { MaxInboundStreams = 16 };

    private static async ValueTask<FuzzOutcome> CaughtAsync(ReadOnlyMemory<byte> input, Func<ByteChannel, Task<int>> read)
    {
        var channel = new BytesChannel(input, piece: 7);
        try
        {
            return new FuzzOutcome(await read(channel), channel.Remaining);
        }
        catch (ChannelException e)
        {
            return new FuzzOutcome(10 + (int)e.Fault, channel.Remaining);
        }
    }

    private static byte[] Sealed(params byte[] plain)
    {
        using var cipher = new NoiseCipher(new byte[32]);
        byte[] Next(byte[] part)
        {
            var frame = new byte[2 + part.Length + NoiseCipher.TagSize];
            BinaryPrimitives.WriteUInt16BigEndian(frame, (ushort)(part.Length + NoiseCipher.TagSize));
            cipher.Encrypt(part, [], frame.AsSpan(2));
            return frame;
        }
        return [.. Next(plain), .. Next([9]), .. Next([])];
    }

    private static byte[] HandshakeMessage(int index)
    {
        using var near = new NoiseHandshake(initiator: true, Keys[0], Keys[1], []);
        using var far = new NoiseHandshake(initiator: false, Keys[2], Keys[3], []);
        var message = new byte[200];
        for (var i = 0; ; i++)
        {
            (i % 2 == 0 ? near : far).TryWrite([], message, out var size).ShouldBeTrue();
            if (i == index) return message[..size];
            (i % 2 == 0 ? far : near).Read(message.AsSpan(0, size), new byte[200], out _).ShouldBe(NoiseFault.None);
        }
    }

    private static IEnumerable<byte[]> Conversations()
    {
        var open = Frame(YamuxType.WindowUpdate, YamuxFlags.Syn, 1, 0);
        yield return [.. open, .. Frame(YamuxType.Data, YamuxFlags.None, 1, 3), 1, 2, 3, .. Frame(YamuxType.WindowUpdate, YamuxFlags.Fin, 1, 0)];
        yield return [.. Frame(YamuxType.Data, YamuxFlags.Syn, 3, 0), .. Frame(YamuxType.WindowUpdate, YamuxFlags.None, 3, 262144), .. Frame(YamuxType.WindowUpdate, YamuxFlags.Rst, 3, 0)];
        yield return [.. Frame(YamuxType.Ping, YamuxFlags.Syn, 0, 5), .. Frame(YamuxType.Ping, YamuxFlags.Ack, 0, 5), .. open, .. Frame(YamuxType.Data, YamuxFlags.Fin, 1, 0), .. Frame(YamuxType.GoAway, YamuxFlags.None, 0, 0)];
        yield return [.. Frame(YamuxType.WindowUpdate, YamuxFlags.Ack, 2, 100), .. Frame(YamuxType.Data, YamuxFlags.None, 2, 0), .. Frame(YamuxType.WindowUpdate, YamuxFlags.Rst, 2, 0)];
    }

    private static byte[] Frame(YamuxType type, YamuxFlags flags, uint stream, uint length)
    {
        var bytes = new byte[YamuxHeader.Size];
        new YamuxHeader(type, flags, stream, length).Write(bytes);
        return bytes;
    }
}

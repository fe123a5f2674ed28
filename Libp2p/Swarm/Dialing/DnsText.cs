using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace IppanFleet.Libp2p.Swarm;

/// <summary>The DNS messages that ask for TXT records and answer them (RFC 1035 §4). Pure; whatever comes in, it reads or refuses.</summary>
internal static class DnsText
{
    internal const int MaxMessage = 4096;

    private const ushort Txt = 16;
    private const ushort Internet = 1;
    private const int HeaderSize = 12;
    private const int MaxLabel = 63;
    private const int MaxName = 253;

    /// <summary>A query for the TXT records of <paramref name="name"/>; null when it is no name.</summary>
    internal static byte[]? Query(ushort id, string name)
    {
        if (name.Length is 0 or > MaxName || !Ascii.IsValid(name)) return null;
        var query = new List<byte>(name.Length + 20) { (byte)(id >> 8), (byte)id, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0 };
        foreach (var label in name.TrimEnd('.').Split('.'))
        {
            if (label.Length is 0 or > MaxLabel) return null;
            query.Add((byte)label.Length);
            query.AddRange(Encoding.ASCII.GetBytes(label));
        }
        query.AddRange([0, 0, (byte)Txt, 0, (byte)Internet]);
        return [.. query];
    }

    /// <summary>The texts of an answer to <paramref name="query"/>, up to <paramref name="max"/>; false when it is none, failed, or is cut off.</summary>
    internal static bool TryRead(ReadOnlySpan<byte> answer, ReadOnlySpan<byte> query, int max, out List<string> texts)
    {
        texts = [];
        // The same id and the same question: whoever guesses neither cannot answer in the server's place.
        if (answer.Length < query.Length || !answer[..2].SequenceEqual(query[..2]) || !answer[HeaderSize..query.Length].SequenceEqual(query[HeaderSize..])) return false;
        var (response, truncated, code, questions) = ((answer[2] & 0x80) != 0, (answer[2] & 0x02) != 0, answer[3] & 0x0f, BinaryPrimitives.ReadUInt16BigEndian(answer[4..]));
        if (!response || truncated || code != 0 || questions != 1) return false;
        var at = query.Length;
        for (int left = BinaryPrimitives.ReadUInt16BigEndian(answer[6..]); left > 0 && texts.Count < max; left--)
        {
            if (!TrySkipName(answer, ref at) || answer.Length - at < 10) return false;
            var type = BinaryPrimitives.ReadUInt16BigEndian(answer[at..]);
            var size = BinaryPrimitives.ReadUInt16BigEndian(answer[(at + 8)..]);
            at += 10;
            if (size > answer.Length - at) return false;
            if (type == Txt && TryJoin(answer.Slice(at, size), out var text)) texts.Add(text);
            at += size;
        }
        return true;
    }

    /// <summary>A name ends with an empty label or with a pointer, which is not followed: nothing here needs the owner's name.</summary>
    private static bool TrySkipName(ReadOnlySpan<byte> answer, ref int at)
    {
        while (at < answer.Length)
        {
            var length = answer[at];
            if ((length & 0xc0) == 0xc0)
            {
                at += 2;
                return at <= answer.Length;
            }
            if (length > MaxLabel) return false;
            at += 1 + length;
            if (length == 0) return true;
        }
        return false;
    }

    private static bool TryJoin(ReadOnlySpan<byte> data, out string text)
    {
        var joined = new StringBuilder(data.Length);
        text = "";
        while (!data.IsEmpty)
        {
            var length = data[0];
            if (length > data.Length - 1) return false;
            joined.Append(Encoding.Latin1.GetString(data.Slice(1, length)));
            data = data[(1 + length)..];
        }
        text = joined.ToString();
        return true;
    }
}

/// <summary>Asks one DNS server for TXT records, over UDP, from a fresh port with a random id each time.</summary>
internal sealed class DnsTextClient(IPEndPoint server, TimeSpan patience, TimeProvider time)
{
    private const int Attempts = 2;

    /// <summary>The server of <c>/etc/resolv.conf</c>, else the local one.</summary>
    internal static IPEndPoint SystemServer()
    {
        const string File = "/etc/resolv.conf";
        if (System.IO.File.Exists(File))
        {
            foreach (var line in System.IO.File.ReadLines(File).Take(100))
            {
                if (line.StartsWith("nameserver ", StringComparison.Ordinal) && IPAddress.TryParse(line[11..].Trim(), out var address)) return new IPEndPoint(address, 53);
            }
        }
        return new IPEndPoint(IPAddress.Loopback, 53);
    }

    /// <summary>The texts of <paramref name="name"/>, at most <paramref name="max"/>; none when the server does not answer, or not rightly.</summary>
    internal async Task<IReadOnlyList<string>> FindAsync(string name, int max, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (DnsText.Query((ushort)RandomNumberGenerator.GetInt32(ushort.MaxValue + 1), name) is not { } query) return [];
            using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            using var deadline = new Deadline(time, patience, cancellationToken);
            try
            {
                // Connected: datagrams of anybody else are not delivered.
                await socket.ConnectAsync(server, deadline.Token).ConfigureAwait(false);
                await socket.SendAsync(query, deadline.Token).ConfigureAwait(false);
                var answer = new byte[DnsText.MaxMessage];
                while (true)
                {
                    var size = await socket.ReceiveAsync(answer, deadline.Token).ConfigureAwait(false);
                    if (DnsText.TryRead(answer.AsSpan(0, size), query, max, out var texts)) return texts;
                    // A forged or failed answer: the right one may still come, until the deadline.
                    if (size >= 4 && answer.AsSpan(0, 2).SequenceEqual(query.AsSpan(0, 2)) && (answer[3] & 0x0f) != 0) return [];
                }
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                continue;
            }
            catch (SocketException)
            {
                return [];
            }
        }
        return [];
    }
}

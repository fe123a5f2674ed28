using System.Globalization;
using System.Text;

namespace IppanFleet.Bench.Interop;

/// <summary>What Redis answers with.</summary>
internal enum RespKind
{
    /// <summary>A short text.</summary>
    Simple,

    /// <summary>A refusal.</summary>
    Error,

    /// <summary>A whole number.</summary>
    Integer,

    /// <summary>A text of a given length.</summary>
    Bulk,

    /// <summary>Values.</summary>
    Array,

    /// <summary>Nothing.</summary>
    Null,
}

/// <summary>One value of RESP2.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">Its text; of a number, its digits.</param>
/// <param name="Items">What an array has.</param>
internal sealed record RespValue(RespKind Kind, string Text, IReadOnlyList<RespValue> Items);

/// <summary>Redis could not be reached, refused, or answered what is no RESP.</summary>
internal sealed class RedisException(string message) : Exception(message);

/// <summary>Commands as RESP wants them.</summary>
internal static class RespWriter
{
    /// <summary>An array of bulk strings.</summary>
    internal static byte[] Encode(IReadOnlyList<string> command)
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"*{command.Count}\r\n");
        foreach (var part in command) text.Append(CultureInfo.InvariantCulture, $"${Encoding.UTF8.GetByteCount(part)}\r\n{part}\r\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }
}

/// <summary>Reads RESP2 values. A line, a text, an array and the depth are bounded: beyond them it is no answer to what is asked here.</summary>
internal sealed class RespReader(Stream stream)
{
    /// <summary>Bytes of a line.</summary>
    internal const int MaxLine = 1_024;

    /// <summary>Bytes of a bulk string.</summary>
    internal const int MaxBulk = 4_096;

    /// <summary>Values of an array.</summary>
    internal const int MaxItems = 16;

    private const int MaxDepth = 4;

    private readonly byte[] _byte = new byte[1];

    /// <summary>The next value.</summary>
    /// <exception cref="RedisException">It is malformed or exceeds a bound, or the connection ended.</exception>
    internal Task<RespValue> ReadAsync(CancellationToken cancellationToken) => ReadAsync(0, cancellationToken);

    private async Task<RespValue> ReadAsync(int depth, CancellationToken cancellationToken)
    {
        var line = await ReadLineAsync(cancellationToken);
        if (line.Length == 0) throw new RedisException("Redis answered an empty line");
        var rest = line[1..];
        return line[0] switch
        {
            '+' => new RespValue(RespKind.Simple, rest, []),
            '-' => new RespValue(RespKind.Error, rest, []),
            ':' => new RespValue(RespKind.Integer, Length(rest, int.MaxValue).ToString(CultureInfo.InvariantCulture), []),
            '$' => await ReadBulkAsync(Length(rest, MaxBulk), cancellationToken),
            '*' => await ReadArrayAsync(Length(rest, MaxItems), depth, cancellationToken),
            _ => throw new RedisException("Redis answered what is no RESP"),
        };
    }

    private async Task<RespValue> ReadBulkAsync(int length, CancellationToken cancellationToken)
    {
        if (length < 0) return new RespValue(RespKind.Null, "", []);
        var bytes = new byte[length + 2];
        await FillAsync(bytes, cancellationToken);
        return bytes[^2] == '\r' && bytes[^1] == '\n'
            ? new RespValue(RespKind.Bulk, Encoding.UTF8.GetString(bytes.AsSpan(0, length)), [])
            : throw new RedisException("Redis answered a text that is longer than it said");
    }

    private async Task<RespValue> ReadArrayAsync(int length, int depth, CancellationToken cancellationToken)
    {
        if (length < 0) return new RespValue(RespKind.Null, "", []);
        if (depth == MaxDepth) throw new RedisException("Redis answered arrays in arrays");
        var items = new RespValue[length];
        for (var i = 0; i < length; i++) items[i] = await ReadAsync(depth + 1, cancellationToken);
        return new RespValue(RespKind.Array, "", items);
    }

    private async Task<string> ReadLineAsync(CancellationToken cancellationToken)
    {
        var line = new StringBuilder();
        while (true)
        {
            await FillAsync(_byte, cancellationToken);
            if (_byte[0] == '\n' && line.Length > 0 && line[^1] == '\r') return line.ToString(0, line.Length - 1);
            if (line.Length == MaxLine) throw new RedisException($"Redis answered a line of more than {MaxLine} bytes");
            line.Append((char)_byte[0]);
        }
    }

    private async Task FillAsync(Memory<byte> target, CancellationToken cancellationToken)
    {
        try
        {
            await stream.ReadExactlyAsync(target, cancellationToken);
        }
        catch (IOException)
        {
            throw new RedisException("Redis ended the connection inside an answer");
        }
    }

    /// <summary>-1 stands for nothing.</summary>
    private static int Length(string text, int most)
    {
        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var length) || length < -1) throw new RedisException("Redis answered a number that is none");
        return length <= most ? length : throw new RedisException($"Redis answered {length} where at most {most} are taken");
    }
}

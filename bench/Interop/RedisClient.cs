using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace IppanFleet.Bench.Interop;

/// <summary>The two commands that the contract needs of Redis, over one connection (https://redis.io/docs/latest/develop/reference/protocol-spec/, RESP2). One call at a time.</summary>
internal sealed class RedisClient : IAsyncDisposable
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(100);

    private readonly NetworkStream _stream;
    private readonly RespReader _reader;

    private RedisClient(NetworkStream stream) => (_stream, _reader) = (stream, new RespReader(stream));

    /// <summary>Connects; a server that is not there yet is tried until the token ends it.</summary>
    /// <exception cref="RedisException">It did not answer in time; the message says what was tried.</exception>
    internal static async Task<RedisClient> ConnectAsync(DnsEndPoint server, CancellationToken cancellationToken)
    {
        var last = "no attempt was made";
        while (!cancellationToken.IsCancellationRequested)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(server, cancellationToken);
                return new RedisClient(new NetworkStream(socket, ownsSocket: true));
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                socket.Dispose();
                if (e is SocketException) last = e.Message;
            }

            await Task.Delay(RetryPause, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        throw new RedisException(string.Create(CultureInfo.InvariantCulture, $"Redis at {server.Host}:{server.Port} cannot be reached: {last}"));
    }

    /// <summary>RPUSH: puts a value at the end of a list.</summary>
    /// <exception cref="RedisException">The server refused, or did not speak RESP.</exception>
    internal async Task AppendAsync(string list, string value, CancellationToken cancellationToken)
    {
        var answer = await AskAsync(["RPUSH", list, value], cancellationToken);
        if (answer.Kind != RespKind.Integer) throw new RedisException($"Redis answered RPUSH with {answer.Kind}");
    }

    /// <summary>BLPOP: takes the first value of a list, and waits for one. Null when none came in time.</summary>
    /// <exception cref="RedisException">The server refused, or did not speak RESP.</exception>
    internal async Task<string?> PopFirstAsync(string list, TimeSpan patience, CancellationToken cancellationToken)
    {
        var seconds = Math.Max(1, (int)patience.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        var answer = await AskAsync(["BLPOP", list, seconds], cancellationToken);
        if (answer.Kind == RespKind.Null) return null;
        if (answer is { Kind: RespKind.Array, Items: [{ Kind: RespKind.Bulk }, { Kind: RespKind.Bulk } value] }) return value.Text;
        throw new RedisException($"Redis answered BLPOP with {answer.Kind}, not with a list's name and a value");
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private async Task<RespValue> AskAsync(string[] command, CancellationToken cancellationToken)
    {
        await _stream.WriteAsync(RespWriter.Encode(command), cancellationToken);
        var answer = await _reader.ReadAsync(cancellationToken);
        return answer.Kind == RespKind.Error ? throw new RedisException($"Redis refused {command[0]}: {answer.Text}") : answer;
    }
}

using System.Text.Json;

namespace IppanFleet.Bench;

/// <summary>What this program does as one of the processes of a measurement.</summary>
internal static class Roles
{
    internal static Task<int> RunAsync(string role, string[] arguments) => role switch
    {
        "perf-server" => ThroughputRoles.ServeAsync(),
        "perf-client" => ThroughputRoles.MeasureAsync(arguments[0]),
        "seal-server" => SealedSocket.ServeAsync(),
        "seal-client" => SealedSocket.MeasureAsync(arguments[0]),
        "handshake-server" => HandshakeRoles.ServeAsync(),
        "handshake-client" => HandshakeRoles.MeasureAsync(arguments[0]),
        "handshake-operations" => HandshakeRoles.OperationsAsync(),
        "gossip-subscriber" => GossipRoles.SubscribeAsync(),
        "gossip-publisher" => GossipRoles.PublishAsync(arguments[0]),
        "gossip-operations" => GossipRoles.OperationsAsync(),
        "memory-connections" => MemoryRole.MeasureAsync(arguments[0]),
        "streams-feeder" => StreamsRole.MeasureAsync(),
        _ => throw new ArgumentException($"no role '{role}'", nameof(role)),
    };

    internal static void Answer(object value)
    {
        Console.Out.WriteLine(JsonSerializer.Serialize(value));
        Console.Out.Flush();
    }

    /// <summary>Answers each line of standard input until its end.</summary>
    internal static async Task<int> AnswerLinesAsync(Func<string[], Task<object>> answer)
    {
        while (await Console.In.ReadLineAsync() is { } line) Answer(await answer(line.Split(' ')));
        return 0;
    }
}

using System.Text.Json.Nodes;
using IppanFleet.FleetTests;
using IppanFleet.Ippan;
using IppanFleet.Libp2p.Identity;

namespace IppanFleet.Interop;

/// <summary>js-libp2p in a running fleet: what <c>dotnet run --project Silo</c> starts.</summary>
[Trait("area", "interop")]
[Trait("size", "fleet")]
public sealed class SiloTests
{
    [Fact]
    public async Task JsPeers_InAFleet_ReceiveItsBlocksAndReachEachOtherThroughIt()
    {
        var folder = Directory.CreateTempSubdirectory("ippan-interop-");
        var (ready, report) = (Path.Combine(folder.FullName, "ready.json"), Path.Combine(folder.FullName, "report.json"));
        await using var first = await JsPeer.StartAsync();
        await using var second = await JsPeer.StartAsync();
        using var silo = new SiloProcess("--nodes", "5", "--for", "25", "--rate", "4", "--ready", ready, "--report", report, "--http-listen", "http://127.0.0.1:0");
        var nodes = (await ReadyAsync(ready, silo))["nodes"]!.AsArray();

        await JoinAsync(first, nodes[1]!);
        await JoinAsync(second, nodes[3]!);

        // Blocks of the fleet arrive and verify.
        var creators = nodes.Select(n => Convert.ToHexStringLower(PublicKeyOf((string)n!["peerId"]!))).ToHashSet();
        for (var i = 0; i < 5; i++)
        {
            var message = await first.NextAsync("message", m => (string?)m["topic"] == IppanTopics.Blocks);
            NetworkMessage.TryDecode(Convert.FromBase64String((string)message["dataBase64"]!), out var decoded, out var error).ShouldBeTrue(error);
            var block = decoded.ShouldBeOfType<NetworkMessage.BlockMessage>().Block;
            block.IsValid(NowUs).ShouldBeTrue();
            block.Authenticate().ShouldBe(BlockAuthentication.Valid);
            creators.ShouldContain(Convert.ToHexStringLower(block.Header.Creator.AsSpan()));
        }

        // A block of one js peer reaches the other through the fleet.
        using var creator = PeerIdentity.Generate();
        var own = new NetworkMessage.BlockMessage(Block.Create(creator.Key, 1, [], [], NowUs)).Encode();
        ((JsonArray)(await first.CallAsync("publish", new { topic = IppanTopics.Blocks, dataBase64 = Convert.ToBase64String(own) }))!).Count.ShouldBeGreaterThan(0);
        var forwarded = await second.NextAsync("message", m => (string?)m["from"] == first.PeerId);
        Convert.FromBase64String((string)forwarded["dataBase64"]!).ShouldBe(own);

        var (code, output, errors) = await silo.EndAsync();
        code.ShouldBe(0, output + errors);
        var figures = JsonNode.Parse(await File.ReadAllTextAsync(report))!;
        ((double)figures["deliveredRatio"]!).ShouldBe(1);
        ((int)figures["joined"]!).ShouldBe(5);
        folder.Delete(recursive: true);
    }

    private static ulong NowUs => (ulong)((DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);

    private static async Task JoinAsync(JsPeer js, JsonNode node)
    {
        await js.CallAsync("subscribe", new { topic = IppanTopics.Blocks });
        ((string)(await js.CallAsync("dial", new { address = (string)node["addresses"]![0]! }))!).ShouldBe((string)node["peerId"]!);
        var deadline = DateTimeOffset.UtcNow.AddSeconds(20);
        while (((JsonArray)(await js.CallAsync("mesh", new { topic = IppanTopics.Blocks }))!).Count == 0)
        {
            DateTimeOffset.UtcNow.ShouldBeLessThan(deadline, "the fleet's node grafted js");
            await Task.Delay(100);
        }
    }

    private static async Task<JsonNode> ReadyAsync(string file, SiloProcess silo)
    {
        var deadline = DateTimeOffset.UtcNow.AddSeconds(30);
        while (!File.Exists(file))
        {
            silo.HasEnded.ShouldBeFalse("the silo runs");
            DateTimeOffset.UtcNow.ShouldBeLessThan(deadline, "the ready file is written");
            await Task.Delay(50);
        }
        return JsonNode.Parse(await File.ReadAllTextAsync(file))!;
    }

    private static byte[] PublicKeyOf(string peerId)
    {
        PeerId.Parse(peerId).TryGetInlineKey(out var protobuf).ShouldBeTrue();
        PublicKey.TryFromProtobuf(protobuf, out var key).ShouldBeTrue();
        return key.Data.ToArray();
    }
}

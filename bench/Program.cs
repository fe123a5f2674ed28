using IppanFleet.Bench;
using IppanFleet.Bench.Interop;

// bench NAME [--json FILE] measures; bench role NAME … is one of the processes that a measurement starts; bench interop-peer is a peer of libp2p's interoperability tests.
if (args is ["role", var role, .. var rest]) return await Roles.RunAsync(role, rest);
if (args is ["interop-peer"]) return await InteropPeer.RunAsync(Environment.GetEnvironmentVariable, Console.Out, Console.Error);

var benches = new Dictionary<string, Func<Task<BenchReport>>>(StringComparer.Ordinal)
{
    ["throughput"] = ThroughputBench.RunAsync,
    ["handshakes"] = HandshakeBench.RunAsync,
    ["gossip"] = GossipBench.RunAsync,
    ["memory"] = MemoryBench.RunAsync,
    ["streams"] = StreamsBench.RunAsync,
    ["rehome"] = RehomeBench.RunAsync,
};
string? json = null;
if (args is [_, "--json", var file]) json = file;
else if (args.Length != 1) return Usage();
if (!benches.TryGetValue(args[0], out var bench)) return Usage();
var report = await bench();
report.Print(Console.Out);
if (json is not null) await report.WriteJsonAsync(json);
return report.MissesBudget ? 1 : 0;

int Usage()
{
    Console.Error.WriteLine($"usage: bench {string.Join('|', benches.Keys)} [--json FILE], or bench interop-peer");
    return 2;
}

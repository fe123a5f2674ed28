namespace IppanFleet.Silo.Options;

/// <summary>An option: its name, what is expected of it, and what it means.</summary>
internal sealed record OptionSpec(string Name, string Expects, string Help)
{
    /// <summary>Whether it may be given several times.</summary>
    public bool IsList { get; init; }

    /// <summary>Whether it stands alone on the command line.</summary>
    public bool IsSwitch { get; init; }

    /// <summary>How it is written on the command line.</summary>
    public string Dashed => "--" + Name;

    /// <summary>How it is called in the environment.</summary>
    public string Variable => "IPPAN_" + Name.Replace('-', '_').ToUpperInvariant();
}

/// <summary>All options.</summary>
internal static class OptionSpecs
{
    internal static readonly OptionSpec Nodes = new("nodes", "a whole number from 1 to 10000", "Logical libp2p nodes. Default 5.");
    internal static readonly OptionSpec Silos = new("silos", "a whole number from 1 to 16", "Silos in this process. Default 1.");
    internal static readonly OptionSpec Demo = new("demo", "true or false", "Run the built-in generator of blocks and transactions. Default: yes, unless --config is given.") { IsSwitch = true };
    internal static readonly OptionSpec NoDemo = new("no-demo", "true or false", "Do not run the generator.") { IsSwitch = true };
    internal static readonly OptionSpec Rate = new("rate", "a number of blocks a second, above 0 and at most 1000", "Blocks a second that the generator publishes, and as many transactions. Default 2.");
    internal static readonly OptionSpec TxPerBlock = new("tx-per-block", "a whole number from 0 to 200", "Transactions in each block of the generator. Default 5.");
    internal static readonly OptionSpec For = new("for", "a number of seconds, above 0 and at most 1000000", "End by itself after so many seconds.");
    internal static readonly OptionSpec Report = new("report", "a file in a directory that exists", "Write the figures as JSON at the end.");
    internal static readonly OptionSpec Ready = new("ready", "a file in a directory that exists", "Write the nodes' addresses as JSON once all have joined.");
    internal static readonly OptionSpec Seed = new("seed", "at least 32 hex digits, an even number of them", "Derive the nodes' identities from this secret. Default: those kept in --data, or new ones with each run.");
    internal static readonly OptionSpec Data = new("data", "a folder, or the name of one in a directory that exists", "Keep the fleet's state and identities in this folder. Default: in memory.");
    internal static readonly OptionSpec DataSetAside = new("data-set-aside", "true or false", "Rename a damaged database in the folder of --data, and begin a new one. It is not deleted.") { IsSwitch = true };
    internal static readonly OptionSpec AdminToken = new("admin-token", "at least 16 characters without spaces", "The token with which bans can be changed over HTTP. Default: none; nothing can be changed.");
    internal static readonly OptionSpec Listen = new("listen", "a multiaddr such as /ip4/0.0.0.0/tcp/9000", "Where the first node listens. Default: loopback, a random port.") { IsList = true };
    internal static readonly OptionSpec Bootstrap = new("bootstrap", "a multiaddr such as /ip4/192.0.2.1/tcp/9000/p2p/12D3KooW…", "A peer outside of the fleet that all nodes start from.") { IsList = true };
    internal static readonly OptionSpec HttpListen = new("http-listen", "a URL such as http://127.0.0.1:8080", "Where HTTP is served. Default: http://127.0.0.1:8080, or the next port that is free.");
    internal static readonly OptionSpec Transport = new("transport", "tcp or memory", "What carries connections. Default tcp.");
    internal static readonly OptionSpec Profile = new("profile", "upstream", "Take upstream's timings instead of the defaults.");
    internal static readonly OptionSpec Config = new("config", "a file that holds a JSON object", "Read options from this file: their names without dashes in front.");
    internal static readonly OptionSpec Verbose = new("verbose", "true or false", "Log more than warnings.") { IsSwitch = true };

    internal static readonly IReadOnlyList<OptionSpec> All =
        [Nodes, Silos, Demo, NoDemo, Rate, TxPerBlock, For, Report, Ready, Seed, Data, DataSetAside, AdminToken, Listen, Bootstrap, HttpListen, Transport, Profile, Config, Verbose];
}
